//! How little a set-up asks of a tenant: requests, changes, bytes on the wire, and how many requests wait for one another.
//! Counted by the pretend tenant, never timed. What the sign-in needs until its token is there is a person's time and is
//! left out: the device code, and the questions that it is still waited for.

use std::collections::BTreeSet;

use engine::State;
use footbridge_tests::{APPLICATION, Hands, Opened, PRODUCTS, Scene, TestDesk, Walkthrough, told};
use serde_json::{Value, json};
use simulator::{Exchange, Faults, Kind, Settings};

/// Requests of a first run, from the one that brings the token on.
const FIRST_RUN: usize = 12;
/// The same of a run with nothing to do.
const SECOND_RUN: usize = 3;
/// Bytes of all requests and answers of a first run.
const ON_THE_WIRE: usize = 60 * 1024;
/// Directories of two sizes.
const SIZES: [usize; 2] = [10, 5_000];

/// A tenant of so many people in which nothing lags.
fn scene(users: usize) -> Scene {
    let tenant = Settings {
        users,
        service_principals: users / 5,
        teams_delay: std::time::Duration::ZERO,
        ..Settings::default()
    };
    Scene { tenant, lasting: true, ..Scene::default() }
}

/// What came after the device code was there.
fn counted(traffic: &[Exchange]) -> Vec<Exchange> {
    let waits = |exchange: &&Exchange| {
        let is_code = exchange.url.ends_with("/devicecode");
        let is_poll = exchange.grant_type.as_deref().is_some_and(|grant| grant.ends_with(":device_code"));
        exchange.kind != Kind::Azure && !is_code && !(is_poll && exchange.status != 200)
    };
    traffic.iter().filter(waits).cloned().collect()
}

fn bytes(traffic: &[Exchange]) -> usize {
    traffic.iter().map(|exchange| exchange.bytes_asked + exchange.bytes_answered).sum()
}

/// Runs every step as a command line does that was told yes, right after the sign-in.
async fn run(hands: &Hands<'_>) -> Vec<Exchange> {
    let before = hands.at.control().traffic().len();
    hands.at.desk.expect_steps(&hands.connection);
    hands.sign_in("a.weber").await.unwrap();
    let list = hands.work().await;
    assert!(list.is_done(), "{}", told(&list));
    counted(&hands.at.control().traffic()[before..])
}

/// The calls of one request, as lines.
fn shown(traffic: &[Exchange]) -> String {
    let mut lines = Vec::new();
    for (number, exchange) in traffic.iter().enumerate() {
        let (asked, answered) = (exchange.bytes_asked, exchange.bytes_answered);
        let grant = exchange.grant_type.clone().unwrap_or_default();
        lines.push(format!(
            "{:2} {} {} {grant} {asked} + {answered} B",
            number + 1,
            exchange.method,
            exchange.url
        ));
        for call in calls(exchange).iter().filter(|_| exchange.url.ends_with("$batch")) {
            lines.push(format!("     {} {}", call.method, call.url));
        }
    }
    lines.join("\n")
}

/// One call to Graph, alone or in a batch.
struct Call {
    method: String,
    url: String,
}

impl Call {
    fn changes(&self) -> bool {
        self.method != "GET"
    }

    fn looks(&self) -> bool {
        let paths = ["/applications", "/servicePrincipals"];
        self.method == "GET"
            && paths.iter().any(|path| self.url.trim_start_matches("/v1.0").starts_with(path))
    }
}

fn calls(exchange: &Exchange) -> Vec<Call> {
    let line = exchange.line.clone().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match line["request_body"]["requests"].as_array() {
        Some(items) => {
            items.iter().map(|item| Call { method: text(&item["method"]), url: text(&item["url"]) }).collect()
        }
        None => vec![Call { method: exchange.method.clone(), url: exchange.url.clone() }],
    }
}

/// Ids that a text holds: of objects, and the longer ones of grants and meetings.
fn ids(text: &str) -> BTreeSet<String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
    text.split(|sign: char| !is_part(sign)).filter(|word| word.len() >= 36).map(str::to_owned).collect()
}

/// Whether a later request could not have been sent before the earlier one was answered: it carries a token or an id that
/// came with the answer, it changes what was looked at before, or it looks at what was changed.
fn waits_for(traffic: &[Exchange], earlier: usize, later: usize, told: &BTreeSet<String>) -> bool {
    let (first, second) = (&traffic[earlier], &traffic[later]);
    let is_application = |exchange: &Exchange| exchange.grant_type.as_deref() == Some("client_credentials");
    if first.kind == Kind::SignIn {
        return second.authorization || is_application(second);
    }
    let line = |exchange: &Exchange, member: &str| {
        exchange.line.as_ref().map(|line| line[member].to_string()).unwrap_or_default()
    };
    let new: BTreeSet<String> = ids(&line(first, "response_body")).difference(told).cloned().collect();
    let carried = ids(&format!("{} {}", second.url, line(second, "request_body")));
    let (before, after) = (calls(first), calls(second));
    let changes_what_was_seen = before.iter().any(Call::looks) && after.iter().any(Call::changes);
    let sees_what_was_changed = before.iter().any(Call::changes) && after.iter().any(Call::looks);
    let uses_what_was_granted = before.iter().any(Call::changes) && is_application(second);
    !new.is_disjoint(&carried) || changes_what_was_seen || sees_what_was_changed || uses_what_was_granted
}

/// The most requests that had to follow each other.
fn longest_chain(traffic: &[Exchange]) -> usize {
    let mut known = BTreeSet::new();
    let mut told = Vec::new();
    for exchange in traffic {
        told.push(known.clone());
        let line = exchange.line.as_ref().map(ToString::to_string).unwrap_or_default();
        known.extend(ids(&line));
    }
    let mut depths: Vec<usize> = Vec::new();
    for later in 0..traffic.len() {
        let before = (0..later).filter(|earlier| waits_for(traffic, *earlier, later, &told[*earlier]));
        let depth = before.map(|earlier| depths[earlier]).max().unwrap_or(0) + 1;
        depths.push(depth);
    }
    depths.into_iter().max().unwrap_or(0)
}

#[tokio::test]
async fn a_set_up_is_lean_whatever_the_size_of_the_tenant() {
    let mut requests = Vec::new();
    for users in SIZES {
        let at = TestDesk::open(scene(users)).await;
        let hands = at.connection("Pilot").await;
        let traffic = run(&hands).await;
        let (weight, chain) = (bytes(&traffic), longest_chain(&traffic));
        eprintln!(
            "{users} users: {} requests, {weight} B, {chain} in a row\n{}",
            traffic.len(),
            shown(&traffic)
        );
        assert!(traffic.len() <= FIRST_RUN, "{users} users: {} requests", traffic.len());
        assert!(weight <= ON_THE_WIRE, "{users} users: {weight} bytes");
        // A round trip of any length: all requests one after the other take at most a quarter longer than those that must.
        assert!(traffic.len() * 4 <= chain * 5, "{} requests, of which {chain} had to follow", traffic.len());
        assert_eq!(at.tenant.world().doubles(APPLICATION), Vec::<String>::new());
        requests.push(traffic.len());
    }
    assert_eq!(requests[0], requests[1], "the number of requests hangs on the size of the tenant");
}

#[tokio::test]
async fn a_run_with_nothing_to_do_asks_three_times_and_changes_nothing() {
    let at = TestDesk::open(scene(20)).await;
    let hands = at.connection("Pilot").await;
    run(&hands).await;
    let connection = hands.connection.clone();
    let (writes, world) = (at.tenant.world().writes(), at.tenant.world().lasting());
    // Another process begins with a sign-in of its own.
    let at = at.reopened();
    let traffic = run(&at.resume(&connection)).await;
    eprintln!("again: {} requests, {} B\n{}", traffic.len(), bytes(&traffic), shown(&traffic));
    assert!(traffic.len() <= SECOND_RUN, "{} requests", traffic.len());
    assert!(traffic.iter().flat_map(calls).any(|call| call.looks()), "it must have looked");
    assert_eq!(at.tenant.world().writes(), writes);
    assert_eq!(at.tenant.world().lasting(), world);
}

/// The control of the measure: requests that could have gone together are told from those that could not.
#[tokio::test]
async fn what_needs_not_wait_is_seen() {
    let at = TestDesk::open(scene(20)).await;
    let hands = at.connection("Pilot").await;
    let before = at.control().traffic().len();
    hands.sign_in("a.weber").await.unwrap();
    for text in ["a", "b", "c", "d"] {
        at.desk.search_users(&hands.connection, text).await.unwrap();
    }
    let traffic = counted(&at.control().traffic()[before..]);
    let chain = longest_chain(&traffic);
    assert_eq!((traffic.len(), chain), (6, 2), "{}", shown(&traffic));
    assert!(traffic.len() * 4 > chain * 5);
}

/// What a person's walk through each product costs, who reads every plan and says yes to it: the tenant is looked at once
/// more after each yes.
#[tokio::test]
async fn every_product_asks_for_little() {
    for product in PRODUCTS {
        let walk = Walkthrough::open(product, Opened::default()).await;
        let before = walk.control().traffic().len();
        walk.sign_in().await.unwrap();
        walk.finish(4).await;
        let traffic = counted(&walk.control().traffic()[before..]);
        let changes = traffic.iter().filter(|exchange| exchange.kind == Kind::Graph);
        let changes = changes.flat_map(calls).filter(Call::changes).count();
        eprintln!(
            "{product}: {} requests, {changes} changes, {} B, {} in a row",
            traffic.len(),
            bytes(&traffic),
            longest_chain(&traffic)
        );
        assert!(traffic.len() <= 60, "{product}: {}", shown(&traffic));
    }
}

/// The proof goes in the change's own request, and it is a proof still: what the tenant does not show is not green.
#[tokio::test]
async fn a_change_that_only_says_that_it_was_made_is_not_green() {
    let at = TestDesk::open(scene(20)).await;
    let hands = at.targetconnect("a.weber").await;
    at.desk.confirm(&hands.connection, "notice", "Anna Weber", "read").unwrap();
    for step in ["register", "note-ids", "secret"] {
        hands.run(step).await;
    }
    let said = json!({ "faults": [{
        "match": { "method": "PATCH", "path": "/v1.0/applications/*", "inside_batch": true },
        "action": { "do": "answer", "status": 204 },
    }] });
    at.control().set_faults(Faults::read(&said.to_string()).unwrap());
    hands.run("permissions").await;
    assert_eq!(at.control().struck(), 1, "the change was never met");
    assert_eq!(hands.state("permissions"), State::Pending, "{}", told(&hands.list()));
    at.control().set_faults(Faults::default());
    hands.run("permissions").await;
    assert_eq!(hands.state("permissions"), State::Proven, "{}", told(&hands.list()));
}
