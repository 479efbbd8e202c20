//! What the sign-in endpoints need to know of the directory: clients, their credentials and their grants.
//!
//! The only file of the sign-in room that reads the directory; it changes nothing but the accounts' rows
//! while the tenant is being seeded.

use std::collections::BTreeSet;

use serde_json::Value;
use time::OffsetDateTime;

use super::refusal::Refusal;
use super::resources::GRAPH;
use crate::accounts::{Cast, Home};
use crate::rehearsal::Rehearsal;
use crate::world::{SecretVerdict, World};

/// A client as far as signing in is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub app_id: String,
    pub name: String,
    /// One of Microsoft's own, which needs no registration in the tenant.
    pub first_party: bool,
    /// Public flows are allowed (`isFallbackPublicClient`).
    pub public: bool,
    pub redirects: Vec<Redirect>,
    /// First-party clients with a fixed list of Graph scopes.
    pub preauthorised: Option<&'static [&'static str]>,
}

/// A registered redirect address and whether it belongs to the public kind.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    pub uri: String,
    pub public: bool,
}

impl Client {
    pub fn has_public_address(&self) -> bool {
        self.redirects.iter().any(|redirect| redirect.public)
    }
}

struct FirstParty {
    app_id: &'static str,
    name: &'static str,
    preauthorised: Option<&'static [&'static str]>,
    consented: &'static [&'static str],
}

const AZURE_CLI_SCOPES: &[&str] = &[
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
];
const AZURE_POWERSHELL_SCOPES: &[&str] = &[
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read.All",
];
/// What an administrator of this tenant once consented to for everybody, as is usual for this tool.
pub(crate) const GRAPH_TOOLS_SCOPES: &[&str] = &[
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.Read.All",
    "Group.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "User.Read",
    "User.Read.All",
];

const FIRST_PARTIES: [FirstParty; 4] = [
    FirstParty {
        app_id: "14d82eec-204b-4c2f-b7e8-296a70dab67e",
        name: "Microsoft Graph Command Line Tools",
        preauthorised: None,
        consented: GRAPH_TOOLS_SCOPES,
    },
    FirstParty {
        app_id: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        name: "Microsoft Azure CLI",
        preauthorised: Some(AZURE_CLI_SCOPES),
        consented: AZURE_CLI_SCOPES,
    },
    FirstParty {
        app_id: "1950a258-227b-4e31-a9cf-717495945fc2",
        name: "Microsoft Azure PowerShell",
        preauthorised: Some(AZURE_POWERSHELL_SCOPES),
        consented: AZURE_POWERSHELL_SCOPES,
    },
    FirstParty {
        app_id: "12128f48-ec9e-42f0-b203-ea49fb6af367",
        name: "Microsoft Teams PowerShell Cmdlets",
        preauthorised: Some(&["User.Read"]),
        consented: &["User.Read"],
    },
];

fn first_party(app_id: &str) -> Option<&'static FirstParty> {
    FIRST_PARTIES.iter().find(|known| known.app_id.eq_ignore_ascii_case(app_id))
}

/// The client of a request, by its id.
pub(crate) fn find_client(rehearsal: &Rehearsal, client_id: &str) -> Result<Client, Refusal> {
    if let Some(known) = first_party(client_id) {
        let redirects = ["http://localhost", "https://login.microsoftonline.com/common/oauth2/nativeclient"];
        return Ok(Client {
            app_id: known.app_id.to_owned(),
            name: known.name.to_owned(),
            first_party: true,
            public: true,
            redirects: redirects.map(|uri| Redirect { uri: uri.to_owned(), public: true }).to_vec(),
            preauthorised: known.preauthorised,
        });
    }
    match uuid::Uuid::try_parse(client_id) {
        Ok(id) if !id.is_nil() => {}
        _ => {
            return Err(Refusal::new(
                400,
                "unauthorized_client",
                700038,
                format!("{client_id} is not a valid application identifier."),
            ));
        }
    }
    let (found, directory) = {
        let world = rehearsal.world();
        (application(&world, client_id), world.tenant.display_name.clone())
    };
    let application = found.ok_or_else(|| {
        Refusal::new(
            400,
            "unauthorized_client",
            700016,
            format!("Application with identifier '{client_id}' was not found in the directory '{directory}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
        )
    })?;
    let mut redirects = Vec::new();
    for (kind, public) in [("publicClient", true), ("web", false), ("spa", true)] {
        for uri in
            application[kind]["redirectUris"].as_array().into_iter().flatten().filter_map(Value::as_str)
        {
            redirects.push(Redirect { uri: uri.to_owned(), public });
        }
    }
    Ok(Client {
        app_id: application["appId"].as_str().unwrap_or(client_id).to_owned(),
        name: application["displayName"].as_str().unwrap_or_default().to_owned(),
        first_party: false,
        public: application["isFallbackPublicClient"].as_bool().unwrap_or(false),
        redirects,
        preauthorised: None,
    })
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secret {
    Good,
    Wrong,
    Expired,
}

/// A secret that no replica shows yet is as wrong as any other.
pub(crate) fn check_secret(world: &World, client: &Client, secret: &str) -> Secret {
    match world.check_secret(&client.app_id, secret) {
        SecretVerdict::Good => Secret::Good,
        SecretVerdict::Expired => Secret::Expired,
        SecretVerdict::Wrong | SecretVerdict::NotYetVisible => Secret::Wrong,
    }
}

/// A certificate that an application lists.
pub(crate) struct Certificate {
    pub der: Vec<u8>,
    pub not_after: OffsetDateTime,
}

pub(crate) fn certificates(world: &World, client: &Client) -> Vec<Certificate> {
    world
        .certificates_of(&client.app_id)
        .into_iter()
        .map(|listed| Certificate { der: listed.der, not_after: listed.not_after })
        .collect()
}

/// The object id of the client's service principal, if a token may be issued to it.
pub(crate) fn principal(world: &World, client: &Client, tenant_id: &str) -> Result<String, Refusal> {
    let principal = world.service_principal_of(&client.app_id).ok_or_else(|| {
        Refusal::client(
            7000229,
            format!("The client application '{}' is missing service principal in the tenant '{tenant_id}'. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119", client.app_id),
        )
    })?;
    if principal["accountEnabled"] == false {
        return Err(Refusal::new(
            400,
            "unauthorized_client",
            7000112,
            format!("Application '{}'({}) is disabled.", client.app_id, client.name),
        ));
    }
    Ok(principal["id"].as_str().unwrap_or_default().to_owned())
}

/// The application roles that the directory shows as granted.
pub(crate) fn granted_roles(world: &World, client: &Client, resource: &str) -> Vec<String> {
    world.granted_app_roles(&client.app_id, resource)
}

/// The delegated permissions granted in the directory, and those of Microsoft's own clients.
pub(crate) fn granted_scopes(world: &World, client: &Client, user: &str, resource: &str) -> BTreeSet<String> {
    let mut granted: BTreeSet<String> =
        world.granted_scopes(&client.app_id, user, resource).into_iter().collect();
    if let Some(known) = first_party(&client.app_id) {
        if resource == GRAPH {
            granted.extend(known.consented.iter().map(|scope| (*scope).to_owned()));
        } else {
            granted.insert("user_impersonation".to_owned());
        }
    }
    granted
}

/// Delegated permissions that an application lists for a resource, for `.default`.
pub(crate) fn listed_scopes(world: &World, client: &Client, resource: &str) -> Vec<String> {
    let Some(application) = application(world, &client.app_id) else { return Vec::new() };
    let Some(principal) = world.service_principal_of(resource) else { return Vec::new() };
    let of_resource = |api: &&Value| api["resourceAppId"].as_str() == Some(resource);
    application["requiredResourceAccess"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(of_resource)
        .flat_map(|api| api["resourceAccess"].as_array().into_iter().flatten())
        .filter(|access| access["type"] == "Scope")
        .filter_map(|access| {
            let all = principal["oauth2PermissionScopes"].as_array()?;
            let found = all.iter().find(|permission| permission["id"] == access["id"])?;
            found["value"].as_str().map(str::to_owned)
        })
        .collect()
}

/// Every delegated permission of a resource, and whether it needs an administrator's consent.
pub(crate) fn delegated_permissions(world: &World, resource: &str) -> Vec<(String, bool)> {
    let Some(principal) = world.service_principal_of(resource) else { return Vec::new() };
    principal["oauth2PermissionScopes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|permission| {
            Some((permission["value"].as_str()?.to_owned(), permission["type"] == "Admin"))
        })
        .collect()
}

/// The app id of the API that goes by this name: an app id or one of its service principal names.
pub(crate) fn resource_named(world: &World, name: &str) -> Option<String> {
    world.resource_named(name)
}

fn application(world: &World, app_id: &str) -> Option<Value> {
    world.application_by_app_id(app_id).cloned()
}

/// Makes sure that an account is in the directory with its roles, and answers its object id. A stranger is
/// in another tenant's directory and gets an id only.
pub(crate) fn settle_person(world: &mut World, upn: &str, cast: &Cast, home: Option<&Home>) -> String {
    world.settle_person(upn, cast.name, home.map(|home| home.mail.as_str()), cast.roles)
}
