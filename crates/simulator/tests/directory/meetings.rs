//! Online meetings behind a Teams application access policy.

use serde_json::{Value, json};
use time::Duration;

use crate::drive::{Drive, GLOBAL, application, text};

struct Setting {
    drive: Drive,
    app_id: String,
    user: String,
}

fn setting() -> Setting {
    let mut drive = Drive::new(&[GLOBAL]);
    let (_, app_id, principal) = drive.register("meetings");
    let user = drive.me.clone();
    drive.caller = application(&app_id, &principal, &["OnlineMeetings.ReadWrite.All", "User.Read.All"]);
    Setting { drive, app_id, user }
}

fn meeting() -> Value {
    json!({"startDateTime": "2026-03-01T10:00:00Z", "endDateTime": "2026-03-01T10:30:00Z", "subject": "Proof"})
}

fn teams(drive: &mut Drive, cmdlet: &str, parameters: Value) {
    let answer = drive.world.teams(&json!({"cmdlet": cmdlet, "parameters": parameters}));
    assert_eq!(answer["ok"], true, "{cmdlet}: {answer}");
}

#[test]
fn a_policy_opens_meetings_half_an_hour_after_it_was_given() {
    let Setting { mut drive, app_id, user } = setting();
    let address = format!("/v1.0/users/{user}/onlineMeetings");
    assert_eq!(drive.refused("POST", &address, meeting()).0, 403);
    teams(&mut drive, "New-CsApplicationAccessPolicy", json!({"Identity": "Ours", "AppIds": [app_id]}));
    teams(&mut drive, "Grant-CsApplicationAccessPolicy", json!({"Identity": user, "PolicyName": "Ours"}));
    drive.world.now += Duration::minutes(29);
    assert_eq!(drive.refused("POST", &address, meeting()).0, 403);
    drive.world.now += Duration::minutes(1);
    let made = drive.send("POST", &address, meeting(), 201);
    assert!(text(&made["joinWebUrl"]).starts_with("https://teams.microsoft.com/"));
    let one = format!("{address}/{}", text(&made["id"]));
    assert_eq!(drive.get(&one)["subject"], "Proof");
    drive.send("DELETE", &one, Value::Null, 204);
    assert_eq!(drive.refused("GET", &one, Value::Null).0, 404);
}

#[test]
fn a_group_and_everybody_are_covered_too() {
    for target in ["group", "global"] {
        let Setting { mut drive, app_id, user } = setting();
        let caller = drive.caller.clone();
        drive.caller = application("x", "y", &["Group.Read.All", "User.Read.All", "Directory.Read.All"]);
        let group = drive.get("/v1.0/groups?$filter=displayName eq 'Rechenzentrum'");
        let group = text(&group["value"][0]["id"]);
        let members = drive.get(&format!("/v1.0/groups/{group}/members"));
        let member = text(&members["value"][0]["id"]);
        drive.caller = caller;
        teams(&mut drive, "New-CsApplicationAccessPolicy", json!({"Identity": "Ours", "AppIds": app_id}));
        let parameters = match target {
            "global" => json!({"PolicyName": "Ours", "Global": true}),
            _ => json!({"PolicyName": "Ours", "Group": group, "Rank": 1}),
        };
        teams(&mut drive, "Grant-CsApplicationAccessPolicy", parameters);
        drive.world.now += Duration::minutes(31);
        let covered = if target == "group" { member } else { user.clone() };
        drive.send("POST", &format!("/v1.0/users/{covered}/onlineMeetings"), meeting(), 201);
        if target == "group" {
            assert_eq!(
                drive.refused("POST", &format!("/v1.0/users/{user}/onlineMeetings"), meeting()).0,
                403
            );
        }
    }
}

#[test]
fn without_the_role_a_policy_does_not_help() {
    let Setting { mut drive, app_id, user } = setting();
    teams(&mut drive, "New-CsApplicationAccessPolicy", json!({"Identity": "Ours", "AppIds": [app_id]}));
    teams(&mut drive, "Grant-CsApplicationAccessPolicy", json!({"PolicyName": "Ours", "Global": true}));
    drive.world.now += Duration::hours(1);
    drive.caller = application(&app_id, "y", &["User.Read.All"]);
    let (status, _) = drive.refused("POST", &format!("/v1.0/users/{user}/onlineMeetings"), meeting());
    assert_eq!(status, 403);
}
