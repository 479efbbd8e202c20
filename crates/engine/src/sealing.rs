//! Seals the values of a hand-over step for whoever is to open them, and keeps in the journal that it was handed over.

use journal::Event;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::crash;
use crate::credential::opened;
use crate::desk::{Desk, lock};
use crate::handing;
use crate::handing_over::Recipient;
use crate::history::DONE;
use crate::history::History;
use crate::offers;
use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

/// The values of a step, sealed.
pub(crate) struct SealedStep {
    /// The bundle.
    pub text: String,
    /// Its number.
    pub jti: String,
    /// The run that it belongs to.
    pub operation: String,
    /// SHA-256 over what is in it, in hexadecimal digits; secrets by their key ids.
    pub values: String,
    /// The fingerprint of who sealed it.
    pub signer: String,
    /// What checks the receipt, where it is sealed to a key.
    pub receipt_key: Option<bundle::ReceiptKey>,
    /// The offer that it answers.
    pub nonce_mark: Option<String>,
    /// The passphrase, where one was made.
    pub passphrase: Option<SecretString>,
}

impl Desk {
    /// Seals what a hand-over step names.
    ///
    /// # Errors
    /// Another kind of step, missing values, a missing secret, an offer that cannot be answered, or a passphrase where the
    /// policy of this machine allows none.
    pub(crate) fn seal_step(
        &self,
        connection: &str,
        step: &guide::Step,
        recipient: &Recipient,
    ) -> Result<SealedStep, Trouble> {
        if !matches!(step.action, guide::Action::HandOver { .. }) {
            return Err(Trouble::new(Code::StepUnknown).with("name", &step.id).in_field("step"));
        }
        self.may_seal_for(recipient.sealed_for())?;
        let history = self.history(connection)?;
        let offer = match recipient {
            Recipient::Offer => {
                let now = self.room.time_outside();
                Some(offers::open_one(&self.room.vault, connection, &history, now)?)
            }
            Recipient::Key(_) | Recipient::Passphrase => None,
        };
        let mut payload = self.payload_of(connection, step, &history)?;
        let signer = self.signing_key()?;
        let (mut receipt_key, mut passphrase, mut nonce_mark) = (None, None, None);
        let mut to_key = |payload: &bundle::Payload, key: &bundle::RecipientKey| -> Result<String, Trouble> {
            let sealed = bundle::seal_for_receipt(payload, &signer, key)?;
            receipt_key = Some(sealed.receipt_key);
            Ok(sealed.text)
        };
        let text = match (offer, recipient) {
            (Some(offer), _) => {
                offers::may_carry(&offer, &payload.credential)?;
                nonce_mark = Some(offers::nonce_mark(&offer.nonce));
                payload.install_id = Some(offer.install_id);
                payload.nonce = Some(offer.nonce);
                to_key(&payload, &offer.key)?
            }
            (None, Recipient::Key(key)) => to_key(&payload, key)?,
            (None, Recipient::Passphrase | Recipient::Offer) => {
                let (text, made) = bundle::seal_with_passphrase(&payload, &signer)?;
                passphrase = Some(made);
                text
            }
        };
        Ok(SealedStep {
            text,
            jti: payload.jti,
            operation: self.room.random.id(),
            values: handing::digest(self.guide_of(connection)?, &history, handing::named(step)),
            signer: signer.signer()?.fingerprint(),
            receipt_key,
            nonce_mark,
            passphrase,
        })
    }

    fn payload_of(
        &self,
        connection: &str,
        step: &guide::Step,
        history: &History,
    ) -> Result<bundle::Payload, Trouble> {
        let guide = self.guide_of(connection)?;
        let domain = self.signed_in(connection).map(|who| who.domain).or_else(|| home_of(history));
        let domain = domain.unwrap_or_default();
        let now = self.room.time_outside();
        let filling = handing::Filling { guide, history, named: handing::named(step), domain, now };
        let sealed = handing::Sealed {
            text: &|step| self.secret_of_step(connection, step),
            credential: &|step| opened(&self.room.vault, connection, &self.key_of_step(connection, step)?),
        };
        let mut payload = handing::payload(&filling, &sealed)?;
        // The product's own certificate: it has the key, and learns which one Microsoft was given.
        if let bundle::Credential::None { cert_pem: None, .. } = payload.credential
            && let Some(pem) = offers::certificate(history)
            && let Ok(contents) = certs::read(pem.as_bytes(), None)
            && let Some(certificate) = contents.certificates.first()
        {
            payload.credential = bundle::Credential::None {
                thumbprint_s256: Some(certificate.thumbprints().x5t_s256()),
                cert_pem: Some(certificate.pem()),
            };
        }
        Ok(payload)
    }

    /// Journals what is about to leave, and for where.
    pub(crate) fn intend(
        &self,
        connection: &str,
        step: &guide::Step,
        sealed: &SealedStep,
        plan: Value,
    ) -> Result<(), Trouble> {
        let event = Event::Intended {
            step: step.id.clone(),
            operation: sealed.operation.clone(),
            plan_hash: sealed.values.clone(),
            plan,
        };
        self.note(connection, &event)
    }

    /// Journals that it arrived, with what the way tells of it.
    pub(crate) fn settle_handed_over(
        &self,
        connection: &str,
        step: &guide::Step,
        sealed: &SealedStep,
        how: &str,
        mut told: Value,
        evidence: Phrase,
    ) -> Result<(), Trouble> {
        told["values"] = json!(sealed.values);
        told["signer"] = json!(sealed.signer);
        told["jti"] = json!(sealed.jti);
        told["nonce-mark"] = json!(sealed.nonce_mark);
        self.note(
            connection,
            &Event::HandedOver { step: step.id.clone(), how: how.to_owned(), receipt: told },
        )?;
        crash::place("hand-over.journalled");
        let settled = Event::Settled {
            step: step.id.clone(),
            operation: Some(sealed.operation.clone()),
            state: DONE.to_owned(),
            outputs: json!({}),
            evidence: json!({ "seen": [evidence], "found": null }),
            trouble: None,
        };
        self.note(connection, &settled)?;
        lock(&self.room.seen).remove(&(connection.to_owned(), step.id.clone()));
        Ok(())
    }
}

/// The domain of whoever signed in last: a bundle can be sealed later, when nobody is.
fn home_of(history: &History) -> Option<String> {
    let account = &history.signed_in.as_ref()?.account;
    Some(account.rsplit_once('@')?.1.to_owned())
}
