//! Signing in with user name and password, and what stands in its way.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Site, claims, read, settings};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const SCOPES: &str =
    "https://graph.microsoft.com/User.Read.All https://graph.microsoft.com/Presence.Read.All openid";

struct Telephone {
    site: Site,
    admin: String,
    app: String,
    client: String,
}

impl Telephone {
    /// A registered application; public flows as told, consented to for everybody as told.
    async fn new(public: bool, consented: Option<&str>) -> Telephone {
        let site = Site::start(settings()).await;
        let signed =
            site.sign_in("g.admin", "Application.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All").await;
        let admin = signed["access_token"].as_str().unwrap().to_owned();
        let body =
            json!({"displayName": "PBX", "signInAudience": "AzureADMyOrg", "isFallbackPublicClient": public});
        let made = post(&site, &admin, "/applications", &body).await;
        let client = made["appId"].as_str().unwrap().to_owned();
        let principal = post(&site, &admin, "/servicePrincipals", &json!({"appId": client})).await;
        if let Some(scope) = consented {
            let graph = get(&site, &admin, &format!("/servicePrincipals(appId='{GRAPH}')?$select=id")).await;
            let grant = json!({"clientId": principal["id"], "consentType": "AllPrincipals",
                "resourceId": graph["id"], "scope": scope});
            post(&site, &admin, "/oauth2PermissionGrants", &grant).await;
        }
        let app = made["id"].as_str().unwrap().to_owned();
        Telephone { site, admin, app, client }
    }

    async fn ready() -> Telephone {
        Telephone::new(true, Some("User.Read.All Presence.Read.All")).await
    }

    fn password(&self, local: &str) -> (String, String) {
        let all = &self.site.running.announcement.communication_users;
        let found = all.iter().find(|one| one.upn.starts_with(&format!("{local}@"))).unwrap();
        (found.upn.clone(), found.password.clone())
    }

    async fn ask(&self, user: &str, password: &str, scope: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "password"),
            ("client_id", self.client.as_str()),
            ("username", user),
            ("password", password),
            ("scope", scope),
        ];
        self.site.token(&form).await
    }

    async fn ask_as(&self, local: &str) -> (u16, Value) {
        let (user, password) = self.password(local);
        self.ask(&user, &password, SCOPES).await
    }
}

async fn get(site: &Site, token: &str, path: &str) -> Value {
    let (status, body) = read(site.http.get(site.graph(path)).bearer_auth(token)).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn post(site: &Site, token: &str, path: &str, body: &Value) -> Value {
    let (status, body) = read(site.http.post(site.graph(path)).bearer_auth(token).json(body)).await;
    assert_eq!(status, 201, "{path}: {body}");
    body
}

fn number(answer: &(u16, Value)) -> (u16, &str, u64) {
    (
        answer.0,
        answer.1["error"].as_str().unwrap_or_default(),
        answer.1["error_codes"][0].as_u64().unwrap_or(0),
    )
}

#[tokio::test]
async fn a_good_account_gets_a_token_with_what_was_consented_to() {
    let telephone = Telephone::ready().await;
    let (status, answer) = telephone.ask_as("k.telefon1").await;
    assert_eq!(status, 200, "{answer}");
    let told = claims(&answer["access_token"]);
    let scopes: Vec<&str> = told["scp"].as_str().unwrap().split(' ').collect();
    assert!(scopes.contains(&"User.Read.All") && scopes.contains(&"Presence.Read.All"), "{scopes:?}");
    assert_eq!(told["amr"], json!(["pwd"]));
    assert_eq!(told["appidacr"], "0");
    assert_eq!(told["upn"], telephone.password("k.telefon1").0.as_str());
    assert!(answer["id_token"].is_string() && answer["refresh_token"].is_null());
    let (user, password) = telephone.password("k.telefon2");
    let (status, answer) =
        telephone.ask(&user, &password, "https://graph.microsoft.com/.default offline_access").await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["refresh_token"].is_string());
}

#[tokio::test]
async fn each_hurdle_has_its_number() {
    let telephone = Telephone::ready().await;
    for (local, code) in [
        ("k.mfa", 50076),
        ("k.neu", 50079),
        ("k.rolle", 50076),
        ("k.block", 53003),
        ("k.deaktiviert", 50057),
        ("k.abgelaufen", 50055),
    ] {
        let answer = telephone.ask_as(local).await;
        assert_eq!(number(&answer), (400, "invalid_grant", code), "{local}: {}", answer.1);
    }
    assert_eq!(telephone.ask_as("k.ohne").await.0, 200);
    let (_, answer) = telephone.ask_as("k.mfa").await;
    assert!(answer["claims"].as_str().unwrap().contains("capolids"));
    assert_eq!(answer["suberror"], "basic_action");
    let (user, _) = telephone.password("k.telefon1");
    assert_eq!(number(&telephone.ask(&user, "wrong", SCOPES).await), (400, "invalid_grant", 50126));
    let nobody = format!("nobody@{}", telephone.site.running.announcement.domain);
    assert_eq!(number(&telephone.ask(&nobody, "wrong", SCOPES).await), (400, "invalid_grant", 50034));
    let announced = &telephone.site.running.announcement.communication_users;
    assert!(announced.iter().filter(|one| one.signs_in).count() >= 3);
    for one in announced {
        let (status, answer) = telephone.ask(&one.upn, &one.password, SCOPES).await;
        assert_eq!(status == 200, one.signs_in, "{}: {answer}", one.upn);
    }
}

#[tokio::test]
async fn public_flows_must_be_allowed() {
    let telephone = Telephone::new(false, Some("User.Read.All Presence.Read.All")).await;
    assert_eq!(number(&telephone.ask_as("k.telefon1").await), (401, "invalid_client", 7_000_218));
    let address = telephone.site.graph(&format!("/applications/{}", telephone.app));
    let allow = json!({"isFallbackPublicClient": true});
    let request = telephone.site.http.patch(address).bearer_auth(&telephone.admin).json(&allow);
    assert_eq!(read(request).await.0, 204);
    assert_eq!(telephone.ask_as("k.telefon1").await.0, 200);
}

#[tokio::test]
async fn consent_must_have_been_given_before() {
    for consented in [None, Some("User.Read.All")] {
        let telephone = Telephone::new(true, consented).await;
        let answer = telephone.ask_as("k.telefon1").await;
        assert_eq!(number(&answer), (400, "invalid_grant", 65001));
        assert_eq!(answer.1["suberror"], "consent_required");
    }
}

#[tokio::test]
async fn consent_for_one_person_opens_for_that_person_only() {
    let telephone = Telephone::new(true, None).await;
    let site = &telephone.site;
    let (user, _) = telephone.password("k.telefon1");
    let person = get(site, &telephone.admin, &format!("/users/{user}?$select=id")).await;
    let own = format!("/servicePrincipals(appId='{}')?$select=id", telephone.client);
    let client = get(site, &telephone.admin, &own).await;
    let graph = get(site, &telephone.admin, &format!("/servicePrincipals(appId='{GRAPH}')?$select=id")).await;
    let grant = json!({"clientId": client["id"], "consentType": "Principal", "principalId": person["id"],
        "resourceId": graph["id"], "scope": "User.Read.All Presence.Read.All"});
    post(site, &telephone.admin, "/oauth2PermissionGrants", &grant).await;
    assert_eq!(telephone.ask_as("k.telefon1").await.0, 200);
    assert_eq!(number(&telephone.ask_as("k.telefon2").await).2, 65001);
}

#[tokio::test]
async fn ten_wrong_passwords_lock_for_a_minute() {
    let telephone = Telephone::ready().await;
    let (user, _) = telephone.password("k.telefon1");
    for _ in 0..10 {
        assert_eq!(number(&telephone.ask(&user, "wrong", SCOPES).await).2, 50126);
    }
    assert_eq!(number(&telephone.ask_as("k.telefon1").await).2, 50053);
    assert_eq!(telephone.ask_as("k.telefon2").await.0, 200);
    telephone.site.control().advance(Duration::from_secs(61));
    assert_eq!(telephone.ask_as("k.telefon1").await.0, 200);
}

#[tokio::test]
async fn security_defaults_ask_everybody() {
    let telephone = Telephone::ready().await;
    telephone.site.control().set_security_defaults(true);
    assert_eq!(number(&telephone.ask_as("k.telefon1").await).2, 50079);
    telephone.site.control().set_security_defaults(false);
    assert_eq!(telephone.ask_as("k.telefon1").await.0, 200);
}

#[tokio::test]
async fn the_common_addresses_do_not_take_passwords_and_members_are_needed() {
    let telephone = Telephone::ready().await;
    let (user, password) = telephone.password("k.telefon1");
    let form = |leave_out: &str| {
        let all = [
            ("grant_type", "password"),
            ("client_id", telephone.client.as_str()),
            ("username", user.as_str()),
            ("password", password.as_str()),
            ("scope", SCOPES),
        ];
        all.into_iter().filter(|(name, _)| *name != leave_out).collect::<Vec<_>>()
    };
    for tenant in ["common", "consumers"] {
        let path = format!("/{tenant}/oauth2/v2.0/token");
        let answer = telephone.site.form(&path, &form("")).await;
        assert_eq!(number(&answer).2, 9_001_023);
    }
    assert_eq!(telephone.site.form("/organizations/oauth2/v2.0/token", &form("")).await.0, 200);
    for name in ["username", "password", "scope"] {
        assert_eq!(number(&telephone.site.token(&form(name)).await).2, 900_144, "{name}");
    }
    let told = serde_json::to_string(&telephone.site.control().traffic()).unwrap();
    assert!(!told.contains(&password), "a password stands in the traffic");
    assert!(!telephone.site.control().dump().to_string().contains(&password));
}

#[tokio::test]
async fn policies_are_shown_to_those_who_guard_and_to_nobody_else() {
    let telephone = Telephone::ready().await;
    let site = &telephone.site;
    let signed = site.sign_in("g.admin", "Policy.Read.All User.Read.All Directory.Read.All").await;
    let guard = signed["access_token"].as_str().unwrap().to_owned();
    let all = get(site, &guard, "/identity/conditionalAccess/policies").await;
    let states: Vec<&str> =
        all["value"].as_array().unwrap().iter().filter_map(|one| one["state"].as_str()).collect();
    for state in ["enabled", "disabled", "enabledForReportingButNotEnforced"] {
        assert!(states.contains(&state), "{state}");
    }
    let (user, _) = telephone.password("k.mfa");
    let person = get(site, &guard, &format!("/users/{user}?$select=id,passwordPolicies")).await;
    assert_eq!(person["passwordPolicies"], "DisablePasswordExpiration");
    let covering =
        all["value"].as_array().unwrap().iter().find(|one| {
            one["conditions"]["users"]["includeUsers"].as_array().unwrap().contains(&person["id"])
        });
    assert_eq!(covering.unwrap()["grantControls"]["builtInControls"], json!(["mfa"]));
    let one = format!("/identity/conditionalAccess/policies/{}", covering.unwrap()["id"].as_str().unwrap());
    assert_eq!(get(site, &guard, &one).await["state"], "enabled");
    let defaults = get(site, &guard, "/policies/identitySecurityDefaultsEnforcementPolicy").await;
    assert_eq!(defaults["isEnabled"], false);
    let (user, _) = telephone.password("k.rolle");
    let roles = format!("/users/{user}/transitiveMemberOf/microsoft.graph.directoryRole");
    assert_eq!(get(site, &guard, &roles).await["value"][0]["displayName"], "Teams Administrator");
    let signed = site.sign_in("a.weber", "Policy.Read.All").await;
    let other = signed["access_token"].as_str().unwrap();
    for path in
        ["/identity/conditionalAccess/policies", "/policies/identitySecurityDefaultsEnforcementPolicy"]
    {
        let (status, refused) = read(site.http.get(site.graph(path)).bearer_auth(other)).await;
        assert_eq!((status, refused["error"]["code"].as_str()), (403, Some("AccessDenied")), "{path}");
    }
}
