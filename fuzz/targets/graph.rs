//! Graph's answers as a hostile network would send them, through the one client that has a token. The server is in this
//! process; waiting costs nothing and is counted.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud::{Clock, Graph, GraphFault, Place, PlaceKind, Wire};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

const TENANT: &str = "6ec7af10-331f-4f93-ab3c-aa073ee64c91";
const CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// No pause is longer, whatever the server says.
const LONGEST_IN_SUM: Duration = Duration::from_secs(600);

/// A clock on which a pause is over at once.
#[derive(Default)]
struct Still(Mutex<Duration>);

impl Clock for Still {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_262_400).unwrap_or(OffsetDateTime::UNIX_EPOCH)
            + *self.0.lock().expect("a clock")
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        *self.0.lock().expect("a clock") += duration;
        Box::pin(std::future::ready(()))
    }
}

struct Scripted {
    status: u16,
    header: Option<(&'static str, String)>,
    body: Vec<u8>,
}

fn says(status: u16, body: Vec<u8>) -> Scripted {
    Scripted { status, header: None, body }
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Scripted>,
    /// Host and path of each request.
    seen: Vec<(String, String)>,
}

struct World {
    runtime: tokio::runtime::Runtime,
    graph: Graph,
    clock: Arc<Still>,
    script: Arc<Mutex<Script>>,
    host: String,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

impl World {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let script: Arc<Mutex<Script>> = Arc::default();
        let told = Arc::clone(&script);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let told = Arc::clone(&told);
                std::thread::spawn(move || serve(&stream, &told));
            }
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let mut place = Place::global();
        place.name = "custom".into();
        place.kind = PlaceKind::Custom;
        let origin: Url = format!("http://{host}").parse().expect("an address");
        (place.login, place.graph) = (origin.clone(), origin);
        let clock = Arc::new(Still::default());
        let (ticking, home) = (Arc::clone(&clock), place);
        let token = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "not-a-real-token" });
        script.lock().expect("a script").answers.push_back(says(200, token.to_string().into_bytes()));
        let graph = runtime.block_on(async move {
            let wire = Wire::new(home, ticking).expect("a wire");
            let secret = SecretString::from("not-a-real-secret");
            let token =
                cloud::signin::application::token(&wire, TENANT, CLIENT, &secret).await.expect("a token");
            Graph::as_application(wire, token)
        });
        Self { runtime, graph, clock, script, host }
    }

    /// Lets the server answer so, reads a list, and gives back how that went. The server answers with an empty list
    /// when the script is over.
    fn read(&self, answers: impl IntoIterator<Item = Scripted>) -> Result<Vec<Value>, GraphFault> {
        {
            let mut script = self.script.lock().expect("a script");
            script.answers = answers.into_iter().collect();
            script.seen.clear();
        }
        *self.clock.0.lock().expect("a clock") = Duration::ZERO;
        let read = self.runtime.block_on(self.graph.pages::<Value>("/users", false, 1000, &mut |_| true));
        let waited = *self.clock.0.lock().expect("a clock");
        assert!(waited <= LONGEST_IN_SUM * 10, "it waited {waited:?}");
        for (host, path) in &self.script.lock().expect("a script").seen {
            assert!(*host == self.host && path.starts_with("/v1.0/"), "a request to {host} {path}");
        }
        read.map_err(|error| {
            assert!(!error.to_string().is_empty() && error.to_string().len() < 4096, "{error}");
            error.kind
        })
    }
}

fn serve(stream: &TcpStream, script: &Mutex<Script>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut lines, mut line) = (Vec::new(), String::new());
        while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
            lines.push(std::mem::take(&mut line).to_ascii_lowercase());
        }
        let Some(first) = lines.first() else { return };
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let header = |name: &str| {
            lines.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
        };
        let length: u64 = header("content-length:").parse().unwrap_or_default();
        let _ = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink());
        let answer = {
            let mut script = script.lock().expect("a script");
            if !path.contains("/oauth2/") {
                script.seen.push((header("host:"), path));
            }
            script.answers.pop_front().unwrap_or_else(|| says(200, br#"{"value":[]}"#.to_vec()))
        };
        let more = answer.header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 {} x\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n",
            answer.status,
            answer.body.len()
        );
        let mut out = stream;
        // In one piece: two small ones would wait for each other's acknowledgement.
        if out.write_all(&[head.as_bytes(), answer.body.as_slice()].concat()).is_err() {
            return;
        }
    }
}

const STATUSES: [u16; 12] = [400, 401, 403, 404, 409, 412, 429, 500, 502, 503, 504, 507];

/// An answer outside 2xx: the first byte chooses which, the rest is its body.
pub fn graph_error(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    WORLD.with_borrow(|world| {
        let answers = (0..8).map(|_| says(status, body.to_vec()));
        assert!(world.read(answers).is_err(), "{status} was taken for an answer");
    });
}

/// A page of a list.
pub fn graph_page(bytes: &[u8]) {
    WORLD.with_borrow(|world| drop(world.read([says(200, bytes.to_vec())])));
}

/// The link to the next page; it leads to the same place, or nowhere.
pub fn next_link(bytes: &[u8]) {
    let link = String::from_utf8_lossy(bytes);
    let page = json!({ "value": [{ "id": "1" }], "@odata.nextLink": link });
    WORLD.with_borrow(|world| {
        let followed = world.read([says(200, page.to_string().into_bytes())]).is_ok();
        let home = Url::parse(&format!("http://{}/v1.0/users", world.host)).expect("an address");
        let inside = |to: &Url| {
            to.origin() == home.origin()
                && to.username().is_empty()
                && to.password().is_none()
                && to.path().starts_with("/v1.0/")
        };
        if followed {
            let leads = home.join(&link);
            assert!(leads.is_ok_and(|to| inside(&to)), "it followed {link:?}");
        }
    });
}

/// The header `Retry-After` of an answer that turns away.
pub fn retry_after(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let value: String = text.chars().filter(|sign| !sign.is_control()).take(4096).collect();
    WORLD.with_borrow(|world| {
        let answers = (0..8).map(|_| Scripted {
            header: Some(("Retry-After", value.clone())),
            ..says(429, br#"{"error":{"code":"TooManyRequests"}}"#.to_vec())
        });
        let read = world.read(answers);
        let waited = *world.clock.0.lock().expect("a clock");
        assert!(waited <= LONGEST_IN_SUM, "{value:?} made it wait {waited:?}");
        assert!(read.is_ok() || read == Err(GraphFault::Throttled), "{read:?}");
    });
}
