//! Values make sense: templates name what exists and no secret, permissions are published ones, proposals
//! fit their ask, numbers are in range.

use std::collections::BTreeSet;

use super::answering::written_fault;
use super::{templates, word_choices};
use crate::near::{nearest, suggest};
use crate::page::{Faults, Page, Path};
use crate::{
    Action, Ask, AskKind, FaultKind, Guide, PermissionKind, Reference, Risk, Template, Trust, markup,
    permission, permissions,
};

pub(super) fn judge(guide: &Guide, page: &Page<'_>, trust: Trust, faults: &mut Faults) {
    let mut values = Values { guide, page, trust, faults };
    values.head();
    for (index, ask) in guide.asks.iter().enumerate() {
        values.ask(ask, &Path::root().key("asks").at(index));
    }
    for (index, step) in guide.steps.iter().enumerate() {
        let path = Path::root().key("steps").at(index).key("do");
        for (field, template) in templates(&step.action) {
            values.template(template, false, &path.key(field));
        }
        values.action(&step.action, &path);
    }
    for (index, field) in guide.fields.iter().enumerate() {
        let path = Path::root().key("fields").at(index);
        values.template(&field.value, field.secret, &path.key("value"));
        let names_secret = field.value.references().any(|reference| is_secret(guide, reference));
        if field.secret && !names_secret {
            let what = "The field is marked secret, but its value names no secret.".to_owned();
            values.fault(
                FaultKind::BadValue,
                &path.key("secret"),
                what,
                "Remove `secret`, or name the secret.",
            );
        }
    }
}

/// What is wrong with a template's references, as (kind, what, hint).
pub(super) fn reference_fault(
    guide: &Guide,
    reference: &Reference,
    secret_allowed: bool,
) -> Option<(FaultKind, String, String)> {
    match reference {
        Reference::Answer(ask) if guide.ask(ask).is_none() => {
            let hint = suggest(ask, guide.asks.iter().map(|ask| ask.id.as_str()));
            Some((FaultKind::Dangling, format!("{reference} names no ask."), hint))
        }
        Reference::Answer(_) => None,
        Reference::Output { step, name } => match guide.step(step) {
            None => {
                let hint = suggest(step, guide.steps.iter().map(|step| step.id.as_str()));
                Some((FaultKind::Dangling, format!("{reference} names no step."), hint))
            }
            Some(step) if !step.action.outputs().iter().any(|output| output.name == name) => {
                let what = format!("The verb `{}` puts out no `{name}`.", step.action.verb());
                let hint = suggest(name, step.action.outputs().iter().map(|output| output.name));
                Some((FaultKind::Dangling, what, hint))
            }
            Some(_) if !secret_allowed && is_secret(guide, reference) => {
                let hint = "Only a field with `secret = true` may name a secret.".to_owned();
                Some((FaultKind::OpenSecret, format!("{reference} is a secret."), hint))
            }
            Some(_) => None,
        },
    }
}

fn is_secret(guide: &Guide, reference: &Reference) -> bool {
    let Reference::Output { step, name } = reference else { return false };
    let outputs = guide.step(step).map(|step| step.action.outputs()).unwrap_or_default();
    outputs.iter().any(|output| output.secret && output.name == name)
}

struct Values<'a, 'f> {
    guide: &'a Guide,
    page: &'a Page<'a>,
    trust: Trust,
    faults: &'f mut Faults,
}

impl Values<'_, '_> {
    fn fault(&mut self, kind: FaultKind, path: &Path, what: String, hint: impl Into<String>) {
        self.page.fault(self.faults, kind, path, what, hint);
    }

    fn head(&mut self) {
        let numbers = |version: &str| version.split('.').all(|part| part.parse::<u32>().is_ok());
        if !numbers(&self.guide.version) {
            let what = "The version is not made of numbers and dots.".to_owned();
            self.fault(FaultKind::BadValue, &Path::root().key("version"), what, "Write it like `1.0`.");
        }
        if let Some(support) = &self.guide.support {
            let mail = support.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && markup::link_host(&format!("https://{host}")) == Some(host)
            });
            if !mail && markup::link_host(support).is_none() {
                let what = "This is neither a mail address nor an https address.".to_owned();
                self.fault(FaultKind::BadValue, &Path::root().key("support"), what, "Write one of the two.");
            }
        }
    }

    fn ask(&mut self, ask: &Ask, path: &Path) {
        match &ask.kind {
            AskKind::Number { min, max } if min > max => {
                let what = format!("The smallest number, {min}, is above the largest, {max}.");
                self.fault(FaultKind::BadValue, &path.key("kind").key("min"), what, "Swap them.");
            }
            AskKind::Choice { options } | AskKind::Choices { options } => {
                let mut seen = BTreeSet::new();
                for (index, option) in options.iter().enumerate() {
                    if !seen.insert(option) {
                        let path = path.key("kind").key("options").at(index);
                        let what = format!("`{option}` is offered a second time.");
                        self.fault(FaultKind::Twice, &path, what, "Remove it.");
                    }
                }
            }
            _ => {}
        }
        for (field, value) in [("default", &ask.default), ("example", &ask.example)] {
            if let Some(value) = value
                && let Some(hint) = written_fault(ask, value)
            {
                let what = format!("The proposal `{}` does not fit the ask.", crate::shape::short(value));
                self.fault(FaultKind::BadValue, &path.key(field), what, hint);
            }
        }
    }

    fn template(&mut self, template: &Template, secret_allowed: bool, path: &Path) {
        for reference in template.references() {
            if let Some((kind, what, hint)) = reference_fault(self.guide, reference, secret_allowed) {
                self.fault(kind, path, what, hint);
            }
        }
    }

    fn action(&mut self, action: &Action, path: &Path) {
        for (field, template, words) in word_choices(action) {
            self.words(template, &words, &path.key(field));
        }
        match action {
            Action::AddSecret { months, .. } | Action::AddCertificate { months, .. } => {
                self.months(months, &path.key("months"))
            }
            Action::SetPermissions { roles, delegated, remove, optional, asked, .. } => {
                self.permissions(roles, delegated, remove, path);
                self.optional(optional, path);
                if roles.is_empty() && delegated.is_empty() && optional.is_empty() && asked.is_empty() {
                    let what = "No permission is set.".to_owned();
                    let hint = "Name one in `application-permissions`, `delegated`, `optional` or `asked`.";
                    self.fault(FaultKind::BadValue, path, what, hint);
                }
            }
            Action::AssignAccessPolicy { to, group: None, .. } => self.group(to, path),
            Action::AxigenVersion { least, other_types_from, .. } => {
                for (field, version) in [("least", least), ("other-types-from", other_types_from)] {
                    if let Some(hint) = crate::Form::Version.fault(version) {
                        let what = "This is not a version.".to_owned();
                        self.fault(FaultKind::BadValue, &path.key(field), what, hint);
                    }
                }
            }
            _ => {}
        }
    }

    fn optional(&mut self, optional: &[crate::OptionalPermission], path: &Path) {
        for (index, each) in optional.iter().enumerate() {
            let path = path.key("optional").at(index).key("permission");
            self.permission(&each.permission, each.kind.into(), false, &path);
        }
    }

    fn months(&mut self, months: &Template, path: &Path) {
        let asked = |reference: &Reference| match reference {
            Reference::Answer(ask) => self.guide.ask(ask),
            Reference::Output { .. } => None,
        };
        let fits = match (months.literal(), months.sole_reference().and_then(asked)) {
            (Some(number), _) => number.parse::<u32>().is_ok_and(|number| (1..=24).contains(&number)),
            (None, Some(Ask { kind: AskKind::Number { min, max }, .. })) => *min >= 1 && *max <= 24,
            _ => false,
        };
        if !fits {
            let what = "This is not a number of months from 1 to 24.".to_owned();
            self.fault(
                FaultKind::BadValue,
                path,
                what,
                "Write the number, or name an ask of the kind `number`.",
            );
        }
    }

    /// The words that a parameter can stand for: itself, or the options of the choice that it names.
    fn possible(&self, template: &Template) -> Vec<String> {
        match (template.literal(), template.sole_reference()) {
            (Some(word), _) => vec![word],
            (None, Some(Reference::Answer(ask))) => match self.guide.ask(ask).map(|ask| &ask.kind) {
                Some(AskKind::Choice { options }) => options.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn words(&mut self, template: &Template, words: &[&str], path: &Path) {
        let possible = self.possible(template);
        if possible.is_empty() || possible.iter().any(|word| !words.contains(&word.as_str())) {
            let what = format!("This is not one of `{}`.", words.join("`, `"));
            let near = template.literal().and_then(|word| nearest(&word, words.iter().copied()));
            let hint = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Write one, or name a choice among them.".to_owned(),
            };
            self.fault(FaultKind::UnknownValue, path, what, hint);
        }
    }

    fn group(&mut self, to: &Template, path: &Path) {
        if self.possible(to).iter().any(|option| option == "group") {
            let what = "The policy may go to a group, but no group is named.".to_owned();
            let hint = "Add `group`, a template with the group's object id.";
            self.fault(FaultKind::MissingKey, path, what, hint);
        }
    }

    fn permissions(&mut self, roles: &[String], delegated: &[String], remove: &[String], path: &Path) {
        use PermissionKind::{Application, Delegated};
        for (field, list, kind) in [
            ("application-permissions", roles, Application),
            ("delegated", delegated, Delegated),
            ("remove", remove, Delegated),
        ] {
            let mut seen = BTreeSet::new();
            for (index, value) in list.iter().enumerate() {
                let path = path.key(field).at(index);
                if !seen.insert(value) || (field == "remove" && delegated.contains(value)) {
                    let what = format!("The permission `{value}` is named a second time.");
                    self.fault(
                        FaultKind::Twice,
                        &path,
                        what,
                        "Name it once, and do not both set and remove it.",
                    );
                }
                self.permission(value, kind, field == "remove", &path);
            }
        }
    }

    fn permission(&mut self, value: &str, kind: PermissionKind, removed: bool, path: &Path) {
        let Some(known) = permission(value, kind) else {
            let other = if kind == PermissionKind::Application {
                PermissionKind::Delegated
            } else {
                PermissionKind::Application
            };
            let names: BTreeSet<&str> =
                permissions().filter(|each| each.kind == kind).map(|each| each.value.as_str()).collect();
            let hint = match nearest(value, names) {
                _ if permission(value, other).is_some() => {
                    "It exists in the other kind only; move or remove it.".to_owned()
                }
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Take the name from Microsoft's permissions reference.".to_owned(),
            };
            let what = format!("Microsoft Graph has no such permission `{}`.", crate::shape::short(value));
            return self.fault(FaultKind::UnknownPermission, path, what, hint);
        };
        if known.risk == Risk::Highest && self.trust == Trust::Unverified && !removed {
            let what = format!("The permission `{value}` can take over the tenant.");
            let hint = "Only a guide that somebody vouches for may ask for it; use a narrower one.";
            self.fault(FaultKind::RiskyPermission, path, what, hint);
        }
    }
}
