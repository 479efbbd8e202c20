//! G-07: a token goes to Graph and nowhere else, whatever an answer says. Addresses that pass weak host checks arrive on four
//! carriers; a canary server stands where a client would end that followed them. The same addresses in the hands of an
//! ordinary client reach the canary, token and all.

use std::sync::{Arc, Mutex};

use engine::cloud::model::User;
use engine::cloud::signin::application;
use engine::cloud::{Call, Graph, GraphFault, Place, Wire};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::raw_server::{RawServer, Said, http};
use footbridge_tests::{Tenant, TenantClock, small_tenant};
use secrecy::SecretString;
use serde_json::json;

/// `{g}` is Graph's host and port, `{p}` its port, `{c}` the canary's, `{d}` the canary's port.
const ADDRESSES: &str = include_str!("stray-addresses.txt");

const STATUSES: [&str; 5] = [
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
];

struct Scene {
    tenant: Tenant,
    graph: RawServer,
    canary: RawServer,
    neighbour: RawServer,
    next: Arc<Mutex<Vec<u8>>>,
    wire: Wire,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn open() -> Scene {
        let tenant = Tenant::start(small_tenant()).await;
        let next: Arc<Mutex<Vec<u8>>> = Arc::default();
        let answer = next.clone();
        let graph =
            RawServer::start("127.0.0.1:0", move |_| Said::Bytes(answer.lock().unwrap().clone())).await;
        let empty = || {
            |_: &_| Said::Bytes(http("200 OK", &[("content-type", "application/json")], b"{\"value\":[]}"))
        };
        let canary = RawServer::start("[::]:0", empty()).await;
        // Whoever compares the port only ends at this one.
        let neighbour = RawServer::start(&format!("127.0.0.2:{}", graph.at.port()), empty()).await;
        let folder = tempfile::tempdir().unwrap();
        let mut place: Place = tenant.place(folder.path());
        place.graph = graph.origin().parse().unwrap();
        let clock = Arc::new(TenantClock::new(tenant.control()));
        let wire = Wire::new(place, clock).unwrap();
        Scene { tenant, graph, canary, neighbour, next, wire, _folder: folder }
    }

    async fn as_application(&self) -> Graph {
        let told = self.tenant.announcement();
        let secret = SecretString::from(told.confidential.secret.as_str());
        let login = Wire::new(self.tenant.place(self._folder.path()), self.wire.clock().clone()).unwrap();
        let token =
            application::token(&login, &told.tenant, &told.confidential.client_id, &secret).await.unwrap();
        Graph::as_application(self.wire.clone(), token)
    }

    fn addresses(&self) -> Vec<String> {
        let (graph, canary) = (self.graph.at.to_string(), format!("127.0.0.1:{}", self.canary.at.port()));
        let filled = |line: &str| {
            line.replace("{g}", &graph)
                .replace("{p}", &self.graph.at.port().to_string())
                .replace("{c}", &canary)
                .replace("{d}", &self.canary.at.port().to_string())
        };
        ADDRESSES.lines().filter(|line| !line.starts_with('#')).map(filled).collect()
    }

    fn answer(&self, status: &str, headers: &[(&str, &str)], body: &[u8]) {
        *self.next.lock().unwrap() = http(status, headers, body);
    }
}

#[tokio::test]
async fn g07_tokens_stay_at_home() {
    let scene = Scene::open().await;
    let graph = scene.as_application().await;
    let addresses = scene.addresses();
    let is_json = ("content-type", "application/json");
    let mut tried = 0;
    let mut asked = 0;
    for (number, address) in addresses.iter().enumerate() {
        // A redirect, on a read and on a change.
        for call in [Call::get("/users"), Call::post("/applications", json!({ "displayName": "x" }))] {
            scene.answer(STATUSES[number % STATUSES.len()], &[("location", address), is_json], b"");
            let error = graph.call(&call).await.unwrap_err();
            assert!(error.status.is_none_or(|status| (300..400).contains(&status)), "{address}: {error:?}");
            asked += 1;
        }
        // A next link.
        let page = json!({ "value": [{ "id": "1" }], "@odata.nextLink": address });
        scene.answer("200 OK", &[is_json], page.to_string().as_bytes());
        let error = graph.pages::<User>("/users", false, 10, &mut |_| true).await.unwrap_err();
        assert_eq!(error.kind, GraphFault::ForeignLink, "{address}");
        // Where something was made, and where an operation can be watched.
        for status in ["201 Created", "202 Accepted"] {
            scene.answer(
                status,
                &[
                    ("location", address),
                    ("content-location", address),
                    ("operation-location", address),
                    is_json,
                ],
                b"{\"id\":\"1\"}",
            );
            assert!(graph.call(&Call::post("/applications", json!({}))).await.is_ok(), "{address}");
        }
        // A delta link.
        let page =
            json!({ "value": [{ "id": "1" }], "@odata.deltaLink": address, "@odata.context": address });
        scene.answer("200 OK", &[is_json], page.to_string().as_bytes());
        assert_eq!(
            graph.pages::<User>("/users", false, 10, &mut |_| true).await.unwrap().len(),
            1,
            "{address}"
        );
        asked += 4;
        tried += 4;
    }
    assert_eq!(scene.graph.connections(), asked, "each call is one request to Graph and no more");
    let elsewhere = scene.canary.connections() + scene.neighbour.connections();

    // The control: an ordinary client, which follows and takes its token along.
    let naive = naive_client();
    let mut reached_by_a_naive_client = 0;
    for address in addresses.iter().filter(|address| stays_on_this_computer(address)) {
        let before = scene.canary.connections() + scene.neighbour.connections();
        let _ = naive.get(address.trim()).send().await;
        reached_by_a_naive_client +=
            usize::from(scene.canary.connections() + scene.neighbour.connections() > before);
    }
    let with_token = scene.canary.heard().iter().filter(|heard| heard.has_token()).count();
    assert!(with_token > 0, "the canary must be able to see a token");
    reached("G-07", "addresses", addresses.len() as u64, Target::AtLeast(60));
    reached("G-07", "addresses on four carriers", tried, Target::AtLeast(240));
    reached("G-07", "connections elsewhere", elsewhere as u64, Target::Exactly(0));
    reached(
        "G-07",
        "addresses that a naive client follows to the canary (control)",
        reached_by_a_naive_client as u64,
        Target::AtLeast(15),
    );
}

fn stays_on_this_computer(address: &str) -> bool {
    let host = url::Url::parse(address.trim()).ok().and_then(|url| url.host().map(|host| host.to_owned()));
    match host {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn naive_client() -> reqwest::Client {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("authorization", "Bearer false".parse().unwrap());
    let short = std::time::Duration::from_millis(300);
    reqwest::Client::builder().no_proxy().default_headers(headers).timeout(short).build().unwrap()
}

/// The same at the sign-in: neither a secret nor a refresh token follows a redirect.
#[tokio::test]
async fn g07_secrets_of_a_sign_in_stay_at_home() {
    let scene = Scene::open().await;
    let mut place = scene.wire.place().clone();
    place.login = scene.graph.origin().parse().unwrap();
    let wire = Wire::new(place, scene.wire.clock().clone()).unwrap();
    let secret = SecretString::from("a-secret-that-must-not-travel");
    let addresses = scene.addresses();
    for (number, address) in addresses.iter().enumerate() {
        scene.answer(STATUSES[number % STATUSES.len()], &[("location", address)], b"");
        let tenant = scene.tenant.announcement().tenant.clone();
        assert!(application::token(&wire, &tenant, "client", &secret).await.is_err(), "{address}");
    }
    assert!(
        scene.graph.heard().iter().all(footbridge_tests::raw_server::Heard::has_token),
        "the sign-in was reached"
    );
    let elsewhere = scene.canary.connections() + scene.neighbour.connections();
    reached("G-07", "sign-ins redirected", addresses.len() as u64, Target::AtLeast(60));
    reached("G-07", "connections elsewhere at sign-in", elsewhere as u64, Target::Exactly(0));
}
