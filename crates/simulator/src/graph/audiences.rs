//! What an application may hold, by whom it lets in (pages "Supported accounts validation" and "Redirect URI
//! restrictions" of the identity platform).
//!
//! It looks at a whole application, after what was sent was laid over it; a change of the audience alone can so
//! be refused for what is there already.

use serde_json::Value;
use url::Url;

use super::refusal::Refusal;
use crate::world::list;

const KINDS: [&str; 3] = ["web", "spa", "publicClient"];
/// Redirect addresses, without and with personal accounts.
const MOST_ADDRESSES: (usize, usize) = (256, 100);
/// Characters of the display name, without and with personal accounts.
const LONGEST_NAME: (usize, usize) = (120, 90);
/// Secrets of an application that lets personal accounts in.
const MOST_SECRETS: usize = 2;
/// Permissions for one API, and for all of them, where personal accounts come in.
const MOST_PERMISSIONS: (usize, usize) = (30, 200);
/// None of these may stand in a redirect address.
const FORBIDDEN: &str = "!$'(),;";

/// Whether personal Microsoft accounts are let in.
pub(crate) fn lets_personal_in(application: &Value) -> bool {
    application["signInAudience"].as_str().is_some_and(|audience| audience.contains("Personal"))
}

/// A registration that names no audience lets personal accounts in, and then wants tokens of version 2.
pub(crate) fn complete_version(application: &mut Value, sent: &Value) {
    let named = sent["api"].get("requestedAccessTokenVersion").is_some();
    if lets_personal_in(application) && !named {
        application["api"]["requestedAccessTokenVersion"] = serde_json::json!(2);
    }
}

/// Whether one more secret fits.
pub(crate) fn may_have_another_secret(application: &Value) -> Result<(), Refusal> {
    let there = list(&application["passwordCredentials"]).count();
    if lets_personal_in(application) && there >= MOST_SECRETS {
        return Err(too_many("passwordCredentials", MOST_SECRETS));
    }
    Ok(())
}

/// Judges an application as it would be kept.
pub(crate) fn check(application: &Value) -> Result<(), Refusal> {
    let personal = lets_personal_in(application);
    let pick = |limits: (usize, usize)| if personal { limits.1 } else { limits.0 };
    let name = application["displayName"].as_str().unwrap_or_default();
    if name.is_empty() || name.chars().count() > pick(LONGEST_NAME) {
        return Err(invalid("displayName", "Application"));
    }
    let version = &application["api"]["requestedAccessTokenVersion"];
    if !version.is_null() && *version != 1 && *version != 2 {
        return Err(invalid("requestedAccessTokenVersion", "ApiApplication"));
    }
    addresses(application, personal, pick(MOST_ADDRESSES))?;
    if !personal {
        return Ok(());
    }
    if *version != 2 {
        return Err(Refusal::new(
            400,
            "InvalidAccessTokenVersion",
            "One or more properties contains invalid values.",
        ));
    }
    if list(&application["passwordCredentials"]).count() > MOST_SECRETS {
        return Err(too_many("passwordCredentials", MOST_SECRETS));
    }
    if list(&application["appRoles"]).next().is_some() {
        return Err(Refusal::bad(
            "Property 'appRoles' is not supported for applications that sign in personal Microsoft accounts.",
        ));
    }
    let numbers: Vec<usize> = list(&application["requiredResourceAccess"])
        .map(|api| list(&api["resourceAccess"]).count())
        .collect();
    if numbers.iter().any(|number| *number > MOST_PERMISSIONS.0) {
        return Err(too_many("resourceAccess", MOST_PERMISSIONS.0));
    }
    if numbers.iter().sum::<usize>() > MOST_PERMISSIONS.1 {
        return Err(too_many("requiredResourceAccess", MOST_PERMISSIONS.1));
    }
    Ok(())
}

fn addresses(application: &Value, personal: bool, most: usize) -> Result<(), Refusal> {
    let mut known: Vec<&str> = Vec::new();
    for kind in KINDS {
        for uri in list(&application[kind]["redirectUris"]).filter_map(Value::as_str) {
            if !fits(kind, uri, personal) {
                return Err(invalid("redirectUris", kind));
            }
            if known.contains(&uri) {
                return Err(Refusal::bad(format!(
                    "The redirect URI '{uri}' is listed more than once; an address belongs to one platform."
                )));
            }
            known.push(uri);
        }
    }
    if known.len() > most {
        return Err(too_many("redirectUris", most));
    }
    Ok(())
}

fn fits(kind: &str, uri: &str, personal: bool) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let plain =
        uri.len() <= 256 && !uri.contains(|letter| FORBIDDEN.contains(letter)) && url.fragment().is_none();
    let scheme = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        // Public clients may come back to a scheme of their own.
        _ => kind == "publicClient",
    };
    let wild = url.query().is_some() || uri.contains('*');
    plain && scheme && !(personal && wild)
}

fn invalid(property: &str, of: &str) -> Refusal {
    Refusal::bad(format!("Invalid value specified for property '{property}' of resource '{of}'."))
}

fn too_many(property: &str, most: usize) -> Refusal {
    Refusal::bad(format!(
        "The size of the property '{property}' has exceeded the limit of {most} for the sign-in audience of this application."
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(audience: &str) -> Value {
        json!({"displayName": "n", "signInAudience": audience, "api": {"requestedAccessTokenVersion": 2}})
    }

    fn with(audience: &str, name: &str, value: Value) -> Result<(), Refusal> {
        let mut one = application(audience);
        one[name] = value;
        check(&one)
    }

    #[test]
    fn personal_accounts_bring_stricter_limits() {
        let secrets = |count: usize| Value::Array(vec![json!({}); count]);
        let access = |count: usize| json!([{"resourceAppId": "a", "resourceAccess": vec![json!({}); count]}]);
        for audience in ["AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"] {
            assert_eq!(check(&application(audience)), Ok(()));
            assert!(with(audience, "passwordCredentials", secrets(2)).is_ok());
            assert!(with(audience, "passwordCredentials", secrets(3)).is_err());
            assert!(with(audience, "requiredResourceAccess", access(30)).is_ok());
            assert!(with(audience, "requiredResourceAccess", access(31)).is_err());
            assert!(with(audience, "displayName", json!("n".repeat(91))).is_err());
            assert!(with(audience, "appRoles", json!([{}])).is_err());
            let version = with(audience, "api", json!({"requestedAccessTokenVersion": null}));
            assert_eq!(version.unwrap_err().code, "InvalidAccessTokenVersion");
        }
        for audience in ["AzureADMyOrg", "AzureADMultipleOrgs"] {
            assert!(with(audience, "passwordCredentials", secrets(3)).is_ok());
            assert!(with(audience, "requiredResourceAccess", access(31)).is_ok());
            assert!(with(audience, "displayName", json!("n".repeat(120))).is_ok());
            assert!(with(audience, "displayName", json!("n".repeat(121))).is_err());
            assert!(with(audience, "appRoles", json!([{}])).is_ok());
            assert!(with(audience, "api", json!({"requestedAccessTokenVersion": null})).is_ok());
        }
    }

    #[test]
    fn redirect_addresses_follow_the_page() {
        let web = |uri: &str, audience: &str| with(audience, "web", json!({"redirectUris": [uri]}));
        for good in [
            "https://a.example/Cb",
            "http://localhost:8080/x",
            "https://a.example/x?y=1",
            "https://*.a.example/x",
        ] {
            assert!(web(good, "AzureADMyOrg").is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/cb",
            "/cb",
            "https://a.example/c(b)",
            "https://a.example/c;b",
            "https://a.example/$b",
            "https://a.example/c#b",
            "msal://auth",
            "",
        ] {
            assert!(web(bad, "AzureADMyOrg").is_err(), "{bad}");
        }
        for bad in ["https://a.example/x?y=1", "https://*.a.example/x"] {
            assert!(web(bad, "PersonalMicrosoftAccount").is_err(), "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(256));
        assert!(web(&long, "AzureADMyOrg").is_err());
        let public = json!({"redirectUris": ["msal7d8a://auth"]});
        assert!(with("AzureADMyOrg", "publicClient", public).is_ok());
        let mut twice = application("AzureADMyOrg");
        for kind in ["web", "spa"] {
            twice[kind] = json!({"redirectUris": ["https://a.example/x"]});
        }
        assert!(check(&twice).is_err());
        let many: Vec<String> = (0..101).map(|one| format!("https://a.example/{one}")).collect();
        let many = json!({"redirectUris": many});
        assert!(with("AzureADMyOrg", "web", many.clone()).is_ok());
        assert!(with("PersonalMicrosoftAccount", "web", many).is_err());
    }
}
