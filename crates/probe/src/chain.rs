//! Whether the chain leads to a root that counts. The verdict is webpki's; ours is only to tell apart why not.

use std::time::Duration;

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;
use x509_parser::der_parser::{Oid, oid};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::certificate::{begins, ends, subject};
use crate::fault::{Fault, told};
use crate::handshake::provider;

/// Timestamps of public logs inside a certificate (RFC 6962, 3.3): only public authorities can have them.
const PUBLIC_LOGS: Oid<'static> = oid!(1.3.6.1.4.1.11129.2.4.2);
/// Where the issuer's certificate can be fetched (RFC 5280, 4.2.2.1).
const ISSUER_AT: Oid<'static> = oid!(1.3.6.1.5.5.7.48.2);

/// Words in the names of authorities that products make which inspect encrypted traffic on its way out of a company.
const INSPECTORS: &[&str] = &[
    "avast",
    "barracuda",
    "bitdefender",
    "blue coat",
    "check point",
    "cisco umbrella",
    "eset ssl filter",
    "forcepoint",
    "fortinet",
    "kaspersky",
    "mitmproxy",
    "netskope",
    "palo alto",
    "skyhigh",
    "sophos",
    "squid",
    "trend micro",
    "watchguard",
    "web gateway",
    "zscaler",
];

/// What is wrong with the chain at this moment.
pub(crate) fn fault(
    chain: &[CertificateDer<'_>],
    own: &X509Certificate<'_>,
    parsed: &ParsedCertificate<'_>,
    roots: &RootCertStore,
    at: OffsetDateTime,
) -> Option<Fault> {
    let moment = UnixTime::since_unix_epoch(Duration::from_secs(at.unix_timestamp().max(0).unsigned_abs()));
    let algorithms = provider().signature_verification_algorithms.all;
    let sent = chain.get(1..).unwrap_or_default();
    let refused = verify_server_cert_signed_by_trust_anchor(parsed, roots, sent, moment, algorithms).err()?;
    let issuers: Vec<X509Certificate<'_>> =
        sent.iter().filter_map(|der| X509Certificate::from_der(der).ok()).map(|(_, parsed)| parsed).collect();
    Some(told_apart(&refused, own, &issuers, at))
}

fn told_apart(
    refused: &rustls::Error,
    own: &X509Certificate<'_>,
    issuers: &[X509Certificate<'_>],
    at: OffsetDateTime,
) -> Fault {
    if vouches_for_itself(own) {
        return Fault::SelfSigned { subject: subject(own) };
    }
    let unusable = || Fault::Unusable { reason: told(&refused.to_string(), 200) };
    let rustls::Error::InvalidCertificate(reason) = refused else { return unusable() };
    match reason {
        CertificateError::UnknownIssuer => gap(own, issuers),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Fault::NotForServers
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            let late = issuers.iter().find(|issuer| at < begins(issuer) || at > ends(issuer));
            late.map_or_else(unusable, |issuer| Fault::IssuerOutOfDate {
                subject: subject(issuer),
                not_before: begins(issuer),
                not_after: ends(issuer),
            })
        }
        _ => unusable(),
    }
}

/// Where a chain without a known root breaks off.
///
/// The way goes up as long as an issuer was sent. A last one that vouches for itself is a private authority's root.
/// Otherwise a certificate is missing or the authority above is private; the timestamps of public logs tell for
/// certain, and where nothing at all was sent above the server's own, an address of the issuer's certificate makes a
/// forgotten one likelier.
fn gap(own: &X509Certificate<'_>, issuers: &[X509Certificate<'_>]) -> Fault {
    let mut top = own;
    // Each step uses up one certificate at most, so that a ring of issuers ends.
    for _ in 0..issuers.len() {
        let above = issuers.iter().find(|issuer| issuer.subject().as_raw() == top.issuer().as_raw());
        match above {
            Some(above) if !vouches_for_itself(top) => top = above,
            _ => break,
        }
    }
    let alone = std::ptr::eq(top, own);
    if !vouches_for_itself(top) && (logged_publicly(own) || (alone && names_issuer_address(own))) {
        let issuer = told(&top.issuer().to_string(), 200);
        return Fault::MissingIntermediate { subject: subject(top), issuer };
    }
    let authority = told(&top.issuer().to_string(), 200);
    let plain = format!("{} {authority}", own.issuer()).to_lowercase();
    let inspection = INSPECTORS.iter().any(|word| plain.contains(word));
    Fault::NotPublic { authority, inspection }
}

fn vouches_for_itself(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

fn logged_publicly(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| extension.oid == PUBLIC_LOGS)
}

fn names_issuer_address(certificate: &X509Certificate<'_>) -> bool {
    let accesses =
        certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => Some(&access.accessdescs),
            _ => None,
        });
    accesses.flatten().any(|access| {
        let web = matches!(&access.access_location, GeneralName::URI(address) if address.starts_with("http"));
        access.access_method == ISSUER_AT && web
    })
}

/// A chain of the real internet, as letsencrypt.org sent it in the summer of 2026: server, two intermediates.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::roots::Roots;

    const SENT: [&[u8]; 3] = [
        include_bytes!("../tests/recorded/letsencrypt-org-1.der"),
        include_bytes!("../tests/recorded/letsencrypt-org-2.der"),
        include_bytes!("../tests/recorded/letsencrypt-org-3.der"),
    ];

    fn judged(sent: &[&[u8]], roots: &Roots) -> Option<Fault> {
        let chain: Vec<CertificateDer<'_>> = sent.iter().map(|der| CertificateDer::from(*der)).collect();
        let (_, own) = X509Certificate::from_der(&chain[0]).unwrap();
        let parsed = ParsedCertificate::try_from(&chain[0]).unwrap();
        fault(&chain, &own, &parsed, roots.store(), ends(&own) - Duration::from_secs(3600))
    }

    #[test]
    fn a_public_chain_is_good_by_the_public_roots_alone() {
        assert_eq!(judged(&SENT, &Roots::public()), None);
        assert_eq!(judged(&[SENT[0], SENT[2], SENT[1]], &Roots::public()), None);
        let other = rcgen::generate_simple_self_signed(vec!["other.example".into()]).unwrap();
        let other = Roots::given(&other.cert.pem()).unwrap();
        assert_eq!(judged(&SENT, &other).unwrap().code(), "missing-intermediate");
    }

    #[test]
    fn a_forgotten_certificate_is_told_with_the_one_that_is_missing() {
        let missing = |sent: &[&[u8]]| match judged(sent, &Roots::public()) {
            Some(Fault::MissingIntermediate { issuer, .. }) => issuer,
            other => panic!("{other:?}"),
        };
        assert_eq!(missing(&SENT[..1]), "C=US, O=Let's Encrypt, CN=YE2");
        assert_eq!(missing(&SENT[..2]), "C=US, O=ISRG, CN=Root YE");
        assert_eq!(missing(&[SENT[0], SENT[2]]), "C=US, O=Let's Encrypt, CN=YE2");
    }

    #[test]
    fn one_flipped_bit_makes_it_unusable() {
        let mut altered = SENT[0].to_vec();
        *altered.last_mut().unwrap() ^= 1;
        let fault = judged(&[&altered, SENT[1], SENT[2]], &Roots::public()).unwrap();
        assert_eq!(fault.code(), "certificate-unusable");
    }
}
