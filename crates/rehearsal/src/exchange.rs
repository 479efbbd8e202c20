//! What the Exchange script does, done to the pretend tenant: the same parameters, the same order, the same result, and no
//! PowerShell.

use engine::TeamsShellError;
use serde_json::{Value, json};
use simulator::Control;
use time::format_description::well_known::Rfc3339;

/// The Exchange of a rehearsal.
pub struct PretendExchange {
    tenant: Control,
}

impl PretendExchange {
    /// Exchange of this tenant.
    #[must_use]
    pub fn new(tenant: Control) -> Self {
        Self { tenant }
    }

    /// Runs the script with these parameters.
    ///
    /// # Errors
    /// The first refusal of a cmdlet.
    pub fn play(&self, wanted: &Value) -> Result<Value, TeamsShellError> {
        let mut result = json!({
            "format": 1, "action": wanted["action"], "application-id": wanted["application-id"],
            "scope-name": wanted["scope-name"], "role": wanted["role"], "mailbox": "", "filter": "",
            "authorizations": [], "at": self.tenant.now().format(&Rfc3339).unwrap_or_default(),
        });
        match wanted["action"].as_str() {
            Some("limit") => self.limit(wanted, &mut result)?,
            Some("limit-undo") => self.take_back(wanted)?,
            _ => return Err(TeamsShellError::Failed { why: "the action is unknown".to_owned() }),
        }
        Ok(result)
    }

    fn limit(&self, wanted: &Value, result: &mut Value) -> Result<(), TeamsShellError> {
        let boxes = self.cmdlet("Get-Mailbox", json!({ "Identity": wanted["mailbox"] }))?;
        let address = boxes.first().map(|found| found["PrimarySmtpAddress"].clone()).unwrap_or_default();
        let quoted = address.as_str().unwrap_or_default().replace('\'', "''");
        let filter = json!(format!("PrimarySmtpAddress -eq '{quoted}'"));
        self.introduce(wanted)?;
        let (scope, object) = (&wanted["scope-name"], &wanted["service-principal-id"]);
        match self.named("Get-ManagementScope", json!({}), scope)? {
            None => {
                let new = json!({ "Name": scope, "RecipientRestrictionFilter": filter });
                self.cmdlet("New-ManagementScope", new)?;
            }
            Some(found) if found["RecipientFilter"] != filter => {
                let change = json!({ "Identity": scope, "RecipientRestrictionFilter": filter });
                self.cmdlet("Set-ManagementScope", change)?;
            }
            Some(_) => {}
        }
        if self.assignment(wanted)?.is_none() {
            let new = json!({ "Name": wanted["assignment-name"], "App": object, "Role": wanted["role"],
                "CustomResourceScope": scope });
            self.cmdlet("New-ManagementRoleAssignment", new)?;
        }
        let ask = json!({ "Identity": object, "Resource": address });
        let lines = self.cmdlet("Test-ServicePrincipalAuthorization", ask)?;
        let read = |line: &Value| {
            json!({ "role": line["RoleName"], "scope": line["AllowedResourceScope"], "kind": line["ScopeType"],
                "in-scope": line["InScope"] == true || line["InScope"] == "True" })
        };
        result["authorizations"] = lines.iter().map(read).collect();
        result["mailbox"] = address;
        result["filter"] = filter;
        Ok(())
    }

    fn introduce(&self, wanted: &Value) -> Result<(), TeamsShellError> {
        let (application, object) = (&wanted["application-id"], &wanted["service-principal-id"]);
        let all = self.cmdlet("Get-ServicePrincipal", json!({}))?;
        match all.iter().find(|one| one["AppId"] == *application) {
            None => {
                let new = json!({ "AppId": application, "ObjectId": object, "DisplayName": wanted["display-name"] });
                self.cmdlet("New-ServicePrincipal", new).map(|_| ())
            }
            Some(known) if known["ObjectId"] != *object => Err(TeamsShellError::Failed {
                why: "Exchange knows this application under another object ID. Remove that service principal in Exchange first."
                    .to_owned(),
            }),
            Some(_) => Ok(()),
        }
    }

    fn take_back(&self, wanted: &Value) -> Result<(), TeamsShellError> {
        if self.assignment(wanted)?.is_some() {
            let gone = json!({ "Identity": wanted["assignment-name"], "Confirm": false });
            self.cmdlet("Remove-ManagementRoleAssignment", gone)?;
        }
        if self.named("Get-ManagementScope", json!({}), &wanted["scope-name"])?.is_some() {
            let gone = json!({ "Identity": wanted["scope-name"], "Confirm": false });
            self.cmdlet("Remove-ManagementScope", gone)?;
        }
        Ok(())
    }

    fn assignment(&self, wanted: &Value) -> Result<Option<Value>, TeamsShellError> {
        let of_role = json!({ "Role": wanted["role"] });
        self.named("Get-ManagementRoleAssignment", of_role, &wanted["assignment-name"])
    }

    fn named(&self, cmdlet: &str, parameters: Value, name: &Value) -> Result<Option<Value>, TeamsShellError> {
        Ok(self.cmdlet(cmdlet, parameters)?.into_iter().find(|one| one["Name"] == *name))
    }

    fn cmdlet(&self, cmdlet: &str, parameters: Value) -> Result<Vec<Value>, TeamsShellError> {
        let answer = self.tenant.exchange(&json!({ "cmdlet": cmdlet, "parameters": parameters }));
        if answer["ok"] == true {
            return Ok(answer["output"].as_array().cloned().unwrap_or_default());
        }
        let why = answer["error"]["message"].as_str().unwrap_or("it gave no reason").to_owned();
        Err(TeamsShellError::Failed { why })
    }
}
