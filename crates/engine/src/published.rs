//! Microsoft Graph's permissions as Microsoft publishes them. Their ids and names are the same in every tenant of the global
//! cloud, and the tenant's own list of them is half a megabyte; so it is read only where something is not in ours, and
//! in the other clouds, which do not offer all of them.

use cloud::model::{AppRole, PermissionScope, ServicePrincipal};
use cloud::{Place, PlaceKind};
use guide::PermissionKind;

use crate::look::{Look, MICROSOFT_GRAPH};

/// Whether the published list holds in this cloud.
pub(crate) fn holds_at(place: &Place) -> bool {
    matches!(place.kind, PlaceKind::Global | PlaceKind::Custom)
}

/// Graph's service principal of a tenant with the published list in it.
pub(crate) fn with_published(mut graph: ServicePrincipal) -> ServicePrincipal {
    let of_kind = |kind: PermissionKind| guide::permissions().filter(move |each| each.kind == kind);
    graph.app_roles = of_kind(PermissionKind::Application)
        .map(|each| AppRole {
            id: each.id.clone(),
            value: Some(each.value.clone()),
            display_name: Some(each.says.clone()),
            description: None,
            is_enabled: true,
            allowed_member_types: vec!["Application".to_owned()],
        })
        .collect();
    graph.oauth2_permission_scopes = of_kind(PermissionKind::Delegated)
        .map(|each| PermissionScope {
            id: each.id.clone(),
            value: Some(each.value.clone()),
            admin_consent_display_name: Some(each.says.clone()),
            r#type: Some(if each.admin_consent { "Admin" } else { "User" }.to_owned()),
            is_enabled: true,
        })
        .collect();
    graph
}

/// Whether an application declares or holds a permission of Graph that the list does not name.
pub(crate) fn lacks(graph: &ServicePrincipal, look: &Look) -> bool {
    let is_known = |id: &str| {
        graph.app_roles.iter().any(|role| role.id.eq_ignore_ascii_case(id))
            || graph.oauth2_permission_scopes.iter().any(|scope| scope.id.eq_ignore_ascii_case(id))
    };
    let declared = look.application.iter().flat_map(|application| &application.required_resource_access);
    let of_graph = declared.filter(|entry| entry.resource_app_id == MICROSOFT_GRAPH);
    let mut declared = of_graph.flat_map(|entry| &entry.resource_access).map(|access| access.id.as_str());
    let held = look.assignments.iter().filter(|held| held.resource_id == graph.id);
    declared.any(|id| !is_known(id)) || held.map(|held| held.app_role_id.as_str()).any(|id| !is_known(id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn graph() -> ServicePrincipal {
        with_published(serde_json::from_value(json!({ "id": "g", "appId": MICROSOFT_GRAPH })).unwrap())
    }

    fn look(declared: &str, held: &str) -> Look {
        let access = json!([{ "resourceAppId": MICROSOFT_GRAPH, "resourceAccess": [{ "id": declared, "type": "Role" }] },
            { "resourceAppId": "another", "resourceAccess": [{ "id": "unknown", "type": "Role" }] }]);
        let application = json!({ "id": "o", "appId": "a", "requiredResourceAccess": access });
        let assignment = json!({ "id": "1", "appRoleId": held, "principalId": "p", "resourceId": "g" });
        Look {
            application: Some(serde_json::from_value(application).unwrap()),
            assignments: vec![serde_json::from_value(assignment).unwrap()],
            ..Look::default()
        }
    }

    #[test]
    fn what_is_published_is_known_and_only_other_permissions_of_graph_are_missed() {
        let known = &guide::permission("User.Read.All", PermissionKind::Application).unwrap().id;
        assert!(!lacks(&graph(), &look(&known.to_uppercase(), known)));
        assert!(lacks(&graph(), &look("22222222-0000-0000-0000-000000000000", known)));
        assert!(lacks(&graph(), &look(known, "22222222-0000-0000-0000-000000000000")));
        assert!(!lacks(&graph(), &Look::default()));
    }

    #[test]
    fn other_clouds_are_asked() {
        assert!(holds_at(&Place::global()));
        assert!(!holds_at(&Place { kind: PlaceKind::China, ..Place::global() }));
    }
}
