//! What the receiver prints: events for programs, lines for people. Where rehearsals are accepted, each says so.

use std::path::{Path, PathBuf};

use engine::bundle::Overview;
use receiver::{Judged, Notice, Standing, Took, Waiting};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::words::{Say, say};
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::voice::Voice;

/// One line of the receiver for programs.
#[derive(Debug, Serialize)]
pub struct Told {
    #[serde(flatten)]
    line: Line,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    accepts_rehearsals: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Line {
    /// An offer was made.
    Offer { path: PathBuf, line: String, fingerprint: String, expires_at: String, endpoint: Option<String> },
    /// The server listens.
    Listening { address: String, tls_spki_s256: String },
    /// A bundle that a person is asked about.
    Question {
        number: String,
        product: String,
        tenant: String,
        tenant_domain: String,
        signer: String,
        standing: &'static str,
        signer_before: Option<String>,
        credential: &'static str,
        credential_expires: Option<String>,
        rehearsal: bool,
    },
    /// A bundle that waits.
    Waiting { number: String, tenant: String, tenant_domain: String, signer: String },
    /// A bundle was taken.
    Taken {
        number: String,
        tenant: String,
        signer: String,
        rehearsal: bool,
        files: Vec<PathBuf>,
        receipt: String,
    },
    /// A receipt went to the sender.
    ReceiptSent { number: String },
    /// A bundle was refused.
    Refused { number: String, step: Option<u8>, why: String },
    /// Something here stands in the way.
    Hindered { why: String },
    /// Files of an earlier run got their final names.
    Completed { files: Vec<PathBuf> },
    /// The bundle's file was deleted, or could not be.
    FileDeleted { path: PathBuf, deleted: bool },
    /// A question was answered.
    Answered { number: String, yes: bool },
    /// The command stopped.
    Trouble { code: String, what: String, field: Option<String>, next: String },
}

/// The voice of one run of the receiver.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    pub voice: Voice,
    rehearsals: bool,
}

impl Speaker {
    pub fn new(voice: &Voice, rehearsals: bool) -> Self {
        Self { voice: *voice, rehearsals }
    }

    pub fn word(&self, word: Say) -> &'static str {
        say(word, self.voice.language())
    }

    /// A text for people, marked line by line where rehearsals are accepted.
    fn marked(&self, text: &str) -> String {
        if !self.rehearsals {
            return text.to_owned();
        }
        let mark = self.word(Say::Rehearsals);
        text.lines().map(|line| format!("{mark} {line}")).collect::<Vec<_>>().join("\n")
    }

    pub fn tell(&self, line: Line, text: impl FnOnce() -> String) {
        let told = Told { line, accepts_rehearsals: self.rehearsals };
        self.voice.tell(&Event::Receive(Box::new(told)), || self.marked(&text()));
    }

    /// A sentence for people only.
    pub fn line(&self, word: Say) {
        self.voice.line(&self.marked(self.word(word)));
    }

    /// Asks a person yes or no; without a terminal the answer is no.
    pub fn asks(&self) -> bool {
        self.voice.asks(&self.marked(self.word(Say::Take)))
    }

    /// Tells what stopped the command. Where every line is marked, this one is, too.
    pub fn failure(&self, failure: Failure) -> Result<Exit, Failure> {
        if !self.rehearsals {
            return Err(failure);
        }
        let language = self.voice.language();
        let (what, next) = (failure.what(language), failure.next(language));
        let text = format!("footbridge: {what}\n{next}");
        let (code, field) = (failure.code(), failure.field());
        self.tell(Line::Trouble { code, what, field, next }, || text);
        Ok(failure.exit())
    }

    /// What a person has to know before the answer (step 11).
    pub fn question(&self, judged: &Judged) {
        let Overview { jti, product, tenant, signer_fingerprint, .. } = &judged.overview;
        let seen = &judged.overview;
        let (standing, word, before) = match &judged.standing {
            Standing::Known => ("known", Say::SignerKnown, None),
            Standing::New => ("new", Say::SignerNew, None),
            Standing::OtherTenant => ("other-tenant", Say::OtherTenant, None),
            Standing::OtherSigner { before } => ("other-signer", Say::OtherSigner, Some(before.clone())),
        };
        let expires = seen.credential_expires.map(moment);
        let text = || {
            let known = match &before {
                Some(before) => format!("{} {before})", self.word(word)),
                None => self.word(word).to_owned(),
            };
            let ends = expires.as_ref().map(|end| format!(", {} {end}", self.word(Say::Ends)));
            [
                format!("{} {product}", self.word(Say::BundleFor)),
                self.row(Say::Tenant, &format!("{} ({})", tenant.domain, tenant.id)),
                self.row(Say::Signer, &format!("{signer_fingerprint} {known}")),
                self.row(Say::Credential, &format!("{}{}", seen.credential_kind, ends.unwrap_or_default())),
                self.row(Say::Number, jti),
            ]
            .join("\n")
        };
        let line = Line::Question {
            number: jti.clone(),
            product: product.clone(),
            tenant: tenant.id.clone(),
            tenant_domain: tenant.domain.clone(),
            signer: signer_fingerprint.clone(),
            standing,
            signer_before: before.clone(),
            credential: seen.credential_kind,
            credential_expires: expires.clone(),
            rehearsal: seen.rehearsal,
        };
        self.tell(line, text);
    }

    pub fn waiting(&self, waiting: &Waiting) {
        let Waiting { jti, tenant, domain, fingerprint } = waiting.clone();
        let text = format!("{jti}  {domain} ({tenant})  {fingerprint}");
        self.tell(Line::Waiting { number: jti, tenant, tenant_domain: domain, signer: fingerprint }, || text);
    }

    /// A bundle was taken. The receipt is a sender's proof and no secret.
    pub fn took(&self, took: &Took) {
        let line = Line::Taken {
            number: took.overview.jti.clone(),
            tenant: took.overview.tenant.id.clone(),
            signer: took.overview.signer_fingerprint.clone(),
            rehearsal: took.overview.rehearsal,
            files: took.files.clone(),
            receipt: took.receipt.clone(),
        };
        self.tell(line, || {
            let mut text = self.written(Say::Wrote, &took.files);
            text.push_str(&format!("\n{}:\n{}", self.word(Say::Receipt), took.receipt));
            text
        });
    }

    pub fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Asked(judged) => self.question(judged),
            Notice::Taken(took) => self.took(took),
            Notice::Receipt { jti } => self
                .tell(Line::ReceiptSent { number: jti.clone() }, || self.word(Say::ReceiptWent).to_owned()),
            Notice::Refused { jti, step, why } => {
                let line = Line::Refused { number: jti.clone(), step: *step, why: why.clone() };
                self.tell(line, || format!("{} ({jti}): {why}", self.word(Say::Refused)));
            }
            Notice::Failed { why } => self
                .tell(Line::Hindered { why: why.clone() }, || format!("{}: {why}", self.word(Say::Failed))),
            Notice::Completed { files } => self.completed(files),
        }
    }

    pub fn completed(&self, files: &[PathBuf]) {
        if !files.is_empty() {
            let line = Line::Completed { files: files.to_vec() };
            self.tell(line, || self.written(Say::Completed, files));
        }
    }

    pub fn deleted(&self, path: &Path, deleted: bool) {
        self.tell(Line::FileDeleted { path: path.to_owned(), deleted }, || match deleted {
            true => self.word(Say::Deleted).to_owned(),
            false => format!("{}: {}", self.word(Say::NotDeleted), path.display()),
        });
    }

    pub fn row(&self, word: Say, text: &str) -> String {
        format!("  {:<14} {text}", self.word(word))
    }

    fn written(&self, word: Say, files: &[PathBuf]) -> String {
        let files: Vec<String> = files.iter().map(|path| format!("  {}", path.display())).collect();
        format!("{}:\n{}", self.word(word), files.join("\n"))
    }
}

/// A moment as RFC 3339.
pub fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
