//! The authorization code flow with PKCE, and discovery, over real HTTP.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use simulator::ControlError;
use support::{GRAPH_TOOLS, Site, claims, read, settings};
use url::Url;

const VERIFIER: &str = "a-verifier-of-enough-letters-to-be-taken-0123456789";
const BACK: &str = "http://localhost:4711/";

fn authorize(site: &Site, changes: &[(&str, &str)]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(digest.as_ref());
    let mut members = vec![
        ("client_id", GRAPH_TOOLS),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", "openid profile offline_access User.Read"),
        ("state", "st&te"),
        ("nonce", "n-1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        members.retain(|(known, _)| known != name);
        members.push((name, value));
    }
    let mut url = Url::parse(&site.login(&format!("/{}/oauth2/v2.0/Authorize", site.tenant()))).unwrap();
    url.query_pairs_mut().extend_pairs(members);
    url.into()
}

fn member(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn redeem(site: &Site, code: &str, verifier: &str, back: &str) -> (u16, Value) {
    site.token(&[
        ("grant_type", "authorization_code"),
        ("client_id", GRAPH_TOOLS),
        ("code", code),
        ("redirect_uri", back),
        ("code_verifier", verifier),
    ])
    .await
}

#[tokio::test]
async fn a_code_is_good_once_for_its_verifier_and_its_address() {
    let site = Site::start(settings()).await;
    let back = site.control().authorize(&authorize(&site, &[]), Some("d.browser")).unwrap();
    assert!(back.starts_with(BACK), "{back}");
    assert_eq!(member(&back, "state").unwrap(), "st&te");
    let code = member(&back, "code").unwrap();
    assert_eq!(redeem(&site, &code, "another-verifier", BACK).await.1["error_codes"][0], 501481);
    assert_eq!(redeem(&site, &code, VERIFIER, "http://localhost:1/").await.1["error_codes"][0], 500112);
    // Without the slash at the end it is the same address, as some clients spell it.
    let (status, body) = redeem(&site, &code, VERIFIER, BACK.trim_end_matches('/')).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(claims(&body["id_token"])["nonce"], "n-1");
    assert_eq!(redeem(&site, &code, VERIFIER, BACK).await.1["error_codes"][0], 54005);
}

#[tokio::test]
async fn the_page_lists_accounts_and_sends_the_browser_back() {
    let site = Site::start(settings()).await;
    let url = authorize(&site, &[("response_mode", "fragment")]);
    let (status, page) = read(site.http.get(&url)).await;
    assert_eq!(status, 200);
    assert!(page.as_str().unwrap().contains("Choose an account"));
    let answer = site.http.post(&url).form(&[("account", "a.weber")]).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert!(answer.headers()["location"].to_str().unwrap().starts_with("http://localhost:4711/#code="));
    let (_, page) = read(
        site.http.post(authorize(&site, &[("response_mode", "form_post")])).form(&[("account", "a.weber")]),
    )
    .await;
    assert!(page.as_str().unwrap().contains("name=\"code\""));
}

#[tokio::test]
async fn errors_go_back_only_to_a_registered_address() {
    let site = Site::start(settings()).await;
    let back = site.control().authorize(&authorize(&site, &[]), None).unwrap();
    assert_eq!(member(&back, "error").unwrap(), "access_denied");
    let back = site.control().authorize(&authorize(&site, &[("prompt", "none")]), None).unwrap();
    assert_eq!(member(&back, "error").unwrap(), "access_denied");
    for (name, value, code) in [
        ("redirect_uri", "http://localhost:4711/callback", "50011"),
        ("redirect_uri", "https://evil.example/", "50011"),
        ("redirect_uri", "http://127.0.0.1:4711/", "50011"),
        ("client_id", "0f0f0f0f-0000-4000-8000-00000000dead", "700016"),
    ] {
        let refused =
            site.control().authorize(&authorize(&site, &[(name, value)]), Some("a.weber")).unwrap_err();
        assert!(matches!(&refused, ControlError::Page(text) if text.contains(code)), "{refused}");
    }
    let own = site.running.announcement.client_id.clone();
    let url = authorize(&site, &[("client_id", &own), ("redirect_uri", "http://127.0.0.1:4711/")]);
    assert!(site.control().authorize(&url, Some("a.weber")).is_ok());
    let blocked = site.control().authorize(&authorize(&site, &[]), Some("c.gesperrt")).unwrap_err();
    assert!(
        matches!(&blocked, ControlError::Page(text) if text.contains("don&#39;t have access")),
        "{blocked}"
    );
}

#[tokio::test]
async fn discovery_answers_on_the_origin_that_was_used() {
    let site = Site::start(settings()).await;
    let login = site.running.announcement.login.clone();
    let tenant = site.tenant().to_owned();
    for segment in [tenant.as_str(), &site.running.announcement.domain.clone()] {
        let (_, document) =
            read(site.http.get(site.login(&format!("/{segment}/v2.0/.well-known/openid-configuration"))))
                .await;
        assert_eq!(document["issuer"], format!("{login}/{tenant}/v2.0"));
        assert_eq!(document["token_endpoint"], format!("{login}/{tenant}/oauth2/v2.0/token"));
        let (_, keys) = read(site.http.get(document["jwks_uri"].as_str().unwrap())).await;
        for member in ["kty", "use", "kid", "n", "e"] {
            assert!(keys["keys"][0][member].is_string(), "{keys}");
        }
    }
    let (_, document) =
        read(site.http.get(site.login("/organizations/v2.0/.well-known/openid-configuration"))).await;
    assert_eq!(document["issuer"], format!("{login}/{{tenantid}}/v2.0"));
    let other = login.replace("localhost", "127.0.0.1");
    let (_, document) =
        read(site.http.get(format!("{other}/common/v2.0/.well-known/openid-configuration"))).await;
    assert!(document["device_authorization_endpoint"].as_str().unwrap().starts_with(&other));
    let (status, body) =
        read(site.http.get(site.login("/nobody.example/v2.0/.well-known/openid-configuration"))).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_tenant")));

    let asked = format!(
        "/common/discovery/instance?api-version=1.1&authorization_endpoint={login}/{tenant}/oauth2/v2.0/authorize"
    );
    let (status, body) = read(site.http.get(site.login(&asked))).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["metadata"][0]["aliases"].is_array());
    let asked = "/common/discovery/instance?authorization_endpoint=https://evil.example/x";
    assert_eq!(read(site.http.get(site.login(asked))).await.1["error"], "invalid_instance");
}
