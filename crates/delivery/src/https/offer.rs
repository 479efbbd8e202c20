//! An offer fetched from the address that a product shows. It is text that nobody has checked yet.

use reqwest::Method;

use super::client::{Broken, Client, Outgoing};
use super::destination::Destination;
use super::error::HttpsError;
use super::means::Means;

/// The largest offer that is read, in bytes.
pub const LARGEST_OFFER: usize = 16 * 1024;

/// What lay at the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedOffer {
    /// The offer's text, still to be parsed; its fingerprint is still to be compared.
    pub text: String,
    /// SHA-256 of the public key that the server showed, base64url, to be compared with the offer's `tls_spki_s256`.
    pub tls_spki_s256: Option<String>,
}

/// Fetches an offer, by the same rules of addresses and certificates as a push.
///
/// # Errors
/// [`HttpsError`] for an address that cannot be used, a server that is not the right one, and what is no text of at most
/// 16 KiB.
pub async fn fetch_offer(destination: &Destination, means: &Means) -> Result<FetchedOffer, HttpsError> {
    let places = destination.places(means).await?;
    let client = Client::new(destination, &places)?;
    let outgoing = Outgoing {
        method: Method::GET,
        url: destination.address.url().clone(),
        headers: Vec::new(),
        body: None,
        limit: LARGEST_OFFER,
    };
    let host = client.host();
    let answer = client.send(&*means.clock, outgoing).await.map_err(|broken| match broken {
        Broken::Final(error) => error,
        Broken::Unreachable(reason) | Broken::Lost(reason) => {
            HttpsError::Unreachable { host: host.clone(), reason }
        }
    })?;
    if answer.status != 200 {
        return Err(answer.strange(host));
    }
    let text = String::from_utf8(answer.body).map_err(|_| HttpsError::NotAnOffer { host: host.clone() })?;
    let odd = |sign: char| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t');
    let begins = text.trim_start().starts_with('{') || text.trim_start().starts_with("offer1:");
    match begins && !text.contains(odd) {
        true => Ok(FetchedOffer { text, tls_spki_s256: client.key() }),
        false => Err(HttpsError::NotAnOffer { host }),
    }
}
