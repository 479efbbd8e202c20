//! What can be written into the journal: a closed list of events, all of them free of secrets.
//! Fields are names, identifiers, states and receipts; a token or credential must never be put in a `Value` here.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

/// One row as read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number, from 1 on and without gaps over all connections.
    pub seq: u64,
    /// When it happened, in UTC.
    pub at: OffsetDateTime,
    /// The connection that it belongs to.
    pub connection: String,
    /// What happened.
    pub event: Event,
}

/// Everything that the journal can tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// A connection was made from a guide.
    Connected {
        /// The guide's id.
        guide: String,
        /// The guide's version.
        guide_version: String,
        /// What the admin calls the connection.
        name: String,
        /// The cloud, such as `global`.
        place: String,
        /// True when the tenant is a pretended one.
        rehearsal: bool,
    },
    /// An admin signed in.
    SignedIn {
        /// The user principal name.
        account: String,
        /// The tenant's GUID.
        tenant_id: String,
        /// The tenant's display name.
        tenant_name: String,
        /// Directory roles that were active.
        roles: Vec<String>,
        /// Scopes that were granted.
        scopes: Vec<String>,
        /// `device-code` or `browser`.
        how: String,
    },
    /// The admin signed out.
    SignedOut {},
    /// An ask of the guide was answered.
    Answered {
        /// The ask's id.
        ask: String,
        /// The answer; asks for secrets do not exist.
        value: Value,
    },
    /// A step is about to change something: written before the first call.
    Intended {
        /// The step's id.
        step: String,
        /// The operation's id, which also marks what it makes.
        operation: String,
        /// The hash of the plan that the admin saw.
        plan_hash: String,
        /// The plan itself.
        plan: Value,
    },
    /// One writing call was answered.
    Sent {
        /// The step's id.
        step: String,
        /// The operation's id.
        operation: String,
        /// The HTTP method.
        method: String,
        /// The path that was called, without host.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Microsoft's `request-id`.
        request_id: Option<String>,
        /// What was made: kind and ids.
        made: Option<Value>,
    },
    /// A step came to rest.
    Settled {
        /// The step's id.
        step: String,
        /// The operation's id, when something was changed.
        operation: Option<String>,
        /// The state, such as `done`, `already-so`, `pending` or `failed`.
        state: String,
        /// Values for later steps and for the bundle.
        outputs: Value,
        /// What was seen that proves the state.
        evidence: Value,
        /// The trouble, when it failed.
        trouble: Option<Value>,
    },
    /// A person confirmed what no machine can see.
    Confirmed {
        /// The step's id.
        step: String,
        /// Who confirmed.
        by: String,
        /// Their note.
        note: String,
    },
    /// The admin adopted an object that this connection had not made.
    Adopted {
        /// The step's id.
        step: String,
        /// Kind, id and name of the object.
        object: Value,
    },
    /// The values were handed over.
    HandedOver {
        /// The step's id.
        step: String,
        /// The way, such as `file`.
        how: String,
        /// Path, digest and size of what was handed over.
        receipt: Value,
    },
    /// Something that this connection had made was removed again.
    Undone {
        /// The step's id.
        step: String,
        /// Kind and id of what was removed.
        what: Value,
    },
    /// Anything else worth keeping.
    Noted {
        /// A short name of the matter.
        what: String,
        /// The matter itself.
        details: Value,
    },
    /// The connection was removed from the list; its rows stay.
    Removed {},
}

impl Event {
    /// The name of the variant as it is written, such as `signed-in`.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Connected { .. } => "connected",
            Event::SignedIn { .. } => "signed-in",
            Event::SignedOut {} => "signed-out",
            Event::Answered { .. } => "answered",
            Event::Intended { .. } => "intended",
            Event::Sent { .. } => "sent",
            Event::Settled { .. } => "settled",
            Event::Confirmed { .. } => "confirmed",
            Event::Adopted { .. } => "adopted",
            Event::HandedOver { .. } => "handed-over",
            Event::Undone { .. } => "undone",
            Event::Noted { .. } => "noted",
            Event::Removed {} => "removed",
        }
    }
}

/// One line of JSON with sorted keys, so that equal values have equal text whatever order a map was built in.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut members = map.iter().collect::<Vec<_>>();
            members.sort_by_key(|(key, _)| *key);
            let members = members
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn canonical_text_sorts_keys_at_every_depth() {
        let value = json!({"b": [1, {"z": null, "a": "\u{e4}\"\n"}], "a": true});
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"a":"ä\"\n","z":null}]}"#);
    }

    #[test]
    fn kind_is_the_written_tag() {
        for event in [
            Event::SignedOut {},
            Event::Removed {},
            Event::Noted { what: "x".into(), details: json!(1) },
            Event::HandedOver { step: "s".into(), how: "file".into(), receipt: json!({}) },
        ] {
            assert_eq!(serde_json::to_value(&event).unwrap()["kind"], event.kind());
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(serde_json::from_value::<Event>(json!({"kind": "removed"})).is_ok());
        assert!(serde_json::from_value::<Event>(json!({"kind": "removed", "extra": 1})).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_text_reads_back_equal(value in any_json()) {
            let text = canonical(&value);
            prop_assert!(!text.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
