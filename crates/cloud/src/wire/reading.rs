//! Reads an answer within its limits and sorts what can go wrong on the way.
//! The one question that matters: can the request have had an effect? Where that is open, the answer counts as lost.

use std::error::Error;

use reqwest::Response;
use rustls::CertificateError;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use zeroize::Zeroizing;

use super::tunnel::{Broken, broken};
use super::{Incoming, LARGEST_ANSWER, WireError};
use crate::network::Way;
use crate::text::scrub;

const FIRST_PIECE: usize = 16 * 1024;
/// A body beyond this gets all the room that a body may have: doubling on to it would leave as much behind once more.
const LAST_DOUBLED: usize = 1024 * 1024;

pub(super) async fn read(host: &str, mut response: Response) -> Result<Incoming, WireError> {
    let too_large = || WireError::TooLarge { host: host.to_owned() };
    let told = response.content_length().unwrap_or(FIRST_PIECE as u64);
    let expected = usize::try_from(told).ok().filter(|size| *size <= LARGEST_ANSWER).ok_or_else(too_large)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Zeroizing::new(Vec::with_capacity(expected));
    while let Some(piece) = response.chunk().await.map_err(|error| lost(host, &error))? {
        if body.len() + piece.len() > LARGEST_ANSWER {
            return Err(too_large());
        }
        append(&mut body, &piece);
    }
    Ok(Incoming { status, headers, body })
}

/// An HTTP date (RFC 9110 §5.6.7); a server that is not Microsoft's may tell anything.
pub(super) fn date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

/// Grows by moving into a larger wiped buffer, because a vector that grows by itself leaves its old bytes behind.
pub(super) fn append(body: &mut Zeroizing<Vec<u8>>, piece: &[u8]) {
    let needed = body.len() + piece.len();
    if needed > body.capacity() {
        let wanted = if needed > LAST_DOUBLED { LARGEST_ANSWER } else { body.capacity() * 2 };
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(wanted)));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(piece);
}

/// What breaks once the answer began: the request arrived.
fn lost(host: &str, error: &reqwest::Error) -> WireError {
    WireError::AnswerLost { host: host.to_owned(), reason: cause(error) }
}

pub(super) fn failure(
    host: &str,
    way: &Way,
    issuer: impl Fn() -> Option<String>,
    error: &reqwest::Error,
) -> WireError {
    let (host, reason) = (host.to_owned(), cause(error));
    if let Some(rustls::Error::InvalidCertificate(fault)) = carried(error) {
        let issuer = issuer().unwrap_or_default();
        return match fault {
            CertificateError::UnknownIssuer => {
                WireError::CertificateUntrusted { host, issuer, proxy: way.proxy().map(str::to_owned) }
            }
            fault => WireError::CertificateRefused { host, issuer, reason: scrub(&fault.to_string()) },
        };
    }
    if !(error.is_connect() || error.is_builder()) {
        return WireError::AnswerLost { host, reason };
    }
    let Some(proxy) = way.proxy().map(str::to_owned) else {
        return WireError::Unreachable { host, reason };
    };
    match broken(error) {
        Broken::Unreachable => WireError::ProxyUnreachable { proxy, reason },
        Broken::SignIn => WireError::ProxySignIn { proxy, signed_in: false },
        Broken::Refused => WireError::ProxyRefused { proxy, host },
        Broken::Dropped => WireError::ProxyDropped { proxy, host, reason },
    }
}

/// The TLS library's own error. An error of the system hides what it carries from `source`.
fn carried(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut inner: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = inner {
        if let Some(found) = cause.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        let held = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner = match held {
            Some(held) => Some(held),
            None => cause.source(),
        };
    }
    None
}

/// The innermost cause, which names no address.
pub(super) fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut inner: Option<&(dyn Error + 'static)> = error.source();
    let mut told = "the connection broke".to_owned();
    while let Some(cause) = inner {
        told = cause.to_string();
        inner = cause.source();
    }
    scrub(&told)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read_and_anything_else_is_none() {
        assert_eq!(date("Sat, 21 Nov 2026 10:00:30 GMT"), Some(datetime!(2026-11-21 10:00:30 UTC)));
        for text in ["", "2026-11-21T10:00:30Z", "Sat, 41 Nov 2026 10:00:30 GMT", "now"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_body_grows_piece_by_piece() {
        let mut body = Zeroizing::new(Vec::with_capacity(2));
        for piece in [b"abc".as_slice(), b"", b"defghijk"] {
            append(&mut body, piece);
        }
        assert_eq!(body.as_slice(), b"abcdefghijk");
    }
}
