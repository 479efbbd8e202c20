//! The tenant's Graph against Microsoft's published contract: every call is logged, and a third party judges.
//!
//! The judge is `validate.py` in the folder that `FOOTBRIDGE_CONTRACT` names, or in `../shared/contract` beside
//! the checkout. Without it the calls still run and the log is still written; only the verdict is left out.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod products;
mod tenant;

use serde_json::{Value, json};
use simulator::graph::{Caller, CallerKind};
use tenant::Tenant;
use time::{Duration, OffsetDateTime};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const USER_READ_ALL: &str = "df021288-bdef-4463-88db-98f22de89214";
const USER_READ: &str = "e1fe6dd8-ba31-4d61-89e7-88639da4683d";
const MEETINGS: &str = "b8bb2037-6e08-44ac-a4ea-4674e010e2a4";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn application(id: &str, app_id: &str, role: &str) -> Caller {
    Caller {
        kind: CallerKind::Application {
            app_id: app_id.to_owned(),
            service_principal_id: id.to_owned(),
            roles: vec![role.to_owned()],
        },
    }
}

fn certificate() -> String {
    use base64::Engine as _;
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(vec!["contoso.example".to_owned()]).unwrap();
    wanted.not_before = OffsetDateTime::from_unix_timestamp(1_789_000_000).unwrap();
    wanted.not_after = wanted.not_before + Duration::days(365);
    base64::engine::general_purpose::STANDARD.encode(wanted.self_signed(&key).unwrap().der())
}

#[test]
fn every_answer_keeps_the_contract() {
    let mut tenant = Tenant::new();
    organisation_and_people(&mut tenant);
    let made = applications(&mut tenant);
    principals_and_grants(&mut tenant, &made);
    meetings(&mut tenant, &made);
    policies(&mut tenant, &made);
    products::registrations(&mut tenant, &made);
    products::communication(&mut tenant);
    batches(&mut tenant, &made);
    refusals(&mut tenant, &made);
    deleted(&mut tenant, &made);
    tenant.verdict();
}

fn organisation_and_people(tenant: &mut Tenant) {
    for url in [
        "/organization",
        "/organization?$select=id,displayName,verifiedDomains",
        "/me",
        "/me?$select=id,userPrincipalName",
        "/me/memberOf",
        "/me/transitiveMemberOf",
        "/me/memberOf/microsoft.graph.directoryRole",
        "/me/licenseDetails",
        "/subscribedSkus",
        "/domains",
        "/directoryRoles",
        "/users",
        "/users?$top=5",
        "/users?$select=id,displayName,userPrincipalName,mail,accountEnabled,employeeId,userType,assignedPlans&$top=50",
        "/users?$select=id,onPremisesExtensionAttributes,onPremisesSamAccountName,proxyAddresses,otherMails&$top=3",
        "/users?$filter=startswith(displayName,'a')%20or%20startswith(userPrincipalName,'a')",
        "/users?$filter=accountEnabled%20eq%20false&$select=id,accountEnabled",
        "/users?$filter=userType%20eq%20'Guest'&$top=5",
        "/users?$orderby=displayName&$top=5",
        "/groups",
        "/groups?$select=id,displayName",
        "/groups?$filter=startswith(displayName,'R')",
    ] {
        tenant.get(url);
    }
    let organization = text(&tenant.get("/organization")["value"][0], "id");
    tenant.get(&format!("/organization/{organization}"));
    for url in [
        "/users/$count",
        "/users/$count?$filter=userType%20eq%20'Guest'",
        "/groups/$count",
        "/applications/$count",
        "/servicePrincipals/$count",
        "/users?$search=%22displayName:m%22&$count=true",
        "/users?$filter=endsWith(userPrincipalName,'onmicrosoft.com')&$count=true&$top=5",
        "/users?$filter=mail%20ne%20null&$count=true&$top=2",
        "/users?$count=true&$orderby=surname%20desc&$filter=accountEnabled%20eq%20true&$top=4",
        "/me/memberOf/$count",
    ] {
        tenant.advanced(url);
    }
    let first = tenant.get("/users?$select=id,userPrincipalName&$top=120");
    let mut found = first["value"].as_array().unwrap().len();
    let mut next = text(&first, "@odata.nextLink");
    while !next.is_empty() {
        let page = tenant.get(next.split_once("/v1.0").unwrap().1);
        found += page["value"].as_array().unwrap().len();
        next = text(&page, "@odata.nextLink");
    }
    assert_eq!(found, 200);
    let somebody = &first["value"][7];
    let (id, upn) = (text(somebody, "id"), text(somebody, "userPrincipalName"));
    let quoted = upn.replace('\'', "%27%27");
    let escaped = upn.replace('\'', "%27").replace('#', "%23");
    for url in [
        format!("/users/{id}"),
        format!("/users/{escaped}"),
        format!("/users('{quoted}')"),
        format!("/users/{id}?$select=id,mail,onPremisesExtensionAttributes"),
        format!("/users/{id}/licenseDetails"),
        format!("/users/{id}/memberOf"),
        format!("/users/{id}/transitiveMemberOf"),
        format!("/users/{id}/appRoleAssignments"),
        format!("/users/{id}/oauth2PermissionGrants"),
        format!("/users/{id}/ownedObjects"),
        format!("/directoryObjects/{id}"),
        format!("/users?$filter=id%20in%20('{id}')"),
        format!("/users/{id}?$expand=memberOf"),
    ] {
        tenant.get(&url);
    }
    let group = text(&tenant.get("/groups")["value"][0], "id");
    tenant.get(&format!("/groups/{group}"));
    tenant.get(&format!("/groups/{group}/members"));
    tenant.get(&format!("/groups/{group}/members/microsoft.graph.user?$select=id,displayName"));
    tenant.get(&format!("/groups/{group}/owners"));
    let role = text(&tenant.get("/directoryRoles")["value"][0], "id");
    tenant.get(&format!("/directoryRoles/{role}"));
    tenant.get(&format!("/directoryRoles/{role}/members"));
    tenant.write(
        "POST",
        "/directoryObjects/getByIds",
        Some(json!({"ids": [id, group], "types": ["user", "group"]})),
        200,
    );
}

struct Made {
    id: String,
    app_id: String,
}

fn applications(tenant: &mut Tenant) -> Made {
    let access = json!([{"resourceAppId": GRAPH, "resourceAccess": [
        {"id": USER_READ_ALL, "type": "Role"}, {"id": USER_READ, "type": "Scope"}]}]);
    let body = json!({"displayName": "Contoso connector", "signInAudience": "AzureADMyOrg", "uniqueName": "contoso-connector",
        "notes": "made by a test", "tags": ["test"], "web": {"redirectUris": ["https://contoso.example/cb"]},
        "publicClient": {"redirectUris": ["http://localhost"]}, "requiredResourceAccess": access});
    let prefer = [("Prefer", "create-if-missing")];
    let url = "/applications(uniqueName='contoso-connector')";
    assert_eq!(tenant.call("PATCH", url, &[], Some(json!({"displayName": "x"}))).0, 404);
    let (status, made) = tenant.call("PATCH", url, &prefer, Some(body.clone()));
    assert_eq!(status, 201, "{made}");
    assert_eq!(tenant.call("PATCH", url, &prefer, Some(body)).0, 204);
    let made = Made { id: text(&made, "id"), app_id: text(&made, "appId") };
    let other = tenant.write("POST", "/applications", Some(json!({"displayName": "Contoso connector"})), 201);
    tenant.write(
        "PATCH",
        &format!("/applications/{}", text(&other, "id")),
        Some(json!({"displayName": "Other", "description": null})),
        204,
    );
    let (id, app_id) = (&made.id, &made.app_id);
    for url in [
        "/applications".to_owned(),
        format!("/applications?$filter=appId%20eq%20'{app_id}'"),
        "/applications?$filter=displayName%20eq%20'Contoso%20connector'&$select=id,appId,displayName"
            .to_owned(),
        "/applications?$filter=startswith(displayName,'Contoso')".to_owned(),
        "/applications?$top=1".to_owned(),
        "/applications?$filter=identifierUris/any(s:s%20eq%20'api://x')".to_owned(),
        format!("/applications/{id}"),
        "/applications?$filter=uniqueName%20eq%20'contoso-connector'".to_owned(),
        format!("/applications(appId='{app_id}')"),
        format!("/applications(appId='{app_id}')?$select=id,keyCredentials"),
        "/applications(uniqueName='contoso-connector')".to_owned(),
        format!("/applications/{id}?$expand=owners"),
        format!("/applications/{id}/owners"),
        format!("/directoryObjects/{id}"),
    ] {
        tenant.get(&url);
    }
    credentials(tenant, id);
    let me = text(&tenant.get("/me?$select=id"), "id");
    let address = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{me}")});
    tenant.write("POST", &format!("/applications/{id}/owners/$ref"), Some(address.clone()), 204);
    tenant.refused("POST", &format!("/applications/{id}/owners/$ref"), Some(address), 400);
    tenant.get(&format!("/applications/{id}/owners?$select=id"));
    tenant.get(&format!("/applications/{id}/owners/$ref"));
    tenant.write("DELETE", &format!("/applications/{id}/owners/{me}/$ref"), None, 204);
    made
}

fn credentials(tenant: &mut Tenant, id: &str) {
    let end = "2027-01-01T00:00:00Z";
    let secret = json!({"passwordCredential": {"displayName": "one", "endDateTime": end}});
    let added = tenant.write("POST", &format!("/applications/{id}/addPassword"), Some(secret), 200);
    let first = text(&added, "secretText");
    assert_eq!(added["hint"].as_str(), first.get(..3));
    let app_id = text(&tenant.get(&format!("/applications/{id}")), "appId");
    assert_eq!(tenant.world.check_secret(&app_id, &first), simulator::world::SecretVerdict::Good);
    let second = tenant.write("POST", &format!("/applications/{id}/addPassword"), None, 200);
    tenant.write(
        "POST",
        &format!("/applications/{id}/removePassword"),
        Some(json!({"keyId": second["keyId"]})),
        204,
    );
    assert_eq!(
        tenant.world.check_secret(&app_id, &text(&second, "secretText")),
        simulator::world::SecretVerdict::Wrong
    );
    let key = |sent: &str| json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": sent, "displayName": "CN=contoso"});
    let url = format!("/applications/{id}");
    tenant.write("PATCH", &url, Some(json!({"keyCredentials": [key(&certificate())]})), 204);
    let shown = tenant.get(&url);
    let old = shown["keyCredentials"][0].clone();
    assert!(old["key"].is_null());
    assert_eq!(text(&old, "customKeyIdentifier").len(), 40);
    let read = tenant.get(&format!("{url}?$select=id,keyCredentials"));
    assert!(read["keyCredentials"][0]["key"].is_string());
    tenant.write("PATCH", &url, Some(json!({"keyCredentials": [old, key(&certificate())]})), 204);
    let both = tenant.get(&format!("{url}?$select=id,keyCredentials"));
    assert_eq!(both["keyCredentials"][0], read["keyCredentials"][0]);
    assert_eq!(both["keyCredentials"].as_array().unwrap().len(), 2);
    assert_eq!(shown["passwordCredentials"].as_array().unwrap().len(), 1);
}

fn principals_and_grants(tenant: &mut Tenant, made: &Made) {
    let (app_id, new) = (&made.app_id, json!({"appId": made.app_id}));
    let own = text(&tenant.write("POST", "/servicePrincipals", Some(new.clone()), 201), "id");
    tenant.refused("POST", "/servicePrincipals", Some(new), 409);
    tenant.write(
        "PATCH",
        &format!("/servicePrincipals/{own}"),
        Some(json!({"appRoleAssignmentRequired": true, "tags": ["a"]})),
        204,
    );
    let graph = tenant.get(&format!(
        "/servicePrincipals(appId='{GRAPH}')?$select=id,appId,appRoles,oauth2PermissionScopes"
    ));
    let graph_id = text(&graph, "id");
    let role = json!({"principalId": own, "resourceId": graph_id, "appRoleId": USER_READ_ALL});
    let to = format!("/servicePrincipals/{graph_id}/appRoleAssignedTo");
    let from = format!("/servicePrincipals/{own}/appRoleAssignments");
    let assigned = text(&tenant.write("POST", &to, Some(role.clone()), 201), "id");
    tenant.refused("POST", &from, Some(role), 400);
    let meetings = json!({"principalId": own, "resourceId": graph_id, "appRoleId": MEETINGS});
    tenant.write("POST", &from, Some(meetings), 201);
    assert_eq!(
        tenant.world.granted_app_roles(app_id, GRAPH),
        ["OnlineMeetings.ReadWrite.All", "User.Read.All"]
    );
    let grant = json!({"clientId": own, "consentType": "AllPrincipals", "principalId": null, "resourceId": graph_id, "scope": "User.Read"});
    let granted = text(&tenant.write("POST", "/oauth2PermissionGrants", Some(grant.clone()), 201), "id");
    tenant.refused("POST", "/oauth2PermissionGrants", Some(grant), 409);
    tenant.write(
        "PATCH",
        &format!("/oauth2PermissionGrants/{granted}"),
        Some(json!({"scope": "User.Read openid"})),
        204,
    );
    assert_eq!(tenant.world.granted_scopes(app_id, "anybody", GRAPH), ["User.Read", "openid"]);
    for url in [
        from.clone(),
        to.clone(),
        format!("{from}/{assigned}"),
        format!("/servicePrincipals/{own}"),
        format!("/servicePrincipals(appId='{app_id}')?$select=id,servicePrincipalNames"),
        format!("/servicePrincipals?$filter=appId%20eq%20'{app_id}'"),
        format!("/servicePrincipals/{own}/owners"),
        format!("/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'{app_id}')"),
        format!("/servicePrincipals?$filter=appId%20eq%20'{app_id}'&$expand=appRoleAssignments"),
        "/servicePrincipals?$select=appId,appRoles,id,oauth2PermissionScopes,servicePrincipalNames"
            .to_owned(),
        "/servicePrincipals?$top=3".to_owned(),
        format!("/servicePrincipals/{own}/oauth2PermissionGrants"),
        "/oauth2PermissionGrants".to_owned(),
        format!("/oauth2PermissionGrants/{granted}"),
        format!(
            "/oauth2PermissionGrants?$filter=clientId%20eq%20'{own}'%20and%20resourceId%20eq%20'{graph_id}'%20and%20consentType%20eq%20'AllPrincipals'"
        ),
        format!("/servicePrincipals/{own}/memberOf"),
        format!("/directoryObjects/{own}"),
    ] {
        tenant.get(&url);
    }
    tenant.advanced(&format!("{from}/$count"));
    tenant.write("DELETE", &format!("{from}/{assigned}"), None, 204);
    tenant.write("DELETE", &format!("/oauth2PermissionGrants/{granted}"), None, 204);
    assert_eq!(tenant.get(&from)["value"].as_array().unwrap().len(), 1);
}

fn meetings(tenant: &mut Tenant, made: &Made) {
    let all = tenant.get("/users?$select=id,assignedPlans&$top=60");
    let licensed = |user: &&Value| {
        user["assignedPlans"].as_array().unwrap().iter().any(|plan| plan["service"] == "TeamspaceAPI")
    };
    let user = text(all["value"].as_array().unwrap().iter().skip(5).find(licensed).unwrap(), "id");
    let app = application("sp", &made.app_id, "OnlineMeetings.ReadWrite.All");
    let url = format!("/users/{user}/onlineMeetings");
    let body = || {
        Some(
            json!({"subject": "Probe", "startDateTime": "2026-09-23T10:00:00Z", "endDateTime": "2026-09-23T10:30:00Z"}),
        )
    };
    let (status, refused) = tenant.call_as(&app, "POST", &url, &[], body());
    assert_eq!(status, 403);
    assert!(
        text(&refused["error"], "message").starts_with("No application access policy found for this app")
    );
    tenant.world.teams(&json!({"cmdlet": "New-CsApplicationAccessPolicy", "parameters": {"Identity": "P", "AppIds": [made.app_id]}}));
    let granted = tenant.world.teams(&json!({"cmdlet": "Grant-CsApplicationAccessPolicy", "parameters": {"Identity": user, "PolicyName": "P"}}));
    assert_eq!(granted["ok"], true, "{granted}");
    tenant.world.now += Duration::seconds(1799);
    assert_eq!(tenant.call_as(&app, "POST", &url, &[], body()).0, 403);
    tenant.world.now += Duration::seconds(1);
    let (status, meeting) = tenant.call_as(&app, "POST", &url, &[], body());
    assert_eq!(status, 201, "{meeting}");
    let one = format!("{url}/{}", text(&meeting, "id"));
    assert_eq!(tenant.call_as(&app, "GET", &one, &[], None).0, 200);
    assert_eq!(tenant.call_as(&app, "PATCH", &one, &[], Some(json!({"subject": "Other"}))).0, 200);
    assert_eq!(tenant.call_as(&app, "DELETE", &one, &[], None).0, 204);
    assert_eq!(tenant.call_as(&app, "GET", &one, &[], None).0, 404);
    let wrong = application("sp", &made.app_id, "User.Read.All");
    assert_eq!(tenant.call_as(&wrong, "POST", &url, &[], body()).0, 403);
    tenant.write("POST", "/me/onlineMeetings", body(), 201);
}

fn policies(tenant: &mut Tenant, made: &Made) {
    let id = &made.id;
    tenant.get("/policies/defaultAppManagementPolicy");
    let restriction = |kind: &str, life: Value| {
        json!({"restrictionType": kind, "state": "enabled", "maxLifetime": life,
        "restrictForAppsCreatedAfterDateTime": "2020-01-01T00:00:00Z"})
    };
    let policy = |restrictions: Value| json!({"isEnabled": true, "applicationRestrictions": {"passwordCredentials": restrictions}});
    let url = "/policies/defaultAppManagementPolicy";
    tenant.write("PATCH", url, Some(policy(json!([restriction("passwordLifetime", json!("P90D"))]))), 204);
    let add = format!("/applications/{id}/addPassword");
    let (status, refused) =
        tenant.call("POST", &add, &[], Some(json!({"passwordCredential": {"displayName": "long"}})));
    assert_eq!(
        (status, refused["error"]["code"].as_str()),
        (400, Some("CredentialInvalidLifetimeAsPerAppPolicy"))
    );
    tenant.write("PATCH", url, Some(policy(json!([restriction("passwordAddition", Value::Null)]))), 204);
    tenant.get(url);
    let (status, refused) =
        tenant.call("POST", &add, &[], Some(json!({"passwordCredential": {"displayName": "any"}})));
    assert_eq!(
        (status, refused["error"]["code"].as_str()),
        (400, Some("CredentialTypeNotAllowedAsPerAppPolicy"))
    );
    let own = json!({"displayName": "Exempt", "isEnabled": true, "restrictions": {"passwordCredentials": [
        {"restrictionType": "passwordAddition", "state": "disabled", "maxLifetime": null}]}});
    let exempt = text(&tenant.write("POST", "/policies/appManagementPolicies", Some(own), 201), "id");
    let address = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/policies/appManagementPolicies/{exempt}")});
    tenant.write("POST", &format!("/applications/{id}/appManagementPolicies/$ref"), Some(address), 204);
    tenant.write("POST", &add, Some(json!({"passwordCredential": {"displayName": "exempt"}})), 200);
    tenant.get("/policies/appManagementPolicies");
    tenant.get(&format!("/policies/appManagementPolicies/{exempt}"));
    tenant.get(&format!("/applications/{id}/appManagementPolicies"));
    tenant.write("DELETE", &format!("/applications/{id}/appManagementPolicies/{exempt}/$ref"), None, 204);
    tenant.write("DELETE", &format!("/policies/appManagementPolicies/{exempt}"), None, 204);
    tenant.world.restrict_credentials(false, None, None, true);
    tenant.get(url);
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate(), "displayName": "CN=contoso"});
    tenant.refused("PATCH", &format!("/applications/{id}"), Some(json!({"keyCredentials": [key]})), 400);
    tenant.world.restrict_credentials(false, None, None, false);
}

fn batches(tenant: &mut Tenant, made: &Made) {
    let json_header = json!({"Content-Type": "application/json"});
    let requests = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/me"},
        {"id": "2", "method": "GET", "url": format!("/applications/{}?$select=id,appId", made.id)},
        {"id": "3", "method": "PATCH", "url": format!("/applications/{}", made.id), "headers": json_header, "body": {"notes": "batched"}},
        {"id": "4", "method": "GET", "url": "/users?$top=2", "dependsOn": ["3"]},
        {"id": "5", "method": "GET", "url": "/users/nobody@nowhere.example"},
        {"id": "6", "method": "GET", "url": "/users/nobody@nowhere.example/memberOf", "dependsOn": ["5"]},
        {"id": "7", "method": "GET", "url": "/users/$count", "headers": {"ConsistencyLevel": "eventual"}},
        {"id": "8", "method": "POST", "url": "/applications", "headers": json_header, "body": {"displayName": "Batched"}},
    ]});
    let answer = tenant.write("POST", "/$batch", Some(requests), 200);
    let status = |id: &str| {
        let all = answer["responses"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap()["status"].as_u64().unwrap()
    };
    let found: Vec<u64> = ["1", "2", "3", "4", "5", "6", "7", "8"].map(status).to_vec();
    assert_eq!(found, [200, 200, 204, 200, 404, 424, 200, 201]);
    let many: Vec<Value> =
        (0..21).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect();
    tenant.refused("POST", "/$batch", Some(json!({"requests": many})), 400);
    let twice = json!({"requests": [{"id": "1", "method": "GET", "url": "/me"}, {"id": "1", "method": "GET", "url": "/me"}]});
    tenant.refused("POST", "/$batch", Some(twice), 400);
}

fn refusals(tenant: &mut Tenant, made: &Made) {
    let id = &made.id;
    for (url, wanted) in [
        ("/nonsense", 404),
        ("/users/nobody@nowhere.example", 404),
        ("/users?$select=nonsense", 400),
        ("/users?$filter=nonsense%20eq%20'x'", 400),
        ("/users?$top=1000", 400),
        ("/users?$top=0", 400),
        ("/users?$skip=5", 400),
        ("/users?$expand=nonsense", 400),
        ("/users?$orderby=nonsense", 400),
        ("/users?nonsense=1", 400),
        ("/users/$count", 400),
        ("/users?$search=%22displayName:a%22", 400),
        ("/users?$filter=mail%20ne%20null", 400),
        ("/users?$skiptoken=x", 400),
        ("/users?$filter=accountEnabled%20eq%20'true'", 400),
        ("/applications/00000000-0000-4000-8000-000000000000", 404),
        ("/servicePrincipals(appId='x')", 404),
        ("/users?$count=maybe", 400),
    ] {
        tenant.refused("GET", url, None, wanted);
    }
    let one = format!("/applications/{id}");
    for body in [
        json!({"nonsense": 1}),
        json!({"displayName": 1}),
        json!({"id": "x"}),
        json!({"appId": "x"}),
        json!({"owners": []}),
        json!({"signInAudience": "x"}),
        json!({"uniqueName": "other"}),
        json!({"tags": null}),
        json!({"displayName": ""}),
        json!({"passwordCredentials": [{"displayName": "x"}]}),
        json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "key": "AAAA"}]}),
        json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": "AAAA"}]}),
        json!({"requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": [{"id": id, "type": "Role"}]}]}),
        json!({"requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": [{"id": USER_READ, "type": "Role"}]}]}),
    ] {
        tenant.refused("PATCH", &one, Some(body), 400);
    }
    tenant.refused("POST", "/applications", Some(json!({"notes": "no name"})), 400);
    tenant.refused("POST", "/applications", None, 400);
    tenant.refused(
        "POST",
        "/servicePrincipals",
        Some(json!({"appId": "00000000-1111-4000-8000-000000000000"})),
        400,
    );
    tenant.refused("POST", "/servicePrincipals", Some(json!({})), 400);
    tenant.refused("POST", &format!("{one}/removePassword"), Some(json!({"keyId": id})), 400);
    tenant.refused("PUT", &one, Some(json!({})), 405);
    let nobody = Caller {
        kind: CallerKind::User {
            object_id: String::new(),
            roles: Vec::new(),
            scopes: vec!["User.Read".to_owned()],
        },
    };
    for (method, url) in [("GET", "/users"), ("GET", "/applications"), ("POST", "/applications")] {
        let body = (method == "POST").then(|| json!({"displayName": "x"}));
        let (status, found) = tenant.call_as(&nobody, method, url, &[], body);
        assert_eq!(
            (status, found["error"]["code"].as_str()),
            (403, Some("Authorization_RequestDenied")),
            "{url}"
        );
    }
}

fn deleted(tenant: &mut Tenant, made: &Made) {
    let (id, url) = (&made.id, format!("/applications/{}", made.id));
    tenant.write("DELETE", &url, None, 204);
    tenant.refused("GET", &url, None, 404);
    assert!(tenant.world.application_by_app_id(&made.app_id).is_none());
    assert!(tenant.world.service_principal_of(&made.app_id).is_none());
    tenant.get("/directory/deletedItems/microsoft.graph.application");
    tenant.get("/directory/deletedItems/microsoft.graph.servicePrincipal");
    tenant.get(&format!("/directory/deletedItems/{id}"));
    tenant.write("POST", &format!("/directory/deletedItems/{id}/restore"), None, 200);
    tenant.get(&url);
    assert!(tenant.world.service_principal_of(&made.app_id).is_some());
    assert_eq!(tenant.world.granted_app_roles(&made.app_id, GRAPH), ["OnlineMeetings.ReadWrite.All"]);
    tenant.write("DELETE", &url, None, 204);
    tenant.write("DELETE", &format!("/directory/deletedItems/{id}"), None, 204);
    tenant.refused("POST", &format!("/directory/deletedItems/{id}/restore"), None, 404);
}
