//! What the pretend server is set to: its OAuth connectors, the switch of its WebMail, and its domains.

use std::collections::BTreeMap;

/// One OAuth connector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connector {
    /// `oidc` or `oauth2`.
    pub mode: String,
    /// The values that `SET` gives, by their names as the command line spells them.
    pub fields: BTreeMap<String, String>,
}

/// One domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domain {
    /// `enableTeams` among the account defaults.
    pub teams: bool,
    /// `enableTeams` of each account class; None is inherited.
    pub classes: BTreeMap<String, Option<bool>>,
    /// `enableTeams` of each account; None is inherited.
    pub accounts: BTreeMap<String, Option<bool>>,
}

/// Everything that can be set here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The OAuth connectors by name.
    pub connectors: BTreeMap<String, Connector>,
    /// `enableTeamsConnector` of the WebMail service.
    pub teams_connector: bool,
    /// The domains by name.
    pub domains: BTreeMap<String, Domain>,
}

/// The fields of a connector that `SET` knows.
pub(super) const CONNECTOR_FIELDS: [&str; 8] = [
    "authzUri",
    "tokenUri",
    "clientScopes",
    "clientId",
    "clientSecret",
    "redirectBaseUrl",
    "endpointsBaseUrl",
    "requestTimeout",
];

impl Connector {
    /// The ready-made Teams connector with its defaults.
    #[must_use]
    pub fn ready_made() -> Connector {
        let common = "https://login.microsoftonline.com/consumers/oauth2/v2.0";
        let scopes = "User.Read Calendars.ReadBasic Calendars.Read Calendars.ReadWrite offline_access";
        let filled = [
            ("authzUri", format!("{common}/authorize")),
            ("tokenUri", format!("{common}/token")),
            ("clientScopes", scopes.to_owned()),
            ("requestTimeout", "30".to_owned()),
        ];
        let mut fields: BTreeMap<String, String> =
            CONNECTOR_FIELDS.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        fields.extend(filled.map(|(name, value)| (name.to_owned(), value)));
        Connector { mode: "oauth2".to_owned(), fields }
    }

    /// A connector of another product.
    #[must_use]
    pub fn zoom() -> Connector {
        let mut connector = Connector::ready_made();
        let address = |end: &str| format!("https://zoom.us/oauth/{end}");
        for (name, value) in [("authzUri", address("authorize")), ("tokenUri", address("token"))] {
            connector.fields.insert(name.to_owned(), value);
        }
        connector.fields.insert("clientScopes".to_owned(), "meeting:write".to_owned());
        connector
    }
}
