//! The calls that walking a guide makes: each kind of request once, with the ids struck out, so that a fault can be laid on
//! every one of them. They are taken from what a clean walk sent, never from a list that somebody kept.

use std::collections::{BTreeMap, BTreeSet};

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
}

impl Shape {
    /// Whether it can change something in the directory.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.method != "GET" && self.is_graph() && !self.path.contains("getByIds")
    }

    /// Whether it goes to Graph.
    #[must_use]
    pub fn is_graph(&self) -> bool {
        self.path.starts_with("/v1.0/")
    }

    /// Which requests of this kind to strike beside [the first, the second, all]: most changes go in a batch, beside
    /// readings, and each batch of a walk is another one.
    #[must_use]
    pub fn further(&self) -> Vec<(u64, u64)> {
        let most = if self.path.ends_with("/$batch") { 12 } else { 2 };
        (3..=most).map(|nth| (nth, 1)).collect()
    }

    /// The faults that strike it: the n-th, and how many from there; 0 is all.
    ///
    /// # Panics
    /// When the action is none.
    #[must_use]
    pub fn faults(&self, nth: u64, times: u64, action: &Value) -> Faults {
        let mut matches = json!({ "method": self.method, "path": self.path });
        if let Some(grant) = &self.grant {
            matches["grant_type"] = json!(grant);
        }
        let fault = json!({ "match": matches, "nth": nth, "times": times, "action": action });
        Faults::read(&json!({ "faults": [fault] }).to_string()).unwrap()
    }
}

/// Every kind of request over all products; each belongs to the first product whose walk makes it.
pub async fn shapes() -> Vec<Shape> {
    let mut all: BTreeMap<(String, String, Option<String>), Shape> = BTreeMap::new();
    for product in PRODUCTS {
        let walk = Walkthrough::open(product, Opened::default()).await;
        walk.finish(4).await;
        for exchange in walk.control().traffic().iter().filter(|one| one.kind != Kind::Azure) {
            let shape = shape(product, exchange);
            let key = (shape.method.clone(), shape.path.clone(), shape.grant.clone());
            all.entry(key).or_insert(shape);
        }
    }
    all.into_values().collect::<BTreeSet<_>>().into_iter().collect()
}

fn shape(product: &'static str, exchange: &Exchange) -> Shape {
    let path = exchange.url.split('?').next().unwrap_or_default();
    let parts: Vec<String> = path.split('/').map(struck).collect();
    Shape {
        product,
        method: exchange.method.clone(),
        path: parts.join("/"),
        grant: exchange.grant_type.clone(),
    }
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
