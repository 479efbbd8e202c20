//! G-14: what a guide says is shown as it is said, and never becomes a part of the page. Five hundred texts that would run
//! in a page that took them for markup are given as the texts of a guide; what is compared is the whole tree of elements
//! and attributes with that of the same guide with harmless words.

use std::collections::BTreeSet;
use std::path::Path;

use footbridge_tests::goal::{Target, reached};
use serde_json::Value;

use crate::driven::Driven;
use crate::walk::{go_to, idle};

const BODIES: [&str; 25] = [
    "<script>ran=1</script>",
    "<img src=x onerror=ran=1>",
    "<svg onload=ran=1>",
    "<svg><script>ran=1</script></svg>",
    "<iframe srcdoc='<script>ran=1</script>'>",
    "<iframe src=javascript:ran=1>",
    "<a href=javascript:ran=1>x</a>",
    "<body onload=ran=1>",
    "<math><mi xlink:href=javascript:ran=1>x",
    "<details open ontoggle=ran=1>",
    "<video><source onerror=ran=1></video>",
    "<audio src=x onerror=ran=1>",
    "<input autofocus onfocus=ran=1>",
    "<object data=javascript:ran=1>",
    "<embed src=javascript:ran=1>",
    "<meta http-equiv=refresh content=0>",
    "<style>@import'javascript:ran=1'</style>",
    "<link rel=stylesheet href=//x.example>",
    "<base href=//x.example>",
    "<form action=javascript:ran=1><button>x",
    "<template><script>ran=1</script>",
    "<noscript><img src=x onerror=ran=1>",
    "javascript:ran=1",
    "data:text/html,<script>ran=1</script>",
    "<marquee onstart=ran=1>",
];

const FRAMES: [&str; 20] = [
    "@",
    "\">@",
    "'>@",
    "-->@",
    "</title>@",
    "</textarea>@",
    "</style>@",
    "</script>@",
    "<!--@",
    "<![CDATA[@]]>",
    "<@",
    "<p title=\"@\">",
    "<p title='@'>",
    "&quot;&gt;@",
    "&#34;&#62;@",
    "%3E@",
    "\\u003e@",
    "\\\">@",
    "]]>@",
    "<p>@</p>",
];

fn payloads() -> Vec<String> {
    let all: BTreeSet<String> =
        BODIES.iter().flat_map(|body| FRAMES.iter().map(move |frame| frame.replace('@', body))).collect();
    all.into_iter().collect()
}

/// Hands out texts, again from the first when all were used.
struct Deal {
    texts: Vec<String>,
    next: usize,
}

impl Deal {
    /// As many as fit into a field, each between marks of its own.
    fn fill(&mut self, longest: usize, between: &str) -> String {
        let mut text = String::new();
        for _ in 0..self.texts.len() {
            let one = &self.texts[self.next % self.texts.len()];
            if text.len() + one.len() + between.len() > longest {
                break;
            }
            if !text.is_empty() {
                text.push_str(between);
            }
            text.push_str(one);
            self.next += 1;
        }
        // A field that is too short for the one whose turn it is takes the shortest.
        if text.is_empty() { "<b>".to_owned() } else { text }
    }
}

/// How long a text of this name may be, and what stands between two of them.
fn room(name: &str) -> (usize, &'static str) {
    match name {
        "title" | "label" | "place" => (80, " "),
        "green" => (300, " "),
        "says" | "newer" => (600, " "),
        "by-hand" => (2000, "\n"),
        _ => (150, " "),
    }
}

fn fill(table: &mut toml::Table, deal: &mut Deal) {
    for (name, value) in table.iter_mut() {
        match value {
            toml::Value::Table(inner) => fill(inner, deal),
            other => {
                let (longest, between) = room(name);
                *other = deal.fill(longest, between).into();
            }
        }
    }
}

/// The texts of the authors' example, each replaced by as much foreign text as it may hold.
fn foreign(deal: &mut Deal) -> toml::Table {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/lighthouse/en.toml");
    let mut words: toml::Table = std::fs::read_to_string(from).unwrap().parse().unwrap();
    words.remove("fields");
    fill(&mut words, deal);
    // A product's own labels, which are short.
    let labels = "building.label = \"<b>\"\ndirectory-id.label = \"<i>\"\n\
        application-id.label = \"<u>\"\nclient-secret.label = \"<s>\"";
    words.insert("fields".into(), labels.parse::<toml::Table>().unwrap().into());
    words
}

fn guide_with(folder: &Path, words: &toml::Table) {
    std::fs::create_dir_all(folder).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/lighthouse/guide.toml");
    std::fs::copy(from, folder.join("guide.toml")).unwrap();
    for name in ["en.toml", "de.toml"] {
        std::fs::write(folder.join(name), toml::to_string(words).unwrap()).unwrap();
    }
}

/// Every element of the page with the names of its attributes, in order; what a title or label says is not in it.
const TREE: &str = "return [...document.querySelectorAll('*')].map((it) => it.tagName + ' ' + it.getAttributeNames().sort().join(' '))";
const SAYS: &str = "return [...document.querySelectorAll('body *')].flatMap((it) => [...it.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data)).join('\\n')";

/// What each screen of a guide is made of, and everything it says.
async fn shown(words: &toml::Table) -> (Vec<Value>, String) {
    let window = Driven::open("en", "light").await;
    guide_with(&window.data().join("guide-to-open"), words);
    window.click("#door-rehearse").await;
    window.click("#open-guide-folder").await;
    window.wait_for("#use-guide").await;
    idle(&window).await;
    let mut trees = vec![window.run(TREE).await];
    let mut says = window.run(SAYS).await.as_str().unwrap().to_owned();
    window.click("#use-guide").await;
    window.wait_for("#rehearse-lighthouse").await;
    window.click("#rehearse-lighthouse").await;
    window.wait_for("button.step").await;
    idle(&window).await;
    for step in ["notice", "register", "permissions", "consent", "secret", "confirm", "hand-over", "rooms"] {
        go_to(&window, step).await;
        window
            .run("document.querySelectorAll('details').forEach((one) => one.open = true); return null")
            .await;
        trees.push(window.run(TREE).await);
        says.push_str(window.run(SAYS).await.as_str().unwrap());
    }
    assert_eq!(window.run("return typeof ran").await, "undefined", "a text of the guide ran");
    window.close().await;
    (trees, says)
}

#[tokio::test]
async fn g14_window_shows_a_guide_s_text_as_text() {
    let payloads = payloads();
    assert_eq!(payloads.len(), 500);
    let mut deal = Deal { texts: payloads.clone(), next: 0 };
    let hostile = foreign(&mut deal);
    assert!(deal.next >= 500, "only {} texts found a place", deal.next);
    let harmless_text = toml::to_string(&hostile).unwrap().replace("ran=1", "run 1");
    // The same number of words and lines, with nothing in them that could be taken for markup.
    let plain = |sign: char| if "<>&\"'%".contains(sign) && sign != '"' && sign != '\'' { '.' } else { sign };
    let harmless: toml::Table = harmless_text.chars().map(plain).collect::<String>().parse().unwrap();
    let (wanted, harmless_says) = shown(&harmless).await;
    let (found, says) = shown(&hostile).await;
    let missing: Vec<&String> = payloads.iter().filter(|one| !says.contains(one.as_str())).collect();
    assert!(missing.is_empty(), "{} texts are not shown as they are: {missing:?}", missing.len());
    assert!(!harmless_says.contains("<script>"), "the control guide is not harmless");
    for (place, (wanted, found)) in wanted.iter().zip(&found).enumerate() {
        let (wanted, found) = (wanted.as_array().unwrap(), found.as_array().unwrap());
        assert!(wanted.len() > 50, "the tree of screen {place} was not read");
        assert_eq!(found, wanted, "screen {place} has other elements or attributes");
    }
    reached("G-14", "script payloads shown as the same text", 500, Target::AtLeast(500));
    reached("G-14", "payloads that ran or became elements", 0, Target::Exactly(0));
}
