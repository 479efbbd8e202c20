//! What changed in a tenant between two moments, as lines like those of a plan: read from the tenant's own state, never from
//! what the engine believes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use engine::{Change, Sign};
use serde_json::Value;

/// One change of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// `application`, `owner`, `secret`, …
    pub kind: &'static str,
    /// Whether it came, or went.
    pub came: bool,
    /// As a plan names it.
    pub name: String,
}

/// Members of an application that other effects stand for, or that Graph sets by itself.
const TOLD_ELSEWHERE: [&str; 9] = [
    "passwordCredentials",
    "keyCredentials",
    "requiredResourceAccess",
    "web",
    "spa",
    "publicClient",
    "isFallbackPublicClient",
    "displayName",
    "signInAudience",
];

/// The changes from one deep dump to a later one.
#[must_use]
pub fn effects(before: &Value, after: &Value) -> BTreeSet<Effect> {
    let mut found = Found { before, after, all: BTreeSet::new() };
    found.applications();
    found.principals();
    found.grants();
    found.teams();
    found.exchange();
    found.all
}

/// Whether a line of a plan names this effect.
#[must_use]
pub fn is_named(effect: &Effect, line: &Change) -> bool {
    let (key, name) = (line.note.key.as_str(), line.name.as_str());
    let same = |name: &str| name.eq_ignore_ascii_case(&effect.name);
    let sign = match (effect.came, line.sign) {
        (true, sign) => sign != Sign::Remove && sign != Sign::Keep,
        (false, sign) => sign == Sign::Remove,
    };
    let fits = match effect.kind {
        "application" => key == "change.application" || key == "change.take-down",
        "application-set" => key == "change.application" && line.sign == Sign::Set,
        "service-principal" => key == "change.service-principal",
        "owner" => key == "change.owner",
        "secret" => {
            key.starts_with("change.secret")
                || key == "change.orphan-secret"
                || key == "change.renewal-remove"
        }
        "certificate" => key.contains("certificate") || key == "change.renewal-remove",
        "permission" => key.starts_with("change.permission"),
        "consent" => key == "change.consent" || key == "change.withdraw",
        "redirect" => key == "change.redirect-uri",
        "public-client" => return name == "Allow public client flows",
        "teams-policy" => key == "change.access-policy" || key == "change.lobby-policy",
        "teams-assignment" => key.starts_with("change.assign") || key.starts_with("change.lobby"),
        "exchange" => return key.starts_with("change.exchange"),
        _ => false,
    };
    fits && sign && same(name)
}

/// Whether a line of a plan is one whose effect is looked for here at all.
#[must_use]
pub fn is_about_the_directory(line: &Change) -> bool {
    let key = line.note.key.as_str();
    let lasting = [
        "change.application",
        "change.service-principal",
        "change.owner",
        "change.permission",
        "change.consent",
        "change.redirect-uri",
        "change.secret",
        "change.certificate",
        "change.access-policy",
    ];
    matches!(line.sign, Sign::Add | Sign::Set | Sign::Remove | Sign::Run)
        && lasting.iter().any(|known| key.starts_with(known))
}

struct Found<'a> {
    before: &'a Value,
    after: &'a Value,
    all: BTreeSet<Effect>,
}

fn rows<'a>(dump: &'a Value, table: &str) -> BTreeMap<String, &'a Value> {
    let list = dump[table].as_array().into_iter().flatten();
    list.map(|row| (row["id"].as_str().unwrap_or_default().to_owned(), row)).collect()
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn members(map: &Value) -> BTreeMap<String, Value> {
    map.as_object().into_iter().flatten().map(|(id, value)| (id.clone(), value.clone())).collect()
}

impl Found<'_> {
    fn add(&mut self, kind: &'static str, came: bool, name: impl Into<String>) {
        self.all.insert(Effect { kind, came, name: name.into() });
    }

    /// Compares two sets of names.
    fn sets(&mut self, kind: &'static str, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        for name in after.difference(before) {
            self.add(kind, true, name.clone());
        }
        for name in before.difference(after) {
            self.add(kind, false, name.clone());
        }
    }

    fn applications(&mut self) {
        let (before, after) = (rows(self.before, "applications"), rows(self.after, "applications"));
        let nothing = Value::Null;
        for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (old, new) = (before.get(id).copied(), after.get(id).copied());
            let name = |row: Option<&Value>| {
                row.and_then(|row| row["displayName"].as_str()).unwrap_or_default().to_owned()
            };
            match (old, new) {
                (None, Some(_)) => self.add("application", true, name(new)),
                (Some(_), None) => self.add("application", false, name(old)),
                (Some(old), Some(new)) => self.members_of(old, new),
                (None, None) => {}
            }
            let (old, new) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
            if new.is_null() {
                continue;
            }
            self.sets("permission", &permissions(old), &permissions(new));
            self.sets("redirect", &redirects(old), &redirects(new));
            if old["isFallbackPublicClient"].as_bool().unwrap_or(false)
                != new["isFallbackPublicClient"].as_bool().unwrap_or(false)
            {
                self.add("public-client", true, "Allow public client flows");
            }
            self.credentials("secret", &old["passwordCredentials"], &new["passwordCredentials"]);
            self.credentials("certificate", &old["keyCredentials"], &new["keyCredentials"]);
            self.owners(id);
        }
    }

    fn members_of(&mut self, old: &Value, new: &Value) {
        let (old_members, new_members) = (members(old), members(new));
        for member in old_members.keys().chain(new_members.keys()).collect::<BTreeSet<_>>() {
            let is_same = old_members.get(member) == new_members.get(member);
            if !is_same && !TOLD_ELSEWHERE.contains(&member.as_str()) {
                self.add("application-set", true, format!("{member} of {}", new["displayName"]));
            }
        }
        if old["displayName"] != new["displayName"] || old["signInAudience"] != new["signInAudience"] {
            self.add("application-set", true, new["displayName"].as_str().unwrap_or_default());
        }
    }

    /// A credential that came is named as its plan names it: without the mark. One that went, by its key id. One that
    /// stayed and is not what it was did both.
    fn credentials(&mut self, kind: &'static str, old: &Value, new: &Value) {
        let by_key = |list: &Value| -> BTreeMap<String, Value> {
            let list = list.as_array().into_iter().flatten();
            list.map(|one| (one["keyId"].as_str().unwrap_or_default().to_lowercase(), one.clone())).collect()
        };
        let (old, new) = (by_key(old), by_key(new));
        for (key, one) in &new {
            if old.get(key) != Some(one) {
                let name = one["displayName"].as_str().unwrap_or_default();
                self.add(kind, true, name.split(" [").next().unwrap_or_default());
            }
        }
        for (key, one) in &old {
            if new.get(key) != Some(one) {
                self.add(kind, false, key.clone());
            }
        }
    }

    fn owners(&mut self, application: &str) {
        let key = application.to_lowercase();
        let (old, new) = (texts(&self.before["owners"][&key]), texts(&self.after["owners"][&key]));
        self.sets("owner", &old, &new);
    }

    fn principals(&mut self) {
        let (before, after) = (rows(self.before, "servicePrincipals"), rows(self.after, "servicePrincipals"));
        for (id, row) in &after {
            let name = row["displayName"].as_str().unwrap_or_default();
            match before.get(id) {
                None => self.add("service-principal", true, name),
                Some(old) if old != row => self.add("service-principal-set", true, name),
                Some(_) => {}
            }
        }
        for row in before.iter().filter(|(id, _)| !after.contains_key(*id)).map(|(_, row)| row) {
            self.add("service-principal", false, row["displayName"].as_str().unwrap_or_default());
        }
    }

    fn grants(&mut self) {
        let roles = |dump: &Value| -> BTreeSet<(String, String)> {
            let rows = rows(dump, "appRoleAssignments").into_values();
            rows.map(|row| (row["principalId"].to_string(), permission_named(&row["appRoleId"]))).collect()
        };
        let scopes = |dump: &Value| -> BTreeSet<(String, String)> {
            let rows = rows(dump, "oauth2PermissionGrants").into_values();
            rows.flat_map(|row| {
                let owner = format!("{}{}{}", row["clientId"], row["resourceId"], row["principalId"]);
                let scope = row["scope"].as_str().unwrap_or_default().to_owned();
                scope.split_whitespace().map(|one| (owner.clone(), one.to_owned())).collect::<Vec<_>>()
            })
            .collect()
        };
        for (old, new) in [(roles(self.before), roles(self.after)), (scopes(self.before), scopes(self.after))]
        {
            for (_, name) in new.difference(&old) {
                self.add("consent", true, name.clone());
            }
            for (_, name) in old.difference(&new) {
                self.add("consent", false, name.clone());
            }
        }
    }

    fn teams(&mut self) {
        for (table, by) in [("teams", "Identity"), ("meetingPolicies", "Identity")] {
            let named = |dump: &Value| -> BTreeMap<String, Value> {
                let list = dump[table]["policies"].as_array().into_iter().flatten();
                let name =
                    |one: &Value| one[by].as_str().unwrap_or_default().trim_start_matches("Tag:").to_owned();
                list.map(|one| (name(one), one.clone())).collect()
            };
            let (old, new) = (named(self.before), named(self.after));
            for (name, policy) in &new {
                if old.get(name) != Some(policy) {
                    self.add("teams-policy", true, name.clone());
                }
            }
            let (old, new) = (members(&self.before[table]["people"]), members(&self.after[table]["people"]));
            for (user, policy) in &new {
                if old.get(user) != Some(policy) {
                    self.add("teams-assignment", true, user.clone());
                }
            }
            if self.before[table]["global"] != self.after[table]["global"] {
                self.add("teams-assignment", true, "Global");
            }
            let groups = |dump: &Value| texts(&dump[table]["groupAssignments"]);
            let (old, new) = (groups(self.before), groups(self.after));
            self.sets("teams-assignment", &old, &new);
        }
    }

    fn exchange(&mut self) {
        for part in ["servicePrincipals", "scopes", "assignments"] {
            if self.before["exchange"][part] != self.after["exchange"][part] {
                self.add("exchange", true, part);
            }
        }
    }
}

fn permissions(application: &Value) -> BTreeSet<String> {
    let apis = application["requiredResourceAccess"].as_array().into_iter().flatten();
    let of_api = |api: &Value| -> Vec<String> {
        let list = api["resourceAccess"].as_array().into_iter().flatten();
        list.map(|one| permission_named(&one["id"])).collect()
    };
    apis.flat_map(of_api).collect()
}

fn redirects(application: &Value) -> BTreeSet<String> {
    let parts = ["web", "spa", "publicClient"].iter();
    parts.flat_map(|part| texts(&application[*part]["redirectUris"])).collect()
}

/// The value of a permission of Microsoft Graph with this id, or the id itself.
fn permission_named(id: &Value) -> String {
    static NAMES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        guide::permissions().map(|one| (one.id.to_lowercase(), one.value.clone())).collect()
    });
    let id = id.as_str().unwrap_or_default();
    NAMES.get(&id.to_lowercase()).cloned().unwrap_or_else(|| id.to_owned())
}
