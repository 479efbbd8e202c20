//! The push to Axigen's command line, over TLS and over loopback, against a server that is awkward, refuses, and goes
//! away; and an independent client at the same server.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use delivery::axigen::{
    Admin, AxigenError, ConnectorChange, Left, Permission, Protection, SecretReadBack, SecretState, Session,
    Stopped, Target, Version, version,
};
use footbridge_tests::stranger;
use secrecy::{ExposeSecret as _, SecretString};
use simulator::axigen::{Awkward, Configuration, Connector, Kind, Mishap, Running, Settings, start};

const SECRET: &str = "Ab8~x.Y \"it's\" z-1_Q";
const OLD_SECRET: &str = "old \\ one";
const PASSWORD: &str = "rehearsal-admin";

fn least() -> Version {
    Version::read("10.6.0").unwrap()
}

fn plain(server: &Running) -> Target {
    Target {
        connect: None,
        host: "127.0.0.1".into(),
        port: server.plain().port(),
        protection: Protection::PlainToLoopback,
        patience: Duration::from_secs(30),
    }
}

fn tls(server: &Running) -> Target {
    Target {
        host: "localhost".into(),
        port: server.tls().port(),
        protection: Protection::Tls { authority: Some(server.ca().to_owned()) },
        ..plain(server)
    }
}

fn admin() -> Admin {
    Admin { name: "admin".into(), password: SecretString::from(PASSWORD) }
}

fn change() -> ConnectorChange {
    let tenant = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/v2.0";
    ConnectorChange {
        connector: None,
        make_ready_made: false,
        authz_uri: format!("{tenant}/authorize"),
        token_uri: format!("{tenant}/token"),
        client_scopes: "User.Read Calendars.ReadWrite offline_access".into(),
        client_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee".into(),
        client_secret: SecretString::from(SECRET),
        redirect_base_url: Some("https://mail.example.com".into()),
        hidden_secret_is_this: false,
    }
}

/// The server as it is when somebody set the connector up before.
fn used() -> Settings {
    let mut settings = Settings::default();
    let teams = settings.configuration.connectors.get_mut("Microsoft Teams").unwrap();
    teams.fields.insert("clientId".into(), "the old one".into());
    teams.fields.insert("clientSecret".into(), OLD_SECRET.into());
    settings
}

fn without_ready_made() -> Settings {
    let mut settings = Settings::default();
    settings.configuration.connectors.remove("Microsoft Teams");
    settings
}

async fn open(target: &Target) -> Session {
    Session::open(target, &admin(), &least()).await.unwrap()
}

#[track_caller]
fn is_pushed(configuration: &Configuration) {
    let fields = &configuration.connectors["Microsoft Teams"].fields;
    let wanted = change();
    assert_eq!(fields["authzUri"], wanted.authz_uri);
    assert_eq!(fields["tokenUri"], wanted.token_uri);
    assert_eq!(fields["clientScopes"], wanted.client_scopes);
    assert_eq!(fields["clientId"], wanted.client_id);
    assert_eq!(fields["clientSecret"], SECRET);
    assert_eq!(fields["redirectBaseUrl"], "https://mail.example.com");
    assert!(configuration.teams_connector);
    assert_eq!(configuration.connectors.get("Zoom"), Some(&Connector::zoom()), "another product's connector");
}

fn writes(heard: &[String]) -> Vec<&String> {
    let writing = ["SET ", "COMMIT", "DONE", "SAVE", "RESET", "REMOVE", "ADD"];
    heard.iter().filter(|line| writing.iter().any(|word| line.starts_with(word))).collect()
}

fn awkward() -> Awkward {
    Awkward { split: Some(7), echo: true, colours: true, ..Awkward::default() }
}

#[tokio::test]
async fn the_connector_is_pushed_read_back_and_saved_on_both_ways() {
    for (seed, commits_at_once) in [(1, false), (2, true)] {
        for awkward in [Awkward::default(), Awkward { split: Some(seed), ..awkward() }] {
            for way in [plain, tls] {
                let server =
                    start(Settings { commits_at_once, awkward: awkward.clone(), ..used() }).await.unwrap();
                let target = way(&server);
                assert_eq!(version(&target).await.unwrap().to_string(), "10.6.30");
                let mut session = open(&target).await;
                let plan = session.plan_connector(&change()).await.unwrap();
                assert_eq!(plan.connector.as_deref(), Some("Microsoft Teams"));
                assert_eq!((plan.secret, plan.sends_secret), (SecretState::Differs, true));
                assert!(!format!("{plan:?}").contains(SECRET) && !format!("{plan:?}").contains(OLD_SECRET));
                assert_eq!(writes(&server.heard()), Vec::<&String>::new(), "a preview writes nothing");

                let receipt = session.apply_connector(&change()).await.unwrap();
                assert!(receipt.saved && receipt.secret == SecretReadBack::Equal);
                assert!(receipt.changed.iter().any(|field| field == "enableTeamsConnector"));
                is_pushed(&server.running());
                is_pushed(&server.saved());

                server.trouble(None);
                assert!(session.plan_connector(&change()).await.unwrap().is_done());
                let again = session.apply_connector(&change()).await.unwrap();
                assert!(again.changed.is_empty() && !again.saved);
                assert_eq!(writes(&server.heard()), Vec::<&String>::new(), "a second push writes nothing");
                session.close().await;
            }
        }
    }
}

#[tokio::test]
async fn users_are_allowed_at_each_level() {
    let server = start(Settings { awkward: awkward(), ..Settings::default() }).await.unwrap();
    let mut session = open(&tls(&server)).await;
    let domain = "test.tld".to_owned();
    let levels = [
        Permission::AccountClass { domain: domain.clone(), name: "Power users".into() },
        Permission::Account { domain: domain.clone(), name: "anna".into() },
        Permission::Domain { domain: domain.clone() },
    ];
    for permission in &levels {
        let plan = session.plan_permission(permission).await.unwrap();
        assert!(!plan.allowed && plan.commands.last().unwrap() == "SAVE CONFIG");
        assert!(session.allow(permission).await.unwrap().saved);
        server.trouble(None);
        assert!(!session.allow(permission).await.unwrap().saved);
        assert_eq!(writes(&server.heard()), Vec::<&String>::new());
    }
    let set = server.saved().domains["test.tld"].clone();
    assert!(set.teams);
    assert_eq!((set.classes["Power users"], set.classes["Standard"]), (Some(true), None));
    assert_eq!((set.accounts["anna"], set.accounts["bernd"]), (Some(true), None));
    assert!(!server.saved().domains["example.com"].teams, "another domain");
    let absent = Permission::Domain { domain: "no.such".into() };
    let refused = session.plan_permission(&absent).await.unwrap_err();
    assert!(refused.to_string().contains("UPDATE Domain name"), "{refused}");
}

/// What one change does.
#[derive(Clone, Copy, Debug)]
enum Work {
    Connector,
    MadeConnector,
    Allow,
}

impl Work {
    async fn run(self, target: &Target) -> Result<(), Stopped> {
        let mut session = Session::open(target, &admin(), &least()).await?;
        match self {
            Work::Connector => session.apply_connector(&change()).await.map(drop),
            Work::MadeConnector => {
                let change = ConnectorChange { make_ready_made: true, ..change() };
                session.apply_connector(&change).await.map(drop)
            }
            Work::Allow => {
                let name = "Power users".to_owned();
                session.allow(&Permission::AccountClass { domain: "test.tld".into(), name }).await.map(drop)
            }
        }
    }

    fn settings(self) -> Settings {
        match self {
            Work::Connector | Work::Allow => used(),
            Work::MadeConnector => without_ready_made(),
        }
    }
}

/// Goes through every position at which something can go wrong, until a run comes to its end without it. Answers how
/// many positions there were.
async fn every_position(work: Work, kind: Kind, commits_at_once: bool) -> u32 {
    let server = start(Settings { commits_at_once, ..work.settings() }).await.unwrap();
    let target = plain(&server);
    let before = server.running();
    let first = target.clone();
    // A task of its own, as a shell runs it.
    tokio::spawn(async move { work.run(&first).await }).await.unwrap().unwrap();
    let done = server.running();
    assert_ne!(done, before, "control: the work changes something");
    assert_eq!(server.saved(), done);
    for at in 1..200 {
        server.restore();
        server.trouble(Some(Mishap { at, kind }));
        let outcome = work.run(&target).await;
        let what = format!("{work:?}, {kind:?} at {at}, at once: {commits_at_once}, {:?}", server.heard());
        if !server.has_happened() {
            outcome.unwrap();
            return at - 1;
        }
        match outcome {
            // A row of a list that could not be shown just now, and is another product's.
            Ok(()) => assert_eq!((server.running(), server.saved()), (done.clone(), done.clone()), "{what}"),
            Err(stopped) => {
                assert_eq!(server.running(), before, "{what}: {stopped}");
                assert_eq!(server.saved(), before, "{what}: {stopped}");
                assert!(matches!(stopped.left, Left::AsBefore | Left::PutBack), "{what}: {stopped}");
                tells_no_secret(&stopped);
            }
        }
    }
    panic!("{work:?} does not come to an end");
}

#[track_caller]
fn tells_no_secret(stopped: &Stopped) {
    let told = format!("{stopped} {stopped:?}");
    for secret in [SECRET, OLD_SECRET, PASSWORD] {
        assert!(!told.contains(secret), "{told}");
    }
}

async fn refused_at_every_position(work: Work) {
    for commits_at_once in [false, true] {
        let positions = every_position(work, Kind::Refuse, commits_at_once).await;
        assert!(positions >= 12, "{work:?} has only {positions} commands");
    }
}

async fn dropped_at_every_position(work: Work) {
    for commits_at_once in [false, true] {
        for kind in [Kind::Drop, Kind::DropAfter] {
            every_position(work, kind, commits_at_once).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_at_any_command_leaves_the_connector_as_it_was() {
    refused_at_every_position(Work::Connector).await;
}

#[tokio::test]
async fn a_refusal_at_any_command_leaves_no_made_connector() {
    refused_at_every_position(Work::MadeConnector).await;
}

#[tokio::test]
async fn a_refusal_at_any_command_leaves_the_permission_as_it_was() {
    refused_at_every_position(Work::Allow).await;
}

#[tokio::test]
async fn a_dropped_line_at_any_command_leaves_the_connector_as_it_was() {
    dropped_at_every_position(Work::Connector).await;
}

#[tokio::test]
async fn a_dropped_line_at_any_command_leaves_no_made_connector() {
    dropped_at_every_position(Work::MadeConnector).await;
}

#[tokio::test]
async fn a_dropped_line_at_any_command_leaves_the_permission_as_it_was() {
    dropped_at_every_position(Work::Allow).await;
}

#[tokio::test]
async fn a_server_that_does_not_come_back_is_never_said_to_be_as_it_was_when_it_is_not() {
    for kind in [Kind::RefuseFromHere, Kind::DropForGood] {
        for work in [Work::Connector, Work::Allow] {
            let server = start(Settings { commits_at_once: true, ..work.settings() }).await.unwrap();
            let before = server.running();
            let mut unknown = 0;
            for at in 1..200 {
                server.restore();
                server.trouble(Some(Mishap { at, kind }));
                let outcome = work.run(&plain(&server)).await;
                if !server.has_happened() {
                    break;
                }
                let stopped = outcome.unwrap_err();
                tells_no_secret(&stopped);
                assert_eq!(server.saved(), before, "{work:?}, {kind:?} at {at}");
                match stopped.left {
                    Left::Unknown(_) => unknown += 1,
                    _ => assert_eq!(server.running(), before, "{work:?}, {kind:?} at {at}: {stopped}"),
                }
            }
            assert!(unknown > 0, "control: {kind:?} can leave something behind");
        }
    }
}

#[tokio::test]
async fn a_stop_says_where_it_stopped() {
    let server = start(used()).await.unwrap();
    let mut session = open(&plain(&server)).await;
    session.apply_connector(&change()).await.unwrap();
    let heard = server.heard();
    let at = heard.iter().position(|line| line.starts_with("SET clientSecret")).unwrap();
    server.restore();
    server.trouble(Some(Mishap { at: u32::try_from(at).unwrap() + 1, kind: Kind::Refuse }));
    let stopped = session.apply_connector(&change()).await.unwrap_err();
    assert_eq!(
        stopped.to_string(),
        "the server refused \"SET clientSecret\" in SERVER / USERDB / oauthConnector; the server is as it was"
    );
    // The same session goes on where it can.
    server.trouble(None);
    session.apply_connector(&change()).await.unwrap();
    is_pushed(&server.saved());
}

#[tokio::test]
async fn a_server_that_hides_its_secret_is_believed_only_as_far_as_it_shows() {
    for commits_at_once in [false, true] {
        let server = start(Settings { masks_secret: true, commits_at_once, ..used() }).await.unwrap();
        let mut session = open(&plain(&server)).await;
        let plan = session.plan_connector(&change()).await.unwrap();
        assert_eq!((plan.secret, plan.sends_secret), (SecretState::Hidden, true));
        let receipt = session.apply_connector(&change()).await.unwrap();
        assert_eq!(receipt.secret, SecretReadBack::Hidden);
        is_pushed(&server.saved());
        let known = ConnectorChange { hidden_secret_is_this: true, ..change() };
        assert!(session.plan_connector(&known).await.unwrap().is_done());
        assert!(!session.plan_connector(&change()).await.unwrap().is_done());

        // The old secret cannot be put back, so the new values stay together and that is said.
        let commands = u32::try_from(server.heard().len()).unwrap();
        server.restore();
        let before = server.saved();
        let mut kept = 0;
        for at in 1..=commands {
            server.restore();
            server.trouble(Some(Mishap { at, kind: Kind::Refuse }));
            match session.apply_connector(&change()).await {
                Err(Stopped { left: Left::NewUnsaved, .. }) => {
                    kept += 1;
                    is_pushed(&server.running());
                    assert_eq!(server.saved(), before);
                }
                Err(Stopped { left: Left::AsBefore | Left::PutBack, cause }) => {
                    assert_eq!(
                        (server.running(), server.saved()),
                        (before.clone(), before.clone()),
                        "{cause}"
                    );
                }
                Err(Stopped { left: Left::Unknown(_), cause }) => panic!("{cause}"),
                Ok(_) => is_pushed(&server.saved()),
            }
        }
        assert!(kept > 0, "control: a refused SAVE CONFIG leaves the new values");
    }
}

#[tokio::test]
async fn the_connector_is_found_by_what_the_server_lists() {
    let server = start(without_ready_made()).await.unwrap();
    let mut session = open(&plain(&server)).await;
    let missing = session.plan_connector(&change()).await.unwrap_err();
    assert_eq!(missing, AxigenError::NoConnector { others: vec!["Zoom".into()] });
    let stopped = session.apply_connector(&change()).await.unwrap_err();
    assert_eq!(stopped.left, Left::AsBefore);
    assert_eq!(writes(&server.heard()), Vec::<&String>::new(), "nothing is reset unasked");

    let making = ConnectorChange { make_ready_made: true, ..change() };
    assert_eq!(session.plan_connector(&making).await.unwrap().connector, None);
    assert_eq!(session.apply_connector(&making).await.unwrap().subject, "Microsoft Teams");
    is_pushed(&server.saved());
    server.trouble(None);
    session.apply_connector(&making).await.unwrap();
    assert!(!server.heard().iter().any(|line| line.starts_with("RESET")), "one that is there is not reset");

    let mut settings = Settings::default();
    settings.configuration.connectors.insert("teams (test)".into(), Connector::ready_made());
    let server = start(settings).await.unwrap();
    let mut session = open(&plain(&server)).await;
    let names = vec!["Microsoft Teams".to_owned(), "teams (test)".to_owned()];
    assert_eq!(session.plan_connector(&change()).await.unwrap_err(), AxigenError::Ambiguous { names });
    let named = ConnectorChange { connector: Some("teams (test)".into()), ..change() };
    assert_eq!(session.apply_connector(&named).await.unwrap().subject, "teams (test)");
    assert_eq!(server.saved().connectors["Microsoft Teams"], Connector::ready_made());
}

#[tokio::test]
async fn a_wrong_password_and_a_server_that_is_too_old_are_told() {
    let server = start(Settings::default()).await.unwrap();
    let wrong = Admin { password: SecretString::from("not it"), ..admin() };
    let refused = Session::open(&tls(&server), &wrong, &least()).await.err();
    assert_eq!(refused, Some(AxigenError::WrongPassword));
    let hostile = Admin { password: SecretString::from("x\r\nSAVE CONFIG"), ..admin() };
    let refused = Session::open(&tls(&server), &hostile, &least()).await.err();
    assert!(matches!(refused, Some(AxigenError::Value { .. })), "{refused:?}");

    let strict = start(Settings { most_failed_sign_ins: 1, ..Settings::default() }).await.unwrap();
    let refused = Session::open(&tls(&strict), &wrong, &least()).await.err();
    assert_eq!(refused, Some(AxigenError::TooManySignIns));

    let old = start(Settings { version: "10.5.27".into(), ..Settings::default() }).await.unwrap();
    let refused = Session::open(&tls(&old), &wrong, &least()).await.err();
    assert!(matches!(refused, Some(AxigenError::TooOld { .. })), "no password was tried: {refused:?}");
}

#[tokio::test]
async fn the_certificate_decides_before_anything_is_said() {
    let server = start(Settings::default()).await.unwrap();
    let other = start(Settings::default()).await.unwrap();
    let target = tls(&server);
    let untrusted = AxigenError::Untrusted { host: "localhost".into() };
    for authority in [None, Some(other.ca().to_owned())] {
        let target = Target { protection: Protection::Tls { authority }, ..target.clone() };
        assert_eq!(version(&target).await.unwrap_err(), untrusted);
    }
    assert!(version(&target).await.is_ok(), "control: the server's own authority is taken");
    let to_plain = Target { port: server.plain().port(), ..target.clone() };
    let refused = version(&to_plain).await.unwrap_err();
    assert!(matches!(refused, AxigenError::Tls { .. }), "{refused:?}");
}

/// The independent client at this server; None where there is no Python.
fn ask_stranger(
    server: &Running,
    with_tls: bool,
    password: &str,
    commands: &str,
) -> Option<serde_json::Value> {
    if !stranger("python3") {
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/strangers/axigen.py");
    let address = if with_tls { server.tls() } else { server.plain() };
    let mut command = Command::new("python3");
    command.args([script, "127.0.0.1", &address.port().to_string()]).env("AXIGEN_PASSWORD", password);
    if with_tls {
        command.arg("--ca").arg(server.ca());
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(commands.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_client_speaks_with_the_pretend_server() {
    let awkward = Awkward { split: Some(3), ..Awkward::default() };
    let server = start(Settings { awkward, ..Settings::default() }).await.unwrap();
    for with_tls in [false, true] {
        let commands =
            "LIST Domains\nCONFIG SERVER\nCONFIG USERDB\nLIST oauthConnectors\nNONSENSE\nBACK\nBACK\n";
        let Some(said) = ask_stranger(&server, with_tls, PASSWORD, commands) else { return };
        assert_eq!(said["version"][0], "10.6.30|Linux|x86_64");
        assert_eq!(said["last"], "+OK: have a nice day");
        let answers = said["answers"].as_array().unwrap();
        assert!(answers[0]["lines"].as_array().unwrap().iter().any(|line| line == "test.tld"));
        assert!(answers[3]["lines"][0].as_str().unwrap().starts_with("Microsoft Teams"));
        let oks: Vec<bool> = answers.iter().map(|answer| answer["ok"].as_bool().unwrap()).collect();
        assert_eq!(oks, [true, true, true, true, false, true, true]);
        assert_eq!((&answers[3]["prompt"], &answers[6]["prompt"]), (&"server-userdb#".into(), &"#".into()));
    }
    let refused = ask_stranger(&server, false, "not it", "").unwrap();
    assert_eq!(refused["signed_in"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_that_is_pasted_does_what_the_push_does() {
    let server = start(Settings::default()).await.unwrap();
    let named = ConnectorChange { connector: Some("Microsoft Teams".into()), ..change() };
    let shown = named.script().unwrap();
    assert!(!shown.contains("Ab8~x") && shown.contains("SET clientSecret <the client secret>"), "{shown}");
    let permission = Permission::Domain { domain: "test.tld".into() };
    let whole = named.script_with_secret().unwrap();
    let text = format!("{}{}", whole.expose_secret(), permission.script().unwrap());
    let Some(said) = ask_stranger(&server, true, PASSWORD, &text) else { return };
    let refused: Vec<_> =
        said["answers"].as_array().unwrap().iter().filter(|one| one["ok"] == false).collect();
    assert!(refused.is_empty(), "{refused:?}");
    is_pushed(&server.saved());
    assert!(server.saved().domains["test.tld"].teams);
    let mut session = open(&tls(&server)).await;
    assert!(
        session.plan_connector(&change()).await.unwrap().is_done(),
        "what was pasted is what the push wants"
    );
    session.close().await;
}
