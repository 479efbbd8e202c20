//! The certificates of an application. Graph replaces the whole collection on PATCH (Graph page "application: update"),
//! so it is read, changed by one entry, written and read back; what others put there stays to the byte.
//! Graph documents no precondition for this call. Two readings that agree come right before the write, and the reading
//! back afterwards says whether everything of others is still there.

use cloud::{Answer, Call, Graph, GraphError, GraphFault};
use serde_json::{Value, json};

use crate::crash;
use crate::desk::Room;
use crate::site::Pause;
use crate::trouble::{Code, Trouble};

/// The one change.
pub(crate) enum Wanted<'a> {
    /// This entry, by its `keyId`, is there.
    There(&'a Value),
    /// No entry has this key id.
    Gone(&'a str),
}

/// A change that was written.
pub(crate) struct Written {
    pub call: Call,
    pub answer: Answer,
}

fn id(entry: &Value) -> &str {
    entry["keyId"].as_str().unwrap_or_default()
}

fn is(entry: &Value, key: &str) -> bool {
    id(entry).eq_ignore_ascii_case(key)
}

impl Wanted<'_> {
    fn key(&self) -> &str {
        match self {
            Self::There(entry) => id(entry),
            Self::Gone(key) => key,
        }
    }

    fn holds(&self, list: &[Value]) -> bool {
        list.iter().any(|entry| is(entry, self.key())) == matches!(self, Self::There(_))
    }

    /// What is sent: entries that are there already are named with `key: null`, as Graph wants it.
    fn body(&self, list: &[Value]) -> Value {
        let mut all: Vec<Value> = list
            .iter()
            .filter(|entry| !is(entry, self.key()))
            .map(|entry| {
                let mut kept = entry.clone();
                kept["key"] = Value::Null;
                kept
            })
            .collect();
        if let Self::There(entry) = self {
            all.push((*entry).clone());
        }
        json!({ "keyCredentials": all })
    }

    /// The first entry of somebody else that is missing afterwards, or is not what it was.
    fn lost<'l>(&self, before: &'l [Value], after: &[Value]) -> Option<&'l Value> {
        before.iter().filter(|entry| !is(entry, self.key())).find(|entry| !after.contains(entry))
    }
}

/// Everything that stands there, as Graph tells it, the key bytes included.
pub(crate) async fn read(graph: &Graph, object: &str) -> Result<Vec<Value>, GraphError> {
    let answer = graph.call(&Call::get(format!("/applications/{object}?$select=id,keyCredentials"))).await?;
    let mut body = answer.body.unwrap_or_default();
    Ok(body["keyCredentials"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

/// Makes the one change. `None` when it was true already. `may_come` says whether a refusal can only mean "not yet".
///
/// # Errors
/// [`Code::CredentialsChanged`] when others change the collection all the time, or something of theirs is missing
/// afterwards; otherwise what Graph says.
pub(crate) async fn change(
    room: &Room,
    graph: &Graph,
    object: &str,
    wanted: &Wanted<'_>,
    may_come: &(dyn Fn(&GraphError) -> bool + Send + Sync),
) -> Result<Option<Written>, Trouble> {
    let mut pause = Pause::default();
    loop {
        match attempt(room, graph, object, wanted).await {
            Ok(written) => return Ok(written),
            Err(Attempt::Moved) => {
                let Some(duration) = pause.next() else { return Err(changed("")) };
                room.clock.sleep(duration).await;
            }
            Err(Attempt::Refused(error)) if error.effect_unknown() || may_come(&error) => {
                let Some(duration) = pause.next() else { return Err((*error).into()) };
                room.clock.sleep(duration).await;
            }
            Err(Attempt::Refused(error)) => return Err((*error).into()),
            Err(Attempt::Trouble(trouble)) => return Err(*trouble),
        }
    }
}

enum Attempt {
    /// Two readings did not agree.
    Moved,
    Refused(Box<GraphError>),
    Trouble(Box<Trouble>),
}

impl From<GraphError> for Attempt {
    fn from(error: GraphError) -> Self {
        Self::Refused(Box::new(error))
    }
}

async fn attempt(
    room: &Room,
    graph: &Graph,
    object: &str,
    wanted: &Wanted<'_>,
) -> Result<Option<Written>, Attempt> {
    let first = read(graph, object).await?;
    crash::place("certificate.read");
    let before = read(graph, object).await?;
    if first != before {
        return Err(Attempt::Moved);
    }
    if wanted.holds(&before) {
        return Ok(None);
    }
    let call = Call::patch(format!("/applications/{object}"), wanted.body(&before));
    let answer = graph.call(&call).await?;
    crash::place("certificate.answered");
    read_back(room, graph, object, wanted, &before)
        .await
        .map_err(|trouble| Attempt::Trouble(Box::new(trouble)))?;
    Ok(Some(Written { call, answer }))
}

/// A replica can show the state before for a while, so a difference counts only when it stays.
async fn read_back(
    room: &Room,
    graph: &Graph,
    object: &str,
    wanted: &Wanted<'_>,
    before: &[Value],
) -> Result<(), Trouble> {
    let mut pause = Pause::default();
    loop {
        let lost = match read(graph, object).await {
            Ok(after) if wanted.holds(&after) => match wanted.lost(before, &after) {
                None => return Ok(()),
                Some(entry) => id(entry).to_owned(),
            },
            Ok(_) => String::new(),
            Err(error) if matches!(error.kind, GraphFault::NotFound) || error.effect_unknown() => {
                String::new()
            }
            Err(error) => return Err(error.into()),
        };
        match pause.next() {
            Some(duration) => room.clock.sleep(duration).await,
            // What is merely not seen yet is looked for by whoever asked.
            None if lost.is_empty() => return Ok(()),
            None => return Err(changed(&lost)),
        }
    }
}

fn changed(key: &str) -> Trouble {
    Trouble::new(Code::CredentialsChanged).with("key", key).in_field("keyCredentials")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str) -> Value {
        json!({ "keyId": key, "key": "AAAA", "usage": "Verify", "startDateTime": "2026-11-21T09:00:00Z",
            "somethingNew": [1, 2] })
    }

    #[test]
    fn everything_of_others_is_sent_back_as_it_was_told_but_for_the_key() {
        let ours = entry("ours");
        let body = Wanted::There(&ours).body(&[entry("a"), entry("b")]);
        let mut kept = entry("a");
        kept["key"] = Value::Null;
        assert_eq!(body["keyCredentials"][0], kept);
        assert_eq!(body["keyCredentials"][2], ours);
        let body = Wanted::Gone("OURS").body(&[entry("a"), entry("ours")]);
        assert_eq!(body["keyCredentials"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn what_is_missing_or_different_afterwards_is_named() {
        let ours = entry("ours");
        let wanted = Wanted::There(&ours);
        let before = [entry("a"), entry("b")];
        assert_eq!(wanted.lost(&before, &[entry("b"), entry("a"), ours.clone()]), None);
        assert_eq!(wanted.lost(&before, &[entry("a"), ours.clone()]), Some(&before[1]));
        let mut other = entry("b");
        other["displayName"] = json!("renamed");
        assert_eq!(wanted.lost(&before, &[entry("a"), other]), Some(&before[1]));
    }

    #[test]
    fn an_entry_is_known_by_its_key_id_in_any_spelling() {
        let ours = entry("AB");
        assert!(Wanted::There(&ours).holds(&[entry("ab")]));
        assert!(!Wanted::Gone("ab").holds(&[entry("AB")]));
        assert!(Wanted::Gone("ab").holds(&[entry("c")]));
    }
}
