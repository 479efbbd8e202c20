//! The page that makers of products read, docs/receiver-api.openapi.yaml, holds everything that this client knows.

use std::collections::BTreeSet;
use std::path::Path;

use delivery::https::{CONTRACT, LARGEST_BUNDLE};
use yaml_rust2::{Yaml, YamlLoader};

const ENDPOINT: &str = "/footbridge/v1/bundles";
const METHODS: [&str; 4] = ["get", "head", "post", "put"];

fn text(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::fs::read_to_string(docs.join(name)).unwrap()
}

fn page() -> Yaml {
    YamlLoader::load_from_str(&text("receiver-api.openapi.yaml")).unwrap().remove(0)
}

/// Method, path and status of each answer.
fn told(page: &Yaml) -> BTreeSet<(String, String, u16)> {
    let mut found = BTreeSet::new();
    for (path, item) in page["paths"].as_hash().unwrap() {
        for method in METHODS {
            for (status, _) in item[method]["responses"].as_hash().into_iter().flatten() {
                let path = path.as_str().unwrap().to_owned();
                let status = status.as_str().unwrap().parse().unwrap();
                found.insert((method.to_uppercase(), path, status));
            }
        }
    }
    found
}

fn known() -> BTreeSet<(String, String, u16)> {
    let each = CONTRACT.iter().flat_map(|exchange| {
        let path = format!("{ENDPOINT}{}", exchange.path);
        exchange.statuses.iter().map(move |status| (exchange.method.to_owned(), path.clone(), *status))
    });
    each.collect()
}

#[test]
fn the_page_is_openapi_3_1_and_says_what_the_client_knows() {
    let page = page();
    assert_eq!(page["openapi"].as_str(), Some("3.1.0"));
    assert!(page["info"]["title"].as_str().is_some() && page["info"]["version"].as_str().is_some());
    assert_eq!(told(&page), known());
}

/// Every `$ref` of the page leads somewhere in it.
fn references(node: &Yaml, found: &mut Vec<String>) {
    match node {
        Yaml::Hash(members) => {
            for (name, member) in members {
                if name.as_str() == Some("$ref") {
                    found.push(member.as_str().unwrap().to_owned());
                }
                references(member, found);
            }
        }
        Yaml::Array(members) => members.iter().for_each(|member| references(member, found)),
        _ => {}
    }
}

fn dangling(page: &Yaml) -> Vec<String> {
    let mut found = Vec::new();
    references(page, &mut found);
    assert!(found.len() > 10);
    let leads = |reference: &String| {
        let path = reference.strip_prefix("#/").unwrap().split('/');
        let place = path.fold(page, |node, name| &node[name]);
        matches!(place, Yaml::Hash(_))
    };
    found.retain(|reference| !leads(reference));
    found
}

#[test]
fn every_reference_leads_somewhere() {
    assert_eq!(dangling(&page()), Vec::<String>::new());
}

#[test]
fn the_limits_are_the_codes() {
    let page = page();
    let body = &page["components"]["schemas"]["SealedBundle"];
    assert_eq!(body["maxLength"].as_i64(), Some(LARGEST_BUNDLE as i64));
    let prose = text("receiver-api.md");
    assert!(prose.contains("262144") && prose.contains("receiver-api.openapi.yaml"));
}

#[test]
fn control_a_page_with_less_or_with_a_broken_reference_is_seen() {
    let whole = text("receiver-api.openapi.yaml");
    let less = whole.replacen("'409':", "'499':", 1);
    assert_ne!(less, whole);
    assert_ne!(told(&YamlLoader::load_from_str(&less).unwrap().remove(0)), known());
    let broken = whole.replacen("#/components/schemas/Receipt", "#/components/schemas/Recipe", 1);
    assert_ne!(broken, whole);
    assert_eq!(dangling(&YamlLoader::load_from_str(&broken).unwrap().remove(0)).len(), 1);
}

/// The example of the prose page is checked by its own rule: the proof is made with the signed text beside it.
#[test]
fn the_receipt_of_the_page_holds() {
    use aws_lc_rs::digest::{SHA256, digest};
    use aws_lc_rs::hmac;
    use base64::Engine as _;
    let prose = text("receiver-api.md");
    let fenced = |name: &str| {
        let begin = prose.find(&format!("```{name}\n")).unwrap() + name.len() + 4;
        prose[begin..].split("\n```").next().unwrap().to_owned()
    };
    let receipt: serde_json::Value = serde_json::from_str(&fenced("json receipt")).unwrap();
    let key = digest(&SHA256, fenced("text signed").as_bytes());
    let message = format!("receipt/1.{}.{}", receipt["jti"].as_str().unwrap(), receipt["taken"]);
    let proof = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), message.as_bytes());
    let proof = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(proof);
    assert_eq!(receipt["proof"].as_str(), Some(proof.as_str()));
}
