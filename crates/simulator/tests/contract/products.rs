//! What the other products need of a registration.

use serde_json::json;

use crate::tenant::Tenant;
use crate::{Made, application, certificate, text};

/// Redirect addresses, public flows, audiences, a certificate of somebody else.
pub fn registrations(tenant: &mut Tenant, made: &Made) {
    let url = format!("/applications/{}", made.id);
    let addresses = json!(["https://intrexx.example/connector", "https://contoso.example/cb"]);
    for body in [
        json!({"web": {"redirectUris": addresses}}),
        json!({"isFallbackPublicClient": true}),
        json!({"api": {"requestedAccessTokenVersion": 2}}),
        json!({"signInAudience": "AzureADMultipleOrgs"}),
        json!({"signInAudience": "AzureADandPersonalMicrosoftAccount"}),
        json!({"signInAudience": "PersonalMicrosoftAccount"}),
        json!({"signInAudience": "AzureADMyOrg"}),
    ] {
        tenant.write("PATCH", &url, Some(body), 204);
        tenant.get(&url);
    }
    let listed = tenant.get(&format!("{url}?$select=id,keyCredentials"))["keyCredentials"].clone();
    let mut keys = listed.as_array().unwrap().clone();
    for key in &mut keys {
        key["key"] = json!(null);
    }
    keys.push(json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate(), "displayName": "CN=product"}));
    tenant.write("PATCH", &url, Some(json!({"keyCredentials": keys})), 204);
    let shown = tenant.get(&format!("{url}?$select=id,keyCredentials"));
    assert_eq!(shown["keyCredentials"].as_array().unwrap().len(), keys.len());
    for body in [
        json!({"web": {"redirectUris": ["http://intrexx.example/x"]}}),
        json!({"signInAudience": "PersonalMicrosoftAccount", "api": {"requestedAccessTokenVersion": null}}),
    ] {
        tenant.refused("PATCH", &url, Some(body), 400);
    }
    assert_eq!(text(&tenant.get(&url), "signInAudience"), "AzureADMyOrg");
}

/// Presence, mail, and Teams policies by Graph.
pub fn communication(tenant: &mut Tenant) {
    let all = tenant.get("/users?$select=id,mail,userType&$top=20");
    let fits = |user: &&serde_json::Value| user["userType"] == "Member" && !user["mail"].is_null();
    let user = all["value"].as_array().unwrap().iter().find(fits).unwrap();
    let (id, mail) = (text(user, "id"), text(user, "mail"));
    let product = application("sp", "11111111-1111-4111-8111-111111111111", "Presence.ReadWrite.All");
    let presence = format!("/users/{id}/presence");
    let busy = json!({"availability": "Busy", "activity": "Busy", "expirationDuration": "PT5M"});
    for (method, url, body, wanted) in [
        ("GET", presence.clone(), None, 200),
        ("GET", format!("{presence}?$select=id,availability,activity"), None, 200),
        ("POST", format!("{presence}/setUserPreferredPresence"), Some(busy), 200),
        ("POST", "/communications/getPresencesByUserId".to_owned(), Some(json!({"ids": [id]})), 200),
        ("POST", format!("{presence}/clearUserPreferredPresence"), None, 200),
        ("POST", format!("{presence}/setUserPreferredPresence"), Some(json!({"availability": "Busy"})), 400),
    ] {
        let (status, found) = tenant.call_as(&product, method, &url, &[], body);
        assert_eq!(status, wanted, "{method} {url}: {found}");
    }
    let post = application("sp", "11111111-1111-4111-8111-111111111111", "Mail.Send");
    let message = json!({"message": {"subject": "Proof", "body": {"contentType": "text", "content": "x"},
        "toRecipients": [{"emailAddress": {"address": mail}}]}, "saveToSentItems": false});
    let url = format!("/users/{id}/sendMail");
    assert_eq!(tenant.call_as(&post, "POST", &url, &[], Some(message.clone())).0, 202);
    assert_eq!(tenant.call_as(&product, "POST", &url, &[], Some(message)).0, 403);
    let named =
        |name: &str| format!("/admin/teams/policy/getPolicyId(type='TeamsMeetingPolicy',name='{name}')");
    let found = tenant.get(&named("AllOn"));
    tenant.get(&named("None"));
    let assignment = json!({"value": [{"@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
        "userId": id, "policyType": "TeamsMeetingPolicy", "policyId": found["value"][0]["policyId"]}]});
    let assignments = "/admin/teams/policy/userAssignments";
    tenant.write("POST", &format!("{assignments}/assign"), Some(assignment), 204);
    let back = json!({"value": [{"userId": id, "policyType": "TeamsMeetingPolicy"}]});
    tenant.write("POST", &format!("{assignments}/unassign"), Some(back), 204);
}
