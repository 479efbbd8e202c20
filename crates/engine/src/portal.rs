//! Which page of the portal belongs to a step, with the ids that are known so far.

use guide::Guide;

use crate::desk::Desk;
use crate::handing;
use crate::history::History;

impl Desk {
    pub(crate) fn portal(&self, guide: &Guide, history: &History, page: guide::PortalPage) -> url::Url {
        use cloud::PortalPage as Link;
        use guide::PortalPage as Page;
        let place = self.room.wire.place();
        let register =
            handing::sources(guide, history, None).map(|(register, _)| register).unwrap_or_default();
        let id = history.output(&register, "application-id").map(str::to_owned);
        let principal = history.output(&register, "service-principal-id").map(str::to_owned);
        let link = match (page, id, principal) {
            (Page::NewRegistration, ..) => Link::NewRegistration,
            (Page::Overview, Some(id), _) => Link::AppOverview(id),
            (Page::CertificatesAndSecrets, Some(id), _) => Link::AppCredentials(id),
            (Page::ApiPermissions, Some(id), _) => Link::AppPermissions(id),
            (Page::Authentication, Some(id), _) => Link::AppAuthentication(id),
            (Page::EnterpriseApplication, Some(app_id), Some(object_id)) => {
                Link::EnterpriseApp { object_id, app_id }
            }
            (Page::EnterprisePermissions, Some(app_id), Some(object_id)) => {
                Link::EnterprisePermissions { object_id, app_id }
            }
            (Page::EnterpriseApplication | Page::EnterprisePermissions, ..) => Link::EnterpriseApps,
            (Page::Users, ..) => Link::Users,
            (Page::ConditionalAccess, ..) => Link::ConditionalAccess,
            (Page::SignInLogs, ..) => Link::SignInLogs,
            (Page::AzurePortal, ..) => return place.portal.clone(),
            (Page::TeamsAdmin, ..) => {
                return url::Url::parse("https://admin.teams.microsoft.com/")
                    .unwrap_or_else(|_| place.portal.clone());
            }
            _ => Link::AppRegistrations,
        };
        place.portal_link(&link)
    }
}
