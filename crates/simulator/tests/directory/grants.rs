//! Application permissions and delegated permissions as they are granted.

use serde_json::{Value, json};

use crate::drive::{APPLICATION, Drive, GRAPH, PRIVILEGED, text};

#[test]
fn only_a_privileged_role_administrator_grants_roles_of_graph() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (_, app_id, principal) = drive.register("roles");
    drive.grant(&principal, "User.Read.All", 403);
    let mut drive = Drive::new(&[APPLICATION, PRIVILEGED]);
    let (_, app_id_of_mine, principal) = drive.register("roles");
    assert_ne!(app_id, "");
    let made = drive.grant(&principal, "User.Read.All", 201);
    assert_eq!(made["principalType"], "ServicePrincipal");
    assert_eq!(drive.world.granted_app_roles(&app_id_of_mine, GRAPH), ["User.Read.All"]);
    let again = drive.grant(&principal, "User.Read.All", 400);
    assert_eq!(again["error"]["message"], "Permission being assigned already exists on the object");
    let listed = drive.get(&format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments"));
    assert_eq!(listed["value"].as_array().unwrap().len(), 1);
    let address = format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments/{}", text(&made["id"]));
    drive.send("DELETE", &address, Value::Null, 204);
    assert!(drive.world.granted_app_roles(&app_id_of_mine, GRAPH).is_empty());
}

#[test]
fn an_unknown_role_and_an_unknown_principal_are_refused() {
    let mut drive = Drive::new(&[PRIVILEGED, APPLICATION]);
    let (_, _, principal) = drive.register("roles");
    let graph = text(&drive.graph()["id"]);
    let nobody = "11111111-2222-4333-8444-555555555555";
    let address = format!("/v1.0/servicePrincipals/{graph}/appRoleAssignedTo");
    for (principal, role) in [(principal.as_str(), nobody), (nobody, "df021288-bdef-4463-88db-98f22de89214")]
    {
        let body = json!({"principalId": principal, "resourceId": graph, "appRoleId": role});
        assert_eq!(drive.refused("POST", &address, body).0, 400);
    }
}

#[test]
fn one_grant_for_everybody_and_then_a_patch() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (_, app_id, principal) = drive.register("scopes");
    let graph = text(&drive.graph()["id"]);
    let body = json!({"clientId": principal, "consentType": "AllPrincipals", "principalId": null, "resourceId": graph, "scope": "User.Read offline_access"});
    let made = drive.send("POST", "/v1.0/oauth2PermissionGrants", body.clone(), 201);
    assert_eq!(
        drive.refused("POST", "/v1.0/oauth2PermissionGrants", body),
        (409, "Request_MultipleObjectsWithSameKeyValue".to_owned())
    );
    let id = text(&made["id"]);
    drive.send(
        "PATCH",
        &format!("/v1.0/oauth2PermissionGrants/{id}"),
        json!({"scope": "User.Read Mail.Read"}),
        204,
    );
    assert_eq!(drive.world.granted_scopes(&app_id, "anybody", GRAPH), ["Mail.Read", "User.Read"]);
    let address = format!(
        "/v1.0/oauth2PermissionGrants?$filter=clientId eq '{principal}' and consentType eq 'AllPrincipals'"
    );
    assert_eq!(drive.get(&address)["value"].as_array().unwrap().len(), 1);
    // The Azure CLI spells the collection this way.
    drive.send("DELETE", &format!("/v1.0/oAuth2PermissionGrants/{id}"), Value::Null, 204);
    assert!(drive.world.granted_scopes(&app_id, "anybody", GRAPH).is_empty());
}

#[test]
fn a_service_principal_is_made_once() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (_, app_id, _) = drive.register("twice");
    let body = json!({"appId": app_id});
    assert_eq!(drive.refused("POST", "/v1.0/servicePrincipals", body).0, 409);
    let unknown = json!({"appId": "11111111-2222-4333-8444-555555555555"});
    assert_eq!(drive.refused("POST", "/v1.0/servicePrincipals", unknown).1, "NoBackingApplicationObject");
    let found =
        drive.get(&format!("/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '{app_id}')"));
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    // One of Microsoft's APIs that this tenant does not have yet.
    drive.send(
        "POST",
        "/v1.0/servicePrincipals",
        json!({"appId": "00000009-0000-0000-c000-000000000000"}),
        201,
    );
}

#[test]
fn permissions_are_listed_by_the_name_of_their_property_too() {
    let mut drive = Drive::new(&[APPLICATION]);
    let graph = text(&drive.graph()["id"]);
    let roles = drive.get(&format!("/v1.0/myorganization/servicePrincipals/{graph}/appRoles"));
    assert!(roles["value"].as_array().unwrap().len() > 50);
    let scopes = drive
        .get(&format!("/v1.0/servicePrincipals/{graph}/oauth2PermissionScopes?$filter=value eq 'User.Read'"));
    assert_eq!(scopes["value"].as_array().unwrap().len(), 1);
}
