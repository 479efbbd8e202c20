//! What can be wrong with an address: a closed list with stable codes, each with the values that its sentence needs.
//!
//! The sentences for people are written elsewhere; [`std::fmt::Display`] is for developers.

use std::net::IpAddr;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::device::Device;
use crate::echo::Echo;

/// One thing that is wrong. Texts in it that came from a server are cut and hold no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are named by `values`
pub enum Fault {
    /// The scheme is not https; Microsoft calls nothing else.
    NotHttps { scheme: String },
    /// The address names no host.
    NoHost,
    /// The address holds a user name or a password.
    HoldsUser,
    /// The address holds a fragment, which no server ever sees.
    HoldsFragment,
    /// The host is no name that DNS and certificates know.
    HostMalformed { host: String },
    /// The name has no address, or the lookup failed.
    NameNotFound { host: String, reason: String },
    /// The lookup did not end.
    LookupTimedOut { host: String, seconds: u64 },
    /// All addresses are of inside networks. A warning for a name, since a company's DNS may tell inside addresses to
    /// its own desks; bad where the address itself is one.
    InsideOnly { host: String, addresses: Vec<IpAddr> },
    /// The addresses are of this machine, its link or nothing; they are never connected to.
    NeverReachable { host: String, addresses: Vec<IpAddr> },
    /// The connection was refused: nothing listens there.
    ConnectionRefused { address: String },
    /// Nothing answered the connection.
    ConnectionTimedOut { address: String, seconds: u64 },
    /// A router, or the desk, knows no way.
    Unreachable { address: String, reason: String },
    /// The desk has no network for it.
    NoNetwork { address: String, reason: String },
    /// The port speaks plain HTTP.
    PlainHttp { address: String },
    /// The server accepted the connection and never spoke.
    HandshakeTimedOut { address: String, seconds: u64 },
    /// The server speaks no TLS 1.2 or 1.3.
    TlsTooOld,
    /// The server refused with an alert, such as for an unknown name or for want of a client certificate.
    TlsRefused { alert: String },
    /// The server ended the connection in the handshake.
    TlsClosed,
    /// What came was no TLS, or broken.
    TlsBroken { reason: String },
    /// The server sent a certificate that vouches for itself.
    SelfSigned { subject: String },
    /// The server did not send the certificate between its own and a public root.
    MissingIntermediate { subject: String, issuer: String },
    /// The chain ends at an authority that is not public.
    NotPublic { authority: String, inspection: bool },
    /// An authority's certificate in the chain is past its end, or before its beginning.
    IssuerOutOfDate { subject: String, not_before: OffsetDateTime, not_after: OffsetDateTime },
    /// The certificate was not made for servers.
    NotForServers,
    /// The certificate cannot be used for another reason.
    Unusable { reason: String },
    /// The certificate does not name the host.
    WrongName { host: String, names: Vec<String> },
    /// The certificate is past its end.
    Expired { not_after: OffsetDateTime },
    /// The certificate is before its beginning.
    NotYetValid { not_before: OffsetDateTime },
    /// The server sends elsewhere. Nobody follows: neither this probe nor Microsoft.
    Redirect { status: u16, target: String },
    /// The path is unknown there (404, 410).
    PathUnknown { status: u16 },
    /// The server asks for a sign-in, or forbids (401, 403, 407).
    SignInAsked { status: u16 },
    /// A proxy answered that what is behind it does not (502, 503, 504).
    BehindSilent { status: u16 },
    /// Another status than the one that is needed.
    OtherStatus { status: u16 },
    /// No whole answer in time.
    AnswerTimedOut { seconds: u64 },
    /// The connection ended, or what came was no HTTP.
    AnswerBroken { reason: String },
    /// The answer is longer than any right one.
    AnswerTooLong { most: usize },
    /// The token is right and its type is not `text/plain`.
    WrongContentType { content_type: String },
    /// Something else than the decoded token came back.
    WrongEcho { echo: Echo, content_type: String, begins: String },
}

/// One value for a sentence: its name and its text.
pub type Value = (&'static str, String);

impl Fault {
    /// The stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Fault::NotHttps { .. } => "address-not-https",
            Fault::NoHost => "address-without-host",
            Fault::HoldsUser => "address-holds-user",
            Fault::HoldsFragment => "address-holds-fragment",
            Fault::HostMalformed { .. } => "address-host-malformed",
            Fault::NameNotFound { .. } => "name-not-found",
            Fault::LookupTimedOut { .. } => "lookup-timed-out",
            Fault::InsideOnly { .. } => "inside-only",
            Fault::NeverReachable { .. } => "never-reachable",
            Fault::ConnectionRefused { .. } => "connection-refused",
            Fault::ConnectionTimedOut { .. } => "connection-timed-out",
            Fault::Unreachable { .. } => "unreachable",
            Fault::NoNetwork { .. } => "no-network",
            Fault::PlainHttp { .. } => "plain-http",
            Fault::HandshakeTimedOut { .. } => "handshake-timed-out",
            Fault::TlsTooOld => "tls-too-old",
            Fault::TlsRefused { .. } => "tls-refused",
            Fault::TlsClosed => "tls-closed",
            Fault::TlsBroken { .. } => "tls-broken",
            Fault::SelfSigned { .. } => "self-signed",
            Fault::MissingIntermediate { .. } => "missing-intermediate",
            Fault::NotPublic { inspection: false, .. } => "not-public",
            Fault::NotPublic { inspection: true, .. } => "inspected",
            Fault::IssuerOutOfDate { .. } => "issuer-out-of-date",
            Fault::NotForServers => "not-for-servers",
            Fault::Unusable { .. } => "certificate-unusable",
            Fault::WrongName { .. } => "wrong-name",
            Fault::Expired { .. } => "expired",
            Fault::NotYetValid { .. } => "not-yet-valid",
            Fault::Redirect { .. } => "redirect",
            Fault::PathUnknown { .. } => "path-unknown",
            Fault::SignInAsked { .. } => "sign-in-asked",
            Fault::BehindSilent { .. } => "behind-silent",
            Fault::OtherStatus { .. } => "other-status",
            Fault::AnswerTimedOut { .. } => "answer-timed-out",
            Fault::AnswerBroken { .. } => "answer-broken",
            Fault::AnswerTooLong { .. } => "answer-too-long",
            Fault::WrongContentType { .. } => "wrong-content-type",
            Fault::WrongEcho { echo, .. } => echo.code(),
        }
    }

    /// Where to look first.
    #[must_use]
    pub const fn device(&self) -> Device {
        match self {
            Fault::NotHttps { .. }
            | Fault::NoHost
            | Fault::HoldsUser
            | Fault::HoldsFragment
            | Fault::HostMalformed { .. } => Device::Address,
            Fault::NameNotFound { .. } | Fault::LookupTimedOut { .. } => Device::Dns,
            Fault::InsideOnly { .. } | Fault::NeverReachable { .. } => Device::Dns,
            Fault::ConnectionTimedOut { .. } | Fault::Unreachable { .. } => Device::Firewall,
            // A firewall that forwards to a silent machine accepts, and then nothing comes.
            Fault::HandshakeTimedOut { .. } => Device::Firewall,
            Fault::NoNetwork { .. } | Fault::NotPublic { inspection: true, .. } => Device::Desk,
            Fault::ConnectionRefused { .. } | Fault::PlainHttp { .. } => Device::ReverseProxy,
            Fault::TlsTooOld
            | Fault::TlsRefused { .. }
            | Fault::TlsClosed
            | Fault::TlsBroken { .. }
            | Fault::SelfSigned { .. }
            | Fault::MissingIntermediate { .. }
            | Fault::NotPublic { .. }
            | Fault::IssuerOutOfDate { .. }
            | Fault::NotForServers
            | Fault::Unusable { .. }
            | Fault::WrongName { .. }
            | Fault::Expired { .. }
            | Fault::NotYetValid { .. } => Device::ReverseProxy,
            Fault::Redirect { .. } | Fault::SignInAsked { .. } | Fault::AnswerBroken { .. } => {
                Device::ReverseProxy
            }
            Fault::PathUnknown { .. }
            | Fault::BehindSilent { .. }
            | Fault::OtherStatus { .. }
            | Fault::AnswerTimedOut { .. }
            | Fault::AnswerTooLong { .. }
            | Fault::WrongContentType { .. } => Device::AppPlatform,
            Fault::WrongEcho { echo, .. } => echo.device(),
        }
    }

    /// The values for its sentence, by name; moments in RFC 3339, lists separated by a comma and a blank.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        match self {
            Fault::NoHost | Fault::HoldsUser | Fault::HoldsFragment => Vec::new(),
            Fault::TlsTooOld | Fault::TlsClosed | Fault::NotForServers => Vec::new(),
            Fault::NotHttps { scheme } => vec![("scheme", scheme.clone())],
            Fault::HostMalformed { host } => vec![("host", host.clone())],
            Fault::NameNotFound { host, reason } => {
                vec![("host", host.clone()), ("reason", reason.clone())]
            }
            Fault::LookupTimedOut { host, seconds } => {
                vec![("host", host.clone()), ("seconds", seconds.to_string())]
            }
            Fault::InsideOnly { host, addresses } | Fault::NeverReachable { host, addresses } => {
                vec![("host", host.clone()), ("addresses", listed(addresses))]
            }
            Fault::ConnectionRefused { address } | Fault::PlainHttp { address } => {
                vec![("address", address.clone())]
            }
            Fault::ConnectionTimedOut { address, seconds }
            | Fault::HandshakeTimedOut { address, seconds } => {
                vec![("address", address.clone()), ("seconds", seconds.to_string())]
            }
            Fault::Unreachable { address, reason } | Fault::NoNetwork { address, reason } => {
                vec![("address", address.clone()), ("reason", reason.clone())]
            }
            Fault::TlsRefused { alert } => vec![("alert", alert.clone())],
            Fault::TlsBroken { reason } | Fault::Unusable { reason } | Fault::AnswerBroken { reason } => {
                vec![("reason", reason.clone())]
            }
            Fault::SelfSigned { subject } => vec![("subject", subject.clone())],
            Fault::MissingIntermediate { subject, issuer } => {
                vec![("subject", subject.clone()), ("issuer", issuer.clone())]
            }
            Fault::NotPublic { authority, .. } => vec![("authority", authority.clone())],
            Fault::IssuerOutOfDate { subject, not_before, not_after } => vec![
                ("subject", subject.clone()),
                ("not-before", moment(*not_before)),
                ("not-after", moment(*not_after)),
            ],
            Fault::WrongName { host, names } => vec![("host", host.clone()), ("names", names.join(", "))],
            Fault::Expired { not_after } => vec![("not-after", moment(*not_after))],
            Fault::NotYetValid { not_before } => vec![("not-before", moment(*not_before))],
            Fault::Redirect { status, target } => {
                vec![("status", status.to_string()), ("target", target.clone())]
            }
            Fault::PathUnknown { status }
            | Fault::SignInAsked { status }
            | Fault::BehindSilent { status }
            | Fault::OtherStatus { status } => vec![("status", status.to_string())],
            Fault::AnswerTimedOut { seconds } => vec![("seconds", seconds.to_string())],
            Fault::AnswerTooLong { most } => vec![("most", most.to_string())],
            Fault::WrongContentType { content_type } => vec![("content-type", content_type.clone())],
            Fault::WrongEcho { content_type, begins, .. } => {
                vec![("content-type", content_type.clone()), ("begins", begins.clone())]
            }
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, form: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        form.write_str(self.code())?;
        self.values().iter().try_for_each(|(name, text)| write!(form, " {name}={text:?}"))
    }
}

pub(crate) fn listed<T: ToString>(many: &[T]) -> String {
    many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

pub(crate) fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// A text of a stranger for a person: cut, on one line, and with nothing that steers a screen or turns its direction.
pub(crate) fn told(text: &str, most: usize) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if steers(c) { ' ' } else { c }).take(most).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_is_cut_and_steers_nothing() {
        assert_eq!(told("a\u{1b}[31m\nb\u{202e}c", 99), "a [31m b c");
        assert_eq!(told("abcdef", 3), "abc");
    }

    #[test]
    fn a_fault_tells_its_code_and_its_values() {
        let fault = Fault::Expired { not_after: OffsetDateTime::UNIX_EPOCH };
        assert_eq!(fault.to_string(), "expired not-after=\"1970-01-01T00:00:00Z\"");
        assert_eq!(Fault::NotPublic { authority: "x".into(), inspection: true }.device(), Device::Desk);
    }
}
