//! The Entra directory roles that steps ask for, by their template ids (Entra page "Microsoft Entra built-in roles").

use serde::{Deserialize, Serialize};

/// A directory role that a step may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectoryRole {
    /// Everything.
    GlobalAdministrator,
    /// Consent to any permission, Microsoft Graph's application permissions among them.
    PrivilegedRoleAdministrator,
    /// Any application, secret and certificate; no consent to Graph's application permissions.
    ApplicationAdministrator,
    /// The same without application proxy.
    CloudApplicationAdministrator,
    /// Own applications, even where members may not register any.
    ApplicationDeveloper,
    /// Teams policies.
    TeamsAdministrator,
    /// Mailboxes, and what applications may do with them.
    ExchangeAdministrator,
    /// Conditional Access.
    ConditionalAccessAdministrator,
    /// Security settings.
    SecurityAdministrator,
    /// The same, reading only.
    SecurityReader,
    /// Everything, reading only.
    GlobalReader,
}

/// Who may register an application and its secrets.
pub const REGISTRARS: [DirectoryRole; 4] = [
    DirectoryRole::ApplicationAdministrator,
    DirectoryRole::CloudApplicationAdministrator,
    DirectoryRole::ApplicationDeveloper,
    DirectoryRole::GlobalAdministrator,
];

/// Who may consent to application permissions of Microsoft Graph (Entra page "Grant tenant-wide admin consent").
pub const GRAPH_CONSENTERS: [DirectoryRole; 2] =
    [DirectoryRole::PrivilegedRoleAdministrator, DirectoryRole::GlobalAdministrator];

/// Who may consent to delegated permissions for the whole tenant (the same page).
pub const CONSENTERS: [DirectoryRole; 4] = [
    DirectoryRole::CloudApplicationAdministrator,
    DirectoryRole::ApplicationAdministrator,
    DirectoryRole::PrivilegedRoleAdministrator,
    DirectoryRole::GlobalAdministrator,
];

/// Who keeps the policies of Teams (Teams page "Use Teams administrator roles").
pub const TEAMS_ADMINS: [DirectoryRole; 2] =
    [DirectoryRole::TeamsAdministrator, DirectoryRole::GlobalAdministrator];

/// Who gives applications their roles in Exchange (Exchange page "Role Based Access Control for Applications").
pub const EXCHANGE_ADMINS: [DirectoryRole; 2] =
    [DirectoryRole::ExchangeAdministrator, DirectoryRole::GlobalAdministrator];

/// Who may read what a sign-in is asked for (Graph page "List policies", of Conditional Access, its table of roles).
pub const ACCESS_READERS: [DirectoryRole; 5] = [
    DirectoryRole::ConditionalAccessAdministrator,
    DirectoryRole::SecurityAdministrator,
    DirectoryRole::SecurityReader,
    DirectoryRole::GlobalReader,
    DirectoryRole::GlobalAdministrator,
];

impl DirectoryRole {
    /// All roles known here.
    pub const ALL: [Self; 11] = [
        Self::GlobalAdministrator,
        Self::PrivilegedRoleAdministrator,
        Self::ApplicationAdministrator,
        Self::CloudApplicationAdministrator,
        Self::ApplicationDeveloper,
        Self::TeamsAdministrator,
        Self::ExchangeAdministrator,
        Self::ConditionalAccessAdministrator,
        Self::SecurityAdministrator,
        Self::SecurityReader,
        Self::GlobalReader,
    ];

    /// The role's template id, as the `wids` claim of a token names it.
    pub fn template_id(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "62e90394-69f5-4237-9190-012177145e10",
            Self::PrivilegedRoleAdministrator => "e8611ab8-c189-46e8-94e1-60213ab1f814",
            Self::ApplicationAdministrator => "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
            Self::CloudApplicationAdministrator => "158c047a-c907-4556-b7ef-446551a6b5f7",
            Self::ApplicationDeveloper => "cf1c38e5-3621-4004-a7cb-879624dced7c",
            Self::TeamsAdministrator => "69091246-20e8-4a56-aa4d-066075b2a7a8",
            Self::ExchangeAdministrator => "29232cdf-9323-42fd-ade2-1d097af3e4de",
            Self::ConditionalAccessAdministrator => "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
            Self::SecurityAdministrator => "194ae4cb-b126-40b2-b5bd-6091b380977d",
            Self::SecurityReader => "5d6b6bb7-de71-4623-b4af-96380a352509",
            Self::GlobalReader => "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        }
    }

    /// The portal's own name of the role.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "Global Administrator",
            Self::PrivilegedRoleAdministrator => "Privileged Role Administrator",
            Self::ApplicationAdministrator => "Application Administrator",
            Self::CloudApplicationAdministrator => "Cloud Application Administrator",
            Self::ApplicationDeveloper => "Application Developer",
            Self::TeamsAdministrator => "Teams Administrator",
            Self::ExchangeAdministrator => "Exchange Administrator",
            Self::ConditionalAccessAdministrator => "Conditional Access Administrator",
            Self::SecurityAdministrator => "Security Administrator",
            Self::SecurityReader => "Security Reader",
            Self::GlobalReader => "Global Reader",
        }
    }

    /// The role of a template id, where it is one of these.
    pub fn of_template(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.template_id().eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_found_by_its_own_template_id() {
        for role in DirectoryRole::ALL {
            assert_eq!(DirectoryRole::of_template(&role.template_id().to_uppercase()), Some(role));
        }
        assert_eq!(DirectoryRole::of_template("b79fbf4d-3ef9-4689-8143-76b194e85509"), None);
    }
}
