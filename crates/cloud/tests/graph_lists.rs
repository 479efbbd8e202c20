//! Pages and batches over real HTTP: circles, foreign links, order, and calls that are turned away.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use cloud::graph::NO_CAP;
use cloud::model::{self, User};
use cloud::{Call, GraphFault, Tally};
use serde_json::{Value, json};
use support::*;

fn page(stage: &Stage, ids: &[&str], next: Option<&str>) -> Value {
    let mut page = json!({"value": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
    if let Some(next) = next {
        page["@odata.nextLink"] = json!(next.replace("{o}", &stage.origin));
    }
    page
}

#[tokio::test]
async fn pages_are_followed_whole() {
    let (graph, stage, _) = graph([]).await;
    stage.then(answers(200, page(&stage, &["1", "2"], Some("{o}/v1.0/users?$skiptoken=a%2Fb"))));
    stage.then(answers(429, Value::Null).with("retry-after", "1"));
    stage.then(answers(200, page(&stage, &["3"], None)));
    let mut heard = Vec::new();
    let mut on_page = |so_far| {
        heard.push(so_far);
        true
    };
    let users: Vec<User> = graph.pages("/users?$top=2", true, NO_CAP, &mut on_page).await.unwrap();
    assert_eq!(users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    assert_eq!(heard, [2, 3]);
    let seen = stage.seen();
    assert_eq!(seen[2].uri, "/v1.0/users?$skiptoken=a%2Fb");
    assert!(seen.iter().all(|seen| seen.headers["consistencylevel"] == "eventual"));
}

#[tokio::test]
async fn the_cap_and_the_listener_end_the_reading() {
    let (graph, stage, _) = graph([]).await;
    stage.then(answers(200, page(&stage, &["1", "2"], Some("{o}/v1.0/users?$skiptoken=b"))));
    assert_eq!(graph.pages::<User>("/users", false, 1, &mut |_| true).await.unwrap().len(), 1);
    stage.then(answers(200, page(&stage, &["1", "2"], Some("{o}/v1.0/users?$skiptoken=b"))));
    assert_eq!(graph.pages::<User>("/users", false, NO_CAP, &mut |_| false).await.unwrap().len(), 2);
    assert_eq!(stage.seen().len(), 2);
}

#[tokio::test]
async fn each_page_is_handed_on_as_it_comes_and_the_last_is_cut_at_the_cap() {
    let (graph, stage, _) = graph([]).await;
    stage.then(answers(200, page(&stage, &["1", "2"], Some("{o}/v1.0/users?$skiptoken=b"))));
    stage.then(answers(200, page(&stage, &["3", "4"], Some("{o}/v1.0/users?$skiptoken=c"))));
    let mut pages = Vec::new();
    let mut on_page = |users: Vec<User>| {
        pages.push(users.into_iter().map(|user| user.id).collect::<Vec<_>>());
        true
    };
    graph.each_page("/users?$top=2", false, 3, &mut on_page).await.unwrap();
    assert_eq!(pages, [vec!["1", "2"], vec!["3"]]);
}

#[tokio::test]
async fn a_circle_is_found() {
    let (graph, stage, _) = graph([]).await;
    stage.then(answers(200, page(&stage, &["1"], Some("{o}/v1.0/users?$skiptoken=b"))));
    stage.then(answers(200, page(&stage, &["2"], Some("{o}/v1.0/users?$skiptoken=c"))));
    stage.then(answers(200, page(&stage, &["3"], Some("{o}/v1.0/users?$skiptoken=b"))));
    let error = graph.pages::<User>("/users", false, NO_CAP, &mut |_| true).await.unwrap_err();
    assert_eq!(error.kind, GraphFault::LinkLoop);
    assert_eq!(stage.seen().len(), 3);
}

#[tokio::test]
async fn empty_pages_without_end_are_found() {
    let (graph, stage, _) = graph([]).await;
    for number in 0..60 {
        stage.then(answers(200, page(&stage, &[], Some(&format!("{{o}}/v1.0/users?$skiptoken={number}")))));
    }
    let error = graph.pages::<User>("/users", false, NO_CAP, &mut |_| true).await.unwrap_err();
    assert_eq!(error.kind, GraphFault::LinkLoop);
}

#[tokio::test]
async fn a_foreign_link_gets_no_token_and_no_connection() {
    let trap = Stage::new([]).await;
    let (graph, stage, _) = graph([]).await;
    let host = stage.origin.trim_start_matches("http://").to_owned();
    let bare = host.split(':').next().unwrap().to_owned();
    let trap_host = trap.origin.trim_start_matches("http://").to_owned();
    let mut links: Vec<String> = vec![
        trap.origin.clone() + "/v1.0/users",
        format!("http://{host}@{trap_host}/v1.0/users"),
        format!("http://localhost:{}/v1.0/users", host.split(':').nth(1).unwrap()),
        format!("https://{host}/v1.0/users"),
        format!("http://{bare}/v1.0/users"),
        format!("http://user@{host}/v1.0/users"),
        format!("http://{host}/v1.0.evil/users"),
        format!("http://{host}/v1.0/../x"),
        format!("//{trap_host}/v1.0/users"),
        format!("http://{host}\\@{trap_host}/v1.0/users"),
    ];
    let table = include_str!("foreign-links.txt").lines().filter(|line| !line.starts_with('#'));
    links.extend(table.map(str::to_owned));
    assert!(links.len() >= 60);
    for link in &links {
        stage.then(answers(200, page(&stage, &["1"], Some(link))));
        let error = graph.pages::<User>("/users", false, NO_CAP, &mut |_| true).await.unwrap_err();
        assert_eq!(error.kind, GraphFault::ForeignLink, "{link}");
    }
    assert_eq!(stage.seen().len(), links.len());
    assert!(trap.seen().is_empty());
}

fn item(id: &str, status: u16, body: Value) -> Value {
    json!({"id": id, "status": status, "headers": {"Content-Type": "application/json"}, "body": body})
}

#[tokio::test]
async fn a_batch_answers_in_the_order_of_its_calls() {
    let (graph, stage, _) = graph([answers(
        200,
        json!({"responses": [item("2", 404, json!({"error": {"code": "Request_ResourceNotFound", "message": "no"}})),
            item("1", 200, json!({"id": "one"}))]}),
    )])
    .await;
    let calls = vec![
        Call::get("/a?$filter=x eq 'y'"),
        Call::patch("/b", json!({"k": 1})).header("Prefer", "create-if-missing"),
    ];
    let outcomes = graph.batch(calls).await.unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap().body, Some(json!({"id": "one"})));
    let error = outcomes[1].as_ref().unwrap_err();
    assert_eq!(
        (error.kind, error.path.as_str(), error.method),
        (GraphFault::NotFound, "/b", cloud::Method::Patch)
    );
    let seen = &stage.seen()[0];
    assert_eq!(seen.uri, "/v1.0/$batch");
    assert_eq!(
        seen.json(),
        json!({"requests": [
            {"id": "1", "method": "GET", "url": "/a?$filter=x%20eq%20%27y%27"},
            {"id": "2", "method": "PATCH", "url": "/b", "body": {"k": 1},
             "headers": {"Content-Type": "application/json", "Prefer": "create-if-missing"}}]})
    );
    assert_eq!(graph.tally(), Tally { requests: 1, reads: 1, writes: 1 });
}

#[tokio::test]
async fn a_long_batch_goes_in_pieces_of_twenty() {
    let responses = |from: usize, to: usize| {
        let items: Vec<Value> =
            (from..=to).rev().map(|id| item(&id.to_string(), 200, json!({"n": id}))).collect();
        answers(200, json!({"responses": items}))
    };
    let (graph, stage, _) = graph([responses(1, 20), responses(21, 40), responses(41, 45)]).await;
    let outcomes = graph.batch((0..45).map(|n| Call::get(format!("/x/{n}"))).collect()).await.unwrap();
    for (place, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.as_ref().unwrap().body, Some(json!({"n": place + 1})));
    }
    assert_eq!(
        stage.seen().iter().map(|seen| seen.json()["requests"].as_array().unwrap().len()).collect::<Vec<_>>(),
        [20, 20, 5]
    );
}

#[tokio::test]
async fn only_the_call_that_was_turned_away_is_sent_again() {
    let throttled = json!({"id": "2", "status": 429, "headers": {"Retry-After": "9"}, "body": {}});
    let (graph, stage, clock) = graph([
        answers(
            200,
            json!({"responses": [item("1", 201, json!({"id": "a"})), throttled, item("3", 424, json!({}))]}),
        ),
        answers(200, json!({"responses": [item("2", 201, json!({"id": "b"})), item("3", 204, Value::Null)]})),
    ])
    .await;
    let calls = vec![
        Call::post("/a", json!({})),
        Call::post("/b", json!({})).after([0]),
        Call::post("/c", json!({})).after([1]),
    ];
    let outcomes = graph.batch(calls).await.unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(clock.slept_seconds(), [9]);
    let (first, second) = (stage.seen()[0].json(), stage.seen()[1].json());
    assert_eq!(first["requests"][1]["dependsOn"], json!(["1"]));
    assert_eq!(second["requests"].as_array().unwrap().len(), 2);
    assert_eq!(second["requests"][0]["dependsOn"], Value::Null);
    assert_eq!(second["requests"][1]["dependsOn"], json!(["2"]));
}

#[tokio::test]
async fn what_depends_on_a_failure_is_not_made() {
    let (graph, stage, _) = graph([answers(
        200,
        json!({"responses": [item("1", 403, json!({"error": {"code": "Authorization_RequestDenied", "message": "no"}})),
            item("2", 424, json!({}))]}),
    )])
    .await;
    let outcomes =
        graph.batch(vec![Call::post("/a", json!({})), Call::post("/b", json!({})).after([0])]).await.unwrap();
    assert_eq!(outcomes[0].as_ref().unwrap_err().kind, GraphFault::Forbidden);
    assert_eq!(outcomes[1].as_ref().unwrap_err().kind, GraphFault::DependencyFailed);
    assert_eq!(stage.seen().len(), 1);
}

#[tokio::test]
async fn an_item_without_an_answer_is_lost_and_not_repeated() {
    let (graph, stage, _) = graph([answers(200, json!({"responses": [item("1", 201, json!({}))]}))]).await;
    let outcomes = graph.batch(vec![Call::post("/a", json!({})), Call::post("/b", json!({}))]).await.unwrap();
    assert!(outcomes[0].is_ok());
    assert!(outcomes[1].as_ref().unwrap_err().effect_unknown());
    assert_eq!(stage.seen().len(), 1);
}

/// G-02: an item whose own answer was spoilt on its way tells nothing of what was made.
#[tokio::test]
async fn g02_an_item_that_cannot_be_read_is_lost_where_it_changes_something() {
    let cut = || item("1", 201, json!("{\"id\":\"00000000-0000"));
    let (graph, _, _) = graph([answers(200, json!({"responses": [cut()]}))]).await;
    let error = graph.batch(vec![Call::post("/a", json!({}))]).await.unwrap().remove(0).unwrap_err();
    assert_eq!((error.kind, error.status), (GraphFault::NotJson, Some(201)));
    assert!(error.effect_unknown());
    let (graph, _, _) = support::graph([answers(200, json!({"responses": [cut()]}))]).await;
    let error = graph.batch(vec![Call::get("/a")]).await.unwrap().remove(0).unwrap_err();
    assert_eq!(error.kind, GraphFault::NotJson);
    assert!(!error.effect_unknown());
}

#[tokio::test]
async fn a_batch_of_reads_survives_a_gateway_and_one_with_changes_does_not_repeat() {
    let good = || answers(200, json!({"responses": [item("1", 200, json!({}))]}));
    let (graph, stage, _) = graph([answers(504, Value::Null), good()]).await;
    assert!(graph.batch(vec![Call::get("/a")]).await.unwrap()[0].is_ok());
    assert_eq!(stage.seen().len(), 2);
    let (graph, stage, _) = support::graph([answers(504, Value::Null), good()]).await;
    let error = graph.batch(vec![Call::post("/a", json!({}))]).await.unwrap_err();
    assert!(error.effect_unknown());
    assert_eq!(stage.seen().len(), 1);
}

#[tokio::test]
async fn a_call_cannot_depend_on_a_later_one() {
    let (graph, stage, _) = graph([]).await;
    assert!(graph.batch(vec![Call::get("/a").after([0])]).await.is_err());
    assert!(graph.batch(vec![Call::get("/a").after([1]), Call::get("/b")]).await.is_err());
    assert!(graph.batch(Vec::new()).await.unwrap().is_empty());
    assert!(stage.seen().is_empty());
}

use support::graph;

#[tokio::test]
async fn the_objects_of_the_other_products_are_read() {
    let presence = json!({"@odata.context": "x", "id": "u", "availability": "Busy", "activity": "InACall",
        "statusMessage": null, "outOfOfficeSettings": {"message": null, "isOutOfOffice": false}});
    let meeting = json!({"id": "m", "lobbyBypassSettings": {"scope": "organizationAndFederated", "isDialInBypassEnabled": true}});
    let policies = json!({"value": [{"id": "p", "displayName": "P", "state": "enabled", "templateId": null,
        "conditions": {"clientAppTypes": ["all"], "locations": null, "users": {"includeUsers": ["u"], "includeRoles": []},
            "applications": {"includeApplications": ["All"], "applicationFilter": null}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"], "termsOfUse": [], "authenticationStrength": null}}]});
    let ids = json!({"value": [{"name": "Tag:Lobby", "policyId": "1"}]});
    let user = json!({"id": "u", "passwordPolicies": "DisableStrongPassword, DisablePasswordExpiration"});
    let script = [presence, meeting, policies, ids, user].map(|body| answers(200, body));
    let (graph, stage, _) = support::graph(script).await;
    let presence: model::Presence = graph.get("/users/u/presence").await.unwrap().read().unwrap();
    assert_eq!(
        (presence.availability.as_deref(), presence.activity.as_deref()),
        (Some("Busy"), Some("InACall"))
    );
    let meeting: model::OnlineMeeting = graph.get("/users/u/onlineMeetings/m").await.unwrap().read().unwrap();
    assert_eq!(meeting.lobby_bypass_settings.unwrap().scope.as_deref(), Some("organizationAndFederated"));
    let policies: model::Page<model::ConditionalAccessPolicy> =
        graph.get("/identity/conditionalAccess/policies").await.unwrap().read().unwrap();
    assert!(policies.value[0].covers("U", &[], &[]) && policies.value[0].asks_second_factor());
    let path = model::TeamsPolicyIdentifier::path("TeamsMeetingPolicy", "Lobby");
    let ids: model::Page<model::TeamsPolicyIdentifier> = graph.get(&path).await.unwrap().read().unwrap();
    assert_eq!(ids.value[0].policy_id, "1");
    assert!(stage.seen()[3].uri.ends_with("getPolicyId(type='TeamsMeetingPolicy',name='Lobby')"));
    let user: model::User = graph.get("/users/u").await.unwrap().read().unwrap();
    assert!(user.password_never_expires());
}
