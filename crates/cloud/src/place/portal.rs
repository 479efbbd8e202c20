//! Addresses of portal pages, so that the by-hand way is one click away.
//! Microsoft does not document these addresses: a link may stop working, and nothing may depend on one.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

use super::Place;

/// A page of the Entra admin centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalPage {
    /// The list of app registrations.
    AppRegistrations,
    /// The form for a new registration.
    NewRegistration,
    /// A registration's overview, by client id.
    AppOverview(String),
    /// A registration's redirect addresses, by client id.
    AppAuthentication(String),
    /// A registration's certificates and secrets, by client id.
    AppCredentials(String),
    /// A registration's API permissions, by client id.
    AppPermissions(String),
    /// The list of enterprise applications.
    EnterpriseApps,
    /// An enterprise application's overview.
    EnterpriseApp {
        /// Object id of the service principal.
        object_id: String,
        /// Client id.
        app_id: String,
    },
    /// An enterprise application's permissions.
    EnterprisePermissions {
        /// Object id of the service principal.
        object_id: String,
        /// Client id.
        app_id: String,
    },
    /// An enterprise application's properties.
    EnterpriseProperties {
        /// Object id of the service principal.
        object_id: String,
        /// Client id.
        app_id: String,
    },
    /// All users.
    Users,
    /// One user, by object id.
    User(String),
    /// The Conditional Access policies.
    ConditionalAccess,
    /// The sign-in logs.
    SignInLogs,
}

const FRAGMENT_PART: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'/').add(b'#').add(b'%');

pub(super) fn link(place: &Place, page: &PortalPage) -> Url {
    let mut address = match page {
        PortalPage::SignInLogs => place.portal.clone(),
        _ => place.entra.clone(),
    };
    address.set_fragment(Some(&format!("view/{}", blade(page))));
    address
}

fn blade(page: &PortalPage) -> String {
    let part = |text: &str| utf8_percent_encode(text, FRAGMENT_PART).to_string();
    let app = |menu: &str, id: &str| {
        format!(
            "Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/{menu}/appId/{}/isMSAApp~/false",
            part(id)
        )
    };
    let enterprise = |menu: &str, object_id: &str, app_id: &str| {
        format!(
            "Microsoft_AAD_IAM/ManagedAppMenuBlade/~/{menu}/objectId/{}/appId/{}",
            part(object_id),
            part(app_id)
        )
    };
    match page {
        PortalPage::AppRegistrations => "Microsoft_AAD_RegisteredApps/ApplicationsListBlade".to_owned(),
        PortalPage::NewRegistration => {
            "Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false"
                .to_owned()
        }
        PortalPage::AppOverview(id) => app("Overview", id),
        PortalPage::AppAuthentication(id) => app("Authentication", id),
        PortalPage::AppCredentials(id) => app("Credentials", id),
        PortalPage::AppPermissions(id) => app("CallAnAPI", id),
        PortalPage::EnterpriseApps => {
            "Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview".to_owned()
        }
        PortalPage::EnterpriseApp { object_id, app_id } => enterprise("Overview", object_id, app_id),
        PortalPage::EnterprisePermissions { object_id, app_id } => {
            enterprise("Permissions", object_id, app_id)
        }
        PortalPage::EnterpriseProperties { object_id, app_id } => enterprise("Properties", object_id, app_id),
        PortalPage::Users => {
            "Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers/menuId/AllUsers".to_owned()
        }
        PortalPage::User(id) => {
            format!("Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/{}", part(id))
        }
        PortalPage::ConditionalAccess => {
            "Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies/fromNav/".to_owned()
        }
        PortalPage::SignInLogs => "Microsoft_AAD_IAM/ActiveDirectoryMenuBlade/~/SignIns".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_page_of_that_cloud() {
        let link = Place::us_government().portal_link(&PortalPage::AppCredentials("11".into()));
        assert_eq!(
            link.as_str(),
            "https://entra.microsoft.us/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/11/isMSAApp~/false"
        );
    }

    #[test]
    fn an_id_cannot_change_the_page() {
        let link = Place::global().portal_link(&PortalPage::User("x/~/delete#y".into()));
        assert!(link.as_str().ends_with("/userId/x%2F~%2Fdelete%23y"), "{link}");
        assert_eq!(link.host_str(), Some("entra.microsoft.com"));
    }
}
