//! Resolves the chosen accounts in the directory: each must exist and be enabled, and have what the step says that it needs
//! (see `needs`); a missing Teams licence is told in any case. Reads only.

use cloud::model::{Page, User};
use cloud::{Call, GraphFault};
use guide::Need;
use serde_json::{Value, json};

use crate::phrase::Phrase;
use crate::plan::{Found, Outputs, Proof};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

const FIELDS: &str =
    "id,displayName,userPrincipalName,mail,accountEnabled,employeeId,userType,passwordPolicies";

/// How old a reading of the sign-in may be.
const YOUNG: time::Duration = time::Duration::minutes(5);

pub(super) async fn check(site: &Site<'_>, ask: &str, needs: &[Need]) -> Result<Found, Trouble> {
    let chosen = chosen(site, ask);
    if chosen.is_empty() {
        return Ok(Found::NeedsAnswers(vec![ask.to_owned()]));
    }
    let seat = site.seat()?;
    let calls = questions(site, ask);
    let read = seat.sights.lock().await.people.take(&calls, site.now(), YOUNG);
    let answers = match read {
        Some(answers) => answers,
        None => seat.graph.batch(calls).await?,
    };
    let mut answers = answers.into_iter();
    let (mut users, mut unlicensed) = (Vec::new(), Vec::new());
    for name in &chosen {
        let (Some(user), Some(licences)) = (answers.next(), answers.next()) else {
            return Err(Trouble::new(Code::UnexpectedAnswer).with("path", "$batch"));
        };
        let user: User = match user {
            Ok(answer) => answer.read()?,
            Err(error) if matches!(error.kind, GraphFault::NotFound | GraphFault::BadRequest) => {
                return Err(Trouble::new(Code::UserNotFound).with("name", name).in_field(ask));
            }
            Err(error) => return Err(error.into()),
        };
        if user.account_enabled == Some(false) {
            return Err(Trouble::new(Code::UserNotFound).with("name", name).in_field(ask));
        }
        if !licences.is_ok_and(|answer| has_teams(answer.body.as_ref())) {
            unlicensed.push(name.clone());
        }
        users.push(user);
    }
    let mut evidence = vec![Phrase::new("seen.users").with("count", users.len())];
    if !unlicensed.is_empty() {
        evidence.push(Phrase::new("seen.no-teams-licence").with("names", unlicensed.join(", ")));
    }
    let judged = super::needs::judge(site, needs, &users, &unlicensed).await;
    evidence.extend(judged.map_err(|trouble| trouble.in_field(ask))?);
    evidence.extend(differing_mail(&users));
    let found = users
        .iter()
        .map(|user| json!({ "id": user.id, "name": user.display_name, "user": user.user_principal_name }))
        .collect::<Vec<_>>();
    Ok(Found::AsWanted(Proof {
        outputs: outputs(&users),
        evidence,
        found: json!({ "asked": chosen, "users": found }),
    }))
}

/// What is asked about the chosen accounts.
pub(crate) fn questions(site: &Site<'_>, ask: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    for user in chosen(site, ask) {
        let key: String = url::form_urlencoded::byte_serialize(user.as_bytes()).collect();
        calls.push(Call::get(format!("/users/{key}?$select={FIELDS}")));
        calls.push(Call::get(format!("/users/{key}/licenseDetails")));
    }
    calls
}

fn outputs(users: &[User]) -> Outputs {
    let first = users.first();
    let name = first.and_then(|user| user.user_principal_name.clone());
    let outputs = [
        ("count", Some(users.len().to_string())),
        ("first-user-principal-name", name),
        ("first-object-id", first.map(|user| user.id.clone())),
    ];
    outputs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Products often know people by mail address, and Microsoft by user principal name: where the two differ it is told.
fn differing_mail(users: &[User]) -> Option<Phrase> {
    let differs = |user: &&User| match (&user.user_principal_name, &user.mail) {
        (Some(name), Some(mail)) => !name.eq_ignore_ascii_case(mail),
        _ => false,
    };
    let pair =
        |user: &User| format!("{} ({})", super::needs::name(user), user.mail.as_deref().unwrap_or_default());
    let names: Vec<String> = users.iter().filter(differs).map(pair).collect();
    (!names.is_empty()).then(|| Phrase::new("seen.mail-differs").with("names", names.join(", ")))
}

fn chosen(site: &Site<'_>, ask: &str) -> Vec<String> {
    match site.answer(ask) {
        Some(Value::Array(list)) => list.iter().filter_map(|user| user.as_str().map(str::to_owned)).collect(),
        Some(Value::String(text)) => text
            .split([',', ';', '\n', ' '])
            .map(str::trim)
            .filter(|user| !user.is_empty())
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// A service plan whose name begins with TEAMS and that was provisioned (Graph page "licenseDetails").
fn has_teams(body: Option<&Value>) -> bool {
    let Some(page) = body.and_then(|body| serde_json::from_value::<Page<Value>>(body.clone()).ok()) else {
        return false;
    };
    page.value.iter().flat_map(|licence| licence["servicePlans"].as_array().cloned().unwrap_or_default()).any(
        |plan| {
            plan["servicePlanName"].as_str().is_some_and(|name| name.starts_with("TEAMS"))
                && plan["provisioningStatus"] == "Success"
        },
    )
}

/// The object ids that a choose-users step resolved.
pub(super) fn resolved(site: &Site<'_>, step: &str) -> Option<Vec<String>> {
    let history = site.history();
    let users = history.proof_or_told(step)?.found["users"].as_array()?.clone();
    Some(users.iter().filter_map(|user| user["id"].as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn whoever_has_another_mail_address_is_named() {
        let user = |mail: Option<&str>| User {
            mail: mail.map(str::to_owned),
            user_principal_name: Some("anna@x.example".into()),
            ..serde_json::from_value(json!({ "id": "u" })).unwrap()
        };
        assert!(differing_mail(&[user(Some("Anna@X.example")), user(None)]).is_none());
        let told = differing_mail(&[user(Some("a.weber@x.example"))]).unwrap();
        assert_eq!(told.values["names"], "anna@x.example (a.weber@x.example)");
        assert_eq!(outputs(&[user(None)])["first-object-id"], "u");
    }

    #[test]
    fn only_a_provisioned_teams_plan_counts() {
        let plan = |name: &str, status: &str| json!({ "value": [{ "servicePlans": [{ "servicePlanName": name, "provisioningStatus": status }] }] });
        assert!(has_teams(Some(&plan("TEAMS1", "Success"))));
        assert!(!has_teams(Some(&plan("TEAMS1", "Disabled"))));
        assert!(!has_teams(Some(&plan("EXCHANGE", "Success"))));
        assert!(!has_teams(None));
    }
}
