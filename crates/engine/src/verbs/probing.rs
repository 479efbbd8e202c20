//! Looks at a public address as Microsoft's cloud would: name, connection, chain of certificates, dates, answer. What is
//! wrong is told with the device at which to look first. Reads only, and carries neither token nor secret.

use guide::{Action, Expected};
use probe::{
    Device, Expects, Fault, Finding, Fixed, Means, Patience, Place, Question, Report, Resolver, Roots, Step,
};
use serde_json::json;
use url::Url;

use super::answering::{optional, unanswered};
use crate::phrase::Phrase;
use crate::plan::{Found, Proof};
use crate::reach::{PretendServers, Reach};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

pub(super) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::ProbeAddress { address, expects, behind } = &site.step.action else {
        return Err(Trouble::defect("probe-address"));
    };
    let missing = unanswered(site, &[address]);
    if !missing.is_empty() {
        return Ok(Found::NeedsAnswers(missing));
    }
    let text = site.render(address)?;
    let behind = optional(site, behind.as_ref())?;
    let address = Url::parse(&text)
        .map_err(|_| Trouble::new(Code::AnswerInvalid).with("value", &text).in_field(address.source()))?;
    let expects = match expects {
        Expected::Answer => Expects::Answer,
        Expected::ValidationToken => Expects::ValidationToken,
    };
    let report = probe::probe(&Question { address, expects }, &means(site)?).await;
    match report.is_good() {
        true => Ok(Found::AsWanted(Proof {
            evidence: seen(&report),
            found: json!({ "address": text }),
            ..Proof::default()
        })),
        false => Err(trouble(&report, behind.as_deref())),
    }
}

/// The real internet; in a rehearsal its own server behind every name, and its own authority.
fn means(site: &Site<'_>) -> Result<Means, Trouble> {
    let real = Means::of_the_desk(site.now(), chance(site));
    let Reach::Pretend(servers) = &site.room.reach else { return Ok(real) };
    let PretendServers { web, public_roots, probe_patience, .. } = servers.as_ref();
    let patience = probe_patience.map_or(real.patience, |each| Patience {
        lookup: each,
        connection: each,
        handshake: each,
        answer: each,
    });
    let names = Fixed::default();
    let (names, roots) = match web {
        Some(web) => {
            let roots = Roots::given(public_roots).map_err(|_| Trouble::defect("public-roots"))?;
            (names.others(Place::public(*web)), roots)
        }
        None => (names, Roots::public()),
    };
    Ok(Means { resolver: Resolver::Fixed(names), roots, patience, ..real })
}

/// Sixteen bytes that make the validation token one that nobody has seen.
fn chance(site: &Site<'_>) -> [u8; 16] {
    let id = site.room.random.id();
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().enumerate() {
        let digits = id.get(2 * place..2 * place + 2).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
    }
    bytes
}

/// What was seen, and what may be wrong although the desk cannot tell.
fn seen(report: &Report) -> Vec<Phrase> {
    let mut phrases = vec![Phrase::new("seen.address").with("address", &report.address)];
    let of = |step: Step, phrase: Phrase| report.finding(step).map(|finding| with_values(phrase, finding));
    phrases.extend(of(Step::Name, Phrase::new("seen.address-name")));
    phrases.extend(of(Step::Chain, Phrase::new("seen.address-chain")));
    phrases.extend(of(Step::Dates, Phrase::new("seen.address-dates")));
    phrases.extend(of(Step::Answer, Phrase::new("seen.address-answer")));
    phrases.extend(of(Step::Echo, Phrase::new("seen.address-echo")));
    phrases.extend(report.warned().map(said));
    phrases
}

fn with_values(phrase: Phrase, finding: &Finding) -> Phrase {
    finding.seen.iter().fold(phrase, |phrase, (name, value)| phrase.with(name, value))
}

/// A fault in words.
fn said(fault: &Fault) -> Phrase {
    let phrase = Phrase::new(&format!("probe.{}", fault.code()));
    fault.values().into_iter().fold(phrase, |phrase, (name, value)| phrase.with(name, value))
}

fn trouble(report: &Report, behind: Option<&str>) -> Trouble {
    let mut trouble = Trouble::new(Code::AddressNotReady).with("address", &report.address);
    for fault in report.bad() {
        trouble = trouble.because(said(fault));
        let advice = device(fault.device(), behind);
        if !trouble.advice.contains(&advice) {
            trouble = trouble.advised(advice);
        }
    }
    trouble.in_field(report.address.to_string())
}

/// Where to look first; what ends TLS has a name where the guide knows it.
fn device(device: Device, behind: Option<&str>) -> Phrase {
    match (device, behind) {
        (Device::ReverseProxy, Some(name)) => Phrase::new("device.named").with("name", name),
        _ => Phrase::new(&format!("device.{}", device.code())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use guide::Language;

    use super::*;
    use crate::phrase::is_known;

    /// Every code of the probe, read from its own source, so that none is left without words.
    fn codes() -> Vec<String> {
        let source = include_str!("../../../probe/src/fault.rs");
        let echo = include_str!("../../../probe/src/echo.rs");
        let arms = |text: &str| -> Vec<String> {
            let code = text.split("fn code(").nth(1).unwrap();
            let code = code.split("pub ").next().unwrap();
            let quoted = code.split("=> \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
            quoted.collect()
        };
        [arms(source), arms(echo)].concat()
    }

    #[test]
    fn every_fault_and_every_device_has_its_words() {
        let codes = codes();
        assert!(codes.len() > 45, "the scan found almost nothing: {codes:?}");
        for code in codes {
            assert!(is_known(&format!("probe.{code}")), "probe.{code}");
        }
        for device in Device::ALL {
            assert!(is_known(&format!("device.{}", device.code())), "{device:?}");
        }
    }

    #[test]
    fn a_fault_names_the_device_that_the_guide_knows() {
        let fault = Fault::SelfSigned { subject: "CN=pbx".into() };
        let named = device(fault.device(), Some("the reverse proxy of the PBX"));
        assert!(named.in_language(Language::English).contains("reverse proxy of the PBX"));
        assert!(said(&fault).in_language(Language::German).contains("CN=pbx"));
        assert_eq!(device(Device::Dns, Some("x")).key, "device.dns");
    }
}
