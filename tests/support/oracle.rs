//! The global oracle: what holds after each scenario that touched a tenant, told from the tenant's own state.
//!
//! | | Holds |
//! |---|---|
//! | O1 | no doubles by natural key |
//! | O2 | live credentials with our mark are the ones recorded as stored |
//! | O3 | no token went anywhere but to Graph |
//! | O4 | nothing changed that is not in a plan that was agreed to |
//! | O5 | objects of other people are what they were |
//! | O6 | no secret stands in the journal, the folders, or the traffic |

use std::collections::{BTreeMap, BTreeSet};

use engine::journal::Event;
use engine::{Change, Checklist};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use simulator::{Control, Exchange, Kind};

use crate::{Agreed, Canary, Effect, Walkthrough, effects, is_named, scan_bytes, scan_tree};

/// The tenant as it was before.
pub struct Oracle {
    before: Value,
    exchanges: usize,
}

impl Oracle {
    /// Remembers a tenant.
    #[must_use]
    pub fn before(control: &Control) -> Self {
        Self { before: control.deep_dump(), exchanges: control.exchanges() }
    }

    /// What changed since then, up to a later deep dump.
    #[must_use]
    pub fn effects(&self, after: &Value) -> BTreeSet<Effect> {
        effects(&self.before, after)
    }

    /// All six, after a walk.
    #[must_use]
    pub fn judge(&self, walk: &Walkthrough) -> Vec<String> {
        let mut all = self.judge_changes(walk, &walk.control().deep_dump());
        all.extend(leaks(&canaries(walk), walk, &walk.control().traffic()));
        all
    }

    /// All but the search for secrets (O6), which takes as long as the rest, against a deep dump: for where thousands of walks
    /// share a home.
    ///
    /// # Panics
    /// As [`Oracle::judge`].
    #[must_use]
    pub fn judge_changes(&self, walk: &Walkthrough, after: &Value) -> Vec<String> {
        let mut all = doubles(&self.before, after);
        let entries = walk.desk().journal_entries(Some(&walk.connection)).unwrap();
        let events: Vec<&Event> = entries.iter().map(|entry| &entry.event).collect();
        all.extend(credentials(after, &walk.connection, &stored(&events)));
        all.extend(strays(&walk.control().traffic_since(self.exchanges)));
        all.extend(unplanned(&named(&effects(&self.before, after), walk), &walk.agreed()));
        all.extend(foreign(&self.before, after, &made(&events)));
        all
    }

    /// Doubles alone (O1).
    #[must_use]
    pub fn doubles(&self, control: &Control) -> Vec<String> {
        doubles(&self.before, &control.deep_dump())
    }

    /// Objects of others alone (O5), where all that this connection made is known by id.
    #[must_use]
    pub fn foreign(&self, control: &Control, made: &BTreeSet<String>) -> Vec<String> {
        foreign(&self.before, &control.deep_dump(), made)
    }
}

/// O1: rows that came since, by what makes them one.
#[must_use]
pub fn doubles(before: &Value, after: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let mut counted = |what: &str, keys: Vec<String>| {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for key in keys {
            *times.entry(key).or_default() += 1;
        }
        for (key, count) in times.into_iter().filter(|(_, count)| *count > 1) {
            all.push(format!("O1: {count} {what} {key}"));
        }
    };
    let known: BTreeSet<&str> = ids(before, "applications").collect();
    let applications = after["applications"].as_array().into_iter().flatten();
    let new: Vec<&Value> =
        applications.filter(|one| !known.contains(one["id"].as_str().unwrap_or_default())).collect();
    counted("applications", new.iter().map(|one| one["displayName"].to_string()).collect());
    counted(
        "unique names",
        new.iter().map(|one| one["uniqueName"].to_string()).filter(|name| name != "null").collect(),
    );
    let keys = |table: &str, members: &[&str]| -> Vec<String> {
        let rows = after[table].as_array().into_iter().flatten();
        rows.map(|row| members.iter().map(|member| row[*member].to_string()).collect::<Vec<_>>().join(" "))
            .collect()
    };
    counted("service principals of", keys("servicePrincipals", &["appId"]));
    counted("app role assignments", keys("appRoleAssignments", &["principalId", "resourceId", "appRoleId"]));
    counted(
        "delegated grants",
        keys("oauth2PermissionGrants", &["clientId", "resourceId", "consentType", "principalId"]),
    );
    for application in &new {
        let name = &application["displayName"];
        let prints = application["keyCredentials"].as_array().into_iter().flatten();
        counted(
            "certificates",
            prints.map(|one| format!("{} of {name}", one["customKeyIdentifier"])).collect(),
        );
        let owners = &after["owners"][application["id"].as_str().unwrap_or_default().to_lowercase()];
        counted(
            "owners",
            owners.as_array().into_iter().flatten().map(|one| format!("{one} of {name}")).collect(),
        );
        for part in ["web", "spa", "publicClient"] {
            let list = application[part]["redirectUris"].as_array().into_iter().flatten();
            counted("redirect URIs", list.map(|one| format!("{one} of {name}")).collect());
        }
    }
    let policies = after["teams"]["policies"].as_array().into_iter().flatten();
    for policy in policies {
        let listed = policy["AppIds"].as_array().into_iter().flatten();
        counted("entries in a Teams policy:", listed.map(ToString::to_string).collect());
    }
    if before["onlineMeetings"] != after["onlineMeetings"] {
        all.push(format!(
            "O1: meetings left behind: {} before, {} after",
            before["onlineMeetings"], after["onlineMeetings"]
        ));
    }
    all
}

fn ids<'a>(dump: &'a Value, table: &str) -> impl Iterator<Item = &'a str> {
    dump[table].as_array().into_iter().flatten().filter_map(|row| row["id"].as_str())
}

/// The key ids of the secrets that a journal tells of and that were not taken away again.
#[must_use]
pub fn stored(events: &[&Event]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for event in events {
        let (Event::Sent { made: Some(made), .. } | Event::Undone { what: made, .. }) = event else {
            continue;
        };
        let Some(id) = made["id"].as_str().map(str::to_lowercase) else { continue };
        match (event, made["kind"].as_str()) {
            (Event::Sent { .. }, Some("secret")) => keys.insert(id),
            (Event::Sent { .. }, Some("secret-removed")) | (Event::Undone { .. }, Some("secret")) => {
                keys.remove(&id)
            }
            _ => false,
        };
    }
    keys
}

/// O2.
#[must_use]
pub fn credentials(after: &Value, connection: &str, stored: &BTreeSet<String>) -> Vec<String> {
    let mark = format!("[{}-", &connection[..8]);
    let applications = after["applications"].as_array().into_iter().flatten();
    let all = applications.flat_map(|one| one["passwordCredentials"].as_array().into_iter().flatten());
    let live: BTreeSet<String> = all
        .filter(|one| one["displayName"].as_str().is_some_and(|name| name.contains(&mark)))
        .map(|one| one["keyId"].as_str().unwrap_or_default().to_lowercase())
        .collect();
    let orphans = live.difference(stored).map(|key| format!("O2: {key} is live and nobody has it"));
    let lost = stored.difference(&live).map(|key| format!("O2: {key} is recorded and not live"));
    orphans.chain(lost).collect()
}

/// O3: every request that carried a token, other than to Graph.
#[must_use]
pub fn strays(traffic: &[Exchange]) -> Vec<String> {
    let stray = traffic.iter().filter(|one| one.authorization && one.kind != Kind::Graph);
    stray.map(|one| format!("O3: a token went to {} {}", one.method, one.url)).collect()
}

/// O4: effects that no line of an agreed plan names.
#[must_use]
pub fn unplanned(effects: &BTreeSet<Effect>, agreed: &[Agreed]) -> Vec<String> {
    let lines: Vec<&Change> = agreed.iter().flat_map(|plan| &plan.changes).collect();
    let is_planned = |effect: &&Effect| lines.iter().any(|line| is_named(effect, line));
    effects
        .iter()
        .filter(|effect| !is_planned(effect))
        .map(|effect| format!("O4: no plan names {effect:?}"))
        .collect()
}

/// The effects with owners and people named as a plan names them: by account, not by id.
#[must_use]
pub fn named(effects: &BTreeSet<Effect>, walk: &Walkthrough) -> BTreeSet<Effect> {
    let list: Checklist = walk.list();
    let who = walk.desk().signed_in(&walk.connection);
    let people: BTreeMap<String, String> = list
        .steps
        .iter()
        .filter_map(|step| step.found["users"].as_array())
        .flatten()
        .filter_map(|user| {
            let id = user["id"].as_str()?.to_lowercase();
            Some((id, user["user-principal-name"].as_str().or(user["name"].as_str())?.to_owned()))
        })
        .collect();
    let by_account = |effect: &Effect| {
        let mut effect = effect.clone();
        if effect.kind == "owner"
            && let Some(who) = who.as_ref().filter(|who| who.object_id.eq_ignore_ascii_case(&effect.name))
        {
            effect.name.clone_from(&who.account);
        }
        if let Some(name) =
            people.get(&effect.name.to_lowercase()).filter(|_| effect.kind == "teams-assignment")
            && !walk.agreed().iter().flat_map(|plan| &plan.changes).any(|line| is_named(&effect, line))
        {
            effect.name.clone_from(name);
        }
        effect
    };
    effects.iter().map(by_account).collect()
}

/// The ids of everything that a journal says was made.
#[must_use]
pub fn made(events: &[&Event]) -> BTreeSet<String> {
    let of_event = |event: &&Event| match event {
        Event::Sent { made: Some(made), .. } => Some(made.clone()),
        Event::Adopted { object, .. } => Some(object.clone()),
        _ => None,
    };
    let members = ["id", "application", "application-id", "service-principal", "principal"];
    let all = events.iter().filter_map(of_event);
    all.flat_map(|made| members.map(|member| made[member].as_str().unwrap_or_default().to_lowercase()))
        .filter(|id| !id.is_empty())
        .collect()
}

/// O5: rows that were there before and are not what they were, and that are none of ours.
#[must_use]
pub fn foreign(before: &Value, after: &Value, made: &BTreeSet<String>) -> Vec<String> {
    let mut all = Vec::new();
    for table in [
        "applications",
        "servicePrincipals",
        "appRoleAssignments",
        "oauth2PermissionGrants",
        "groups",
        "policies",
    ] {
        let now: BTreeMap<&str, &Value> = after[table]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| Some((row["id"].as_str()?, row)))
            .collect();
        for row in before[table].as_array().into_iter().flatten() {
            let id = row["id"].as_str().unwrap_or_default();
            let is_same = now.get(id).is_some_and(|other| *other == row);
            if !is_same && !made.contains(&id.to_lowercase()) {
                all.push(format!("O5: {table} {id} is not what it was"));
            }
        }
    }
    for links in ["owners", "members", "policyLinks"] {
        for (id, list) in before[links].as_object().into_iter().flatten() {
            if after[links][id] != *list && !made.contains(id) {
                all.push(format!("O5: {links} of {id} are not what they were"));
            }
        }
    }
    all
}

/// What was sent, without the answers: those are the tenant's own words, long, and never hold more than was sent for.
fn sent(traffic: &[Exchange]) -> Vec<u8> {
    let mut all = Vec::new();
    for one in traffic {
        all.extend_from_slice(one.url.as_bytes());
        let line = one.line.as_ref().unwrap_or(&Value::Null);
        all.extend_from_slice(line["request_headers"].to_string().as_bytes());
        all.extend_from_slice(line["request_body"].to_string().as_bytes());
    }
    all
}

fn canaries(walk: &Walkthrough) -> Vec<Canary> {
    let secrets = walk.secrets();
    let long = secrets.iter().filter(|(_, secret)| secret.expose_secret().len() >= 12);
    let mut all: Vec<Canary> = long.map(|(name, secret)| Canary::new(name, secret.expose_secret())).collect();
    // A signed token begins with one of these, whichever member of its header comes first.
    all.push(Canary::new("token", "eyJ0eXAiOiJKV1Qi"));
    all.push(Canary::new("token", "eyJhbGciOiJSUzI1NiIs"));
    all
}

/// O6: canaries in the journal, in every file of the walk, and in what the tenant logged. The same scan has to find a
/// control in each of these places.
#[must_use]
pub fn leaks(canaries: &[Canary], walk: &Walkthrough, traffic: &[Exchange]) -> Vec<String> {
    let mut journal = Vec::new();
    walk.desk().journal_export(None, &mut journal, false).unwrap();
    let traffic = sent(traffic);
    let mut hits = scan_tree(walk.folder(), canaries);
    let control = "cOnTrOl~planted.0123456789-Zz";
    let planted = [Canary::new("control", control)];
    for (place, mut bytes) in [("journal", journal), ("traffic", traffic)] {
        hits.extend(scan_bytes(place, &bytes, canaries));
        bytes.extend_from_slice(control.as_bytes());
        assert_eq!(scan_bytes(place, &bytes, &planted).len(), 1, "the control must be found");
    }
    let file = walk.folder().join("control");
    std::fs::write(&file, control).unwrap();
    assert_eq!(scan_tree(walk.folder(), &planted).len(), 1, "the control must be found");
    std::fs::remove_file(&file).unwrap();
    hits.into_iter().map(|hit| format!("O6: {hit}")).collect()
}
