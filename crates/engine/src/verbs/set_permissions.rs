//! Declares the permissions that an application asks for (`requiredResourceAccess`). Names are resolved against what
//! Microsoft publishes (see `published`). Entries of other people are shown and kept.

use std::sync::Arc;

use cloud::Call;
use cloud::model::{RequiredResourceAccess, ResourceAccess, ServicePrincipal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Applied;
use crate::look::MICROSOFT_GRAPH;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::REGISTRARS;
use crate::site::{Site, Write};
use crate::trouble::{Code, Trouble};
use crate::wanting::Wanting;

/// A permission as this tenant knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission {
    pub value: String,
    pub id: String,
    pub kind: Kind,
    pub says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Application,
    Delegated,
}

impl Kind {
    fn graph_type(self) -> &'static str {
        match self {
            Self::Application => "Role",
            Self::Delegated => "Scope",
        }
    }

    fn phrase(self) -> &'static str {
        match self {
            Self::Application => "change.permission-application",
            Self::Delegated => "change.permission-delegated",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    before: Value,
    after: Value,
}

pub(super) async fn check(site: &Site<'_>, application: &str, remove: &[String]) -> Result<Found, Trouble> {
    let Some(object) = site.output(application, "application-object-id") else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let look = site.look(application).await?;
    let Some(registered) = look.application else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let api = api(site).await?;
    let wanting = crate::wanting::wanting(site.guide, &site.history(), site.step);
    let wanted = wanted(&api, &wanting)?;
    let unwanted = named(&api, remove, Kind::Delegated)?;
    let before = registered.required_resource_access;
    let mut after = before.clone();
    let mut changes = differ(&mut after, &wanted, &unwanted, &api);
    if changes.iter().all(|change| change.sign == Sign::Keep) {
        return Ok(Found::AsWanted(Proof {
            evidence: wanted
                .iter()
                .map(|permission| Phrase::new("seen.permission").with("name", &permission.value))
                .collect(),
            ..Proof::default()
        }));
    }
    for change in &mut changes {
        change.risk = risk(&change.name);
    }
    let work = Work { object, before: json!(before), after: json!(after) };
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).by_any_of(&REGISTRARS)))
}

/// Changes `list` so that it holds what is wanted, and tells the lines of the difference.
fn differ(
    list: &mut Vec<RequiredResourceAccess>,
    wanted: &[Permission],
    unwanted: &[Permission],
    api: &ServicePrincipal,
) -> Vec<Change> {
    if !list.iter().any(|entry| entry.resource_app_id == MICROSOFT_GRAPH) {
        list.push(RequiredResourceAccess {
            resource_app_id: MICROSOFT_GRAPH.to_owned(),
            resource_access: Vec::new(),
        });
    }
    let mut changes = Vec::new();
    for entry in list.iter_mut() {
        if entry.resource_app_id != MICROSOFT_GRAPH {
            let note = Phrase::new("change.kept-other-api").with("count", entry.resource_access.len());
            changes.push(Change::new(Sign::Keep, &entry.resource_app_id, note));
            continue;
        }
        for permission in wanted {
            if !entry.resource_access.iter().any(|have| is_same(have, permission)) {
                entry.resource_access.push(ResourceAccess {
                    id: permission.id.clone(),
                    r#type: permission.kind.graph_type().to_owned(),
                });
                changes.push(line(Sign::Add, permission));
            }
        }
        for permission in unwanted {
            let count = entry.resource_access.len();
            entry.resource_access.retain(|have| !is_same(have, permission));
            if entry.resource_access.len() < count {
                changes.push(line(Sign::Remove, permission));
            }
        }
        for have in &entry.resource_access {
            if !wanted.iter().any(|permission| is_same(have, permission)) {
                let name = name_of(api, &have.id).unwrap_or_else(|| have.id.clone());
                changes.push(Change::new(Sign::Keep, name, Phrase::new("change.kept-other")));
            }
        }
    }
    changes
}

fn line(sign: Sign, permission: &Permission) -> Change {
    Change::new(sign, &permission.value, Phrase::new(permission.kind.phrase()).with("says", &permission.says))
}

fn is_same(have: &ResourceAccess, permission: &Permission) -> bool {
    have.id.eq_ignore_ascii_case(&permission.id) && have.r#type == permission.kind.graph_type()
}

/// The name of a permission of this API, by id.
pub(super) fn name_of(api: &ServicePrincipal, id: &str) -> Option<String> {
    let role = api
        .app_roles
        .iter()
        .find(|role| role.id.eq_ignore_ascii_case(id))
        .and_then(|role| role.value.clone());
    role.or_else(|| {
        api.oauth2_permission_scopes
            .iter()
            .find(|scope| scope.id.eq_ignore_ascii_case(id))
            .and_then(|scope| scope.value.clone())
    })
}

/// The risk of an application permission, or of a delegated one of that name.
pub(super) fn risk(name: &str) -> Option<crate::plan::Risk> {
    use guide::PermissionKind::{Application, Delegated};
    guide::permission(name, Application)
        .or_else(|| guide::permission(name, Delegated))
        .map(|permission| permission.risk.into())
}

/// Microsoft Graph's service principal in this tenant, with the permissions that it offers.
pub(super) async fn api(site: &Site<'_>) -> Result<Arc<ServicePrincipal>, Trouble> {
    let sights = site.seat()?.sights.lock().await;
    sights.graph.clone().ok_or_else(|| Trouble::new(Code::ResourceMissing).with("api", "Microsoft Graph"))
}

/// The wanted permissions, application ones first.
pub(super) fn wanted(api: &ServicePrincipal, wanting: &Wanting) -> Result<Vec<Permission>, Trouble> {
    let mut wanted = named(api, &wanting.roles, Kind::Application)?;
    wanted.extend(named(api, &wanting.delegated, Kind::Delegated)?);
    Ok(wanted)
}

pub(super) fn named(
    api: &ServicePrincipal,
    names: &[String],
    kind: Kind,
) -> Result<Vec<Permission>, Trouble> {
    names
        .iter()
        .map(|name| {
            let found = match kind {
                Kind::Application => api
                    .app_roles
                    .iter()
                    .find(|role| role.value.as_deref() == Some(name))
                    .map(|role| (role.id.clone(), role.display_name.clone())),
                Kind::Delegated => api
                    .oauth2_permission_scopes
                    .iter()
                    .find(|scope| scope.value.as_deref() == Some(name))
                    .map(|scope| (scope.id.clone(), scope.admin_consent_display_name.clone())),
            };
            let (id, says) = found.ok_or_else(|| {
                Trouble::new(Code::PermissionUnknown).with("name", name).in_field(name.clone())
            })?;
            Ok(Permission { value: name.clone(), id, kind, says: says.unwrap_or_default() })
        })
        .collect()
}

pub(super) async fn apply(site: &Site<'_>, application: &str, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let call = Call::patch(
        format!("/applications/{}", work.object),
        json!({ "requiredResourceAccess": work.after }),
    );
    let kept = json!({ "kind": "permissions", "application": work.object, "before": work.before });
    match site.write_and_look(vec![Write::new(call, move |_| kept.clone())], application).await {
        // A repeated PATCH of the same list does no harm, and the look that follows tells whether it arrived.
        Err(trouble) if trouble.code == Code::AnswerLost => Ok(Applied::Look),
        other => other.map(|_| Applied::Look),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn permission(value: &str, id: &str, kind: Kind) -> Permission {
        Permission { value: value.into(), id: id.into(), kind, says: String::new() }
    }

    fn access(id: &str, kind: &str) -> ResourceAccess {
        ResourceAccess { id: id.into(), r#type: kind.into() }
    }

    #[test]
    fn what_others_declared_stays_and_is_shown() {
        let mut list = vec![
            RequiredResourceAccess {
                resource_app_id: "other".into(),
                resource_access: vec![access("x", "Role")],
            },
            RequiredResourceAccess {
                resource_app_id: MICROSOFT_GRAPH.into(),
                resource_access: vec![access("u", "Scope"), access("z", "Role")],
            },
        ];
        let api: ServicePrincipal = serde_json::from_value(json!({ "id": "s", "appId": "a" })).unwrap();
        let wanted = [permission("W", "w", Kind::Application)];
        let unwanted = [permission("U", "u", Kind::Delegated)];
        let changes = differ(&mut list, &wanted, &unwanted, &api);
        let signs: Vec<_> = changes.iter().map(|change| (change.sign, change.name.as_str())).collect();
        assert_eq!(signs, [(Sign::Keep, "other"), (Sign::Add, "W"), (Sign::Remove, "U"), (Sign::Keep, "z")]);
        assert_eq!(list[1].resource_access, [access("z", "Role"), access("w", "Role")]);
        assert_eq!(list[0].resource_access, [access("x", "Role")]);
        let again = differ(&mut list, &wanted, &unwanted, &api);
        assert!(again.iter().all(|change| change.sign == Sign::Keep), "a second run has nothing to do");
    }

    #[test]
    fn the_same_id_of_the_other_kind_is_another_permission() {
        assert!(!is_same(&access("w", "Scope"), &permission("W", "w", Kind::Application)));
    }
}
