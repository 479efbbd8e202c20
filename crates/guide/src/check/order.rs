//! Steps wait for steps that exist, stand earlier, and do not wait for them; and a step uses only what the
//! steps that it waits for have made.

use std::collections::{BTreeMap, BTreeSet};

use super::{step_links, templates};
use crate::near::suggest;
use crate::page::{Faults, Page, Path};
use crate::{Action, FaultKind, Guide, Reference, Step};

pub(super) fn judge(guide: &Guide, page: &Page<'_>, faults: &mut Faults) {
    let places: BTreeMap<&str, usize> =
        guide.steps.iter().enumerate().map(|(at, step)| (step.id.as_str(), at)).collect();
    let circles = circles(guide, &places);
    let mut before: Vec<BTreeSet<usize>> = Vec::with_capacity(guide.steps.len());
    for (at, step) in guide.steps.iter().enumerate() {
        let here = Path::root().key("steps").at(at);
        let mut all = BTreeSet::new();
        for (index, name) in step.after.iter().enumerate() {
            let path = here.key("after").at(index);
            match places.get(name.as_str()) {
                None => {
                    let known = guide.steps[..at].iter().map(|step| step.id.as_str());
                    let what = format!("There is no step `{name}`.");
                    page.fault(faults, FaultKind::Dangling, &path, what, suggest(name, known));
                }
                Some(other) if *other < at => {
                    all.insert(*other);
                    all.extend(&before[*other]);
                }
                Some(other) if circles.contains(&(at, *other)) => {
                    let what = format!("The steps `{}` and `{name}` wait for each other.", step.id);
                    page.fault(faults, FaultKind::Cycle, &path, what, "Remove one of the two from `after`.");
                }
                Some(_) => {
                    let what = format!("The step `{name}` stands later in the guide.");
                    page.fault(faults, FaultKind::Order, &path, what, "Put it before this step.");
                }
            }
        }
        before.push(all);
        for (name, path) in uses(step, &here.key("do")) {
            if let Some(other) = places.get(name)
                && !before[at].contains(other)
            {
                let what = format!("This uses the step `{name}`, but does not wait for it.");
                let hint = format!("Add `{name}` to the `after` of the step `{}`.", step.id);
                page.fault(faults, FaultKind::Order, &path, what, hint);
            }
        }
    }
}

/// The pairs (step, what it waits for) that lie on a circle and point forward or at the step itself.
fn circles(guide: &Guide, places: &BTreeMap<&str, usize>) -> BTreeSet<(usize, usize)> {
    let edges: Vec<Vec<usize>> = guide
        .steps
        .iter()
        .map(|step| step.after.iter().filter_map(|name| places.get(name.as_str()).copied()).collect())
        .collect();
    let mut found = BTreeSet::new();
    for (at, targets) in edges.iter().enumerate() {
        for target in targets.iter().filter(|target| **target >= at) {
            if reaches(&edges, *target, at) {
                found.insert((at, *target));
            }
        }
    }
    found
}

fn reaches(edges: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(&edges[at]);
        }
    }
    false
}

/// The steps that an action names, in parameters and in templates, each with its place.
fn uses<'a>(step: &'a Step, path: &Path) -> Vec<(&'a str, Path)> {
    let mut found: Vec<(&str, Path)> =
        step_links(&step.action).into_iter().map(|link| (link.step, path.key(link.field))).collect();
    for (field, template) in templates(&step.action) {
        for reference in template.references() {
            if let Reference::Output { step, .. } = reference {
                found.push((step, path.key(field)));
            }
        }
    }
    if let Action::MatchFields { pairs, .. } = &step.action {
        for (index, pair) in pairs.iter().enumerate() {
            let users =
                pair.users.iter().map(|users| (users.as_str(), path.key("pairs").at(index).key("users")));
            found.extend(users);
        }
    }
    found
}
