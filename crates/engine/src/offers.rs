//! A product's offer, taken at the beginning: its key is judged before anything is changed in the tenant, its nonce goes
//! into the bundle that answers it, and a certificate that it brings goes to Microsoft, so that no secret travels at all
//! (docs/bundle-format.md, "The offer"). The nonce is what proves the sender, so the offer lies in the vault; the journal
//! keeps only what anyone may see.

use bundle::{Accepts, Offer};
use guide::{Action, Guide};
use journal::Event;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use vault::{Label, Vault};

use crate::desk::Desk;
use crate::history::History;
use crate::trouble::{Code, Trouble};

/// The note under which the journal keeps an offer.
pub(crate) const OFFER: &str = "offer-taken";

/// The purpose under which an offer lies in the vault.
const PURPOSE: &str = "offer";

/// An offer as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TakenOffer {
    /// The product's installation.
    pub install_id: String,
    /// The key's fingerprint, to be compared with the one that the product shows.
    pub fingerprint: String,
    /// Where the product takes bundles over HTTPS; none where a person carries the file.
    pub endpoint: Option<String>,
    /// What the product takes, the first is liked best.
    pub accepts: Vec<Accepts>,
    /// The end of the offer.
    #[serde(with = "time::serde::timestamp")]
    pub expires_at: OffsetDateTime,
    /// The certificate whose private key never leaves the product, in PEM.
    pub certificate: Option<String>,
    /// SHA-256 of the public key of the product's TLS certificate, base64url, where the offer pins it.
    pub tls_spki_s256: Option<String>,
    /// SHA-256 of the product's SSH host key, base64url, where the offer pins it.
    pub ssh_hostkey_s256: Option<String>,
    /// SHA-256 of the nonce, in hexadecimal digits: enough to know the offer again.
    pub nonce_mark: String,
    /// Whether a bundle answered it already; an offer is good for one.
    #[serde(skip)]
    pub used: bool,
    /// Whether its time is over.
    #[serde(skip)]
    pub ended: bool,
}

impl Desk {
    /// What an offer would be, once it is taken: its fingerprint is compared first. Nothing is kept by it.
    ///
    /// # Errors
    /// As [`Desk::take_offer`].
    pub fn see_offer(&self, connection: &str, text: &str) -> Result<TakenOffer, Trouble> {
        self.judged_offer(connection, text).map(|offer| shown(&offer))
    }

    fn judged_offer(&self, connection: &str, text: &str) -> Result<Offer, Trouble> {
        let guide = self.guide_of(connection)?;
        let offer = Offer::parse(text)?;
        offer.check_time(self.room.time_outside())?;
        is_for(guide, &offer)?;
        let own: Vec<Accepts> = guide.steps.iter().filter_map(|step| credential_of(&step.action)).collect();
        match own.first() {
            Some(first) if !own.iter().any(|kind| offer.accepts.contains(kind)) => {
                Err(refuses(&offer, *first))
            }
            _ => Ok(offer),
        }
    }

    /// Takes a product's offer for a connection: a file's text or the line `offer1:…`. A later one takes its place.
    ///
    /// # Errors
    /// An offer that is malformed, past its end, of another product, or that takes no credential of this guide.
    pub fn take_offer(&self, connection: &str, text: &str) -> Result<TakenOffer, Trouble> {
        let offer = self.judged_offer(connection, text)?;
        let taken = shown(&offer);
        if let Some(known) =
            of(&*self.history(connection)?).filter(|known| known.nonce_mark == taken.nonce_mark)
        {
            return Ok(known);
        }
        let label = Label {
            connection: connection.to_owned(),
            purpose: PURPOSE.to_owned(),
            name: taken.nonce_mark.clone(),
            details: Value::Null,
        };
        let text = SecretString::from(offer.to_json()?);
        for row in self.room.vault.rows(connection)?.iter().filter(|row| row.label.purpose == PURPOSE) {
            self.room.vault.delete(&row.id)?;
        }
        self.room.vault.put(&label, &text, self.room.clock.now())?;
        self.note(connection, &Event::Noted { what: OFFER.to_owned(), details: json!(taken) })?;
        self.forget(connection);
        Ok(taken)
    }

    /// The offer of a connection, where one was taken.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn offer(&self, connection: &str) -> Result<Option<TakenOffer>, Trouble> {
        let now = self.room.time_outside();
        let taken = of(&*self.history(connection)?);
        Ok(taken.map(|offer| TakenOffer { ended: offer.expires_at < now, ..offer }))
    }
}

/// The offer that was taken last.
pub(crate) fn of(history: &History) -> Option<TakenOffer> {
    let mut offer = history.offer.clone()?;
    let answers = |receipt: &Value| receipt["nonce-mark"] == offer.nonce_mark.as_str();
    offer.used = history.handed_over.values().any(|handed| answers(&handed.receipt));
    Some(offer)
}

/// The offer that a bundle can answer now.
///
/// # Errors
/// None was taken, it has ended, or a bundle answered it already.
pub(crate) fn open_one(
    vault: &Vault,
    connection: &str,
    history: &History,
    now: OffsetDateTime,
) -> Result<Offer, Trouble> {
    let missing = || Trouble::new(Code::OfferMissing).in_field("offer");
    let taken = of(history).ok_or_else(missing)?;
    if taken.used {
        return Err(Trouble::new(Code::OfferUsed).in_field("offer"));
    }
    let rows = vault.rows(connection)?;
    let is_it = |row: &&vault::Row| row.label.purpose == PURPOSE && row.label.name == taken.nonce_mark;
    let row = rows.iter().find(is_it).ok_or_else(missing)?;
    let offer = Offer::parse(vault.get(&row.id)?.expose_secret())?;
    offer.check_time(now)?;
    Ok(offer)
}

/// The certificate that an offer brings, in PEM, where the product likes that best.
pub(crate) fn certificate(history: &History) -> Option<String> {
    let offer = history.offer.clone()?;
    (offer.accepts.first() == Some(&Accepts::PublicCert)).then_some(offer.certificate).flatten()
}

/// Refuses to seal what the product does not take.
pub(crate) fn may_carry(offer: &Offer, credential: &bundle::Credential) -> Result<(), Trouble> {
    let kind = match credential {
        // Without a credential nothing has to be accepted.
        bundle::Credential::None { cert_pem: None, .. } => return Ok(()),
        bundle::Credential::None { .. } => Accepts::PublicCert,
        bundle::Credential::Certificate { .. } => Accepts::Certificate,
        bundle::Credential::Secret { .. } => Accepts::Secret,
    };
    if offer.accepts.contains(&kind) { Ok(()) } else { Err(refuses(offer, kind)) }
}

fn is_for(guide: &Guide, offer: &Offer) -> Result<(), Trouble> {
    let names = [guide.id.to_lowercase(), guide.product.to_lowercase()];
    if names.contains(&offer.product.to_lowercase()) {
        return Ok(());
    }
    Err(Trouble::new(Code::OfferElsewhere)
        .with("name", &offer.product)
        .with("product", &guide.product)
        .in_field("offer"))
}

fn credential_of(action: &Action) -> Option<Accepts> {
    match action {
        Action::AddSecret { .. } => Some(Accepts::Secret),
        Action::AddCertificate { .. } => Some(Accepts::Certificate),
        Action::UploadCertificate { .. } => Some(Accepts::PublicCert),
        _ => None,
    }
}

fn refuses(offer: &Offer, kind: Accepts) -> Trouble {
    let name = |kind: &Accepts| json!(kind).as_str().unwrap_or_default().to_owned();
    let taken: Vec<String> = offer.accepts.iter().map(name).collect();
    Trouble::new(Code::OfferRefuses)
        .with("kind", name(&kind))
        .with("accepts", taken.join(", "))
        .in_field("offer")
}

/// What is kept of a nonce: enough to know it again.
pub(crate) fn nonce_mark(nonce: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, nonce.as_bytes());
    crate::plan::hex(digest.as_ref())
}

fn shown(offer: &Offer) -> TakenOffer {
    TakenOffer {
        install_id: offer.install_id.clone(),
        fingerprint: offer.key.fingerprint(),
        endpoint: offer.endpoint.clone(),
        accepts: offer.accepts.clone(),
        expires_at: offer.expires_at,
        certificate: offer.cert_request.clone(),
        tls_spki_s256: offer.tls_spki_s256.clone(),
        ssh_hostkey_s256: offer.ssh_hostkey_s256.clone(),
        nonce_mark: nonce_mark(&offer.nonce),
        used: false,
        ended: false,
    }
}
