//! The authorization endpoint (RFC 6749 §4.1, RFC 7636): the page in the browser and the way back.
//!
//! An error goes back to the redirect address only once that address is known to belong to the client;
//! before that it is shown on the page and goes nowhere.

use time::Duration;
use url::Url;

use super::clients::Client;
use super::device::admitted;
use super::refusal::Refusal;
use super::resources::wish;
use super::state::Code;
use super::tenants::{Authority, authority};
use super::{clients, contexts, issue, pages};
use crate::accounts::Obstacle;
use crate::exchange::{Reply, Request, find};
use crate::rehearsal::{Rehearsal, held};

/// `GET|POST /{tenant}/oauth2/v2.0/authorize`.
pub(crate) fn page(rehearsal: &Rehearsal, request: &Request, tenant: &str) -> Reply {
    let form = request.form();
    let asked = |name: &str| request.asked(name).or_else(|| find(&form, name)).map(str::to_owned);
    let known = match known(rehearsal, tenant, &asked) {
        Ok(known) => known,
        Err(refusal) => return pages::refused(rehearsal, refusal.code, &refusal.sentence()),
    };
    if let Err((error, refusal)) = acceptable(rehearsal, &known, &asked) {
        return known.back_with_error(rehearsal, error, &refusal);
    }
    if find(&form, "decision") == Some("decline") {
        let refusal =
            Refusal::new(400, "access_denied", 65004, "User declined to consent to access the app.");
        return known.back_with_error(rehearsal, "access_denied", &refusal);
    }
    if let Some(account) = find(&form, "account") {
        return match sign_in(rehearsal, &known, account, &asked) {
            Ok(code) => known.back(&[("code", &code), ("session_state", &rehearsal.guid())]),
            Err(refusal) => pages::refused(rehearsal, refusal.code, &refusal.message),
        };
    }
    if asked("prompt").as_deref() == Some("none") {
        let refusal = Refusal::new(
            400,
            "login_required",
            50058,
            "A silent sign-in request was sent but no user is signed in.",
        );
        return known.back_with_error(rehearsal, "login_required", &refusal);
    }
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.query).finish();
    let hint = asked("login_hint");
    pages::choose_account(
        rehearsal,
        &pages::Choice {
            action: &format!("{}?{query}", request.path),
            hidden: &[],
            client: &known.client.name,
            scopes: &known.scopes,
            hint: hint.as_deref(),
        },
    )
}

/// What is known of a request whose client and redirect address are in order.
struct Known {
    client: Client,
    redirect_uri: String,
    scopes: Vec<String>,
    authority: Authority,
    state: Option<String>,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

type Asked<'a> = dyn Fn(&str) -> Option<String> + 'a;

fn known(rehearsal: &Rehearsal, tenant: &str, asked: &Asked<'_>) -> Result<Known, Refusal> {
    let authority = authority(rehearsal, tenant)?;
    let client_id = asked("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    let client = clients::find_client(rehearsal, &client_id)?;
    let redirect_uri =
        asked("redirect_uri").ok_or_else(|| Refusal::request(900971, "No reply address provided."))?;
    if client.redirects.is_empty() {
        return Err(Refusal::request(500113, "No reply address is registered for the application."));
    }
    if !client.redirects.iter().any(|known| same_address(&known.uri, &redirect_uri)) {
        return Err(Refusal::request(
            50011,
            format!(
                "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
                client.app_id
            ),
        ));
    }
    let mode = match asked("response_mode").as_deref() {
        Some("fragment") => Mode::Fragment,
        Some("form_post") => Mode::FormPost,
        _ => Mode::Query,
    };
    let scopes = asked("scope")
        .map(|text| text.split_whitespace().map(str::to_owned).collect())
        .or_else(|| asked("resource").map(|name| vec![format!("{}/.default", name.trim_end_matches('/'))]))
        .unwrap_or_default();
    Ok(Known { client, redirect_uri, scopes, authority, state: asked("state"), mode })
}

fn acceptable(
    rehearsal: &Rehearsal,
    known: &Known,
    asked: &Asked<'_>,
) -> Result<(), (&'static str, Refusal)> {
    let kind = asked("response_type").unwrap_or_default();
    if kind != "code" {
        let refusal = Refusal::new(
            400,
            "unsupported_response_type",
            700054,
            format!("response_type '{kind}' is not enabled for the application."),
        );
        return Err(("unsupported_response_type", refusal));
    }
    if known.scopes.is_empty() {
        return Err(("invalid_request", Refusal::missing("scope")));
    }
    let method = asked("code_challenge_method");
    if method.as_deref().is_some_and(|method| method != "S256" && method != "plain") {
        return Err(("invalid_request", Refusal::request(501491, "Invalid code challenge method.")));
    }
    wish(rehearsal, &known.scopes).map_err(|refusal| (refusal.error, refusal))?;
    Ok(())
}

fn sign_in(
    rehearsal: &Rehearsal,
    known: &Known,
    account: &str,
    asked: &Asked<'_>,
) -> Result<String, Refusal> {
    let person = rehearsal.person(account).ok_or_else(|| {
        Refusal::grant(50034, format!("The user account {account} does not exist in the directory."))
    })?;
    admitted(rehearsal, person, known.authority)?;
    if rehearsal.people[person].obstacle == Obstacle::Blocked {
        return Err(Refusal::blocked());
    }
    let wish = wish(rehearsal, &known.scopes)?;
    issue::consent(rehearsal, &known.client, person, &wish)?;
    let code = format!(
        "1.{}",
        held(&rehearsal.random).letters(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnopqrstuvwxyz23456789-_", 100)
    );
    let plain = asked("code_challenge_method").as_deref() != Some("S256");
    held(&rehearsal.sign_ins).codes.insert(
        code.clone(),
        Code {
            client_id: known.client.app_id.clone(),
            redirect_uri: known.redirect_uri.clone(),
            person,
            scopes: known.scopes.clone(),
            contexts: contexts::asked(asked("claims").as_deref()),
            nonce: asked("nonce"),
            challenge: asked("code_challenge").map(|challenge| (challenge, plain)),
            expires_at: rehearsal.clock.now() + Duration::minutes(10),
            spent: false,
        },
    );
    Ok(code)
}

impl Known {
    fn back(&self, members: &[(&str, &str)]) -> Reply {
        let mut pairs: Vec<(String, String)> =
            members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if let Some(state) = &self.state {
            pairs.push(("state".to_owned(), state.clone()));
        }
        if self.mode == Mode::FormPost {
            return pages::form_post(&self.redirect_uri, &pairs);
        }
        let Ok(mut to) = Url::parse(&self.redirect_uri) else {
            return Reply::html(400, "<p>The redirect address is not an address.</p>".to_owned());
        };
        if self.mode == Mode::Query {
            to.query_pairs_mut().extend_pairs(&pairs);
        } else {
            let fragment = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            to.set_fragment(Some(&fragment));
        }
        Reply::redirect(to.as_str())
    }

    fn back_with_error(&self, rehearsal: &Rehearsal, error: &str, refusal: &Refusal) -> Reply {
        let body = refusal.body(rehearsal);
        self.back(&[
            ("error", error),
            ("error_description", body["error_description"].as_str().unwrap_or_default()),
        ])
    }
}

/// Redirect rules: exact, save that loopback `http` ignores the port, and an empty path is `/`.
pub(crate) fn same_address(registered: &str, asked: &str) -> bool {
    let (Ok(mut registered), Ok(mut asked)) = (Url::parse(registered), Url::parse(asked)) else {
        return false;
    };
    let loopback =
        |url: &Url| url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    if loopback(&registered) && loopback(&asked) {
        // A URL with an http scheme and a host always takes a port.
        let _ = (registered.set_port(None), asked.set_port(None));
    }
    asked.fragment().is_none() && registered == asked
}

/// Kept here so that the control address signs in exactly as the page does.
pub(crate) fn by_hand(rehearsal: &Rehearsal, authorize_url: &Url, account: Option<&str>) -> Option<Reply> {
    let segments: Vec<&str> = authorize_url.path_segments()?.collect();
    let tenant = segments.first()?.to_lowercase();
    if !segments.last()?.eq_ignore_ascii_case("authorize") {
        return None;
    }
    let decision = account.map_or(("decision", "decline"), |account| ("account", account));
    let body =
        url::form_urlencoded::Serializer::new(String::new()).append_pair(decision.0, decision.1).finish();
    let request = Request {
        method: "POST".to_owned(),
        path: authorize_url.path().to_owned(),
        query: authorize_url.query_pairs().into_owned().collect(),
        headers: Vec::new(),
        body: body.into_bytes(),
        origin: rehearsal.origin.clone(),
    };
    Some(page(rehearsal, &request, &tenant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_ignores_the_port_and_nothing_else() {
        assert!(same_address("http://localhost", "http://localhost:4321/"));
        assert!(same_address("http://localhost", "http://localhost:4321"));
        assert!(!same_address("http://localhost", "http://localhost:4321/back"));
        assert!(!same_address("http://localhost", "http://127.0.0.1:4321/"));
        assert!(!same_address("https://app.example/a", "https://app.example:444/a"));
        assert!(!same_address("http://localhost", "http://[::1]:4321/"));
        assert!(same_address("https://app.example/a", "https://app.example/a"));
    }
}
