//! What the Teams script does, done to the pretend tenant: the same parameters, the same order, the same result, and no
//! PowerShell. The lobby's part is in `lobby`, Exchange's script in `exchange`.

use std::future::Future;
use std::pin::Pin;

use engine::{Script, TeamsShell, TeamsShellError, TeamsState};
use serde_json::{Value, json};
use simulator::Control;
use time::format_description::well_known::Rfc3339;

use crate::exchange::PretendExchange;

/// The Teams shell of a rehearsal.
pub struct PretendTeams {
    tenant: Control,
}

impl PretendTeams {
    /// A shell for this tenant.
    #[must_use]
    pub fn new(tenant: Control) -> Self {
        Self { tenant }
    }

    /// People who could be operators: enabled, with Teams, no guests, and nobody whom one can sign in as.
    #[must_use]
    pub fn candidates(&self, accounts: &[simulator::Account]) -> Vec<String> {
        let everybody = self.cmdlet("Get-CsOnlineUser", json!({})).unwrap_or_default();
        let fits = |user: &&Value| {
            let name = user["UserPrincipalName"].as_str().unwrap_or_default();
            user["AccountEnabled"] == true
                && user["FeatureTypes"].as_array().is_some_and(|types| !types.is_empty())
                && !name.contains("#EXT#")
                && accounts.iter().all(|account| account.upn != name)
        };
        let names = everybody.iter().filter(fits).filter_map(|user| user["UserPrincipalName"].as_str());
        names.map(str::to_owned).collect()
    }

    pub(crate) fn now(&self) -> time::OffsetDateTime {
        self.tenant.now()
    }

    pub(crate) fn cmdlet(&self, cmdlet: &str, parameters: Value) -> Result<Vec<Value>, TeamsShellError> {
        let answer = self.tenant.teams(&json!({ "cmdlet": cmdlet, "parameters": parameters }));
        if answer["ok"] == true {
            return Ok(answer["output"].as_array().cloned().unwrap_or_default());
        }
        let why = answer["error"]["message"].as_str().unwrap_or("it gave no reason").to_owned();
        Err(TeamsShellError::Failed { why })
    }

    fn policy(&self, name: &str) -> Result<Option<Value>, TeamsShellError> {
        let all = self.cmdlet("Get-CsApplicationAccessPolicy", json!({}))?;
        Ok(all.into_iter().find(|policy| policy["Identity"].as_str().map(plain) == Some(name)))
    }

    fn held(&self, user: &Value) -> Result<Option<String>, TeamsShellError> {
        let found = self.cmdlet("Get-CsOnlineUser", json!({ "Identity": user }))?;
        let policy = found.first().and_then(|user| user["ApplicationAccessPolicy"].as_str());
        Ok(policy.map(plain).filter(|name| !name.is_empty()).map(str::to_owned))
    }

    fn play(&self, wanted: &Value) -> Result<Value, TeamsShellError> {
        let name = wanted["policy-name"].as_str().unwrap_or_default();
        let application = &wanted["application-id"];
        let mut done = Granted::default();
        match wanted["action"].as_str() {
            Some("policy") => self.make(name, application, &wanted["description"])?,
            Some("assign") => done = self.assign(name, wanted)?,
            Some("undo") => self.take_back(name, application, &wanted["user-ids"])?,
            Some("lobby-tenant" | "lobby-policy" | "lobby-undo") => return self.lobby(name, wanted),
            _ => return Err(TeamsShellError::Failed { why: "the action is unknown".to_owned() }),
        }
        let ids = self.policy(name)?.map_or_else(|| json!([]), |policy| policy["AppIds"].clone());
        Ok(json!({
            "format": 1, "action": wanted["action"], "application-id": application, "policy-name": name,
            "policy-app-ids": ids, "assigned": done.assigned, "overwritten": done.overwritten,
            "global": done.global, "group": done.group, "admitted": null, "before": null,
            "at": self.tenant.now().format(&Rfc3339).unwrap_or_default(),
        }))
    }

    fn make(&self, name: &str, application: &Value, description: &Value) -> Result<(), TeamsShellError> {
        match self.policy(name)? {
            None => {
                let new = json!({ "Identity": name, "AppIds": application, "Description": description });
                self.cmdlet("New-CsApplicationAccessPolicy", new)?;
            }
            Some(policy) if !holds(&policy, application) => {
                let add = json!({ "Identity": name, "AppIds": { "Add": application } });
                self.cmdlet("Set-CsApplicationAccessPolicy", add)?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn assign(&self, name: &str, wanted: &Value) -> Result<Granted, TeamsShellError> {
        let users = wanted["user-ids"].as_array().cloned().unwrap_or_default();
        let mut done = Granted::default();
        let mut before = Vec::new();
        for user in &users {
            let held = self.held(user)?;
            if let Some(other) = held.as_ref().filter(|held| *held != name) {
                done.overwritten.push(json!({ "user-id": user, "policy": other }));
            }
            before.push(held);
        }
        let grant = |to: Value| self.cmdlet("Grant-CsApplicationAccessPolicy", to);
        match wanted["scope"].as_str() {
            Some("everyone") => {
                grant(json!({ "PolicyName": name, "Global": true }))?;
                done.global = Some(name.to_owned());
            }
            Some("group") => {
                grant(json!({ "PolicyName": name, "Group": wanted["group-id"], "Rank": 1 }))?;
                done.group = Some(name.to_owned());
            }
            _ => {
                for user in &users {
                    grant(json!({ "PolicyName": name, "Identity": user }))?;
                }
            }
        }
        for (user, before) in users.iter().zip(before) {
            done.assigned.push(json!({ "user-id": user, "policy": self.held(user)?, "before": before }));
        }
        Ok(done)
    }

    fn take_back(&self, name: &str, application: &Value, users: &Value) -> Result<(), TeamsShellError> {
        for user in users.as_array().into_iter().flatten() {
            self.cmdlet("Grant-CsApplicationAccessPolicy", json!({ "PolicyName": null, "Identity": user }))?;
        }
        if self.policy(name)?.is_some_and(|policy| holds(&policy, application)) {
            let remove = json!({ "Identity": name, "AppIds": { "Remove": application } });
            self.cmdlet("Set-CsApplicationAccessPolicy", remove)?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Granted {
    assigned: Vec<Value>,
    overwritten: Vec<Value>,
    global: Option<String>,
    group: Option<String>,
}

impl TeamsShell for PretendTeams {
    fn find(&self, _: Script) -> Pin<Box<dyn Future<Output = TeamsState> + Send + '_>> {
        let found = TeamsState::Found { program: "rehearsal".to_owned(), version: "rehearsal".to_owned() };
        Box::pin(async { found })
    }

    fn run<'a>(
        &'a self,
        script: Script,
        parameters: &'a Value,
    ) -> Pin<Box<dyn Future<Output = Result<Value, TeamsShellError>> + Send + 'a>> {
        Box::pin(async move {
            match script {
                Script::Teams => self.play(parameters),
                Script::Exchange => PretendExchange::new(self.tenant.clone()).play(parameters),
            }
        })
    }
}

pub(crate) fn plain(name: &str) -> &str {
    name.strip_prefix("Tag:").unwrap_or(name)
}

fn holds(policy: &Value, application: &Value) -> bool {
    policy["AppIds"].as_array().is_some_and(|ids| ids.contains(application))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const APP: &str = "11111111-1111-4111-8111-111111111111";

    async fn tenant() -> (simulator::Running, PretendTeams) {
        let running = simulator::start(simulator::Settings::default()).await.unwrap();
        let teams = PretendTeams::new(running.control());
        (running, teams)
    }

    fn wanted(action: &str, users: &[String]) -> Value {
        json!({ "action": action, "application-id": APP, "policy-name": "P", "description": "d", "scope": "users", "user-ids": users })
    }

    #[tokio::test]
    async fn a_policy_is_made_once_granted_and_taken_back() {
        let (running, teams) = tenant().await;
        let users = teams.candidates(&running.announcement.accounts)[..2].to_vec();
        for _ in 0..2 {
            let made = teams.run(Script::Teams, &wanted("policy", &[])).await.unwrap();
            assert_eq!(made["policy-app-ids"], json!([APP]));
        }
        let granted = teams.run(Script::Teams, &wanted("assign", &users)).await.unwrap();
        assert_eq!(granted["assigned"][1], json!({ "user-id": users[1], "policy": "P", "before": null }));
        assert_eq!(granted["overwritten"], json!([]));
        let undone = teams.run(Script::Teams, &wanted("undo", &users)).await.unwrap();
        assert_eq!(undone["policy-app-ids"], json!([]));
        assert_eq!(teams.held(&json!(users[0])).unwrap(), None);
    }

    #[tokio::test]
    async fn what_teams_refuses_is_told() {
        let (_running, teams) = tenant().await;
        let refused =
            teams.run(Script::Teams, &wanted("assign", &["nobody@nowhere.example".to_owned()])).await;
        assert!(matches!(refused, Err(TeamsShellError::Failed { .. })));
        assert!(teams.run(Script::Teams, &json!({ "action": "other" })).await.is_err());
    }
}
