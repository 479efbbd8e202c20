//! Tries a product's test end point with bundles that it has to refuse, and then with one that it has to take. Everything
//! that is sent says that it comes from a rehearsal; no tenant, no journal and no vault take part.

use std::time::Duration;

use bundle::trial::{Due, trials};
use bundle::{
    Accepts, Acknowledgement, App, BundleError, Credential, Offer, Payload, ReceiptKey, Settings, SigningKey,
    Tenant, Tool,
};
use delivery::https::{Destination, HttpsError, Means, Reply, Trying};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use time::OffsetDateTime;

/// How often a product is asked again that waits for a person, and how long at most in between.
const ASKED_AGAIN: (usize, Duration) = (60, Duration::from_secs(10));

/// Where the bundles go.
#[derive(Debug, Clone)]
pub struct SelfTestTarget {
    /// The offer of the test end point. It is used up.
    pub offer: Offer,
    /// The end point.
    pub address: String,
    /// Whether it may be this very machine.
    pub loopback: bool,
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// The offer is past its end, or the samples could not be sealed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The address cannot be used.
    #[error(transparent)]
    Https(#[from] HttpsError),
}

/// What a receiver has to do with a bundle of a self-test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Refuse it, at this step of the format page.
    Refused(u8),
    /// Take it, with a receipt that holds.
    Taken,
    /// Either: take it with the receipt of before, or refuse it.
    Either,
}

/// What a receiver did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It says that it took the bundle.
    Taken,
    /// It wants a person to agree, so every check of its own has passed.
    Asked,
    /// It refused, with this status.
    Refused(u16),
    /// It answered something that is neither.
    Strange(u16),
    /// It took the bundle, and its receipt does not hold.
    Unproven,
    /// No answer came.
    NoAnswer(String),
}

/// Whether that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Right,
    /// It was not.
    Wrong,
    /// It cannot be said: no usable answer, or the offer had been used up by a bundle that should not have been taken.
    Unclear,
}

/// One bundle that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Its name; the number of the step is in front.
    pub name: &'static str,
    /// What is the matter with it.
    pub what: &'static str,
    /// What was to be done.
    pub wanted: Wanted,
    /// What was done.
    pub happened: Happened,
    /// Whether that was right.
    pub verdict: Verdict,
}

/// Everything that was sent, in order.
#[derive(Debug, Clone, Default)]
pub struct SelfTest {
    /// One entry for each bundle.
    pub tried: Vec<Tried>,
}

impl SelfTest {
    /// How many there are with a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.tried.iter().filter(|one| one.verdict == verdict).count()
    }

    /// True where nothing wrong was taken, and the good one was, with a receipt that holds.
    pub fn is_good(&self) -> bool {
        let good = |one: &Tried| one.wanted == Wanted::Taken && one.verdict == Verdict::Right;
        self.count(Verdict::Wrong) == 0 && self.tried.iter().any(good)
    }
}

/// Tries an end point over HTTPS. `told` hears of each bundle as soon as its answer is there.
///
/// # Errors
/// [`SelfTestError`] where nothing was sent.
pub async fn self_test(
    target: &SelfTestTarget,
    means: Means,
    told: &mut (dyn FnMut(&Tried) + Send),
) -> Result<SelfTest, SelfTestError> {
    let now = means.clock.now();
    target.offer.check_time(now)?;
    let pin = target.offer.tls_spki_s256.as_deref();
    let mut destination = Destination::of_offer(&target.address, pin)?;
    destination.loopback = target.loopback;
    let end_point = Trying::prepare(destination, means).await?;
    Ok(carry_out(&target.offer, now, &end_point, told).await?)
}

/// What bundles are sent to.
trait EndPoint: Sync {
    fn send<'a>(&'a self, jti: &'a str, text: &'a str) -> BoxFuture<'a, Result<Reply, HttpsError>>;
    fn pause(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

impl EndPoint for Trying {
    fn send<'a>(&'a self, jti: &'a str, text: &'a str) -> BoxFuture<'a, Result<Reply, HttpsError>> {
        Box::pin(Trying::send(self, jti, text))
    }

    fn pause(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(Trying::pause(self, duration))
    }
}

async fn carry_out(
    offer: &Offer,
    now: OffsetDateTime,
    end_point: &dyn EndPoint,
    told: &mut (dyn FnMut(&Tried) + Send),
) -> Result<SelfTest, BundleError> {
    let mut round = Round { end_point, told, report: SelfTest::default() };
    for trial in trials(&sample(offer, now)?, &offer.key)? {
        // The good ones in an unusual spelling would use the nonce up.
        if let Due::Refused(step) = trial.due {
            let answered = end_point.send(&trial.jti, &trial.text).await;
            round.note(trial.name, trial.what, Wanted::Refused(step.number()), happened(answered, None));
        }
    }
    round.good_one_and_its_doubles(offer, now).await?;
    Ok(round.report)
}

/// One run with what it found so far.
struct Round<'a> {
    end_point: &'a dyn EndPoint,
    told: &'a mut (dyn FnMut(&Tried) + Send),
    report: SelfTest,
}

impl Round<'_> {
    fn note(&mut self, name: &'static str, what: &'static str, wanted: Wanted, happened: Happened) {
        let used_up = self.report.tried.iter().any(|one| matches!(one.happened, Happened::Taken));
        let verdict = match (wanted, &happened) {
            (Wanted::Refused(_), Happened::Taken | Happened::Asked | Happened::Unproven) => Verdict::Wrong,
            // Behind the good one the offer is meant to be used up.
            (Wanted::Refused(_), Happened::Refused(_)) if used_up && !self.has_taken_the_good_one() => {
                Verdict::Unclear
            }
            (Wanted::Refused(_) | Wanted::Either, Happened::Refused(_)) => Verdict::Right,
            (Wanted::Taken | Wanted::Either, Happened::Taken) => Verdict::Right,
            (Wanted::Taken, _) => Verdict::Wrong,
            (Wanted::Either, Happened::Unproven | Happened::Asked) => Verdict::Wrong,
            (_, Happened::Strange(_) | Happened::NoAnswer(_)) => Verdict::Unclear,
        };
        let tried = Tried { name, what, wanted, happened, verdict };
        (self.told)(&tried);
        self.report.tried.push(tried);
    }

    fn has_taken_the_good_one(&self) -> bool {
        self.report.tried.iter().any(|one| one.wanted == Wanted::Taken && one.verdict == Verdict::Right)
    }

    async fn good_one_and_its_doubles(
        &mut self,
        offer: &Offer,
        now: OffsetDateTime,
    ) -> Result<(), BundleError> {
        let signing = SigningKey::generate()?;
        let good = sample(offer, now)?;
        let sealed = bundle::seal_for_receipt(&good, &signing, &offer.key)?;
        let proof = Some((&sealed.receipt_key, good.jti.as_str()));
        let happened_first = self.until_agreed(&good.jti, &sealed.text, proof).await;
        self.note("00-good", "good in everything", Wanted::Taken, happened_first);
        if !self.has_taken_the_good_one() {
            return Ok(());
        }
        let again = happened(self.end_point.send(&good.jti, &sealed.text).await, proof);
        self.note("00-the-same-again", "the good one again, as after a lost answer", Wanted::Either, again);
        let other_bytes = bundle::seal(&good, &signing, &offer.key)?;
        let answered = happened(self.end_point.send(&good.jti, &other_bytes).await, None);
        let what = "other bytes under the jti of the good one";
        self.note("09-other-bytes-under-its-jti", what, Wanted::Refused(9), answered);
        let other = sample(offer, now)?;
        let other_text = bundle::seal(&other, &signing, &offer.key)?;
        let answered = happened(self.end_point.send(&other.jti, &other_text).await, None);
        let what = "another bundle under the nonce that the good one has used up";
        self.note("08-nonce-used-up", what, Wanted::Refused(8), answered);
        Ok(())
    }

    /// Asks again while the product waits for a person.
    async fn until_agreed(&self, jti: &str, text: &str, proof: Option<(&ReceiptKey, &str)>) -> Happened {
        let (mut left, longest) = ASKED_AGAIN;
        loop {
            let answered = self.end_point.send(jti, text).await;
            let wish = answered.as_ref().ok().and_then(|reply| reply.again_in).unwrap_or(longest);
            let happened = happened(answered, proof);
            if happened != Happened::Asked || left == 0 {
                return happened;
            }
            left -= 1;
            self.end_point.pause(wish.clamp(Duration::from_secs(1), longest)).await;
        }
    }
}

/// Reads an answer. With `proof`, a bundle counts as taken only where its receipt holds.
fn happened(answered: Result<Reply, HttpsError>, proof: Option<(&ReceiptKey, &str)>) -> Happened {
    let reply = match answered {
        Ok(reply) => reply,
        Err(error) => return Happened::NoAnswer(error.to_string()),
    };
    match (reply.status, proof) {
        (202, _) if reply.waiting => Happened::Asked,
        (200..=299, Some((key, jti))) => match Acknowledgement::verify(&reply.text, key, jti) {
            Ok(_) => Happened::Taken,
            Err(_) => Happened::Unproven,
        },
        (200..=299, None) => Happened::Taken,
        (404 | 405 | 408 | 429, _) => Happened::Strange(reply.status),
        (400..=499, _) => Happened::Refused(reply.status),
        _ => Happened::Strange(reply.status),
    }
}

/// What a self-test hands over: samples, of the kind that the offer likes best.
fn sample(offer: &Offer, now: OffsetDateTime) -> Result<Payload, BundleError> {
    let client_id = "11111111-2222-4333-8444-555555555555";
    let mut settings = Settings::new();
    settings.set("client-id", client_id);
    Ok(Payload {
        jti: bundle::new_jti()?,
        issued_at: now,
        nonce: Some(offer.nonce.clone()),
        product: offer.product.clone(),
        install_id: Some(offer.install_id.clone()),
        tool: Tool { name: "footbridge selftest".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        tenant: Tenant {
            id: "99999999-8888-4777-8666-555555555555".to_owned(),
            domain: "selftest.example.org".to_owned(),
            cloud: "global".to_owned(),
        },
        app: App {
            client_id: client_id.to_owned(),
            object_id: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee".to_owned(),
            uri: None,
        },
        credential: credential(offer, now),
        settings,
        fields: Vec::new(),
        permissions: Vec::new(),
        rehearsal: true,
    })
}

fn credential(offer: &Offer, now: OffsetDateTime) -> Credential {
    match (offer.accepts.contains(&Accepts::Secret), &offer.cert_request) {
        (true, _) => Credential::Secret {
            secret: SecretString::from("Sample~not.a.real-secret"),
            expires: now + time::Duration::days(180),
        },
        (false, brought) => {
            let brought = brought.as_deref().and_then(|pem| certs::Certificate::from_pem(pem).ok());
            Credential::None {
                cert_pem: brought.as_ref().map(certs::Certificate::pem),
                thumbprint_s256: brought.map(|certificate| certificate.thumbprints().x5t_s256()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
