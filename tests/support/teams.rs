//! A PowerShell for Teams that plays footbridge-teams.ps1 against the pretend tenant, cmdlet by cmdlet.
//! It is written from the script, not from the engine's reading of its result.

use std::sync::atomic::{AtomicUsize, Ordering};

use engine::{Script, TeamsShell, TeamsShellError, TeamsState};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

/// Runs the script's steps in the pretend tenant.
pub struct PretendTeams {
    control: simulator::Control,
    here: bool,
    runs: AtomicUsize,
}

impl PretendTeams {
    /// A Teams shell that is found.
    #[must_use]
    pub fn found(control: simulator::Control) -> Self {
        Self { control, here: true, runs: AtomicUsize::new(0) }
    }

    /// A computer without one; `perform` still works, as the Teams admin's own computer.
    #[must_use]
    pub fn missing(control: simulator::Control) -> Self {
        Self { control, here: false, runs: AtomicUsize::new(0) }
    }

    /// How often the script was run.
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    /// Runs the script with these parameters; what a cmdlet refuses ends it.
    ///
    /// # Errors
    /// The first refusal.
    pub fn perform(&self, wanted: &Value) -> Result<Value, TeamsShellError> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let (name, application) = (&wanted["policy-name"], &wanted["application-id"]);
        let users: Vec<&str> =
            wanted["user-ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (mut assigned, mut overwritten) = (Vec::new(), Vec::new());
        let (mut global, mut group) = (Value::Null, Value::Null);
        match wanted["action"].as_str() {
            Some("policy") => match self.policy(name)? {
                None => {
                    let parameters = json!({ "Identity": name, "AppIds": application, "Description": wanted["description"] });
                    self.cmdlet("New-CsApplicationAccessPolicy", parameters)?;
                }
                Some(policy) if !lists(&policy, application) => {
                    let parameters = json!({ "Identity": name, "AppIds": { "Add": application } });
                    self.cmdlet("Set-CsApplicationAccessPolicy", parameters)?;
                }
                Some(_) => {}
            },
            Some("assign") => {
                let before = self.held(&users)?;
                for (user, held) in users.iter().zip(&before) {
                    if !held.is_null() && held != name {
                        overwritten.push(json!({ "user-id": user, "policy": held }));
                    }
                }
                match wanted["scope"].as_str() {
                    Some("everyone") => {
                        self.grant(json!({ "PolicyName": name, "Global": true }))?;
                        global = name.clone();
                    }
                    Some("group") => {
                        let wish = json!({ "Group": wanted["group-id"], "PolicyName": name, "Rank": 1 });
                        self.grant(wish)?;
                        group = name.clone();
                    }
                    _ => {
                        for user in &users {
                            self.grant(json!({ "Identity": user, "PolicyName": name }))?;
                        }
                    }
                }
                let after = self.held(&users)?;
                for ((user, before), held) in users.iter().zip(before).zip(after) {
                    assigned.push(json!({ "user-id": user, "policy": held, "before": before }));
                }
            }
            other => return Err(failed(&format!("unknown action {other:?}"))),
        }
        let ids = self.policy(name)?.map_or_else(|| json!([]), |policy| policy["AppIds"].clone());
        let ids = if ids.is_array() { ids } else { json!([ids]) };
        Ok(json!({
            "format": 1, "action": wanted["action"], "application-id": application, "policy-name": name,
            "policy-app-ids": ids, "assigned": assigned, "overwritten": overwritten, "global": global,
            "group": group, "at": self.control.now().format(&Rfc3339).unwrap(),
        }))
    }

    fn grant(&self, parameters: Value) -> Result<Vec<Value>, TeamsShellError> {
        self.cmdlet("Grant-CsApplicationAccessPolicy", parameters)
    }

    fn policy(&self, name: &Value) -> Result<Option<Value>, TeamsShellError> {
        let all = self.cmdlet("Get-CsApplicationAccessPolicy", json!({}))?;
        Ok(all.into_iter().find(|policy| plain(&policy["Identity"]) == *name))
    }

    fn held(&self, users: &[&str]) -> Result<Vec<Value>, TeamsShellError> {
        let look = |user: &&str| {
            let found = self.cmdlet("Get-CsOnlineUser", json!({ "Identity": user }))?;
            Ok(found.first().map_or(Value::Null, |user| plain(&user["ApplicationAccessPolicy"])))
        };
        users.iter().map(look).collect()
    }

    fn cmdlet(&self, name: &str, parameters: Value) -> Result<Vec<Value>, TeamsShellError> {
        let answer = self.control.teams(&json!({ "cmdlet": name, "parameters": parameters }));
        if answer["ok"] != true {
            return Err(failed(answer["error"]["message"].as_str().unwrap_or_default()));
        }
        Ok(answer["output"].as_array().cloned().unwrap_or_default())
    }
}

fn is_about_the_lobby(parameters: &Value) -> bool {
    parameters["action"].as_str().is_some_and(|action| action.starts_with("lobby"))
}

fn lists(policy: &Value, application: &Value) -> bool {
    policy["AppIds"].as_array().is_some_and(|ids| ids.contains(application))
        || policy["AppIds"] == *application
}

/// Teams shows names with the prefix "Tag:".
fn plain(name: &Value) -> Value {
    match name.as_str() {
        None | Some("") => Value::Null,
        Some(text) => json!(text.strip_prefix("Tag:").unwrap_or(text)),
    }
}

fn failed(why: &str) -> TeamsShellError {
    TeamsShellError::Failed { why: why.to_owned() }
}

impl TeamsShell for PretendTeams {
    fn find(&self, _: Script) -> BoxFuture<'_, TeamsState> {
        Box::pin(async move {
            if self.here {
                TeamsState::Found { program: "pretend".to_owned(), version: "7.0".to_owned() }
            } else {
                TeamsState::Missing
            }
        })
    }

    fn run<'a>(
        &'a self,
        script: Script,
        parameters: &'a Value,
    ) -> BoxFuture<'a, Result<Value, TeamsShellError>> {
        Box::pin(async move {
            match (self.here, script) {
                (false, _) => Err(TeamsShellError::Missing(script.module())),
                (true, Script::Teams) if is_about_the_lobby(parameters) => {
                    self.runs.fetch_add(1, Ordering::SeqCst);
                    rehearsal::PretendTeams::new(self.control.clone()).run(script, parameters).await
                }
                (true, Script::Teams) => self.perform(parameters),
                (true, Script::Exchange) => {
                    self.runs.fetch_add(1, Ordering::SeqCst);
                    rehearsal::PretendExchange::new(self.control.clone()).play(parameters)
                }
            }
        })
    }
}
