//! The probe against a pretend product's web server over real TLS: each fault is told by its own code, and the same
//! server without the fault is good.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use probe::{
    Device, Expects, Fault, Fixed, Means, Patience, Place, Question, Report, Resolver, Roots, State, Step,
};
use simulator::web::{self, Echo, Mode, Running};
use time::OffsetDateTime;
use url::Url;

pub const HOST: &str = "pbx.example.com";
const ADDRESS: &str = "https://pbx.example.com/example.com/microsoft365/subscriptions";
const TOKEN: &str =
    "Validation: Testing client application reachability for subscription Request-Id: 07070707-";

pub async fn served(mode: Mode) -> Running {
    web::start(web::Settings { mode, ..web::Settings::default() }).await.unwrap()
}

pub fn means(server: &Running) -> Means {
    let place = Place::public(server.address());
    Means {
        resolver: Resolver::Fixed(Fixed::default().with(HOST, place)),
        roots: Roots::given(server.root_pem()).unwrap(),
        ..Means::of_the_desk(OffsetDateTime::now_utc(), [7; 16])
    }
}

fn asks(address: &str, expects: Expects) -> Question {
    Question { address: Url::parse(address).unwrap(), expects }
}

pub async fn validated(server: &Running) -> Report {
    probe::probe(&asks(ADDRESS, Expects::ValidationToken), &means(server)).await
}

async fn answered(server: &Running) -> Report {
    probe::probe(&asks(ADDRESS, Expects::Answer), &means(server)).await
}

/// The only fault of a report, at which step it stands, and that the steps behind it were not tried.
fn only(report: &Report) -> (Step, &Fault) {
    let bad: Vec<_> = report.findings.iter().filter(|finding| finding.is_bad()).collect();
    assert_eq!(bad.len(), 1, "{report:#?}");
    assert!(!report.is_good());
    (bad[0].step, bad[0].fault().unwrap())
}

fn expect(report: &Report, step: Step, code: &str, device: Device) {
    let (at, fault) = only(report);
    assert_eq!((at, fault.code(), fault.device()), (step, code, device), "{report:#?}");
}

async fn faulty(mode: Mode, step: Step, code: &str, device: Device) -> Report {
    let server = served(mode).await;
    let report = validated(&server).await;
    expect(&report, step, code, device);
    if step < Step::Answer {
        let asked = server.seen().into_iter().filter(|seen| seen.method == "POST").count();
        assert_eq!(asked, 0, "something was asked after a bad {step:?}");
        assert_eq!(report.finding(Step::Echo).unwrap().state, State::NotTried);
    }
    server.set_mode(Mode::Good);
    assert!(validated(&server).await.is_good(), "without the fault it is not good");
    report
}

#[tokio::test]
async fn a_good_server_is_good_and_was_asked_as_microsoft_asks() {
    let server = served(Mode::Good).await;
    let report = validated(&server).await;
    assert!(report.is_good(), "{report:#?}");
    let steps: Vec<_> = report.findings.iter().map(|finding| finding.step).collect();
    assert_eq!(steps, Step::ALL);
    assert!(report.findings.iter().all(|finding| finding.state == State::Good));
    assert_eq!(report.finding(Step::Name).unwrap().seen, [("addresses", "203.0.113.10".to_owned())]);
    assert_eq!(report.finding(Step::HostName).unwrap().seen, [("names", HOST.to_owned())]);

    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].body), ("POST", 0));
    assert_eq!(seen[0].greeted.as_deref(), Some(HOST));
    let target = &seen[0].target;
    assert!(
        target.starts_with("/example.com/microsoft365/subscriptions?validationToken=Validation%3A+"),
        "{target}"
    );
    let header =
        |name: &str| seen[0].headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!(header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(header("content-length"), Some("0"));
    assert_eq!(header("host"), Some(HOST));
    for carried in ["authorization", "cookie"] {
        assert_eq!(header(carried), None);
    }
}

#[tokio::test]
async fn each_token_is_new_and_a_query_stays() {
    let server = served(Mode::Good).await;
    let question = asks("https://pbx.example.com/a?b=c%20d", Expects::ValidationToken);
    for random in [[7; 16], [8; 16]] {
        assert!(probe::probe(&question, &Means { random, ..means(&server) }).await.is_good());
    }
    let seen = server.seen();
    assert_ne!(seen[0].target, seen[1].target);
    assert!(seen[0].target.starts_with("/a?b=c%20d&validationToken="), "{}", seen[0].target);
}

#[tokio::test]
async fn an_expired_certificate_is_told_with_its_date() {
    let report = faulty(Mode::Expired, Step::Dates, "expired", Device::ReverseProxy).await;
    let Fault::Expired { not_after } = only(&report).1 else { panic!("{report:?}") };
    let age = OffsetDateTime::now_utc() - *not_after;
    assert!(age > time::Duration::hours(23) && age < time::Duration::hours(25), "{age}");
    assert_eq!(report.finding(Step::Chain).unwrap().state, State::Good, "the date hid the chain");
}

#[tokio::test]
async fn a_certificate_that_begins_later_is_told() {
    let report = faulty(Mode::NotYetValid, Step::Dates, "not-yet-valid", Device::ReverseProxy).await;
    assert_eq!(report.finding(Step::Chain).unwrap().state, State::Good);
}

#[tokio::test]
async fn the_time_is_an_argument() {
    let server = served(Mode::Good).await;
    let later = Means { now: OffsetDateTime::now_utc() + time::Duration::days(91), ..means(&server) };
    let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &later).await;
    expect(&report, Step::Dates, "expired", Device::ReverseProxy);
}

#[tokio::test]
async fn chains_that_lead_nowhere_are_told_apart() {
    let proxy = Device::ReverseProxy;
    let report = faulty(Mode::SelfSigned, Step::Chain, "self-signed", proxy).await;
    assert_eq!(report.finding(Step::HostName).unwrap().state, State::Good, "the chain hid the name");
    let report = faulty(Mode::MissingIntermediate, Step::Chain, "missing-intermediate", proxy).await;
    assert_eq!(only(&report).1.values()[1], ("issuer", "CN=Footbridge rehearsal issuing".to_owned()));
    for mode in [Mode::PrivateAuthority, Mode::PrivateAuthorityWithRoot, Mode::PrivateAuthorityAlone] {
        let report = faulty(mode, Step::Chain, "not-public", proxy).await;
        assert_eq!(only(&report).1.values(), [("authority", "CN=Example Works Ltd root".to_owned())]);
    }
    faulty(Mode::Inspected, Step::Chain, "inspected", Device::Desk).await;
    faulty(Mode::IntermediateExpired, Step::Chain, "issuer-out-of-date", proxy).await;
    faulty(Mode::ForClients, Step::Chain, "not-for-servers", proxy).await;
}

#[tokio::test]
async fn the_pretend_authority_is_not_public() {
    let server = served(Mode::Good).await;
    let public = Means { roots: Roots::public(), ..means(&server) };
    let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &public).await;
    expect(&report, Step::Chain, "not-public", Device::ReverseProxy);
    assert_eq!(server.seen(), []);
}

#[tokio::test]
async fn a_wrong_name_is_told_with_the_names() {
    let report = faulty(Mode::WrongName, Step::HostName, "wrong-name", Device::ReverseProxy).await;
    let values = only(&report).1.values();
    assert_eq!(values, [("host", HOST.to_owned()), ("names", "another.example".to_owned())]);
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_apart() {
    faulty(Mode::HttpOnly, Step::Encryption, "plain-http", Device::ReverseProxy).await;
    faulty(Mode::TooOld, Step::Encryption, "tls-too-old", Device::ReverseProxy).await;
    faulty(Mode::HangUp, Step::Encryption, "tls-closed", Device::ReverseProxy).await;
    faulty(Mode::AsksForCertificate, Step::Answer, "tls-refused", Device::ReverseProxy).await;
}

/// Waits of this length end once the server holds what was asked; others are real and end nothing here.
fn impatient(server: &Arc<Running>, waits: Duration) -> probe::Sleep {
    let server = server.clone();
    Arc::new(move |duration| {
        let server = server.clone();
        Box::pin(async move {
            if duration == waits { server.held().await } else { tokio::time::sleep(duration).await }
        })
    })
}

#[tokio::test]
async fn an_answer_after_ten_seconds_is_too_late_and_would_have_been_right() {
    for mode in [Mode::Slow, Mode::SlowBody] {
        let server = Arc::new(served(mode).await);
        let means = means(&server);
        let long = Duration::from_secs(3600);
        let patience = Patience { lookup: long, connection: long, handshake: long, ..means.patience };
        let short = Means { patience, sleep: impatient(&server, Duration::from_secs(10)), ..means };
        let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &short).await;
        expect(&report, Step::Answer, "answer-timed-out", Device::AppPlatform);
        assert_eq!(only(&report).1.values(), [("seconds", "10".to_owned())]);
        server.release();
        assert!(validated(&server).await.is_good());
    }
}

#[tokio::test]
async fn a_server_that_never_speaks_is_told() {
    let server = Arc::new(served(Mode::Silent).await);
    let means = means(&server);
    let (short, long) = (Duration::from_secs(11), Duration::from_secs(3600));
    let patience = Patience { lookup: long, connection: long, handshake: short, answer: long };
    let short = Means { patience, sleep: impatient(&server, short), ..means };
    let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &short).await;
    expect(&report, Step::Encryption, "handshake-timed-out", Device::Firewall);
}

#[tokio::test]
async fn a_connection_that_nobody_takes_is_the_firewalls() {
    let server = served(Mode::Good).await;
    let means = means(&server);
    let short = Duration::from_secs(11);
    let patience = Patience { connection: short, ..means.patience };
    // On a runtime of one thread no connection is ready before the first wait.
    let at_once: probe::Sleep = Arc::new(move |duration| {
        Box::pin(async move {
            if duration != short {
                tokio::time::sleep(duration).await;
            }
        })
    });
    let hasty = Means { patience, sleep: at_once, ..means };
    let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &hasty).await;
    expect(&report, Step::Connection, "connection-timed-out", Device::Firewall);
}

#[tokio::test]
async fn wrong_echoes_are_told_apart() {
    let app = Device::AppPlatform;
    let kinds = [
        (Echo::Empty, "echo-empty", app),
        (Echo::Encoded, "echo-still-encoded", Device::ReverseProxy),
        (Echo::EncodedTwice, "echo-still-encoded", Device::ReverseProxy),
        (Echo::PlusesKept, "echo-pluses-kept", app),
        (Echo::HtmlEscaped, "echo-html-escaped", app),
        (Echo::ScriptEscaped, "echo-script-escaped", app),
        (Echo::JsonQuoted, "echo-json-quoted", app),
        (Echo::LineEnd, "echo-padded", app),
        (Echo::Page, "echo-wrapped", app),
        (Echo::Other, "echo-other", app),
        (Echo::AsHtml, "wrong-content-type", app),
        (Echo::WithoutType, "wrong-content-type", app),
    ];
    for (echo, code, device) in kinds {
        let report = faulty(Mode::WrongEcho(echo), Step::Echo, code, device).await;
        assert_eq!(report.finding(Step::Answer).unwrap().state, State::Good, "{echo:?}");
    }
}

#[tokio::test]
async fn a_page_around_the_token_is_shown_as_text() {
    let report = faulty(Mode::WrongEcho(Echo::Page), Step::Echo, "echo-wrapped", Device::AppPlatform).await;
    let Fault::WrongEcho { begins, content_type, .. } = only(&report).1 else { panic!("{report:?}") };
    assert!(begins.contains(TOKEN) && begins.starts_with("<!doctype"), "{begins}");
    assert_eq!(content_type, "text/html");
}

#[tokio::test]
async fn a_redirect_is_told_and_never_followed() {
    let elsewhere = served(Mode::Good).await;
    let target = format!("https://{HOST}:{}/other", elsewhere.address().port());
    let report = faulty(Mode::Redirect(target.clone()), Step::Answer, "redirect", Device::ReverseProxy).await;
    assert_eq!(only(&report).1.values(), [("status", "302".to_owned()), ("target", target)]);
    assert_eq!(elsewhere.seen(), []);
    let report =
        faulty(Mode::Redirect("/login".into()), Step::Answer, "redirect", Device::ReverseProxy).await;
    assert_eq!(only(&report).1.values()[1], ("target", format!("https://{HOST}/login")));
}

#[tokio::test]
async fn statuses_are_told_apart() {
    let (proxy, app) = (Device::ReverseProxy, Device::AppPlatform);
    for (status, code, device) in [
        (404, "path-unknown", app),
        (401, "sign-in-asked", proxy),
        (403, "sign-in-asked", proxy),
        (502, "behind-silent", app),
        (504, "behind-silent", app),
        (202, "other-status", app),
        (400, "other-status", app),
        (500, "other-status", app),
    ] {
        let report = faulty(Mode::Status(status), Step::Answer, code, device).await;
        assert_eq!(report.finding(Step::Echo).unwrap().state, State::NotTried);
    }
}

#[tokio::test]
async fn answers_without_measure_are_cut() {
    let report = faulty(Mode::Huge, Step::Echo, "answer-too-long", Device::AppPlatform).await;
    assert_eq!(only(&report).1.values(), [("most", "4096".to_owned())]);
    faulty(Mode::HugeHead, Step::Answer, "answer-broken", Device::ReverseProxy).await;
    faulty(Mode::Dropped, Step::Answer, "answer-broken", Device::ReverseProxy).await;
}

#[tokio::test]
async fn where_any_answer_will_do_only_faults_of_the_way_count() {
    for mode in [Mode::Good, Mode::Status(400), Mode::Status(405), Mode::Status(500), Mode::Huge] {
        let server = served(mode.clone()).await;
        let report = answered(&server).await;
        assert!(report.is_good(), "{mode:?}: {report:#?}");
        assert_eq!(report.warned().count(), 0, "{mode:?}");
        assert_eq!(report.finding(Step::Echo), None);
        assert_eq!(server.seen()[0].method, "GET");
        assert_eq!(server.seen()[0].target, "/example.com/microsoft365/subscriptions");
    }
    for (mode, code) in [
        (Mode::Redirect("https://elsewhere.example/".into()), "redirect"),
        (Mode::Status(404), "path-unknown"),
    ] {
        let report = answered(&served(mode).await).await;
        assert!(report.is_good());
        assert_eq!(report.warned().map(Fault::code).collect::<Vec<_>>(), [code]);
    }
    expect(
        &answered(&served(Mode::Status(503)).await).await,
        Step::Answer,
        "behind-silent",
        Device::AppPlatform,
    );
    expect(&answered(&served(Mode::Expired).await).await, Step::Dates, "expired", Device::ReverseProxy);
}

#[tokio::test]
async fn two_faults_do_not_hide_each_other() {
    let server = served(Mode::Expired).await;
    let place = Place::public(server.address());
    let means = Means { resolver: Resolver::Fixed(Fixed::default().others(place)), ..means(&server) };
    let none = Means { roots: Roots::public(), ..means };
    let question = asks("https://10.example.com/", Expects::ValidationToken);
    let report = probe::probe(&question, &none).await;
    assert_eq!(report.bad().map(Fault::code).collect::<Vec<_>>(), ["not-public", "expired"]);
}

#[tokio::test]
async fn nothing_listens_there() {
    let server = served(Mode::Good).await;
    // Bound and never listening: the system refuses every connection, and nobody else gets the port.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let place = Place::public(socket.local_addr().unwrap());
    let deaf = Means { resolver: Resolver::Fixed(Fixed::default().with(HOST, place)), ..means(&server) };
    let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &deaf).await;
    expect(&report, Step::Connection, "connection-refused", Device::ReverseProxy);
    assert_eq!(only(&report).1.values(), [("address", "203.0.113.10:443".to_owned())]);
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let server = served(Mode::Good).await;
    let question = asks("https://nobody.example.com/", Expects::ValidationToken);
    let report = probe::probe(&question, &means(&server)).await;
    expect(&report, Step::Name, "name-not-found", Device::Dns);
    // The names below .invalid do not exist (RFC 6761, 6.4), with a network and without one.
    let system = Means { resolver: Resolver::System, ..means(&server) };
    let report = probe::probe(&asks("https://nobody.invalid/", Expects::Answer), &system).await;
    expect(&report, Step::Name, "name-not-found", Device::Dns);
}

fn told(server: &Running, told: &[&str]) -> Means {
    let told: Vec<IpAddr> = told.iter().map(|address| address.parse().unwrap()).collect();
    let place = Place { told, connect: server.address() };
    Means { resolver: Resolver::Fixed(Fixed::default().others(place)), ..means(server) }
}

#[tokio::test]
async fn inside_addresses_are_a_warning_for_a_name_and_wrong_for_an_address() {
    let server = served(Mode::Good).await;
    let inside = told(&server, &["10.1.2.3", "192.168.0.9"]);
    let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &inside).await;
    assert!(report.is_good());
    assert_eq!(report.warned().map(Fault::code).collect::<Vec<_>>(), ["inside-only"]);
    let question = asks("https://10.1.2.3/", Expects::ValidationToken);
    let report = probe::probe(&question, &told(&server, &["10.1.2.3"])).await;
    expect(&report, Step::Name, "inside-only", Device::Dns);
    let mixed = told(&server, &["10.1.2.3", "203.0.113.7"]);
    assert_eq!(probe::probe(&asks(ADDRESS, Expects::Answer), &mixed).await.warned().count(), 0);
}

#[tokio::test]
async fn this_machine_and_metadata_are_never_connected_to() {
    let server = served(Mode::Good).await;
    for address in ["127.0.0.1", "169.254.169.254", "::1", "fe80::1", "0.0.0.0"] {
        let means = told(&server, &[address]);
        let report = probe::probe(&asks(ADDRESS, Expects::ValidationToken), &means).await;
        expect(&report, Step::Name, "never-reachable", Device::Dns);
    }
    let port = server.address().port();
    let system = Means { resolver: Resolver::System, ..means(&server) };
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let question = asks(&format!("https://{host}:{port}/"), Expects::ValidationToken);
        let report = probe::probe(&question, &system).await;
        expect(&report, Step::Name, "never-reachable", Device::Dns);
    }
    assert_eq!(server.seen(), []);
}

#[tokio::test]
async fn addresses_of_another_form_are_not_tried() {
    let server = served(Mode::Good).await;
    for (address, code) in [
        ("http://pbx.example.com/", "address-not-https"),
        ("https://a:b@pbx.example.com/", "address-holds-user"),
    ] {
        let report = probe::probe(&asks(address, Expects::ValidationToken), &means(&server)).await;
        expect(&report, Step::Address, code, Device::Address);
    }
    assert_eq!(server.seen(), []);
}
