//! The organisation: its name and domains, its subscriptions, its active directory roles. Read only.

use serde_json::{Value, json};

use super::access;
use super::listing::{self, Row};
use super::objects::typed;
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site};
use crate::directory::people::{EXCHANGE_PLAN, SKU, TEAMS_PLAN};
use crate::random::Random;
use crate::world::World;

pub(crate) fn list(site: &Site) -> Outcome {
    Ok(listing::answer(site, "organization", std::iter::once(Row::Made(document(site)))))
}

pub(crate) fn one(site: &Site, key: &Key) -> Outcome {
    if !key.value.eq_ignore_ascii_case(&site.world.tenant.id) {
        return Err(Refusal::absent(&key.value));
    }
    Ok(listing::single(site, "organization", &Row::Made(document(site))))
}

/// With a bare `User.Read`, only id, name and domains are filled.
fn document(site: &Site) -> Value {
    let tenant = &site.world.tenant;
    let plan = |service: &str, id: &str| {
        json!({"assignedDateTime": "2023-01-10T08:00:00Z", "capabilityStatus": "Enabled", "service": service,
            "servicePlanId": id})
    };
    let mut document = json!({
        "id": tenant.id, "deletedDateTime": null, "businessPhones": [], "city": null, "country": null,
        "countryLetterCode": null, "createdDateTime": null, "defaultUsageLocation": null,
        "displayName": tenant.display_name, "marketingNotificationEmails": [],
        "mobileDeviceManagementAuthority": "unknown", "onPremisesLastSyncDateTime": null,
        "onPremisesSyncEnabled": null, "partnerTenantType": null, "postalCode": null, "preferredLanguage": null,
        "securityComplianceNotificationMails": [], "securityComplianceNotificationPhones": [], "state": null,
        "street": null, "technicalNotificationMails": [], "tenantType": null, "privacyProfile": null,
        "assignedPlans": [], "provisionedPlans": [],
        "verifiedDomains": [{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true,
            "isInitial": true, "name": tenant.domain, "type": "Managed"}],
    });
    if access::sees_organization_whole(site.caller) {
        for (name, value) in [
            ("city", json!("Berlin")),
            ("country", json!("Germany")),
            ("countryLetterCode", json!("DE")),
            ("createdDateTime", json!("2019-09-01T06:00:00Z")),
            ("preferredLanguage", json!("de")),
            ("tenantType", json!("AAD")),
            ("technicalNotificationMails", json!([format!("it@{}", tenant.domain)])),
            ("assignedPlans", json!([plan("exchange", EXCHANGE_PLAN), plan("TeamspaceAPI", TEAMS_PLAN)])),
            (
                "provisionedPlans",
                json!([{"capabilityStatus": "Enabled", "provisioningStatus": "Success", "service": "exchange"}]),
            ),
        ] {
            document[name] = value;
        }
    }
    document
}

pub(crate) fn domains(site: &Site) -> Outcome {
    Ok(listing::answer(site, "domains", std::iter::once(Row::Made(domain_object(site)))))
}

pub(crate) fn domain(site: &Site, key: &Key) -> Outcome {
    if !key.value.eq_ignore_ascii_case(&site.world.tenant.domain) {
        return Err(Refusal::absent(&key.value));
    }
    Ok(listing::single(site, "domains", &Row::Made(domain_object(site))))
}

fn domain_object(site: &Site) -> Value {
    json!({"id": site.world.tenant.domain, "authenticationType": "Managed", "availabilityStatus": null,
        "isAdminManaged": true, "isDefault": true, "isInitial": true, "isRoot": true, "isVerified": true,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"], "manufacturer": null, "model": null,
        "passwordNotificationWindowInDays": null, "passwordValidityPeriodInDays": null, "state": null})
}

fn plans(teams: bool) -> Value {
    let plan = |id: &str, name: &str| json!({"appliesTo": "User", "provisioningStatus": "Success", "servicePlanId": id, "servicePlanName": name});
    let exchange = plan(EXCHANGE_PLAN, "EXCHANGE_S_ENTERPRISE");
    if teams { json!([exchange, plan(TEAMS_PLAN, "TEAMS1")]) } else { json!([exchange]) }
}

/// What a person's licence shows.
pub(crate) fn licence(teams: bool) -> Value {
    json!({"id": "Xx2dZqFQ1USlbQyKjXQNlHOyeOe0bZFGkmuwxvj0B8c", "servicePlans": plans(teams), "skuId": SKU,
        "skuPartNumber": "ENTERPRISEPACKPLUS_FACULTY"})
}

fn sku_object(site: &Site) -> Value {
    let people = &site.world.people;
    json!({"id": format!("{}_{SKU}", site.world.tenant.id), "accountId": site.world.tenant.id,
        "accountName": site.world.tenant.domain.split('.').next(), "appliesTo": "User", "capabilityStatus": "Enabled",
        "consumedUnits": people.len(),
        "prepaidUnits": {"enabled": people.len() + 50, "lockedOut": 0, "suspended": 0, "warning": 0},
        "servicePlans": plans(true), "skuId": SKU, "skuPartNumber": "ENTERPRISEPACKPLUS_FACULTY",
        "subscriptionIds": []})
}

pub(crate) fn skus(site: &Site) -> Outcome {
    Ok(listing::answer(site, "subscribedSkus", std::iter::once(Row::Made(sku_object(site)))))
}

pub(crate) fn sku(site: &Site, key: &Key) -> Outcome {
    let found = sku_object(site);
    if found["id"] != key.value.as_str() {
        return Err(Refusal::absent(&key.value));
    }
    Ok(listing::single(site, "subscribedSkus", &Row::Made(found)))
}

/// A role that is active in the tenant. Its object id is not its template id.
pub(crate) fn role_object(world: &World, template: &str, name: &str) -> Value {
    let mix = |text: &str| {
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let id = Random::new(mix(&world.tenant.id) ^ mix(template)).guid();
    json!({"id": id, "deletedDateTime": null, "description": name, "displayName": name, "roleTemplateId": template})
}

fn active_roles(world: &World) -> Vec<Value> {
    let mut roles: Vec<(String, String)> =
        world.people.role_holders().map(|(_, role)| role.clone()).collect();
    roles.sort();
    roles.dedup();
    roles.iter().map(|(template, name)| role_object(world, template, name)).collect()
}

pub(crate) fn roles(site: &Site) -> Outcome {
    Ok(listing::answer(site, "directoryRoles", active_roles(site.world).into_iter().map(Row::Made)))
}

fn find_role(site: &Site, key: &Key) -> Result<Value, Refusal> {
    let member = if key.by == "roletemplateid" { "roleTemplateId" } else { "id" };
    let found = active_roles(site.world).into_iter().find(|role| role[member] == key.value.as_str());
    found.ok_or_else(|| Refusal::absent(&key.value))
}

pub(crate) fn role(site: &Site, key: &Key) -> Outcome {
    Ok(listing::single(site, "directoryRoles", &Row::Made(find_role(site, key)?)))
}

pub(crate) fn role_members(site: &Site, key: &Key) -> Outcome {
    let role = find_role(site, key)?;
    let people = &site.world.people;
    let rows = people
        .role_holders()
        .filter(|(_, (template, _))| role["roleTemplateId"] == template.as_str())
        .filter_map(|(id, _)| people.find(id))
        .map(|seat| Row::Made(typed(people.usual(seat), "user")));
    Ok(listing::answer(site, "directoryObjects", rows))
}
