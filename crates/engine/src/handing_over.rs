//! Hands the result over: seals the values, writes the bundle and its two papers as new files, and keeps the receipt.

use std::path::{Path, PathBuf};

use guide::Guide;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vault::Label;

use crate::crash;
use crate::credential::{key_of_step, sealed_text};
use crate::desk::Desk;
use crate::handing::{self, FieldValue};
use crate::machine_policy::Feature;
use crate::papers::Paper;
use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

const PASSPHRASE: &str = "bundle-passphrase";
const SIGNING_KEY: &str = "signing-key";

/// Where a hand-over goes.
pub struct HandOverTo {
    /// The folder for bundle, sheet and report.
    pub folder: PathBuf,
    /// Who can open it.
    pub recipient: Recipient,
    /// The language of the papers.
    pub language: guide::Language,
}

/// Who can open a bundle.
#[derive(Debug)]
pub enum Recipient {
    /// The holder of the private half.
    Key(bundle::RecipientKey),
    /// Whoever gets the passphrase, which the app makes and keeps in the vault.
    Passphrase,
    /// The product that made the offer that was taken for this connection.
    Offer,
}

/// For whom the values of a renewal are going to be sealed: told before the new credential is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedFor {
    /// Whoever gets a passphrase.
    Passphrase,
    /// The holder of a key, or the product that made an offer.
    Product,
}

impl Recipient {
    pub(crate) fn sealed_for(&self) -> SealedFor {
        match self {
            Self::Passphrase => SealedFor::Passphrase,
            Self::Key(_) | Self::Offer => SealedFor::Product,
        }
    }
}

/// What was handed over.
pub struct HandedOver {
    /// The sealed bundle.
    pub bundle: PathBuf,
    /// The sheet to print.
    pub sheet: PathBuf,
    /// The evidence report.
    pub report: PathBuf,
    /// SHA-256 of the bundle, in hexadecimal digits.
    pub sha256: String,
    /// The passphrase, where one was made.
    pub passphrase: Option<SecretString>,
}

impl Desk {
    /// The product's fields with their values, secrets left out.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn values(&self, connection: &str) -> Result<Vec<FieldValue>, Trouble> {
        Ok(handing::values(self.guide_of(connection)?, &*self.history(connection)?, None))
    }

    /// The fields of one hand-over step with their values, secrets left out.
    ///
    /// # Errors
    /// Unknown connection or step.
    pub fn values_of(&self, connection: &str, step: &str) -> Result<Vec<FieldValue>, Trouble> {
        let (guide, step) = self.step(connection, step)?;
        Ok(handing::values(guide, &*self.history(connection)?, handing::named(step)))
    }

    /// The step that hands over what a credential's step made; a renewal hands over there.
    ///
    /// # Errors
    /// Unknown connection, or a guide that hands nothing over.
    pub fn hand_over_of(&self, connection: &str, credential: &str) -> Result<String, Trouble> {
        let (guide, history) = (self.guide_of(connection)?, self.history(connection)?);
        let step = handing::hand_over_of(guide, &history, credential);
        step.map(|step| step.id.clone())
            .ok_or_else(|| Trouble::new(Code::StepUnknown).with("name", "hand-over"))
    }

    /// Whether the policy of this machine lets values be sealed for these.
    pub(crate) fn may_seal_for(&self, whom: SealedFor) -> Result<(), Trouble> {
        match whom {
            SealedFor::Passphrase => self.room.policy.permits(Feature::SecretExport),
            SealedFor::Product => Ok(()),
        }
    }

    /// A secret field, for the clipboard; never for a web view.
    ///
    /// # Errors
    /// When it is no secret field, the secret is not in the vault, or the policy of this machine lets none out.
    pub fn secret_value(&self, connection: &str, field: &str) -> Result<SecretString, Trouble> {
        self.room.policy.permits(Feature::SecretExport)?;
        let guide = self.guide_of(connection)?;
        let step = guide
            .fields
            .iter()
            .find(|candidate| candidate.id == field)
            .and_then(|field| handing::secret_step(guide, field))
            .ok_or_else(|| Trouble::new(Code::SecretMissing).in_field(field))?;
        self.secret_of_step(connection, &step)
    }

    pub(crate) fn secret_of_step(&self, connection: &str, step: &str) -> Result<SecretString, Trouble> {
        let key = self.key_of_step(connection, step)?;
        sealed_text(&self.room.vault, connection, &key)
    }

    pub(crate) fn key_of_step(&self, connection: &str, step: &str) -> Result<String, Trouble> {
        let (guide, history) = (self.guide_of(connection)?, self.history(connection)?);
        let key = key_of_step(guide, &history, step).map(str::to_owned);
        key.ok_or_else(|| Trouble::new(Code::NotYet).with("step", step))
    }

    /// Seals the values of a hand-over step and writes bundle, sheet and report as new files.
    ///
    /// # Errors
    /// Another kind of step, missing values, a missing secret, an offer that cannot be answered, or a folder that cannot
    /// be written.
    pub fn hand_over(&self, connection: &str, step: &str, to: &HandOverTo) -> Result<HandedOver, Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let sealed = self.seal_step(connection, step, &to.recipient)?;
        let now = self.room.clock.now();
        self.intend(connection, step, &sealed, json!({ "folder": to.folder.display().to_string() }))?;
        crash::place("hand-over.before");
        if let Some(passphrase) = &sealed.passphrase {
            let label = Label {
                connection: connection.to_owned(),
                purpose: PASSPHRASE.to_owned(),
                name: sealed.jti.clone(),
                details: Value::Null,
            };
            self.room.vault.put(&label, passphrase, now)?;
        }
        let stem = self.stem(guide, now, &sealed.operation);
        let receipt = delivery::file::write_at(
            &to.folder,
            &format!("{stem}.{}", bundle::ENDING),
            sealed.text.as_bytes(),
            now,
        )?;
        crash::place("hand-over.written");
        let told = json!({
            "path": receipt.path.display().to_string(), "sha256": receipt.sha256, "bytes": receipt.bytes,
        });
        let evidence = Phrase::new("seen.handed-over")
            .with("path", receipt.path.display())
            .with("sha256", &receipt.sha256);
        self.settle_handed_over(connection, step, &sealed, "file", told, evidence)?;
        let (sheet, report) = self.papers_named(connection, step, &to.folder, to.language, &stem)?;
        Ok(HandedOver {
            bundle: receipt.path,
            sheet,
            report,
            sha256: receipt.sha256,
            passphrase: sealed.passphrase,
        })
    }

    /// Writes sheet and report of a hand-over step as new files; they hold no secret.
    ///
    /// # Errors
    /// Unknown connection or step, or a folder that cannot be written.
    pub fn papers(
        &self,
        connection: &str,
        step: &str,
        folder: &Path,
        language: guide::Language,
    ) -> Result<(PathBuf, PathBuf), Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let stem = self.stem(guide, self.room.clock.now(), &self.room.random.id());
        self.papers_named(connection, step, folder, language, &stem)
    }

    fn papers_named(
        &self,
        connection: &str,
        step: &guide::Step,
        folder: &Path,
        language: guide::Language,
        stem: &str,
    ) -> Result<(PathBuf, PathBuf), Trouble> {
        let now = self.room.clock.now();
        let write = |name: &str, text: &str| -> Result<PathBuf, Trouble> {
            Ok(delivery::file::write_at(folder, &format!("{stem}-{name}.html"), text.as_bytes(), now)?.path)
        };
        let sheet = write("sheet", &self.sheet_of(connection, Some(step), language)?)?;
        let report = write("report", &self.report(connection, language)?)?;
        Ok((sheet, report))
    }

    pub(crate) fn stem(&self, guide: &Guide, now: time::OffsetDateTime, operation: &str) -> String {
        let day = now.date();
        format!("{}-{}-{}", guide.id, day, operation.get(..6).unwrap_or(operation))
    }

    /// The passphrase of the newest bundle, from the vault.
    ///
    /// # Errors
    /// When none is there, or the policy of this machine lets none out.
    pub fn passphrase(&self, connection: &str) -> Result<SecretString, Trouble> {
        self.room.policy.permits(Feature::SecretExport)?;
        let rows = self.room.vault.rows(connection)?;
        let row = rows.iter().rev().find(|row| row.label.purpose == PASSPHRASE);
        Ok(self.room.vault.get(&row.ok_or_else(|| Trouble::new(Code::SecretMissing))?.id)?)
    }

    pub(crate) fn signing_key(&self) -> Result<bundle::SigningKey, Trouble> {
        use secrecy::SecretBox;
        let rows = self.room.vault.rows("")?;
        if let Some(row) = rows.iter().find(|row| row.label.purpose == SIGNING_KEY) {
            let text = self.room.vault.get(&row.id)?;
            let bytes = base64_bytes(text.expose_secret()).ok_or_else(|| Trouble::defect("signing-key"))?;
            return Ok(bundle::SigningKey::from_pkcs8(&SecretBox::new(Box::new(bytes)))?);
        }
        let key = bundle::SigningKey::generate()?;
        let label = Label {
            connection: String::new(),
            purpose: SIGNING_KEY.to_owned(),
            name: "bundle".to_owned(),
            details: Value::Null,
        };
        let text = base64_text(key.to_pkcs8()?.expose_secret());
        self.room.vault.put(&label, &SecretString::from(text), self.room.clock.now())?;
        Ok(key)
    }

    fn paper<T>(
        &self,
        connection: &str,
        step: Option<&guide::Step>,
        language: guide::Language,
        draw: impl FnOnce(&Paper<'_>) -> T,
    ) -> Result<T, Trouble> {
        let guide = self.guide_of(connection)?;
        let history = self.history(connection)?;
        let checklist = self.checklist(connection)?;
        let values = handing::values(guide, &history, step.and_then(handing::named));
        let handed = match step {
            Some(step) => history.handed_over.get(&step.id),
            None => history.last_handed_over(),
        };
        let now = self.room.clock.now();
        Ok(draw(&Paper { guide, history: &history, checklist: &checklist, values, handed, language, now }))
    }

    /// The hand-over sheet as HTML; it holds no secret.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn sheet(&self, connection: &str, language: guide::Language) -> Result<String, Trouble> {
        self.sheet_of(connection, None, language)
    }

    fn sheet_of(
        &self,
        connection: &str,
        step: Option<&guide::Step>,
        language: guide::Language,
    ) -> Result<String, Trouble> {
        self.paper(connection, step, language, |paper| paper.sheet())
    }

    /// The evidence report as HTML; it holds no secret.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn report(&self, connection: &str, language: guide::Language) -> Result<String, Trouble> {
        self.paper(connection, None, language, |paper| paper.report())
    }
}

fn base64_text(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
