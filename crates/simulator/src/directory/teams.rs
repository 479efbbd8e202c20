//! Policies of Teams of one kind, who has which, and since when that counts; and who may act for whom by an
//! application access policy.
//!
//! One policy a person: their own, else their highest ranking group's, else the tenant's. It keeps versions, so
//! that Graph can heed what was true half an hour ago.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::shelf::Shelf;
use crate::world::{list, same};

/// Policies of one kind by lower-case name, and who has which.
#[derive(Clone, Default)]
pub(crate) struct PolicySet {
    /// `{"Identity", "Description", …}`
    pub policies: Shelf,
    /// User id to policy name.
    pub people: Shelf,
    /// Group id to `{"group", "policy", "rank"}`.
    pub groups: Shelf,
    /// Under `global`, the policy name.
    pub tenant: Shelf,
}

impl PolicySet {
    /// The name of the policy that counts for a person, and where it came from.
    pub fn policy_of(
        &self,
        user: &str,
        groups: &[String],
        view: OffsetDateTime,
    ) -> Option<(String, &'static str)> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let Some(own) = self.people.seen(user, view).and_then(text) {
            return Some((own, "Direct"));
        }
        let ranked = self
            .groups
            .all_seen(view)
            .filter(|row| groups.iter().any(|group| same(&row["group"], group)))
            .min_by_key(|row| row["rank"].as_i64().unwrap_or(i64::MAX))
            .and_then(|row| text(&row["policy"]));
        if let Some(policy) = ranked {
            return Some((policy, "Group"));
        }
        self.tenant.seen("global", view).and_then(text).map(|policy| (policy, "Global"))
    }

    /// Whether an application may act for a person, as of a time.
    pub fn allows(&self, app_id: &str, user: &str, groups: &[String], view: OffsetDateTime) -> bool {
        let name = self
            .policy_of(user, groups, view)
            .map_or_else(|| "global".to_owned(), |(name, _)| name.to_lowercase());
        self.policies
            .seen(&name, view)
            .is_some_and(|policy| list(&policy["AppIds"]).any(|listed| same(listed, app_id)))
    }

    /// The policy of each person who has one of their own, by user id.
    pub fn assignments(&self) -> Value {
        self.people.all_latest_by_id().map(|(user, policy)| (user.to_owned(), policy.clone())).collect()
    }

    pub fn dump(&self) -> Value {
        json!({
            "policies": self.policies.all_latest().collect::<Vec<_>>(),
            "groupAssignments": self.groups.all_latest().collect::<Vec<_>>(),
            "people": self.people.all_latest().count(),
            "global": self.tenant.latest("global"),
        })
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn own_before_group_before_tenant_and_only_after_a_while() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let mut state = PolicySet::default();
        for (name, app) in [("own", "a"), ("group", "b"), ("all", "c")] {
            state.policies.put(name, Some(json!({"Identity": name, "AppIds": [app]})), start, start);
        }
        state.tenant.put("global", Some(json!("all")), start, start);
        state.groups.put("g2", Some(json!({"group": "g2", "policy": "all", "rank": 2})), start, start);
        state.groups.put("g", Some(json!({"group": "g", "policy": "group", "rank": 1})), start, start);
        let groups = vec!["g2".to_owned(), "g".to_owned()];
        assert!(state.allows("c", "u", &[], start));
        assert!(state.allows("b", "u", &groups, start));
        assert!(!state.allows("c", "u", &groups, start));
        let later = start + Duration::minutes(5);
        state.people.put("u", Some(json!("own")), later, start);
        assert!(state.allows("b", "u", &groups, start));
        assert!(state.allows("a", "u", &groups, later));
        assert!(!state.allows("b", "u", &groups, later));
        assert!(!state.allows("a", "u", &groups, start - Duration::seconds(1)));
    }
}
