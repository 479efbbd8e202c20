//! Adds a client secret. Graph shows the value once, and the call cannot be repeated safely, so: the intent is durable
//! first, the answer goes into the vault before anything else happens, and a secret that carries this connection's mark
//! but is not in the vault is an orphan and is removed (Graph page "application: addPassword").

use cloud::Call;
use cloud::model::{Application, PasswordCredential};
use guide::Template;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;
use vault::{Label, Row};

use super::{Applied, Sealed};
use crate::crash;
use crate::credential::CredentialKind;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::policy::Limits;
use crate::role::REGISTRARS;
use crate::site::{Pause, Site, Write};
use crate::trouble::{Code, Trouble};

const KIND: CredentialKind = CredentialKind::Secret;

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    application: String,
    description: String,
    days: i64,
    orphans: Vec<String>,
    add: bool,
}

pub(super) async fn check(
    site: &Site<'_>,
    application: &str,
    months: &Template,
    description: &Template,
) -> Result<Found, Trouble> {
    let Some(object) = site.output(application, "application-object-id") else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let look = site.look(application).await?;
    let Some(registered) = look.application.clone() else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let sealed = Sealed::of(site, KIND)?;
    let now = site.now();
    let is_live = |key: &str| {
        let listed = registered.password_credentials.iter();
        listed
            .filter(|credential| credential.end_date_time.is_some_and(|end| end > now))
            .find(|one| is(one, key))
    };
    let live = sealed.newest(|key| is_live(key).is_some());
    let orphans = orphans(site, &registered, &sealed.all);
    if let Some(waiting) = sealed.waits_for(site, live) {
        return Ok(waiting);
    }
    if let (Some(credential), true) = (live.and_then(|row| is_live(&row.label.name)), orphans.is_empty()) {
        return Ok(Found::AsWanted(proof(credential)));
    }
    let policy = site.seat()?.sights.lock().await.policy.clone().flatten();
    let asked = super::asked_days(site, months)?;
    let limits = Limits::of(policy.as_ref(), &look.policies, &registered);
    if live.is_none() && limits.secrets_forbidden {
        return Err(Trouble::new(Code::SecretsForbidden));
    }
    let days = limits.secret_days.map_or(asked, |most| asked.min(most));
    let work = Work {
        object,
        application: registered.app_id.clone(),
        description: site.render(description)?,
        days,
        orphans,
        add: live.is_none(),
    };
    let changes = changes(&work, asked);
    let requests = u32::from(work.add) + u32::try_from(work.orphans.len()).unwrap_or(u32::MAX);
    let plan = Plan::draw(&site.step.id, changes, json!(work)).with_requests(requests).by_any_of(&REGISTRARS);
    Ok(Found::Planned(plan))
}

fn changes(work: &Work, asked: i64) -> Vec<Change> {
    let mut changes: Vec<Change> = work
        .orphans
        .iter()
        .map(|key| Change::new(Sign::Remove, key.clone(), Phrase::new("change.orphan-secret")))
        .collect();
    if work.add {
        let note = match work.days < asked {
            true => Phrase::new("change.secret-shortened").with("days", work.days),
            false => Phrase::new("change.secret").with("days", work.days),
        };
        changes.push(Change::new(Sign::Add, &work.description, note));
    }
    changes
}

fn is(credential: &PasswordCredential, key: &str) -> bool {
    credential.key_id.eq_ignore_ascii_case(key)
}

pub(super) fn orphans(site: &Site<'_>, application: &Application, rows: &[Row]) -> Vec<String> {
    let mark = mark(site);
    application
        .password_credentials
        .iter()
        .filter(|credential| credential.display_name.as_deref().is_some_and(|name| name.contains(&mark)))
        .filter(|credential| !rows.iter().any(|row| is(credential, &row.label.name)))
        .map(|credential| credential.key_id.clone())
        .collect()
}

/// Marks a credential as this connection's; the closing bracket is left to the operation's own part.
fn mark(site: &Site<'_>) -> String {
    format!("[{}-", site.mark())
}

fn proof(credential: &PasswordCredential) -> Proof {
    let key = credential.key_id.clone();
    let end = credential.end_date_time.and_then(|end| end.format(&Rfc3339).ok()).unwrap_or_default();
    let evidence =
        vec![Phrase::new("seen.secret").with("key", &key).with("end", end.get(..10).unwrap_or(&end))];
    let outputs = [("secret-key-id", key), ("secret-expires", end)];
    Proof {
        outputs: outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        evidence,
        found: Value::Null,
    }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    remove(site, &work, &work.orphans).await?;
    if !work.add {
        return Ok(Applied::Look);
    }
    site.can_keep().await?;
    let mut pause = Pause::default();
    for attempt in 1.. {
        match add(site, &work, attempt).await {
            Ok(()) => return Ok(Applied::Look),
            Err(Added::Never(trouble)) => return Err(trouble),
            Err(Added::Perhaps(trouble)) => {
                let Some(duration) = pause.next() else { return Err(trouble) };
                site.sleep(duration).await;
                sweep(site, &work).await?;
            }
        }
    }
    Ok(Applied::Look)
}

enum Added {
    Never(Trouble),
    /// It may have been added: look for orphans before trying again.
    Perhaps(Trouble),
}

async fn add(site: &Site<'_>, work: &Work, attempt: u32) -> Result<(), Added> {
    let seat = site.seat().map_err(Added::Never)?;
    let start = site.now();
    let end = start + Duration::days(work.days);
    let name = format!("{} {}{}-{attempt}]", work.description, mark(site), &site.operation[..8]);
    crash::place("secret.before");
    seat.sights.lock().await.forget();
    let (credential, secret, answer) =
        match seat.graph.add_password_answered(&work.object, &name, start, end).await {
            Ok(added) => added,
            Err(error) => {
                let is_forbidden = error.code.as_deref().is_some_and(|code| code.ends_with("AsPerAppPolicy"));
                let may_be_there = error.effect_unknown();
                return Err(match (is_forbidden, may_be_there || site.may_come(&error)) {
                    (true, _) => Added::Never(Trouble::new(Code::SecretsForbidden)),
                    (_, true) => Added::Perhaps(error.into()),
                    _ => Added::Never(error.into()),
                });
            }
        };
    crash::place("secret.answered");
    let key = credential.key_id.clone();
    let label = Label {
        connection: site.connection.to_owned(),
        purpose: KIND.purpose().to_owned(),
        name: key.clone(),
        details: json!({
            "application-id": work.application, "operation": site.operation,
            "expires": credential.end_date_time.and_then(|end| end.format(&Rfc3339).ok()), "step": site.step.id,
        }),
    };
    keep(site, work, &label, &secret).await.map_err(Added::Never)?;
    crash::place("secret.sealed");
    let call = Call::post(format!("/applications/{}/addPassword", work.object), Value::Null);
    let made = json!({ "kind": "secret", "application": work.object, "id": key });
    site.sent(&call, &answer, made).map_err(Added::Never)
}

/// Seals the secret; when the vault cannot take it, the secret is revoked, since nobody could ever use it.
async fn keep(site: &Site<'_>, work: &Work, label: &Label, secret: &SecretString) -> Result<(), Trouble> {
    let mut pause = Pause::default();
    loop {
        match site.room.vault.put(label, secret, site.now()) {
            Ok(_) => return Ok(()),
            Err(error) => match pause.next() {
                Some(duration) if duration.as_secs() < 8 => site.sleep(duration).await,
                _ => {
                    remove(site, work, std::slice::from_ref(&label.name)).await?;
                    return Err(error.into());
                }
            },
        }
    }
}

/// Removes what carries our mark and is not in the vault. A new credential can take minutes to show, which is why
/// `check` looks for orphans each time it is asked.
async fn sweep(site: &Site<'_>, work: &Work) -> Result<(), Trouble> {
    site.forget_sights().await;
    let register = register_step(site, &work.object)?;
    let look = site.look(&register).await?;
    let Some(application) = look.application else { return Ok(()) };
    let orphans = orphans(site, &application, &Sealed::of(site, KIND)?.all);
    remove(site, work, &orphans).await
}

fn register_step(site: &Site<'_>, object: &str) -> Result<String, Trouble> {
    match &site.step.action {
        guide::Action::AddSecret { application, .. } => Ok(application.clone()),
        _ => Err(Trouble::defect("secret").with("object", object)),
    }
}

async fn remove(site: &Site<'_>, work: &Work, keys: &[String]) -> Result<(), Trouble> {
    for key in keys {
        let call =
            Call::post(format!("/applications/{}/removePassword", work.object), json!({ "keyId": key }));
        let kept = json!({ "kind": "secret-removed", "application": work.object, "id": key });
        let mut write = Write::new(call, move |_| kept.clone());
        write.fresh = true;
        site.write(vec![write]).await?;
    }
    Ok(())
}
