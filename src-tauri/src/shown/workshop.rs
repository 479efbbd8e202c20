//! Draws what the workshop keeps. Public parts only; nothing here can open a key.

use engine::{
    KeptCertificate,
    certs::{Certificate, Chain, KeyKind, TABLE},
};
use time::OffsetDateTime;

use super::moment;
use crate::{
    told::either,
    view::{self, Ending, Language},
};

/// One key with its public part.
pub fn kept(one: &KeptCertificate, used_by: Vec<String>, now: OffsetDateTime) -> view::KeptCertificate {
    let subject = one.certificate().map(Certificate::subject);
    let subject = subject.or_else(|| one.request.as_ref().map(engine::certs::Request::subject));
    view::KeptCertificate {
        id: one.id.clone(),
        name: one.name.clone(),
        key: key_title(one.key).to_owned(),
        origin: match one.origin {
            engine::KeptOrigin::Made => view::KeptOrigin::Made,
            engine::KeptOrigin::Requested => view::KeptOrigin::Requested,
            engine::KeptOrigin::Imported => view::KeptOrigin::Imported,
        },
        made: moment(one.made_at),
        subject: subject.unwrap_or_default().to_owned(),
        used_by,
        requested: one.request.is_some(),
        certificate: one.chain.as_ref().and_then(|chain| face(chain, now)),
    }
}

fn face(chain: &Chain, now: OffsetDateTime) -> Option<view::CertificateFace> {
    let own = chain.certificates.first()?;
    let days = (own.not_after() - now).whole_days();
    let sha1 = own.thumbprints().sha1_colons();
    Some(view::CertificateFace {
        start: moment(own.not_before()),
        end: moment(own.not_after()),
        days_left: whole(days),
        standing: ending(Some(own.not_after()), now),
        serial: own.serial().to_owned(),
        other_names: own.other_names().to_vec(),
        usages: own.usages().iter().map(|usage| (*usage).to_owned()).collect(),
        for_entra: own.is_rsa(),
        short: format!("{}…{}", sha1.get(..8).unwrap_or_default(), sha1.get(57..).unwrap_or_default()),
        prints: prints(own),
        chain: chain.certificates.iter().map(link).collect(),
        missing: chain.missing.clone(),
    })
}

fn link(one: &Certificate) -> view::ChainLink {
    view::ChainLink {
        subject: one.subject().to_owned(),
        end: moment(one.not_after()),
        own: one.is_self_issued(),
    }
}

/// Every spelling of a thumbprint, as portals, Windows, Java and tokens write them.
pub fn prints(own: &Certificate) -> Vec<view::Print> {
    let prints = own.thumbprints();
    let spelled = [
        ("SHA-1", prints.sha1_hex()),
        ("SHA-1 :", prints.sha1_colons()),
        ("x5t", prints.x5t()),
        ("SHA-256", prints.sha256_hex()),
        ("SHA-256 :", prints.sha256_colons()),
        ("x5t#S256", prints.x5t_s256()),
        ("Key ID", own.key_id()),
    ];
    spelled.map(|(spelling, text)| view::Print { spelling: spelling.to_owned(), text }).to_vec()
}

/// How something with this end stands: within 14 days it is pressing.
pub fn ending(end: Option<OffsetDateTime>, now: OffsetDateTime) -> Ending {
    match engine::Standing::at(end, now) {
        engine::Standing::Fine => Ending::Fine,
        engine::Standing::Due(days) if days > 14 => Ending::Due,
        engine::Standing::Due(_) => Ending::Soon,
        engine::Standing::Expired => Ending::Expired,
    }
}

/// Days as JavaScript can hold them.
pub fn whole(days: i64) -> i32 {
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// Where files can be opened.
pub fn destinations() -> Vec<view::DestinationChoice> {
    let choice = |line: &engine::certs::Line| view::DestinationChoice {
        id: line.name.to_owned(),
        files: line.files.iter().map(|(_, ending)| format!(".{ending}")).collect(),
        carries_key: line.destination.carries_key(),
    };
    TABLE.iter().map(choice).collect()
}

/// The keys that can be made.
pub fn keys() -> Vec<view::KeyChoice> {
    let choice = |kind: KeyKind| view::KeyChoice {
        id: kind.name().to_owned(),
        title: key_title(kind).to_owned(),
        for_entra: kind.is_rsa(),
    };
    KeyKind::ALL.into_iter().map(choice).collect()
}

fn key_title(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa2048 => "RSA 2048",
        KeyKind::Rsa3072 => "RSA 3072",
        KeyKind::Rsa4096 => "RSA 4096",
        KeyKind::P256 => "ECDSA P-256",
        KeyKind::P384 => "ECDSA P-384",
    }
}

/// How a file is protected, in the admin's language; the names of algorithms are the same in both.
pub fn algorithms(text: &str, language: Language) -> String {
    let german = [
        ("not encrypted: public part only", "nicht verschlüsselt: nur der öffentliche Teil"),
        ("certificates:", "Zertifikate:"),
        ("key:", "Schlüssel:"),
        ("iterations", "Iterationen"),
    ];
    let word = |text: String, (from, to): &(&str, &str)| text.replace(from, either(language, from, to));
    german.iter().fold(text.to_owned(), word)
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn an_end_presses_within_14_days() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let at = |days: i64| ending(Some(now + Duration::days(days)), now);
        assert_eq!(
            [at(61), at(60), at(15), at(14), at(1), at(0)],
            [Ending::Fine, Ending::Due, Ending::Due, Ending::Soon, Ending::Soon, Ending::Expired]
        );
        assert_eq!(ending(None, now), Ending::Fine);
    }

    #[test]
    fn protection_is_told_in_german_too() {
        let text = "key: AES-256, 600000 iterations; certificates: AES-256; MAC: SHA-256";
        assert_eq!(algorithms(text, Language::En), text);
        assert_eq!(
            algorithms(text, Language::De),
            "Schlüssel: AES-256, 600000 Iterationen; Zertifikate: AES-256; MAC: SHA-256"
        );
    }
}
