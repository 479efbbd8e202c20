//! Graph itself: everything under `/v1.0` and `/beta`, from a parsed request to an answer.
//!
//! Pure and synchronous. It refuses what the real service refuses; who the caller is was decided before.

mod access;
mod applications;
mod assignments;
mod audiences;
mod batch;
mod bodies;
mod conditional_access;
mod consents;
mod credentials;
mod deleted;
mod dispatch;
mod filter;
mod filter_words;
mod groups;
mod listing;
mod mail;
mod meetings;
mod objects;
mod operations;
mod organization;
mod owners;
mod policies;
mod presence;
mod principals;
mod query;
mod refusal;
mod route;
mod shapes;
mod site;
mod teams;
#[cfg(test)]
mod tests;
mod users;

use serde_json::Value;

use crate::world::World;
pub(crate) use batch::{ItemFate, Told};
use refusal::Refusal;
use site::Site;

/// A request as Graph sees it.
#[derive(Clone, Debug)]
pub struct GraphRequest {
    /// HTTP method in capitals.
    pub method: String,
    /// From `/v1.0` or `/beta` on, percent-encoded as sent, without the query.
    pub path: String,
    /// Query options, decoded.
    pub query: Vec<(String, String)>,
    /// Headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<Value>,
    /// Scheme, host and port that the client used, for links in the answer.
    pub origin: String,
}

impl GraphRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An answer of Graph.
#[derive(Clone, Debug)]
pub struct GraphAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers that Graph itself sets.
    pub headers: Vec<(String, String)>,
    /// JSON, or a bare string for `text/plain`.
    pub body: Option<Value>,
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Caller {
    /// A person or an application.
    pub kind: CallerKind,
}

/// The two kinds of callers and what their token says.
#[derive(Clone, Debug)]
pub enum CallerKind {
    /// A person through a client.
    User {
        /// Object id of the person.
        object_id: String,
        /// Template ids of the active directory roles (`wids`).
        roles: Vec<String>,
        /// Delegated permissions (`scp`).
        scopes: Vec<String>,
    },
    /// An application by itself.
    Application {
        /// Client id.
        app_id: String,
        /// Object id of its service principal.
        service_principal_id: String,
        /// Values of its application roles (`roles`).
        roles: Vec<String>,
    },
}

/// Answers one request, `$batch` included.
pub fn answer(world: &mut World, request: &GraphRequest, caller: &Caller) -> GraphAnswer {
    answer_fated(world, request, caller, &mut |_| ItemFate::usual())
}

/// The same, with a word about each item of a `$batch`.
pub(crate) fn answer_fated(
    world: &mut World,
    request: &GraphRequest,
    caller: &Caller,
    fates: batch::Fates<'_>,
) -> GraphAnswer {
    let request_id = world.random.guid();
    let client_request_id = request.header("client-request-id").unwrap_or(&request_id).to_owned();
    let mut answer = match route::read(&request.path) {
        Ok(route) if route.is_batch() => batch::answer(world, request, caller, &route, fates),
        Ok(route) => single(world, request, caller, &route),
        Err(refusal) => Err(refusal),
    }
    .unwrap_or_else(|refusal| refusal.answer(world.now, &request_id, &client_request_id));
    answer.headers.push(("request-id".to_owned(), request_id));
    answer.headers.push(("client-request-id".to_owned(), client_request_id));
    answer
}

/// Answers one request that is not a `$batch`.
fn single(
    world: &mut World,
    request: &GraphRequest,
    caller: &Caller,
    route: &route::Route,
) -> Result<GraphAnswer, Refusal> {
    world.choose_replica();
    if request.method.eq_ignore_ascii_case("GET") {
        world.counters.reads += 1;
    } else {
        world.counters.writes += 1;
    }
    let matched = operations::find(&request.method, route)?;
    let options = query::read(request, matched.operation)?;
    access::check(world, matched.operation, caller)?;
    bodies::check(request, &matched)?;
    let mut site =
        Site { world, request, caller, version: route.version, options, operation: matched.operation };
    dispatch::dispatch(&mut site, &matched)
}
