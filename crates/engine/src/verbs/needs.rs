//! What a chosen account needs beside existing: a Teams licence, no directory role, no second factor, a password that does
//! not expire. Reads only. What may not be read is told and never taken for fulfilled; the sign-in itself decides later.

use cloud::model::{Page, User};
use cloud::{Answer, Call, GraphError, GraphFault};
use guide::Need;
use serde::Deserialize;
use serde_json::Value;

use super::access_conditions::{Demand, Membership, Policies};
use crate::phrase::Phrase;
use crate::role::ACCESS_READERS;
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// One group or role of an account (Graph page "user: list transitiveMemberOf").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    #[serde(rename = "@odata.type", default)]
    kind: Option<String>,
    id: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    role_template_id: Option<String>,
}

impl Member {
    fn is_role(&self) -> bool {
        self.kind.as_deref() == Some("#microsoft.graph.directoryRole")
    }
}

/// Judges the accounts and gives back what is to be told of them.
///
/// # Errors
/// The first need that is not fulfilled, with the accounts by name.
pub(super) async fn judge(
    site: &Site<'_>,
    needs: &[Need],
    users: &[User],
    unlicensed: &[String],
) -> Result<Vec<Phrase>, Trouble> {
    let is_needed = |need: Need| needs.contains(&need);
    let mut told = Vec::new();
    if is_needed(Need::TeamsLicence) && !unlicensed.is_empty() {
        return Err(Trouble::new(Code::LicenceMissing).with("names", unlicensed.join(", ")));
    }
    if is_needed(Need::PasswordDoesNotExpire) {
        let expiring = names(users.iter().filter(|user| password_may_expire(user)));
        if !expiring.is_empty() {
            told.push(Phrase::new("seen.password-expires").with("names", expiring));
        }
    }
    if is_needed(Need::NoDirectoryRole) || is_needed(Need::NoMultiFactor) {
        let memberships = memberships(site, users).await?;
        if is_needed(Need::NoDirectoryRole) {
            told.extend(judge_roles(users, &memberships)?);
        }
        if is_needed(Need::NoMultiFactor) {
            told.extend(judge_factors(site, users, &memberships).await?);
        }
    }
    Ok(told)
}

/// How people are named in sentences.
pub(super) fn name(user: &User) -> String {
    user.user_principal_name.clone().unwrap_or_else(|| user.id.clone())
}

fn names<'u>(users: impl Iterator<Item = &'u User>) -> String {
    users.map(name).collect::<Vec<_>>().join(", ")
}

/// Without `DisablePasswordExpiration` the password ends when the domain says so (Graph page "user", `passwordPolicies`).
fn password_may_expire(user: &User) -> bool {
    let policies = user.further.get("passwordPolicies").and_then(Value::as_str).unwrap_or_default();
    !policies.split(',').any(|policy| policy.trim() == "DisablePasswordExpiration")
}

/// What each account belongs to; none where the tenant does not tell.
async fn memberships(site: &Site<'_>, users: &[User]) -> Result<Vec<Option<Vec<Member>>>, Trouble> {
    let call = |user: &User| {
        let path =
            format!("/users/{}/transitiveMemberOf?$select=id,displayName,roleTemplateId&$top=999", user.id);
        Call::get(path)
    };
    let answers = site.seat()?.graph.batch(users.iter().map(call).collect()).await?;
    answers
        .into_iter()
        .map(|answer| {
            Ok(allowed(answer)?
                .map(|answer| answer.read::<Page<Member>>())
                .transpose()?
                .map(|page| page.value))
        })
        .collect()
}

/// An answer, or none where the account may not read it.
fn allowed(answer: Result<Answer, GraphError>) -> Result<Option<Answer>, Trouble> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind == GraphFault::Forbidden => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn judge_roles(users: &[User], memberships: &[Option<Vec<Member>>]) -> Result<Vec<Phrase>, Trouble> {
    let mut held = Vec::new();
    for (user, member) in users.iter().zip(memberships) {
        let roles: Vec<String> = member
            .iter()
            .flatten()
            .filter(|one| one.is_role())
            .map(|role| role.display_name.clone().unwrap_or_else(|| role.id.clone()))
            .collect();
        if !roles.is_empty() {
            held.push(format!("{} ({})", name(user), roles.join(", ")));
        }
    }
    if !held.is_empty() {
        return Err(Trouble::new(Code::DirectoryRoleHeld).with("names", held.join(", ")));
    }
    let unread = names(unread(users, memberships));
    Ok(match unread.is_empty() {
        true => vec![Phrase::new("seen.no-directory-role").with("count", users.len())],
        false => vec![Phrase::new("seen.roles-not-checked").with("names", unread)],
    })
}

fn unread<'u>(users: &'u [User], memberships: &[Option<Vec<Member>>]) -> impl Iterator<Item = &'u User> {
    users.iter().zip(memberships).filter(|(_, member)| member.is_none()).map(|(user, _)| user)
}

async fn judge_factors(
    site: &Site<'_>,
    users: &[User],
    memberships: &[Option<Vec<Member>>],
) -> Result<Vec<Phrase>, Trouble> {
    if !site.has_any_role(&ACCESS_READERS) {
        // What the account may not read is not asked for; the sign-in itself decides.
        return Ok(vec![Phrase::new("seen.conditional-access-not-checked").with("count", users.len())]);
    }
    let calls = vec![
        Call::get("/policies/identitySecurityDefaultsEnforcementPolicy?$select=id,isEnabled"),
        Call::get(
            "/identity/conditionalAccess/policies?$select=id,displayName,state,conditions,grantControls",
        ),
    ];
    let mut answers = site.seat()?.graph.batch(calls).await?.into_iter();
    let (Some(defaults), Some(policies)) = (answers.next(), answers.next()) else {
        return Err(Trouble::new(Code::UnexpectedAnswer).with("path", "$batch"));
    };
    let defaults = allowed(defaults)?;
    if defaults
        .as_ref()
        .is_some_and(|answer| answer.body.as_ref().is_some_and(|body| body["isEnabled"] == true))
    {
        return Err(Trouble::new(Code::SecurityDefaultsOn));
    }
    let policies = match allowed(policies)? {
        Some(answer) => Some(Policies::from(answer.read::<Page<Value>>()?.value)),
        None => None,
    };
    let mut told = Vec::new();
    if let Some(policies) = &policies {
        let mut asked = Vec::new();
        for (user, member) in users.iter().zip(memberships) {
            let membership = membership(member.as_deref());
            match policies.demand(&user.id, &membership) {
                Demand::Nothing => {}
                Demand::SecondFactor(policy) | Demand::Block(policy) => {
                    asked.push(format!("{} ({policy})", name(user)));
                }
            }
        }
        if !asked.is_empty() {
            return Err(Trouble::new(Code::MultiFactorRequired).with("names", asked.join(", ")));
        }
        let unread = names(unread(users, memberships));
        if !unread.is_empty() {
            told.push(Phrase::new("seen.groups-not-checked").with("names", unread));
        }
    }
    let key = match (defaults.is_some(), policies.is_some()) {
        (true, true) => "seen.no-multi-factor",
        (_, false) => "seen.conditional-access-not-checked",
        (false, true) => "seen.security-defaults-not-checked",
    };
    told.insert(0, Phrase::new(key).with("count", users.len()));
    Ok(told)
}

fn membership(members: Option<&[Member]>) -> Membership {
    let (roles, groups): (Vec<&Member>, Vec<&Member>) =
        members.unwrap_or_default().iter().partition(|member| member.is_role());
    Membership {
        roles: roles.into_iter().filter_map(|role| role.role_template_id.clone()).collect(),
        groups: groups.into_iter().map(|group| group.id.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn user(policies: Value) -> User {
        serde_json::from_value(
            json!({ "id": "u", "userPrincipalName": "u@x.example", "passwordPolicies": policies }),
        )
        .unwrap()
    }

    #[test]
    fn a_password_expires_unless_the_account_says_otherwise() {
        assert!(password_may_expire(&user(Value::Null)));
        assert!(password_may_expire(&user(json!("DisableStrongPassword"))));
        assert!(!password_may_expire(&user(json!("DisableStrongPassword, DisablePasswordExpiration"))));
    }

    #[test]
    fn a_role_is_named_and_what_was_not_read_is_told() {
        let users = [user(Value::Null)];
        let member = |kind: &str| -> Member {
            serde_json::from_value(json!({ "@odata.type": kind, "id": "r", "displayName": "Teams Administrator", "roleTemplateId": "t" })).unwrap()
        };
        let held = judge_roles(&users, &[Some(vec![member("#microsoft.graph.directoryRole")])]).unwrap_err();
        assert_eq!(held.values["names"], "u@x.example (Teams Administrator)");
        assert!(judge_roles(&users, &[Some(vec![member("#microsoft.graph.group")])]).is_ok());
        assert_eq!(judge_roles(&users, &[None]).unwrap()[0].key, "seen.roles-not-checked");
    }
}
