//! The server's certificate: chain, host name and dates, three findings that do not hide each other.

use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use time::OffsetDateTime;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::chain;
use crate::fault::{Fault, listed, moment, told};
use crate::handshake::Secured;
use crate::means::Means;
use crate::report::{Report, Step};

/// How many names of a certificate are shown.
const MOST_NAMES: usize = 20;

/// Judges all three; none when one of them is bad.
pub(crate) fn judge(secured: &Secured, means: &Means, report: &mut Report) -> Option<()> {
    let unusable = |reason: &str| Some(Fault::Unusable { reason: told(reason, 200) });
    let Some(first) = secured.chain.first() else {
        return report.note(Step::Chain, unusable("the server sent no certificate"), Vec::new());
    };
    let own = match X509Certificate::from_der(first) {
        Ok((_, own)) => own,
        Err(error) => return report.note(Step::Chain, unusable(&error.to_string()), Vec::new()),
    };
    let parsed = match ParsedCertificate::try_from(first) {
        Ok(parsed) => parsed,
        Err(error) => return report.note(Step::Chain, unusable(&error.to_string()), Vec::new()),
    };
    let (not_before, not_after) = (begins(&own), ends(&own));

    // The chain is judged at a moment within the server's own certificate, so that its end hides nothing else.
    let at = means.now.clamp(not_before.min(not_after), not_after);
    let chain_fault = chain::fault(&secured.chain, &own, &parsed, means.roots.store(), at);
    let seen = vec![
        ("subject", subject(&own)),
        ("issuer", told(&own.issuer().to_string(), 200)),
        ("sent", secured.chain.len().to_string()),
    ];
    let chain = report.note(Step::Chain, chain_fault, seen);

    let names = names(&own);
    let named = verify_server_name(&parsed, &secured.host).is_ok();
    let host = secured.host.to_str().into_owned();
    let wrong = (!named).then(|| Fault::WrongName { host, names: names.clone() });
    let name = report.note(Step::HostName, wrong, vec![("names", listed(&names))]);

    let dates_fault = if means.now > not_after {
        Some(Fault::Expired { not_after })
    } else if means.now < not_before {
        Some(Fault::NotYetValid { not_before })
    } else {
        None
    };
    let seen = vec![("not-before", moment(not_before)), ("not-after", moment(not_after))];
    let dates = report.note(Step::Dates, dates_fault, seen);
    chain.and(name).and(dates)
}

pub(crate) fn subject(certificate: &X509Certificate<'_>) -> String {
    told(&certificate.subject().to_string(), 200)
}

pub(crate) fn begins(certificate: &X509Certificate<'_>) -> OffsetDateTime {
    certificate.validity().not_before.to_datetime()
}

pub(crate) fn ends(certificate: &X509Certificate<'_>) -> OffsetDateTime {
    certificate.validity().not_after.to_datetime()
}

/// The names that count: those of the extension, not the subject's common name.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(told(name, 100)),
        GeneralName::IPAddress(octets) => address(octets),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(text).take(MOST_NAMES).collect()
}

fn address(octets: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(octets).map(|octets| std::net::IpAddr::from(octets).to_string());
    four.ok().or_else(|| {
        <[u8; 16]>::try_from(octets).ok().map(|octets| std::net::IpAddr::from(octets).to_string())
    })
}
