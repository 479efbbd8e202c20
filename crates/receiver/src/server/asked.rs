//! A request as this server reads it: which of the few things is asked, or the status that refuses it. Nothing of a body is
//! read here.

use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap};
use hyper::{Method, StatusCode, Uri};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// The whole text in one go.
    Post { path: String, jti: String, length: usize },
    /// The text or the rest of it, from `first` on.
    Put { path: String, jti: String, first: usize, total: usize },
    /// How much is here.
    Head { path: String, jti: String },
    /// How it stands.
    Get { path: String, jti: String },
}

impl Asked {
    /// The path of the endpoint.
    pub(super) fn path(&self) -> &str {
        match self {
            Asked::Post { path, .. }
            | Asked::Put { path, .. }
            | Asked::Head { path, .. }
            | Asked::Get { path, .. } => path,
        }
    }

    pub(super) fn read(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Asked, StatusCode> {
        if uri.query().is_some() {
            return Err(StatusCode::NOT_FOUND);
        }
        if method == Method::POST {
            let jti = headers.get("footbridge-jti").and_then(|value| value.to_str().ok());
            let jti = jti.filter(|jti| is_number(jti)).ok_or(StatusCode::BAD_REQUEST)?.to_owned();
            let length = body(headers)?;
            return Ok(Asked::Post { path: uri.path().to_owned(), jti, length });
        }
        let (path, jti) = uri.path().rsplit_once('/').ok_or(StatusCode::NOT_FOUND)?;
        if !is_number(jti) {
            return Err(StatusCode::NOT_FOUND);
        }
        let (path, jti) = (path.to_owned(), jti.to_owned());
        match *method {
            Method::HEAD => Ok(Asked::Head { path, jti }),
            Method::GET => Ok(Asked::Get { path, jti }),
            Method::PUT => {
                let length = body(headers)?;
                let (first, total) = range(headers, length)?;
                Ok(Asked::Put { path, jti, first, total })
            }
            _ => Err(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}

/// A bundle's number: base64url, as long as 128 bits need or somewhat longer.
fn is_number(jti: &str) -> bool {
    (1..=64).contains(&jti.len())
        && jti.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The length of the body, of the one type that is taken.
fn body(headers: &HeaderMap) -> Result<usize, StatusCode> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = text(CONTENT_LENGTH).ok_or(StatusCode::LENGTH_REQUIRED)?;
    let length: usize = length.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    if length > bundle::LARGEST_BUNDLE {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let kind = text(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/jose") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    Ok(length)
}

/// `Content-Range: bytes FIRST-LAST/TOTAL` (RFC 9110 §14.4), up to the end and as long as the body.
fn range(headers: &HeaderMap, length: usize) -> Result<(usize, usize), StatusCode> {
    let text = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let parts = text.and_then(|text| text.strip_prefix("bytes ")).and_then(|text| text.split_once('/'));
    let (place, total) = parts.ok_or(StatusCode::BAD_REQUEST)?;
    let (first, last) = place.split_once('-').ok_or(StatusCode::BAD_REQUEST)?;
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<usize>().map_err(|_| StatusCode::BAD_REQUEST),
        false => Err(StatusCode::BAD_REQUEST),
    };
    let (first, last, total) = (number(first)?, number(last)?, number(total)?);
    if total > bundle::LARGEST_BUNDLE {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let fits = first <= last && last.checked_add(1) == Some(total) && total - first == length;
    if fits { Ok((first, total)) } else { Err(StatusCode::BAD_REQUEST) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn put(range: &str, length: &str, kind: &str) -> Result<Asked, StatusCode> {
        let mut headers = HeaderMap::new();
        for (name, value) in [("content-range", range), ("content-length", length), ("content-type", kind)] {
            if !value.is_empty() {
                headers.insert(name, value.parse().unwrap());
            }
        }
        Asked::read(&Method::PUT, &"/in/abc-_9".parse().unwrap(), &headers)
    }

    #[test]
    fn a_range_reaches_to_the_end_and_is_as_long_as_the_body() {
        let good = Asked::Put { path: "/in".into(), jti: "abc-_9".into(), first: 3, total: 10 };
        assert_eq!(put("bytes 3-9/10", "7", "application/jose"), Ok(good));
        for range in [
            "",
            "bytes 3-9",
            "bytes 3-8/10",
            "bytes 3-10/10",
            "bytes 10-9/10",
            "bytes */10",
            "bytes 3-9/*",
            "items 3-9/10",
            "bytes +3-9/10",
            "bytes 99999999999999999999-9/10",
        ] {
            assert_eq!(put(range, "7", "application/jose"), Err(StatusCode::BAD_REQUEST), "{range}");
        }
        assert_eq!(put("bytes 3-9/10", "6", "application/jose"), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn length_size_and_type_have_their_own_refusals() {
        let jose = "application/jose";
        assert_eq!(put("bytes 0-9/10", "", jose), Err(StatusCode::LENGTH_REQUIRED));
        assert_eq!(put("bytes 0-262144/262145", "262145", jose), Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(put("bytes 262140-262144/262145", "5", jose), Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert!(put("bytes 0-262143/262144", "262144", "Application/JOSE; charset=x").is_ok());
        for kind in ["", "text/plain", "application/jose+json"] {
            assert_eq!(put("bytes 0-9/10", "10", kind), Err(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
    }

    #[test]
    fn only_numbers_and_known_methods_are_read() {
        let ask = |method: Method, uri: &str| Asked::read(&method, &uri.parse().unwrap(), &HeaderMap::new());
        assert!(ask(Method::GET, "/in/abc").is_ok());
        for uri in ["/in/", "/in/a.b", "/in/a?b=c", "/in/a%2e", &format!("/in/{}", "a".repeat(65))] {
            assert_eq!(ask(Method::GET, uri), Err(StatusCode::NOT_FOUND), "{uri}");
        }
        assert_eq!(ask(Method::DELETE, "/in/abc"), Err(StatusCode::METHOD_NOT_ALLOWED));
        assert_eq!(ask(Method::POST, "/in"), Err(StatusCode::BAD_REQUEST));
    }
}
