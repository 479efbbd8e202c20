//! What the Teams script does, done to the pretend tenant: the same parameters, the same result, no PowerShell.

use std::future::Future;
use std::pin::Pin;

use engine::{TeamsShell, TeamsShellError, TeamsState};
use serde_json::{Value, json};
use simulator::Control;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the Teams script does, done to the pretend tenant.
pub struct PretendTeams {
    tenant: Control,
}

impl PretendTeams {
    /// A shell for this tenant.
    pub fn new(tenant: Control) -> Self {
        Self { tenant }
    }
}

impl TeamsShell for PretendTeams {
    fn find(&self) -> Boxed<'_, TeamsState> {
        Box::pin(async {
            TeamsState::Found { program: "rehearsal".to_owned(), version: "rehearsal".to_owned() }
        })
    }

    fn run<'a>(&'a self, parameters: &'a Value) -> Boxed<'a, Result<Value, TeamsShellError>> {
        Box::pin(async move { self.play(parameters) })
    }
}

impl PretendTeams {
    fn cmdlet(&self, cmdlet: &str, parameters: Value) -> Result<Vec<Value>, TeamsShellError> {
        let answer = self.tenant.teams(&json!({ "cmdlet": cmdlet, "parameters": parameters }));
        if answer["ok"] == true {
            return Ok(answer["output"].as_array().cloned().unwrap_or_default());
        }
        let why = answer["error"]["message"].as_str().unwrap_or("no reason was given").to_owned();
        Err(TeamsShellError::Failed { why })
    }

    /// The application ids of a policy; `None` where there is no such policy.
    fn policy(&self, name: &Value) -> Option<Vec<Value>> {
        let found = self.cmdlet("Get-CsApplicationAccessPolicy", json!({ "Identity": name })).ok()?;
        found.first().map(|policy| policy["AppIds"].as_array().cloned().unwrap_or_default())
    }

    fn held(&self, user: &Value) -> Result<Value, TeamsShellError> {
        let found = self.cmdlet("Get-CsOnlineUser", json!({ "Identity": user }))?;
        Ok(found.first().map(|person| person["ApplicationAccessPolicy"].clone()).unwrap_or_default())
    }

    fn play(&self, wanted: &Value) -> Result<Value, TeamsShellError> {
        let (name, application) = (&wanted["policy-name"], &wanted["application-id"]);
        let users = wanted["user-ids"].as_array().cloned().unwrap_or_default();
        let mut assigned = Vec::new();
        let mut overwritten = Vec::new();
        let (mut global, mut group) = (Value::Null, Value::Null);
        match wanted["action"].as_str().unwrap_or_default() {
            "policy" => self.make_policy(wanted)?,
            "assign" => {
                let before = users.iter().map(|user| self.held(user)).collect::<Result<Vec<_>, _>>()?;
                match wanted["scope"].as_str() {
                    Some("everyone") => {
                        self.cmdlet(
                            "Grant-CsApplicationAccessPolicy",
                            json!({ "PolicyName": name, "Global": true }),
                        )?;
                        global = name.clone();
                    }
                    Some("group") => {
                        let given = json!({ "PolicyName": name, "Group": wanted["group-id"], "Rank": 1 });
                        self.cmdlet("Grant-CsApplicationAccessPolicy", given)?;
                        group = name.clone();
                    }
                    _ => {
                        for user in &users {
                            let given = json!({ "PolicyName": name, "Identity": user });
                            self.cmdlet("Grant-CsApplicationAccessPolicy", given)?;
                        }
                    }
                }
                for (user, before) in users.iter().zip(before) {
                    if !before.is_null() && before != *name {
                        overwritten.push(json!({ "user-id": user, "policy": before }));
                    }
                    assigned.push(json!({ "user-id": user, "policy": self.held(user)?, "before": before }));
                }
            }
            _ => {
                for user in &users {
                    let given = json!({ "PolicyName": null, "Identity": user });
                    self.cmdlet("Grant-CsApplicationAccessPolicy", given)?;
                }
                if self.policy(name).is_some_and(|ids| ids.contains(application)) {
                    let given = json!({ "Identity": name, "AppIds": { "Remove": application } });
                    self.cmdlet("Set-CsApplicationAccessPolicy", given)?;
                }
            }
        }
        let at = self.tenant.now().format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        Ok(json!({
            "format": 1, "action": wanted["action"], "application-id": application, "policy-name": name,
            "policy-app-ids": self.policy(name).unwrap_or_default(), "assigned": assigned,
            "overwritten": overwritten, "global": global, "group": group, "at": at,
        }))
    }

    fn make_policy(&self, wanted: &Value) -> Result<(), TeamsShellError> {
        let (name, application) = (&wanted["policy-name"], &wanted["application-id"]);
        match self.policy(name) {
            None => {
                let given =
                    json!({ "Identity": name, "AppIds": application, "Description": wanted["description"] });
                self.cmdlet("New-CsApplicationAccessPolicy", given).map(drop)
            }
            Some(ids) if ids.contains(application) => Ok(()),
            Some(_) => {
                let given = json!({ "Identity": name, "AppIds": { "Add": application } });
                self.cmdlet("Set-CsApplicationAccessPolicy", given).map(drop)
            }
        }
    }
}
