//! Every id is used once, and every name of a section, ask, row or step of a certain verb is one that exists.
//! Which step may use which is in `order`.

use std::collections::{BTreeMap, BTreeSet};

use super::step_links;
use crate::near::suggest;
use crate::page::{Faults, Page, Path};
use crate::{Action, AskKind, FaultKind, Guide, HandedFields, MatchPair};

pub(super) fn judge(guide: &Guide, page: &Page<'_>, faults: &mut Faults) {
    let mut names = Names { guide, page, faults };
    names.once();
    names.sections();
    names.asks();
    names.rows_of_fields();
    for (index, step) in guide.steps.iter().enumerate() {
        names.action(&step.action, &Path::root().key("steps").at(index).key("do"));
    }
}

struct Names<'a, 'f> {
    guide: &'a Guide,
    page: &'a Page<'a>,
    faults: &'f mut Faults,
}

impl<'a> Names<'a, '_> {
    fn fault(&mut self, kind: FaultKind, path: &Path, what: String, hint: impl Into<String>) {
        self.page.fault(self.faults, kind, path, what, hint);
    }

    fn once(&mut self) {
        let guide = self.guide;
        let root = Path::root();
        self.unique("sections", guide.sections.iter().map(|each| each.id.as_str()));
        self.unique("asks", guide.asks.iter().map(|each| each.id.as_str()));
        self.unique("steps", guide.steps.iter().map(|each| each.id.as_str()));
        self.unique("fields", guide.fields.iter().map(|each| each.id.as_str()));
        let notes = guide.notes.iter().enumerate();
        let notes = notes.map(|(index, row)| (row.id.as_str(), root.key("notes").at(index).key("id")));
        let rows = guide.steps.iter().enumerate().flat_map(|(at, step)| {
            let list = Path::root().key("steps").at(at).key("rows");
            step.rows.iter().enumerate().map(move |(index, row)| (row.id.as_str(), list.at(index).key("id")))
        });
        self.unique_at(notes.chain(rows).collect());
        for (at, step) in guide.steps.iter().enumerate() {
            let here = root.key("steps").at(at);
            if step.id == "answers" {
                let what = "A step cannot be called `answers`: templates name answers so.".to_owned();
                self.fault(FaultKind::BadValue, &here.key("id"), what, "Choose another id.");
            }
            for (field, list) in
                [("after", &step.after), ("asks", &step.asks), ("unconfirmed", &step.unconfirmed)]
            {
                let here = here.key(field);
                self.unique_at(
                    list.iter().enumerate().map(|(i, each)| (each.as_str(), here.at(i))).collect(),
                );
            }
        }
    }

    fn unique(&mut self, list: &str, ids: impl Iterator<Item = &'a str>) {
        let list = Path::root().key(list);
        self.unique_at(ids.enumerate().map(|(index, id)| (id, list.at(index).key("id"))).collect());
    }

    fn unique_at(&mut self, ids: Vec<(&'a str, Path)>) {
        let mut seen: BTreeMap<&str, Path> = BTreeMap::new();
        for (id, path) in ids {
            if let Some(first) = seen.get(id) {
                let what = format!("`{id}` is used a second time.");
                let hint = format!("It stands already at {first}; choose another one or remove it.");
                self.fault(FaultKind::Twice, &path, what, hint);
            } else {
                seen.insert(id, path);
            }
        }
    }

    fn sections(&mut self) {
        let guide = self.guide;
        let mut seen: Vec<&str> = Vec::new();
        for (index, step) in guide.steps.iter().enumerate() {
            let path = Path::root().key("steps").at(index).key("section");
            let known = guide.sections.iter().map(|section| section.id.as_str());
            if !known.clone().any(|id| id == step.section) {
                let what = format!("There is no section `{}`.", step.section);
                self.fault(FaultKind::Dangling, &path, what, suggest(&step.section, known));
            } else if seen.last() != Some(&step.section.as_str()) {
                if seen.contains(&step.section.as_str()) {
                    let what =
                        format!("The section `{}` was left before and is entered again.", step.section);
                    self.fault(FaultKind::Order, &path, what, "Keep the steps of a section together.");
                }
                seen.push(&step.section);
            }
        }
        for (index, section) in guide.sections.iter().enumerate() {
            if !seen.contains(&section.id.as_str()) {
                let path = Path::root().key("sections").at(index).key("id");
                let what = format!("No step stands in the section `{}`.", section.id);
                self.fault(FaultKind::Dangling, &path, what, "Give it a step or remove it.");
            }
        }
    }

    fn asks(&mut self) {
        let guide = self.guide;
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        for (index, step) in guide.steps.iter().enumerate() {
            for (position, ask) in step.asks.iter().enumerate() {
                let path = Path::root().key("steps").at(index).key("asks").at(position);
                if guide.ask(ask).is_none() {
                    self.dangling_ask(ask, &path);
                } else if !shown.insert(ask) && !step.asks[..position].contains(ask) {
                    let what = format!("The ask `{ask}` is shown in an earlier step already.");
                    self.fault(FaultKind::Twice, &path, what, "Show each ask in one step.");
                }
            }
        }
        for (index, ask) in guide.asks.iter().enumerate() {
            if !shown.contains(ask.id.as_str()) {
                let path = Path::root().key("asks").at(index).key("id");
                let what = format!("No step shows the ask `{}`.", ask.id);
                self.fault(FaultKind::Dangling, &path, what, "Name it in the `asks` of a step.");
            }
        }
    }

    fn dangling_ask(&mut self, ask: &str, path: &Path) {
        let hint = suggest(ask, self.guide.asks.iter().map(|ask| ask.id.as_str()));
        self.fault(FaultKind::Dangling, path, format!("There is no ask `{ask}`."), hint);
    }

    fn rows_of_fields(&mut self) {
        let rows: BTreeSet<&str> = self.guide.rows().map(|row| row.id.as_str()).collect();
        for (index, field) in self.guide.fields.iter().enumerate() {
            if !rows.contains(field.row.as_str()) {
                let path = Path::root().key("fields").at(index).key("row");
                let what = format!("There is no row `{}`.", field.row);
                self.fault(FaultKind::Dangling, &path, what, suggest(&field.row, rows.iter().copied()));
            }
        }
    }

    fn action(&mut self, action: &'a Action, path: &Path) {
        for link in step_links(action) {
            self.step_of(link.step, link.verbs, &path.key(link.field));
        }
        match action {
            Action::ChooseUsers { ask, .. } => self.ask_of(ask, "users", &path.key("ask")),
            Action::UploadCertificate { file, .. } => self.ask_of(file, "file", &path.key("file")),
            Action::PoolUsers { csv, column, field, .. } => {
                for (name, ask, kind) in [("csv", csv, "csv"), ("column", column, "text")] {
                    if let Some(ask) = ask {
                        self.ask_of(ask, kind, &path.key(name));
                    }
                }
                self.ask_of(field, "user-field", &path.key("field"));
            }
            Action::SetPermissions { asked, .. } => {
                for (index, ask) in asked.iter().enumerate() {
                    self.ask_of(ask, "permissions", &path.key("asked").at(index));
                }
            }
            Action::AxigenVersion { typed, .. } => self.ask_of(typed, "text", &path.key("typed")),
            Action::AxigenConnector { connector: Some(ask), .. } => {
                self.ask_of(ask, "text", &path.key("connector"));
            }
            Action::HandOver { fields: HandedFields::Named(ids) } => {
                let path = path.key("fields");
                self.unique_ids(ids, &path);
                for (index, id) in ids.iter().enumerate() {
                    self.field(id, &path.at(index));
                }
            }
            Action::MatchFields { pairs, .. } => {
                for (index, pair) in pairs.iter().enumerate() {
                    self.pair(pair, &path.key("pairs").at(index));
                }
            }
            _ => {}
        }
    }

    fn unique_ids(&mut self, ids: &'a [String], path: &Path) {
        let each = ids.iter().enumerate().map(|(index, id)| (id.as_str(), path.at(index)));
        self.unique_at(each.collect());
    }

    fn field(&mut self, id: &str, path: &Path) {
        let known = self.guide.fields.iter().map(|field| field.id.as_str());
        if !known.clone().any(|known| known == id) {
            let hint = suggest(id, known);
            self.fault(FaultKind::Dangling, path, format!("There is no field `{id}`."), hint);
        }
    }

    fn pair(&mut self, pair: &MatchPair, path: &Path) {
        self.ask_of(&pair.local, "text or choice", &path.key("local"));
        self.ask_of(&pair.remote, "user-field", &path.key("remote"));
        if let Some(users) = &pair.users {
            self.step_of(users, &["choose-users"], &path.key("users"));
        }
        if let Some(csv) = &pair.csv {
            self.ask_of(csv, "csv", &path.key("csv"));
        }
    }

    fn step_of(&mut self, id: &str, verbs: &[&str], path: &Path) {
        let guide = self.guide;
        let is_right = |step: &&crate::Step| verbs.contains(&step.action.verb());
        let right = guide.steps.iter().filter(is_right).map(|step| step.id.as_str());
        match guide.step(id) {
            None => {
                let what = format!("There is no step `{id}`.");
                self.fault(FaultKind::Dangling, path, what, suggest(id, right));
            }
            Some(step) if !verbs.contains(&step.action.verb()) => {
                let what = format!(
                    "The step `{id}` has the verb `{}`; here `{}` is needed.",
                    step.action.verb(),
                    verbs.join("` or `")
                );
                self.fault(FaultKind::WrongKind, path, what, suggest(id, right));
            }
            Some(_) => {}
        }
    }

    fn ask_of(&mut self, id: &str, wanted: &str, path: &Path) {
        match self.guide.ask(id) {
            None => self.dangling_ask(id, path),
            Some(ask) if !wanted.split(" or ").any(|kind| kind == kind_name(&ask.kind)) => {
                let what = format!("The ask `{id}` is of the kind `{}`.", kind_name(&ask.kind));
                self.fault(FaultKind::WrongKind, path, what, format!("Here the kind {wanted} is needed."));
            }
            Some(_) => {}
        }
    }
}

fn kind_name(kind: &AskKind) -> &'static str {
    match kind {
        AskKind::Text { .. } => "text",
        AskKind::Number { .. } => "number",
        AskKind::Choice { .. } => "choice",
        AskKind::Choices { .. } => "choices",
        AskKind::Permissions { .. } => "permissions",
        AskKind::Users { .. } => "users",
        AskKind::UserField {} => "user-field",
        AskKind::Csv {} => "csv",
        AskKind::File {} => "file",
    }
}
