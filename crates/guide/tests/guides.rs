//! Every built-in guide against the list of its vendor's rows (guides/rows), its words and its two languages.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use guide::{Guide, Language, markup};

const ROWS: [(&str, &str); 5] = [
    ("tixxt", include_str!("../../../guides/rows/tixxt.txt")),
    ("intrexx", include_str!("../../../guides/rows/intrexx.txt")),
    ("axigen", include_str!("../../../guides/rows/axigen.txt")),
    ("targetconnect", include_str!("../../../guides/rows/targetconnect.txt")),
    ("innovaphone", include_str!("../../../guides/rows/innovaphone.txt")),
];

/// The rows of a list. A line with a plus is no row of the vendor's: a step for which the vendor's document has none bears
/// it, as a part or a conclusion.
fn listed(rows: &'static str) -> Vec<&'static str> {
    rows.lines().map(|line| line.trim_start_matches("+ ")).collect()
}

fn guides() -> impl Iterator<Item = (&'static Guide, Vec<&'static str>)> {
    ROWS.into_iter().map(|(id, rows)| (guide::find(id).unwrap(), listed(rows)))
}

/// What is wrong between a guide and its list: rows that are missing or doubled, rows that nobody listed.
fn differences(guide: &Guide, listed: &[&str]) -> Vec<String> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for row in guide.rows() {
        *found.entry(&row.id).or_default() += 1;
    }
    let missing = listed.iter().filter(|id| found.get(**id) != Some(&1));
    let mut wrong: Vec<String> =
        missing.map(|id| format!("{id} does not stand in exactly one step")).collect();
    let unlisted = found.keys().filter(|id| !listed.contains(*id));
    wrong.extend(unlisted.map(|id| format!("{id} is not listed")));
    wrong
}

#[test]
fn every_listed_row_stands_in_exactly_one_step() {
    let vendors = ROWS.iter().flat_map(|(_, rows)| rows.lines()).filter(|line| !line.starts_with('+'));
    assert_eq!(vendors.count(), 349);
    for (guide, listed) in guides() {
        assert_eq!(differences(guide, &listed), Vec::<String>::new(), "{}", guide.id);
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());
    }
}

#[test]
fn a_guide_that_loses_any_step_or_row_is_noticed() {
    for (guide, listed) in guides() {
        for at in 0..guide.steps.len() {
            let mut other = guide.clone();
            let gone = other.steps.remove(at);
            assert_eq!(differences(&other, &listed).len(), gone.rows.len(), "{} {}", guide.id, gone.id);
        }
    }
}

#[test]
fn the_rows_of_a_step_stand_in_the_vendors_order() {
    for (guide, listed) in guides() {
        for step in &guide.steps {
            let known = step.rows.iter().filter_map(|row| listed.iter().position(|id| *id == row.id));
            assert!(known.collect::<Vec<_>>().is_sorted(), "{} {}", guide.id, step.id);
        }
    }
}

#[test]
fn both_languages_show_the_same_values_in_as_many_lines() {
    let codes = |text: &str| -> BTreeSet<String> {
        let pieces = markup::lines(text).unwrap().into_iter().flatten();
        pieces
            .filter_map(|piece| if let markup::Piece::Code(code) = piece { Some(code) } else { None })
            .collect()
    };
    for (guide, _) in guides() {
        for (id, row) in &guide.texts.english.rows {
            let german = &guide.texts.german.rows[id];
            assert_eq!(codes(&row.says), codes(&german.says), "{id}");
            let (one, two) =
                (row.by_hand.clone().unwrap_or_default(), german.by_hand.clone().unwrap_or_default());
            assert_eq!(codes(&one), codes(&two), "{id}");
            assert_eq!(one.lines().count(), two.lines().count(), "{id}");
        }
    }
}

/// A word that has no place in a calm sentence, outside what is quoted from a screen.
fn excited(text: &str) -> Option<&'static str> {
    let pieces = markup::lines(text).unwrap().into_iter().flatten();
    let plain: String = pieces
        .map(|piece| match piece {
            markup::Piece::Plain(text) => text,
            markup::Piece::Link { words, .. } => words,
            _ => String::new(),
        })
        .collect();
    let lower = plain.to_lowercase();
    ["!", "please", "bitte ", "simply", "einfach ", "oops"].into_iter().find(|word| lower.contains(*word))
}

#[test]
fn the_words_are_calm() {
    assert_eq!(excited("Bitte warten"), Some("bitte "));
    assert_eq!(excited("See `please wait!`"), None);
    for (guide, _) in guides() {
        for language in Language::ALL {
            let words = guide.texts.of(language);
            let rows = words.rows.values().flat_map(|row| {
                [Some(&row.says), row.by_hand.as_ref(), row.newer.as_ref()].into_iter().flatten()
            });
            let steps = words.steps.values().flat_map(|step| [&step.title, &step.why, &step.green]);
            let asks = words.asks.values().flat_map(|ask| [&ask.label, &ask.help]);
            for text in rows.chain(steps).chain(asks).chain(words.unconfirmed.values()) {
                assert_eq!(excited(text), None, "{}: {text}", guide.id);
            }
        }
    }
}

#[test]
fn labels_of_the_product_are_the_same_unless_it_speaks_german_itself() {
    for (guide, _) in guides().filter(|(guide, _)| guide.id != "intrexx") {
        assert_eq!(guide.texts.english.fields.len(), guide.texts.german.fields.len());
        for (id, field) in &guide.texts.english.fields {
            assert_eq!(field.label, guide.texts.german.fields[id].label, "{} {id}", guide.id);
        }
    }
}

#[test]
fn the_answers_template_of_each_guide_is_read_back() {
    for (guide, _) in guides() {
        for language in Language::ALL {
            let template = guide::asks_template(guide, language);
            let answers = guide::read_answers(guide, template.as_bytes()).unwrap();
            for ask in &guide.asks {
                assert!(template.contains(&format!("{} = ", ask.id)), "{}", ask.id);
                assert_eq!(answers.contains_key(&ask.id), ask.default.is_some(), "{} {}", guide.id, ask.id);
            }
        }
    }
}

/// What the table of the README says of a guide.
fn table_line(guide: &Guide, connected: &str) -> String {
    let counted = guide.coverage();
    format!(
        "| [{}](guides/{}/guide.toml) | {connected} | {} | {} | {} | {} | {} |",
        guide.product,
        guide.id,
        counted.rows(),
        counted.automatic,
        counted.checked,
        counted.by_hand,
        counted.read
    )
}

/// Run with `UPDATE_README=1` to write the figures anew.
#[test]
fn the_table_of_the_readme_is_counted_from_the_guides() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let mut counted = Vec::new();
    for line in readme.lines() {
        let guide = guides().find(|(guide, _)| line.starts_with(&format!("| [{}](guides/", guide.product)));
        counted.push(guide.map_or_else(
            || line.to_owned(),
            |(guide, _)| table_line(guide, line.split(" | ").nth(1).unwrap()),
        ));
    }
    let counted = counted.join("\n") + "\n";
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, &counted).unwrap();
    }
    assert!(readme == counted, "the table is old; run this test with UPDATE_README=1");
    for (guide, _) in guides() {
        assert!(
            readme.contains(&format!("| [{}](guides/{}/guide.toml)", guide.product, guide.id)),
            "{}",
            guide.id
        );
    }
}
