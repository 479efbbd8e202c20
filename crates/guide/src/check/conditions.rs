//! Conditions name a choice that is made in time, and values that it offers.

use std::collections::BTreeMap;

use crate::near::suggest;
use crate::page::{Faults, Page, Path};
use crate::{Action, AskKind, Condition, FaultKind, Guide};

pub(super) fn judge(guide: &Guide, page: &Page<'_>, faults: &mut Faults) {
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, step) in guide.steps.iter().enumerate() {
        for ask in &step.asks {
            shown.entry(ask).or_insert(at);
        }
    }
    for (at, step) in guide.steps.iter().enumerate() {
        let here = Path::root().key("steps").at(at);
        let own = step.when.iter().enumerate().map(|(index, each)| (each, here.key("when").at(index)));
        let mut found: Vec<(&Condition, Path)> = own.collect();
        if let Action::SetPermissions { optional, .. } = &step.action {
            for (position, permission) in optional.iter().enumerate() {
                let list = here.key("do").key("optional").at(position).key("when");
                let inner = permission.when.iter().enumerate();
                found.extend(inner.map(|(index, each)| (each, list.at(index))));
            }
        }
        for (condition, path) in found {
            condition_fault(guide, page, condition, &path, faults);
            if shown.get(condition.ask.as_str()).is_some_and(|first| *first > at) {
                let what = format!("The ask `{}` is shown in a later step only.", condition.ask);
                page.fault(faults, FaultKind::Order, &path.key("ask"), what, "Show it before it decides.");
            }
        }
    }
    for (at, field) in guide.fields.iter().enumerate() {
        let list = Path::root().key("fields").at(at).key("when");
        for (index, condition) in field.when.iter().enumerate() {
            condition_fault(guide, page, condition, &list.at(index), faults);
        }
    }
}

fn condition_fault(guide: &Guide, page: &Page<'_>, condition: &Condition, path: &Path, faults: &mut Faults) {
    let Some(ask) = guide.ask(&condition.ask) else {
        let hint = suggest(&condition.ask, guide.asks.iter().map(|ask| ask.id.as_str()));
        let what = format!("There is no ask `{}`.", condition.ask);
        return page.fault(faults, FaultKind::Dangling, &path.key("ask"), what, hint);
    };
    let (AskKind::Choice { options } | AskKind::Choices { options }) = &ask.kind else {
        let what = format!("The ask `{}` offers no values to choose from.", ask.id);
        let hint = "Name an ask of the kind choice or choices.";
        return page.fault(faults, FaultKind::WrongKind, &path.key("ask"), what, hint);
    };
    for (index, value) in condition.has.iter().enumerate().filter(|(_, value)| !options.contains(value)) {
        let what = format!("The ask `{}` has no option `{}`.", ask.id, crate::shape::short(value));
        let hint = suggest(value, options.iter().map(String::as_str));
        page.fault(faults, FaultKind::UnknownValue, &path.key("has").at(index), what, hint);
    }
}
