//! The push: ask what is there, send the rest, and count the bundle as taken when its receipt was verified.
//!
//! Each push begins by asking, and after a lost answer it asks again, so that what has arrived is never sent twice.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName};
use time::OffsetDateTime;

use super::LARGEST_ANSWER;
use super::answer::Answer;
use super::client::{Broken, Client, Outgoing};
use super::contract;
use super::destination::Destination;
use super::error::{HttpsError, ReceiptFault};
use super::means::Means;
use super::parcel::Parcel;
use super::patience::Patience;
use super::preview::{Place, Preview};
use super::receipt::HttpsReceipt;
use super::trust::Trust;

/// How long to wait for a person at the product where the product does not say it, and at most.
const USUAL_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// One bundle for one product, with the addresses that were judged for it.
pub struct Delivery {
    destination: Destination,
    places: Vec<Place>,
    parcel: Parcel,
    client: Client,
    means: Means,
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The product opened the bundle, took it, and proved it.
    Taken(HttpsReceipt),
    /// The bundle is there, and a person at the product has to approve it. Ask again with [`Delivery::ask`].
    Waiting {
        /// When to ask again.
        again_in: Duration,
    },
}

/// Checks a receipt for the bundle that was sent, and tells when the product took it. The caller has the key for it.
pub type Verify<'a> = &'a (dyn Fn(&str) -> Result<OffsetDateTime, ReceiptFault> + Send + Sync);

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// How much is there?
    Head,
    /// The bytes from here on.
    Put(usize),
    /// The whole bundle, for a product that takes no parts.
    Post,
    /// What became of it?
    Get,
}

enum Next {
    Step(Step),
    /// The same again, in effect: ask, after the pause that the product wishes.
    Busy(Option<Duration>),
    Done(Pushed),
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Delivery").field("to", &self.destination.address.as_str()).finish_non_exhaustive()
    }
}

impl Delivery {
    /// Resolves the name, once, and judges every address behind it. Nothing is connected to.
    ///
    /// # Errors
    /// [`HttpsError`] for a name or an address that cannot be used.
    pub async fn prepare(
        destination: Destination,
        parcel: Parcel,
        means: Means,
    ) -> Result<Delivery, HttpsError> {
        let places = destination.places(&means).await?;
        let client = Client::new(&destination, &places)?;
        Ok(Delivery { destination, places, parcel, client, means })
    }

    /// What goes where.
    #[must_use]
    pub fn preview(&self) -> Preview {
        Preview::of(&self.destination, &self.places, &self.parcel)
    }

    /// Sends what is not there yet and waits for the product's word. Calling it again goes on where it stopped.
    ///
    /// # Errors
    /// [`HttpsError`]; a push may be repeated after any of them.
    pub async fn push(&self, verify: Verify<'_>) -> Result<Pushed, HttpsError> {
        self.walk(Step::Head, verify).await
    }

    /// Asks what became of a bundle that was pushed before. Sends it only where the product has lost it.
    ///
    /// # Errors
    /// As [`Delivery::push`].
    pub async fn ask(&self, verify: Verify<'_>) -> Result<Pushed, HttpsError> {
        self.walk(Step::Get, verify).await
    }

    async fn walk(&self, begin: Step, verify: Verify<'_>) -> Result<Pushed, HttpsError> {
        let (mut step, mut patience, mut plain) = (begin, Patience::default(), false);
        loop {
            let asking = if plain { Step::Get } else { Step::Head };
            let answered = match self.client.send(&*self.means.clock, self.outgoing(step)).await {
                // A gateway speaks for a product that it did not reach.
                Ok(answer) if matches!(answer.status, 502 | 504) => {
                    Err(Broken::Lost(format!("status {}", answer.status)))
                }
                other => other,
            };
            let host = self.client.host();
            let (next, ended) = match answered {
                Ok(answer) => match self.after(step, &answer, &mut plain, verify)? {
                    Next::Done(pushed) => return Ok(pushed),
                    Next::Busy(wish) => {
                        let pause =
                            patience.busy(wish).map_err(|seconds| HttpsError::Busy { host, seconds })?;
                        self.means.clock.sleep(pause).await;
                        step = asking;
                        continue;
                    }
                    Next::Step(next) => (next, None),
                },
                Err(Broken::Final(error)) => return Err(error),
                Err(Broken::Unreachable(reason)) => (step, Some(HttpsError::Unreachable { host, reason })),
                Err(Broken::Lost(reason)) => (asking, Some(HttpsError::Lost { host, reason })),
            };
            if let Step::Put(first) = next {
                patience.arrived(first);
            }
            // Going back to what was asked before is a round like a broken one, so that no server can lead in circles.
            let ended = match (&ended, step, next) {
                (None, Step::Put(_), Step::Put(_)) | (None, Step::Get, Step::Head) => {
                    let reason = "it contradicts itself about what has arrived".to_owned();
                    Some(HttpsError::Lost { host: self.client.host(), reason })
                }
                _ => ended,
            };
            if let Some(error) = ended {
                let pause = patience.broken().ok_or(error)?;
                self.means.clock.sleep(pause).await;
            }
            step = next;
        }
    }

    fn outgoing(&self, step: Step) -> Outgoing {
        let total = self.parcel.size();
        let address = &self.destination.address;
        let one = || address.below(self.parcel.jti());
        let jose = (CONTENT_TYPE, "application/jose".to_owned());
        let (method, url, headers, body) = match step {
            Step::Head => (Method::HEAD, one(), Vec::new(), None),
            Step::Get => (Method::GET, one(), Vec::new(), None),
            Step::Put(first) => {
                let range = (CONTENT_RANGE, format!("bytes {first}-{}/{total}", total - 1));
                (Method::PUT, one(), vec![jose, range], Some(self.parcel.rest(first)))
            }
            Step::Post => {
                let jti = (HeaderName::from_static("footbridge-jti"), self.parcel.jti().to_owned());
                (Method::POST, address.url().clone(), vec![jose, jti], Some(self.parcel.rest(0)))
            }
        };
        Outgoing { method, url, headers, body, limit: LARGEST_ANSWER }
    }

    /// What an answer leads to.
    fn after(
        &self,
        step: Step,
        answer: &Answer,
        plain: &mut bool,
        verify: Verify<'_>,
    ) -> Result<Next, HttpsError> {
        let (host, total) = (self.client.host(), self.parcel.size());
        let strange = || answer.strange(self.client.host());
        if !contract::knows(step.method(), answer.status) {
            return Err(strange());
        }
        let offset = answer.offset();
        // A product that takes whole bundles only has no such address or no such method.
        *plain |= matches!((step, answer.status), (Step::Head, 405) | (Step::Put(0), 404 | 405));
        let next = match (step, answer.status) {
            (_, 429 | 503) => Next::Busy(answer.retry_after(self.means.clock.now())),
            // More than was ever sent is somebody else's.
            (_, 200 | 409) if offset.is_some_and(|offset| offset > total) => {
                return Err(HttpsError::Conflict { host });
            }
            (Step::Head, 200) => Next::Step(onwards(offset.ok_or_else(strange)?, total)),
            (Step::Head, 404) => Next::Step(Step::Put(0)),
            (Step::Head, _) => Next::Step(Step::Get),
            (Step::Get, 404 | 405) if *plain => Next::Step(Step::Post),
            (Step::Get, 404) => Next::Step(Step::Head),
            (Step::Put(0), 404 | 405) => Next::Step(Step::Post),
            (_, 200) => Next::Done(Pushed::Taken(self.receipt(answer, verify)?)),
            (_, 202) if answer.says("state", "waiting") => Next::Done(self.waiting(answer)),
            (_, 400 | 403) if answer.says("error", "refused") => return Err(HttpsError::Refused { host }),
            (Step::Put(first), 409) => match offset.filter(|offset| *offset != first) {
                Some(offset) => Next::Step(onwards(offset, total)),
                None => return Err(HttpsError::Conflict { host }),
            },
            (_, 409) => return Err(HttpsError::Conflict { host }),
            (_, 411 | 413 | 415) => return Err(HttpsError::NotTaken { host, status: answer.status }),
            _ => return Err(strange()),
        };
        Ok(next)
    }

    fn waiting(&self, answer: &Answer) -> Pushed {
        let wish = answer.retry_after(self.means.clock.now()).unwrap_or(USUAL_WAIT);
        Pushed::Waiting { again_in: wish.clamp(Duration::from_secs(1), LONGEST_WAIT) }
    }

    fn receipt(&self, answer: &Answer, verify: Verify<'_>) -> Result<HttpsReceipt, HttpsError> {
        let text = std::str::from_utf8(&answer.body).ok().filter(|_| answer.is_json());
        let text = text.ok_or_else(|| answer.strange(self.client.host()))?;
        let taken_at =
            verify(text).map_err(|fault| HttpsError::Forged { host: self.client.host(), fault })?;
        Ok(HttpsReceipt {
            endpoint: self.destination.address.to_string(),
            connected: answer.from.map(|from| SocketAddr::new(from.ip().to_canonical(), from.port())),
            tls_spki_s256: self.client.key(),
            pinned: matches!(self.destination.trust, Trust::Pinned(_)),
            jti: self.parcel.jti().to_owned(),
            sha256: self.parcel.sha256(),
            bytes: self.parcel.size(),
            taken_at,
            at: self.means.clock.now(),
        })
    }
}

impl Step {
    const fn method(self) -> &'static str {
        match self {
            Step::Head => "HEAD",
            Step::Put(_) => "PUT",
            Step::Post => "POST",
            Step::Get => "GET",
        }
    }
}

/// What follows when so many bytes are there.
const fn onwards(offset: usize, total: usize) -> Step {
    if offset == total { Step::Get } else { Step::Put(offset) }
}
