//! `$batch`: up to twenty requests in one, each answered by itself, in an order of the service's choosing.
//!
//! The envelope only; every item goes the way of a single request (page "JSON batching").

use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::route::{self, Route};
use super::{Caller, GraphAnswer, GraphRequest};
use crate::world::{World, list};

const LIMIT: usize = 20;

/// What becomes of one item, as somebody outside of the directory decides it.
pub(crate) struct ItemFate {
    /// Whether the directory carries it out.
    pub applied: bool,
    /// What the batch's answer says of it.
    pub told: Told,
    /// Whether the batch breaks off here: no later item is carried out.
    pub last: bool,
}

/// What the answer of a batch says of an item.
pub(crate) enum Told {
    /// What the directory answered.
    ItsOwn,
    /// This.
    Instead(GraphAnswer),
    /// Nothing: the item is missing.
    Nothing,
}

impl ItemFate {
    /// As ever.
    pub fn usual() -> ItemFate {
        ItemFate { applied: true, told: Told::ItsOwn, last: false }
    }
}

/// Decides what becomes of an item, just before it would be carried out.
pub(crate) type Fates<'a> = &'a mut dyn FnMut(&Value) -> ItemFate;

pub(crate) fn answer(
    world: &mut World,
    request: &GraphRequest,
    caller: &Caller,
    route: &Route,
    fates: Fates<'_>,
) -> Result<GraphAnswer, Refusal> {
    if !request.method.eq_ignore_ascii_case("POST") {
        return Err(Refusal::method(&request.method));
    }
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.to_lowercase().starts_with("application/json"));
    let Some(items) = request.body.as_ref().and_then(|body| body["requests"].as_array()).filter(|_| is_json)
    else {
        return Err(Refusal::query("Invalid batch payload format."));
    };
    check(items)?;
    let (mut responses, mut succeeded) = (Vec::new(), Vec::new());
    for item in items {
        let id = &item["id"];
        if list(&item["dependsOn"]).any(|needed| !succeeded.contains(needed)) {
            let refusal = Refusal::new(424, "FailedDependency", "The dependent request failed.");
            responses.push(enveloped(id, refused(world, refusal)));
            continue;
        }
        let fate = fates(item);
        let own = fate.applied.then(|| one(world, request, caller, item, route.version));
        let told = match &fate.told {
            Told::Instead(answer) => Some(answer),
            Told::ItsOwn | Told::Nothing => own.as_ref(),
        };
        if told.is_some_and(|answer| answer.status < 400) {
            succeeded.push(id.clone());
        }
        match (fate.told, own) {
            (Told::Instead(answer), _) | (Told::ItsOwn, Some(answer)) => {
                responses.push(enveloped(id, answer))
            }
            (Told::Nothing, _) | (Told::ItsOwn, None) => {}
        }
        if fate.last {
            break;
        }
    }
    if world.settings.shuffle_batch {
        for place in (1..responses.len()).rev() {
            let other = (world.random.next() % (place as u64 + 1)) as usize;
            responses.swap(place, other);
        }
    }
    Ok(GraphAnswer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Some(json!({"responses": responses})),
    })
}

fn check(items: &[Value]) -> Result<(), Refusal> {
    let wrong = |message: String| Err(Refusal::query(message));
    if items.is_empty() {
        return wrong("Invalid batch payload: no requests.".to_owned());
    }
    if items.len() > LIMIT {
        return wrong(format!("Number of batch request steps exceeds the maximum value of {LIMIT}."));
    }
    for (place, item) in items.iter().enumerate() {
        let Some(id) = item["id"].as_str().filter(|id| !id.is_empty()) else {
            return wrong("Invalid batch request: each request needs an id.".to_owned());
        };
        if item["method"].as_str().is_none() || item["url"].as_str().is_none() {
            return wrong(format!("Invalid batch request {id}: method and url are needed."));
        }
        let earlier = |name: &str| items[..place].iter().any(|other| other["id"] == name);
        if earlier(id) {
            return wrong(format!("Request Id : {id} has to be unique in a batch."));
        }
        if list(&item["dependsOn"]).any(|other| !other.as_str().is_some_and(earlier)) {
            return wrong(format!(
                "Invalid dependency: request {id} depends on a request that does not come before it."
            ));
        }
    }
    Ok(())
}

/// Relative addresses as documented, and absolute ones with host and version, which one client sends.
fn one(world: &mut World, outer: &GraphRequest, caller: &Caller, item: &Value, version: &str) -> GraphAnswer {
    let url = item["url"].as_str().unwrap_or_default();
    let local = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url,
    };
    let local = local.trim_start_matches('/');
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    let lower = path.to_lowercase();
    let path = if lower.starts_with("v1.0/") || lower.starts_with("beta/") {
        format!("/{path}")
    } else {
        format!("/{version}/{path}")
    };
    let headers = item["headers"].as_object().into_iter().flatten();
    let request = GraphRequest {
        method: item["method"].as_str().unwrap_or_default().to_uppercase(),
        path,
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: headers
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        body: item.get("body").filter(|body| !body.is_null()).cloned(),
        origin: outer.origin.clone(),
    };
    match route::read(&request.path) {
        Ok(route) if route.is_batch() => {
            refused(world, Refusal::query("A batch inside a batch is not supported."))
        }
        Ok(route) => {
            super::single(world, &request, caller, &route).unwrap_or_else(|refusal| refused(world, refusal))
        }
        Err(refusal) => refused(world, refusal),
    }
}

fn refused(world: &mut World, refusal: Refusal) -> GraphAnswer {
    let request_id = world.random.guid();
    refusal.answer(world.now, &request_id, &request_id)
}

fn enveloped(id: &Value, answer: GraphAnswer) -> Value {
    let mut headers = Map::new();
    for (name, value) in answer.headers {
        let name = match name.as_str() {
            "content-type" => "Content-Type".to_owned(),
            "location" => "Location".to_owned(),
            "odata-version" => "OData-Version".to_owned(),
            _ => name,
        };
        headers.insert(name, json!(value));
    }
    let mut response = json!({"id": id, "status": answer.status, "headers": headers});
    if let Some(body) = answer.body {
        response["body"] = body;
    }
    response
}
