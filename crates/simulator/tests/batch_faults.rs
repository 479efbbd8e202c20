//! Faults of single items of a `$batch`: what the item says, what its neighbours say, and what took effect.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Faults;
use support::{SIGN_IN, Site, read, settings};

struct Scene {
    site: Site,
    token: String,
}

impl Scene {
    async fn new() -> Scene {
        let site = Site::start(settings()).await;
        let token = site.sign_in("a.weber", SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
        Scene { site, token }
    }

    /// Three applications, First, Second and Third, each made by an item; the third needs the second.
    async fn send(&self, struck: &str, action: Value) -> Result<Vec<Value>, reqwest::Error> {
        let matched = json!({"method": "POST", "path": "/v1.0/applications", "inside_batch": true});
        let nth = ["", "First", "Second", "Third"].iter().position(|name| *name == struck).unwrap();
        let fault = json!({"match": matched, "nth": nth, "action": action});
        self.site.control().set_faults(Faults::read(&json!({"faults": [fault]}).to_string()).unwrap());
        let make = |id: &str, name: &str| {
            json!({"id": id, "method": "POST", "url": "/applications",
            "headers": {"Content-Type": "application/json"}, "body": {"displayName": name}})
        };
        let mut third = make("3", "Third");
        third["dependsOn"] = json!(["2"]);
        let body = json!({"requests": [make("1", "First"), make("2", "Second"), third]});
        let request = self.site.http.post(self.site.graph("/$batch")).bearer_auth(&self.token).json(&body);
        let answer = request.timeout(Duration::from_secs(2)).send().await?;
        assert_eq!(answer.status(), 200);
        let body: Value = serde_json::from_slice(&answer.bytes().await?).unwrap();
        assert_eq!(self.site.control().struck(), 1);
        self.site.control().set_faults(Faults::default());
        Ok(body["responses"].as_array().unwrap().clone())
    }

    /// Which of the three are there.
    async fn made(&self) -> Vec<&'static str> {
        let mut made = Vec::new();
        for name in ["First", "Second", "Third"] {
            let address =
                self.site.graph(&format!("/applications?$filter=displayName%20eq%20'{name}'&$select=id"));
            let (_, body) = read(self.site.http.get(address).bearer_auth(&self.token)).await;
            made.extend(body["value"].as_array().unwrap().iter().map(|_| name));
        }
        made
    }
}

fn item<'a>(responses: &'a [Value], id: &str) -> &'a Value {
    responses.iter().find(|response| response["id"] == id).unwrap()
}

fn statuses(responses: &[Value]) -> [u64; 3] {
    ["1", "2", "3"].map(|id| item(responses, id)["status"].as_u64().unwrap())
}

#[tokio::test]
async fn an_item_has_a_status_and_headers_of_its_own_and_is_not_carried_out() {
    for status in [404, 409, 412, 429, 503] {
        let scene = Scene::new().await;
        let headers = json!({"Retry-After": "3"});
        let action = json!({"do": "answer", "status": status, "headers": headers});
        let responses = scene.send("Second", action).await.unwrap();
        assert_eq!(statuses(&responses), [201, status, 424]);
        let struck = item(&responses, "2");
        assert_eq!(struck["headers"]["Retry-After"], "3");
        assert!(struck["body"]["error"]["code"].is_string(), "{struck}");
        assert_eq!(scene.made().await, ["First"]);
    }
}

#[tokio::test]
async fn an_item_that_waits_for_nothing_is_carried_out_beside_a_struck_one() {
    let scene = Scene::new().await;
    let responses = scene.send("First", json!({"do": "retry-after", "seconds": 7})).await.unwrap();
    assert_eq!(statuses(&responses), [429, 201, 201]);
    assert_eq!(item(&responses, "1")["headers"]["Retry-After"], "7");
    assert_eq!(scene.made().await, ["Second", "Third"]);
}

#[tokio::test]
async fn an_item_is_carried_out_and_told_to_have_failed() {
    let scene = Scene::new().await;
    let responses = scene.send("Second", json!({"do": "apply-then-answer", "status": 500})).await.unwrap();
    assert_eq!(statuses(&responses), [201, 500, 424]);
    assert_eq!(scene.made().await, ["First", "Second"]);
}

#[tokio::test]
async fn an_answer_that_was_made_up_counts_for_what_depends_on_it() {
    let scene = Scene::new().await;
    let responses =
        scene.send("Second", json!({"do": "answer", "status": 201, "body": {"id": "x"}})).await.unwrap();
    assert_eq!(statuses(&responses), [201, 201, 201]);
    assert_eq!(scene.made().await, ["First", "Third"]);
}

#[tokio::test]
async fn an_item_has_a_broken_body_or_one_in_base64() {
    let raw = |kind: &str, text: &str| json!({"do": "raw", "status": 200, "content_type": kind, "text": text, "applied": true});
    let scene = Scene::new().await;
    let responses = scene.send("First", raw("application/json", "{\"value\":[{]}")).await.unwrap();
    assert_eq!(item(&responses, "1")["body"], "{\"value\":[{]}");
    assert_eq!(scene.made().await, ["First", "Second", "Third"]);
    let responses = scene.send("First", raw("application/json", "{\"error\":{}}")).await.unwrap();
    assert_eq!(item(&responses, "1")["body"], json!({"error": {}}));
    let responses = scene.send("First", raw("text/html", "<p>??>")).await.unwrap();
    assert_eq!(item(&responses, "1")["body"], "PHA-Pz8-");
    assert_eq!(item(&responses, "1")["headers"]["Content-Type"], "text/html");
}

#[tokio::test]
async fn an_item_is_missing_from_the_answer() {
    for (applied, made, third) in [(true, vec!["First", "Second", "Third"], 201), (false, vec!["First"], 424)]
    {
        let scene = Scene::new().await;
        let responses = scene.send("Second", json!({"do": "leave-out", "applied": applied})).await.unwrap();
        assert_eq!(responses.len(), 2, "{responses:?}");
        assert!(responses.iter().all(|response| response["id"] != "2"));
        assert_eq!(item(&responses, "3")["status"], third);
        assert_eq!(scene.made().await, made);
    }
}

#[tokio::test]
async fn the_items_come_in_another_order() {
    let scene = Scene::new().await;
    let responses = scene.send("Second", json!({"do": "reverse"})).await.unwrap();
    let order: Vec<&Value> = responses.iter().map(|response| &response["id"]).collect();
    assert_eq!(order, ["3", "2", "1"]);
    assert_eq!(statuses(&responses), [201, 201, 201]);
}

#[tokio::test]
async fn the_whole_answer_is_lost_at_an_item_and_what_came_before_took_effect() {
    for (action, made) in [
        (json!({"do": "drop"}), vec!["First"]),
        (json!({"do": "apply-then-drop"}), vec!["First", "Second"]),
        (json!({"do": "apply-then-reset"}), vec!["First", "Second"]),
        (json!({"do": "apply-then-hang"}), vec!["First", "Second"]),
        (json!({"do": "cut-body", "bytes": 20}), vec!["First", "Second", "Third"]),
    ] {
        let scene = Scene::new().await;
        assert!(scene.send("Second", action.clone()).await.is_err(), "{action}");
        scene.site.control().set_faults(Faults::default());
        assert_eq!(scene.made().await, made, "{action}");
        let batch = scene.site.control().traffic().into_iter().find(|one| one.url.ends_with("$batch"));
        assert!(!batch.unwrap().answered, "{action}");
    }
}

#[tokio::test]
async fn the_answer_of_a_batch_trickles_for_one_item() {
    let scene = Scene::new().await;
    assert!(scene.send("First", json!({"do": "trickle", "milliseconds": 700})).await.is_err());
    assert_eq!(scene.made().await, ["First", "Second", "Third"]);
}
