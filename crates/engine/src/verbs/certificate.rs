//! Adds a certificate. The pair is made here and now, or was offered before (issued by a company's authority on a request,
//! or imported); it is sealed first, so that no public part is ever uploaded whose key nobody has. Then the public part
//! goes to the application beside everything that stands there already (Graph page "keyCredential").

use cloud::model::{Application, KeyCredential};
use guide::Template;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vault::{Label, Row, RowId, Vault};

use super::{Applied, Sealed};
use crate::crash;
use crate::credential::{CredentialKind, Pair};
use crate::key_credentials::{self, Wanted};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::policy::Limits;
use crate::role::REGISTRARS;
use crate::site::Site;
use crate::trouble::{Code, Trouble};

const KIND: CredentialKind = CredentialKind::Certificate;
/// The purpose under which a pair waits in the vault to be uploaded.
const OFFERED: &str = "offered-certificate";
/// Longer names are cut by Graph (Graph page "keyCredential").
const LONGEST_NAME: usize = 90;

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    application: String,
    description: String,
    days: i64,
    /// A pair that lies in the vault already: offered, or left by an interruption before its upload.
    ready: Option<String>,
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
    let live = sealed.newest(|key| listed(&registered, key, site.now()).is_some());
    if let Some(waiting) = sealed.waits_for(site, live) {
        return Ok(waiting);
    }
    if let Some(row) = live
        && let Some(credential) = listed(&registered, &row.label.name, site.now())
    {
        return Ok(Found::AsWanted(proof(row, credential)));
    }
    let policy = site.seat()?.sights.lock().await.policy.clone().flatten();
    let limits = Limits::of(policy.as_ref(), &look.policies, &registered);
    let ready = ready(site, &sealed)?;
    let is_self_signed = ready.as_ref().is_none_or(|row| row.label.details["self-signed"] != false);
    if is_self_signed && limits.self_signed_forbidden {
        return Err(Trouble::new(Code::SelfSignedForbidden));
    }
    let asked = super::asked_days(site, months)?;
    // A certificate begins a quarter of an hour early, and the limit may be held against its own dates.
    let days = limits.certificate_days.map_or(asked, |most| asked.min((most - 1).max(1)));
    let work = Work {
        object,
        application: registered.app_id.clone(),
        description: site.render(description)?,
        days,
        ready: ready.as_ref().map(|row| row.id.to_string()),
    };
    let plan = Plan::draw(&site.step.id, vec![change(&work, ready.as_ref(), asked)], json!(work));
    Ok(Found::Planned(plan.with_requests(4).by_any_of(&REGISTRARS)))
}

fn change(work: &Work, ready: Option<&Row>, asked: i64) -> Change {
    let note = match ready.filter(|row| row.label.purpose == OFFERED) {
        Some(row) => Phrase::new("change.certificate-offered")
            .with("thumbprint", row.label.details["thumbprint"].as_str().unwrap_or_default()),
        None if work.days < asked => Phrase::new("change.certificate-shortened").with("days", work.days),
        None => Phrase::new("change.certificate").with("days", work.days),
    };
    Change::new(Sign::Add, &work.description, note)
}

fn listed<'a>(application: &'a Application, key: &str, now: OffsetDateTime) -> Option<&'a KeyCredential> {
    application.key_credentials.iter().find(|one| {
        one.key_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(key))
            && one.end_date_time.is_some_and(|end| end > now)
    })
}

/// A pair of this step that was never uploaded, else the newest one that was offered for it.
fn ready(site: &Site<'_>, sealed: &Sealed) -> Result<Option<Row>, Trouble> {
    let now = site.now();
    let history = site.history();
    let is_new = |row: &&Row| {
        let is_known = history
            .sent
            .iter()
            .any(|sent| sent.made["kind"] == "certificate" && sent.made["id"] == row.label.name.as_str());
        !is_known && ends(row).is_some_and(|end| end > now)
    };
    if let Some(row) = sealed.own.iter().rev().find(is_new) {
        return Ok(Some(row.clone()));
    }
    let rows = site.room.vault.rows(site.connection)?;
    let is_offered =
        |row: &&Row| row.label.purpose == OFFERED && row.label.details["step"] == site.step.id.as_str();
    Ok(rows.iter().rev().filter(is_offered).find(|row| ends(row).is_some_and(|end| end > now)).cloned())
}

fn ends(row: &Row) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(row.label.details["expires"].as_str()?, &Rfc3339).ok()
}

fn proof(row: &Row, credential: &KeyCredential) -> Proof {
    let key = row.label.name.clone();
    let end = credential.end_date_time.and_then(|end| end.format(&Rfc3339).ok()).unwrap_or_default();
    let thumbprint = row.label.details["thumbprint"].as_str().unwrap_or_default().to_owned();
    let evidence = vec![
        Phrase::new("seen.certificate")
            .with("key", &key)
            .with("thumbprint", &thumbprint)
            .with("end", end.get(..10).unwrap_or(&end)),
    ];
    let outputs =
        [(KIND.key_output(), key), (KIND.end_output(), end), ("certificate-thumbprint", thumbprint)];
    Proof {
        outputs: outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        evidence,
        found: Value::Null,
    }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let (row, pair) = sealed_pair(site, &work).await?;
    crash::place("certificate.sealed");
    let text = |member: &str| row.details[member].clone();
    let entry = json!({
        "type": "AsymmetricX509Cert", "usage": "Verify", "keyId": row.name, "key": base64(pair.certificate.der()),
        "displayName": text("name"), "startDateTime": text("start"), "endDateTime": text("expires"),
    });
    let graph = site.seat()?.graph.clone();
    site.forget_sights().await;
    let may_come = |error: &cloud::GraphError| site.may_come(error);
    let written = key_credentials::change(site.room, &graph, &work.object, &Wanted::There(&entry), &may_come)
        .await
        .map_err(|trouble| forbidden(trouble, &row))?;
    site.forget_sights().await;
    // Where nothing had to be written, an answer was lost before: `claim` journals what is ours once it is seen.
    if let Some(written) = written {
        let made = json!({
            "kind": "certificate", "application": work.object, "id": row.name, "thumbprint": row.details["thumbprint"],
        });
        site.sent(&written.call, &written.answer, made)?;
    }
    Ok(Applied::Look)
}

/// A policy that could not be read, or changed since.
fn forbidden(trouble: Trouble, row: &Label) -> Trouble {
    let code = trouble.technical.microsoft_code.as_deref().unwrap_or_default();
    match (code, row.details["self-signed"] == false) {
        ("CredentialTypeNotAllowedAsPerAppPolicy", false) => {
            Trouble { code: Code::SelfSignedForbidden, ..trouble }
        }
        _ => trouble,
    }
}

/// The pair that is uploaded, sealed under its key id.
async fn sealed_pair(site: &Site<'_>, work: &Work) -> Result<(Label, Pair), Trouble> {
    site.can_keep().await?;
    let vault = &site.room.vault;
    let ready = match &work.ready {
        Some(id) => vault.rows(site.connection)?.into_iter().find(|row| row.id.to_string() == *id),
        None => None,
    };
    let Some(row) = ready else {
        let pair = make(site, work).await?;
        let label = label(site, work, &pair, true);
        vault.put(&label, &pair.to_pem(), site.now())?;
        return Ok((label, pair));
    };
    let pair = Pair::from_pem(&vault.get(&row.id)?).ok_or_else(|| Trouble::defect("certificate"))?;
    if row.label.purpose == KIND.purpose() {
        return Ok((row.label, pair));
    }
    let label = label(site, work, &pair, row.label.details["self-signed"] != false);
    vault.put(&label, &pair.to_pem(), site.now())?;
    vault.delete(&row.id)?;
    Ok((label, pair))
}

fn label(site: &Site<'_>, work: &Work, pair: &Pair, self_signed: bool) -> Label {
    let key = guid(&site.room.random.id());
    let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let start = site.now().replace_nanosecond(0).unwrap_or_else(|_| site.now());
    let mark = site.operation.get(..8).unwrap_or_default();
    let tail = format!(" [{}-{mark}]", site.mark());
    let room = LONGEST_NAME.saturating_sub(tail.chars().count());
    let name: String = work.description.chars().take(room).collect();
    Label {
        connection: site.connection.to_owned(),
        purpose: KIND.purpose().to_owned(),
        name: key,
        details: json!({
            "application-id": work.application, "operation": site.operation, "step": site.step.id,
            "name": format!("{name}{tail}"), "start": moment(start.max(pair.certificate.not_before())),
            "expires": moment(pair.certificate.not_after()), "self-signed": self_signed,
            "thumbprint": pair.certificate.thumbprints().sha1_hex(),
        }),
    }
}

async fn make(site: &Site<'_>, work: &Work) -> Result<Pair, Trouble> {
    let name: String = work.description.chars().take(64).collect();
    let order = certs::Order {
        subject: certs::Subject::common_name(&name).map_err(|error| {
            Trouble::new(Code::AnswerInvalid).with("value", error).in_field("description")
        })?,
        other_names: Vec::new(),
        days: u32::try_from(work.days).unwrap_or(1),
        purpose: certs::Purpose::AppSignIn,
    };
    let now = site.now();
    // Making a key takes a tenth of a second to several seconds, which the thread that draws does not have.
    let made = tokio::task::spawn_blocking(move || {
        let key = certs::PrivateKey::make(certs::KeyKind::Rsa2048).ok()?;
        let certificate = certs::Certificate::self_signed(&key, &order, now).ok()?;
        Some(Pair { key, certificate })
    });
    made.await.ok().flatten().ok_or_else(|| Trouble::defect("certificate"))
}

/// Seals a pair for a step, to be uploaded when that step runs next or its certificate is renewed.
pub(crate) fn offer(
    vault: &Vault,
    connection: &str,
    step: &str,
    pair: &Pair,
    now: OffsetDateTime,
) -> Result<RowId, Trouble> {
    let end = pair.certificate.not_after();
    if end <= now {
        let day = end.date().to_string();
        return Err(Trouble::new(Code::FileInvalid)
            .with("why", format!("{day} < {}", now.date()))
            .in_field("certificate"));
    }
    let label = Label {
        connection: connection.to_owned(),
        purpose: OFFERED.to_owned(),
        name: pair.certificate.thumbprints().sha256_hex(),
        details: json!({
            "step": step, "expires": end.format(&Rfc3339).unwrap_or_default(),
            "thumbprint": pair.certificate.thumbprints().sha1_hex(), "self-signed": pair.certificate.is_self_issued(),
        }),
    };
    Ok(vault.put(&label, &pair.to_pem(), now)?)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// 32 hexadecimal digits in the spelling of a GUID.
pub(super) fn guid(digits: &str) -> String {
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::guid;

    #[test]
    fn key_ids_have_the_spelling_of_graph() {
        assert_eq!(guid("0123456789abcdef0123456789abcdef"), "01234567-89ab-cdef-0123-456789abcdef");
    }
}
