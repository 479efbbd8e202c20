//! Scopes as clients spell them: which API they mean and which permissions of it.
//!
//! `User.Read`, `https://graph.microsoft.com/User.Read` and `https://localhost:1234//.default` are all
//! understood; what is asked for is kept exactly as spelled, since clients use it as the key of their cache.

use super::refusal::Refusal;
use crate::rehearsal::Rehearsal;

pub(crate) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
pub(crate) const AZURE: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
const TEAMS: &str = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239";
const GRAPH_HOSTS: [&str; 5] = [
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
    "https://canary.graph.microsoft.com",
];
const AZURE_HOSTS: [&str; 5] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.core.chinacloudapi.cn",
];
const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What a scope parameter asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// App id of the one API.
    pub resource: String,
    /// The audience of the token: the API as the client named it, without slashes at the end.
    pub audience: String,
    /// Permission values, without `.default`.
    pub values: Vec<String>,
    pub default: bool,
    pub openid: bool,
    pub offline: bool,
    /// As spelled, in order.
    pub spelled: Vec<String>,
}

/// Reads scopes; `invalid_scope`, `invalid_resource` or a mix of resources is refused.
pub(crate) fn wish(rehearsal: &Rehearsal, scopes: &[String]) -> Result<Wish, Refusal> {
    let mut wish = Wish {
        resource: String::new(),
        audience: String::new(),
        values: Vec::new(),
        default: false,
        openid: false,
        offline: false,
        spelled: scopes.to_vec(),
    };
    for scope in scopes {
        if OPENID.contains(&scope.as_str()) {
            wish.openid |= scope == "openid";
            wish.offline |= scope == "offline_access";
            continue;
        }
        let (name, value) = scope.rsplit_once('/').unwrap_or(("https://graph.microsoft.com", scope));
        let name = name.trim_end_matches('/');
        let resource = resource_named(rehearsal, name).ok_or_else(|| not_found(rehearsal, name))?;
        if !wish.resource.is_empty() && wish.resource != resource {
            return Err(Refusal::scope(
                700022,
                format!(
                    "The provided value for the input parameter 'scope' is not valid because it contains more than one resource. Scope {} is not valid.",
                    scopes.join(" ")
                ),
            ));
        }
        wish.resource = resource;
        wish.audience = name.to_owned();
        if value == ".default" {
            wish.default = true;
        } else if value.is_empty() {
            return Err(invalid(scope));
        } else {
            wish.values.push(value.to_owned());
        }
    }
    if wish.resource.is_empty() {
        wish.resource = GRAPH.to_owned();
        wish.audience = "https://graph.microsoft.com".to_owned();
    }
    Ok(wish)
}

fn invalid(scope: &str) -> Refusal {
    Refusal::scope(
        70011,
        format!(
            "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        ),
    )
}

fn not_found(rehearsal: &Rehearsal, name: &str) -> Refusal {
    Refusal::new(
        400,
        "invalid_resource",
        500011,
        format!(
            "The resource principal named {name} was not found in the tenant named {}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
            rehearsal.tenant_id
        ),
    )
}

fn resource_named(rehearsal: &Rehearsal, name: &str) -> Option<String> {
    if is_graph(rehearsal, name) {
        return Some(GRAPH.to_owned());
    }
    if name.eq_ignore_ascii_case(AZURE) || AZURE_HOSTS.iter().any(|host| name.eq_ignore_ascii_case(host)) {
        return Some(AZURE.to_owned());
    }
    if name.eq_ignore_ascii_case(TEAMS) {
        return Some(TEAMS.to_owned());
    }
    super::clients::resource_named(&rehearsal.world(), name)
}

/// Whether an audience or a resource name means Graph: its id, its hosts, or this tenant's own address.
pub(crate) fn is_graph(rehearsal: &Rehearsal, name: &str) -> bool {
    let name = name.trim_end_matches('/');
    name.eq_ignore_ascii_case(GRAPH)
        || GRAPH_HOSTS.iter().any(|host| name.eq_ignore_ascii_case(host))
        || is_own(rehearsal, name)
}

fn is_own(rehearsal: &Rehearsal, name: &str) -> bool {
    let own = |text: &str| -> Option<(String, u16)> {
        let url = url::Url::parse(text).ok()?;
        Some((url.scheme().to_owned(), url.port_or_known_default()?))
    };
    let Some(asked) = url::Url::parse(name).ok() else { return false };
    let loopback = matches!(asked.host_str(), Some("localhost" | "127.0.0.1"));
    loopback && own(name) == own(&rehearsal.origin)
}
