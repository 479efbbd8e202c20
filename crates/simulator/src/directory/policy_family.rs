//! What policies of every kind have in common in Teams: they are listed, granted to somebody, a group or everybody,
//! and removed when nobody has them (Get-, Grant- and Remove-Cs…Policy).
//!
//! What a policy says is not known here.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::parameters::{CmdletError, Output, parameter, text};
use super::teams::PolicySet;
use crate::world::{Table, World, same};

/// A kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// CsApplicationAccessPolicy
    Access,
    /// CsTeamsMeetingPolicy
    Meeting,
}

impl World {
    pub(crate) fn policies(&self, family: Family) -> &PolicySet {
        match family {
            Family::Access => &self.teams,
            Family::Meeting => &self.meeting_policies,
        }
    }

    pub(crate) fn policies_mut(&mut self, family: Family) -> &mut PolicySet {
        match family {
            Family::Access => &mut self.teams,
            Family::Meeting => &mut self.meeting_policies,
        }
    }

    /// Now, and the last moment that anybody may still ask about.
    pub(crate) fn teams_times(&self) -> (OffsetDateTime, OffsetDateTime) {
        (self.now, self.now - self.settings.teams_delay)
    }

    pub(crate) fn keep_policy(&mut self, family: Family, name: &str, policy: Option<Value>) {
        let (now, horizon) = self.teams_times();
        self.policies_mut(family).policies.put(name, policy, now, horizon);
    }
}

/// The name without the mark that Teams puts before it.
pub(crate) fn bare(identity: &str) -> &str {
    match identity.get(..4) {
        Some(head) if head.eq_ignore_ascii_case("tag:") => &identity[4..],
        _ => identity,
    }
}

pub(crate) fn is_global(name: &str) -> bool {
    name.eq_ignore_ascii_case("global")
}

/// Get-Cs…Policy. `blank` is the Global policy where nobody changed it.
pub(crate) fn get(world: &World, family: Family, blank: Value, parameters: &Value) -> Output {
    let mut all: Vec<Value> = world.policies(family).policies.all_latest().cloned().collect();
    if !all.iter().any(|policy| policy["Identity"] == "Global") {
        all.insert(0, blank);
    }
    if parameter(parameters, "Identity").is_some() {
        let name = bare(text(parameters, "Identity")?);
        all.retain(|policy| {
            policy["Identity"].as_str().is_some_and(|own| bare(own).eq_ignore_ascii_case(name))
        });
        if all.is_empty() {
            return Err(CmdletError::NoPolicy(name.to_owned()));
        }
    } else if parameter(parameters, "Filter").is_some() {
        let wanted = bare(text(parameters, "Filter")?).to_lowercase();
        let (head, open) = match wanted.strip_suffix('*') {
            Some(head) => (head, true),
            None => (wanted.as_str(), false),
        };
        let fits = |own: &str| if open { own.starts_with(head) } else { own == head };
        all.retain(|policy| policy["Identity"].as_str().is_some_and(|own| fits(&bare(own).to_lowercase())));
    }
    Ok(all)
}

/// Grant-Cs…Policy.
pub(crate) fn grant(world: &mut World, family: Family, parameters: &Value) -> Output {
    let policy = match parameter(parameters, "PolicyName") {
        None => return Err(CmdletError::BadParameter("PolicyName")),
        Some(Value::Null) => None,
        Some(Value::String(empty)) if empty.is_empty() => None,
        Some(_) => Some(bare(text(parameters, "PolicyName")?).to_owned()),
    };
    if let Some(name) = &policy
        && (is_global(name) || world.policies(family).policies.latest(name).is_none())
    {
        return Err(CmdletError::NotAUserPolicy(name.clone()));
    }
    let value = policy.clone().map(Value::String);
    let global = parameter(parameters, "Global").is_some_and(|on| on != false);
    let (identity, group) = (parameter(parameters, "Identity"), parameter(parameters, "Group"));
    let (now, horizon) = world.teams_times();
    match (identity, group, global) {
        (Some(_), None, false) => {
            let wanted = text(parameters, "Identity")?;
            let seat = world.people.find(wanted).ok_or_else(|| CmdletError::NoUser(wanted.to_owned()))?;
            let id = world.people.field(seat, "id").as_str().unwrap_or_default().to_owned();
            world.policies_mut(family).people.put(&id, value, now, horizon);
        }
        (None, None, true) => world.policies_mut(family).tenant.put("global", value, now, horizon),
        (None, Some(_), false) => grant_to_group(world, family, parameters, policy)?,
        _ => return Err(CmdletError::AmbiguousSet),
    }
    Ok(Vec::new())
}

fn grant_to_group(
    world: &mut World,
    family: Family,
    parameters: &Value,
    policy: Option<String>,
) -> Result<(), CmdletError> {
    let wanted = text(parameters, "Group")?;
    let found = world
        .shelf(Table::Groups)
        .all_latest()
        .find(|group| same(&group["id"], wanted) || same(&group["mail"], wanted))
        .and_then(|group| group["id"].as_str())
        .map(str::to_owned);
    let id = found.ok_or_else(|| CmdletError::NoGroup(wanted.to_owned()))?;
    let others = || world.policies(family).groups.all_latest().filter(|row| !same(&row["group"], &id));
    let rank = match parameter(parameters, "Rank") {
        Some(rank) => rank.as_i64().filter(|rank| *rank > 0).ok_or(CmdletError::BadParameter("Rank"))?,
        None => others().filter_map(|row| row["rank"].as_i64()).max().unwrap_or(0) + 1,
    };
    if policy.is_some() && others().any(|row| row["rank"] == rank) {
        return Err(CmdletError::RankTaken(rank));
    }
    let row = policy.map(|policy| json!({"group": id, "policy": policy, "rank": rank}));
    let (now, horizon) = world.teams_times();
    world.policies_mut(family).groups.put(&id, row, now, horizon);
    Ok(())
}

/// Remove-Cs…Policy.
pub(crate) fn remove(world: &mut World, family: Family, parameters: &Value) -> Output {
    let name = bare(text(parameters, "Identity")?).to_owned();
    if is_global(&name) {
        return Err(CmdletError::Global);
    }
    let set = world.policies(family);
    if set.policies.latest(&name).is_none() {
        return Err(CmdletError::NoPolicy(name));
    }
    let used = set.people.all_latest().chain(set.tenant.all_latest()).any(|policy| same(policy, &name))
        || set.groups.all_latest().any(|row| same(&row["policy"], &name));
    if used {
        return Err(CmdletError::InUse(name));
    }
    world.keep_policy(family, &name, None);
    Ok(Vec::new())
}
