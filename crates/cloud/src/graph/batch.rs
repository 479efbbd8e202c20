//! Several calls in one request (Graph page "JSON batching"): at most 20 a piece, answers in any order.
//! A call that was turned away is sent again in the next piece; one whose answer was lost is told as lost.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::call::{Answer, Call, Method};
use super::fault::{Context, GraphError, GraphFault, of_item};
use super::model::text_or_number;
use super::retry::{Next, Patience};
use super::{Graph, NOT_A_PATH, Reply, Request, permitted};
use crate::text::scrub;

const MOST_IN_A_PIECE: usize = 20;

type Outcome = Result<Answer, GraphError>;

#[derive(Serialize)]
struct Piece<'a> {
    requests: Vec<Item<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    id: String,
    method: Method,
    url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

#[derive(Deserialize)]
struct Responses {
    responses: Vec<Response>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(deserialize_with = "text_or_number")]
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    body: Value,
}

/// What is known about each call of a batch.
struct Progress {
    outcomes: Vec<Option<Outcome>>,
    patience: Vec<Patience>,
}

impl Graph {
    /// Sends the calls in pieces of at most 20 and answers in their order. A call may depend on earlier ones; when one
    /// of those fails, it is not made and ends with [`GraphFault::DependencyFailed`].
    ///
    /// # Errors
    /// The outer error means that no call was answered at all; trouble of a single call stands in its place.
    pub async fn batch(&self, calls: Vec<Call>) -> Result<Vec<Outcome>, GraphError> {
        let addresses = self.addresses(&calls)?;
        let mut progress = Progress {
            outcomes: calls.iter().map(|_| None).collect(),
            patience: calls.iter().map(|_| Patience::default()).collect(),
        };
        for call in &calls {
            self.counter.count(call.method, 1);
        }
        let mut answered = false;
        loop {
            progress.settle_hopeless(&calls);
            let piece = progress.next_piece(&calls);
            if piece.is_empty() {
                let outcomes = progress.into_outcomes(&calls);
                outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).for_each(|error| {
                    self.remember_challenge(error);
                });
                return Ok(outcomes);
            }
            match self.send_piece(&calls, &addresses, &piece, &progress).await {
                Err(error) if !answered => return Err(error),
                Err(error) => progress.fail(&calls, &piece, &error),
                Ok(reply) => {
                    answered = true;
                    if let Some(pause) = progress.take_in(&calls, &piece, &reply) {
                        self.wire.clock().sleep(pause).await;
                    }
                }
            }
        }
    }

    fn addresses(&self, calls: &[Call]) -> Result<Vec<Url>, GraphError> {
        let check = |(place, call): (usize, &Call)| {
            call.refuse_shown_once()?;
            if call.depends_on.iter().any(|earlier| *earlier >= place) {
                return Err(
                    call.fault(GraphFault::Other, "a call of a batch can depend on earlier calls only")
                );
            }
            let address =
                self.address(&call.path).ok_or_else(|| call.fault(GraphFault::ForeignLink, NOT_A_PATH))?;
            permitted::check(self.permitted, call, &address)?;
            Ok(address)
        };
        calls.iter().enumerate().map(check).collect()
    }

    async fn send_piece(
        &self,
        calls: &[Call],
        addresses: &[Url],
        piece: &[usize],
        progress: &Progress,
    ) -> Result<Reply, GraphError> {
        let items = piece.iter().filter_map(|place| {
            let (call, address) = (calls.get(*place)?, addresses.get(*place)?);
            let mut headers: BTreeMap<&str, &str> =
                call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            if call.body.is_some() {
                headers.insert("Content-Type", "application/json");
            }
            let waits_for = call.depends_on.iter().filter(|earlier| !progress.is_done(**earlier));
            Some(Item {
                id: name(*place),
                method: call.method,
                url: relative(address),
                headers,
                body: call.body.as_ref(),
                depends_on: waits_for.map(|earlier| name(*earlier)).collect(),
            })
        });
        let body = serde_json::to_vec(&Piece { requests: items.collect() });
        let whole = Call::post("/$batch", Value::Null);
        let request = Request {
            method: Method::Post,
            address: self
                .address("/$batch")
                .ok_or_else(|| whole.fault(GraphFault::ForeignLink, NOT_A_PATH))?,
            headers: Vec::new(),
            body: Some(body.map_err(|_| whole.fault(GraphFault::Other, "the body is no JSON"))?),
            harmless: piece
                .iter()
                .all(|place| calls.get(*place).is_some_and(|call| call.method == Method::Get)),
            secret: false,
        };
        self.exchange(request).await
    }
}

impl Progress {
    fn is_done(&self, place: usize) -> bool {
        matches!(self.outcomes.get(place), Some(Some(Ok(_))))
    }

    fn is_open(&self, place: usize) -> bool {
        matches!(self.outcomes.get(place), Some(None))
    }

    /// Gives up calls that depend on a failed one. Dependencies point backwards, so one pass settles chains too.
    fn settle_hopeless(&mut self, calls: &[Call]) {
        for (place, call) in calls.iter().enumerate() {
            let hopeless = call
                .depends_on
                .iter()
                .any(|earlier| matches!(self.outcomes.get(*earlier), Some(Some(Err(_)))));
            if hopeless && self.is_open(place) {
                let error = call.fault(
                    GraphFault::DependencyFailed,
                    "a call that this one depends on failed; it was not made",
                );
                self.settle(place, Err(GraphError { status: Some(424), ..error }));
            }
        }
    }

    /// The next open calls whose dependencies are done or in the same piece.
    fn next_piece(&self, calls: &[Call]) -> Vec<usize> {
        let mut piece: Vec<usize> = Vec::new();
        for (place, call) in calls.iter().enumerate() {
            let ready =
                call.depends_on.iter().all(|earlier| self.is_done(*earlier) || piece.contains(earlier));
            if piece.len() < MOST_IN_A_PIECE && ready && self.is_open(place) {
                piece.push(place);
            }
        }
        piece
    }

    /// The whole piece got no answer: each of its calls is told so in its own name.
    fn fail(&mut self, calls: &[Call], piece: &[usize], error: &GraphError) {
        for place in piece {
            if let Some(call) = calls.get(*place) {
                let own = call.fault(error.kind, &error.message);
                self.settle(*place, Err(GraphError { method: own.method, path: own.path, ..error.clone() }));
            }
        }
    }

    /// Takes the answers of a piece in; says how long to wait when some calls are to be sent again.
    fn take_in(&mut self, calls: &[Call], piece: &[usize], reply: &Reply) -> Option<Duration> {
        let read = match reply.typed::<Responses>() {
            Ok(read) => read,
            Err(error) => {
                self.fail(calls, piece, &error);
                return None;
            }
        };
        let mut pause = None;
        for place in piece {
            let Some(call) = calls.get(*place) else { continue };
            let context = Context {
                method: call.method,
                path: call.fault(GraphFault::Other, "").path,
                ..reply.context.clone()
            };
            let Some(response) = read.responses.iter().find(|response| response.id == name(*place)) else {
                let lost = context.error(GraphFault::AnswerLost, "the batch's answer leaves this call out");
                self.settle(*place, Err(lost));
                continue;
            };
            match sort(&context, response, reply) {
                Ok(answer) => self.settle(*place, Ok(answer)),
                Err(error) if error.status == Some(424) && self.waits_for_open(call) => {}
                Err(error) => match self.again(*place, &error, call.method == Method::Get) {
                    Next::Wait(told) => pause = Some(pause.unwrap_or(Duration::ZERO).max(told)),
                    Next::Stop => self.settle(*place, Err(error)),
                },
            }
        }
        pause
    }

    fn waits_for_open(&self, call: &Call) -> bool {
        call.depends_on.iter().any(|earlier| self.is_open(*earlier))
    }

    fn again(&mut self, place: usize, error: &GraphError, harmless: bool) -> Next {
        self.patience.get_mut(place).map_or(Next::Stop, |patience| patience.after(error, harmless))
    }

    fn settle(&mut self, place: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.get_mut(place) {
            *slot = Some(outcome);
        }
    }

    fn into_outcomes(self, calls: &[Call]) -> Vec<Outcome> {
        let not_made = |call: &Call| Err(call.fault(GraphFault::Other, "this call was not made"));
        self.outcomes
            .into_iter()
            .zip(calls)
            .map(|(outcome, call)| outcome.unwrap_or_else(|| not_made(call)))
            .collect()
    }
}

fn sort(context: &Context, response: &Response, reply: &Reply) -> Outcome {
    let headers: Vec<(String, String)> = response
        .headers
        .iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    if !(200..300).contains(&response.status) {
        return Err(of_item(context, response.status, &headers, &response.body));
    }
    // JSON stands in a batch as it is; a bare text is what something in between made of an answer.
    if response.body.is_string() {
        let unread = context.error(GraphFault::NotJson, "the answer to this call of the batch is not JSON");
        return Err(GraphError { status: Some(response.status), ..unread });
    }
    let header = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| scrub(value))
    };
    Ok(Answer {
        status: response.status,
        body: Some(response.body.clone()).filter(|body| !body.is_null()),
        request_id: header("request-id").or_else(|| reply.incoming.header("request-id").map(scrub)),
        client_request_id: context.client_request_id.clone(),
        location: header("location"),
        at: context.at,
    })
}

fn name(place: usize) -> String {
    (place + 1).to_string()
}

fn relative(address: &Url) -> String {
    let path = address.path().strip_prefix("/v1.0").unwrap_or(address.path());
    address.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}
