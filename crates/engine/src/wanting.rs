//! Which permissions a step wants with the answers that were given, and which an application should hold in all.

use std::collections::BTreeSet;

use guide::{Action, Guide, Step, WantedKind};

use crate::history::History;

/// Permissions by their published value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanting {
    /// Held by the application itself.
    pub roles: Vec<String>,
    /// Borrowed from the signed-in person.
    pub delegated: Vec<String>,
}

impl Wanting {
    fn add(&mut self, kind: WantedKind, value: &str) {
        let list = match kind {
            WantedKind::Application => &mut self.roles,
            WantedKind::Delegated => &mut self.delegated,
        };
        if !list.iter().any(|known| known == value) {
            list.push(value.to_owned());
        }
    }

    fn add_all(&mut self, other: &Self) {
        for value in &other.roles {
            self.add(WantedKind::Application, value);
        }
        for value in &other.delegated {
            self.add(WantedKind::Delegated, value);
        }
    }
}

/// What a set-permissions step wants; nothing for another step, or for one that the answers leave out.
pub(crate) fn wanting(guide: &Guide, history: &History, step: &Step) -> Wanting {
    let mut wanted = Wanting::default();
    let Action::SetPermissions { roles, delegated, optional, asked, .. } = &step.action else {
        return wanted;
    };
    if !history.applies(guide, &step.when) {
        return wanted;
    }
    wanted.add_all(&Wanting { roles: roles.clone(), delegated: delegated.clone() });
    for each in optional.iter().filter(|each| history.applies(guide, &each.when)) {
        wanted.add(each.kind, &each.permission);
    }
    for ask in asked.iter().filter_map(|id| guide.ask(id)) {
        let guide::AskKind::Permissions { permission } = ask.kind else { continue };
        let answer = history.answers.get(&ask.id).cloned().or_else(|| ask.proposed());
        for value in
            answer.iter().flat_map(|list| list.as_array()).flatten().filter_map(|value| value.as_str())
        {
            wanted.add(permission, value);
        }
    }
    wanted
}

/// What all steps together want for one application.
pub(crate) fn wanting_of_application(guide: &Guide, history: &History, application: &str) -> Wanting {
    let mut wanted = Wanting::default();
    for step in &guide.steps {
        if matches!(&step.action, Action::SetPermissions { application: other, .. } if other == application) {
            wanted.add_all(&wanting(guide, history, step));
        }
    }
    wanted
}

/// The applications of a guide that its answers make necessary: the steps that register them.
pub(crate) fn applications<'a>(guide: &'a Guide, history: &History) -> BTreeSet<&'a str> {
    let registers =
        guide.steps.iter().filter(|step| matches!(step.action, Action::RegisterApplication { .. }));
    registers.filter(|step| history.applies(guide, &step.when)).map(|step| step.id.as_str()).collect()
}
