//! New objects with every member that the real service answers, filled with its defaults.
//!
//! Members as recorded from the real service, embedded as `documents.json`; what a caller sent is laid over.

use std::sync::LazyLock;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::moments;

static BLANKS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../documents.json")).unwrap_or_default());

/// An application as registered, before what the caller sent.
pub(crate) fn application(id: &str, app_id: &str, domain: &str, now: OffsetDateTime) -> Value {
    let mut blank = BLANKS["application"].clone();
    lay_over(
        &mut blank,
        &json!({"id": id, "appId": app_id, "createdDateTime": moments::write(now), "publisherDomain": domain}),
    );
    blank
}

/// A service principal.
pub(crate) fn principal(id: &str, app_id: &str, name: &str, owner: &str, now: OffsetDateTime) -> Value {
    let mut blank = BLANKS["servicePrincipal"].clone();
    let own = json!({"id": id, "appId": app_id, "appDisplayName": name, "displayName": name,
        "appOwnerOrganizationId": owner, "createdDateTime": moments::write(now), "servicePrincipalNames": [app_id]});
    lay_over(&mut blank, &own);
    blank
}

/// A group; `unified` is a Microsoft 365 group.
pub(crate) fn group(
    id: &str,
    name: &str,
    nickname: &str,
    domain: &str,
    unified: bool,
    now: OffsetDateTime,
) -> Value {
    let mut blank = BLANKS["group"].clone();
    let made = moments::write(now);
    lay_over(
        &mut blank,
        &json!({"id": id, "createdDateTime": made, "renewedDateTime": made, "description": name, "displayName": name,
            "mailNickname": nickname}),
    );
    if unified {
        let address = format!("{nickname}@{domain}");
        lay_over(
            &mut blank,
            &json!({"groupTypes": ["Unified"], "mail": address, "mailEnabled": true, "securityEnabled": false,
                "visibility": "Private"}),
        );
    }
    blank
}

/// Lays members over a document; objects are merged, everything else is replaced.
pub(crate) fn lay_over(document: &mut Value, sent: &Value) {
    let (Some(members), Some(sent)) = (document.as_object_mut(), sent.as_object()) else { return };
    for (name, value) in sent.iter().filter(|(name, _)| !name.contains('@')) {
        match members.get_mut(name) {
            Some(old) if old.is_object() && value.is_object() => lay_over(old, value),
            _ => {
                members.insert(name.clone(), cleaned(value));
            }
        }
    }
}

/// Without the annotations that clients send along.
fn cleaned(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !name.contains('@'))
            .map(|(name, value)| (name.clone(), cleaned(value)))
            .collect(),
        Value::Array(items) => items.iter().map(cleaned).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_merge_and_lists_are_replaced() {
        let mut document = application("i", "a", "d", OffsetDateTime::UNIX_EPOCH);
        lay_over(
            &mut document,
            &json!({"@odata.type": "x", "tags": ["t"], "web": {"redirectUris": ["u"], "@odata.type": "y"},
                "requiredResourceAccess": [{"@odata.type": "z", "resourceAppId": "r"}]}),
        );
        assert_eq!(document["tags"], json!(["t"]));
        assert_eq!(document["web"]["redirectUris"], json!(["u"]));
        assert_eq!(document["web"]["implicitGrantSettings"]["enableIdTokenIssuance"], false);
        assert_eq!(document["requiredResourceAccess"], json!([{"resourceAppId": "r"}]));
        assert!(document.get("@odata.type").is_none());
    }
}
