//! Discovery: the OpenID configuration, the instance discovery, the key set and the user realm.
//!
//! Addresses are answered on the origin that the client used, port included, since clients send their
//! assertions and compare issuers with exactly that.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::tenants::{Authority, authority};
use crate::exchange::{Reply, Request};
use crate::rehearsal::Rehearsal;

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`.
pub(crate) fn document(rehearsal: &Rehearsal, request: &Request, segment: &str) -> Result<Reply, Refusal> {
    let authority = authority(rehearsal, segment)?;
    let at = &request.origin;
    let tenant = if authority == Authority::This { rehearsal.tenant_id.as_str() } else { segment };
    let issuing = if authority == Authority::This { rehearsal.tenant_id.as_str() } else { "{tenantid}" };
    let host = at.split("://").nth(1).unwrap_or_default();
    let mut document = json!({
        "token_endpoint": format!("{at}/{tenant}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{at}/{tenant}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{at}/{issuing}/v2.0"),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{at}/oidc/userinfo"),
        "authorization_endpoint": format!("{at}/{tenant}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{at}/{tenant}/oauth2/v2.0/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{at}/{tenant}/oauth2/v2.0/logout"),
        "claims_supported": ["sub", "iss", "cloud_instance_name", "aud", "exp", "iat", "auth_time", "nonce",
            "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email"],
        "kerberos_endpoint": format!("{at}/{tenant}/kerberos"),
        "tenant_region_scope": if authority == Authority::This { json!("EU") } else { Value::Null },
        "cloud_instance_name": host,
        "cloud_graph_host_name": host,
        "msgraph_host": host,
        "rbac_url": at,
    });
    document["code_challenge_methods_supported"] = json!(["plain", "S256"]);
    Ok(Reply::json(200, &document).with("access-control-allow-origin", "*"))
}

/// `GET /common/discovery/instance`.
pub(crate) fn instance(_rehearsal: &Rehearsal, request: &Request) -> Result<Reply, Refusal> {
    let asked = request.asked("authorization_endpoint").unwrap_or_default();
    let known = url::Url::parse(asked).ok().filter(|url| {
        url.host_str().is_some_and(|host| host == "127.0.0.1" || crate::certificates::HOSTS.contains(&host))
    });
    let Some(asked) = known else {
        return Err(Refusal::new(400, "invalid_instance", 50049, "Unknown or invalid instance."));
    };
    let segment = asked.path_segments().and_then(|mut parts| parts.next()).unwrap_or("common").to_owned();
    let host = request.origin.split("://").nth(1).unwrap_or_default();
    Ok(Reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{}/{segment}/v2.0/.well-known/openid-configuration", request.origin),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    ))
}

/// `GET /{tenant}/discovery/v2.0/keys`.
pub(crate) fn keys(rehearsal: &Rehearsal, request: &Request, segment: &str) -> Result<Reply, Refusal> {
    authority(rehearsal, segment)?;
    let issuer = format!("{}/{}/v2.0", request.origin, rehearsal.tenant_id);
    Ok(Reply::json(200, &rehearsal.key.published(&issuer)).with("access-control-allow-origin", "*"))
}

/// `GET /common/userrealm/{upn}`.
pub(crate) fn user_realm(rehearsal: &Rehearsal, name: &str) -> Reply {
    let domain = name.rsplit_once('@').map_or("", |(_, domain)| domain);
    let managed = domain.eq_ignore_ascii_case(&rehearsal.domain);
    let kind = if managed { "Managed" } else { "Unknown" };
    Reply::json(
        200,
        &json!({"ver": "1.0", "account_type": kind, "domain_name": domain,
            "cloud_instance_name": "rehearsal", "cloud_audience_urn": "urn:federation:MicrosoftOnline"}),
    )
}

/// `GET /oidc/userinfo` (OpenID Connect Core §5.3).
pub(crate) fn user_answer(rehearsal: &Rehearsal, request: &Request) -> Reply {
    let token = request
        .header("authorization")
        .and_then(|value| value.split_once(' '))
        .map_or("", |(_, token)| token);
    let Some(claims) = rehearsal.key.open(token) else {
        return Reply::json(401, &json!({"error": "invalid_token"})).with("www-authenticate", "Bearer");
    };
    Reply::json(200, &json!({"sub": claims["sub"], "name": claims["name"], "email": claims["upn"]}))
}
