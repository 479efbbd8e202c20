//! What the tenant holds before anybody signs in: Microsoft's APIs, other vendors' products, applications of
//! colleagues, groups and policies.
//!
//! Everything comes from the tenant's seeded randomness. People are made elsewhere.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::credentials::{self, Secret};
use super::names::PRODUCTS;
use super::{app_policy, documents, moments, permissions};
use crate::world::{Table, World, same};

/// The tenant that owns Microsoft's own applications.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
const TEAMS: &str = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239";
const AZURE: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// Microsoft's applications: app id, name, whether the tenant has it from the beginning, and its names besides
/// the app id.
const MICROSOFTS: [(&str, &str, bool, &[&str]); 12] = [
    (
        GRAPH,
        "Microsoft Graph",
        true,
        &[
            "https://graph.microsoft.com",
            "https://graph.microsoft.us",
            "https://dod-graph.microsoft.us",
            "https://canary.graph.microsoft.com",
        ],
    ),
    (
        "00000002-0000-0000-c000-000000000000",
        "Windows Azure Active Directory",
        true,
        &["https://graph.windows.net"],
    ),
    (
        EXCHANGE,
        "Office 365 Exchange Online",
        true,
        &["https://outlook.office365.com", "https://outlook.office.com"],
    ),
    (
        "00000003-0000-0ff1-ce00-000000000000",
        "Office 365 SharePoint Online",
        true,
        &["https://microsoft.sharepoint-df.com"],
    ),
    (
        AZURE,
        "Windows Azure Service Management API",
        true,
        &["https://management.azure.com", "https://management.core.windows.net"],
    ),
    (
        TEAMS,
        "Skype and Teams Tenant Admin API",
        true,
        &["https://api.interfaces.records.teams.microsoft.com"],
    ),
    ("14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools", true, &[]),
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI", true, &[]),
    ("12128f48-ec9e-42f0-b203-ea49fb6af367", "Microsoft Teams PowerShell Cmdlets", true, &[]),
    (
        "00000009-0000-0000-c000-000000000000",
        "Power BI Service",
        false,
        &["https://analysis.windows.net/powerbi/api"],
    ),
    (
        "c5393580-f805-4401-95e8-94b7a6ef2fc2",
        "Office 365 Management APIs",
        false,
        &["https://manage.office.com"],
    ),
    (
        "fc780465-2017-40d4-a0c5-307022471b92",
        "WindowsDefenderATP",
        false,
        &["https://api.securitycenter.microsoft.com"],
    ),
];

const REPLY: &str = "https://intern.contoso.example/callback";

/// Fills an empty tenant.
pub(crate) fn furnish(world: &mut World, service_principals: usize) {
    let created = world.now - Duration::days(900);
    for (app_id, ..) in MICROSOFTS.iter().filter(|(_, _, there, _)| *there) {
        let id = world.random.guid();
        if let Some(document) = of_microsoft(app_id, &id, created) {
            world.put(Table::Principals, &id, Some(document));
        }
    }
    for number in 0..service_principals {
        product(world, number, created);
    }
    for colleague in &COLLEAGUES {
        of_colleague(world, colleague, created);
    }
    groups(world, created);
    world.put(Table::Policies, "default", Some(app_policy::compose(false, None, None, false)));
    world.put(Table::Policies, "authorization", Some(authorization()));
}

/// The service principal of one of Microsoft's applications; none for an app id that is not Microsoft's.
pub(crate) fn of_microsoft(app_id: &str, id: &str, now: OffsetDateTime) -> Option<Value> {
    let (app_id, name, _, names) =
        MICROSOFTS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(app_id))?;
    let mut document = documents::principal(id, app_id, name, MICROSOFT, now);
    let mut all = vec![json!(app_id)];
    all.extend(names.iter().flat_map(|name| [json!(name), json!(format!("{name}/"))]));
    document["servicePrincipalNames"] = Value::Array(all);
    let (roles, scopes) = offered(app_id);
    document["appRoles"] = roles;
    document["oauth2PermissionScopes"] = scopes;
    document["signInAudience"] = json!("AzureADMultipleOrgs");
    Some(document)
}

/// Application roles and delegated permissions of an API.
fn offered(app_id: &str) -> (Value, Value) {
    match app_id {
        GRAPH => permissions::of_graph(),
        EXCHANGE => permissions::of_exchange(),
        TEAMS => permissions::of_teams_admin(),
        AZURE => permissions::of_azure(),
        _ => (json!([]), json!([])),
    }
}

/// Another vendor's product, with what somebody once consented to.
fn product(world: &mut World, number: usize, now: OffsetDateTime) {
    let (id, app_id, owner) = (world.random.guid(), world.random.guid(), world.random.guid());
    let product = PRODUCTS.get(number % PRODUCTS.len()).copied().unwrap_or_default();
    let name = if number < PRODUCTS.len() {
        product.to_owned()
    } else {
        format!("{product} {}", number / PRODUCTS.len() + 1)
    };
    let mut document = documents::principal(&id, &app_id, &name, &owner, now);
    document["accountEnabled"] = json!(number % 9 != 8);
    document["tags"] = json!(["WindowsAzureActiveDirectoryIntegratedApp"]);
    world.put(Table::Principals, &id, Some(document));
    if number.is_multiple_of(2) {
        consent(world, &id, None, "User.Read openid profile");
    } else if let Some(person) = person(world, number) {
        consent(world, &id, Some(&person), "User.Read");
    }
    if number % 4 == 1 {
        assign(world, &id, &name, "User.Read.All", now);
    }
}

struct Colleague {
    name: &'static str,
    notes: Option<&'static str>,
    owner: usize,
    roles: &'static [&'static str],
    scopes: &'static str,
    /// Name and age in days of each secret; they live for two years.
    secrets: &'static [(&'static str, i64)],
}

/// Applications that people of the tenant registered before.
const COLLEAGUES: [Colleague; 4] = [
    Colleague {
        name: "TARGETconnect Schnittstelle (Test)",
        notes: Some("Bitte nicht löschen, Rückfragen an das Rechenzentrum"),
        owner: 3,
        roles: &["User.Read.All"],
        scopes: "User.Read",
        secrets: &[("Test 2023", 800), ("Test", 200)],
    },
    Colleague {
        name: "Raumbuchung intern",
        notes: None,
        owner: 9,
        roles: &["Calendars.Read"],
        scopes: "User.Read Calendars.Read",
        secrets: &[("server", 30)],
    },
    Colleague {
        name: "Lernplattform SSO",
        notes: None,
        owner: 14,
        roles: &[],
        scopes: "openid profile email User.Read",
        secrets: &[("prod", 690)],
    },
    Colleague {
        name: "Skript Benutzerexport",
        notes: Some("liest die Personen aus"),
        owner: 21,
        roles: &["User.Read.All", "Group.Read.All"],
        scopes: "",
        secrets: &[],
    },
];

fn of_colleague(world: &mut World, colleague: &Colleague, now: OffsetDateTime) {
    let (id, app_id, principal_id) = (world.random.guid(), world.random.guid(), world.random.guid());
    let graph = graph_principal(world);
    let named = |list: &str, value: &str| {
        crate::world::list(&graph[list]).find(|one| same(&one["value"], value)).map(|one| one["id"].clone())
    };
    let mut access: Vec<Value> = Vec::new();
    access.extend(
        colleague
            .roles
            .iter()
            .filter_map(|role| named("appRoles", role))
            .map(|id| json!({"id": id, "type": "Role"})),
    );
    access.extend(
        colleague
            .scopes
            .split(' ')
            .filter_map(|scope| named("oauth2PermissionScopes", scope))
            .map(|id| json!({"id": id, "type": "Scope"})),
    );
    let mut application = documents::application(&id, &app_id, &world.tenant.domain, now);
    let mut passwords = Vec::new();
    for (name, age) in colleague.secrets {
        let (start, key_id) = (world.now - Duration::days(*age), world.random.guid());
        let text = credentials::secret_text(&mut world.random);
        let ends_at = start + Duration::days(730);
        passwords.push(json!({"customKeyIdentifier": null, "displayName": name, "endDateTime": moments::write(ends_at),
            "hint": text.get(..3), "keyId": key_id, "secretText": null, "startDateTime": moments::write(start)}));
        world.secrets.push(Secret {
            app_id: app_id.clone(),
            key_id,
            hash: credentials::hash(&text),
            ends_at,
        });
    }
    documents::lay_over(
        &mut application,
        &json!({
            "displayName": colleague.name, "notes": colleague.notes, "signInAudience": "AzureADMyOrg",
            "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": access}], "passwordCredentials": passwords,
            "web": {"redirectUris": [REPLY]},
        }),
    );
    let mut principal = documents::principal(&principal_id, &app_id, colleague.name, &world.tenant.id, now);
    documents::lay_over(&mut principal, &json!({"signInAudience": "AzureADMyOrg", "replyUrls": [REPLY]}));
    world.put(Table::Applications, &id, Some(application));
    world.put(Table::Principals, &principal_id, Some(principal));
    let owners: Vec<String> = person(world, colleague.owner).into_iter().collect();
    world.put(Table::Owners, &id, Some(json!(owners)));
    for role in colleague.roles {
        assign(world, &principal_id, colleague.name, role, now);
    }
    if !colleague.scopes.is_empty() {
        consent(world, &principal_id, None, colleague.scopes);
    }
}

fn graph_principal(world: &World) -> Value {
    world
        .shelf(Table::Principals)
        .all_latest()
        .find(|found| same(&found["appId"], GRAPH))
        .cloned()
        .unwrap_or_default()
}

fn consent(world: &mut World, client: &str, person: Option<&str>, scope: &str) {
    let graph = graph_id(world);
    let id = grant_id(world);
    let kind = if person.is_some() { "Principal" } else { "AllPrincipals" };
    let document = json!({"clientId": client, "consentType": kind, "id": id, "principalId": person, "resourceId": graph, "scope": scope});
    world.put(Table::Grants, &id, Some(document));
}

fn assign(world: &mut World, principal: &str, name: &str, role: &str, now: OffsetDateTime) {
    let graph = graph_id(world);
    let shelf = world.shelf(Table::Principals);
    let role_id = shelf.latest(&graph).and_then(|graph| {
        crate::world::list(&graph["appRoles"])
            .find(|one| same(&one["value"], role))
            .map(|one| one["id"].clone())
    });
    let id = grant_id(world);
    let document = json!({"id": id, "deletedDateTime": null, "appRoleId": role_id, "createdDateTime": moments::write(now),
        "principalDisplayName": name, "principalId": principal, "principalType": "ServicePrincipal",
        "resourceDisplayName": "Microsoft Graph", "resourceId": graph});
    world.put(Table::Assignments, &id, Some(document));
}

fn graph_id(world: &World) -> String {
    let found = world.shelf(Table::Principals).all_latest().find(|found| same(&found["appId"], GRAPH));
    found.and_then(|found| found["id"].as_str()).unwrap_or_default().to_owned()
}

/// An id as assignments and grants have it: 43 characters of base64url.
pub(crate) fn grant_id(world: &mut World) -> String {
    world.random.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 43)
}

fn groups(world: &mut World, now: OffsetDateTime) {
    const GROUPS: [(&str, &str, bool, usize); 4] = [
        ("Rechenzentrum", "rechenzentrum", false, 8),
        ("Telefonie Operatoren", "telefonie-operatoren", false, 12),
        ("Alle Mitarbeitenden", "alle", true, 40),
        ("Leere Gruppe", "leer", false, 0),
    ];
    for (name, nick, unified, members) in &GROUPS {
        let id = world.random.guid();
        let document = documents::group(&id, name, nick, &world.tenant.domain, *unified, now);
        world.put(Table::Groups, &id, Some(document));
        let ids: Vec<String> = (0..*members).filter_map(|number| person(world, number * 3)).collect();
        world.put(Table::Members, &id, Some(json!(ids)));
    }
}

/// The id of somebody whose seat no account takes later.
fn person(world: &World, number: usize) -> Option<String> {
    let free = world.people.len().saturating_sub(20);
    let seat = number.checked_rem(free)?;
    world.people.field(seat, "id").as_str().map(str::to_owned)
}

fn authorization() -> Value {
    json!({"id": "authorizationPolicy", "allowInvitesFrom": "adminsAndGuestInviters", "allowedToSignUpEmailBasedSubscriptions": true,
        "allowedToUseSSPR": true, "allowEmailVerifiedUsersToJoinOrganization": false, "allowUserConsentForRiskyApps": null,
        "blockMsolPowerShell": false, "description": "Used to manage authorization related settings across the company.",
        "displayName": "Authorization Policy", "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {"allowedToCreateApps": true, "allowedToCreateSecurityGroups": true,
            "allowedToCreateTenants": true, "allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
            "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"]}})
}
