//! Uploads the public certificate that a product made for itself, beside everything that stands at the application
//! already. The private half is the product's own and must never come here: a file that holds one is refused.
//! Natural key: the certificate's thumbprint (Graph page "keyCredential", `customKeyIdentifier`).

use std::path::Path;

use certs::{Certificate, ContentsError, GraphIdentifier, LARGEST_FILE};
use cloud::model::{Application, KeyCredential};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Applied;
use super::certificate::{base64, guid};
use crate::key_credentials::{self, Wanted};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::policy::Limits;
use crate::role::REGISTRARS;
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// What the journal calls the upload.
pub(crate) const UPLOADED: &str = "product-certificate";
/// Longer names are cut by Graph (Graph page "keyCredential").
const LONGEST_NAME: usize = 90;

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    name: String,
    thumbprint: String,
    /// Base64 of the public certificate in DER.
    key: String,
    start: String,
    end: String,
}

pub(super) async fn check(site: &Site<'_>, application: &str, file: &str) -> Result<Found, Trouble> {
    let Some(object) = site.output(application, "application-object-id") else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let offered = crate::offers::certificate(&site.history());
    let (bytes, field) = match offered {
        Some(pem) => (pem.into_bytes(), "offer"),
        None => {
            let Some(path) = site.answer_text(file).filter(|path| !path.trim().is_empty()) else {
                return Ok(Found::NeedsAnswers(vec![file.to_owned()]));
            };
            (bytes_of(Path::new(path.trim()), file)?, file)
        }
    };
    let certificate = judged(&bytes, site.now()).map_err(|trouble| trouble.in_field(field))?;
    let look = site.look(application).await?;
    let Some(registered) = look.application.clone() else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    if let Some(credential) = listed(&registered, &certificate, site.now()) {
        return Ok(Found::AsWanted(proof(&certificate, credential)));
    }
    let policy = site.seat()?.sights.lock().await.policy.clone().flatten();
    let limits = Limits::of(policy.as_ref(), &look.policies, &registered);
    if certificate.is_self_issued() && limits.self_signed_forbidden {
        return Err(Trouble::new(Code::SelfSignedForbidden));
    }
    let thumbprint = certificate.thumbprints().sha1_hex();
    let others = registered.key_credentials.iter().filter_map(|one| one.display_name.clone());
    let mut changes = vec![Change::new(
        Sign::Add,
        certificate.subject(),
        Phrase::new("change.product-certificate")
            .with("thumbprint", &thumbprint)
            .with("end", certificate.not_after().date()),
    )];
    changes.extend(others.map(|name| Change::new(Sign::Keep, name, Phrase::new("change.kept-other"))));
    let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let work = Work {
        object,
        name: certificate.subject().chars().take(LONGEST_NAME).collect(),
        thumbprint,
        key: base64(certificate.der()),
        start: moment(certificate.not_before()),
        end: moment(certificate.not_after()),
    };
    let plan = Plan::draw(&site.step.id, changes, json!(work));
    Ok(Found::Planned(plan.with_requests(4).by_any_of(&REGISTRARS)))
}

fn bytes_of(path: &Path, field: &str) -> Result<Vec<u8>, Trouble> {
    let failed = |why: String| Trouble::new(Code::FileFailed).with("why", why).in_field(field);
    let about = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if about.len() > LARGEST_FILE as u64 {
        return Err(invalid(ContentsError::TooLarge).in_field(field));
    }
    std::fs::read(path).map_err(|error| failed(error.to_string()))
}

/// The one certificate of a file that may be uploaded.
fn judged(bytes: &[u8], now: OffsetDateTime) -> Result<Certificate, Trouble> {
    let contents = match certs::read(bytes, None) {
        Ok(contents) => contents,
        // What asks for a passphrase is a private key under it.
        Err(ContentsError::NeedsPassphrase) => return Err(Trouble::new(Code::PrivateKeyInFile)),
        Err(error) => return Err(invalid(error)),
    };
    if contents.key.is_some() {
        return Err(Trouble::new(Code::PrivateKeyInFile));
    }
    let certificate = leaf(&contents.certificates)?;
    if certificate.not_after() <= now {
        let end = certificate.not_after().date();
        return Err(Trouble::new(Code::CertificateEnded)
            .with("name", certificate.subject())
            .with("end", end));
    }
    if !certificate.is_rsa() {
        return Err(invalid(format!(
            "its key is {}, and Microsoft Entra takes RSA only for the sign-in of applications",
            certificate.key()
        )));
    }
    Ok(certificate.clone())
}

/// The certificate that issued none of the others: a file may hold its chain too.
fn leaf(all: &[Certificate]) -> Result<&Certificate, Trouble> {
    let issued_another = |one: &&Certificate| {
        all.iter().any(|other| other != *one && other.issuer() == one.subject() && !other.is_self_issued())
    };
    let mut leaves = all.iter().filter(|one| !issued_another(one));
    match (leaves.next(), leaves.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(invalid("there is no certificate in it")),
        (Some(_), Some(_)) => Err(invalid(
            "it holds several certificates that do not belong together; save the one of the product",
        )),
    }
}

fn invalid(why: impl ToString) -> Trouble {
    Trouble::new(Code::FileInvalid).with("why", why)
}

fn listed<'a>(
    application: &'a Application,
    certificate: &Certificate,
    now: OffsetDateTime,
) -> Option<&'a KeyCredential> {
    let thumbprints = certificate.thumbprints();
    application.key_credentials.iter().find(|one| {
        one.end_date_time.is_some_and(|end| end > now)
            && one.custom_key_identifier.as_deref().is_some_and(|identifier| {
                thumbprints.compare_with_graph(identifier) == GraphIdentifier::ThisCertificate
            })
    })
}

fn proof(certificate: &Certificate, credential: &KeyCredential) -> Proof {
    let key = credential.key_id.clone().unwrap_or_default();
    let end = credential.end_date_time.and_then(|end| end.format(&Rfc3339).ok()).unwrap_or_default();
    let thumbprint = certificate.thumbprints().sha1_hex();
    let evidence = vec![
        Phrase::new("seen.product-certificate")
            .with("key", &key)
            .with("thumbprint", &thumbprint)
            .with("end", end.get(..10).unwrap_or(&end)),
    ];
    let outputs = [
        ("certificate-key-id", key),
        ("certificate-expires", end),
        ("certificate-thumbprint", thumbprint),
        ("certificate-subject", certificate.subject().to_owned()),
    ];
    Proof {
        outputs: outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        evidence,
        found: Value::Null,
    }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let key = guid(&site.room.random.id());
    let entry = json!({
        "type": "AsymmetricX509Cert", "usage": "Verify", "keyId": key, "key": work.key,
        "displayName": work.name, "startDateTime": work.start, "endDateTime": work.end,
    });
    let graph = site.seat()?.graph.clone();
    site.forget_sights().await;
    let may_come = |error: &cloud::GraphError| site.may_come(error);
    let written =
        key_credentials::change(site.room, &graph, &work.object, &Wanted::There(&entry), &may_come).await?;
    site.forget_sights().await;
    // Where nothing had to be written, an answer was lost before: `claim` journals what is ours once it is seen.
    if let Some(written) = written {
        let made = json!({
            "kind": UPLOADED, "application": work.object, "id": key, "thumbprint": work.thumbprint,
        });
        site.sent(&written.call, &written.answer, made)?;
    }
    Ok(Applied::Look)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use secrecy::ExposeSecret as _;
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

    fn made(kind: certs::KeyKind) -> (certs::PrivateKey, Certificate) {
        let key = certs::PrivateKey::make(kind).unwrap();
        let order = certs::Order {
            subject: certs::Subject::common_name("tixxt").unwrap(),
            other_names: Vec::new(),
            days: 30,
            purpose: certs::Purpose::HttpsServer,
        };
        let order = match kind {
            certs::KeyKind::Rsa2048 => certs::Order { purpose: certs::Purpose::AppSignIn, ..order },
            _ => certs::Order {
                other_names: vec![certs::OtherName::read("tixxt.example.org").unwrap()],
                ..order
            },
        };
        let certificate = Certificate::self_signed(&key, &order, NOW).unwrap();
        (key, certificate)
    }

    #[test]
    fn each_spelling_of_a_certificate_is_taken() {
        let (_, certificate) = made(certs::KeyKind::Rsa2048);
        let chain = certs::pkcs7_pem(std::slice::from_ref(&certificate));
        for bytes in [certificate.pem().into_bytes(), certificate.der().to_vec(), chain.into_bytes()] {
            assert_eq!(judged(&bytes, NOW).unwrap(), certificate);
        }
    }

    #[test]
    fn a_private_key_an_ended_one_and_another_kind_of_key_are_refused() {
        let (key, certificate) = made(certs::KeyKind::Rsa2048);
        let private = format!("{}{}", certificate.pem(), crate::credential::key_pem(&key).expose_secret());
        assert_eq!(judged(private.as_bytes(), NOW).unwrap_err().code, Code::PrivateKeyInFile);
        let ended = judged(certificate.der(), NOW + Duration::days(31)).unwrap_err();
        assert_eq!(ended.code, Code::CertificateEnded);
        let (_, elliptic) = made(certs::KeyKind::P256);
        assert_eq!(judged(elliptic.der(), NOW).unwrap_err().code, Code::FileInvalid);
        assert_eq!(judged(b"nothing", NOW).unwrap_err().code, Code::FileInvalid);
    }

    #[test]
    fn two_certificates_that_do_not_belong_together_are_refused() {
        let (_, one) = made(certs::KeyKind::Rsa2048);
        let (_, other) = made(certs::KeyKind::Rsa2048);
        let both = format!("{}{}", one.pem(), other.pem());
        assert_eq!(judged(both.as_bytes(), NOW).unwrap_err().code, Code::FileInvalid);
    }
}
