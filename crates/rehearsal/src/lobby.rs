//! What the Teams script does to the lobby, done to the pretend tenant in the same order.

use engine::TeamsShellError;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::teams::{PretendTeams, plain};

impl PretendTeams {
    pub(crate) fn lobby(&self, name: &str, wanted: &Value) -> Result<Value, TeamsShellError> {
        let mut result = json!({
            "format": 1, "action": wanted["action"], "application-id": wanted["application-id"],
            "policy-name": name, "policy-app-ids": [], "assigned": [], "overwritten": [], "global": null,
            "group": null, "admitted": null, "before": null,
            "at": self.now().format(&Rfc3339).unwrap_or_default(),
        });
        match wanted["action"].as_str() {
            Some("lobby-tenant") => {
                let before = self.admitted("Global")?;
                if before != wanted["admitted"] {
                    self.set("Global", &wanted["admitted"])?;
                }
                result["before"] = before;
                result["admitted"] = self.admitted("Global")?;
            }
            Some("lobby-policy") => self.of_organisers(name, wanted, &mut result)?,
            _ if name == "Global" => {
                self.set(name, &wanted["before"])?;
                result["admitted"] = self.admitted("Global")?;
            }
            _ => {
                for entry in wanted["restore"].as_array().into_iter().flatten() {
                    self.grant_meeting(&entry["user-id"], &entry["policy"])?;
                }
            }
        }
        Ok(result)
    }

    fn of_organisers(&self, name: &str, wanted: &Value, result: &mut Value) -> Result<(), TeamsShellError> {
        let users = wanted["user-ids"].as_array().cloned().unwrap_or_default();
        let mut earlier = Vec::new();
        let mut overwritten = Vec::new();
        for user in &users {
            let held = self.meeting_policy_of(user)?;
            if let Some(other) = held.as_ref().filter(|held| *held != name) {
                overwritten.push(json!({ "user-id": user, "policy": other }));
            }
            earlier.push(held);
        }
        match self.admitted(name)? {
            Value::Null => {
                let new = json!({ "Identity": name, "AutoAdmittedUsers": wanted["admitted"] });
                self.cmdlet("New-CsTeamsMeetingPolicy", new)?;
            }
            before if before != wanted["admitted"] => {
                self.set(name, &wanted["admitted"])?;
                result["before"] = before;
            }
            _ => {}
        }
        if wanted["grant"] == true {
            for user in &users {
                self.grant_meeting(user, &json!(name))?;
            }
        }
        let mut assigned = Vec::new();
        for (user, before) in users.iter().zip(earlier) {
            assigned
                .push(json!({ "user-id": user, "policy": self.meeting_policy_of(user)?, "before": before }));
        }
        result["assigned"] = json!(assigned);
        result["overwritten"] = json!(overwritten);
        result["admitted"] = self.admitted(name)?;
        Ok(())
    }

    /// Who passes by a policy; null where there is none of this name.
    fn admitted(&self, name: &str) -> Result<Value, TeamsShellError> {
        let all = self.cmdlet("Get-CsTeamsMeetingPolicy", json!({}))?;
        let found = all.into_iter().find(|policy| policy["Identity"].as_str().map(plain) == Some(name));
        Ok(found.map_or(Value::Null, |policy| policy["AutoAdmittedUsers"].clone()))
    }

    fn set(&self, name: &str, admitted: &Value) -> Result<(), TeamsShellError> {
        let change = json!({ "Identity": name, "AutoAdmittedUsers": admitted });
        self.cmdlet("Set-CsTeamsMeetingPolicy", change).map(|_| ())
    }

    fn grant_meeting(&self, user: &Value, policy: &Value) -> Result<(), TeamsShellError> {
        let grant = json!({ "Identity": user, "PolicyName": policy });
        self.cmdlet("Grant-CsTeamsMeetingPolicy", grant).map(|_| ())
    }

    fn meeting_policy_of(&self, user: &Value) -> Result<Option<String>, TeamsShellError> {
        let found = self.cmdlet("Get-CsOnlineUser", json!({ "Identity": user }))?;
        let policy = found.first().and_then(|user| user["TeamsMeetingPolicy"].as_str());
        Ok(policy.map(plain).filter(|name| !name.is_empty()).map(str::to_owned))
    }
}
