//! The admin consent page: an administrator grants an application what it lists.
//!
//! The grants themselves are made through Graph, as any client would make them.

use url::Url;

use super::authorize::same_address;
use super::refusal::Refusal;
use super::tenants::{Authority, authority};
use super::{clients, pages};
use crate::exchange::{Reply, Request, find};
use crate::rehearsal::Rehearsal;
use crate::seeding;

/// `GET|POST /{tenant}/v2.0/adminconsent` and its v1 form without a scope.
pub(crate) fn page(rehearsal: &Rehearsal, request: &Request, tenant: &str) -> Reply {
    let form = request.form();
    let client = match prepared(rehearsal, request, tenant) {
        Ok(client) => client,
        Err(refusal) => return pages::refused(rehearsal, refusal.code, &refusal.sentence()),
    };
    let back = request.asked("redirect_uri").and_then(|uri| Url::parse(uri).ok());
    let state = request.asked("state").unwrap_or_default();
    if find(&form, "decision") == Some("decline") {
        return leave(
            back,
            &[
                ("admin_consent", "True"),
                ("error", "consent_required"),
                ("error_description", "AADSTS65004: User declined to consent to access the app."),
                ("state", state),
            ],
        );
    }
    let Some(person) = find(&form, "account").and_then(|account| rehearsal.person(account)) else {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.query).finish();
        let action = format!("{}?{query}", request.path);
        return pages::choose_account(
            rehearsal,
            &pages::Choice {
                action: &action,
                hidden: &[],
                client: &client.name,
                scopes: &[
                    "everything that the application lists, for everybody in the organisation".to_owned()
                ],
                hint: None,
            },
        );
    };
    let caller = rehearsal.caller_of(person);
    match seeding::consent_to_everything(&mut rehearsal.world(), &caller, &client.app_id, &rehearsal.origin) {
        Ok(()) => {
            let scope = request.asked("scope").unwrap_or_default();
            leave(
                back,
                &[
                    ("admin_consent", "True"),
                    ("tenant", &rehearsal.tenant_id),
                    ("state", state),
                    ("scope", scope),
                ],
            )
        }
        Err(_) => pages::refused(
            rehearsal,
            90094,
            "Admin consent is required for the permissions requested by this application.",
        ),
    }
}

fn prepared(rehearsal: &Rehearsal, request: &Request, tenant: &str) -> Result<clients::Client, Refusal> {
    if authority(rehearsal, tenant)? == Authority::Consumers {
        return Err(Refusal::request(
            50059,
            "No tenant-identifying information found in either the request or implied by any provided credentials.",
        ));
    }
    let client_id = request.asked("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    let client = clients::find_client(rehearsal, client_id)?;
    if client.redirects.is_empty() {
        return Err(Refusal::request(500113, "No reply address is registered for the application."));
    }
    match request.asked("redirect_uri") {
        Some(uri) if !client.redirects.iter().any(|known| same_address(&known.uri, uri)) => {
            Err(Refusal::request(
                50011,
                format!(
                    "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application '{}'.",
                    client.app_id
                ),
            ))
        }
        _ => Ok(client),
    }
}

fn leave(back: Option<Url>, members: &[(&str, &str)]) -> Reply {
    match back {
        Some(mut to) => {
            to.query_pairs_mut().extend_pairs(members);
            Reply::redirect(to.as_str())
        }
        None => pages::approved(),
    }
}
