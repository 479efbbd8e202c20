//! Conditional Access policies and security defaults, to be read. What they do at sign-in is the directory's part.

use super::access;
use super::listing::{self, Row};
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use crate::directory::conditional_access::SECURITY_DEFAULTS;
use crate::world::Table;

const FRAGMENT: &str = "identity/conditionalAccess/policies";

pub(crate) fn list(site: &Site) -> Outcome {
    access::may_see_conditional_access(site.caller)?;
    let rows = site.world.shelf(Table::ConditionalAccess).all_seen(site.world.view).map(Row::Kept);
    Ok(listing::answer(site, FRAGMENT, rows))
}

pub(crate) fn one(site: &Site, key: &Key) -> Outcome {
    access::may_see_conditional_access(site.caller)?;
    let found = site.world.seen(Table::ConditionalAccess, &key.value);
    let found = found.ok_or_else(|| Refusal::absent(&key.value))?;
    Ok(listing::single(site, FRAGMENT, &Row::Kept(found)))
}

pub(crate) fn security_defaults(site: &Site) -> Outcome {
    access::may_see_conditional_access(site.caller)?;
    let found = site.world.seen(Table::Policies, SECURITY_DEFAULTS);
    let found = found.ok_or_else(|| Refusal::absent(SECURITY_DEFAULTS))?;
    Ok(listing::single(site, "policies/identitySecurityDefaultsEnforcementPolicy", &Row::Kept(found)))
}
