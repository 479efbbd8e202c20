//! Lists redirect addresses of the type Web at the application (Graph page "webApplication"). Addresses of other people
//! stay and are shown. What Entra refuses in such an address is refused here first, with the ask that holds it.

use cloud::Call;
use cloud::model::Application;
use guide::{Form, Reference, Template};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::Applied;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::REGISTRARS;
use crate::site::{Site, Write};
use crate::trouble::{Code, Trouble};

/// What the journal calls addresses that were added.
pub(crate) const ADDED: &str = "redirect-uris";

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    added: Vec<String>,
    after: Vec<String>,
}

pub(super) async fn check(
    site: &Site<'_>,
    application: &str,
    addresses: &[Template],
    host: Option<&Template>,
) -> Result<Found, Trouble> {
    let Some(object) = site.output(application, "application-object-id") else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let look = site.look(application).await?;
    let Some(registered) = look.application else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let wanted = wanted(site, addresses, host, takes_personal_accounts(&registered))?;
    let before = registered.web.map(|web| web.redirect_uris).unwrap_or_default();
    let (added, mut changes) = differ(&before, &wanted);
    if added.is_empty() {
        let listed = wanted.iter().map(|address| Phrase::new("seen.redirect-uri").with("address", address));
        let others = before.iter().filter(|address| !wanted.contains(address));
        let kept = others.map(|address| Phrase::new("seen.redirect-uri-other").with("address", address));
        return Ok(Found::AsWanted(Proof { evidence: listed.chain(kept).collect(), ..Proof::default() }));
    }
    changes.sort_by_key(|change| change.sign == Sign::Keep);
    let after = before.iter().chain(&added).cloned().collect();
    let work = Work { object, added, after };
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).by_any_of(&REGISTRARS)))
}

/// What is missing, and the lines of the difference.
fn differ(before: &[String], wanted: &[String]) -> (Vec<String>, Vec<Change>) {
    let added: Vec<String> = wanted.iter().filter(|address| !before.contains(address)).cloned().collect();
    let new = added.iter().map(|address| Change::new(Sign::Add, address, Phrase::new("change.redirect-uri")));
    let others = before.iter().filter(|address| !wanted.contains(address));
    let kept = others.map(|address| Change::new(Sign::Keep, address, Phrase::new("change.kept-other")));
    let changes = new.chain(kept).collect();
    (added, changes)
}

/// The addresses that the answers give, each judged. One whose ask is optional and unanswered is left out.
fn wanted(
    site: &Site<'_>,
    addresses: &[Template],
    host: Option<&Template>,
    personal: bool,
) -> Result<Vec<String>, Trouble> {
    let host = match host.filter(|template| !is_left_open(site, template)) {
        Some(template) => Some(site.render(template)?),
        None => None,
    };
    let mut wanted = Vec::new();
    for template in addresses.iter().filter(|template| !is_left_open(site, template)) {
        let address = site.render(template)?;
        if let Some(fault) = fault(&address, host.as_deref(), personal) {
            let value = format!("{address}: {fault}");
            return Err(Trouble::new(Code::AnswerInvalid).with("value", value).in_field(field(template)));
        }
        if !wanted.contains(&address) {
            wanted.push(address);
        }
    }
    Ok(wanted)
}

/// What is wrong with an address, as a sentence for people.
fn fault(address: &str, host: Option<&str>, personal: bool) -> Option<String> {
    if let Some(fault) = Form::RedirectUri.fault(address) {
        return Some(fault.to_owned());
    }
    let Ok(url) = Url::parse(address) else { return Some(Form::RedirectUri.hint().to_owned()) };
    // Microsoft's page "Redirect URI (reply URL) best practices and limitations".
    if personal && url.query().is_some() {
        return Some("With personal accounts Microsoft takes no `?` in it.".to_owned());
    }
    let host = host?;
    let name = Url::parse(host).ok().and_then(|url| url.host_str().map(str::to_owned));
    let name = name.unwrap_or_else(|| host.to_owned());
    (!url.host_str().is_some_and(|found| found.eq_ignore_ascii_case(&name)))
        .then(|| format!("It is not on the host {name}."))
}

/// Whether a template names an optional ask that has no answer.
fn is_left_open(site: &Site<'_>, template: &Template) -> bool {
    template.references().any(|reference| match reference {
        Reference::Answer(ask) => {
            site.guide.ask(ask).is_some_and(|known| !known.required)
                && site.answer_text(ask).is_none_or(|text| text.trim().is_empty())
        }
        Reference::Output { .. } => false,
    })
}

/// The ask that holds an address, or the template itself.
fn field(template: &Template) -> String {
    template.references().next().map_or_else(|| template.source().to_owned(), |one| one.name().to_owned())
}

fn takes_personal_accounts(application: &Application) -> bool {
    matches!(
        application.sign_in_audience.as_deref(),
        Some("AzureADandPersonalMicrosoftAccount" | "PersonalMicrosoftAccount")
    )
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let body = json!({ "web": { "redirectUris": work.after } });
    let call = Call::patch(format!("/applications/{}", work.object), body);
    let kept = json!({ "kind": ADDED, "application": work.object, "added": work.added });
    match site.write(vec![Write::new(call, move |_| kept.clone())]).await {
        // A repeated PATCH of the same list does no harm, and the look that follows tells whether it arrived.
        Err(trouble) if trouble.code == Code::AnswerLost => Ok(Applied::Look),
        other => other.map(|_| Applied::Look),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_to_be_on_the_host_and_may_ask_nothing_of_personal_accounts() {
        let good = "https://mail.example.org/oauth?x=1";
        assert_eq!(fault(good, Some("mail.example.org"), false), None);
        assert_eq!(fault(good, Some("https://MAIL.example.org:8443/portal"), false), None);
        assert_eq!(fault(good, None, false), None);
        assert!(fault(good, Some("example.org"), false).is_some_and(|text| text.contains("example.org")));
        assert!(fault(good, Some("mail.example.org.evil.example"), false).is_some());
        assert!(fault(good, Some("mail.example.org"), true).is_some_and(|text| text.contains('?')));
        assert!(fault("http://mail.example.org/", Some("mail.example.org"), false).is_some());
    }

    #[test]
    fn what_others_listed_stays_and_is_shown() {
        let list = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let (added, changes) =
            differ(&list(&["https://b/", "https://a/"]), &list(&["https://a/", "https://c/"]));
        assert_eq!(added, ["https://c/"]);
        let signs: Vec<_> = changes.iter().map(|change| (change.sign, change.name.as_str())).collect();
        assert_eq!(signs, [(Sign::Add, "https://c/"), (Sign::Keep, "https://b/")]);
    }
}
