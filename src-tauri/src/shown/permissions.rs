//! What a guide asks Microsoft for, as the map draws it: each permission with its risk.

use engine::guide::{self, Action, AskKind, PermissionKind};
use serde_json::Value;

use super::{Sight, risk};
use crate::view::AskedPermission;

impl Sight<'_> {
    /// What the guide asks for, with what the admin added in its asks.
    pub(super) fn permissions(&self) -> Vec<AskedPermission> {
        let mut found: Vec<AskedPermission> =
            engine::permissions_of(self.guide).iter().map(permission).collect();
        for (name, kind) in self.added() {
            let application = kind == PermissionKind::Application;
            let Some(known) = guide::permission(&name, kind) else { continue };
            if !found.iter().any(|one| one.name == name && one.application == application) {
                found.push(AskedPermission {
                    name,
                    application,
                    risk: risk(known.risk.into()),
                    depends: false,
                });
            }
        }
        found
    }

    fn added(&self) -> Vec<(String, PermissionKind)> {
        let asked = self.guide.steps.iter().filter_map(|step| match &step.action {
            Action::SetPermissions { asked, .. } => Some(asked),
            _ => None,
        });
        let asks = asked.flatten().filter_map(|id| self.guide.ask(id));
        let named = asks.filter_map(|ask| {
            let AskKind::Permissions { permission } = ask.kind else { return None };
            let Some(Value::Array(names)) = self.answer(&ask.id) else { return None };
            Some((names, PermissionKind::from(permission)))
        });
        named
            .flat_map(|(names, kind)| {
                names.into_iter().filter_map(move |name| Some((name.as_str()?.to_owned(), kind)))
            })
            .collect()
    }
}

/// A permission that a guide can ask for.
pub fn permission(asked: &engine::AskedPermission) -> AskedPermission {
    AskedPermission {
        name: asked.name.clone(),
        application: asked.application,
        risk: risk(asked.risk),
        depends: asked.depends,
    }
}
