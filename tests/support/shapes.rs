//! The calls that walking a guide makes: each kind of request once, with the ids struck out, so that a fault can be laid on
//! every one of them. An item of a `$batch` is a kind of its own, beside the batch as a whole. All are taken from what a
//! clean walk sent, never from a list that somebody kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{Exchange, Faults, Kind};

use crate::{Opened, PRODUCTS, Walkthrough};

/// One kind of request, at the product whose walk makes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// The guide.
    pub product: &'static str,
    /// The HTTP method.
    pub method: String,
    /// The path, with `*` for ids.
    pub path: String,
    /// The grant of a token request.
    pub grant: Option<String>,
    /// Whether it is an item of a `$batch`.
    pub inside_batch: bool,
    /// How often a clean walk makes it.
    pub made: u64,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inside = if self.inside_batch { " in a batch" } else { "" };
        let grant = self.grant.as_deref().unwrap_or_default();
        write!(f, "{} {} {}{inside} {grant}", self.product, self.method, self.path)
    }
}

impl Shape {
    /// Whether it can change something in the directory.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.method != "GET" && self.is_graph() && !self.path.contains("getByIds") && !self.is_batch()
    }

    /// Whether it goes to Graph.
    #[must_use]
    pub fn is_graph(&self) -> bool {
        self.path.starts_with("/v1.0/")
    }

    /// Whether it is a `$batch` as a whole; what can change something in it are its items.
    #[must_use]
    pub fn is_batch(&self) -> bool {
        self.path.ends_with("/$batch")
    }

    /// The faults that strike it: the n-th, and how many from there; 0 is all.
    ///
    /// # Panics
    /// When the action is none.
    #[must_use]
    pub fn faults(&self, nth: u64, times: u64, action: &Value) -> Faults {
        let mut matches =
            json!({ "method": self.method, "path": self.path, "inside_batch": self.inside_batch });
        if let Some(grant) = &self.grant {
            matches["grant_type"] = json!(grant);
        }
        let fault = json!({ "match": matches, "nth": nth, "times": times, "action": action });
        Faults::read(&json!({ "faults": [fault] }).to_string()).unwrap()
    }
}

/// Every kind of request over all products; each belongs to the first product whose walk makes it.
pub async fn shapes() -> Vec<Shape> {
    let mut all: BTreeMap<(String, String, Option<String>, bool), Shape> = BTreeMap::new();
    for product in PRODUCTS {
        let walk = Walkthrough::open(product, Opened::default()).await;
        walk.finish(4).await;
        for exchange in walk.control().traffic().iter().filter(|one| one.kind != Kind::Azure) {
            for found in [vec![shape(product, exchange)], items(product, exchange)].concat() {
                let key = (found.method.clone(), found.path.clone(), found.grant.clone(), found.inside_batch);
                let kept = all.entry(key).or_insert(found);
                kept.made += u64::from(kept.product == product);
            }
        }
    }
    let mut all: Vec<Shape> = all.into_values().collect();
    all.sort();
    all
}

fn shape(product: &'static str, exchange: &Exchange) -> Shape {
    let (method, grant) = (exchange.method.clone(), exchange.grant_type.clone());
    Shape { product, method, path: pattern(&exchange.url), grant, inside_batch: false, made: 0 }
}

/// The items of a batch; none for any other request.
fn items(product: &'static str, exchange: &Exchange) -> Vec<Shape> {
    let items = exchange.line.as_ref().and_then(|line| line["request_body"]["requests"].as_array());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shape = |item: &Value| Shape {
        product,
        method: text(&item["method"]),
        path: pattern(&format!("/v1.0{}", text(&item["url"]))),
        grant: None,
        inside_batch: true,
        made: 0,
    };
    items.into_iter().flatten().map(shape).collect()
}

/// The path without its query, with `*` for ids.
fn pattern(url: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    path.split('/').map(struck).collect::<Vec<_>>().join("/")
}

/// A part of a path without its id: a whole one, or one in quotes.
fn struck(part: &str) -> String {
    let is_id = |text: &str| {
        let is_guid = text.len() == 36 && text.matches('-').count() == 4;
        is_guid
            || text.contains('@')
            || text.contains("%40")
            || text.starts_with("footbridge-")
            || text.len() > 44
    };
    if is_id(part) && !part.contains('\'') && !part.contains("%27") {
        return "*".to_owned();
    }
    match (part.find('('), part.rfind(')')) {
        (Some(from), Some(to)) if from < to && part[from..to].contains('=') => {
            let name = part[from + 1..to].split('=').next().unwrap_or_default();
            format!("{}({name}=*){}", &part[..from], &part[to + 1..])
        }
        _ => part.to_owned(),
    }
}
