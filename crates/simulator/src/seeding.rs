//! The first state of the tenant: the accounts one can sign in as, a public client, and the confidential
//! client of the announcement.
//!
//! The applications are made through Graph, as any client would make them, while nothing lags yet; only the
//! accounts are put into the directory directly, since Graph has no call that gives an account its roles.

use base64::Engine as _;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::accounts::{APPLICATION, Account, CAST, GLOBAL, Home, Obstacle, PRIVILEGED, Person, TEAMS};
use crate::certificates::ClientCertificate;
use crate::clock::Clock;
use crate::communication_users::{self, CommunicationUser};
use crate::graph::{self, Caller, CallerKind, GraphRequest};
use crate::login::clients;
use crate::login::resources::GRAPH;
use crate::settings::{CredentialPolicy, Partner, Settings};
use crate::world::World;

/// The directory refused a part of its first state.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the rehearsal tenant could not be seeded: {method} {path} answered {status}")]
pub struct SeedingError {
    method: String,
    path: String,
    status: u16,
}

pub(crate) struct Seeded {
    pub world: World,
    pub people: Vec<Person>,
    pub communication_users: Vec<CommunicationUser>,
    pub tenant_id: String,
    pub domain: String,
    pub own_client: String,
    pub confidential_client: String,
    pub confidential_secret: String,
}

/// The age of what is seeded.
const OLD: time::Duration = time::Duration::hours(2);

/// What the announced confidential client may do.
const ROLES: [&str; 8] = [
    "User.Read.All",
    "Directory.Read.All",
    "Organization.Read.All",
    "Group.Read.All",
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "Policy.Read.All",
    "OnlineMeetings.ReadWrite.All",
];

/// Seeds a tenant, with clients of its own to announce where there is a certificate for one.
pub(crate) fn seed(
    settings: &Settings,
    clock: &Clock,
    origin: &str,
    certificate: Option<&ClientCertificate>,
) -> Result<Seeded, SeedingError> {
    // Everything seeded is older than any replication delay, so that only what a client makes lags.
    let long_ago = clock.now() - OLD;
    let (users, principals) = (settings.users, settings.service_principals);
    let mut world = match &settings.organisation {
        Some((name, domain)) => World::seeded_as((name, domain), settings.seed, users, principals, long_ago),
        None => World::seeded(settings.seed, users, principals, long_ago),
    };
    world.settings.flapping = settings.flapping;
    world.settings.teams_delay = settings.teams_delay;
    world.settings.page_size = settings.page_size;
    let tenant_id = world.tenant.id.clone();
    let domain = world.tenant.domain.clone();
    let mut people = people(&mut world, &domain);
    people.extend(settings.partner.as_ref().map(|partner| settle_partner(&mut world, &domain, partner)));
    let communication_users = communication_users::settle(&mut world, settings.seed, &mut people);
    let administrator = people
        .iter()
        .find(|person| person.role_ids.iter().any(|role| role == GLOBAL.0))
        .map(|person| all_powerful_scopes(&person.object_id, person.role_ids.clone()))
        .unwrap_or_else(|| all_powerful_scopes("", vec![GLOBAL.0.to_owned()]));
    let mut site = Site { world: &mut world, caller: &administrator, origin };
    let (own_client, (confidential_client, confidential_secret)) = match certificate {
        Some(certificate) => {
            (public_client(&mut site)?, confidential_client(&mut site, certificate, clock.now())?)
        }
        None => Default::default(),
    };
    if let Some(policy) = settings.credential_policy {
        restrict(&mut world, policy);
    }
    world.settings.replication_delay = settings.replication_delay;
    world.now = clock.now();
    Ok(Seeded {
        world,
        people,
        communication_users,
        tenant_id,
        domain,
        own_client,
        confidential_client,
        confidential_secret,
    })
}

/// Sets the tenant's app management policy.
pub(crate) fn restrict(world: &mut World, policy: CredentialPolicy) {
    world.restrict_credentials(
        policy.no_secrets,
        policy.secret_days,
        policy.certificate_days,
        policy.no_self_signed,
    );
}

/// A caller with every delegated permission, so that its roles alone decide.
pub(crate) fn all_powerful_scopes(object_id: &str, roles: Vec<String>) -> Caller {
    let scopes = [
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.ReadWrite.All",
        "User.Read",
        "User.Read.All",
        "Policy.Read.All",
    ];
    Caller {
        kind: CallerKind::User {
            object_id: object_id.to_owned(),
            roles,
            scopes: scopes.map(str::to_owned).to_vec(),
        },
    }
}

/// Grants an application every permission that it lists, as the admin consent page does.
pub(crate) fn consent_to_everything(
    world: &mut World,
    caller: &Caller,
    app_id: &str,
    origin: &str,
) -> Result<(), SeedingError> {
    let mut site = Site { world, caller, origin };
    let application = site.call("GET", &format!("/v1.0/applications(appId='{app_id}')"), None)?;
    let principal = site.principal(app_id)?;
    for api in application["requiredResourceAccess"].as_array().into_iter().flatten() {
        let resource = site.principal(api["resourceAppId"].as_str().unwrap_or_default())?;
        let mut scopes = Vec::new();
        for access in api["resourceAccess"].as_array().into_iter().flatten() {
            if access["type"] == "Role" {
                site.assign(&principal, &resource, &access["id"])?;
            } else if let Some(value) = named(&resource["oauth2PermissionScopes"], &access["id"]) {
                scopes.push(value);
            }
        }
        if !scopes.is_empty() {
            let grant = json!({"clientId": principal["id"], "consentType": "AllPrincipals",
                "resourceId": resource["id"], "scope": scopes.join(" ")});
            site.call("POST", "/v1.0/oauth2PermissionGrants", Some(grant))?;
        }
    }
    Ok(())
}

fn named(permissions: &Value, id: &Value) -> Option<String> {
    let found = permissions.as_array()?.iter().find(|permission| &permission["id"] == id)?;
    found["value"].as_str().map(str::to_owned)
}

struct Site<'a> {
    world: &'a mut World,
    caller: &'a Caller,
    origin: &'a str,
}

impl Site<'_> {
    fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Result<Value, SeedingError> {
        let request = GraphRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
            origin: self.origin.to_owned(),
        };
        let answer = graph::answer(self.world, &request, self.caller);
        if (200..300).contains(&answer.status) {
            Ok(answer.body.unwrap_or(Value::Null))
        } else {
            Err(SeedingError { method: method.to_owned(), path: path.to_owned(), status: answer.status })
        }
    }

    /// The service principal of an application, made when it is missing.
    fn principal(&mut self, app_id: &str) -> Result<Value, SeedingError> {
        let path = format!("/v1.0/servicePrincipals(appId='{app_id}')");
        self.call("GET", &path, None)
            .or_else(|_| self.call("POST", "/v1.0/servicePrincipals", Some(json!({"appId": app_id}))))
    }

    fn assign(&mut self, principal: &Value, resource: &Value, role: &Value) -> Result<(), SeedingError> {
        let id = principal["id"].as_str().unwrap_or_default();
        let there = self.call("GET", &format!("/v1.0/servicePrincipals/{id}/appRoleAssignments"), None)?;
        let has = |known: &Value| known["appRoleId"] == *role && known["resourceId"] == resource["id"];
        if there["value"].as_array().into_iter().flatten().any(has) {
            return Ok(());
        }
        let body = json!({"principalId": id, "resourceId": resource["id"], "appRoleId": role});
        self.call("POST", &format!("/v1.0/servicePrincipals/{id}/appRoleAssignments"), Some(body)).map(|_| ())
    }
}

fn public_client(site: &mut Site<'_>) -> Result<String, SeedingError> {
    let graph = site.principal(GRAPH)?;
    let listed: Vec<Value> = graph["oauth2PermissionScopes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|scope| {
            scope["value"].as_str().is_some_and(|value| clients::GRAPH_TOOLS_SCOPES.contains(&value))
        })
        .map(|scope| json!({"id": scope["id"], "type": "Scope"}))
        .collect();
    let body = json!({
        "displayName": "Rehearsal sign-in",
        "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": listed}],
        "signInAudience": "AzureADMyOrg",
        "isFallbackPublicClient": true,
        "publicClient": {"redirectUris": ["http://localhost", "http://127.0.0.1"]},
    });
    let made = site.call("POST", "/v1.0/applications", Some(body))?;
    let app_id = made["appId"].as_str().unwrap_or_default().to_owned();
    consent_to_everything(site.world, site.caller, &app_id, site.origin)?;
    Ok(app_id)
}

fn confidential_client(
    site: &mut Site<'_>,
    certificate: &ClientCertificate,
    now: OffsetDateTime,
) -> Result<(String, String), SeedingError> {
    let graph = site.principal(GRAPH)?;
    let roles: Vec<Value> = ROLES
        .iter()
        .filter_map(|wanted| {
            let all = graph["appRoles"].as_array()?;
            all.iter().find(|role| role["value"] == *wanted).map(|role| role["id"].clone())
        })
        .collect();
    let access: Vec<Value> = roles.iter().map(|id| json!({"id": id, "type": "Role"})).collect();
    let text =
        |at: OffsetDateTime| at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    let body = json!({
        "displayName": "Rehearsal confidential client",
        "signInAudience": "AzureADMyOrg",
        "web": {"redirectUris": ["https://localhost/rehearsal"]},
        "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": access}],
        "keyCredentials": [{
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "key": base64::engine::general_purpose::STANDARD.encode(&certificate.der),
            "displayName": "CN=Footbridge rehearsal client",
            "startDateTime": text(certificate.not_before),
            "endDateTime": text(certificate.not_after),
        }],
    });
    let made = site.call("POST", "/v1.0/applications", Some(body))?;
    let app_id = made["appId"].as_str().unwrap_or_default().to_owned();
    let principal = site.principal(&app_id)?;
    for role in &roles {
        site.assign(&principal, &graph, role)?;
    }
    let path = format!("/v1.0/applications/{}/addPassword", made["id"].as_str().unwrap_or_default());
    let end = text(now + time::Duration::days(90));
    let body = json!({"passwordCredential": {"displayName": "rehearsal", "endDateTime": end}});
    let secret = site.call("POST", &path, Some(body))?;
    Ok((app_id, secret["secretText"].as_str().unwrap_or_default().to_owned()))
}

/// Roles of a partner, enough for whole guides.
const PARTNER_ROLES: [(&str, &str); 3] = [PRIVILEGED, APPLICATION, TEAMS];

fn settle_partner(world: &mut World, domain: &str, partner: &Partner) -> Person {
    let home = Home { tenant_id: partner.tenant_id.clone(), mail: partner.upn.clone(), guest: false };
    let upn = format!("{}#EXT#@{domain}", partner.upn.replace('@', "_"));
    let object_id = world.settle_person(&upn, &partner.name, Some(&partner.upn), &PARTNER_ROLES);
    Person {
        account: Account {
            upn,
            name: partner.name.clone(),
            roles: PARTNER_ROLES.iter().map(|(_, name)| (*name).to_owned()).collect(),
            note: "administers this tenant from another one".to_owned(),
        },
        local: "partner",
        object_id,
        role_ids: PARTNER_ROLES.iter().map(|(id, _)| (*id).to_owned()).collect(),
        obstacle: Obstacle::None,
        home: Some(home),
        password: None,
    }
}

fn people(world: &mut World, domain: &str) -> Vec<Person> {
    CAST.iter()
        .enumerate()
        .map(|(index, cast)| {
            let home = cast.guest.then(|| Home {
                tenant_id: format!("7e11a000-0000-4000-8000-{:012x}", index + 1),
                mail: format!("{}@elsewhere.example", cast.local),
                guest: true,
            });
            let upn = match (&home, cast.obstacle) {
                (Some(home), Obstacle::Elsewhere) => home.mail.clone(),
                (Some(home), _) => format!("{}#EXT#@{domain}", home.mail.replace('@', "_")),
                (None, _) => format!("{}@{domain}", cast.local),
            };
            let object_id = clients::settle_person(world, &upn, cast, home.as_ref());
            Person {
                account: Account {
                    upn,
                    name: cast.name.to_owned(),
                    roles: cast.roles.iter().map(|(_, name)| (*name).to_owned()).collect(),
                    note: cast.note.to_owned(),
                },
                local: cast.local,
                object_id,
                role_ids: cast.roles.iter().map(|(id, _)| (*id).to_owned()).collect(),
                obstacle: cast.obstacle,
                home,
                password: None,
            }
        })
        .collect()
}
