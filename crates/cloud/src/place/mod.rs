//! The clouds: which hosts there are, and therefore which hosts may ever be spoken to.
//! Four are compiled in; a fifth comes from a file that the admin wrote. Nothing else can add a host.

mod file;
mod portal;

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

pub use file::PlaceError;
pub use portal::PortalPage;

/// Microsoft Graph Command Line Tools, the public client that every tenant knows.
pub const GRAPH_COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// Which cloud a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// Microsoft's public cloud, GCC included.
    Global,
    /// US Government L4, called GCC High.
    UsGovernment,
    /// US Government L5, the Department of Defense.
    UsDod,
    /// China, run by 21Vianet.
    China,
    /// Told by a cloud file.
    Custom,
}

/// One cloud with its hosts (Microsoft's page "National clouds").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `global`, `us-government`, `us-dod`, `china`, or the cloud file's stem.
    pub name: String,
    /// Which cloud this is.
    pub kind: PlaceKind,
    /// Where people and applications sign in; scheme, host and port only.
    pub login: Url,
    /// Where Graph answers; scheme, host and port only.
    pub graph: Url,
    /// The Azure portal.
    pub portal: Url,
    /// The Entra admin centre.
    pub entra: Url,
    /// The public client to sign in with.
    pub client_id: String,
    /// A further certificate authority to trust, in PEM.
    pub ca_file: Option<PathBuf>,
    /// `-TeamsEnvironmentName` of Connect-MicrosoftTeams, where it is needed.
    pub teams_environment: Option<String>,
    /// How long a request may take.
    pub patience: Patience,
}

/// How long each part of one request may take before it counts as lost. No file changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// For the whole request.
    pub whole: Duration,
}

impl Default for Patience {
    /// 10, 30 and 120 seconds.
    fn default() -> Self {
        let [connect, idle, whole] = [10, 30, 120].map(Duration::from_secs);
        Self { connect, idle, whole }
    }
}

impl Place {
    /// Microsoft's public cloud.
    pub fn global() -> Place {
        compiled(PlaceKind::Global)
    }

    /// US Government L4 (GCC High).
    pub fn us_government() -> Place {
        compiled(PlaceKind::UsGovernment)
    }

    /// US Government L5 (DoD).
    pub fn us_dod() -> Place {
        compiled(PlaceKind::UsDod)
    }

    /// China (21Vianet).
    pub fn china() -> Place {
        compiled(PlaceKind::China)
    }

    /// A compiled-in place by its name; `None` for any other name.
    pub fn named(name: &str) -> Option<Place> {
        [Place::global(), Place::us_government(), Place::us_dod(), Place::china()]
            .into_iter()
            .find(|place| place.name == name)
    }

    /// Reads a cloud file: TOML with `login`, `graph`, `portal` and, if wanted, `ca_file` and `client_id`.
    /// A relative `ca_file` is looked up beside the cloud file.
    ///
    /// # Errors
    /// [`PlaceError`] names the file, the line and the column.
    pub fn read(path: &Path) -> Result<Place, PlaceError> {
        file::read(path)
    }

    /// The same place, signed in to with another public client.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Place {
        self.client_id = client_id.into();
        self
    }

    /// The address of a portal page. The portal's addresses are undocumented, so the name is always shown beside them.
    pub fn portal_link(&self, page: &PortalPage) -> Url {
        portal::link(self, page)
    }

    /// Every address that this cloud may name as the page where a device code is typed.
    pub(crate) fn accepts_verification(&self, address: &Url) -> bool {
        let known: &[&str] = match self.kind {
            PlaceKind::Global => &VERIFICATION_GLOBAL,
            PlaceKind::UsGovernment | PlaceKind::UsDod => &VERIFICATION_US,
            PlaceKind::China => &VERIFICATION_CHINA,
            PlaceKind::Custom if same_origin(address, &self.login) => return plain(address),
            PlaceKind::Custom => &VERIFICATION_GLOBAL,
        };
        let told = address.as_str().trim_end_matches('/');
        known.contains(&told)
    }

    /// `User.Read` as this cloud wants to be asked for it: with the resource in front in a national cloud.
    pub(crate) fn scope(&self, value: &str) -> String {
        let plain_name =
            matches!(value, "openid" | "profile" | "offline_access" | "email") || value.contains("://");
        match self.kind {
            PlaceKind::Global | PlaceKind::Custom => value.to_owned(),
            _ if plain_name => value.to_owned(),
            _ => format!("{}/{value}", origin(&self.graph)),
        }
    }

    /// The scope that stands for everything granted to an application.
    pub(crate) fn default_scope(&self) -> String {
        format!("{}/.default", origin(&self.graph))
    }
}

const VERIFICATION_GLOBAL: [&str; 3] = [
    "https://microsoft.com/devicelogin",
    "https://login.microsoft.com/device",
    "https://www.microsoft.com/link",
];
const VERIFICATION_US: [&str; 2] =
    ["https://microsoft.com/deviceloginus", "https://login.microsoftonline.us/common/oauth2/deviceauth"];
const VERIFICATION_CHINA: [&str; 2] = [
    "https://microsoft.com/deviceloginchina",
    "https://login.partner.microsoftonline.cn/common/oauth2/deviceauth",
];

/// Whether two addresses have the same scheme, host and port.
pub(crate) fn same_origin(left: &Url, right: &Url) -> bool {
    left.scheme() == right.scheme()
        && left.host_str().is_some()
        && left.host_str() == right.host_str()
        && left.port_or_known_default() == right.port_or_known_default()
}

/// Whether an address carries no user name and no password.
pub(crate) fn plain(address: &Url) -> bool {
    address.username().is_empty() && address.password().is_none()
}

/// Scheme, host and port without a slash at the end.
pub(crate) fn origin(address: &Url) -> String {
    address.origin().ascii_serialization()
}

/// Whether an address stays on this computer.
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn compiled(kind: PlaceKind) -> Place {
    let (name, login, graph, portal, entra, teams) = match kind {
        PlaceKind::Global | PlaceKind::Custom => (
            "global",
            "login.microsoftonline.com",
            "graph.microsoft.com",
            "portal.azure.com",
            "entra.microsoft.com",
            None,
        ),
        PlaceKind::UsGovernment => (
            "us-government",
            "login.microsoftonline.us",
            "graph.microsoft.us",
            "portal.azure.us",
            "entra.microsoft.us",
            Some("TeamsGCCH"),
        ),
        PlaceKind::UsDod => (
            "us-dod",
            "login.microsoftonline.us",
            "dod-graph.microsoft.us",
            "portal.azure.us",
            "entra.microsoft.us",
            Some("TeamsDOD"),
        ),
        PlaceKind::China => (
            "china",
            "login.partner.microsoftonline.cn",
            "microsoftgraph.chinacloudapi.cn",
            "portal.azure.cn",
            "entra.microsoft.cn",
            Some("TeamsChina"),
        ),
    };
    Place {
        name: name.to_owned(),
        kind,
        login: https(login),
        graph: https(graph),
        portal: https(portal),
        entra: https(entra),
        client_id: GRAPH_COMMAND_LINE_TOOLS.to_owned(),
        ca_file: None,
        teams_environment: teams.map(str::to_owned),
        patience: Patience::default(),
    }
}

fn https(host: &str) -> Url {
    Url::parse(&format!("https://{host}/"))
        .unwrap_or_else(|_| unreachable!("a compiled-in host is an address"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_compiled_place_is_found_by_its_name() {
        for name in ["global", "us-government", "us-dod", "china"] {
            assert_eq!(Place::named(name).unwrap().name, name);
        }
        assert!(Place::named("custom").is_none());
    }

    #[test]
    fn compiled_places_use_https_only() {
        for place in [Place::global(), Place::us_government(), Place::us_dod(), Place::china()] {
            for address in [&place.login, &place.graph, &place.portal, &place.entra] {
                assert_eq!(address.scheme(), "https");
            }
        }
    }

    #[test]
    fn the_two_american_clouds_differ_in_graph_only() {
        let (high, dod) = (Place::us_government(), Place::us_dod());
        assert_eq!(high.login, dod.login);
        assert_ne!(high.graph, dod.graph);
    }

    #[test]
    fn origins_are_compared_exactly() {
        let graph = Url::parse("https://graph.microsoft.com/").unwrap();
        for (other, same) in [
            ("https://graph.microsoft.com/v1.0/x", true),
            ("https://graph.microsoft.com:443/", true),
            ("https://GRAPH.microsoft.com/", true),
            ("http://graph.microsoft.com/", false),
            ("https://graph.microsoft.com:444/", false),
            ("https://graph.microsoft.com./", false),
            ("https://graph.microsoft.com.evil.example/", false),
            ("https://graph.microsoft.com@evil.example/", false),
        ] {
            assert_eq!(same_origin(&Url::parse(other).unwrap(), &graph), same, "{other}");
        }
    }

    #[test]
    fn only_known_pages_may_ask_for_the_code() {
        let global = Place::global();
        for (address, accepted) in [
            ("https://microsoft.com/devicelogin", true),
            ("https://login.microsoft.com/device", true),
            ("https://www.microsoft.com/link", true),
            ("https://www.microsoft.com/link/", true),
            ("http://microsoft.com/devicelogin", false),
            ("https://microsoft.com/devicelogin?otc=X", false),
            ("https://microsoft.com.evil.example/devicelogin", false),
            ("https://u@microsoft.com/devicelogin", false),
            ("https://microsoft.com/deviceloginus", false),
        ] {
            assert_eq!(global.accepts_verification(&Url::parse(address).unwrap()), accepted, "{address}");
        }
        let us = Url::parse("https://microsoft.com/deviceloginus").unwrap();
        assert!(Place::us_government().accepts_verification(&us));
    }

    #[test]
    fn national_clouds_name_the_resource_in_a_scope() {
        assert_eq!(Place::global().scope("User.Read"), "User.Read");
        assert_eq!(Place::us_government().scope("User.Read"), "https://graph.microsoft.us/User.Read");
        assert_eq!(Place::us_government().scope("openid"), "openid");
        assert_eq!(Place::china().default_scope(), "https://microsoftgraph.chinacloudapi.cn/.default");
    }
}
