//! What the other products need of a registration.

use serde_json::json;

use crate::tenant::Tenant;
use crate::{Made, certificate, text};

/// Redirect addresses, public flows, audiences, a certificate of somebody else.
pub fn registrations(tenant: &mut Tenant, made: &Made) {
    let url = format!("/applications/{}", made.id);
    let addresses = json!(["https://intrexx.example/connector", "https://contoso.example/cb"]);
    for body in [
        json!({"web": {"redirectUris": addresses}}),
        json!({"isFallbackPublicClient": true}),
        json!({"api": {"requestedAccessTokenVersion": 2}}),
        json!({"signInAudience": "AzureADMultipleOrgs"}),
        json!({"signInAudience": "AzureADandPersonalMicrosoftAccount"}),
        json!({"signInAudience": "PersonalMicrosoftAccount"}),
        json!({"signInAudience": "AzureADMyOrg"}),
    ] {
        tenant.write("PATCH", &url, Some(body), 204);
        tenant.get(&url);
    }
    let listed = tenant.get(&format!("{url}?$select=id,keyCredentials"))["keyCredentials"].clone();
    let mut keys = listed.as_array().unwrap().clone();
    for key in &mut keys {
        key["key"] = json!(null);
    }
    keys.push(json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate(), "displayName": "CN=product"}));
    tenant.write("PATCH", &url, Some(json!({"keyCredentials": keys})), 204);
    let shown = tenant.get(&format!("{url}?$select=id,keyCredentials"));
    assert_eq!(shown["keyCredentials"].as_array().unwrap().len(), keys.len());
    for body in [
        json!({"web": {"redirectUris": ["http://intrexx.example/x"]}}),
        json!({"signInAudience": "PersonalMicrosoftAccount", "api": {"requestedAccessTokenVersion": null}}),
    ] {
        tenant.refused("PATCH", &url, Some(body), 400);
    }
    assert_eq!(text(&tenant.get(&url), "signInAudience"), "AzureADMyOrg");
}
