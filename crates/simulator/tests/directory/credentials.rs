//! Applications, secrets, certificates, and the policies that stand before them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simulator::world::SecretVerdict;
use time::Duration;

use crate::drive::{APPLICATION, Drive, GLOBAL, person, text};

fn certificate() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(&key).unwrap().der().to_vec()
}

#[test]
fn an_upsert_makes_once_and_changes_afterwards() {
    let mut drive = Drive::new(&[APPLICATION]);
    let address = "/v1.0/applications(uniqueName='footbridge-targetconnect')";
    let body = json!({"displayName": "targetconnectMSTeamsIntegration", "signInAudience": "AzureADMyOrg"});
    assert_eq!(drive.refused("PATCH", address, body.clone()).0, 404);
    let prefer = [("Prefer", "create-if-missing")];
    let made = drive.call("PATCH", address, Some(body.clone()), &prefer);
    assert_eq!(made.status, 201, "{:?}", made.body);
    let made = made.body.unwrap();
    assert_eq!(made["uniqueName"], "footbridge-targetconnect");
    assert_eq!(drive.call("PATCH", address, Some(body), &prefer).status, 204);
    let found = drive.get("/v1.0/applications?$filter=displayName eq 'targetconnectMSTeamsIntegration'");
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    let by_app_id = drive.get(&format!("/v1.0/applications(appId='{}')", text(&made["appId"])));
    assert_eq!(by_app_id["id"], made["id"]);
}

#[test]
fn another_persons_application_is_there_under_another_name() {
    let mut drive = Drive::new(&[APPLICATION]);
    let all = drive.get("/v1.0/applications?$select=displayName,passwordCredentials&$expand=owners");
    let all = all["value"].as_array().unwrap();
    assert!(all.iter().any(|one| text(&one["displayName"]).to_lowercase().contains("targetconnect")));
    assert!(all.iter().all(|one| one["displayName"] != "targetconnectMSTeamsIntegration"));
    assert!(all.iter().any(|one| !one["passwordCredentials"].as_array().unwrap().is_empty()));
    assert!(all.iter().any(|one| !one["owners"].as_array().unwrap().is_empty()));
}

#[test]
fn a_secret_is_shown_once_and_works_until_it_is_removed() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, app_id, _) = drive.register("secret");
    let address = format!("/v1.0/applications/{id}/addPassword");
    let made = drive.send("POST", &address, json!({"passwordCredential": {"displayName": "one"}}), 200);
    let secret = text(&made["secretText"]);
    assert!(secret.starts_with(&text(&made["hint"])));
    assert_eq!(drive.world.check_secret(&app_id, &secret), SecretVerdict::Good);
    assert_eq!(drive.world.check_secret(&app_id, "nope"), SecretVerdict::Wrong);
    let shown = drive.get(&format!("/v1.0/applications/{id}"));
    assert!(shown["passwordCredentials"][0]["secretText"].is_null());
    assert!(!drive.world.dump().to_string().contains(&secret));
    drive.world.now += Duration::days(800);
    assert_eq!(drive.world.check_secret(&app_id, &secret), SecretVerdict::Expired);
    drive.world.now -= Duration::days(800);
    drive.send(
        "POST",
        &format!("/v1.0/applications/{id}/removePassword"),
        json!({"keyId": made["keyId"]}),
        204,
    );
    assert_eq!(drive.world.check_secret(&app_id, &secret), SecretVerdict::Wrong);
}

#[test]
fn certificates_come_in_every_spelling_and_stay_when_sent_back() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, app_id, _) = drive.register("keys");
    let address = format!("/v1.0/applications/{id}");
    let (first, second) = (certificate(), certificate());
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&second));
    let entry = |key: String| json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": key});
    let mut broken = STANDARD.encode(&first);
    broken.insert(20, '\n');
    drive.send("PATCH", &address, json!({"keyCredentials": [entry(broken)]}), 204);
    let listed = drive.get(&format!("{address}?$select=keyCredentials"));
    let mut kept = listed["keyCredentials"][0].clone();
    assert_eq!(text(&kept["customKeyIdentifier"]).len(), 40);
    kept["key"] = Value::Null;
    drive.send("PATCH", &address, json!({"keyCredentials": [kept, entry(STANDARD.encode(pem))]}), 204);
    let ders: Vec<Vec<u8>> = drive.world.certificates_of(&app_id).into_iter().map(|one| one.der).collect();
    assert_eq!(ders, [first, second]);
    let plain = drive.get(&address);
    assert!(plain["keyCredentials"][0]["key"].is_null());
    kept["endDateTime"] = json!("2030-01-01T00:00:00Z");
    let (status, _) = drive.refused("PATCH", &address, json!({"keyCredentials": [kept]}));
    assert_eq!(status, 400);
    for wrong in [
        json!({"type": "AsymmetricX509Cert", "key": "AAAA"}),
        json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": "AAAA"}),
    ] {
        assert_eq!(drive.refused("PATCH", &address, json!({"keyCredentials": [wrong]})).0, 400);
    }
}

#[test]
fn the_tenants_policy_refuses_with_its_own_codes() {
    let mut drive = Drive::new(&[GLOBAL]);
    let (id, ..) = drive.register("policy");
    let address = format!("/v1.0/applications/{id}/addPassword");
    let days = |drive: &Drive, days: i64| {
        let end = (drive.world.now + Duration::days(days))
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap();
        json!({"passwordCredential": {"displayName": "x", "endDateTime": end}})
    };
    drive.world.restrict_credentials(false, Some(90), None, false);
    let policy = drive.get("/v1.0/policies/defaultAppManagementPolicy");
    assert_eq!(policy["applicationRestrictions"]["passwordCredentials"][0]["maxLifetime"], "P90D");
    let body = days(&drive, 91);
    assert_eq!(drive.refused("POST", &address, body).1, "CredentialInvalidLifetimeAsPerAppPolicy");
    let body = days(&drive, 89);
    drive.send("POST", &address, body, 200);
    drive.world.restrict_credentials(true, None, None, false);
    let body = days(&drive, 1);
    assert_eq!(drive.refused("POST", &address, body).1, "CredentialTypeNotAllowedAsPerAppPolicy");
    drive.world.restrict_credentials(false, None, None, true);
    let body = json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(certificate())}]});
    assert_eq!(drive.refused("PATCH", &format!("/v1.0/applications/{id}"), body).0, 400);
}

#[test]
fn deleting_is_soft_and_takes_the_service_principal_along() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, app_id, principal) = drive.register("gone");
    drive.send("DELETE", &format!("/v1.0/applications/{id}"), Value::Null, 204);
    assert_eq!(drive.refused("GET", &format!("/v1.0/applications/{id}"), Value::Null).0, 404);
    assert_eq!(drive.refused("GET", &format!("/v1.0/servicePrincipals/{principal}"), Value::Null).0, 404);
    let deleted = drive.get("/v1.0/directory/deletedItems/microsoft.graph.application");
    assert!(deleted["value"].as_array().unwrap().iter().any(|one| one["id"] == id.as_str()));
    drive.send("POST", &format!("/v1.0/directory/deletedItems/{id}/restore"), Value::Null, 200);
    assert!(drive.world.application_by_app_id(&app_id).is_some());
    assert!(drive.world.service_principal_of(&app_id).is_some());
    drive.send("DELETE", &format!("/v1.0/applications/{id}"), Value::Null, 204);
    drive.send("DELETE", &format!("/v1.0/directory/deletedItems/{id}"), Value::Null, 204);
    assert_eq!(
        drive.refused("POST", &format!("/v1.0/directory/deletedItems/{id}/restore"), Value::Null).0,
        404
    );
}

#[test]
fn owners_may_change_what_they_own_and_nobody_else() {
    let mut drive = Drive::new(&[APPLICATION]);
    let (id, ..) = drive.register("owned");
    let users = drive.get("/v1.0/users?$select=id,accountEnabled&$top=50");
    let enabled: Vec<String> = users["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["accountEnabled"] == true)
        .map(|user| text(&user["id"]))
        .collect();
    let (owner, stranger) = (enabled[3].clone(), enabled[4].clone());
    let reference =
        json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{owner}")});
    drive.send("POST", &format!("/v1.0/applications/{id}/owners/$ref"), reference.clone(), 204);
    assert_eq!(drive.refused("POST", &format!("/v1.0/applications/{id}/owners/$ref"), reference).0, 400);
    let owners = drive.get(&format!("/v1.0/applications/{id}/owners?$select=id"));
    assert_eq!(owners["value"][0]["id"], owner.as_str());
    let change = json!({"notes": "changed"});
    drive.caller = person(&stranger, &[], &["Application.ReadWrite.All"]);
    assert_eq!(drive.refused("PATCH", &format!("/v1.0/applications/{id}"), change.clone()).0, 403);
    drive.caller = person(&owner, &[], &["Application.ReadWrite.All"]);
    drive.send("PATCH", &format!("/v1.0/applications/{id}"), change.clone(), 204);
    drive.caller = person(&owner, &[], &["Application.Read.All"]);
    assert_eq!(drive.refused("PATCH", &format!("/v1.0/applications/{id}"), change).0, 403);
}
