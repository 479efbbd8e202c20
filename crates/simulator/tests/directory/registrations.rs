//! What a registration may say about who signs in, where they come back to, and what deleting takes along.

use serde_json::{Value, json};
use time::Duration;

use crate::drive::{APPLICATION, Drive, PRIVILEGED, text};

fn version(number: u8) -> Value {
    json!({"requestedAccessTokenVersion": number})
}

#[test]
fn redirect_addresses_and_public_flows_are_changed_and_read_back() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, app_id, _) = drive.register("redirects");
    let address = format!("/v1.0/applications/{id}");
    let uris = json!(["https://intrexx.example/connector", "https://intrexx.example/onedrive"]);
    drive.send("PATCH", &address, json!({"web": {"redirectUris": uris}}), 204);
    drive.send("PATCH", &address, json!({"isFallbackPublicClient": true}), 204);
    let shown = drive.get(&address);
    assert_eq!(shown["web"]["redirectUris"], uris);
    assert_eq!(shown["isFallbackPublicClient"], true);
    let principal = drive.get(&format!("/v1.0/servicePrincipals(appId='{app_id}')"));
    assert_eq!(principal["replyUrls"], uris);
    for bad in
        ["http://intrexx.example/x", "https://intrexx.example/(x)", "intrexx", "https://intrexx.example/#x"]
    {
        let (status, code) = drive.refused("PATCH", &address, json!({"web": {"redirectUris": [bad]}}));
        assert_eq!((status, code.as_str()), (400, "Request_BadRequest"), "{bad}");
    }
    assert_eq!(drive.get(&address)["web"]["redirectUris"], uris);
}

#[test]
fn each_audience_is_taken_with_its_rules() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, _, _) = drive.register("audience");
    let address = format!("/v1.0/applications/{id}");
    let audience = |name: &str| json!({"signInAudience": name});
    drive.send("PATCH", &address, audience("AzureADMultipleOrgs"), 204);
    for personal in ["AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"] {
        drive.send("PATCH", &address, audience("AzureADMyOrg"), 204);
        drive.send("PATCH", &address, json!({"api": {"requestedAccessTokenVersion": null}}), 204);
        let (status, code) = drive.refused("PATCH", &address, audience(personal));
        assert_eq!((status, code.as_str()), (400, "InvalidAccessTokenVersion"));
        drive.send("PATCH", &address, json!({"signInAudience": personal, "api": version(2)}), 204);
        assert_eq!(drive.get(&address)["api"]["requestedAccessTokenVersion"], 2);
    }
    assert_eq!(drive.refused("PATCH", &address, audience("Everybody")).0, 400);
    assert_eq!(drive.refused("PATCH", &address, json!({"api": version(3)})).0, 400);
    let named = json!({"displayName": "n".repeat(91)});
    assert_eq!(drive.refused("PATCH", &address, named.clone()).0, 400);
    let query = json!({"web": {"redirectUris": ["https://a.example/x?y=1"]}});
    assert_eq!(drive.refused("PATCH", &address, query.clone()).0, 400);
    drive.send("PATCH", &address, audience("AzureADMyOrg"), 204);
    drive.send("PATCH", &address, named, 204);
    drive.send("PATCH", &address, query, 204);
}

#[test]
fn personal_accounts_allow_two_secrets_and_no_third() {
    let mut drive = Drive::new(&[APPLICATION]);
    let body = json!({"displayName": "personal", "signInAudience": "PersonalMicrosoftAccount"});
    let made = drive.send("POST", "/v1.0/applications", body, 201);
    assert_eq!(made["api"]["requestedAccessTokenVersion"], 2);
    let id = text(&made["id"]);
    let add = format!("/v1.0/applications/{id}/addPassword");
    for _ in 0..2 {
        drive.send("POST", &add, json!({}), 200);
    }
    assert_eq!(drive.refused("POST", &add, json!({})).0, 400);
    let single = json!({"signInAudience": "AzureADMyOrg"});
    drive.send("PATCH", &format!("/v1.0/applications/{id}"), single, 204);
    drive.send("POST", &add, json!({}), 200);
    let back = json!({"signInAudience": "PersonalMicrosoftAccount"});
    assert_eq!(drive.refused("PATCH", &format!("/v1.0/applications/{id}"), back).0, 400);
    let without =
        json!({"displayName": "x", "signInAudience": "PersonalMicrosoftAccount", "api": version(1)});
    assert_eq!(drive.refused("POST", "/v1.0/applications", without).1, "InvalidAccessTokenVersion");
}

#[test]
fn deleting_takes_the_service_principal_along_and_restoring_brings_both_with_their_grants() {
    let mut drive = Drive::new(&[APPLICATION, PRIVILEGED]);
    let (id, app_id, principal) = drive.register("gone");
    drive.grant(&principal, "User.Read.All", 201);
    drive.send("DELETE", &format!("/v1.0/applications/{id}"), Value::Null, 204);
    assert_eq!(drive.refused("GET", &format!("/v1.0/applications/{id}"), Value::Null).0, 404);
    assert_eq!(drive.refused("GET", &format!("/v1.0/servicePrincipals/{principal}"), Value::Null).0, 404);
    for (kind, one) in [("application", &id), ("servicePrincipal", &principal)] {
        let all = drive.get(&format!("/v1.0/directory/deletedItems/microsoft.graph.{kind}"));
        assert!(all["value"].as_array().unwrap().iter().any(|found| found["id"] == one.as_str()), "{kind}");
    }
    let restored =
        drive.send("POST", &format!("/v1.0/directory/deletedItems/{id}/restore"), Value::Null, 200);
    assert_eq!(restored["id"], id.as_str());
    assert!(restored["deletedDateTime"].is_null());
    assert_eq!(drive.get(&format!("/v1.0/servicePrincipals/{principal}"))["appId"], app_id.as_str());
    let roles = drive.get(&format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments"));
    assert_eq!(roles["value"].as_array().unwrap().len(), 1);
}

#[test]
fn a_service_principal_alone_comes_back_too() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, _, principal) = drive.register("half");
    drive.send("DELETE", &format!("/v1.0/servicePrincipals/{principal}"), Value::Null, 204);
    drive.get(&format!("/v1.0/applications/{id}"));
    let restored =
        drive.send("POST", &format!("/v1.0/directory/deletedItems/{principal}/restore"), Value::Null, 200);
    assert_eq!(restored["@odata.type"], "#microsoft.graph.servicePrincipal");
    drive.get(&format!("/v1.0/servicePrincipals/{principal}"));
}

#[test]
fn thirty_days_later_nothing_can_be_restored() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, _, _) = drive.register("late");
    drive.send("DELETE", &format!("/v1.0/applications/{id}"), Value::Null, 204);
    drive.world.now += Duration::days(29);
    drive.get(&format!("/v1.0/directory/deletedItems/{id}"));
    drive.world.now += Duration::days(1);
    let restore = format!("/v1.0/directory/deletedItems/{id}/restore");
    assert_eq!(drive.refused("POST", &restore, Value::Null).0, 404);
    let left = drive.get("/v1.0/directory/deletedItems/microsoft.graph.application");
    assert_eq!(left["value"], json!([]));
}

#[test]
fn restoring_needs_a_role() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, _, _) = drive.register("guarded");
    drive.send("DELETE", &format!("/v1.0/applications/{id}"), Value::Null, 204);
    let me = drive.me.clone();
    drive.caller = crate::drive::person(&me, &[], &["Application.ReadWrite.All"]);
    let restore = format!("/v1.0/directory/deletedItems/{id}/restore");
    assert_eq!(drive.refused("POST", &restore, Value::Null).0, 403);
}

#[test]
fn a_consent_grows_by_a_change_of_its_scope() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (_, app_id, principal) = drive.register("consent");
    let graph = text(&drive.graph()["id"]);
    let grant = json!({"clientId": principal, "consentType": "AllPrincipals", "resourceId": graph, "scope": "User.Read"});
    let made = drive.send("POST", "/v1.0/oauth2PermissionGrants", grant, 201);
    let one = format!("/v1.0/oauth2PermissionGrants/{}", text(&made["id"]));
    drive.send("PATCH", &one, json!({"scope": "User.Read Presence.Read.All"}), 204);
    assert_eq!(drive.get(&one)["scope"], "User.Read Presence.Read.All");
    assert_eq!(
        drive.world.granted_scopes(&app_id, "anybody", crate::drive::GRAPH),
        ["Presence.Read.All", "User.Read"]
    );
}
