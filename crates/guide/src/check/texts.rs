//! Everything has its words in both languages, no words belong to nothing, and the words are of the small
//! markup. Templates stand in by-hand texts only, and name no secret.

use std::collections::{BTreeMap, BTreeSet};

use super::values::reference_fault;
use crate::near::suggest;
use crate::page::{Faults, Page, Path};
use crate::{Ask, AskKind, FaultKind, Guide, Mark, Row, RowKind, Template, Words, markup};

/// Judges one text file.
pub(crate) fn texts(guide: &Guide, words: &Words, page: &Page<'_>, faults: &mut Faults) {
    let mut judge = Judge { guide, words, page, faults };
    judge.owners();
    judge.rows();
    judge.marks();
}

/// Both languages fill in the same values in the same rows.
pub(crate) fn languages(english: &Words, german: &Words, german_page: &Page<'_>, faults: &mut Faults) {
    let names = |text: &Option<String>| -> BTreeSet<String> {
        let template = text.as_deref().and_then(|text| text.parse::<Template>().ok());
        template.iter().flat_map(Template::references).map(ToString::to_string).collect()
    };
    for (id, row) in &english.rows {
        let Some(other) = german.rows.get(id) else { continue };
        let (one, two) = (names(&row.by_hand), names(&other.by_hand));
        if one != two {
            let differ: Vec<&str> = one.symmetric_difference(&two).map(String::as_str).collect();
            let what = format!("The languages differ in the values they name: {}.", differ.join(", "));
            let path = Path::root().key("rows").key(id).key("by-hand");
            german_page.fault(faults, FaultKind::Placeholders, &path, what, "Name the same values in both.");
        }
    }
}

struct Judge<'a, 'f> {
    guide: &'a Guide,
    words: &'a Words,
    page: &'a Page<'a>,
    faults: &'f mut Faults,
}

impl<'a> Judge<'a, '_> {
    fn fault(&mut self, kind: FaultKind, path: &Path, what: String, hint: impl Into<String>) {
        self.page.fault(self.faults, kind, path, what, hint);
    }

    fn owners(&mut self) {
        let (guide, words) = (self.guide, self.words);
        self.group("sections", guide.sections.iter().map(|each| each.id.as_str()), &words.sections);
        self.group("asks", guide.asks.iter().map(|each| each.id.as_str()), &words.asks);
        self.group("steps", guide.steps.iter().map(|each| each.id.as_str()), &words.steps);
        self.group("rows", guide.rows().map(|each| each.id.as_str()), &words.rows);
        self.group("fields", guide.fields.iter().map(|each| each.id.as_str()), &words.fields);
        let unconfirmed = guide.steps.iter().flat_map(|step| step.unconfirmed.iter().map(String::as_str));
        self.group("unconfirmed", unconfirmed, &words.unconfirmed);
        for ask in &guide.asks {
            self.options(ask);
        }
    }

    fn group<T>(
        &mut self,
        group: &str,
        owners: impl Iterator<Item = &'a str>,
        texts: &'a BTreeMap<String, T>,
    ) {
        let path = Path::root().key(group);
        let owners: BTreeSet<&str> = owners.collect();
        for owner in &owners {
            if !texts.contains_key(*owner) {
                let what = format!("The text of `{owner}` is missing.");
                self.fault(
                    FaultKind::MissingText,
                    &path.key(owner),
                    what,
                    format!("Add `{}`.", path.key(owner)),
                );
            }
        }
        for id in texts.keys() {
            if !owners.contains(id.as_str()) {
                let what =
                    format!("This text belongs to nothing: the guide has no `{}`.", crate::shape::short(id));
                self.fault(FaultKind::OrphanText, &path.key(id), what, suggest(id, owners.iter().copied()));
            }
        }
    }

    fn options(&mut self, ask: &'a Ask) {
        let Some(words) = self.words.asks.get(&ask.id) else { return };
        let path = Path::root().key("asks").key(&ask.id).key("options");
        let known: &[String] = match &ask.kind {
            AskKind::Choice { options } | AskKind::Choices { options } => options,
            _ => &[],
        };
        for option in known.iter().filter(|option| !words.options.contains_key(*option)) {
            let what = format!("The text of the option `{option}` is missing.");
            self.fault(
                FaultKind::MissingText,
                &path.key(option),
                what,
                format!("Add `{}`.", path.key(option)),
            );
        }
        for option in words.options.keys().filter(|option| !known.contains(option)) {
            let what = format!(
                "This text belongs to nothing: the ask has no option `{}`.",
                crate::shape::short(option)
            );
            let hint = suggest(option, known.iter().map(String::as_str));
            self.fault(FaultKind::OrphanText, &path.key(option), what, hint);
        }
    }

    fn rows(&mut self) {
        let (guide, words) = (self.guide, self.words);
        for row in guide.rows() {
            self.row(row);
        }
        for step in &guide.steps {
            let by_hand = |row: &Row| words.rows.get(&row.id).is_some_and(|words| words.by_hand.is_some());
            if !step.rows.iter().any(by_hand) {
                let path = Path::root().key("steps").key(&step.id);
                let what = format!("No row of the step `{}` says how to do it by hand.", step.id);
                self.fault(FaultKind::MissingText, &path, what, "Add `by-hand` to one of its rows.");
            }
        }
    }

    fn row(&mut self, row: &Row) {
        let Some(words) = self.words.rows.get(&row.id) else { return };
        let path = Path::root().key("rows").key(&row.id);
        if row.kind != RowKind::Read && words.by_hand.is_none() {
            let what = "There is something to do here, but no text says how to do it by hand.".to_owned();
            self.fault(
                FaultKind::MissingText,
                &path.key("by-hand"),
                what,
                "Add `by-hand`: the exact clicks.",
            );
        }
        match (row.mark == Mark::Outdated, words.newer.is_some()) {
            (true, false) => {
                let what = "The row is marked outdated, but nothing tells the newer fact.".to_owned();
                self.fault(FaultKind::MissingText, &path.key("newer"), what, "Add `newer`.");
            }
            (false, true) => {
                let what = "The row is not marked outdated.".to_owned();
                let hint = "Set `mark = \"outdated\"` in guide.toml, or remove `newer`.";
                self.fault(FaultKind::OrphanText, &path.key("newer"), what, hint);
            }
            _ => {}
        }
    }

    fn marks(&mut self) {
        let words = self.words;
        let root = Path::root();
        self.plain(&words.guide.summary, &root.key("guide").key("summary"));
        for (id, section) in &words.sections {
            self.plain(&section.title, &root.key("sections").key(id).key("title"));
        }
        for (id, ask) in &words.asks {
            let path = root.key("asks").key(id);
            self.plain(&ask.label, &path.key("label"));
            self.plain(&ask.help, &path.key("help"));
            for (option, text) in &ask.options {
                self.plain(text, &path.key("options").key(option));
            }
        }
        for (id, step) in &words.steps {
            let path = root.key("steps").key(id);
            self.plain(&step.title, &path.key("title"));
            self.plain(&step.why, &path.key("why"));
            self.plain(&step.green, &path.key("green"));
        }
        for (id, row) in &words.rows {
            let path = root.key("rows").key(id);
            self.plain(&row.says, &path.key("says"));
            if let Some(newer) = &row.newer {
                self.plain(newer, &path.key("newer"));
            }
            if let Some(by_hand) = &row.by_hand {
                self.markup(by_hand, &path.key("by-hand"));
                self.template(by_hand, &path.key("by-hand"));
            }
        }
        for (id, field) in &words.fields {
            self.plain(&field.label, &root.key("fields").key(id).key("label"));
            if let Some(place) = &field.place {
                self.plain(place, &root.key("fields").key(id).key("place"));
            }
        }
        for (id, text) in &words.unconfirmed {
            self.plain(text, &root.key("unconfirmed").key(id));
        }
    }

    /// Text without templates.
    fn plain(&mut self, text: &str, path: &Path) {
        if text.contains(['{', '}']) {
            let what = "There is a brace in this text.".to_owned();
            self.fault(FaultKind::Markup, path, what, "Only by-hand texts fill in values; write it without.");
        }
        self.markup(text, path);
    }

    fn markup(&mut self, text: &str, path: &Path) {
        if let Err(fault) = markup::lines(text) {
            let what = format!("The markup is not right: {fault}.");
            let hint = "Use **label**, `value` and [words](https://address), each closed on its line.";
            self.fault(FaultKind::Markup, path, what, hint);
        }
    }

    fn template(&mut self, text: &str, path: &Path) {
        match text.parse::<Template>() {
            Err(fault) => {
                let what =
                    format!("This is not a proper template: {}.", crate::shape::short(&fault.to_string()));
                let hint = "Name a value as `{answers.ask}` or `{step.output}`; write a brace itself twice.";
                self.fault(FaultKind::Markup, path, what, hint);
            }
            Ok(template) => {
                for reference in template.references() {
                    if let Some((kind, what, hint)) = reference_fault(self.guide, reference, false) {
                        self.fault(kind, path, what, hint);
                    }
                }
            }
        }
    }
}
