//! Client assertions (RFC 7523 §2.2): a JWT signed with the key of a certificate that the application lists.
//!
//! PS256 with `x5t#S256` and RS256 with `x5t` are both taken, thumbprints with or without padding, and dates
//! as whole or broken numbers. Elliptic-curve keys are refused here and not at upload, as the real service
//! does.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;
use url::Url;

use super::clients::{self, Certificate, Client};
use super::refusal::Refusal;
use crate::exchange::Request;
use crate::rehearsal::Rehearsal;
use crate::tokens::decode;

/// Accepts the assertion or says what is wrong with it.
pub(crate) fn check(
    rehearsal: &Rehearsal,
    request: &Request,
    tenant: &str,
    client: &Client,
    assertion: &str,
) -> Result<(), Refusal> {
    let malformed = || Refusal::client(50027, "JWT token is invalid or malformed.");
    let (signed, tag) = assertion.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let read = |part: &str| -> Option<Value> { serde_json::from_slice(&decode(part)?).ok() };
    let header = read(header).ok_or_else(malformed)?;
    let claims = read(claims).ok_or_else(malformed)?;
    let tag = decode(tag).ok_or_else(malformed)?;

    let name = header["alg"].as_str().unwrap_or_default();
    let algorithm: &'static dyn VerificationAlgorithm = match name {
        "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
        _ => return Err(unsupported(name)),
    };
    let certificate = listed(rehearsal, client, &header)?;
    if rehearsal.clock.now() > certificate.not_after {
        return Err(reason(client, "The key used is expired.", &header));
    }
    let (_, parsed) = x509_parser::parse_x509_certificate(&certificate.der).map_err(|_| malformed())?;
    let key = parsed.public_key();
    if key.algorithm.algorithm.to_id_string() != "1.2.840.113549.1.1.1" {
        return Err(unsupported("ES256"));
    }
    UnparsedPublicKey::new(algorithm, key.subject_public_key.data.as_ref())
        .verify(signed.as_bytes(), &tag)
        .map_err(|_| {
        reason(client, "The provided signature value did not match the expected signature value.", &header)
    })?;
    check_claims(rehearsal, request, tenant, client, &claims)
}

fn check_claims(
    rehearsal: &Rehearsal,
    request: &Request,
    tenant: &str,
    client: &Client,
    claims: &Value,
) -> Result<(), Refusal> {
    for claim in ["iss", "sub"] {
        if !claims[claim].as_str().is_some_and(|value| value.eq_ignore_ascii_case(&client.app_id)) {
            return Err(Refusal::client(
                700021,
                "Client assertion application identifier doesn't match 'client_id' parameter.",
            ));
        }
    }
    let audience_fits = match &claims["aud"] {
        Value::String(one) => audience(rehearsal, request, tenant, one),
        Value::Array(many) => {
            many.iter().filter_map(Value::as_str).any(|one| audience(rehearsal, request, tenant, one))
        }
        _ => false,
    };
    if !audience_fits {
        return Err(Refusal::client(
            700023,
            "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        ));
    }
    // The caller's machine has not heard of a clock that a test has turned, so its own time counts as well.
    let skew = 300.0;
    let fits = |now: f64| {
        claims["exp"].as_f64().is_some_and(|exp| exp + skew > now)
            && claims["nbf"].as_f64().is_none_or(|nbf| nbf - skew <= now)
    };
    let (turned, own) =
        (rehearsal.clock.now().unix_timestamp() as f64, rehearsal.clock.below().unix_timestamp() as f64);
    if fits(turned) || fits(own) {
        Ok(())
    } else {
        Err(Refusal::client(
            700024,
            "Client assertion is not within its valid time range. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
        ))
    }
}

/// The token endpoint as the client discovered it; the v1 and v2 spelling, the tenant's id or domain, and
/// the issuer are all accepted by the real service.
fn audience(rehearsal: &Rehearsal, request: &Request, tenant: &str, audience: &str) -> bool {
    let (Ok(given), Ok(own)) = (Url::parse(audience), Url::parse(&request.origin)) else { return false };
    let same_place = given.scheme() == own.scheme()
        && given.host_str() == own.host_str()
        && given.port_or_known_default() == own.port_or_known_default();
    let path = given.path().trim_matches('/').to_lowercase();
    let tenants =
        [tenant.to_lowercase(), rehearsal.tenant_id.to_lowercase(), rehearsal.domain.to_lowercase()];
    let rests = ["oauth2/v2.0/token", "oauth2/token", "v2.0"];
    same_place && tenants.iter().any(|tenant| rests.iter().any(|rest| path == format!("{tenant}/{rest}")))
}

fn listed(rehearsal: &Rehearsal, client: &Client, header: &Value) -> Result<Certificate, Refusal> {
    let certificates = clients::certificates(&rehearsal.world(), client);
    let given = |name: &str| header[name].as_str().and_then(decode);
    let by_kid = header["kid"].as_str().unwrap_or_default().to_uppercase();
    let (sha256, sha1) = (given("x5t#S256"), given("x5t"));
    certificates
        .into_iter()
        .find(|certificate| {
            let long = digest(&SHA256, &certificate.der);
            let short = digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate.der);
            let hex: String = short.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
            sha256.as_deref() == Some(long.as_ref())
                || sha1.as_deref() == Some(short.as_ref())
                || (sha256.is_none() && sha1.is_none() && by_kid == hex)
        })
        .ok_or_else(|| reason(client, "The key was not found.", header))
}

fn reason(client: &Client, why: &str, header: &Value) -> Refusal {
    let thumbprint: String = header["x5t"]
        .as_str()
        .or(header["x5t#S256"].as_str())
        .and_then(decode)
        .unwrap_or_default()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    Refusal::client(
        700027,
        format!(
            "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {why}, Thumbprint of key used by client: '{thumbprint}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{}'.]",
            client.app_id
        ),
    )
}

fn unsupported(name: &str) -> Refusal {
    Refusal::client(
        5002738,
        format!(
            "Invalid JWT token. '{name}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512,PS256,PS384,PS512'."
        ),
    )
}
