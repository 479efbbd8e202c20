//! G-24: the sign-in by browser, whose answer comes to a door on this computer. Wrong states, other paths, codes that were
//! injected, and thousands of connections do not become a session; the right answer does, once, and then the door is gone.

use engine::cloud::signin::browser;
use engine::cloud::{BrowserSignIn, SignInError, Wire};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::{Tenant, TenantClock, small_tenant};
use simulator::Kind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Scene {
    tenant: Tenant,
    wire: Wire,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn open() -> Scene {
        let tenant = Tenant::start(small_tenant()).await;
        let folder = tempfile::tempdir().unwrap();
        let clock = HeldClock { control: tenant.control() };
        let wire = Wire::new(tenant.place(folder.path()), std::sync::Arc::new(clock)).unwrap();
        Scene { tenant, wire, _folder: folder }
    }

    async fn begin(&self) -> BrowserSignIn {
        let scopes = ["User.Read".to_owned()];
        browser::begin(&self.wire, &self.tenant.announcement().tenant, &scopes, None, None).await.unwrap()
    }

    /// Requests to the token end point for a code.
    fn exchanged(&self) -> usize {
        let traffic = self.tenant.control().traffic();
        traffic
            .iter()
            .filter(|one| one.kind == Kind::SignIn && one.grant_type.as_deref() == Some("authorization_code"))
            .count()
    }
}

/// The tenant's time, in which nobody's wait ends: the five minutes of the door must not pass while a test knocks.
struct HeldClock {
    control: simulator::Control,
}

impl engine::cloud::Clock for HeldClock {
    fn now(&self) -> time::OffsetDateTime {
        self.control.now()
    }

    fn sleep<'a>(&'a self, _: std::time::Duration) -> futures_util::future::BoxFuture<'a, ()> {
        Box::pin(std::future::pending())
    }
}

fn asked(sign_in: &BrowserSignIn, name: &str) -> String {
    let pair = sign_in.authorize_url.query_pairs().find(|(key, _)| key == name);
    pair.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn port(sign_in: &BrowserSignIn) -> u16 {
    asked(sign_in, "redirect_uri").parse::<url::Url>().unwrap().port().unwrap()
}

/// Sends these very bytes to the door; answers the first line.
async fn knock(port: u16, request: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { return "nobody".to_owned() };
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = stream.shutdown().await;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer.lines().next().unwrap_or_default().to_owned()
}

fn get(port: u16, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")
}

/// Knocks that must not be taken, while the state is this one.
fn wrong_ones(port: u16, state: &str) -> Vec<String> {
    let right = format!("/?code=injected&state={state}");
    let mut all: Vec<String> = [
        "/?code=injected&state=".to_owned(),
        "/?code=injected".to_owned(),
        format!("/?code=injected&state={state}x"),
        format!("/?code=injected&state={}", &state[1..]),
        format!("/?code=injected&state={}", state.to_uppercase() + "!"),
        format!("/?code=injected&state=x&state={state}"),
        format!("/?state={state}"),
        "/?error=access_denied&state=x".to_owned(),
        "/?error=access_denied".to_owned(),
        "/favicon.ico".to_owned(),
        "/".to_owned(),
        format!("/callback?code=injected&state={state}"),
        format!("//?code=injected&state={state}"),
        format!("/x/../?code=injected&state={state}"),
        format!("/#code=injected&state={state}"),
        format!("http://evil.example/?code=injected&state={state}"),
    ]
    .iter()
    .map(|target| get(port, target))
    .collect();
    all.extend([
        get(port, &right).replace("GET", "POST"),
        get(port, &right).replace("GET", "HEAD"),
        get(port, &right).replace("GET", "OPTIONS"),
        get(port, &right).replace(&format!("localhost:{port}"), "evil.example"),
        get(port, &right).replace(&format!("localhost:{port}"), &format!("evil.example:{port}")),
        get(port, &right).replace(&format!("Host: localhost:{port}\r\n"), ""),
        get(port, &right).replace("HTTP/1.1", "HTTP/3"),
        get(port, &right).replace("HTTP/1.1\r\n", ""),
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000)),
        "GET ".to_owned(),
    ]);
    all
}

#[tokio::test]
async fn g24_only_the_right_answer_is_taken() {
    let scene = Scene::open().await;
    let sign_in = scene.begin().await;
    let (port, state, address) =
        (port(&sign_in), asked(&sign_in, "state"), sign_in.authorize_url.to_string());
    let wire = scene.wire.clone();
    let waiting = tokio::spawn(async move { sign_in.wait(&wire).await });
    let wrong = wrong_ones(port, &state);
    let mut taken = 0;
    for request in &wrong {
        taken += u64::from(knock(port, request).await.contains("200"));
        assert!(!waiting.is_finished(), "{request:?} ended the waiting");
    }
    assert_eq!(scene.exchanged(), 0, "no wrong answer goes on to Microsoft");
    // A crowd in front of the door, half of it silent.
    let crowd = scale(1_000, 10_000);
    let mut silent = std::collections::VecDeque::new();
    for number in 0..crowd {
        match number % 2 {
            0 => silent.push_back(TcpStream::connect(("127.0.0.1", port)).await.unwrap()),
            _ => taken += u64::from(knock(port, &get(port, "/?code=c&state=guess")).await.contains("200")),
        }
        // The operating system has only so many.
        if silent.len() > 400 {
            silent.pop_front();
        }
    }
    let location = scene.tenant.control().authorize(&address, Some("a.weber")).unwrap();
    let target = url::Url::parse(&location).unwrap();
    let right = format!("/?{}", target.query().unwrap());
    assert!(knock(port, &get(port, &right)).await.contains("200"), "the right one passes");
    let session = waiting.await.unwrap().unwrap();
    assert!(session.account.user_principal_name.starts_with("a.weber@"));
    // The second hit finds nobody.
    let second = knock(port, &get(port, &right)).await;
    assert_eq!(second, "nobody");
    assert_eq!(scene.exchanged(), 1);
    reached("G-24", "wrong answers at the door", wrong.len() as u64, Target::AtLeast(20));
    reached("G-24", "connections in front of the door", crowd, Target::AtLeast(crowd));
    reached("G-24", "wrong answers that were taken", taken, Target::Exactly(0));
}

/// A code of another sign-in, with the right state: Microsoft refuses it without the verifier that belongs to it.
#[tokio::test]
async fn g24_an_injected_code_is_worth_nothing() {
    let scene = Scene::open().await;
    let (mine, theirs) = (scene.begin().await, scene.begin().await);
    let stolen = scene.tenant.control().authorize(theirs.authorize_url.as_str(), Some("b.keller")).unwrap();
    let stolen = url::Url::parse(&stolen).unwrap();
    let code = stolen.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let (port, state) = (port(&mine), asked(&mine, "state"));
    let wire = scene.wire.clone();
    let waiting = tokio::spawn(async move { mine.wait(&wire).await });
    knock(port, &get(port, &format!("/?code={code}&state={state}"))).await;
    let outcome = waiting.await.unwrap();
    assert!(
        matches!(
            outcome,
            Err(SignInError::Refused(_) | SignInError::Expired | SignInError::Malformed { .. })
        ),
        "{:?}",
        outcome.map(|_| ())
    );
    reached("G-24", "sessions out of an injected code", 0, Target::Exactly(0));
}

/// The door stands on 127.0.0.1 only, at a port of its own each time, and is gone when nobody waits any more or after five
/// minutes.
#[tokio::test]
async fn g24_the_door_is_here_and_then_gone() {
    let scene = Scene::open().await;
    let mut ports = std::collections::BTreeSet::new();
    let mut open = Vec::new();
    for _ in 0..20 {
        let sign_in = scene.begin().await;
        ports.insert(port(&sign_in));
        assert!(TcpStream::connect(("::1", port(&sign_in))).await.is_err(), "only by 127.0.0.1");
        open.push(sign_in);
    }
    assert_eq!(ports.len(), 20, "a port that is taken is not taken again");
    drop(open);
    let mut standing = 0;
    for port in &ports {
        standing += u64::from(TcpStream::connect(("127.0.0.1", *port)).await.is_ok());
    }
    let wire =
        Wire::new(scene.wire.place().clone(), std::sync::Arc::new(TenantClock::new(scene.tenant.control())))
            .unwrap();
    let sign_in = browser::begin(&wire, &scene.tenant.announcement().tenant, &[], None, None).await.unwrap();
    let (last, before) = (port(&sign_in), scene.tenant.control().now());
    assert!(matches!(sign_in.wait(&wire).await, Err(SignInError::Expired)));
    let waited = (scene.tenant.control().now() - before).whole_seconds().unsigned_abs();
    standing += u64::from(TcpStream::connect(("127.0.0.1", last)).await.is_ok());
    reached("G-24", "doors that still stand", standing, Target::Exactly(0));
    reached("G-24", "seconds that a door stands at most", waited, Target::AtMost(301));
}
