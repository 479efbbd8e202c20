//! A clock that tests turn by hand, and a pretend Microsoft of a few lines for one test each.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cloud::{Clock, Graph, Place, Session, Wire};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

pub const TENANT: &str = "6ec7af10-331f-4f93-ab3c-aa073ee64c91";
pub const CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// Sleeping turns it forward at once, unless it is held.
pub struct HandClock {
    now: Mutex<OffsetDateTime>,
    pub slept: Mutex<Vec<Duration>>,
    held: bool,
}

impl HandClock {
    pub fn new() -> Arc<HandClock> {
        Arc::new(HandClock { now: Mutex::new(START), slept: Mutex::default(), held: false })
    }

    /// One that never wakes a sleeper.
    pub fn held() -> Arc<HandClock> {
        Arc::new(HandClock { now: Mutex::new(START), slept: Mutex::default(), held: true })
    }

    pub fn turn(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }

    pub fn slept_seconds(&self) -> Vec<u64> {
        self.slept.lock().unwrap().iter().map(Duration::as_secs).collect()
    }
}

pub const START: OffsetDateTime = datetime!(2026-11-21 10:00:00 UTC);

impl Clock for HandClock {
    fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap()
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        self.slept.lock().unwrap().push(duration);
        if self.held {
            return Box::pin(std::future::pending());
        }
        self.turn(duration);
        Box::pin(std::future::ready(()))
    }
}

#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn form(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One scripted answer.
#[derive(Clone)]
pub struct Scripted {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub fn answers(status: u16, body: Value) -> Scripted {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Scripted { status, headers: vec![("content-type".into(), "application/json".into())], body }
}

impl Scripted {
    pub fn with(mut self, name: &str, value: &str) -> Scripted {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A server that answers from a script and remembers what it saw.
#[derive(Clone)]
pub struct Stage {
    pub origin: String,
    script: Arc<Mutex<VecDeque<Scripted>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stage {
    pub async fn new(script: impl IntoIterator<Item = Scripted>) -> Stage {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let stage = Stage {
            origin,
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            seen: Arc::default(),
        };
        let router = Router::new().fallback(play).with_state(stage.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stage
    }

    pub fn then(&self, scripted: Scripted) {
        self.script.lock().unwrap().push_back(scripted);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn place(&self, graph: &str) -> Place {
        let mut place = Place::global();
        place.name = "custom".into();
        place.kind = cloud::PlaceKind::Custom;
        place.login = self.origin.parse().unwrap();
        place.graph = graph.parse().unwrap();
        place
    }

    pub fn wire(&self, clock: Arc<HandClock>) -> Wire {
        Wire::new(self.place(&self.origin), clock).unwrap()
    }

    pub fn device_code(&self) -> Value {
        json!({"user_code": "ABCD1234", "device_code": "device-code-1", "verification_uri": format!("{}/device", self.origin),
               "expires_in": 900, "interval": 5, "message": "x"})
    }
}

async fn play(
    State(stage): State<Stage>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    stage.seen.lock().unwrap().push(Seen { method, uri: uri.to_string(), headers, body });
    let Some(next) = stage.script.lock().unwrap().pop_front() else {
        return (StatusCode::IM_A_TEAPOT, "the script is over").into_response();
    };
    let mut response = (StatusCode::from_u16(next.status).unwrap(), next.body).into_response();
    response.headers_mut().clear();
    for (name, value) in next.headers {
        response.headers_mut().append(
            axum::http::HeaderName::try_from(name).unwrap(),
            axum::http::HeaderValue::try_from(value).unwrap(),
        );
    }
    response
}

pub fn jwt(claims: &Value) -> String {
    format!(
        "{}.{}.sig",
        URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

pub fn identity() -> Value {
    json!({"aud": CLIENT, "tid": TENANT, "oid": "3ca3abb1-c654-40b2-92da-35797e532ed1", "name": "Ada Admin",
           "preferred_username": "ada@contoso.example", "iss": "https://login/x/v2.0"})
}

pub fn tokens(identity: &Value) -> Value {
    json!({"token_type": "Bearer", "scope": "User.Read Application.ReadWrite.All openid", "expires_in": 3599,
           "access_token": jwt(&json!({"wids": ["62e90394-69f5-4237-9190-012177145e10"], "tid": TENANT})),
           "refresh_token": "refresh-1", "id_token": jwt(identity)})
}

pub fn scopes(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

pub fn refusal(error: &str, number: u32) -> Value {
    json!({"error": error, "error_description": format!("AADSTS{number}: told."), "error_codes": [number],
           "timestamp": "2026-08-13 21:24:29Z", "trace_id": "t", "correlation_id": "c"})
}

/// A person who is signed in by device code against the stage; the stage's record holds two requests then.
pub async fn signed_in(stage: &Stage, wire: &Wire) -> Session {
    stage.then(answers(200, stage.device_code()));
    stage.then(answers(200, tokens(&identity())));
    let code = cloud::signin::device_code::begin(wire, TENANT, &scopes(&["User.Read"]), "en-US", None)
        .await
        .unwrap();
    code.wait(wire, &|_| {}).await.unwrap()
}

/// A way to a Graph of its own port, with a signed-in person and the clock.
pub async fn graph(script: impl IntoIterator<Item = Scripted>) -> (Graph, Stage, Arc<HandClock>) {
    let (login, stage) = (Stage::new([]).await, Stage::new(script).await);
    let clock = HandClock::new();
    let wire = Wire::new(login.place(&stage.origin), clock.clone()).unwrap();
    let session = signed_in(&login, &wire).await;
    (Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session))), stage, clock)
}
