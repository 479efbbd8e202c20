//! Faults that strike single items of a `$batch`: in the item's own answer, while the batch answers 200 as ever, or in the
//! whole answer once the item was reached.
//!
//! What depends on an item that was not told to have succeeded answers 424, as Microsoft documents for `dependsOn`. Where
//! the connection breaks at an item, the items after it are never carried out, so that each beginning of a batch can be all
//! that took effect.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Value};

use crate::exchange::Fate;
use crate::faults::{Action, Sight};
use crate::gate;
use crate::graph::{self, Caller, GraphAnswer, GraphRequest, ItemFate, Told};
use crate::rehearsal::{Rehearsal, held};
use crate::world::World;

/// The answer to a batch, and what becomes of it on its way out.
pub(crate) fn answer(
    rehearsal: &Rehearsal,
    world: &mut World,
    request: &GraphRequest,
    caller: &Caller,
) -> (GraphAnswer, Fate) {
    let (mut fate, mut reversed) = (Fate::Whole, false);
    let mut asked = Vec::new();
    let mut answer = graph::answer_fated(world, request, caller, &mut |item| {
        asked.push(item["id"].clone());
        let Some(action) = strike(rehearsal, item) else { return ItemFate::usual() };
        reversed |= action == Action::Reverse {};
        fate = fate_of_all(&action).unwrap_or(fate);
        fate_of_one(rehearsal, action)
    });
    if reversed
        && let Some(responses) = answer.body.as_mut().and_then(|body| body["responses"].as_array_mut())
    {
        let place = |response: &Value| asked.iter().position(|id| *id == response["id"]);
        responses.sort_by_key(|response| std::cmp::Reverse(place(response)));
    }
    (answer, fate)
}

/// What the whole answer suffers where one item is struck; nothing for faults of the item alone.
fn fate_of_all(action: &Action) -> Option<Fate> {
    match action {
        Action::Drop {} | Action::ApplyThenDrop {} => Some(Fate::Dropped),
        Action::ApplyThenReset {} => Some(Fate::Reset),
        Action::ApplyThenHang {} => Some(Fate::Hung),
        Action::CutBody { bytes } => Some(Fate::CutAfter(*bytes)),
        Action::Trickle { milliseconds } => Some(Fate::Trickled(*milliseconds)),
        _ => None,
    }
}

fn fate_of_one(rehearsal: &Rehearsal, action: Action) -> ItemFate {
    let instead =
        |applied: bool, answer: GraphAnswer| ItemFate { applied, told: Told::Instead(answer), last: false };
    match action {
        Action::RetryAfter { status, seconds } => {
            let mut answer = made_up(rehearsal, status, None);
            answer.headers.push(("Retry-After".to_owned(), seconds.to_string()));
            instead(false, answer)
        }
        Action::Answer { status, body, headers } => {
            instead(false, dressed(made_up(rehearsal, status, body), &headers))
        }
        Action::ApplyThenAnswer { status, body } => instead(true, made_up(rehearsal, status, body)),
        Action::Raw { status, content_type, text, times, headers, applied } => {
            let text = text.repeat(usize::try_from(times).unwrap_or(1));
            instead(applied, dressed(verbatim(status, &content_type, text), &headers))
        }
        Action::LeaveOut { applied } => ItemFate { applied, told: Told::Nothing, last: false },
        Action::Drop {} => ItemFate { applied: false, last: true, ..ItemFate::usual() },
        Action::ApplyThenDrop {} | Action::ApplyThenReset {} | Action::ApplyThenHang {} => {
            ItemFate { last: true, ..ItemFate::usual() }
        }
        Action::CutBody { .. } | Action::Trickle { .. } | Action::Delay { .. } | Action::Reverse {} => {
            ItemFate::usual()
        }
    }
}

fn strike(rehearsal: &Rehearsal, item: &Value) -> Option<Action> {
    let url = item["url"].as_str().unwrap_or_default();
    let path = match url.find("/v1.0/") {
        Some(at) => url[at..].to_owned(),
        None => format!("/v1.0/{}", url.trim_start_matches('/')),
    };
    held(&rehearsal.armed).strike(&Sight {
        method: item["method"].as_str().unwrap_or_default(),
        path_and_query: &path,
        grant_type: None,
        inside_batch: true,
    })
}

fn made_up(rehearsal: &Rehearsal, status: u16, body: Option<Value>) -> GraphAnswer {
    let body = body.or_else(|| {
        let (code, message) = gate::words_for(status);
        (status != 204).then(|| gate::error_body(rehearsal, None, code, message))
    });
    GraphAnswer { status, headers: vec![("Content-Type".to_owned(), "application/json".to_owned())], body }
}

/// A body that is JSON stands in the batch as it is, any other as text in base64 (page "JSON batching"); JSON that is
/// broken stands there as a bare text.
fn verbatim(status: u16, content_type: &str, text: String) -> GraphAnswer {
    let body = if content_type.contains("json") {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    } else {
        Value::String(URL_SAFE.encode(text))
    };
    let headers = match content_type {
        "" => Vec::new(),
        told => vec![("Content-Type".to_owned(), told.to_owned())],
    };
    GraphAnswer { status, headers, body: Some(body) }
}

fn dressed(mut answer: GraphAnswer, headers: &Map<String, Value>) -> GraphAnswer {
    answer.headers.extend(headers.iter().map(|(name, value)| {
        (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }));
    answer
}
