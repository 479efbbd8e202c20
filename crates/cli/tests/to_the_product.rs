//! From `footbridge rehearse --push` to `footbridge receive listen`, two programs on one computer: the second asks, the
//! first waits, and the product's file is there.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde_json::Value;
use support::{footbridge, run};

#[test]
fn a_rehearsal_is_pushed_to_a_receiver_that_asks_first() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (offer, state, written) = (at("offer.json"), at("state"), at("product.json"));
    let endpoint = format!("https://{free}/footbridge/v1/bundles");
    let made = ["receive", "offer", "--product", "targetconnect", "--endpoint", &endpoint, "--out", &offer];
    let ended = run(&[&made[..], &["--state", &state, "--json"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let listen = ["receive", "listen", "--address", &free, "--state", &state, "--json", "--once", "--wait"];
    let taking = ["--accept-rehearsal", "--template", "json", "--to", &written];
    let mut listening = footbridge().args(listen).args(taking).spawn().unwrap();
    let mut lines = BufReader::new(listening.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["event"], "listening");

    let out = at("out");
    let push = ["rehearse", "targetconnect", "--recipient", &offer, "--push", "--out", &out, "--json"];
    let rehearsing = footbridge().args(push).spawn().unwrap();
    let question = next();
    assert_eq!(question["event"], "question", "{question}");
    let number = question["number"].as_str().unwrap();
    assert_eq!(run(&["receive", "approve", number, "--state", &state]).code, Some(0));

    let ended = rehearsing.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{told}");
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    assert_eq!(of("delivery")[0]["addresses"][0], "127.0.0.1");
    assert_eq!(of("delivered")[0]["place"], endpoint.as_str());
    assert_eq!(of("delivered").len(), 1, "the second pass has nothing to deliver");
    assert_eq!(of("done")[1]["writes"], 0);
    assert_eq!(listening.wait().unwrap().code(), Some(0));

    let file: Value = serde_json::from_str(&std::fs::read_to_string(&written).unwrap()).unwrap();
    assert_eq!(file["fields"]["operator-local-field"], "Email");
    let secret = file["fields"]["client-secret"].as_str().unwrap();
    assert_eq!(secret, file["credential"]["secret"].as_str().unwrap());
    assert!(!told.contains(secret), "the secret goes to the product and to nobody else");
    let papers = std::fs::read_dir(Path::new(&out)).unwrap().map(|one| one.unwrap().path());
    let papers: Vec<_> = papers.filter(|path| path.extension().is_some_and(|end| end == "html")).collect();
    assert_eq!(papers.len(), 2, "{papers:?}");
    for paper in papers {
        assert!(!std::fs::read_to_string(paper).unwrap().contains(secret));
    }
}

#[test]
fn an_offer_is_taken_only_with_the_fingerprint_that_the_product_shows() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, offer, state, vault) = (at("data"), at("offer.json"), at("state"), at("vault.txt"));
    std::fs::write(&vault, "a vault passphrase for tests").unwrap();
    let kept = ["--data-dir", &data, "--vault", "passphrase", "--vault-passphrase-file", &vault];
    // The rehearsal's connection is nobody's target outside it; one that was begun and not signed in is enough here.
    let cloud = at("cloud.toml");
    std::fs::write(
        &cloud,
        "login = \"http://127.0.0.1:9\"\ngraph = \"http://127.0.0.1:9\"\nportal = \"http://127.0.0.1:9\"\n",
    )
    .unwrap();
    let begin = ["run", "targetconnect", "--connection", "Pilot", "--cloud", &cloud];
    assert_ne!(run(&[&kept[..], &begin[..]].concat()).code, Some(2));
    let made =
        ["receive", "offer", "--product", "targetconnect", "--out", &offer, "--state", &state, "--json"];
    let made = run(&made);
    let told: Value = serde_json::from_str(made.stdout.lines().next().unwrap()).unwrap();
    let fingerprint = told["fingerprint"].as_str().unwrap();

    let take = ["deliver", "offer", "--connection", "Pilot", "--from", &offer, "--json"];
    let unasked = run(&[&kept[..], &take[..]].concat());
    assert_eq!(unasked.code, Some(3), "nobody compared it: {}", unasked.stderr);
    let other = run(&[&kept[..], &take[..], &["--fingerprint", "ABCD-EFGH-2345-IJKL-67MN"]].concat());
    assert_eq!(other.code, Some(2), "{}", other.stderr);
    let same = run(&[&kept[..], &take[..], &["--fingerprint", &fingerprint.to_lowercase()]].concat());
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    let seen: Value = serde_json::from_str(same.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (seen["event"].as_str(), seen["fingerprint"].as_str()),
        (Some("offer-seen"), Some(fingerprint))
    );
    let send = ["deliver", "https", "--connection", "Pilot", "--yes", "--json"];
    let nowhere = run(&[&kept[..], &send[..]].concat());
    assert_eq!(nowhere.code, Some(3), "nothing to hand over yet: {}", nowhere.stderr);
}
