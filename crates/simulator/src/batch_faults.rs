//! Faults that strike single items of a `$batch` while the batch itself answers 200.
//!
//! Struck items are taken out before the directory sees the batch, or replaced after it answered; what
//! depends on an item that did not succeed answers 424, as Microsoft documents for `dependsOn`.

use serde_json::{Value, json};

use crate::faults::{Action, Sight};
use crate::gate;
use crate::graph::{self, Caller, GraphAnswer, GraphRequest};
use crate::rehearsal::{Rehearsal, held};
use crate::world::World;

pub(crate) fn answer(
    rehearsal: &Rehearsal,
    world: &mut World,
    request: &GraphRequest,
    caller: &Caller,
) -> GraphAnswer {
    let Some(items) = request.body.as_ref().and_then(|body| body["requests"].as_array()).cloned() else {
        return graph::answer(world, request, caller);
    };
    let mut left = Vec::new();
    let mut instead: Vec<(Value, Value)> = Vec::new();
    let mut afterwards: Vec<(Value, Value)> = Vec::new();
    for item in items {
        let waits_for_struck = item["dependsOn"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|name| instead.iter().any(|(id, _)| id == name));
        if waits_for_struck {
            instead.push((item["id"].clone(), made_up(rehearsal, &item["id"], 424, None, None)));
            continue;
        }
        match strike(rehearsal, &item) {
            Some(Action::RetryAfter { status, seconds }) => {
                instead
                    .push((item["id"].clone(), made_up(rehearsal, &item["id"], status, None, Some(seconds))));
            }
            Some(Action::Answer { status, body, .. }) => {
                instead.push((item["id"].clone(), made_up(rehearsal, &item["id"], status, body, None)));
            }
            Some(Action::ApplyThenAnswer { status, body }) => {
                afterwards.push((item["id"].clone(), made_up(rehearsal, &item["id"], status, body, None)));
                left.push(item);
            }
            _ => left.push(item),
        }
    }
    let mut answer = if left.is_empty() {
        GraphAnswer { status: 200, headers: Vec::new(), body: Some(json!({"responses": []})) }
    } else {
        let mut rest = request.clone();
        rest.body = Some(json!({"requests": left}));
        graph::answer(world, &rest, caller)
    };
    if let Some(responses) = answer.body.as_mut().and_then(|body| body["responses"].as_array_mut()) {
        for (id, replaced) in afterwards {
            if let Some(response) = responses.iter_mut().find(|response| response["id"] == id) {
                *response = replaced;
            }
        }
        responses.extend(instead.into_iter().map(|(_, response)| response));
    }
    answer
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

fn made_up(
    rehearsal: &Rehearsal,
    id: &Value,
    status: u16,
    body: Option<Value>,
    retry_after: Option<u64>,
) -> Value {
    let body = body.unwrap_or_else(|| {
        let (code, message) = match status {
            424 => ("failedDependency", "Failed dependency."),
            other => gate::words_for(other),
        };
        gate::error_body(rehearsal, None, code, message)
    });
    let mut headers = json!({"Content-Type": "application/json"});
    if let Some(seconds) = retry_after {
        headers["Retry-After"] = json!(seconds.to_string());
    }
    json!({"id": id, "status": status, "headers": headers, "body": body})
}
