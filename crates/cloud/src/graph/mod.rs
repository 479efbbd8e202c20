//! Microsoft Graph v1.0: single calls, batches, pages, and the secret that is shown once.
//!
//! Each request carries a client-request-id. Throttling is waited out; "not there yet" is not decided here. A change
//! whose answer was lost is told as lost and never sent again.

mod batch;
mod call;
mod fault;
pub mod model;
mod paging;
mod password;
mod permitted;
mod retry;
mod tally;

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

pub use call::{Answer, Call, Method, literal};
pub use fault::{GraphError, GraphFault};
pub use paging::NO_CAP;
pub use permitted::Permitted;
pub use tally::Tally;

use crate::signin::application::ApplicationToken;
use crate::signin::{Session, SignInError};
use crate::wire::{Incoming, Outgoing, Wire};
use fault::Context;
use retry::{Next, Patience};
use tally::Counter;

/// A signed-in way to Graph. Clones share the session and the tally.
#[derive(Clone)]
pub struct Graph {
    wire: Wire,
    caller: Caller,
    counter: Arc<Counter>,
    challenge: Arc<std::sync::Mutex<Option<String>>>,
    permitted: Option<&'static [Permitted]>,
}

#[derive(Clone)]
enum Caller {
    Person(Arc<Mutex<Session>>),
    Application(Arc<ApplicationToken>),
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("wire", &self.wire).finish_non_exhaustive()
    }
}

/// What one request to Graph looks like inside this room.
pub(crate) struct Request {
    pub method: Method,
    pub address: Url,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Whether repeating it can change nothing: a read, or a batch of reads.
    pub harmless: bool,
    /// Whether its answer holds a secret; it is then not asked for compressed.
    pub secret: bool,
}

/// One answer, not yet read.
pub(crate) struct Reply {
    pub incoming: Incoming,
    pub context: Context,
}

impl Graph {
    /// As the person of `session`, whose token is renewed when it is about to end.
    pub fn new(wire: Wire, session: Arc<Mutex<Session>>) -> Graph {
        Graph::of(wire, Caller::Person(session))
    }

    /// As the application itself.
    pub fn as_application(wire: Wire, token: ApplicationToken) -> Graph {
        Graph::of(wire, Caller::Application(Arc::new(token)))
    }

    fn of(wire: Wire, caller: Caller) -> Graph {
        Graph { wire, caller, counter: Arc::default(), challenge: Arc::default(), permitted: None }
    }

    /// The same way in for one piece of work: every call outside this list is refused and never sent.
    #[must_use]
    pub fn limited_to(mut self, permitted: &'static [Permitted]) -> Graph {
        self.permitted = Some(permitted);
        self
    }

    /// The same way in, counted together with `other`.
    #[must_use]
    pub fn counted_with(mut self, other: &Graph) -> Graph {
        self.counter = Arc::clone(&other.counter);
        self
    }

    /// `GET /v1.0{path}`.
    ///
    /// # Errors
    /// A [`GraphError`] for every answer outside 2xx.
    pub async fn get(&self, path: &str) -> Result<Answer, GraphError> {
        self.call(&Call::get(path)).await
    }

    /// `POST /v1.0{path}` with a JSON body.
    ///
    /// # Errors
    /// As [`Graph::get`]; [`GraphFault::AnswerLost`] means that the change may have happened.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, GraphError> {
        self.call(&Call::post(path, body.clone())).await
    }

    /// `PATCH /v1.0{path}` with a JSON body and, if wanted, a `Prefer` header such as `create-if-missing`.
    ///
    /// # Errors
    /// As [`Graph::post`].
    pub async fn patch(&self, path: &str, body: &Value, prefer: Option<&str>) -> Result<Answer, GraphError> {
        let mut call = Call::patch(path, body.clone());
        call.headers.extend(prefer.map(|value| ("Prefer".to_owned(), value.to_owned())));
        self.call(&call).await
    }

    /// `DELETE /v1.0{path}`.
    ///
    /// # Errors
    /// As [`Graph::post`].
    pub async fn delete(&self, path: &str) -> Result<Answer, GraphError> {
        self.call(&Call::delete(path)).await
    }

    /// One call of any kind. `depends_on` has a meaning in batches only.
    ///
    /// # Errors
    /// As [`Graph::post`].
    pub async fn call(&self, call: &Call) -> Result<Answer, GraphError> {
        let request = self.request(call)?;
        self.counter.count(call.method, 1);
        let reply = self.exchange(request).await?;
        call::answer(&reply)
    }

    /// How many requests went out so far, and how many calls in them read or changed something.
    pub fn tally(&self) -> Tally {
        self.counter.tally()
    }

    /// The claims of the last claims challenge, as JSON: signing in again has to answer them (Microsoft's page "Claims
    /// challenges").
    pub fn challenge(&self) -> Option<String> {
        self.challenge.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn remember_challenge(&self, error: &GraphError) {
        if let Some(claims) = &error.claims {
            let mut last = self.challenge.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *last = Some(claims.clone());
        }
    }

    /// The wire under this way in.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    fn request(&self, call: &Call) -> Result<Request, GraphError> {
        call.refuse_shown_once()?;
        let body = match &call.body {
            Some(body) => Some(
                serde_json::to_vec(body).map_err(|_| call.fault(GraphFault::Other, "the body is no JSON"))?,
            ),
            None => None,
        };
        let address =
            self.address(&call.path).ok_or_else(|| call.fault(GraphFault::ForeignLink, NOT_A_PATH))?;
        permitted::check(self.permitted, call, &address)?;
        let harmless = call.method == Method::Get;
        Ok(Request {
            method: call.method,
            address,
            headers: call.headers.clone(),
            body,
            harmless,
            secret: false,
        })
    }

    /// The address of a path below v1.0; `None` when the path leads anywhere else.
    pub(crate) fn address(&self, path: &str) -> Option<Url> {
        let base = crate::place::origin(&self.wire.place().graph);
        let address = Url::parse(&format!("{base}/{VERSION}{path}")).ok()?;
        let inside = path.starts_with('/')
            && crate::place::same_origin(&address, &self.wire.place().graph)
            && crate::place::plain(&address)
            && address.path().starts_with("/v1.0/")
            && address.fragment().is_none();
        inside.then_some(address)
    }

    /// Sends a request, waits throttling out, and turns every answer outside 2xx into an error.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Reply, GraphError> {
        let mut patience = Patience::default();
        loop {
            match self.once(&request).await {
                Ok(reply) => return Ok(reply),
                Err(error) => match patience.after(&error, request.harmless) {
                    Next::Stop => {
                        self.remember_challenge(&error);
                        return Err(error);
                    }
                    Next::Wait(pause) => self.wire.clock().sleep(pause).await,
                },
            }
        }
    }

    async fn once(&self, request: &Request) -> Result<Reply, GraphError> {
        let context = Context {
            method: request.method,
            path: request.address.path().trim_start_matches("/v1.0").to_owned(),
            client_request_id: uuid::Uuid::new_v4().to_string(),
            at: self.wire.now(),
        };
        let token = self.token().await.map_err(|error| fault::without_session(&context, &error))?;
        let mut headers = request.headers.clone();
        headers.push(("client-request-id".to_owned(), context.client_request_id.clone()));
        if !request.secret {
            headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
        }
        self.counter.request();
        let outgoing = Outgoing {
            method: request.method.on_the_wire(),
            address: request.address.clone(),
            headers,
            bearer: Some(&token),
            body: request.body.clone().map(|body| ("application/json", Zeroizing::new(body))),
        };
        let sent = self.wire.send(outgoing).await;
        let context = Context { at: self.wire.now(), ..context };
        let incoming = sent.map_err(|error| fault::of_wire(&context, &error))?;
        if (200..300).contains(&incoming.status) {
            return Ok(Reply { incoming, context });
        }
        Err(fault::of_answer(&context, &incoming))
    }

    async fn token(&self) -> Result<SecretString, SignInError> {
        match &self.caller {
            Caller::Person(session) => session.lock().await.token(&self.wire).await,
            Caller::Application(token) if self.wire.now() >= token.expires_at => {
                Err(SignInError::SessionEnded)
            }
            Caller::Application(token) => Ok(token.access().clone()),
        }
    }
}

const VERSION: &str = "v1.0";
const NOT_A_PATH: &str = "the path does not lead into Graph v1.0; nothing was sent";
