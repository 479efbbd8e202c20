//! G-35: the way to Microsoft through a proxy. Six cases, each against a real proxy on loopback: it opens a way; it asks for
//! a sign-in; the system's script cannot be had; it drops; it looks into the traffic with an authority that the computer
//! trusts; and with one that it does not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::cloud::signin::application;
use engine::cloud::{Network, Place, Proxy, ProxyAddress, SignInError, SystemClock, Way, Wire, WireError};
use footbridge_tests::child::program;
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::raw_server::{RawServer, Said, http};
use footbridge_tests::{Canary, scan_bytes, scan_tree};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use super::pretend_proxy::{Authority, Manner, PretendProxy};

const HOSTS: [&str; 2] = ["login.pretend.example", "graph.pretend.example"];
const PASSWORD: &str = "cAn4ry~proxy.password-0123456789";
const SECRET: &str = "cAn4ry-client.secret-0123456789";
const COMPANY: &str = "Example Corp Root CA";

/// What stands in for Microsoft, and what the client is given.
struct Scene {
    folder: TempDir,
    server: RawServer,
    /// Whose certificate the server shows where nobody looks in; the cloud file names it.
    own: Arc<Authority>,
    /// Who signs for an inspecting proxy.
    company: Arc<Authority>,
}

impl Scene {
    async fn open() -> Self {
        let body = br#"{"expires_in":3599,"access_token":"opaque","token_type":"Bearer"}"#;
        let server = RawServer::start("127.0.0.1:0", |_| {
            Said::Bytes(http("200 OK", &[("content-type", "application/json")], body))
        })
        .await;
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            server,
            own: Authority::new("Pretend Public Root"),
            company: Authority::new(COMPANY),
        };
        let [login, graph] = HOSTS;
        let file = format!(
            "login = \"https://{login}\"\ngraph = \"https://{graph}\"\nportal = \"https://{graph}\"\nca_file = \"own.pem\"\n"
        );
        for (name, text) in [
            ("cloud.toml", file.as_str()),
            ("own.pem", scene.own.pem.as_str()),
            ("company.pem", scene.company.pem.as_str()),
            ("password", PASSWORD),
        ] {
            std::fs::write(scene.at(name), text).unwrap();
        }
        for name in ["data", "home", "tmp"] {
            std::fs::create_dir(scene.at(name)).unwrap();
        }
        scene
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn proxy(&self, manner: Manner) -> PretendProxy {
        PretendProxy::start(manner, self.server.at).await
    }

    fn wire(&self, network: Network) -> Wire {
        Wire::through(Place::read(&self.at("cloud.toml")).unwrap(), network, Arc::new(SystemClock)).unwrap()
    }

    /// A request with a secret in its body.
    async fn sign_in(&self, network: Network) -> Result<(), SignInError> {
        let secret = SecretString::from(SECRET);
        application::token(&self.wire(network), "tenant.example", "app-1", &secret).await.map(|_| ())
    }

    async fn barrier(&self, network: Network) -> WireError {
        match self.sign_in(network).await {
            Err(SignInError::Unreachable(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    /// The connection test of the command line: how it ended, and its lines.
    fn command(&self, program: &Path, words: &[&str], environment: &[(&str, &str)]) -> Tested {
        let mut command = Command::new(program);
        command.arg("--data-dir").arg(self.at("data")).args(["network", "--json"]);
        command.arg("--cloud").arg(self.at("cloud.toml")).args(words);
        command.env_clear().env("HOME", self.at("home")).env("TMPDIR", self.at("tmp"));
        command.env("PATH", "/usr/bin:/bin").envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let mut process = Vec::new();
        for file in ["cmdline", "environ"] {
            process.extend(std::fs::read(format!("/proc/{}/{file}", child.id())).unwrap_or_default());
        }
        let ended = child.wait_with_output().unwrap();
        let told = [ended.stdout.as_slice(), &ended.stderr].concat();
        let lines = String::from_utf8_lossy(&ended.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Tested { code: ended.status.code(), lines, told, process }
    }
}

struct Tested {
    code: Option<i32>,
    lines: Vec<Value>,
    told: Vec<u8>,
    process: Vec<u8>,
}

fn by(proxy: &PretendProxy) -> Network {
    Network { proxy: Proxy::Address(address(proxy)), ..Network::default() }
}

fn address(proxy: &PretendProxy) -> ProxyAddress {
    ProxyAddress::read(&format!("http://{}", proxy.at)).unwrap()
}

fn signed_in(proxy: &PretendProxy, password: &str) -> Network {
    let address = address(proxy).with_user("ada").unwrap();
    let password = Some(Arc::new(SecretString::from(password)));
    Network { proxy: Proxy::Address(address), password, ..Network::default() }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A way is opened: the proxy learns the host and nothing of what goes through.
async fn connect_works() {
    let scene = Scene::open().await;
    let proxy = scene.proxy(Manner::Opens(scene.own.clone())).await;
    scene.sign_in(by(&proxy)).await.unwrap();
    assert!(scene.server.heard()[0].body.contains(SECRET));
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with("CONNECT login.pretend.example:443 HTTP/1.1\r\n"), "{heads:?}");
    assert!(!proxy.through().is_empty() && !holds(&proxy.through(), SECRET));
    let trial = scene.wire(by(&proxy)).trial().await;
    assert!(trial.is_good(), "{trial:?}");
    let way = Way::Proxy { address: proxy.at.to_string(), by_system: false };
    for (asked, host) in trial.hosts.iter().zip(HOSTS) {
        assert_eq!((asked.host.as_str(), &asked.way), (host, &way));
    }
}

/// 407: told apart from a wrong password, and asked once only, so that no account is locked.
async fn sign_in_is_asked_for() {
    let scene = Scene::open().await;
    let wanted = format!("Basic {}", STANDARD.encode(format!("ada:{PASSWORD}")));
    let proxy = scene.proxy(Manner::SignsIn(scene.own.clone(), wanted)).await;
    let at = proxy.at.to_string();
    let missing = WireError::ProxySignIn { proxy: at.clone(), signed_in: false };
    assert_eq!(scene.barrier(by(&proxy)).await, missing);
    let wrong = WireError::ProxySignIn { proxy: at, signed_in: true };
    assert_eq!(scene.barrier(signed_in(&proxy, "another")).await, wrong);
    assert_eq!((proxy.heads().len(), scene.server.connections()), (2, 0));
    scene.sign_in(signed_in(&proxy, PASSWORD)).await.unwrap();
    let heard = scene.server.heard();
    assert_eq!(heard.len(), 1);
    assert!(!heard[0].head.to_lowercase().contains("proxy-authorization"), "the password went further");
}

/// The system is set to a script that cannot be had: it is not asked for, and told.
async fn script_is_absent(program: &Path) {
    let scene = Scene::open().await;
    let script = RawServer::start("127.0.0.1:0", |_| Said::Reset).await;
    let told = format!("http://ada:{PASSWORD}@{}/proxy.pac?{PASSWORD}", script.at);
    let tested = scene.command(program, &[], &[("auto_proxy", &told)]);
    assert_eq!(tested.code, Some(5), "{}", String::from_utf8_lossy(&tested.told));
    for line in &tested.lines[..2] {
        assert_eq!((&line["code"], &line["way"]), (&"proxy-by-script".into(), &"direct".into()), "{line}");
    }
    let summary = &tested.lines[2];
    assert_eq!(summary["script"], format!("http://{}/proxy.pac", script.at));
    assert!(!holds(&tested.told, PASSWORD));
    assert_eq!(script.connections(), 0, "the script was fetched");
    // The same computer with an address set: the script does not matter any more.
    let proxy = scene.proxy(Manner::Opens(scene.own.clone())).await;
    let set = scene.command(program, &["--proxy", &format!("http://{}", proxy.at)], &[("auto_proxy", &told)]);
    assert_eq!(set.code, Some(0), "{}", String::from_utf8_lossy(&set.told));
}

/// It goes away: before, while, and after it opened a way, or is not there.
async fn proxy_drops() {
    let scene = Scene::open().await;
    for manner in [Manner::Drops, Manner::DropsInside] {
        let proxy = scene.proxy(manner).await;
        let error = scene.barrier(by(&proxy)).await;
        let at = proxy.at.to_string();
        assert!(matches!(&error, WireError::ProxyDropped { proxy, .. } if *proxy == at), "{error:?}");
    }
    let proxy = scene.proxy(Manner::Refuses).await;
    let refused = WireError::ProxyRefused { proxy: proxy.at.to_string(), host: HOSTS[0].to_owned() };
    assert_eq!(scene.barrier(by(&proxy)).await, refused);
    let gone = by(&proxy);
    let at = proxy.at;
    drop(proxy);
    // A port that was just free; nobody listens there once the proxy's task has ended.
    while tokio::net::TcpStream::connect(at).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let error = scene.barrier(gone).await;
    assert!(matches!(error, WireError::ProxyUnreachable { .. }), "{error:?}");
    assert_eq!(scene.server.connections(), 0);
}

/// It looks in, and the computer trusts its authority: it works, and is labelled.
async fn inspector_is_trusted(program: &Path) {
    let scene = Scene::open().await;
    let proxy = scene.proxy(Manner::Inspects(scene.company.clone())).await;
    let given = Network { ca_file: Some(scene.at("company.pem")), ..by(&proxy) };
    let trial = scene.wire(given.clone()).trial().await;
    assert!(trial.is_good(), "{trial:?}");
    assert_eq!(trial.inspector(), Some(COMPANY));
    scene.sign_in(given).await.unwrap();
    // The same by the system's own store and the system's own proxy.
    let (store, by_system) = (scene.at("company.pem"), format!("http://{}", proxy.at));
    let environment = [("SSL_CERT_FILE", store.to_str().unwrap()), ("HTTPS_PROXY", by_system.as_str())];
    let tested = scene.command(program, &[], &environment);
    assert_eq!(tested.code, Some(0), "{}", String::from_utf8_lossy(&tested.told));
    for line in &tested.lines[..2] {
        assert_eq!((&line["issuer"], &line["public"]), (&COMPANY.into(), &false.into()), "{line}");
        assert_eq!((&line["proxy"], &line["by_system"]), (&proxy.at.to_string().into(), &true.into()));
    }
    assert_eq!(tested.lines[2]["inspector"], COMPANY);
}

/// It looks in, and the computer does not trust its authority: refused before a byte of a request, and explained.
async fn inspector_is_unknown(program: &Path) {
    let scene = Scene::open().await;
    let proxy = scene.proxy(Manner::Inspects(scene.company.clone())).await;
    let refused = WireError::CertificateUntrusted {
        host: HOSTS[0].to_owned(),
        issuer: COMPANY.to_owned(),
        proxy: Some(proxy.at.to_string()),
    };
    assert_eq!(scene.barrier(by(&proxy)).await, refused);
    let tested = scene.command(program, &["--proxy", &proxy.at.to_string()], &[]);
    assert_eq!(tested.code, Some(6), "{}", String::from_utf8_lossy(&tested.told));
    for line in &tested.lines[..2] {
        assert_eq!(line["code"], "server-certificate-untrusted", "{line}");
        let what = line["what"].as_str().unwrap();
        assert!(what.contains(COMPANY) && what.contains(&proxy.at.to_string()), "{what}");
        assert!(line["next"].as_str().unwrap().contains("PEM"));
    }
    assert_eq!(scene.server.connections(), 0, "something was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn g35_each_kind_of_proxy_is_passed_or_explained() {
    let Some(program) = program() else { return };
    let mut right = 0;
    connect_works().await;
    right += 1;
    sign_in_is_asked_for().await;
    right += 1;
    script_is_absent(&program).await;
    right += 1;
    proxy_drops().await;
    right += 1;
    inspector_is_trusted(&program).await;
    right += 1;
    inspector_is_unknown(&program).await;
    right += 1;
    reached("G-35", "kinds of proxies passed or explained", right, Target::Exactly(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn g35_the_proxys_password_stays_between_its_file_and_the_proxy() {
    let Some(program) = program() else { return };
    let scene = Scene::open().await;
    let wanted = format!("Basic {}", STANDARD.encode(format!("ada:{PASSWORD}")));
    let proxy = scene.proxy(Manner::SignsIn(scene.own.clone(), wanted)).await;
    let at = format!("http://{}", proxy.at);
    let file = scene.at("password");
    let words = ["--proxy", &at, "--proxy-user", "ada", "--proxy-password-file", file.to_str().unwrap()];
    let tested = scene.command(&program, &words, &[]);
    assert_eq!(tested.code, Some(0), "{}", String::from_utf8_lossy(&tested.told));
    assert_eq!(proxy.heads().len(), 2);
    let wrong = scene.at("wrong");
    std::fs::write(&wrong, format!("{PASSWORD}x")).unwrap();
    let words = ["--proxy", &at, "--proxy-user", "ada", "--proxy-password-file", wrong.to_str().unwrap()];
    let refused = scene.command(&program, &words, &[]);
    assert_eq!(refused.code, Some(5), "{}", String::from_utf8_lossy(&refused.told));
    assert_eq!(proxy.heads().len(), 4, "a refused password was tried again");

    let canaries = [
        Canary::of_bytes("password", PASSWORD.as_bytes()),
        Canary::of_bytes("pair", format!("ada:{PASSWORD}").as_bytes()),
    ];
    let surfaces = [tested.told, tested.process, refused.told, refused.process];
    for surface in &surfaces {
        assert!(scan_bytes("told", surface, &canaries).is_empty());
    }
    // The control: where the password was put on purpose it is found.
    assert!(!scan_tree(scene.folder.path(), &canaries).is_empty());
    for given in [&file, &wrong] {
        std::fs::remove_file(given).unwrap();
    }
    assert!(scan_tree(scene.folder.path(), &canaries).is_empty());
}

#[tokio::test]
async fn g35_this_computer_is_never_reached_by_a_proxy() {
    let scene = Scene::open().await;
    let proxy = scene.proxy(Manner::Opens(scene.own.clone())).await;
    let mut place = Place::global();
    (place.login, place.graph) =
        (scene.server.origin().parse().unwrap(), scene.server.origin().parse().unwrap());
    let wire = Wire::through(place.clone(), by(&proxy), Arc::new(SystemClock)).unwrap();
    let trial = wire.trial().await;
    assert!(trial.is_good() && trial.hosts.iter().all(|asked| asked.way == Way::Loopback), "{trial:?}");
    // One of the two elsewhere: the other still stays here.
    place.graph = format!("https://{}", HOSTS[1]).parse().unwrap();
    let network = Network { ca_file: Some(scene.at("own.pem")), ..by(&proxy) };
    let trial = Wire::through(place, network, Arc::new(SystemClock)).unwrap().trial().await;
    assert!(trial.is_good(), "{trial:?}");
    let heads = proxy.heads();
    assert!(heads.len() == 1 && heads[0].starts_with("CONNECT graph.pretend.example:443"), "{heads:?}");
}
