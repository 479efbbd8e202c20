//! Proves that each chosen account signs in with user name and password at the public client, and that its token carries
//! the delegated permissions. Each password is lent, tried exactly once, and dropped; a second try would count towards
//! the lock-out of the account.

use cloud::{Hurdle, PasswordError};
use guide::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Applied;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::Site;
use crate::trouble::{Code, Technical, Trouble};
use crate::wanting::wanting;

/// Security defaults block the sign-in (Microsoft's list of AADSTS error codes).
const SECURITY_DEFAULTS: u32 = 530_035;

#[derive(Serialize, Deserialize, PartialEq)]
struct Work {
    application: String,
    directory: String,
    users: Vec<String>,
    scopes: Vec<String>,
}

pub(super) fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::ProveSignIn { application, users, permissions } = &site.step.action else {
        return Err(Trouble::defect("prove-sign-in"));
    };
    let names = names(site, users);
    let (Some(client), false) = (site.output(application, "application-id"), names.is_empty()) else {
        return Ok(Found::NeedsSteps(vec![application.clone(), users.clone()]));
    };
    let directory = site.needed(application, "directory-id")?;
    let permissions = site.guide.step(permissions).ok_or_else(|| Trouble::defect("prove-sign-in"))?;
    let scopes = wanting(site.guide, &site.history(), permissions).delegated;
    let work = Work { application: client, directory, users: names, scopes };
    if let Some(proof) = site.history().proof(&site.step.id)
        && proof.found == json!(work)
    {
        return Ok(Found::AsWanted(proof.clone()));
    }
    let missing: Vec<String> = work.users.iter().filter(|name| site.lent(name).is_none()).cloned().collect();
    if !missing.is_empty() {
        return Ok(Found::NeedsPasswords(missing));
    }
    let sign_in = |name: &String| Change::new(Sign::Run, name, Phrase::new("change.sign-in"));
    let changes = work.users.iter().map(sign_in).collect();
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).with_requests(0).that_stays()))
}

/// User principal names of the people that a step chose.
pub(super) fn names(site: &Site<'_>, users: &str) -> Vec<String> {
    let history = site.history();
    let found = history.proof(users).map(|proof| proof.found["users"].clone()).unwrap_or_default();
    let name = |user: &serde_json::Value| user["user"].as_str().map(str::to_owned);
    found.as_array().into_iter().flatten().filter_map(name).collect()
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let mut evidence = Vec::new();
    for name in &work.users {
        let missing = || Trouble::new(Code::PasswordMissing).with("name", name).in_field(name.clone());
        let password = site.take_lent(name).ok_or_else(missing)?;
        let outcome = cloud::signin::password::password(
            &site.room.wire,
            &work.directory,
            &work.application,
            &work.scopes,
            name,
            &password,
        )
        .await;
        drop(password);
        let proof = outcome.map_err(|error| refused(name, error))?;
        if let Some(scope) = proof.missing(&work.scopes).into_iter().next() {
            let trouble = Trouble::new(Code::ScopesMissing).with("name", name).with("scope", scope);
            return Err(trouble.in_field(name.clone()));
        }
        evidence.push(Phrase::new("seen.sign-in").with("name", name).with("scopes", proof.scopes.join(", ")));
    }
    Ok(Applied::Proved(Proof { evidence, found: json!(work), ..Proof::default() }))
}

/// What stood in the way, each with its own advice.
fn refused(name: &str, error: PasswordError) -> Trouble {
    let aadsts = error.aadsts();
    let (code, refusal) = match error {
        PasswordError::Failed(error) => return Trouble::from(error).in_field(name),
        PasswordError::Refused { hurdle, refusal } => (code_of(hurdle, aadsts), refusal),
    };
    let mut trouble = Trouble::new(code).with("name", name).in_field(name);
    trouble.technical = Technical {
        request_id: refusal.trace_id,
        correlation_id: refusal.correlation_id,
        status: None,
        microsoft_code: aadsts.map(|number| format!("AADSTS{number}")),
        message: Some(refusal.description),
    };
    trouble
}

fn code_of(hurdle: Hurdle, aadsts: Option<u32>) -> Code {
    match hurdle {
        Hurdle::WrongPassword => Code::PasswordWrong,
        Hurdle::UnknownAccount => Code::AccountUnknown,
        Hurdle::PasswordExpired => Code::PasswordExpired,
        Hurdle::Locked => Code::AccountLocked,
        Hurdle::Disabled => Code::AccountDisabled,
        Hurdle::SecondFactor => Code::SecondFactorAsked,
        Hurdle::SecondFactorMissing => Code::SecondFactorNotSetUp,
        Hurdle::Blocked if aadsts == Some(SECURITY_DEFAULTS) => Code::PasswordBlockedByDefaults,
        Hurdle::Blocked => Code::PasswordBlockedByPolicy,
        Hurdle::ConsentMissing => Code::ConsentMissing,
        Hurdle::PublicFlowsOff => Code::PublicClientOff,
        Hurdle::UnknownApplication | Hurdle::Other => Code::PasswordSignInRefused,
    }
}

#[cfg(test)]
mod tests {
    use guide::Language;

    use super::*;

    #[test]
    fn every_hurdle_has_its_own_words() {
        let hurdles = [
            (Hurdle::WrongPassword, 50126),
            (Hurdle::UnknownAccount, 50034),
            (Hurdle::PasswordExpired, 50055),
            (Hurdle::Locked, 50053),
            (Hurdle::Disabled, 50057),
            (Hurdle::SecondFactor, 50076),
            (Hurdle::SecondFactorMissing, 50079),
            (Hurdle::Blocked, 53003),
            (Hurdle::Blocked, SECURITY_DEFAULTS),
            (Hurdle::ConsentMissing, 65001),
            (Hurdle::PublicFlowsOff, 7_000_218),
            (Hurdle::Other, 1),
        ];
        let mut advice: Vec<String> = Vec::new();
        for (hurdle, number) in hurdles {
            let trouble = Trouble::new(code_of(hurdle, Some(number))).with("name", "k.telefon1");
            assert!(
                trouble.what(Language::German).contains("k.telefon1") || hurdle == Hurdle::PublicFlowsOff
            );
            advice.push(trouble.next(Language::English));
        }
        let count = advice.len();
        advice.sort();
        advice.dedup();
        assert_eq!(advice.len(), count, "two hurdles have the same advice");
    }
}
