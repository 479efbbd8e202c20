//! Mail by an application, and what Exchange's own roles open and leave shut.

use serde_json::{Value, json};

use crate::drive::{Drive, GLOBAL, application, person, text};

struct Office {
    drive: Drive,
    object: String,
    app_id: String,
    principal: String,
    box_id: String,
    box_address: String,
    other: String,
}

impl Office {
    fn new() -> Office {
        let mut drive = Drive::new(&[GLOBAL]);
        let (object, app_id, principal) = drive.register("mail");
        let all = drive.get("/v1.0/users?$select=id,userPrincipalName,userType,mail&$top=20");
        let members: Vec<Value> = all["value"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["userType"] == "Member" && !one["mail"].is_null())
            .cloned()
            .collect();
        let (box_id, other) = (text(&members[1]["id"]), text(&members[2]["id"]));
        let box_address = text(&members[1]["mail"]);
        Office { drive, object, app_id, principal, box_id, box_address, other }
    }

    fn as_application(&mut self, roles: &[&str]) {
        self.drive.caller = application(&self.app_id, &self.principal, roles);
    }

    fn exchange(&mut self, cmdlet: &str, parameters: Value) -> Value {
        let answer = self.drive.world.exchange(&json!({"cmdlet": cmdlet, "parameters": parameters}));
        assert_eq!(answer["ok"], true, "{cmdlet}: {answer}");
        answer["output"].clone()
    }

    fn limited(&mut self, object_id: &str) {
        let filter = format!("PrimarySmtpAddress -eq '{}'", self.box_address);
        let (app, id) = (self.app_id.clone(), object_id.to_owned());
        self.exchange("New-ServicePrincipal", json!({"AppId": app, "ObjectId": id, "DisplayName": "mail"}));
        self.exchange(
            "New-ManagementScope",
            json!({"Name": "One box", "RecipientRestrictionFilter": filter}),
        );
        self.exchange(
            "New-ManagementRoleAssignment",
            json!({"App": id, "Role": "Application Mail.Send", "CustomResourceScope": "One box"}),
        );
    }

    fn address(&self, user: &str) -> String {
        format!("/v1.0/users/{user}/sendMail")
    }

    fn message(&self) -> Value {
        json!({"message": {"subject": "Proof", "body": {"contentType": "text", "content": "Hello"},
            "toRecipients": [{"emailAddress": {"address": self.box_address}}]}, "saveToSentItems": false})
    }
}

fn denied(refused: (u16, String)) {
    assert_eq!(refused, (403, "ErrorAccessDenied".to_owned()));
}

#[test]
fn a_granted_application_sends_from_every_mailbox() {
    let mut office = Office::new();
    let (own, other, body) =
        (office.address(&office.box_id), office.address(&office.other), office.message());
    office.as_application(&["User.Read.All"]);
    denied(office.drive.refused("POST", &own, body.clone()));
    office.as_application(&["Mail.Send"]);
    office.drive.send("POST", &own, body.clone(), 202);
    office.drive.send("POST", &other, body.clone(), 202);
    assert_eq!(office.drive.world.dump()["exchange"]["mail"], 2);
}

#[test]
fn a_role_of_exchange_opens_one_mailbox_and_no_other() {
    let mut office = Office::new();
    let (own, other, body) =
        (office.address(&office.box_id), office.address(&office.other), office.message());
    let principal = office.principal.clone();
    office.as_application(&[]);
    denied(office.drive.refused("POST", &own, body.clone()));
    office.limited(&principal);
    office.drive.send("POST", &own, body.clone(), 202);
    denied(office.drive.refused("POST", &other, body.clone()));
    let tested = |office: &mut Office, resource: Value| {
        let mut given = json!({"Identity": office.principal});
        if !resource.is_null() {
            given["Resource"] = resource;
        }
        office.exchange("Test-ServicePrincipalAuthorization", given)
    };
    let (box_id, other_id) = (office.box_id.clone(), office.other.clone());
    let row = tested(&mut office, json!(box_id));
    assert_eq!((&row[0]["InScope"], &row[0]["GrantedPermissions"]), (&json!("True"), &json!("Mail.Send")));
    assert_eq!(row[0]["AllowedResourceScope"], "One box");
    assert_eq!(tested(&mut office, json!(other_id))[0]["InScope"], "False");
    assert_eq!(tested(&mut office, Value::Null)[0]["InScope"], "Not Run");
    // What Entra granted adds up.
    office.as_application(&["Mail.Send"]);
    office.drive.send("POST", &other, body, 202);
}

#[test]
fn the_object_id_of_the_registration_is_the_wrong_one() {
    let mut office = Office::new();
    let (own, body, object) = (office.address(&office.box_id), office.message(), office.object.clone());
    office.limited(&object);
    office.as_application(&[]);
    denied(office.drive.refused("POST", &own, body));
}

#[test]
fn taking_the_role_away_shuts_the_mailbox() {
    let mut office = Office::new();
    let (own, body, principal) = (office.address(&office.box_id), office.message(), office.principal.clone());
    office.limited(&principal);
    let found = office.exchange("Get-ManagementRoleAssignment", json!({"RoleAssignee": principal}));
    assert_eq!(found[0]["Role"], "Application Mail.Send");
    let in_use = office
        .drive
        .world
        .exchange(&json!({"cmdlet": "Remove-ManagementScope", "parameters": {"Identity": "One box"}}));
    assert_eq!(in_use["error"]["category"], "InvalidOperation");
    office
        .exchange("Remove-ManagementRoleAssignment", json!({"Identity": found[0]["Name"], "Confirm": false}));
    office.as_application(&[]);
    denied(office.drive.refused("POST", &own, body));
    office.exchange("Remove-ManagementScope", json!({"Identity": "One box"}));
    office.exchange("Remove-ServicePrincipal", json!({"Identity": principal}));
    assert_eq!(office.exchange("Get-ServicePrincipal", json!({})), json!([]));
    assert_eq!(office.exchange("Get-ManagementScope", json!({})), json!([]));
}

#[test]
fn a_scope_can_be_widened_and_a_group_be_one() {
    let mut office = Office::new();
    let principal = office.principal.clone();
    office.limited(&principal);
    let (other, body, id) = (office.address(&office.other), office.message(), office.other.clone());
    let found = office.exchange("Get-Mailbox", json!({"Identity": id}));
    let address = text(&found[0]["PrimarySmtpAddress"]);
    let filter =
        format!("PrimarySmtpAddress -eq '{}' -or PrimarySmtpAddress -eq '{address}'", office.box_address);
    office.exchange(
        "Set-ManagementScope",
        json!({"Identity": "One box", "RecipientRestrictionFilter": filter}),
    );
    office.as_application(&[]);
    office.drive.send("POST", &other, body, 202);
}

#[test]
fn messages_are_looked_at() {
    let mut office = Office::new();
    let own = office.address(&office.box_id);
    office.as_application(&["Mail.Send"]);
    let mut body = office.message();
    body["message"]["toRecipients"] = json!([]);
    assert_eq!(office.drive.refused("POST", &own, body).1, "ErrorInvalidRecipients");
    let mut body = office.message();
    body["message"]["from"] = json!({"emailAddress": {"address": "boss@contoso.example"}});
    assert_eq!(office.drive.refused("POST", &own, body).1, "ErrorSendAsDenied");
    assert_eq!(office.drive.refused("POST", &own, json!({"saveToSentItems": true})).0, 400);
    assert_eq!(office.drive.refused("POST", &own, json!({"message": {"nonsense": 1}})).0, 400);
    let body = office.message();
    assert_eq!(
        office.drive.refused("POST", "/v1.0/users/nobody@nowhere.example/sendMail", body.clone()).0,
        404
    );
    let (me, other) = (office.drive.me.clone(), office.address(&office.other));
    office.drive.caller = person(&me, &[], &["Mail.Send"]);
    office.drive.send("POST", "/v1.0/me/sendMail", body.clone(), 202);
    denied(office.drive.refused("POST", &other, body.clone()));
    office.drive.caller = person(&me, &[], &["User.Read"]);
    denied(office.drive.refused("POST", "/v1.0/me/sendMail", body));
}

#[test]
fn cmdlets_refuse_what_the_module_refuses() {
    let mut office = Office::new();
    let principal = office.principal.clone();
    office.limited(&principal);
    let app = office.app_id.clone();
    for (cmdlet, parameters, category) in [
        ("New-ServicePrincipal", json!({"AppId": app, "ObjectId": principal}), "ResourceExists"),
        ("New-ServicePrincipal", json!({"AppId": "x", "ObjectId": principal}), "InvalidArgument"),
        ("New-ServicePrincipal", json!({"AppId": app}), "InvalidArgument"),
        (
            "New-ManagementScope",
            json!({"Name": "one box", "RecipientRestrictionFilter": "Alias -eq 'x'"}),
            "ResourceExists",
        ),
        (
            "New-ManagementScope",
            json!({"Name": "Two", "RecipientRestrictionFilter": "Alias = 'x'"}),
            "InvalidArgument",
        ),
        ("New-ManagementScope", json!({"Name": "Two"}), "InvalidArgument"),
        ("New-ManagementRoleAssignment", json!({"App": principal, "Role": "Mail.Send"}), "ObjectNotFound"),
        (
            "New-ManagementRoleAssignment",
            json!({"App": "nobody", "Role": "Application Mail.Send"}),
            "ObjectNotFound",
        ),
        (
            "New-ManagementRoleAssignment",
            json!({"App": principal, "Role": "Application Mail.Send", "CustomResourceScope": "None"}),
            "ObjectNotFound",
        ),
        (
            "New-ManagementRoleAssignment",
            json!({"App": principal, "Role": "Application Mail.Send"}),
            "ResourceExists",
        ),
        ("Get-ManagementRoleAssignment", json!({"App": principal}), "InvalidArgument"),
        ("Remove-ManagementRoleAssignment", json!({"Identity": "None"}), "ObjectNotFound"),
        ("Test-ServicePrincipalAuthorization", json!({"Identity": "nobody"}), "ObjectNotFound"),
        (
            "Test-ServicePrincipalAuthorization",
            json!({"Identity": principal, "Resource": "nobody"}),
            "ObjectNotFound",
        ),
        ("Get-Nonsense", json!({}), "ObjectNotFound"),
    ] {
        let answer = office.drive.world.exchange(&json!({"cmdlet": cmdlet, "parameters": parameters}));
        assert_eq!(answer["error"]["category"], category, "{cmdlet} {answer}");
    }
}
