//! Confirms that exactly the documented permissions are granted, and that a fresh token of the new credential carries
//! them. A token is issued even when nothing is granted, so "a token came" proves nothing (Entra page "client
//! credentials flow"); its `roles` do.

use cloud::{ApplicationToken, Graph};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Applied;
use super::grant_consent::{has_scope, is_tenant_wide, permissions};
use super::set_permissions::{Kind, Permission, api, name_of};
use crate::credential::opened;
use crate::look::{Look, OwnWay};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::{Pause, Site};
use crate::trouble::{Code, Trouble};

#[derive(Serialize, Deserialize)]
struct Work {
    application: String,
    directory: String,
    key: String,
    roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

pub(super) async fn check(
    site: &Site<'_>,
    application: &str,
    permissions_step: &str,
    secret: Option<&str>,
) -> Result<Found, Trouble> {
    let Some(client) = site.output(application, "application-id") else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let secret = secret.filter(|step| !site.is_left_out(step));
    let key = match secret {
        None => None,
        Some(step) => match site.key_of_step(step) {
            Some(key) => Some(key),
            // What was made by hand has its credential elsewhere: the grants can be read, and no token asked for.
            None if site.history().is_pointed() => None,
            None => return Ok(Found::NeedsSteps(vec![step.to_owned()])),
        },
    };
    let look = site.look(application).await?;
    let (wanted, _) = permissions(site, permissions_step).await?;
    let roles = named(&wanted, Kind::Application);
    let scopes = named(&wanted, Kind::Delegated);
    judge_roles(site, application, &look, &roles).await?;
    judge_scopes(site, &look, &scopes).await?;
    let Some(key) = key else {
        let granted: Vec<String> = roles.into_iter().chain(scopes).collect();
        let evidence = vec![
            Phrase::new("seen.grants").with("count", granted.len()).with("roles", granted.join(", ")),
            Phrase::new("seen.no-token"),
        ];
        return Ok(Found::AsWanted(Proof { evidence, ..Proof::default() }));
    };
    let work =
        Work { application: client, directory: site.seat()?.who.tenant_id.clone(), key, roles, scopes };
    if let Some(proof) = site.history().proof(&site.step.id)
        && proof.found == json!(work)
    {
        return Ok(Found::AsWanted(proof.clone()));
    }
    let changes =
        vec![Change::new(Sign::Run, "client_credentials", token_phrase("change.token", &work.roles))];
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).with_requests(0).that_stays()))
}

fn named(wanted: &[Permission], kind: Kind) -> Vec<String> {
    let of_kind = wanted.iter().filter(|permission| permission.kind == kind);
    let mut names: Vec<String> = of_kind.map(|permission| permission.value.clone()).collect();
    names.sort();
    names
}

/// Each role of this step is granted, and none beyond what all steps want for the application.
async fn judge_roles(
    site: &Site<'_>,
    application: &str,
    look: &Look,
    roles: &[String],
) -> Result<(), Trouble> {
    let api = api(site).await?;
    let mut granted: Vec<String> = look
        .assignments
        .iter()
        .map(|have| name_of(&api, &have.app_role_id).unwrap_or_else(|| have.app_role_id.clone()))
        .collect();
    granted.sort();
    if let Some(missing) = roles.iter().find(|role| !granted.contains(role)) {
        return Err(Trouble::new(Code::GrantsMissing).with("name", missing).in_field(missing.clone()));
    }
    let is_adopted = site
        .history()
        .step(application)
        .is_some_and(|step| step.adopted.as_ref().is_some_and(|object| !object.is_null()));
    let all = crate::wanting::wanting_of_application(site.guide, &site.history(), application).roles;
    match granted.iter().find(|name| !all.contains(name)) {
        Some(extra) if !is_adopted => {
            Err(Trouble::new(Code::GrantsExceed).with("name", extra).in_field(extra.clone()))
        }
        _ => Ok(()),
    }
}

/// Each delegated permission of this step is granted for the whole tenant.
async fn judge_scopes(site: &Site<'_>, look: &Look, scopes: &[String]) -> Result<(), Trouble> {
    let api = api(site).await?;
    let tenant_wide = look.grants.iter().find(|grant| is_tenant_wide(grant, &api.id));
    let has = |scope: &String| tenant_wide.is_some_and(|grant| has_scope(grant, scope));
    match scopes.iter().find(|scope| !has(scope)) {
        Some(missing) => {
            Err(Trouble::new(Code::GrantsMissing).with("name", missing).in_field(missing.clone()))
        }
        None => Ok(()),
    }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let token = token_with(site, &work.directory, &work.application, &work.key, &work.roles).await?;
    let granted: Vec<&String> = work.roles.iter().chain(&work.scopes).collect();
    let names: Vec<&str> = granted.iter().map(|name| name.as_str()).collect();
    let evidence = vec![
        Phrase::new("seen.grants").with("count", names.len()).with("roles", names.join(", ")),
        token_phrase("seen.token", &token.roles),
    ];
    keep_own_way(site, &work.key, token).await?;
    Ok(Applied::Proved(Proof { evidence, found: json!(work), ..Proof::default() }))
}

/// Delegated permissions never stand in the application's own token.
fn token_phrase(key: &str, roles: &[String]) -> Phrase {
    match roles {
        [] => Phrase::new(&format!("{key}-plain")),
        roles => Phrase::new(key).with("roles", roles.join(", ")),
    }
}

/// A fresh token of the application that carries the roles. A new secret and a new grant both need a moment, so it is
/// tried with growing pauses; each try is a new token, never a remembered one.
pub(crate) async fn token_with(
    site: &Site<'_>,
    directory: &str,
    application: &str,
    key: &str,
    roles: &[String],
) -> Result<ApplicationToken, Trouble> {
    let credential = opened(&site.room.vault, site.connection, key)?;
    let mut pause = Pause::default();
    loop {
        let trouble = match credential.token(&site.room.wire, directory, application).await {
            Ok(token) => match roles.iter().find(|role| !token.roles.contains(role)) {
                None => return Ok(token),
                Some(role) => Trouble::new(Code::RolesMissing).with("name", role).in_field(role.clone()),
            },
            Err(error) if error.aadsts() == Some(SECRET_EXPIRED) => {
                return Err(Trouble { code: Code::CredentialExpired, ..error.into() });
            }
            Err(cloud::SignInError::Refused(refusal)) if is_not_yet(&refusal.error) => {
                let trouble = Trouble::from(cloud::SignInError::Refused(refusal));
                Trouble { code: credential.not_accepted(), ..trouble }
            }
            Err(error) => return Err(error.into()),
        };
        let Some(duration) = pause.next() else { return Err(trouble) };
        site.sleep(duration).await;
    }
}

/// The application's own way to Graph with this credential: by the token that proved it in this session, or by a fresh one.
/// A change to what it may do ends the first (see `Site::write`).
pub(super) async fn own_way(
    site: &Site<'_>,
    directory: &str,
    application: &str,
    key: &str,
) -> Result<Graph, Trouble> {
    let now = site.now();
    let known = site
        .seat()?
        .sights
        .lock()
        .await
        .application
        .as_ref()
        .and_then(|way| (way.key == key && way.until > now).then(|| way.graph.clone()));
    match known {
        Some(graph) => Ok(graph.limited_to(super::calls(&site.step.action))),
        None => {
            let token = token_with(site, directory, application, key, &[]).await?;
            keep_own_way(site, key, token).await
        }
    }
}

/// Keeps a token in memory until a little before its end, or until something is changed or refused.
async fn keep_own_way(site: &Site<'_>, key: &str, token: ApplicationToken) -> Result<Graph, Trouble> {
    let until = token.expires_at - BEFORE_ITS_END;
    let graph = site.as_application(token);
    let way = OwnWay { key: key.to_owned(), graph: graph.clone(), until };
    site.seat()?.sights.lock().await.application = Some(way);
    Ok(graph)
}

/// The next use asks for a fresh token.
pub(super) async fn forget_own_way(site: &Site<'_>) -> Result<(), Trouble> {
    site.seat()?.sights.lock().await.application = None;
    Ok(())
}

const BEFORE_ITS_END: time::Duration = time::Duration::minutes(5);

/// AADSTS7000222: the secret was good once, so waiting does not help.
const SECRET_EXPIRED: u32 = 7_000_222;

/// `invalid_client` is a new secret that has not spread, `unauthorized_client` a new application (RFC 6749 §5.2).
fn is_not_yet(error: &str) -> bool {
    matches!(error, "invalid_client" | "unauthorized_client")
}
