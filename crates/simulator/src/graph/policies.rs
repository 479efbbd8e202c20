//! App management policies and the authorization policy.
//!
//! What a policy forbids is decided in the directory; here policies are read, changed and assigned.

use serde_json::{Value, json};

use super::access;
use super::listing::{self, Row};
use super::operations::Key;
use super::owners;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::documents::lay_over;
use crate::world::{Table, list as items};

pub(crate) fn tenant_wide(site: &Site) -> Outcome {
    let found = site.world.seen(Table::Policies, "default").cloned().unwrap_or_default();
    let shown = as_version_knows(site, found);
    Ok(site_single(site, "policies/defaultAppManagementPolicy", shown))
}

pub(crate) fn change_tenant_wide(site: &mut Site) -> Outcome {
    access::may_change_policies(site.caller)?;
    let mut policy = site.world.latest(Table::Policies, "default").cloned().unwrap_or_default();
    lay_over(&mut policy, site.body());
    site.world.put(Table::Policies, "default", Some(policy));
    Ok(site.done())
}

pub(crate) fn authorization(site: &Site) -> Outcome {
    let found = site.world.seen(Table::Policies, "authorization").cloned().unwrap_or_default();
    Ok(site.json(200, "policies/authorizationPolicy/$entity", found))
}

/// A single object whose context has no `/$entity` twice.
fn site_single(site: &Site, fragment: &str, document: Value) -> super::GraphAnswer {
    listing::single(site, fragment, &Row::Made(document))
}

/// v1.0 shows members of an enumeration that came later as `unknownFutureValue`, unless asked for them.
fn as_version_knows(site: &Site, mut policy: Value) -> Value {
    let wants_all =
        site.request.header("prefer").is_some_and(|prefer| prefer.contains("include-unknown-enum-members"));
    if site.version == "beta" || wants_all {
        return policy;
    }
    for holder in ["applicationRestrictions", "servicePrincipalRestrictions", "restrictions"] {
        if let Some(keys) =
            policy.get_mut(holder).and_then(|all| all.get_mut("keyCredentials")).and_then(Value::as_array_mut)
        {
            for restriction in
                keys.iter_mut().filter(|one| one["restrictionType"] == "trustedCertificateAuthority")
            {
                restriction["restrictionType"] = json!("unknownFutureValue");
            }
        }
    }
    policy
}

pub(crate) fn list(site: &Site) -> Outcome {
    let world = &*site.world;
    let own = |one: &&Value| one.get("restrictions").is_some();
    let rows = world
        .shelf(Table::Policies)
        .all_seen(world.view)
        .filter(own)
        .cloned()
        .map(|one| Row::Made(as_version_knows(site, one)));
    Ok(listing::answer(site, "policies/appManagementPolicies", rows))
}

pub(crate) fn one(site: &Site, key: &Key) -> Outcome {
    let found = as_version_knows(site, find(site, key)?);
    Ok(site_single(site, "policies/appManagementPolicies", found))
}

pub(crate) fn create(site: &mut Site) -> Outcome {
    access::may_change_policies(site.caller)?;
    let id = site.world.random.guid();
    let mut policy = json!({"id": id, "deletedDateTime": null, "displayName": null, "description": null,
        "isEnabled": false, "restrictions": {"passwordCredentials": [], "keyCredentials": [], "applicationRestrictions": null}});
    lay_over(&mut policy, site.body());
    site.world.put(Table::Policies, &id, Some(policy.clone()));
    let shown = as_version_knows(site, policy);
    Ok(site.created("policies/appManagementPolicies/$entity", &id, "", shown))
}

pub(crate) fn update(site: &mut Site, key: &Key) -> Outcome {
    access::may_change_policies(site.caller)?;
    let id = id_of(&find(site, key)?);
    let mut policy = site.world.latest(Table::Policies, &id).cloned().unwrap_or_default();
    lay_over(&mut policy, site.body());
    site.world.put(Table::Policies, &id, Some(policy));
    Ok(site.done())
}

pub(crate) fn delete(site: &mut Site, key: &Key) -> Outcome {
    access::may_change_policies(site.caller)?;
    let id = id_of(&find(site, key)?);
    site.world.put(Table::Policies, &id, None);
    Ok(site.done())
}

fn find(site: &Site, key: &Key) -> Result<Value, Refusal> {
    let found = site.world.seen(Table::Policies, &key.value).filter(|one| one.get("restrictions").is_some());
    found.cloned().ok_or_else(|| Refusal::absent(&key.value))
}

pub(crate) fn of_application(site: &Site, key: &Key) -> Outcome {
    let id = id_of(site.shown(Table::Applications, key)?);
    let world = &*site.world;
    let rows: Vec<Value> = world
        .ids(Table::PolicyLinks, &id)
        .iter()
        .filter_map(|policy| world.seen(Table::Policies, policy).cloned())
        .map(|policy| as_version_knows(site, policy))
        .collect();
    Ok(listing::answer(
        site,
        &format!("applications('{id}')/appManagementPolicies"),
        rows.into_iter().map(Row::Made),
    ))
}

pub(crate) fn references(site: &Site, key: &Key) -> Outcome {
    let id = id_of(site.shown(Table::Applications, key)?);
    Ok(owners::references(site, &site.world.ids(Table::PolicyLinks, &id)))
}

/// One policy an application.
pub(crate) fn assign(site: &mut Site, key: &Key) -> Outcome {
    access::may_change_policies(site.caller)?;
    let id = id_of(site.shown(Table::Applications, key)?);
    let policy = owners::named(site)?;
    if site.world.seen(Table::Policies, &policy).is_none() {
        return Err(Refusal::absent(&policy));
    }
    if items(site.world.latest(Table::PolicyLinks, &id).unwrap_or(&Value::Null)).next().is_some() {
        return Err(Refusal::bad("An app management policy is already assigned to this object."));
    }
    site.world.link(Table::PolicyLinks, &id, &policy, true);
    Ok(site.done())
}

pub(crate) fn take_away(site: &mut Site, key: &Key, policy: &Key) -> Outcome {
    access::may_change_policies(site.caller)?;
    let id = id_of(site.shown(Table::Applications, key)?);
    if !site.world.link(Table::PolicyLinks, &id, &policy.value, false) {
        return Err(Refusal::absent(&policy.value));
    }
    Ok(site.done())
}
