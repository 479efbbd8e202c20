//! The door of Graph: it reads the token, names the caller, throttles, and calls the directory.
//!
//! It decides who is asking, never what they may do: that is the directory's part.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::batch_faults;
use crate::exchange::{Fate, Reply, Request, as_json};
use crate::graph::{self, Caller, CallerKind, GraphAnswer, GraphRequest};
use crate::login::{contexts, resources};
use crate::rehearsal::{Rehearsal, held};

pub(crate) fn answer(rehearsal: &Rehearsal, request: &Request) -> Reply {
    if let Some(throttle) = rehearsal.settings.throttle
        && throttle.every > 0
        && (rehearsal.graph_requests.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(throttle.every)
    {
        let (code, message) = words_for(429);
        return Reply::json(429, &error_body(rehearsal, Some(request), code, message))
            .with("retry-after", &throttle.retry_after.to_string());
    }
    let caller = match caller(rehearsal, request) {
        Ok(caller) => caller,
        Err(Rejected(message)) => return unauthorized(rehearsal, request, message),
    };
    if let Some(context) = lacking(rehearsal, request) {
        return challenged(rehearsal, request, &context);
    }
    if let Some(refused) = unfit_body(rehearsal, request) {
        return refused;
    }
    let body = (!request.body.is_empty()).then(|| as_json(&request.body));
    let asked = GraphRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: request.headers.clone(),
        body,
        origin: request.origin.clone(),
    };
    let is_batch = request.segments().last().is_some_and(|segment| segment == "$batch");
    let mut world = rehearsal.world();
    let (answer, fate) = if is_batch {
        batch_faults::answer(rehearsal, &mut world, &asked, &caller)
    } else {
        (graph::answer(&mut world, &asked, &caller), Fate::Whole)
    };
    drop(world);
    Reply { fate, ..dressed(rehearsal, request, answer) }
}

/// `GET /subscriptions` and `GET /tenants` of Azure Resource Manager: the Azure CLI asks both at sign-in.
pub(crate) fn azure(rehearsal: &Rehearsal, request: &Request) -> Reply {
    if bearer(request).and_then(|token| rehearsal.key.open(token)).is_none() {
        let body = json!({"error": {"code": "AuthenticationFailed", "message": "Authentication failed. The 'Authorization' header is missing or invalid."}});
        return Reply::json(401, &body).with("www-authenticate", "Bearer");
    }
    let tenants = request.segments().first().is_some_and(|segment| segment == "tenants");
    let value = if tenants {
        json!([{"id": format!("/tenants/{}", rehearsal.tenant_id), "tenantId": rehearsal.tenant_id,
                "displayName": rehearsal.world().tenant.display_name, "defaultDomain": rehearsal.domain}])
    } else {
        json!([])
    };
    Reply::json(200, &json!({"value": value}))
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Why a token was not accepted, in the words of the real service.
struct Rejected(&'static str);

fn caller(rehearsal: &Rehearsal, request: &Request) -> Result<Caller, Rejected> {
    let token =
        bearer(request).filter(|token| !token.is_empty()).ok_or(Rejected("Access token is empty."))?;
    if token.split('.').count() != 3 {
        return Err(Rejected("IDX14100: JWT is not well formed, there are no dots (.)."));
    }
    let claims = rehearsal.key.open(token).ok_or(Rejected("Signature verification failed."))?;
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    if claims["exp"].as_i64().unwrap_or(0) <= rehearsal.clock.now().unix_timestamp() {
        return Err(Rejected("Lifetime validation failed, the token is expired."));
    }
    if !resources::is_graph(rehearsal, &text("aud")) {
        return Err(Rejected("Access token validation failure. Invalid audience."));
    }
    if text("tid") != rehearsal.tenant_id {
        return Err(Rejected("Access token validation failure. The tenant of the token is not this one."));
    }
    let list = |name: &str| -> Vec<String> {
        claims[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let kind = if text("idtyp") == "app" {
        CallerKind::Application {
            app_id: text("appid"),
            service_principal_id: text("oid"),
            roles: list("roles"),
        }
    } else {
        let scopes = text("scp").split_whitespace().map(str::to_owned).collect();
        CallerKind::User { object_id: text("oid"), roles: list("wids"), scopes }
    };
    Ok(Caller { kind })
}

fn unfit_body(rehearsal: &Rehearsal, request: &Request) -> Option<Reply> {
    if request.body.is_empty() || request.method == "GET" {
        return None;
    }
    let is_json = request.header("content-type").is_some_and(|kind| kind.to_lowercase().contains("json"));
    let message = if !is_json {
        "Write requests (excluding DELETE) must contain the Content-Type header declaration."
    } else if serde_json::from_slice::<Value>(&request.body).is_err() {
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
    } else {
        return None;
    };
    Some(Reply::json(400, &error_body(rehearsal, Some(request), "BadRequest", message)))
}

fn unauthorized(rehearsal: &Rehearsal, request: &Request, message: &str) -> Reply {
    let body = error_body(rehearsal, Some(request), "InvalidAuthenticationToken", message);
    Reply::json(401, &body).with(
        "www-authenticate",
        &format!(
            "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
            rehearsal.origin
        ),
    )
}

/// The authentication context that this change needs and the person's token does not have. A batch is judged as a
/// change when one of its requests is.
fn lacking(rehearsal: &Rehearsal, request: &Request) -> Option<String> {
    let context = held(&rehearsal.step_up).clone()?;
    let claims = bearer(request).and_then(|token| rehearsal.key.open(token))?;
    let body = as_json(&request.body);
    let batched = body["requests"].as_array().map(|all| all.iter().any(|one| one["method"] != "GET"));
    let changes = batched.unwrap_or(request.method != "GET");
    let satisfied = claims["acrs"].as_array().is_some_and(|all| all.contains(&json!(context)));
    (changes && claims["idtyp"] != "app" && !satisfied).then_some(context)
}

fn challenged(rehearsal: &Rehearsal, request: &Request, context: &str) -> Reply {
    let message = "The presented access token does not satisfy the claims that are required.";
    let body = error_body(rehearsal, Some(request), "InvalidAuthenticationToken", message);
    let claims = STANDARD.encode(contexts::demanded(context));
    Reply::json(401, &body).with(
        "www-authenticate",
        &format!(
            "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{claims}\"",
            rehearsal.origin
        ),
    )
}

/// The words that go with a status when no endpoint chose any.
pub(crate) fn words_for(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("Request_BadRequest", "The request is not valid."),
        401 => ("InvalidAuthenticationToken", "Access token validation failure."),
        403 => ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
        404 => (
            "Request_ResourceNotFound",
            "The resource does not exist or one of its queried reference-property objects are not present.",
        ),
        409 => {
            ("Request_MultipleObjectsWithSameKeyValue", "Another object with the same value already exists.")
        }
        412 => ("Request_PreconditionFailed", "The object was changed since it was read."),
        429 => ("TooManyRequests", "Too many requests. Wait before sending another."),
        503 => ("serviceNotAvailable", "The service is temporarily unavailable. Try again after a time."),
        504 => ("UnknownError", "The request timed out upstream."),
        _ => ("UnknownError", "An unexpected error was made up by the faults of this rehearsal."),
    }
}

/// A Graph error body (concepts/errors of the Graph documentation).
pub(crate) fn error_body(
    rehearsal: &Rehearsal,
    request: Option<&Request>,
    code: &str,
    message: &str,
) -> Value {
    let request_id = rehearsal.guid();
    let client =
        request.and_then(|request| request.header("client-request-id")).unwrap_or(&request_id).to_owned();
    let date = rehearsal
        .clock
        .now()
        .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"))
        .unwrap_or_default();
    json!({"error": {"code": code, "message": message,
        "innerError": {"date": date, "request-id": request_id, "client-request-id": client}}})
}

fn dressed(rehearsal: &Rehearsal, request: &Request, answer: GraphAnswer) -> Reply {
    let mut reply =
        Reply { status: answer.status, headers: answer.headers, body: Vec::new(), fate: Fate::Whole };
    if let Some(body) = answer.body {
        reply.body = match body {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        };
    }
    let absent =
        |reply: &Reply, name: &str| !reply.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    if absent(&reply, "content-type") && !reply.body.is_empty() {
        reply = reply.with("content-type", "application/json");
    }
    let request_id = rehearsal.guid();
    if absent(&reply, "request-id") {
        reply = reply.with("request-id", &request_id);
    }
    if absent(&reply, "client-request-id") {
        let own = request.header("client-request-id").unwrap_or(&request_id).to_owned();
        reply = reply.with("client-request-id", &own);
    }
    if absent(&reply, "x-ms-ags-diagnostic") {
        let diagnostic = json!({"ServerInfo": {"DataCenter": "Rehearsal", "Slice": "E", "Ring": "1", "ScaleUnit": "000", "RoleInstance": "RH0000"}});
        reply = reply.with("x-ms-ags-diagnostic", &diagnostic.to_string());
    }
    reply.with("date", &http_date(rehearsal.clock.now()))
}

/// An HTTP date (RFC 9110 §5.6.7).
pub(crate) fn http_date(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC)
        .format(format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        ))
        .unwrap_or_default()
}
