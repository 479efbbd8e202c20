//! App management policies: may this credential be added, and for how long.
//!
//! Rules of the pages "tenantAppManagementPolicy" and "appManagementPolicy"; an application's own policy wins
//! over the tenant's, restriction by restriction.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::moments;
use crate::world::{Table, World, list};

/// What a policy forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// This kind of credential at all.
    Kind,
    /// So long a life; the id of the policy.
    Lifetime(String),
}

/// May a client secret with this life be added?
pub(crate) fn secret(world: &World, application: &Value, life: Duration) -> Result<(), Breach> {
    if in_force(world, application, "passwordCredentials", "passwordAddition").is_some() {
        return Err(Breach::Kind);
    }
    lifetime(in_force(world, application, "passwordCredentials", "passwordLifetime"), life)
}

/// May a certificate with this life be added?
pub(crate) fn certificate(
    world: &World,
    application: &Value,
    life: Duration,
    self_signed: bool,
) -> Result<(), Breach> {
    if self_signed && in_force(world, application, "keyCredentials", "trustedCertificateAuthority").is_some()
    {
        return Err(Breach::Kind);
    }
    lifetime(in_force(world, application, "keyCredentials", "asymmetricKeyLifetime"), life)
}

fn lifetime(restriction: Option<(String, Value)>, life: Duration) -> Result<(), Breach> {
    let Some((policy, restriction)) = restriction else { return Ok(()) };
    let longest = restriction["maxLifetime"].as_str().and_then(moments::read_duration);
    if longest.is_some_and(|longest| life > longest) { Err(Breach::Lifetime(policy)) } else { Ok(()) }
}

/// The restriction that counts for an application, with the id of its policy.
fn in_force(world: &World, application: &Value, kind: &str, restriction: &str) -> Option<(String, Value)> {
    let find = |restrictions: &Value| {
        list(&restrictions[kind]).find(|one| one["restrictionType"] == restriction).cloned()
    };
    let settled = world.settled();
    let shelf = world.shelf(Table::Policies);
    let application_id = application["id"].as_str().unwrap_or_default();
    let own = list(world.shelf(Table::PolicyLinks).seen(application_id, settled).unwrap_or(&Value::Null))
        .filter_map(|id| shelf.seen(id.as_str()?, settled))
        .find_map(|policy| {
            (policy["isEnabled"] == true).then(|| Some((policy, find(&policy["restrictions"])?)))?
        });
    let tenant = shelf.seen("default", settled).filter(|policy| policy["isEnabled"] == true);
    let (policy, found) =
        own.or_else(|| tenant.and_then(|policy| Some((policy, find(&policy["applicationRestrictions"])?))))?;
    if found["state"] == "disabled" || !covers(&found, application) {
        return None;
    }
    Some((policy["id"].as_str().unwrap_or_default().to_owned(), found))
}

/// Applications made before the date are left alone.
fn covers(restriction: &Value, application: &Value) -> bool {
    let after = restriction["restrictForAppsCreatedAfterDateTime"].as_str().and_then(moments::read);
    let made =
        application["createdDateTime"].as_str().and_then(moments::read).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    after.is_none_or(|after| made >= after)
}

/// The tenant's policy with the restrictions named.
pub(crate) fn compose(
    no_secrets: bool,
    secret_days: Option<u32>,
    certificate_days: Option<u32>,
    no_self_signed: bool,
) -> Value {
    let restriction = |kind: &str, days: Option<u32>| {
        json!({"restrictionType": kind, "state": "enabled", "maxLifetime": days.map(|days| format!("P{days}D")),
            "restrictForAppsCreatedAfterDateTime": "2021-01-01T10:37:00Z"})
    };
    let mut passwords = Vec::new();
    if no_secrets {
        passwords.push(restriction("passwordAddition", None));
    }
    if secret_days.is_some() {
        passwords.push(restriction("passwordLifetime", secret_days));
    }
    let mut keys = Vec::new();
    if certificate_days.is_some() {
        keys.push(restriction("asymmetricKeyLifetime", certificate_days));
    }
    if no_self_signed {
        keys.push(restriction("trustedCertificateAuthority", None));
    }
    json!({
        "id": "00000000-0000-0000-0000-000000000000", "deletedDateTime": null,
        "displayName": "Default app management tenant policy",
        "description": "Default tenant policy that enforces app management restrictions on applications and service principals. To apply policy to targeted resources, create a new policy under appManagementPolicies collection.",
        "isEnabled": !passwords.is_empty() || !keys.is_empty(),
        "applicationRestrictions": {"passwordCredentials": passwords, "keyCredentials": keys, "identifierUris": null},
        "servicePrincipalRestrictions": {"passwordCredentials": [], "keyCredentials": []},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(no_secrets: bool, days: Option<u32>) -> World {
        let mut world = World::seeded(1, 3, 0, OffsetDateTime::UNIX_EPOCH + Duration::days(20_000));
        world.restrict_credentials(no_secrets, days, Some(180), true);
        world
    }

    fn application(created: &str) -> Value {
        json!({"id": "a", "createdDateTime": created})
    }

    #[test]
    fn the_tenants_policy_counts() {
        let new = application("2024-01-01T00:00:00Z");
        assert_eq!(secret(&world(true, None), &new, Duration::days(1)), Err(Breach::Kind));
        let limited = world(false, Some(90));
        assert_eq!(secret(&limited, &new, Duration::days(90)), Ok(()));
        assert!(matches!(secret(&limited, &new, Duration::days(91)), Err(Breach::Lifetime(_))));
        assert_eq!(certificate(&limited, &new, Duration::days(1), true), Err(Breach::Kind));
        assert!(matches!(certificate(&limited, &new, Duration::days(181), false), Err(Breach::Lifetime(_))));
    }

    #[test]
    fn old_applications_are_left_alone() {
        assert_eq!(
            secret(&world(true, None), &application("2020-01-01T00:00:00Z"), Duration::days(1)),
            Ok(())
        );
    }

    #[test]
    fn an_applications_own_policy_wins() {
        let mut world = world(true, None);
        let exempt = json!({"id": "p", "isEnabled": true, "restrictions": {"passwordCredentials": [
            {"restrictionType": "passwordAddition", "state": "disabled"}]}});
        world.put(Table::Policies, "p", Some(exempt));
        world.link(Table::PolicyLinks, "a", "p", true);
        assert_eq!(secret(&world, &application("2024-01-01T00:00:00Z"), Duration::days(1)), Ok(()));
    }
}
