//! The manual is true: its links lead somewhere, every error code is explained, both languages have the same pages, and
//! what it sets in bold stands in the window. Its commands are run elsewhere, in `crates/cli/tests/manual.rs`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const LINK: &str = "A link that leads nowhere costs whoever follows it the trust in the rest of the page";
const CODE: &str = "Whoever sees a code looks it up; a code without a text leaves them alone with it";
const PAGES: &str = "Both languages are complete, or one of them is not offered";
const LABEL: &str = "What the manual sets in bold is looked for in the window, letter by letter";
const STEP: &str = "A product's page shows the steps as the guide has them, or it tells of another product";

const MANUAL: &str = "docs/manual/";

fn pages(sources: &[Source]) -> Vec<&Source> {
    let page = |s: &&Source| {
        s.is(".md")
            && (s.path.starts_with("docs/") || ["README.md", "SECURITY.md"].contains(&s.path.as_str()))
    };
    sources.iter().filter(page).collect()
}

fn manual(sources: &[Source]) -> Vec<&Source> {
    pages(sources).into_iter().filter(|page| page.path.starts_with(MANUAL)).collect()
}

fn text_of<'a>(sources: &'a [Source], path: &str) -> Option<&'a str> {
    sources.iter().find(|source| source.path == path).map(|source| source.text.as_str())
}

/// The lines of a page that are read as text: fenced blocks are left out, and code within a line is emptied.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let plain = line.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "" });
            found.push((number + 1, plain.collect::<Vec<_>>().join("`")));
        }
    }
    found
}

/// The targets of the links and pictures of a line; a home page's `link:` too.
fn targets(line: &str) -> Vec<String> {
    let mut found: Vec<String> = line
        .match_indices("](")
        .filter_map(|(at, _)| line[at + 2..].split(')').next())
        .map(str::to_owned)
        .collect();
    if let Some(link) = line.trim_start().strip_prefix("link: /") {
        found.push(format!("/{link}"));
    }
    found
}

/// A path without `.` and `..`, from the project's root.
fn settled(path: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()?),
            _ => {}
        }
    }
    Some(parts.join("/"))
}

/// The file that a link of a page leads to.
fn file_of(page: &str, target: &str) -> Option<String> {
    match target.strip_prefix('/') {
        Some(rooted) => Some(format!("{MANUAL}{}.md", if rooted.is_empty() { "index" } else { rooted })),
        None if target.is_empty() => Some(page.to_owned()),
        None => settled(&Path::new(page).parent()?.join(target)),
    }
}

/// A page with what it includes in its place.
fn whole(sources: &[Source], path: &str) -> String {
    let Some(text) = text_of(sources, path) else { return String::new() };
    let line = |line: &str| match included(path, line) {
        Some(file) => text_of(sources, &file).unwrap_or_default().to_owned(),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn included(page: &str, line: &str) -> Option<String> {
    let file = line.trim().strip_prefix("<!--@include: ")?.strip_suffix("-->")?;
    file_of(page, file.trim())
}

/// The anchor of a heading as the manual's builder makes it.
fn manual_anchor(heading: &str) -> String {
    let mut anchor = String::new();
    for letter in heading.to_lowercase().chars() {
        let plain = match letter {
            'ä' => 'a',
            'ö' => 'o',
            'ü' => 'u',
            other => other,
        };
        if plain.is_alphanumeric() || plain == '_' {
            anchor.push(plain);
        } else if !anchor.ends_with('-') {
            anchor.push('-');
        }
    }
    anchor.trim_matches('-').to_owned()
}

/// The same as the hosts of repositories make it.
fn host_anchor(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        letter if letter.is_alphanumeric() || "-_".contains(letter) => Some(letter),
        _ => None,
    });
    kept.collect()
}

fn anchors(text: &str, anchor: fn(&str) -> String) -> BTreeSet<String> {
    let heading = |line: &str| {
        let marks = line.chars().take_while(|mark| *mark == '#').count();
        (1..=6).contains(&marks).then(|| anchor(&line[marks..].trim().replace(['`', '*'], "")))
    };
    let mut fenced = false;
    let outside = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced
    });
    outside.filter_map(heading).collect()
}

/// What is wrong with the links of the pages; `exists` tells whether the project has a file or folder.
fn broken(sources: &[Source], exists: &dyn Fn(&str) -> bool) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for page in pages(sources) {
        for (line, text) in prose(&page.text) {
            let place = format!("{}:{line}", page.path);
            if let Some(file) = included(&page.path, &text).filter(|file| !exists(file)) {
                breaches.push(Breach::new(&place, format!("includes {file}, which is not there"), LINK));
            }
            for target in targets(&text).into_iter().filter(|target| !target.contains(':')) {
                let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
                let Some(file) = file_of(&page.path, path).filter(|file| exists(file)) else {
                    breaches.push(Breach::new(
                        &place,
                        format!("leads to {target}, which is not there"),
                        LINK,
                    ));
                    continue;
                };
                let text = whole(sources, &file);
                let in_manual = file.starts_with(MANUAL);
                let there = anchors(&text, manual_anchor).contains(anchor)
                    && (in_manual || anchors(&text, host_anchor).contains(anchor));
                if !anchor.is_empty() && !there {
                    breaches.push(Breach::new(
                        &place,
                        format!("leads to {target}, which has no such heading"),
                        LINK,
                    ));
                }
            }
        }
    }
    breaches
}

/// The closed list of codes, as they stand in journals and on the command line.
fn codes(sources: &[Source]) -> Vec<String> {
    let text = text_of(sources, "crates/engine/src/trouble.rs").unwrap();
    let list = text.split("pub enum Code {").nth(1).unwrap().split("\n}").next().unwrap();
    let names = list.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.is_empty());
    names.map(|name| kebab(name.trim_end_matches(','))).collect()
}

/// The codes that only the command line has: those in quotes in its list.
fn command_line_codes(sources: &[Source]) -> Vec<String> {
    let text = text_of(sources, "crates/cli/src/failure.rs").unwrap();
    let list = text.split("pub fn code(&self)").nth(1).unwrap().split(".to_owned()").next().unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn kebab(name: &str) -> String {
    let mut found = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !found.is_empty() {
            found.push('-');
        }
        found.push(letter.to_ascii_lowercase());
    }
    found
}

/// A sentence of the program as the page writes it: values in italics.
fn on_the_page(sentence: &str) -> String {
    sentence.replace(['{', '}'], "*")
}

/// The part of a page below a heading of the third level.
fn section<'a>(page: &'a str, code: &str) -> Option<&'a str> {
    let start = page.find(&format!("\n### {code}\n"))? + 1;
    let rest = &page[start..];
    let end = rest[1..].find("\n## ").into_iter().chain(rest[1..].find("\n### ")).min();
    Some(&rest[..end.map_or(rest.len(), |end| end + 1)])
}

/// What a page of codes lacks: a section for each code with what happened, why, and what to do now, in the program's own
/// sentences where it has them.
fn unexplained(path: &str, page: &str, words: &toml::Table, all: &[String], own: &[String]) -> Vec<Breach> {
    let (why, next) = if path.contains("/de/") {
        ("**Warum.** ", "**Was jetzt zu tun ist.** ")
    } else {
        ("**Why.** ", "**What to do now.** ")
    };
    let sentence = |group: &str, code: &str| Some(on_the_page(words.get(group)?.get(code)?.as_str()?));
    let mut breaches = Vec::new();
    let mut lacks = |code: &str, what: &str| {
        breaches.push(Breach::new(path, format!("`{code}` {what}"), CODE));
    };
    for code in all.iter().chain(own) {
        let Some(section) = section(page, code) else {
            lacks(code, "has no section");
            continue;
        };
        let told =
            |mark: &str| section.lines().find_map(|line| line.strip_prefix(mark)).unwrap_or("").to_owned();
        if told(why).len() < 15 {
            lacks(code, "is not explained");
        }
        if told(next).len() < 8 {
            lacks(code, "has nothing to do now");
        }
        if !own.contains(code) {
            for (mark, group) in [("> ", "what"), (next, "next")] {
                if sentence(group, code) != Some(told(mark)) {
                    lacks(code, &format!("does not repeat the program's sentence under [{group}]"));
                }
            }
        }
    }
    for group in ["probe", "axigen"] {
        for (code, text) in words.get(group).and_then(toml::Value::as_table).into_iter().flatten() {
            let row = format!("| `{code}` | {} |", on_the_page(text.as_str().unwrap_or_default()));
            if !page.contains(&row) {
                lacks(code, "is not in its table");
            }
        }
    }
    breaches
}

/// Pages that one language has and the other has not; what is there in English only is listed.
fn unpaired(sources: &[Source]) -> Vec<Breach> {
    let names: BTreeSet<&str> =
        manual(sources).iter().filter_map(|page| page.path.strip_prefix(MANUAL)).collect();
    let lonely = names.iter().filter(|name| match name.strip_prefix("de/") {
        Some(english) => !names.contains(english),
        None => !name.starts_with("reference/") && !names.contains(format!("de/{name}").as_str()),
    });
    lonely.map(|name| Breach::new(*name, "has no counterpart in the other language", PAGES)).collect()
}

/// The texts in quotes of the window's words.
fn labels(words: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // A comment may hold an apostrophe.
    let code: Vec<&str> = words.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut rest = code.as_str();
    while let Some(at) = rest.find('\'') {
        let Some(end) = rest[at + 1..].find('\'') else { break };
        found.insert(rest[at + 1..at + 1 + end].to_owned());
        rest = &rest[at + end + 2..];
    }
    found
}

/// What a page sets in bold and the window does not say.
fn unsaid(page: &Source, labels: &BTreeSet<String>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (line, text) in prose(&page.text) {
        for bold in text.split("**").skip(1).step_by(2).filter(|bold| !labels.contains(*bold)) {
            let place = format!("{}:{line}", page.path);
            breaches.push(Breach::new(place, format!("the window has no `{bold}`"), LABEL));
        }
    }
    breaches
}

/// The pages that speak of the window: not those that show a page of the project, nor those that set in bold by their form.
fn speaks_of_the_window(page: &Source) -> bool {
    let by_form = page.is("/troubleshooting.md") || page.is("/de/security.md");
    !by_form && !page.text.contains("<!--@include:")
}

/// The titles of a guide's steps that its page does not list in the guide's order.
fn unlisted(page: &Source, guide: &toml::Table, texts: &toml::Table) -> Vec<Breach> {
    let mut rest = page.text.as_str();
    let mut breaches = Vec::new();
    for step in guide["steps"].as_array().unwrap() {
        let title = texts["steps"][step["id"].as_str().unwrap()]["title"].as_str().unwrap();
        match rest.split_once(&format!("\n- {title}\n")) {
            // The end of this line begins the next one.
            Some((before, _)) => rest = &rest[before.len() + title.len() + 3..],
            None => breaches.push(Breach::new(&page.path, format!("does not list `{title}` here"), STEP)),
        }
    }
    breaches
}

fn table(sources: &[Source], path: &str) -> toml::Table {
    text_of(sources, path).unwrap().parse().unwrap()
}

fn there(path: &str) -> bool {
    tree::root().join(PathBuf::from(path)).exists()
}

#[test]
fn every_link_leads_somewhere() {
    let sources = tree::sources();
    let found: usize =
        pages(&sources).iter().flat_map(|page| prose(&page.text)).map(|(_, line)| targets(&line).len()).sum();
    assert!(found > 180, "only {found} links were found");
    uphold(&broken(&sources, &there));
}

#[test]
fn every_code_is_explained_in_both_languages() {
    let sources = tree::sources();
    let (all, own) = (codes(&sources), command_line_codes(&sources));
    let own: Vec<String> = own.into_iter().filter(|code| !all.contains(code)).collect();
    assert!(all.len() > 90 && own.len() > 8, "{} and {} codes were found", all.len(), own.len());
    for (language, folder) in [("en", ""), ("de", "de/")] {
        let path = format!("{MANUAL}{folder}troubleshooting.md");
        let words = table(&sources, &format!("crates/engine/words/{language}.toml"));
        uphold(&unexplained(&path, text_of(&sources, &path).unwrap(), &words, &all, &own));
    }
}

#[test]
fn both_languages_have_the_same_pages() {
    let sources = tree::sources();
    assert!(manual(&sources).len() > 30, "only {} pages were found", manual(&sources).len());
    uphold(&unpaired(&sources));
}

#[test]
fn what_stands_in_bold_stands_in_the_window() {
    let sources = tree::sources();
    for (language, german) in [("en", false), ("de", true)] {
        let word = |name: &str| text_of(&sources, &format!("ui/src/words/{language}{name}.ts")).unwrap();
        let labels = labels(&format!("{}\n{}", word(""), word(".renewals")));
        assert!(labels.len() > 300, "only {} labels were found", labels.len());
        let pages = manual(&sources);
        let own = pages.iter().filter(|page| page.path.contains("/de/") == german);
        let speaking: Vec<_> = own.filter(|page| speaks_of_the_window(page)).collect();
        assert!(speaking.iter().map(|page| page.text.matches("**").count() / 2).sum::<usize>() > 40);
        uphold(&speaking.iter().flat_map(|page| unsaid(page, &labels)).collect::<Vec<_>>());
    }
}

#[test]
fn each_product_s_page_lists_its_steps() {
    let sources = tree::sources();
    for product in ["tixxt", "intrexx", "axigen", "targetconnect", "innovaphone"] {
        let guide = table(&sources, &format!("guides/{product}/guide.toml"));
        for (language, folder) in [("en", ""), ("de", "de/")] {
            let texts = table(&sources, &format!("guides/{product}/{language}.toml"));
            let path = format!("{MANUAL}{folder}products/{product}.md");
            let page = sources.iter().find(|source| source.path == path).unwrap();
            uphold(&unlisted(page, &guide, &texts));
        }
    }
}

#[test]
fn what_the_manual_shows_of_the_project_is_named_as_it_is() {
    let sources = tree::sources();
    let contents = text_of(&sources, "docs/manual/.vitepress/contents.ts").unwrap();
    let named = contents.lines().filter_map(|line| line.trim().strip_prefix("['")?.strip_suffix("'],"));
    let pairs: Vec<(&str, &str)> =
        named.filter_map(|pair| pair.split_once("', '")).filter(|(file, _)| file.ends_with(".md")).collect();
    let including = manual(&sources).into_iter().filter(|page| page.text.contains("<!--@include:")).count();
    assert!(pairs.len() > 10 && pairs.len() == including, "{} named, {including} included", pairs.len());
    for (file, page) in pairs {
        let path = format!("{MANUAL}{page}.md");
        let text = text_of(&sources, &path).unwrap_or_else(|| panic!("{path} is not there"));
        assert!(text.starts_with(&format!("---\nsource: {file}\n---\n")), "{path} does not name {file}");
        assert!(text.lines().any(|line| included(&path, line).as_deref() == Some(file)), "{path}");
    }
}

#[test]
fn control_broken_links_are_seen() {
    let text =
        "# A\n[b](b.md#c) [d](b.md) ![e](e.png) [f](https://example.org)\n```\n[g](g.md)\n```\n`[h](h.md)`\n";
    let planted = [
        Source::planted("docs/a.md", text),
        Source::planted("docs/b.md", "## Über C\n"),
        Source::planted("docs/manual/index.md", "---\nlink: /nowhere\n---\n[c](../b.md#uber-c)\n"),
    ];
    let breaches = broken(&planted, &|path| path == "docs/b.md");
    for part in ["b.md#c,", "e.png", "/nowhere", "../b.md#uber-c"] {
        reported(&breaches, part);
    }
    assert_eq!(breaches.len(), 4, "{breaches:?}");
}

#[test]
fn control_an_unexplained_code_is_seen() {
    let words: toml::Table =
        "[what]\nnew = \"It is {name}.\"\n[next]\nnew = \"Do it again.\"\n[probe]\nred = \"It is red.\"\n"
            .parse()
            .unwrap();
    let good = "# T\n\n### new\n\n> It is *name*.\n\n**Why.** Because it is so today.\n\n**What to do now.** Do it again.\n\n| `red` | It is red. | x |\n";
    let judge =
        |page: &str| unexplained("docs/manual/troubleshooting.md", page, &words, &["new".into()], &[]);
    assert_eq!(judge(good), []);
    reported(&judge(""), "`new` has no section");
    reported(&judge(&good.replace("*name*", "*title*")), "under [what]");
    reported(&judge(&good.replace("again", "never")), "under [next]");
    reported(&judge(&good.replace("Because it is so today.", "")), "is not explained");
    reported(&judge(&good.replace("| `red`", "| `green`")), "`red` is not in its table");
}

#[test]
fn control_pages_labels_and_steps_are_seen() {
    let planted = [Source::planted("docs/manual/de/a.md", ""), Source::planted("docs/manual/b.md", "")];
    assert_eq!(unpaired(&planted).len(), 2);
    let labels = labels("a: 'Sign in',\nb: (n) => (n ? 'Go' : `${n}`),");
    let page = Source::planted("docs/manual/a.md", "Press **Sign in**, **Go**, then **Log in**.");
    let breaches = unsaid(&page, &labels);
    reported(&breaches, "`Log in`");
    assert_eq!(breaches.len(), 1);
    let guide: toml::Table = "[[steps]]\nid = \"a\"\n[[steps]]\nid = \"b\"\n".parse().unwrap();
    let texts: toml::Table = "[steps.a]\ntitle = \"One\"\n[steps.b]\ntitle = \"Two\"\n".parse().unwrap();
    assert_eq!(unlisted(&Source::planted("p.md", "\n- One\n- Two\n"), &guide, &texts), []);
    reported(&unlisted(&Source::planted("p.md", "\n- Two\n- One\n"), &guide, &texts), "`Two`");
}
