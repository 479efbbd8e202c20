//! The time after a change in which replicas disagree.

use std::time::Duration;

use serde_json::json;
use simulator::world::SecretVerdict;

use crate::drive::{APPLICATION, Drive, GRAPH, PRIVILEGED, text};

const WINDOW: Duration = Duration::from_secs(60);

#[test]
fn what_is_new_flaps_and_then_stays() {
    let mut drive = Drive::new(&[APPLICATION]);
    drive.world.settings.replication_delay = WINDOW;
    let made = drive.send("POST", "/v1.0/applications", json!({"displayName": "new"}), 201);
    let address = format!("/v1.0/applications/{}", text(&made["id"]));
    let mut seen = Vec::new();
    for _ in 0..30 {
        drive.world.now += Duration::from_secs(2);
        seen.push(drive.call("GET", &address, None, &[]).status);
    }
    assert!(seen.iter().all(|status| [200, 404].contains(status)));
    let flips = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(flips > 2, "{seen:?}");
    for _ in 0..10 {
        assert_eq!(drive.call("GET", &address, None, &[]).status, 200);
    }
}

#[test]
fn inside_the_window_writes_get_the_documented_refusals() {
    let mut drive = Drive::new(&[APPLICATION, PRIVILEGED]);
    drive.world.settings.replication_delay = WINDOW;
    drive.world.settings.flapping = false;
    let made = drive.send("POST", "/v1.0/applications", json!({"displayName": "new"}), 201);
    let (id, app_id) = (text(&made["id"]), text(&made["appId"]));
    assert_eq!(drive.refused("POST", &format!("/v1.0/applications/{id}/addPassword"), json!({})).0, 404);
    let (status, code) = drive.refused("POST", "/v1.0/servicePrincipals", json!({"appId": app_id}));
    assert!(
        (status, code.as_str()) == (400, "NoBackingApplicationObject") || status == 403,
        "{status} {code}"
    );
    drive.world.now += WINDOW;
    let principal = text(&drive.send("POST", "/v1.0/servicePrincipals", json!({"appId": app_id}), 201)["id"]);
    let refused = drive.grant(&principal, "User.Read.All", 400);
    assert_eq!(refused["error"]["message"], "Not a valid reference update.");
    drive.world.now += WINDOW;
    drive.grant(&principal, "User.Read.All", 201);
    assert!(drive.world.granted_app_roles(&app_id, GRAPH).is_empty());
    let secret = text(
        &drive.send("POST", &format!("/v1.0/applications/{id}/addPassword"), json!({}), 200)["secretText"],
    );
    assert_eq!(drive.world.check_secret(&app_id, &secret), SecretVerdict::NotYetVisible);
    drive.world.now += WINDOW;
    assert_eq!(drive.world.granted_app_roles(&app_id, GRAPH), ["User.Read.All"]);
    assert_eq!(drive.world.check_secret(&app_id, &secret), SecretVerdict::Good);
}
