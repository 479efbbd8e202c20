//! Whether an Axigen server has the feature, and for which account types: asked at its command line, where no sign-in is
//! needed, or typed by a person. Reads only.

use delivery::axigen::Version;
use guide::{Action, Audience};
use serde_json::json;

use super::answering::unanswered;
use super::axigen::{Terms, audience, refused, version};
use crate::phrase::Phrase;
use crate::plan::{Found, Proof};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

pub(super) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::AxigenVersion { way, typed, .. } = &site.step.action else {
        return Err(Trouble::defect("axigen-version"));
    };
    let terms = Terms::of(site, &site.step.id)?;
    let mut missing = unanswered(site, &[way, terms.account_type]);
    let is_asked = missing.is_empty() && site.render(way)?.trim() == "command-line";
    let text = site.answer_text(typed).filter(|text| !text.trim().is_empty());
    match is_asked {
        true => missing.extend(terms.unanswered(site)),
        false if text.is_none() && !missing.contains(typed) => missing.push(typed.clone()),
        false => {}
    }
    if !missing.is_empty() {
        return Ok(Found::NeedsAnswers(missing));
    }
    let (found, evidence, source) = match (is_asked, text) {
        (false, Some(text)) => {
            let invalid = || Trouble::new(Code::AnswerInvalid).with("value", &text).in_field(typed.clone());
            let found = Version::read(&text).ok_or_else(invalid)?;
            let said = Phrase::new("seen.axigen-typed").with("version", &found);
            (found, said, json!("by-hand"))
        }
        _ => {
            let server = terms.server(site)?;
            let found = delivery::axigen::version(&server.target(site)?).await;
            let found = found.map_err(|error| refused(&error).in_field(terms.host.source()))?;
            let said = Phrase::new("seen.axigen-version")
                .with("version", &found)
                .with("platform", &found.platform)
                .with("host", &server.host);
            (found, said, json!(server))
        }
    };
    judge(&found, &terms, audience(site, terms.account_type)?)?;
    Ok(Found::AsWanted(Proof {
        outputs: [("version".to_owned(), found.to_string())].into_iter().collect(),
        evidence: vec![evidence],
        found: json!({ "from": source, "version": found.to_string() }),
    }))
}

/// Old servers lack the feature, and a little younger ones take personal accounts only.
fn judge(found: &Version, terms: &Terms<'_>, wanted: Audience) -> Result<(), Trouble> {
    let too_old = |least: &Version, why: &str| {
        Trouble::new(Code::ProductTooOld)
            .with("product", "Axigen")
            .with("found", found)
            .with("least", least)
            .because(Phrase::new(why))
            .in_field("version")
    };
    let (least, others) = (version(terms.least)?, version(terms.other_types_from)?);
    if !found.is_at_least(&least) {
        return Err(too_old(&least, "axigen.feature-missing"));
    }
    if wanted != Audience::Personal && !found.is_at_least(&others) {
        return Err(too_old(&others, "axigen.personal-only"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(found: &str, wanted: Audience) -> Option<(Code, String)> {
        let template = "x".parse::<guide::Template>().unwrap();
        let terms = Terms {
            host: &template,
            port: &template,
            connection: &template,
            account_type: &template,
            least: "10.6.0",
            other_types_from: "10.6.9",
        };
        let found = Version::read(found).unwrap();
        judge(&found, &terms, wanted).err().map(|trouble| (trouble.code, trouble.because[0].key.clone()))
    }

    #[test]
    fn what_a_version_allows_depends_on_the_account_type() {
        let old = |key: &str| Some((Code::ProductTooOld, key.to_owned()));
        assert_eq!(code("10.5.99", Audience::Personal), old("axigen.feature-missing"));
        assert_eq!(code("10.6.0", Audience::Personal), None);
        assert_eq!(code("10.6.8", Audience::SingleTenant), old("axigen.personal-only"));
        assert_eq!(code("10.6.8", Audience::MultipleTenantsAndPersonal), old("axigen.personal-only"));
        assert_eq!(code("10.6.9", Audience::SingleTenant), None);
        assert_eq!(code("10.6.30", Audience::MultipleTenants), None);
    }
}
