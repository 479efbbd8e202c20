//! What goes wrong, and when: the faults file of a rehearsal tenant, documented in docs/rehearsal.md.
//!
//! A fault names the requests that it means, which of them it strikes (the n-th, and how many from there),
//! and what happens. The first fault that strikes wins; each counts what it means. For example:
//! `{"faults": [{"match": {"method": "POST", "path": "/v1.0/*"}, "nth": 2, "action": {"do": "apply-then-drop"}}]}`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::exchange::Request;

/// All faults of a tenant, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// In the order of the file; the first that strikes wins.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

impl Faults {
    /// Reads a faults file.
    pub fn read(text: &str) -> Result<Faults, FaultsError> {
        let faults: Faults = serde_json::from_str(text).map_err(|error| FaultsError {
            line: error.line(),
            column: error.column(),
            what: error.to_string(),
        })?;
        Ok(faults)
    }
}

/// Why a faults file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the faults file is refused at line {line}, column {column}: {what}")]
pub struct FaultsError {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    /// What the reader found.
    pub what: String,
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fault {
    /// Which requests are meant.
    #[serde(rename = "match")]
    pub matches: Match,
    /// The first meant request that is struck, counted from 1.
    pub nth: u64,
    /// How many are struck from there on; 0 is all.
    pub times: u64,
    /// What happens.
    pub action: Action,
}

/// A fault as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "match", default)]
    matches: Match,
    #[serde(default = "one")]
    nth: u64,
    #[serde(default = "one")]
    times: u64,
    action: Action,
}

/// An action that could not happen where it was laid would be counted as a strike and change nothing.
#[derive(Debug, thiserror::Error)]
enum Misplaced {
    #[error("this action is for an item of a batch: say `\"inside_batch\": true` in `match`")]
    OutsideBatch,
    #[error("this action is for a whole request: leave `inside_batch` out of `match`")]
    InsideBatch,
}

impl TryFrom<Written> for Fault {
    type Error = Misplaced;

    fn try_from(written: Written) -> Result<Fault, Misplaced> {
        let Written { matches, nth, times, action } = written;
        match (&action, matches.inside_batch) {
            (Action::LeaveOut { .. } | Action::Reverse {}, false) => Err(Misplaced::OutsideBatch),
            (Action::Delay { .. }, true) => Err(Misplaced::InsideBatch),
            _ => Ok(Fault { matches, nth, times, action }),
        }
    }
}

/// Which requests a fault means; what is left out matches everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// HTTP method in any case.
    #[serde(default)]
    pub method: Option<String>,
    /// The path with its query, in any case; `*` stands for any run of characters, `?` for one.
    #[serde(default)]
    pub path: Option<String>,
    /// The `grant_type` of a token request.
    #[serde(default)]
    pub grant_type: Option<String>,
    /// Strike the items inside a `$batch` (paths from `/v1.0` on) rather than whole requests.
    #[serde(default)]
    pub inside_batch: bool,
}

/// What happens to a struck request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Answer this instead; nothing is applied.
    Answer {
        /// HTTP status.
        status: u16,
        /// JSON body; without it, one that fits the status is made.
        #[serde(default)]
        body: Option<Value>,
        /// Further headers.
        #[serde(default)]
        headers: Map<String, Value>,
    },
    /// Answer with `Retry-After`; nothing is applied.
    RetryAfter {
        /// HTTP status, 429 by default.
        #[serde(default = "too_many")]
        status: u16,
        /// Value of the header.
        seconds: u64,
    },
    /// Break the connection before anything is applied.
    Drop {},
    /// Apply the request, then break the connection: the answer is lost.
    ApplyThenDrop {},
    /// Apply the request, then answer this instead.
    ApplyThenAnswer {
        /// HTTP status.
        status: u16,
        /// JSON body.
        #[serde(default)]
        body: Option<Value>,
    },
    /// Wait in real time, then answer as ever.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// Apply the request, then reset the connection (RST), where the system can be told to.
    ApplyThenReset {},
    /// Apply the request, then say nothing until the client goes away.
    ApplyThenHang {},
    /// Apply the request or not, then answer with this very text, as often as told, under any content type.
    Raw {
        /// HTTP status.
        status: u16,
        /// The content type, empty for none.
        #[serde(default)]
        content_type: String,
        /// The body, or a part of it that is repeated.
        #[serde(default)]
        text: String,
        /// How often the text stands in the body.
        #[serde(default = "one")]
        times: u64,
        /// Further headers.
        #[serde(default)]
        headers: Map<String, Value>,
        /// Whether the request is applied first.
        #[serde(default)]
        applied: bool,
    },
    /// Apply the request, then send the answer byte by byte with this pause before each.
    Trickle {
        /// The pause, in real time.
        milliseconds: u64,
    },
    /// Apply the request, send this many bytes of the answer, break the connection.
    CutBody {
        /// How many bytes of the body still arrive.
        bytes: usize,
    },
    /// An item of a batch: carry it out or not, and leave its answer out of the batch's.
    LeaveOut {
        /// Whether it is carried out.
        #[serde(default)]
        applied: bool,
    },
    /// An item of a batch: carry all out, and answer them in the reverse of the order asked.
    Reverse {},
}

fn one() -> u64 {
    1
}

fn too_many() -> u16 {
    429
}

/// Faults with the count of what they have seen.
pub(crate) struct Armed {
    faults: Vec<(Fault, u64)>,
    struck: u64,
}

/// The part of a request that faults look at.
pub(crate) struct Sight<'a> {
    pub method: &'a str,
    pub path_and_query: &'a str,
    pub grant_type: Option<&'a str>,
    pub inside_batch: bool,
}

impl Armed {
    pub fn new(faults: Faults) -> Armed {
        Armed { faults: faults.faults.into_iter().map(|fault| (fault, 0)).collect(), struck: 0 }
    }

    /// Counts the request on every fault that means it, and answers what strikes it.
    pub fn strike(&mut self, sight: &Sight<'_>) -> Option<Action> {
        let mut struck = None;
        for (fault, seen) in &mut self.faults {
            if !fault.matches.means(sight) {
                continue;
            }
            *seen += 1;
            let within =
                *seen >= fault.nth && (fault.times == 0 || *seen < fault.nth.saturating_add(fault.times));
            if within && struck.is_none() {
                struck = Some(fault.action.clone());
            }
        }
        self.struck += u64::from(struck.is_some());
        struck
    }

    /// How many requests were struck so far.
    pub fn struck(&self) -> u64 {
        self.struck
    }
}

impl Match {
    pub(crate) fn means(&self, sight: &Sight<'_>) -> bool {
        self.inside_batch == sight.inside_batch
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(sight.method))
            && self.path.as_deref().is_none_or(|path| {
                let (pattern, text) = (path.to_lowercase(), sight.path_and_query.to_lowercase());
                glob(pattern.as_bytes(), text.as_bytes())
                    || glob(pattern.as_bytes(), text.split('?').next().unwrap_or_default().as_bytes())
            })
            && self.grant_type.as_deref().is_none_or(|grant| sight.grant_type == Some(grant))
    }
}

/// The path and query of a request as faults see it.
pub(crate) fn path_and_query(request: &Request) -> String {
    if request.query.is_empty() {
        return request.path.clone();
    }
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}?{}", request.path, query.join("&"))
}

/// `*` any run, `?` one character; linear in practice, since it backtracks to the last star only.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut here, mut star, mut resume) = (0, 0, None, 0);
    while here < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some(at);
            resume = here;
            at += 1;
        } else if pattern.get(at).is_some_and(|wanted| *wanted == b'?' || *wanted == text[here]) {
            at += 1;
            here += 1;
        } else if let Some(back) = star {
            at = back + 1;
            resume += 1;
            here = resume;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sight<'a>(method: &'a str, path: &'a str) -> Sight<'a> {
        Sight { method, path_and_query: path, grant_type: None, inside_batch: false }
    }

    #[test]
    fn stars_match_runs_and_nothing_else_is_special() {
        assert!(glob(b"/v1.0/applications*", b"/v1.0/applications/1/addpassword"));
        assert!(glob(b"*/token", b"/x/oauth2/v2.0/token"));
        assert!(!glob(b"/v1.0/users", b"/v1.0/users/1"));
        assert!(!glob(b"/v1x0/users", b"/v1.0/users"));
        assert!(glob(b"**", b""));
    }

    #[test]
    fn the_nth_and_as_many_as_said_are_struck() {
        let text = r#"{"faults":[{"match":{"method":"post","path":"/v1.0/Applications"},"nth":2,"times":2,"action":{"do":"drop"}}]}"#;
        let mut armed = Armed::new(Faults::read(text).unwrap());
        assert!(armed.strike(&sight("GET", "/v1.0/applications")).is_none());
        let hits: Vec<bool> =
            (0..5).map(|_| armed.strike(&sight("POST", "/v1.0/applications?$top=1")).is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn an_unknown_word_is_refused_with_its_place() {
        let refused = Faults::read("{\"faults\":[\n{\"action\":{\"do\":\"explode\"}}]}").unwrap_err();
        assert_eq!(refused.line, 2);
        assert!(Faults::read(r#"{"fault":[]}"#).is_err());
    }

    #[test]
    fn what_could_not_happen_where_it_is_laid_is_refused() {
        let read = |inside: bool, action: serde_json::Value| {
            let fault = json!({"match": {"inside_batch": inside}, "action": action});
            Faults::read(&json!({"faults": [fault]}).to_string())
        };
        for action in [json!({"do": "leave-out"}), json!({"do": "reverse"})] {
            assert!(read(true, action.clone()).is_ok(), "{action}");
            assert!(read(false, action.clone()).unwrap_err().what.contains("inside_batch"), "{action}");
        }
        let delay = json!({"do": "delay", "milliseconds": 1});
        assert!(read(false, delay.clone()).is_ok());
        assert!(read(true, delay).unwrap_err().what.contains("inside_batch"));
    }

    #[test]
    fn zero_times_is_always() {
        let mut armed =
            Armed::new(Faults::read(r#"{"faults":[{"times":0,"action":{"do":"drop"}}]}"#).unwrap());
        assert!((0..3).all(|_| armed.strike(&sight("GET", "/")).is_some()));
    }
}
