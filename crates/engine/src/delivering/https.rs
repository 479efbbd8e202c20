//! The push over HTTPS (docs/receiver-api.md). The sealed bundle waits in the vault until its receipt has come, so that an
//! interrupted push goes on with the same bundle, and the product takes it once.

use std::sync::Arc;
use std::time::Duration;

use bundle::{Acknowledgement, AcknowledgementFault, ReceiptKey};
use delivery::https::{
    AddressClass, Clock, Delivery, Destination, HttpsError, HttpsReceipt, Means, Parcel, ReceiptFault,
    SystemResolver,
};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use vault::{Label, Row};

use crate::crash;
use crate::desk::Desk;
use crate::handing;
use crate::handing_over::Recipient;
use crate::machine_policy::Feature;
use crate::offers;
use crate::phrase::Phrase;
use crate::sealing::SealedStep;
use crate::trouble::{Code, Trouble};

/// The purpose under which a bundle waits for its receipt.
const PURPOSE: &str = "push";

/// What goes where, before anything is sent.
pub type PushPreview = delivery::https::Preview;

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The product opened the bundle, took it, and proved it.
    Taken(HttpsReceipt),
    /// It is there, and a person at the product has to approve it. Push again to ask.
    Waiting {
        /// When to ask again.
        again_in: Duration,
    },
}

/// A bundle that was sealed for an offer and has no receipt yet. The text is sealed; the key checks the receipt.
#[derive(Serialize, Deserialize)]
struct Waiting {
    text: String,
    jti: String,
    operation: String,
    values: String,
    signer: String,
    nonce_mark: String,
    receipt_key: String,
}

impl Desk {
    /// Fetches an offer from the https address that a product shows. It is text still to be seen and taken.
    ///
    /// # Errors
    /// An address that is not used, a server that cannot be reached or is not the right one, and what is no offer.
    pub async fn fetch_offer(&self, address: &str, this_computer: bool) -> Result<String, Trouble> {
        let mut destination = Destination::of_offer(address, None).map_err(|why| failed(&why))?;
        let stays_here = self.room.stays_here();
        destination.loopback = this_computer || stays_here;
        let host = destination.address.host();
        if stays_here && !is_this_computer(&host) {
            return Err(Trouble::new(Code::RehearsalStaysHere).with("name", address).in_field("offer"));
        }
        let fetched = delivery::https::fetch_offer(&destination, &self.means()).await;
        fetched.map(|offer| offer.text).map_err(|why| failed(&why))
    }

    /// Whether a bundle was sealed for the offer that was taken and its receipt has not come yet.
    ///
    /// # Errors
    /// Unknown connection or step.
    pub fn push_begun(&self, connection: &str, step: &str) -> Result<bool, Trouble> {
        let (guide, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let Some(offer) = offers::of(&history) else { return Ok(false) };
        let values = handing::digest(guide, &history, handing::named(found));
        Ok(self.waiting_rows(connection)?.iter().any(|row| is_of(row, step, &values, &offer.nonce_mark)))
    }

    /// Seals what a hand-over step names for the offer of its connection, and tells where it would go. Nothing is sent.
    /// The same values are sealed once: what was begun is gone on with.
    ///
    /// # Errors
    /// No offer that can be answered, an offer without an end point, missing values, an address that is not used, or a policy
    /// of this machine that allows no push.
    pub async fn push_preview(
        &self,
        connection: &str,
        step: &str,
        this_computer: bool,
    ) -> Result<PushPreview, Trouble> {
        let waiting = self.sealed_for_push(connection, step)?;
        Ok(self.line(connection, &waiting, this_computer).await?.preview())
    }

    /// Pushes it, or asks what became of it. Call it again after an interruption: the product takes the bundle once.
    ///
    /// # Errors
    /// As [`Desk::push_preview`], a product that cannot be reached or refuses, or a receipt that does not hold.
    pub async fn push(&self, connection: &str, step: &str, this_computer: bool) -> Result<Pushed, Trouble> {
        let waiting = self.sealed_for_push(connection, step)?;
        let line = self.line(connection, &waiting, this_computer).await?;
        let (_, found) = self.step(connection, step)?;
        let sealed = waiting.as_sealed();
        let preview = line.preview();
        self.intend(connection, found, &sealed, json!({ "endpoint": preview.endpoint, "jti": waiting.jti }))?;
        crash::place("push.before");
        let key = waiting.key()?;
        let verify = |text: &str| taken_at(text, &key, &waiting.jti);
        let pushed = line.push(&verify).await.map_err(|why| failed(&why))?;
        crash::place("push.taken");
        let receipt = match pushed {
            delivery::https::Pushed::Waiting { again_in } => return Ok(Pushed::Waiting { again_in }),
            delivery::https::Pushed::Taken(receipt) => receipt,
        };
        let evidence =
            Phrase::new("seen.pushed").with("endpoint", &receipt.endpoint).with("sha256", &receipt.sha256);
        self.settle_handed_over(connection, found, &sealed, "https", json!(receipt), evidence)?;
        for row in self.waiting_rows(connection)? {
            self.room.vault.delete(&row.id)?;
        }
        Ok(Pushed::Taken(receipt))
    }

    fn waiting_rows(&self, connection: &str) -> Result<Vec<Row>, Trouble> {
        let rows = self.room.vault.rows(connection)?;
        Ok(rows.into_iter().filter(|row| row.label.purpose == PURPOSE).collect())
    }

    /// What waits for this offer and these values, else a bundle that is sealed now.
    fn sealed_for_push(&self, connection: &str, step: &str) -> Result<Waiting, Trouble> {
        self.room.policy.permits(Feature::Push)?;
        let (guide, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let values = handing::digest(guide, &history, handing::named(found));
        let offer = offers::of(&history).ok_or_else(|| Trouble::new(Code::OfferMissing).in_field("offer"))?;
        let rows = self.waiting_rows(connection)?;
        if let Some(row) = rows.iter().find(|row| is_of(row, step, &values, &offer.nonce_mark)) {
            let text = self.room.vault.get(&row.id)?;
            return serde_json::from_str(text.expose_secret()).map_err(|_| Trouble::defect("push"));
        }
        let sealed = self.seal_step(connection, found, &Recipient::Offer)?;
        let waiting = Waiting::of(sealed)?;
        let label = Label {
            connection: connection.to_owned(),
            purpose: PURPOSE.to_owned(),
            name: step.to_owned(),
            details: json!({ "values": waiting.values, "nonce-mark": waiting.nonce_mark }),
        };
        let text = serde_json::to_string(&waiting).map_err(|_| Trouble::defect("push"))?;
        self.room.vault.put(&label, &SecretString::from(text), self.room.clock.now())?;
        for row in rows {
            self.room.vault.delete(&row.id)?;
        }
        Ok(waiting)
    }

    /// The line to the end point of the offer, with every address behind its name judged.
    async fn line(
        &self,
        connection: &str,
        waiting: &Waiting,
        this_computer: bool,
    ) -> Result<Delivery, Trouble> {
        let offer = offers::of(&*self.history(connection)?)
            .ok_or_else(|| Trouble::new(Code::OfferMissing).in_field("offer"))?;
        let endpoint = offer.endpoint.ok_or_else(|| Trouble::new(Code::OfferNoEndpoint).in_field("offer"))?;
        let destination = Destination::of_offer(&endpoint, offer.tls_spki_s256.as_deref());
        let mut destination = destination.map_err(|why| failed(&why))?;
        let stays_here = self.room.stays_here();
        destination.loopback = this_computer || stays_here;
        let parcel = Parcel::new(&waiting.jti, &waiting.text).map_err(|why| failed(&why))?;
        let line = Delivery::prepare(destination, parcel, self.means()).await.map_err(|why| failed(&why))?;
        let leaves = |place: &delivery::https::Place| place.class != AddressClass::Loopback;
        match stays_here && line.preview().places.iter().any(leaves) {
            true => Err(Trouble::new(Code::RehearsalStaysHere).with("name", endpoint).in_field("offer")),
            false => Ok(line),
        }
    }

    fn means(&self) -> Means {
        Means { clock: Arc::new(OutsideClock { desk: self.clone() }), resolver: Arc::new(SystemResolver) }
    }
}

/// Whether this row holds what waits for the receipt of just these values.
fn is_of(row: &Row, step: &str, values: &str, nonce_mark: &str) -> bool {
    let details = &row.label.details;
    row.label.name == step && details["values"] == values && details["nonce-mark"] == nonce_mark
}

/// Whether a host is written as this very computer; a name that only resolves to it is not.
fn is_this_computer(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Waiting {
    fn of(sealed: SealedStep) -> Result<Self, Trouble> {
        let (Some(key), Some(nonce_mark)) = (sealed.receipt_key, sealed.nonce_mark) else {
            return Err(Trouble::defect("push"));
        };
        Ok(Self {
            text: sealed.text,
            jti: sealed.jti,
            operation: sealed.operation,
            values: sealed.values,
            signer: sealed.signer,
            nonce_mark,
            receipt_key: key.to_text().expose_secret().to_owned(),
        })
    }

    fn key(&self) -> Result<ReceiptKey, Trouble> {
        ReceiptKey::from_text(&SecretString::from(self.receipt_key.as_str()))
            .ok_or_else(|| Trouble::defect("push"))
    }

    fn as_sealed(&self) -> SealedStep {
        SealedStep {
            text: self.text.clone(),
            jti: self.jti.clone(),
            operation: self.operation.clone(),
            values: self.values.clone(),
            signer: self.signer.clone(),
            receipt_key: None,
            nonce_mark: Some(self.nonce_mark.clone()),
            passphrase: None,
        }
    }
}

fn taken_at(text: &str, key: &ReceiptKey, jti: &str) -> Result<OffsetDateTime, ReceiptFault> {
    match Acknowledgement::verify(text, key, jti) {
        Ok(receipt) => Ok(receipt.taken_at),
        Err(AcknowledgementFault::Form) => Err(ReceiptFault::Form),
        Err(AcknowledgementFault::OtherBundle) => Err(ReceiptFault::OtherBundle),
        Err(AcknowledgementFault::Proof) => Err(ReceiptFault::Proof),
    }
}

fn failed(why: &HttpsError) -> Trouble {
    let code = match why {
        HttpsError::Refused { .. } => Code::DeliveryRefused,
        HttpsError::Forged { .. } => Code::ReceiptInvalid,
        _ => Code::DeliveryFailed,
    };
    Trouble::new(code).with("why", why).in_field("offer")
}

/// The time of what leaves; a network is waited for in real time, whatever a rehearsal's clock does.
struct OutsideClock {
    desk: Desk,
}

impl Clock for OutsideClock {
    fn now(&self) -> OffsetDateTime {
        self.desk.room.time_outside()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
