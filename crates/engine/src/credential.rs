//! A connection's own credentials: which kinds there are, how they lie in the vault, and a fresh token with one of them.
//! Private keys and secrets leave the vault here and at the hand-over, and nowhere else.

use cloud::signin::application::{self, ApplicationToken, AssertionSigner};
use cloud::{SignInError, Wire};
use guide::{Action, Guide};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use vault::{Row, Vault};
use zeroize::Zeroizing;

use crate::history::History;
use crate::trouble::{Code, Trouble};

/// The kinds of credentials by which an application proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A client secret.
    Secret,
    /// A certificate.
    Certificate,
}

impl CredentialKind {
    /// The kind that a step adds.
    pub fn of(action: &Action) -> Option<Self> {
        match action {
            Action::AddSecret { .. } => Some(Self::Secret),
            Action::AddCertificate { .. } => Some(Self::Certificate),
            _ => None,
        }
    }

    /// The word for journal and command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Certificate => "certificate",
        }
    }

    /// The purpose under which it stands in the vault.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Self::Secret => "client-secret",
            Self::Certificate => "client-certificate",
        }
    }

    pub(crate) fn key_output(self) -> &'static str {
        match self {
            Self::Secret => "secret-key-id",
            Self::Certificate => "certificate-key-id",
        }
    }

    pub(crate) fn end_output(self) -> &'static str {
        match self {
            Self::Secret => "secret-expires",
            Self::Certificate => "certificate-expires",
        }
    }

    /// What the journal calls its removal.
    pub(crate) fn removal(self) -> &'static str {
        match self {
            Self::Secret => "secret-removed",
            Self::Certificate => "certificate-removed",
        }
    }
}

/// The steps of a guide that add a credential, with the kind and the step that registers the application.
pub(crate) fn credential_steps(guide: &Guide) -> impl Iterator<Item = (&guide::Step, CredentialKind, &str)> {
    guide.steps.iter().filter_map(|step| {
        let application = match &step.action {
            Action::AddSecret { application, .. } | Action::AddCertificate { application, .. } => application,
            _ => return None,
        };
        Some((step, CredentialKind::of(&step.action)?, application.as_str()))
    })
}

/// The key id of the credential that a step holds now.
pub(crate) fn key_of_step<'h>(guide: &Guide, history: &'h History, step: &str) -> Option<&'h str> {
    let kind = CredentialKind::of(&guide.step(step)?.action)?;
    history.output(step, kind.key_output())
}

/// A private key with its certificate.
pub(crate) struct Pair {
    pub key: certs::PrivateKey,
    pub certificate: certs::Certificate,
}

/// A credential, laid open in memory.
pub(crate) enum Credential {
    Secret(SecretString),
    Certificate(Box<Pair>),
}

impl AssertionSigner for Pair {
    fn thumbprint(&self) -> String {
        self.certificate.thumbprints().x5t_s256()
    }

    fn sign(&self, signed: &[u8]) -> Option<Vec<u8>> {
        certs::sign_ps256(&self.key, signed).ok()
    }
}

const KEY: [&str; 2] = ["-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n"];

impl Pair {
    /// Private key (PKCS#8) and certificate in PEM, one after the other: how a pair lies in the vault and how a product
    /// takes it.
    pub fn to_pem(&self) -> SecretString {
        let mut text = Zeroizing::new(key_pem_text(&self.key));
        text.push_str(&self.certificate.pem());
        SecretString::from(text.as_str())
    }

    /// The private key alone.
    pub fn key_pem(&self) -> SecretString {
        key_pem(&self.key)
    }

    /// Reads what [`Pair::to_pem`] wrote.
    pub fn from_pem(text: &SecretString) -> Option<Self> {
        let (key, rest) = key_and_rest(text.expose_secret())?;
        let certificate = certs::Certificate::from_pem(rest).ok()?;
        certificate.is_for(&key).then_some(Self { key, certificate })
    }
}

/// A private key as PKCS#8 in PEM, to be sealed.
pub(crate) fn key_pem(key: &certs::PrivateKey) -> SecretString {
    SecretString::from(Zeroizing::new(key_pem_text(key)).as_str())
}

/// Reads what [`key_pem`] wrote.
pub(crate) fn key_from_pem(text: &SecretString) -> Option<certs::PrivateKey> {
    key_and_rest(text.expose_secret()).map(|(key, _)| key)
}

fn key_pem_text(key: &certs::PrivateKey) -> String {
    use base64::Engine as _;
    let body = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(key.pkcs8().expose_secret()));
    // Enough for everything, so that no piece of the key is left behind by growing.
    let mut text = String::with_capacity(body.len() * 2 + 8 * 1024);
    text.push_str(KEY[0]);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(KEY[1]);
    text
}

fn key_and_rest(text: &str) -> Option<(certs::PrivateKey, &str)> {
    use base64::Engine as _;
    let (_, after) = text.split_once(KEY[0])?;
    let (body, rest) = after.split_once(KEY[1])?;
    let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
    let der = base64::engine::general_purpose::STANDARD.decode(body.as_bytes()).ok()?;
    let key = certs::PrivateKey::from_pkcs8(&SecretBox::new(Box::new(der))).ok()?;
    Some((key, rest))
}

/// A credential's sealed row, by its key id.
pub(crate) fn row_of(vault: &Vault, connection: &str, key: &str) -> Result<Option<Row>, Trouble> {
    let is_credential = |row: &Row| {
        [CredentialKind::Secret, CredentialKind::Certificate]
            .iter()
            .any(|kind| row.label.purpose == kind.purpose())
    };
    let mut rows = vault.rows(connection)?.into_iter();
    Ok(rows.find(|row| is_credential(row) && row.label.name.eq_ignore_ascii_case(key)))
}

/// Takes a credential out of the vault, as a product takes it: the secret, or key and certificate in PEM.
pub(crate) fn sealed_text(vault: &Vault, connection: &str, key: &str) -> Result<SecretString, Trouble> {
    let row = row_of(vault, connection, key)?.ok_or_else(|| Trouble::new(Code::SecretMissing))?;
    Ok(vault.get(&row.id)?)
}

/// Takes a credential out of the vault.
pub(crate) fn opened(vault: &Vault, connection: &str, key: &str) -> Result<Credential, Trouble> {
    let row = row_of(vault, connection, key)?.ok_or_else(|| Trouble::new(Code::SecretMissing))?;
    let text = vault.get(&row.id)?;
    if row.label.purpose == CredentialKind::Secret.purpose() {
        return Ok(Credential::Secret(text));
    }
    let pair = Pair::from_pem(&text).ok_or_else(|| Trouble::defect("certificate"))?;
    Ok(Credential::Certificate(Box::new(pair)))
}

impl Credential {
    /// A fresh token of the application.
    pub async fn token(
        &self,
        wire: &Wire,
        directory: &str,
        client: &str,
    ) -> Result<ApplicationToken, SignInError> {
        match self {
            Self::Secret(secret) => application::token(wire, directory, client, secret).await,
            Self::Certificate(pair) => {
                application::token_by_certificate(wire, directory, client, pair.as_ref()).await
            }
        }
    }

    /// The trouble of one that Microsoft does not take yet.
    pub fn not_accepted(&self) -> Code {
        match self {
            Self::Secret(_) => Code::SecretNotAccepted,
            Self::Certificate(_) => Code::CertificateNotAccepted,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::datetime;

    use super::*;

    fn pair() -> Pair {
        let key = certs::PrivateKey::make(certs::KeyKind::Rsa2048).unwrap();
        let order = certs::Order {
            subject: certs::Subject::common_name("Pilot").unwrap(),
            other_names: Vec::new(),
            days: 30,
            purpose: certs::Purpose::AppSignIn,
        };
        let certificate =
            certs::Certificate::self_signed(&key, &order, datetime!(2026-11-21 09:00 UTC)).unwrap();
        Pair { key, certificate }
    }

    #[test]
    fn a_pair_comes_back_from_the_vault_and_a_foreign_key_does_not_fit() {
        let (one, other) = (pair(), pair());
        let back = Pair::from_pem(&one.to_pem()).unwrap();
        assert_eq!(back.certificate, one.certificate);
        assert_eq!(back.thumbprint(), one.thumbprint());
        let mixed = format!("{}{}", one.key_pem().expose_secret(), other.certificate.pem());
        assert!(Pair::from_pem(&SecretString::from(mixed)).is_none());
        assert!(Pair::from_pem(&SecretString::from("nothing")).is_none());
    }
}
