//! The token endpoint: which grant is asked for, and how the client proves who it is.
//!
//! Unknown form members are ignored, as clients send many. The grants themselves are in `grants`.

use base64::Engine as _;

use super::clients::{self, Client, Secret};
use super::issue::Proof;
use super::refusal::Refusal;
use super::tenants::authority;
use super::{assertion, grants, password};
use crate::exchange::{Reply, Request, find};
use crate::rehearsal::Rehearsal;

/// A token request with its client found and checked.
pub(crate) struct Asked<'a> {
    pub request: &'a Request,
    pub form: Vec<(String, String)>,
    pub tenant: &'a str,
    pub client: Client,
    pub proof: Proof,
    pub v1: bool,
}

impl Asked<'_> {
    pub fn member(&self, name: &str) -> Option<&str> {
        find(&self.form, name).filter(|value| !value.is_empty())
    }
}

/// `POST /{tenant}/oauth2/v2.0/token`, and v1.
pub(crate) fn answer(
    rehearsal: &Rehearsal,
    request: &Request,
    tenant: &str,
    v1: bool,
) -> Result<Reply, Refusal> {
    authority(rehearsal, tenant)?;
    let mut form = request.form();
    let grant = find(&form, "grant_type").map(str::to_owned).ok_or_else(|| Refusal::missing("grant_type"))?;
    if let Some((id, secret)) = basic(request) {
        form.push(("client_id".to_owned(), id));
        form.push(("client_secret".to_owned(), secret));
    }
    let known = [
        "urn:ietf:params:oauth:grant-type:device_code",
        "device_code",
        "client_credentials",
        "refresh_token",
        "authorization_code",
        "password",
    ];
    if !known.contains(&grant.as_str()) {
        return Err(Refusal::new(
            400,
            "unsupported_grant_type",
            70003,
            format!("The app requested an unsupported grant type '{grant}'."),
        ));
    }
    let client_id = find(&form, "client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    let client = clients::find_client(rehearsal, client_id)?;
    let proof = proven(rehearsal, request, &form, tenant, &client, &grant)?;
    let asked = Asked { request, form, tenant, client, proof, v1 };
    let body = match grant.as_str() {
        "client_credentials" => grants::client_credentials(rehearsal, &asked),
        "refresh_token" => grants::refresh(rehearsal, &asked),
        "password" => password::password(rehearsal, &asked),
        "authorization_code" => grants::authorization_code(rehearsal, &asked),
        _ => grants::device_code(rehearsal, &asked),
    }?;
    Ok(Reply::json(200, &body).with("pragma", "no-cache"))
}

/// `client_secret_basic` (RFC 6749 §2.3.1).
fn basic(request: &Request) -> Option<(String, String)> {
    let value = request.header("authorization")?.strip_prefix("Basic ")?;
    let text =
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    Some((plain(id), plain(secret)))
}

fn proven(
    rehearsal: &Rehearsal,
    request: &Request,
    form: &[(String, String)],
    tenant: &str,
    client: &Client,
    grant: &str,
) -> Result<Proof, Refusal> {
    let secret = find(form, "client_secret").filter(|secret| !secret.is_empty());
    let assertion = find(form, "client_assertion").filter(|assertion| !assertion.is_empty());
    let public = client.public || (grant == "authorization_code" && came_back_publicly(client, form));
    match (secret, assertion) {
        (Some(_), _) | (_, Some(_)) if public && client.first_party => Err(Refusal::client(
            700025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )),
        (Some(secret), _) => check_secret(rehearsal, client, secret).map(|()| Proof::Secret),
        (None, Some(text)) => {
            let kind = find(form, "client_assertion_type").unwrap_or_default();
            if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
                return Err(Refusal::request(
                    900144,
                    "The request body must contain the following parameter: 'client_assertion_type'.",
                ));
            }
            assertion::check(rehearsal, request, tenant, client, text).map(|()| Proof::Certificate)
        }
        // A refresh token of a public sign-in stays usable by the client that got it.
        (None, None)
            if (public && grant != "client_credentials")
                || (grant == "refresh_token" && client.has_public_address()) =>
        {
            Ok(Proof::Public)
        }
        (None, None) => Err(Refusal::client(
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
    }
}

fn came_back_publicly(client: &Client, form: &[(String, String)]) -> bool {
    let Some(uri) = find(form, "redirect_uri") else { return false };
    client.redirects.iter().any(|known| known.public && super::authorize::same_address(&known.uri, uri))
}

fn check_secret(rehearsal: &Rehearsal, client: &Client, secret: &str) -> Result<(), Refusal> {
    match clients::check_secret(&rehearsal.world(), client, secret) {
        Secret::Good => Ok(()),
        Secret::Wrong => Err(Refusal::client(
            7000215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
                client.app_id
            ),
        )),
        Secret::Expired => Err(Refusal::client(
            7000222,
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
                client.app_id
            ),
        )),
    }
}
