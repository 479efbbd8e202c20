//! Texts that nobody should take, sent as they are: what the self-test of a product's end point needs. No check of ours
//! stands before them, nothing is resumed, and the product's answer is told as it came.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName};

use super::LARGEST_ANSWER;
use super::answer::Answer;
use super::client::{Broken, Client, Outgoing};
use super::destination::Destination;
use super::error::HttpsError;
use super::means::Means;

/// How often a product may ask to be called later, and for how long at most.
const PATIENCE: (usize, Duration) = (5, Duration::from_secs(60));
/// Where a busy product does not say how long.
const USUAL_PAUSE: Duration = Duration::from_secs(5);

/// An end point that is tried, with the addresses that were judged for it.
pub struct Trying {
    destination: Destination,
    client: Client,
    means: Means,
}

/// What a product answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// True where it says that a person has to approve the bundle first.
    pub waiting: bool,
    /// When it wants to be asked again.
    pub again_in: Option<Duration>,
    /// The body; what is no UTF-8 is replaced. It is untrusted.
    pub text: String,
}

impl std::fmt::Debug for Trying {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Trying").field("to", &self.destination.address.as_str()).finish_non_exhaustive()
    }
}

impl Trying {
    /// Resolves the name, once, and judges every address behind it, by the rules of a push.
    ///
    /// # Errors
    /// [`HttpsError`] for a name or an address that cannot be used.
    pub async fn prepare(destination: Destination, means: Means) -> Result<Trying, HttpsError> {
        let places = destination.places(&means).await?;
        let client = Client::new(&destination, &places)?;
        Ok(Trying { destination, client, means })
    }

    /// Sends a text under a bundle's id: by POST, or by PUT where the product knows no POST.
    ///
    /// # Errors
    /// [`HttpsError`] where no answer came, or the server is not the right one.
    pub async fn send(&self, jti: &str, text: &str) -> Result<Reply, HttpsError> {
        let answer = self.patiently(|| self.post(jti, text)).await?;
        let answer = match answer.status {
            404 | 405 | 501 => self.patiently(|| self.put(jti, text)).await?,
            _ => answer,
        };
        Ok(Reply {
            status: answer.status,
            waiting: answer.status == 202 && answer.says("state", "waiting"),
            again_in: answer.retry_after(self.means.clock.now()),
            text: String::from_utf8_lossy(&answer.body).into_owned(),
        })
    }

    /// Waits, by the clock of the means.
    pub async fn pause(&self, duration: Duration) {
        self.means.clock.sleep(duration).await;
    }

    async fn patiently(&self, outgoing: impl Fn() -> Outgoing) -> Result<Answer, HttpsError> {
        let (mut left, longest) = PATIENCE;
        loop {
            let host = || self.client.host();
            let answer =
                self.client.send(&*self.means.clock, outgoing()).await.map_err(|broken| match broken {
                    Broken::Final(error) => error,
                    Broken::Unreachable(reason) => HttpsError::Unreachable { host: host(), reason },
                    Broken::Lost(reason) => HttpsError::Lost { host: host(), reason },
                })?;
            if !matches!(answer.status, 429 | 503) || left == 0 {
                return Ok(answer);
            }
            left -= 1;
            let wish = answer.retry_after(self.means.clock.now()).unwrap_or(USUAL_PAUSE);
            self.pause(wish.clamp(Duration::from_secs(1), longest)).await;
        }
    }

    fn post(&self, jti: &str, text: &str) -> Outgoing {
        let jti = (HeaderName::from_static("footbridge-jti"), jti.to_owned());
        self.outgoing(Method::POST, self.destination.address.url().clone(), jti, text)
    }

    fn put(&self, jti: &str, text: &str) -> Outgoing {
        // An empty text has no last byte; what it says instead is refused by whoever reads it.
        let range = format!("bytes 0-{}/{}", text.len().saturating_sub(1), text.len());
        self.outgoing(Method::PUT, self.destination.address.below(jti), (CONTENT_RANGE, range), text)
    }

    fn outgoing(&self, method: Method, url: url::Url, header: (HeaderName, String), text: &str) -> Outgoing {
        let headers = vec![(CONTENT_TYPE, "application/jose".to_owned()), header];
        Outgoing { method, url, headers, body: Some(text.as_bytes().to_vec()), limit: LARGEST_ANSWER }
    }
}
