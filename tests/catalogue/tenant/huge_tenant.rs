//! G-28: a tenant of 100,000 people and 20,000 applications. The first rows are there after the first request, a listener ends
//! the reading at once, throttling in between is waited out, circles and endless lists are found, and memory stays small. A
//! whole guide in such a tenant asks hardly more than in a small one.

use std::sync::Arc;

use engine::cloud::graph::NO_CAP;
use engine::cloud::model::User;
use engine::cloud::signin::application;
use engine::cloud::{Graph, GraphFault, Wire};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::raw_server::{RawServer, Said, http};
use footbridge_tests::{Opened, Tenant, TenantClock, Walkthrough, small_tenant};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use simulator::{Kind, Settings, Throttle};

#[derive(Deserialize)]
struct Row {
    #[allow(dead_code)]
    id: String,
}

async fn as_application(tenant: &Tenant, origin: Option<&str>) -> (Graph, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut place = tenant.place(folder.path());
    let clock = Arc::new(TenantClock::new(tenant.control()));
    let told = tenant.announcement();
    let secret = SecretString::from(told.confidential.secret.as_str());
    let login = Wire::new(place.clone(), clock.clone()).unwrap();
    let token =
        application::token(&login, &told.tenant, &told.confidential.client_id, &secret).await.unwrap();
    if let Some(origin) = origin {
        place.graph = origin.parse().unwrap();
    }
    (Graph::as_application(Wire::new(place, clock).unwrap(), token), folder)
}

/// Memory in use now, in MiB (proc(5), VmRSS).
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}

#[tokio::test]
async fn g28_everybody_is_read_page_by_page() {
    let (users, principals) = (scale(5_000, 100_000), scale(1_000, 20_000));
    let throttle = Some(Throttle { every: 50, retry_after: 1 });
    let settings =
        Settings { users, service_principals: principals, throttle, page_size: Some(999), ..small_tenant() };
    let tenant = Tenant::start(settings).await;
    let (graph, _folder) = as_application(&tenant, None).await;
    let asked = || tenant.graph_requests() as u64;
    // The first page comes with the first answer, whatever follows.
    let (before, mut first) = (asked(), None);
    let warm = memory();
    let mut most = 0;
    let path = "/users?$select=id,displayName,userPrincipalName,mail,accountEnabled&$top=999";
    let people: Vec<User> = graph
        .pages(path, false, NO_CAP, &mut |_| {
            first.get_or_insert_with(|| asked() - before);
            most = most.max(memory());
            true
        })
        .await
        .unwrap();
    let grown = most.max(memory()).saturating_sub(warm);
    let (count, requests) = (people.len(), asked() - before);
    drop(people);
    let apps: Vec<Row> = graph
        .pages("/servicePrincipals?$select=id,appId,displayName&$top=999", false, NO_CAP, &mut |_| true)
        .await
        .unwrap();
    // Whoever listens ends it: nothing is asked after the page at which it says so.
    let before = asked();
    let mut pages = 0;
    let ended: Vec<User> = graph
        .pages(path, false, NO_CAP, &mut |_| {
            pages += 1;
            pages < 3
        })
        .await
        .unwrap();
    let after = asked() - before;
    println!(
        "{count} people in {requests} requests, {grown} MiB; {} applications; {} people in {after}",
        apps.len(),
        ended.len()
    );
    reached("G-28", "people read", count as u64, Target::AtLeast(users as u64));
    reached("G-28", "applications read", apps.len() as u64, Target::AtLeast(principals as u64));
    reached("G-28", "requests before the first rows", first.unwrap(), Target::AtMost(2));
    reached("G-28", "MiB more while all people are read", grown, Target::AtMost(120));
    reached(
        "G-28",
        "pages asked for after the reading was stopped",
        after.saturating_sub(3 + 1),
        Target::Exactly(0),
    );
    assert_eq!(ended.len(), 3 * 999);
    assert!(
        tenant.control().traffic().iter().any(|one| one.status == 429) || requests < 50,
        "throttled in between"
    );
}

/// A whole guide: what it asks does not grow with the directory, save for the pages of people that it compares.
#[tokio::test]
async fn g28_a_whole_guide_in_a_huge_tenant() {
    let users = scale(5_000, 100_000);
    let mut asked = Vec::new();
    for users in [20, users] {
        let tenant = Settings {
            users,
            service_principals: if users > 20 { scale(1_000, 20_000) } else { 2 },
            ..small_tenant()
        };
        let walk = Walkthrough::open("targetconnect", Opened { tenant, ..Opened::default() }).await;
        walk.finish(3).await;
        let traffic = walk.control().traffic();
        let pages = |one: &&simulator::Exchange| one.kind == Kind::Graph && one.url.contains("$skiptoken");
        asked.push(
            (traffic.iter().filter(|one| one.kind == Kind::Graph).count()
                - traffic.iter().filter(pages).count()) as u64,
        );
        assert_eq!(walk.oracle.doubles(&walk.control()), Vec::<String>::new());
    }
    println!("{asked:?} requests");
    reached(
        "G-28",
        "requests more for a whole guide, pages left out",
        asked[1].saturating_sub(asked[0]),
        Target::AtMost(2),
    );
}

/// Lists that lead in a circle, come twice, or never end.
#[tokio::test]
async fn g28_circles_and_endless_lists_are_found() {
    let tenant = Tenant::start(small_tenant()).await;
    let mut found = 0;
    for (name, rows) in [
        ("itself", 1),
        ("two pages in a circle", 1),
        ("new links without rows", 0),
        ("new links with rows", 1),
    ] {
        if rows == 1 && name.starts_with("new") && !footbridge_tests::goal::is_whole() {
            continue;
        }
        let (turn, origin) =
            (std::sync::atomic::AtomicU64::new(0), Arc::new(std::sync::Mutex::new(String::new())));
        let at = origin.clone();
        let server = RawServer::start("127.0.0.1:0", move |_| {
            let number = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let next = match name {
                "itself" => 0,
                "two pages in a circle" => number % 2,
                _ => number,
            };
            let value: Vec<Value> = (0..rows).map(|_| json!({ "id": "1" })).collect();
            let page = json!({ "value": value, "@odata.nextLink": format!("{}/v1.0/users?$skiptoken={next}", at.lock().unwrap()) });
            Said::Bytes(http("200 OK", &[("content-type", "application/json")], page.to_string().as_bytes()))
        })
        .await;
        *origin.lock().unwrap() = server.origin();
        let (graph, _folder) = as_application(&tenant, Some(&server.origin())).await;
        let error = graph
            .pages::<User>("/users", false, NO_CAP, &mut |_| true)
            .await
            .map(|list| list.len())
            .unwrap_err();
        assert_eq!(error.kind, GraphFault::LinkLoop, "{name}");
        assert!(server.connections() <= 5_010, "{name}: {} requests", server.connections());
        found += 1;
    }
    reached("G-28", "circles and endless lists that are found", found, Target::AtLeast(scale(3, 4)));
}
