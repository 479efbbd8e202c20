//! Meeting policies of Teams, by cmdlet and by Graph, and the lobby of the meetings made under them.

use serde_json::{Value, json};
use simulator::graph::Caller;
use time::Duration;

use crate::drive::{APPLICATION, Drive, GLOBAL, application, person, text};

const TEAMS: &str = "69091246-20e8-4a56-aa4d-066075b2a7a8";
const ASSIGN: &str = "/v1.0/admin/teams/policy/userAssignments/assign";
const UNASSIGN: &str = "/v1.0/admin/teams/policy/userAssignments/unassign";

struct Hall {
    drive: Drive,
    user: String,
    app: Caller,
}

impl Hall {
    /// A tenant in which an application may make meetings for everybody.
    fn new() -> Hall {
        let mut drive = Drive::new(&[GLOBAL]);
        let (_, app_id, principal) = drive.register("lobby");
        let user = drive.me.clone();
        let app = application(&app_id, &principal, &["OnlineMeetings.ReadWrite.All", "User.Read.All"]);
        let mut hall = Hall { drive, user, app };
        hall.teams("New-CsApplicationAccessPolicy", json!({"Identity": "Ours", "AppIds": [app_id]}));
        hall.teams("Grant-CsApplicationAccessPolicy", json!({"PolicyName": "Ours", "Global": true}));
        hall.wait();
        hall
    }

    fn wait(&mut self) {
        self.drive.world.now += Duration::minutes(31);
    }

    fn teams(&mut self, cmdlet: &str, parameters: Value) -> Value {
        let answer = self.drive.world.teams(&json!({"cmdlet": cmdlet, "parameters": parameters}));
        assert_eq!(answer["ok"], true, "{cmdlet}: {answer}");
        answer["output"].clone()
    }

    /// The scope of a fresh meeting of somebody.
    fn scope_of(&mut self, user: &str) -> String {
        self.drive.caller = self.app.clone();
        let made = self.drive.send(
            "POST",
            &format!("/v1.0/users/{user}/onlineMeetings"),
            json!({"subject": "x"}),
            201,
        );
        text(&made["lobbyBypassSettings"]["scope"])
    }

    fn as_teams_admin(&mut self) {
        let scopes = ["TeamsPolicyUserAssign.ReadWrite.All"];
        self.drive.caller = person(&self.user, &[TEAMS], &scopes);
    }

    fn policy_id(&mut self, name: &str) -> Value {
        let quoted = name.replace('\'', "''");
        let address =
            format!("/v1.0/admin/teams/policy/getPolicyId(type='TeamsMeetingPolicy',name='{quoted}')");
        self.drive.get(&address)["value"].clone()
    }

    fn somebody(&mut self) -> String {
        self.drive.caller = self.app.clone();
        let all = self.drive.get("/v1.0/users?$select=id,assignedPlans&$top=30");
        let fits = |one: &&Value| {
            one["assignedPlans"].as_array().unwrap().len() > 1 && one["id"] != self.user.as_str()
        };
        text(&all["value"].as_array().unwrap().iter().find(fits).unwrap()["id"])
    }
}

fn assignment(user: &str, kind: &str, policy: Option<&Value>) -> Value {
    let mut one = json!({"@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
        "userId": user, "policyType": kind});
    if let Some(policy) = policy {
        one["policyId"] = policy.clone();
    }
    json!({"value": [one]})
}

#[test]
fn each_word_of_the_policy_is_a_scope_of_the_lobby() {
    let mut hall = Hall::new();
    let user = hall.user.clone();
    assert_eq!(hall.scope_of(&user), "organization");
    for (admitted, scope) in [
        ("Everyone", "everyone"),
        ("EveryoneInSameAndFederatedCompany", "organizationAndFederated"),
        ("OrganizerOnly", "organizer"),
        ("EveryoneInCompany", "organization"),
        ("InvitedUsers", "unknownFutureValue"),
        ("EveryoneInCompanyExcludingGuests", "unknownFutureValue"),
    ] {
        hall.teams("Set-CsTeamsMeetingPolicy", json!({"Identity": "Global", "AutoAdmittedUsers": admitted}));
        hall.wait();
        assert_eq!(hall.scope_of(&user), scope, "{admitted}");
    }
    hall.drive.caller = hall.app.clone();
    let prefer = [("Prefer", "include-unknown-enum-members")];
    let address = format!("/v1.0/users/{user}/onlineMeetings");
    let made = hall.drive.call("POST", &address, Some(json!({})), &prefer).body.unwrap();
    assert_eq!(made["lobbyBypassSettings"]["scope"], "organizationExcludingGuests");
}

#[test]
fn a_granted_policy_wins_for_its_organiser_only_and_after_a_while() {
    let mut hall = Hall::new();
    let (user, other) = (hall.user.clone(), hall.somebody());
    let made = hall.teams(
        "New-CsTeamsMeetingPolicy",
        json!({"Identity": "tixxt", "AutoAdmittedUsers": "Everyone", "AllowPSTNUsersToBypassLobby": true}),
    );
    assert_eq!(made[0]["Identity"], "Tag:tixxt");
    assert!(made[0].get("PolicyId").is_none());
    hall.teams("Grant-CsTeamsMeetingPolicy", json!({"Identity": user, "PolicyName": "tixxt"}));
    assert_eq!(hall.teams("Get-CsOnlineUser", json!({"Identity": user}))[0]["TeamsMeetingPolicy"], "tixxt");
    assert_eq!(hall.scope_of(&user), "organization");
    hall.wait();
    assert_eq!(hall.scope_of(&user), "everyone");
    assert_eq!(hall.scope_of(&other), "organization");
    let read = hall.teams("Get-CsTeamsMeetingPolicy", json!({"Identity": "Tag:tixxt"}));
    assert_eq!(read[0]["AutoAdmittedUsers"], "Everyone");
    let names = hall.teams("Get-CsTeamsMeetingPolicy", json!({}));
    assert!(names.as_array().unwrap().iter().any(|one| one["Identity"] == "Global"));
    hall.teams("Grant-CsTeamsMeetingPolicy", json!({"Identity": user, "PolicyName": null}));
    hall.teams("Remove-CsTeamsMeetingPolicy", json!({"Identity": "tixxt"}));
    hall.wait();
    assert_eq!(hall.scope_of(&user), "organization");
}

#[test]
fn cmdlets_refuse_what_the_module_refuses() {
    let mut hall = Hall::new();
    let user = hall.user.clone();
    hall.teams("New-CsTeamsMeetingPolicy", json!({"Identity": "P"}));
    hall.teams("Grant-CsTeamsMeetingPolicy", json!({"Identity": user, "PolicyName": "P"}));
    for (cmdlet, parameters, category) in [
        ("New-CsTeamsMeetingPolicy", json!({"Identity": "p"}), "ResourceExists"),
        ("New-CsTeamsMeetingPolicy", json!({"Identity": "Q", "AppIds": []}), "InvalidArgument"),
        ("Set-CsTeamsMeetingPolicy", json!({"Identity": "Q"}), "ObjectNotFound"),
        ("Set-CsTeamsMeetingPolicy", json!({"AutoAdmittedUsers": "Anybody"}), "InvalidArgument"),
        ("Set-CsTeamsMeetingPolicy", json!({"AllowPSTNUsersToBypassLobby": "yes"}), "InvalidArgument"),
        ("Grant-CsTeamsMeetingPolicy", json!({"Identity": user, "PolicyName": "Global"}), "InvalidOperation"),
        ("Grant-CsTeamsMeetingPolicy", json!({"Identity": "nobody", "PolicyName": "P"}), "ObjectNotFound"),
        ("Remove-CsTeamsMeetingPolicy", json!({"Identity": "P"}), "InvalidOperation"),
        ("Remove-CsTeamsMeetingPolicy", json!({"Identity": "Global"}), "InvalidOperation"),
        ("Clear-CsTeamsMeetingPolicy", json!({}), "ObjectNotFound"),
    ] {
        let answer = hall.drive.world.teams(&json!({"cmdlet": cmdlet, "parameters": parameters}));
        assert_eq!(answer["error"]["category"], category, "{cmdlet} {answer}");
    }
}

#[test]
fn graph_assigns_a_policy_that_is_there() {
    let mut hall = Hall::new();
    let user = hall.user.clone();
    hall.teams("New-CsTeamsMeetingPolicy", json!({"Identity": "O'Lobby", "AutoAdmittedUsers": "Everyone"}));
    hall.as_teams_admin();
    let found = hall.policy_id("O'Lobby");
    assert_eq!(found[0]["name"], "Tag:O'Lobby");
    assert_eq!(hall.policy_id("None"), json!([]));
    let id = found[0]["policyId"].clone();
    hall.drive.send("POST", ASSIGN, assignment(&user, "TeamsMeetingPolicy", Some(&id)), 204);
    assert_eq!(hall.teams("Get-CsOnlineUser", json!({"Identity": user}))[0]["TeamsMeetingPolicy"], "O'Lobby");
    hall.wait();
    assert_eq!(hall.scope_of(&user), "everyone");
    hall.as_teams_admin();
    hall.drive.send("POST", UNASSIGN, assignment(&user, "TeamsMeetingPolicy", None), 204);
    hall.wait();
    assert_eq!(hall.scope_of(&user), "organization");
}

#[test]
fn graph_refuses_other_types_other_people_and_other_callers() {
    let mut hall = Hall::new();
    let user = hall.user.clone();
    hall.as_teams_admin();
    let id = hall.policy_id("AllOn")[0]["policyId"].clone();
    let global = hall.policy_id("Global")[0]["policyId"].clone();
    for wrong in [
        assignment(&user, "ApplicationAccessPolicy", Some(&id)),
        assignment("00000000-0000-4000-8000-000000000000", "TeamsMeetingPolicy", Some(&id)),
        assignment(&user, "TeamsMeetingPolicy", Some(&json!("nonsense"))),
        assignment(&user, "TeamsMeetingPolicy", Some(&global)),
        assignment(&user, "TeamsMeetingPolicy", None),
        json!({"value": []}),
        json!({}),
    ] {
        assert_eq!(hall.drive.refused("POST", ASSIGN, wrong.clone()).0, 400, "{wrong}");
    }
    let access = "/v1.0/admin/teams/policy/getPolicyId(type='ApplicationAccessPolicy',name='Ours')";
    assert_eq!(hall.drive.refused("GET", access, Value::Null).0, 400);
    let good = assignment(&user, "TeamsMeetingPolicy", Some(&id));
    hall.drive.caller = person(&user, &[TEAMS], &["User.Read"]);
    assert_eq!(hall.drive.refused("POST", ASSIGN, good.clone()).0, 403);
    hall.drive.caller = person(&user, &[APPLICATION], &["TeamsPolicyUserAssign.ReadWrite.All"]);
    assert_eq!(hall.drive.refused("POST", ASSIGN, good.clone()).0, 403);
    hall.as_teams_admin();
    hall.drive.world.offer_teams_by_graph(false);
    assert_eq!(hall.drive.refused("POST", ASSIGN, good.clone()).0, 404);
    hall.drive.world.offer_teams_by_graph(true);
    hall.drive.send("POST", ASSIGN, good, 204);
}
