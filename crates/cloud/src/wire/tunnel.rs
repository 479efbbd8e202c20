//! Where a way through a proxy broke off. The library keeps its error's type to itself, so its words are compared; the
//! tests of G-35 meet every one of them.

use std::error::Error;

/// What became of the way through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The proxy itself was not reached.
    Unreachable,
    /// It wants to know who asks.
    SignIn,
    /// It answered with a refusal.
    Refused,
    /// It was reached, and the connection broke.
    Dropped,
}

pub(super) fn broken(error: &reqwest::Error) -> Broken {
    let mut inner: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = inner {
        if let Some(told) = cause.to_string().strip_prefix("tunnel error: ") {
            return match told {
                "failed to create underlying connection" => Broken::Unreachable,
                "proxy authorization required" => Broken::SignIn,
                "unsuccessful" => Broken::Refused,
                _ => Broken::Dropped,
            };
        }
        inner = cause.source();
    }
    // In time means: before the proxy opened its way. Whether it was there at all is not known then.
    if error.is_timeout() { Broken::Unreachable } else { Broken::Dropped }
}
