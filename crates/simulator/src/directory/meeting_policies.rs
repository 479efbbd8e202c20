//! Meeting policies of Teams: who waits in the lobby of whose meetings (Set-CsTeamsMeetingPolicy), and the same
//! as Graph names it.
//!
//! A policy has an id besides its name, for the assignment through Graph.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::parameters::{CmdletError, Output, parameter, text};
use super::policy_family::{Family, bare, is_global};
use super::teams::PolicySet;
use crate::random::Random;
use crate::world::{World, same};

/// `AutoAdmittedUsers`, and the scope of `lobbyBypassSettings` that a meeting gets by it.
const ADMITTED: [(&str, &str); 6] = [
    ("EveryoneInCompany", "organization"),
    ("Everyone", "everyone"),
    ("EveryoneInSameAndFederatedCompany", "organizationAndFederated"),
    ("OrganizerOnly", "organizer"),
    ("InvitedUsers", "invited"),
    ("EveryoneInCompanyExcludingGuests", "organizationExcludingGuests"),
];

const SWITCHES: [&str; 2] = ["AllowPSTNUsersToBypassLobby", "AllowAnonymousUsersToJoinMeeting"];

/// Names of parameters of New- and Set-CsTeamsMeetingPolicy.
pub(crate) const PARAMETERS: [&str; 5] =
    ["Identity", "Description", "AutoAdmittedUsers", SWITCHES[0], SWITCHES[1]];

/// The policies that every tenant has.
pub(crate) fn seeded(seed: u64, now: OffsetDateTime) -> PolicySet {
    let mut random = Random::new(seed ^ 0x006d_6565_7469_6e67);
    let mut set = PolicySet::default();
    for name in ["Global", "AllOn", "AllOff"] {
        let policy = blank(name, &random.guid());
        set.policies.put(name, Some(policy), now, now);
    }
    set
}

fn blank(name: &str, id: &str) -> Value {
    let identity = if is_global(name) { "Global".to_owned() } else { format!("Tag:{name}") };
    json!({"Identity": identity, "Description": null, "AutoAdmittedUsers": "EveryoneInCompany",
        "AllowPSTNUsersToBypassLobby": false, "AllowAnonymousUsersToJoinMeeting": true, "PolicyId": id})
}

/// New-CsTeamsMeetingPolicy.
pub(crate) fn create(world: &mut World, parameters: &Value) -> Output {
    let name = bare(text(parameters, "Identity")?).to_owned();
    if world.meeting_policies.policies.latest(&name).is_some() {
        return Err(CmdletError::Exists(name));
    }
    let id = world.random.guid();
    let policy = changed(blank(&name, &id), parameters)?;
    world.keep_policy(Family::Meeting, &name, Some(policy.clone()));
    Ok(vec![shown(policy)])
}

/// Set-CsTeamsMeetingPolicy; without an identity it is the Global one.
pub(crate) fn change(world: &mut World, parameters: &Value) -> Output {
    let name = parameter(parameters, "Identity").map_or(Ok("Global"), |_| text(parameters, "Identity"))?;
    let name = bare(name).to_owned();
    let known = world.meeting_policies.policies.latest(&name).cloned();
    let policy = changed(known.ok_or_else(|| CmdletError::NoPolicy(name.clone()))?, parameters)?;
    world.keep_policy(Family::Meeting, &name, Some(policy));
    Ok(Vec::new())
}

fn changed(mut policy: Value, parameters: &Value) -> Result<Value, CmdletError> {
    if let Some(description) = parameter(parameters, "Description") {
        policy["Description"] = description.clone();
    }
    if parameter(parameters, "AutoAdmittedUsers").is_some() {
        let wanted = text(parameters, "AutoAdmittedUsers")?;
        let known = ADMITTED.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let (name, _) = known.ok_or(CmdletError::BadParameter("AutoAdmittedUsers"))?;
        policy["AutoAdmittedUsers"] = json!(name);
    }
    for name in SWITCHES {
        if let Some(value) = parameter(parameters, name) {
            policy[name] = json!(value.as_bool().ok_or(CmdletError::BadParameter(name))?);
        }
    }
    Ok(policy)
}

/// As the cmdlet prints it.
pub(crate) fn shown(mut policy: Value) -> Value {
    if let Some(members) = policy.as_object_mut() {
        members.remove("PolicyId");
    }
    policy
}

impl World {
    /// Scope of the lobby and whether callers by telephone pass it, for meetings that somebody organises.
    pub(crate) fn lobby_of(&self, user: &str) -> (&'static str, bool) {
        let view = self.now - self.settings.teams_delay;
        let set = &self.meeting_policies;
        let name = set.policy_of(user, &self.groups_of(user), view).map(|(name, _)| name.to_lowercase());
        let own = name.and_then(|name| set.policies.seen(&name, view));
        let policy = own.or_else(|| set.policies.seen("global", view)).unwrap_or(&Value::Null);
        let scope = ADMITTED.iter().find(|(name, _)| same(&policy["AutoAdmittedUsers"], name));
        (scope.map_or("organization", |(_, scope)| scope), policy["AllowPSTNUsersToBypassLobby"] == true)
    }

    /// The policy of a name, or of an id that Graph gave for it.
    pub(crate) fn meeting_policy(&self, name_or_id: &str) -> Option<&Value> {
        let mut all = self.meeting_policies.policies.all_latest();
        all.find(|policy| {
            same(&policy["PolicyId"], name_or_id)
                || policy["Identity"]
                    .as_str()
                    .is_some_and(|own| bare(own).eq_ignore_ascii_case(bare(name_or_id)))
        })
    }
}
