//! Presence: what Teams says, what a product prefers, and who may look or set.

use serde_json::{Value, json};
use time::Duration;

use crate::drive::{Drive, GLOBAL, application, person, text};

const BUSY: &str = r#"{"availability": "Busy", "activity": "Busy"}"#;

fn busy() -> Value {
    serde_json::from_str(BUSY).unwrap()
}

/// A tenant, somebody in it, and a product that may write presences.
fn product() -> (Drive, String) {
    let mut drive = Drive::new(&[GLOBAL]);
    let (_, app_id, principal) = drive.register("pbx");
    let user = drive.me.clone();
    drive.caller = application(&app_id, &principal, &["Presence.ReadWrite.All"]);
    (drive, user)
}

fn seen(drive: &mut Drive, user: &str) -> (String, String) {
    let found = drive.get(&format!("/v1.0/users/{user}/presence"));
    (text(&found["availability"]), text(&found["activity"]))
}

fn pair(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn a_preferred_presence_is_set_read_back_and_cleared() {
    let (mut drive, user) = product();
    assert_eq!(seen(&mut drive, &user), pair("Available", "Available"));
    let address = format!("/v1.0/users/{user}/presence");
    drive.send("POST", &format!("{address}/setUserPreferredPresence"), busy(), 200);
    assert_eq!(seen(&mut drive, &user), pair("Busy", "Busy"));
    let many = drive.send("POST", "/v1.0/communications/getPresencesByUserId", json!({"ids": [user]}), 200);
    assert_eq!(many["value"][0]["availability"], "Busy");
    drive.send("POST", &format!("{address}/clearUserPreferredPresence"), Value::Null, 200);
    assert_eq!(seen(&mut drive, &user), pair("Available", "Available"));
}

#[test]
fn it_ends_after_its_time() {
    let (mut drive, user) = product();
    let set = format!("/v1.0/users/{user}/presence/setUserPreferredPresence");
    drive.send("POST", &set, busy(), 200);
    drive.world.now += Duration::hours(23);
    assert_eq!(seen(&mut drive, &user).0, "Busy");
    drive.world.now += Duration::hours(2);
    assert_eq!(seen(&mut drive, &user).0, "Available");
    drive.send("POST", &set, json!({"availability": "Away", "activity": "Away"}), 200);
    drive.world.now += Duration::days(6);
    assert_eq!(seen(&mut drive, &user).0, "Away");
    drive.world.now += Duration::days(2);
    assert_eq!(seen(&mut drive, &user).0, "Available");
    let short =
        json!({"availability": "DoNotDisturb", "activity": "DoNotDisturb", "expirationDuration": "PT8H"});
    drive.send("POST", &set, short, 200);
    drive.world.now += Duration::hours(9);
    assert_eq!(seen(&mut drive, &user).0, "Available");
    let endless = json!({"availability": "Busy", "activity": "Busy", "expirationDuration": "P900000000D"});
    drive.send("POST", &set, endless, 200);
    assert_eq!(seen(&mut drive, &user).0, "Busy");
}

#[test]
fn only_documented_pairs_and_durations_are_taken() {
    let (mut drive, user) = product();
    let set = format!("/v1.0/users/{user}/presence/setUserPreferredPresence");
    for (availability, activity) in
        [("Available", "Available"), ("BeRightBack", "BeRightBack"), ("Offline", "OffWork")]
    {
        drive.send("POST", &set, json!({"availability": availability, "activity": activity}), 200);
        assert_eq!(seen(&mut drive, &user), pair(availability, activity));
    }
    for wrong in [
        json!({"availability": "Busy", "activity": "InACall"}),
        json!({"availability": "Offline", "activity": "Offline"}),
        json!({"availability": "busy", "activity": "busy"}),
        json!({"availability": "Busy"}),
        json!({"availability": "Busy", "activity": "Busy", "expirationDuration": "8 hours"}),
        json!({"availability": "Busy", "activity": "Busy", "expirationDuration": "PT0S"}),
    ] {
        assert_eq!(drive.refused("POST", &set, wrong.clone()).0, 400, "{wrong}");
    }
}

#[test]
fn who_has_no_teams_has_no_presence_and_nobody_is_nobody() {
    let (mut drive, _) = product();
    drive.caller = application("a", "b", &["User.Read.All", "Presence.Read.All"]);
    let all = drive.get("/v1.0/users?$select=id,accountEnabled,userType,assignedPlans&$top=200");
    let without = all["value"].as_array().unwrap().iter().find(|one| {
        let plans = one["assignedPlans"].as_array().unwrap();
        !plans.is_empty() && plans.iter().all(|plan| plan["service"] != "TeamspaceAPI")
    });
    let without = text(&without.unwrap()["id"]);
    assert_eq!(seen(&mut drive, &without), pair("PresenceUnknown", "PresenceUnknown"));
    let disabled = all["value"].as_array().unwrap().iter().find(|one| {
        one["accountEnabled"] == false
            && one["userType"] == "Member"
            && one["assignedPlans"].as_array().unwrap().len() > 1
    });
    let disabled = text(&disabled.unwrap()["id"]);
    assert_eq!(seen(&mut drive, &disabled), pair("Offline", "Offline"));
    assert_eq!(drive.refused("GET", "/v1.0/users/nobody@nowhere.example/presence", Value::Null).0, 404);
    let ids: Vec<String> = (0..651).map(|_| disabled.clone()).collect();
    let many = "/v1.0/communications/getPresencesByUserId";
    assert_eq!(drive.refused("POST", many, json!({"ids": ids})).0, 400);
    drive.send("POST", many, json!({"ids": ids[..650]}), 200);
}

#[test]
fn rights_are_looked_at() {
    let (mut drive, user) = product();
    let other = {
        drive.caller = application("a", "b", &["User.Read.All"]);
        text(&drive.get("/v1.0/users?$select=id&$top=3")["value"][2]["id"])
    };
    let address = |who: &str| format!("/v1.0/users/{who}/presence");
    let set = |who: &str| format!("/v1.0/users/{who}/presence/setUserPreferredPresence");
    assert_eq!(drive.refused("GET", &address(&user), Value::Null).0, 403);
    drive.caller = application("a", "b", &["Presence.Read.All"]);
    drive.get(&address(&user));
    assert_eq!(drive.refused("POST", &set(&user), busy()).0, 403);
    drive.caller = person(&user, &[], &["Presence.Read"]);
    drive.get(&address(&user));
    drive.get("/v1.0/me/presence");
    assert_eq!(drive.refused("GET", &address(&other), Value::Null).0, 403);
    drive.caller = person(&user, &[], &["Presence.Read.All"]);
    drive.get(&address(&other));
    assert_eq!(drive.refused("POST", &set(&user), busy()).0, 403);
    drive.caller = person(&user, &[], &["Presence.ReadWrite"]);
    drive.send("POST", &set(&user), busy(), 200);
    assert_eq!(drive.refused("POST", &set(&other), busy()).0, 403);
}
