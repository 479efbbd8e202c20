//! The catalogue's list is whole and true: every goal is on it, what it names exists, and every test of the catalogue
//! belongs to a goal. The page of promises names only tests that exist.

use serde::Deserialize;

use crate::named::{Tests, in_source};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const LIST: &str = "tests/catalogue/goals.toml";
const PROMISES: &str = "docs/security.md";

const WHOLE: &str = "A goal that is not on the list is never held against its target";
const TRUE: &str = "A name that leads to no test promises what nobody checks";
const FIRST: &str =
    "A test of the catalogue begins with its goal, so that its figure stands in the goal's line";
const SHOWN: &str = "A promise without a test that shows it is a wish";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    goal: Vec<Goal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Goal {
    id: String,
    title: String,
    priority: String,
    target: String,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    controls: Vec<String>,
    counted: Option<String>,
    apart: Option<String>,
    /// The beginning of the figures that count together, and what their sum has to reach.
    sum: Option<String>,
    least: Option<String>,
}

fn list(text: &str) -> Vec<Goal> {
    toml::from_str::<List>(text).unwrap().goal
}

/// G-01 to G-40, and G-19b behind G-19.
fn expected() -> Vec<String> {
    let numbered = (1..=40).flat_map(|number| {
        let id = format!("G-{number:02}");
        if number == 19 { vec![id.clone(), format!("{id}b")] } else { vec![id] }
    });
    numbered.collect()
}

/// The goals of the catalogue, by their ids.
pub fn ids() -> Vec<String> {
    let sources = tree::sources();
    list(&text_of(&sources, LIST)).into_iter().map(|goal| goal.id).collect()
}

fn text_of(sources: &[Source], path: &str) -> String {
    sources.iter().find(|source| source.path == path).map(|source| source.text.clone()).unwrap_or_default()
}

fn untrue(goals: &[Goal], tests: &Tests) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (at, id) in expected().iter().enumerate() {
        if goals.get(at).map(|goal| &goal.id) != Some(id) {
            breaches.push(Breach::new(LIST, format!("{id} is not in its place"), WHOLE));
        }
    }
    for goal in goals {
        let texts = [Some(&goal.title), Some(&goal.target), goal.counted.as_ref(), goal.apart.as_ref()];
        if texts.into_iter().flatten().any(|text| text.trim().is_empty())
            || !["0", "1"].contains(&goal.priority.as_str())
        {
            breaches.push(Breach::new(LIST, format!("{} lacks words or a priority", goal.id), WHOLE));
        }
        let least = goal.least.as_ref().map(|least| least.parse::<u64>().is_ok());
        if goal.sum.as_ref().map(|begin| !begin.is_empty()) != least || least == Some(false) {
            breaches.push(Breach::new(LIST, format!("{} has no whole sum", goal.id), WHOLE));
        }
        let named = goal.tests.iter().chain(&goal.controls);
        let missing = named.filter_map(|name| tests.missing(name));
        breaches.extend(missing.map(|why| Breach::new(format!("{LIST} {}", goal.id), why, TRUE)));
    }
    breaches
}

fn strays(sources: &[Source], ids: &[String]) -> Vec<Breach> {
    let marks: Vec<String> =
        ids.iter().map(|id| format!("{}_", id.to_lowercase().replace('-', ""))).collect();
    let mut breaches = Vec::new();
    let elsewhere = |source: &&Source| !source.path.starts_with("tests/") && source.is(".rs");
    let listed = text_of(sources, LIST);
    for source in sources.iter().filter(elsewhere) {
        for name in in_source(source).iter().filter(|name| marks.iter().any(|mark| name.starts_with(mark))) {
            if !listed.contains(&format!(" {name}\"")) {
                breaches.push(Breach::new(&source.path, format!("fn {name} is not listed in {LIST}"), TRUE));
            }
        }
    }
    let catalogue = |source: &&Source| source.path.starts_with("tests/catalogue/") && source.is(".rs");
    for source in sources.iter().filter(catalogue) {
        let of_a_goal = |name: &str| {
            marks.iter().any(|mark| name.starts_with(mark)) || listed.contains(&format!(" {name}\""))
        };
        for name in in_source(source).iter().filter(|name| !of_a_goal(name.as_str())) {
            breaches.push(Breach::new(&source.path, format!("fn {name} begins with no goal"), FIRST));
        }
    }
    breaches
}

/// Each promise from P1 to P8 has a heading, and every test that the page names exists.
fn promises(page: &str, tests: &Tests) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let sections: Vec<&str> = page.split("\n## ").collect();
    for number in 1..=8 {
        let heading = format!("P{number}.");
        let section = sections.iter().find(|section| section.starts_with(&heading));
        if section.is_none_or(|section| names(section, tests).is_empty()) {
            breaches.push(Breach::new(PROMISES, format!("P{number} names no test"), SHOWN));
        }
    }
    let missing = names(page, tests).into_iter().filter_map(|name| tests.missing(name));
    breaches.extend(missing.map(|why| Breach::new(PROMISES, why, TRUE)));
    breaches
}

/// What stands in code marks and looks like a test: a known package, perhaps a binary, a blank, a name.
fn names<'a>(page: &'a str, tests: &Tests) -> Vec<&'a str> {
    let marked = page.split('`').skip(1).step_by(2);
    let is_name = |text: &&str| {
        text.split_once(' ').is_some_and(|(binary, path)| {
            let package = binary.split("::").next().unwrap_or(binary);
            tests.knows(package) && !path.contains(' ') && !path.starts_with('-')
        })
    };
    marked.filter(is_name).collect()
}

#[test]
fn every_goal_is_listed_and_what_the_list_names_exists() {
    let sources = tree::sources();
    uphold(&untrue(&list(&text_of(&sources, LIST)), &Tests::of(&sources)));
}

#[test]
fn every_test_of_the_catalogue_begins_with_its_goal() {
    uphold(&strays(&tree::sources(), &ids()));
}

#[test]
fn every_promise_names_tests_that_exist() {
    let sources = tree::sources();
    uphold(&promises(&text_of(&sources, PROMISES), &Tests::of(&sources)));
}

#[test]
fn control_a_goal_that_is_missing_or_names_nothing_is_seen() {
    let sources = [Source::planted("crates/cloud/src/text.rs", "#[test]\nfn cut() {\n}\n")];
    let goal = "[[goal]]\nid = \"G-01\"\ntitle = \"x\"\npriority = \"0\"\ntarget = \"0\"\ntests = [\"cloud gone\", \"cloud cut\"]\n";
    let breaches = untrue(&list(goal), &Tests::of(&sources));
    reported(&breaches, "G-40 is not in its place");
    reported(&breaches, "cloud gone");
    assert!(!breaches.iter().any(|breach| breach.what.contains("cloud cut")));
}

#[test]
fn control_a_test_without_a_goal_is_seen() {
    let text = "#[test]\nfn g07_good() {\n}\n#[test]\nfn g99_bad() {\n}\n#[test]\nfn plain() {\n}\n";
    let planted =
        [Source::planted("tests/catalogue/tenant/x.rs", text), Source::planted("crates/x/src/x.rs", text)];
    let breaches = strays(&planted, &["G-07".to_owned()]);
    reported(&breaches, "g99_bad");
    reported(&breaches, "fn plain");
    reported(&breaches, "fn g07_good is not listed");
    assert_eq!(breaches.len(), 3);
}

#[test]
fn control_a_promise_without_its_test_is_seen() {
    let sources = [Source::planted("crates/cloud/src/text.rs", "#[test]\nfn cut() {\n}\n")];
    let page = "# Page\n\n## P1. One\n\n`cloud cut`, `cloud gone`\n\n## P2. Two\n\n`cargo xtask test`\n";
    let breaches = promises(page, &Tests::of(&sources));
    reported(&breaches, "cloud gone");
    reported(&breaches, "P2 names no test");
    assert!(!breaches.iter().any(|breach| breach.what.contains("P1 names")));
}
