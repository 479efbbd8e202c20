//! The device code flow over real HTTP, as different clients spell it.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use serde_json::Value;
use simulator::{ControlError, Settings};
use support::{AZURE_CLI, DEVICE_GRANT, GRAPH_TOOLS, SIGN_IN, Site, claims, read, settings};

#[tokio::test]
async fn pending_then_tokens_with_everything_clients_insist_on() {
    let site = Site::start(settings()).await;
    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    assert!(device["expires_in"].is_u64() && device["interval"].is_u64() && device["message"].is_string());
    let (status, body) = site.poll(GRAPH_TOOLS, &device).await;
    assert_eq!((status, &body["error"]), (400, &Value::from("authorization_pending")));
    assert_eq!(body["error_codes"][0], 70016);

    site.control().approve(device["user_code"].as_str().unwrap(), "a.weber").unwrap();
    let (status, body) = site.poll(GRAPH_TOOLS, &device).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["expires_in"], 3599);
    let scope = body["scope"].as_str().unwrap();
    assert!(scope.starts_with("openid profile User.Read Application.ReadWrite.All"), "{scope}");
    let access = claims(&body["access_token"]);
    assert_eq!(access["footbridge_rehearsal"], true);
    assert_eq!(access["idtyp"], "user");
    assert!(
        access["wids"].as_array().unwrap().contains(&Value::from("e8611ab8-c189-46e8-94e1-60213ab1f814"))
    );
    assert!(access["scp"].as_str().unwrap().contains("Application.ReadWrite.All"));
    let id = claims(&body["id_token"]);
    assert_eq!(id["aud"], GRAPH_TOOLS);
    assert_eq!(id["tid"], site.tenant());
    assert!(id["preferred_username"].as_str().unwrap().starts_with("a.weber@"));
    assert!(body["client_info"].is_string() && body["refresh_token"].is_string());

    let (status, body) = site.poll(GRAPH_TOOLS, &device).await;
    assert_eq!((status, &body["error"]), (400, &Value::from("bad_verification_code")));
}

#[tokio::test]
async fn three_spellings_of_the_grant() {
    let site = Site::start(settings()).await;
    for (grant, names) in [
        (DEVICE_GRANT, &["device_code", "code"][..]),
        ("device_code", &["device_code"]),
        (DEVICE_GRANT, &["code"]),
    ] {
        let device = site
            .device(AZURE_CLI, "https://graph.microsoft.com/.default offline_access openid profile")
            .await;
        site.control().approve(device["user_code"].as_str().unwrap(), "a.weber").unwrap();
        let code = device["device_code"].as_str().unwrap();
        let mut form = vec![("grant_type", grant), ("client_id", AZURE_CLI)];
        form.extend(names.iter().map(|name| (*name, code)));
        let (status, body) = site.token(&form).await;
        assert_eq!(status, 200, "{body}");
        assert!(body["scope"].as_str().unwrap().contains("https://graph.microsoft.com/.default"));
    }
}

#[tokio::test]
async fn declined_expired_and_unknown_are_told_apart() {
    let site = Site::start(settings()).await;
    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    site.control().decline(device["user_code"].as_str().unwrap()).unwrap();
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.1["error"], "authorization_declined");

    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    site.control().advance(Duration::from_secs(901));
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.1["error"], "expired_token");
    let code = device["user_code"].as_str().unwrap();
    assert_eq!(site.control().approve(code, "a.weber"), Err(ControlError::Expired));
    assert_eq!(site.control().approve("NOSUCHONE", "a.weber"), Err(ControlError::UnknownCode));
}

#[tokio::test]
async fn conditional_access_blocks_an_account_or_the_flow() {
    let site = Site::start(settings()).await;
    for account in ["c.gesperrt", "d.browser"] {
        let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
        let refused = site.control().approve(device["user_code"].as_str().unwrap(), account).unwrap_err();
        assert!(matches!(refused, ControlError::Refused { code: 53003, .. }), "{refused}");
        assert_eq!(site.poll(GRAPH_TOOLS, &device).await.1["error_codes"][0], 53003);
    }
    let silent = Site::start(Settings { silent_block: true, block_device_code: true, ..settings() }).await;
    let device = silent.device(GRAPH_TOOLS, SIGN_IN).await;
    assert!(silent.control().approve(device["user_code"].as_str().unwrap(), "a.weber").is_err());
    assert_eq!(silent.poll(GRAPH_TOOLS, &device).await.1["error"], "authorization_pending");
}

#[tokio::test]
async fn a_stranger_belongs_elsewhere() {
    let site = Site::start(settings()).await;
    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    let refused = site.control().approve(device["user_code"].as_str().unwrap(), "f.fremd").unwrap_err();
    assert!(matches!(refused, ControlError::Refused { code: 50020, .. }), "{refused}");

    let form = [("client_id", GRAPH_TOOLS), ("scope", SIGN_IN)];
    let (_, device) = site.form("/organizations/oauth2/v2.0/devicecode", &form).await;
    site.control().approve(device["user_code"].as_str().unwrap(), "f.fremd").unwrap();
    let code = device["device_code"].as_str().unwrap();
    let form = [("grant_type", DEVICE_GRANT), ("client_id", GRAPH_TOOLS), ("device_code", code)];
    let (status, body) = site.form("/organizations/oauth2/v2.0/token", &form).await;
    assert_eq!(status, 200, "{body}");
    assert_ne!(claims(&body["id_token"])["tid"], site.tenant());
    let token = body["access_token"].as_str().unwrap();
    let (status, _) = read(site.http.get(site.graph("/organization")).bearer_auth(token)).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_guest_signs_in_here_and_is_marked() {
    let site = Site::start(settings()).await;
    let body = site.sign_in("p.gast", "openid profile User.Read").await;
    let id = claims(&body["id_token"]);
    assert_eq!(id["tid"], site.tenant());
    assert!(id["idp"].is_string());
    assert_eq!(claims(&body["access_token"])["acct"], 1);
    assert!(body["refresh_token"].is_null());
}

#[tokio::test]
async fn consent_needs_an_administrator_and_first_parties_their_list() {
    let site = Site::start(settings()).await;
    let device = site.device(GRAPH_TOOLS, "Sites.FullControl.All").await;
    let refused = site.control().approve(device["user_code"].as_str().unwrap(), "u.ohne").unwrap_err();
    assert!(matches!(refused, ControlError::Refused { code: 90094, .. }), "{refused}");
    let device = site.device(AZURE_CLI, "Sites.FullControl.All").await;
    let refused = site.control().approve(device["user_code"].as_str().unwrap(), "g.admin").unwrap_err();
    assert!(matches!(refused, ControlError::Refused { code: 65002, .. }), "{refused}");
}

#[tokio::test]
async fn slow_down_only_when_asked_for() {
    let site = Site::start(Settings { slow_down: true, ..settings() }).await;
    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.1["error"], "authorization_pending");
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.1["error"], "slow_down");
    site.control().advance(Duration::from_secs(5));
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.1["error"], "authorization_pending");
}

#[tokio::test]
async fn the_page_approves_as_the_control_does() {
    let site = Site::start(settings()).await;
    let device = site.device(GRAPH_TOOLS, SIGN_IN).await;
    let code = device["user_code"].as_str().unwrap();
    let page = device["verification_uri"].as_str().unwrap();
    let (_, first) = read(site.http.get(page)).await;
    assert!(first.as_str().unwrap().contains("Enter the code"));
    let (_, wrong) = read(site.http.post(page).form(&[("code", "WRONG")])).await;
    assert!(wrong.as_str().unwrap().contains("no sign-in is waiting"));
    let (_, choose) = read(site.http.post(page).form(&[("code", code)])).await;
    assert!(choose.as_str().unwrap().contains("Microsoft Graph Command Line Tools"));
    assert!(choose.as_str().unwrap().contains("Anna Weber"));
    let (_, blocked) =
        read(site.http.post(page).form(&[("code", code), ("account", "nobody@nowhere")])).await;
    assert!(blocked.as_str().unwrap().contains("there is no account"));
    let upn = &site.running.announcement.accounts[0].upn;
    let (_, done) = read(site.http.post(page).form(&[("code", code), ("account", upn)])).await;
    assert!(done.as_str().unwrap().contains("You are signed in"));
    assert_eq!(site.poll(GRAPH_TOOLS, &device).await.0, 200);
}

#[tokio::test]
async fn a_refresh_token_gets_another_api_and_keeps_the_spelling() {
    let site = Site::start(settings()).await;
    let body =
        site.sign_in("a.weber", "https://graph.microsoft.com/User.Read openid profile offline_access").await;
    let refresh = body["refresh_token"].as_str().unwrap();
    let own = format!("{}//.default offline_access", site.running.announcement.graph);
    for (scope, audience) in [
        (own.as_str(), site.running.announcement.graph.as_str()),
        ("https://management.azure.com/.default", "https://management.azure.com"),
    ] {
        let (status, body) = site
            .token(&[
                ("grant_type", "refresh_token"),
                ("client_id", GRAPH_TOOLS),
                ("refresh_token", refresh),
                ("scope", scope),
            ])
            .await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(claims(&body["access_token"])["aud"], audience);
        assert!(body["scope"].as_str().unwrap().contains(scope.split(' ').next().unwrap()));
        assert!(body["refresh_token"].is_string());
    }
    let other = [
        ("grant_type", "refresh_token"),
        ("client_id", AZURE_CLI),
        ("refresh_token", refresh),
        ("scope", "User.Read"),
    ];
    assert_eq!(site.token(&other).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn version_one_asks_for_a_resource() {
    let site = Site::start(settings()).await;
    let path = format!("/{}/oauth2/devicecode", site.tenant());
    let form = [("client_id", GRAPH_TOOLS), ("resource", "https://graph.microsoft.com/")];
    let (_, device) = site.form(&path, &form).await;
    site.control().approve(device["user_code"].as_str().unwrap(), "a.weber").unwrap();
    let code = device["device_code"].as_str().unwrap();
    let form = [
        ("grant_type", "device_code"),
        ("client_id", GRAPH_TOOLS),
        ("code", code),
        ("resource", "https://graph.microsoft.com/"),
    ];
    let (status, body) = site.form(&format!("/{}/oauth2/token", site.tenant()), &form).await;
    assert_eq!((status, &body["resource"]), (200, &Value::from("https://graph.microsoft.com")));
    assert!(body["refresh_token"].is_string());
}

#[tokio::test]
async fn the_announced_client_holds_what_was_consented_to_for_everybody() {
    let site = Site::start(settings()).await;
    let own = site.running.announcement.client_id.clone();
    let device = site.device(&own, "https://graph.microsoft.com/.default").await;
    site.control().approve(device["user_code"].as_str().unwrap(), "u.ohne").unwrap();
    let (status, body) = site.poll(&own, &device).await;
    assert_eq!(status, 200, "{body}");
    let scopes = claims(&body["access_token"])["scp"].as_str().unwrap().to_owned();
    assert!(
        scopes.contains("AppRoleAssignment.ReadWrite.All") && scopes.contains("User.Read.All"),
        "{scopes}"
    );
    let token = body["access_token"].as_str().unwrap();
    let others = format!("/applications(appId='{}')", site.running.announcement.confidential.client_id);
    let change = site.http.patch(site.graph(&others)).bearer_auth(token);
    assert_eq!(read(change.json(&serde_json::json!({"displayName": "Mine"}))).await.0, 403);
}
