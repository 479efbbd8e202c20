//! One sign-in at home for all: where a tenant does not take it, that connection says so and the others go on; a token of
//! one tenant opens nothing of another.

use engine::{Code, ManyState, ManyTenant, Stop, Trouble};
use simulator::{Kind, Relation};

use crate::scene::{GUIDE, Scene, Seen, all, is_ready_to_hand_over, small, told};

#[tokio::test]
async fn a_tenant_that_does_not_take_the_sign_in_says_so_and_the_others_go_on() {
    let mut settings = small(6);
    settings.relations.insert(1, Relation::Unknown);
    settings.relations.insert(3, Relation::NotConsented);
    settings.relations.insert(4, Relation::WantsMore);
    let at = Scene::open(settings).await;
    let views = at.many.desk.many_run(&at.aims, &all(2), &Seen::default(), &Stop::default()).await.unwrap();
    for (number, aadsts) in [(1, "AADSTS50020"), (3, "AADSTS65001"), (4, "AADSTS50076")] {
        assert_eq!(views[number].state, ManyState::NeedsOwnSignIn, "{}", told(&views[number]));
        let (step, trouble): &(Option<String>, Trouble) = &views[number].troubles[0];
        assert_eq!((step, trouble.code), (&None, Code::OwnSignInNeeded));
        assert_eq!(trouble.technical.microsoft_code.as_deref(), Some(aadsts));
        assert_eq!(at.writes_at(number), 0);
    }
    for number in [0, 2, 5] {
        assert!(is_ready_to_hand_over(&views[number]), "{}", told(&views[number]));
    }
}

#[tokio::test]
async fn one_code_is_approved_for_all_of_them() {
    let at = Scene::open(small(5)).await;
    at.many.desk.many_run(&at.aims, &all(5), &Seen::default(), &Stop::default()).await.unwrap();
    let codes = |control: &simulator::Control| {
        let signs_in = control.traffic().into_iter().filter(|exchange| exchange.kind == Kind::SignIn);
        signs_in.filter(|exchange| exchange.url.ends_with("/devicecode")).count()
    };
    assert_eq!(codes(&at.many.estate.home), 1);
    for customer in &at.many.estate.customers {
        assert_eq!(codes(&customer.control), 0);
        let refreshed = customer.control.traffic();
        let refreshed =
            refreshed.iter().filter(|exchange| exchange.grant_type.as_deref() == Some("refresh_token"));
        assert_eq!(refreshed.count(), 1, "one token for each tenant");
    }
    at.many.desk.leave_home();
    let connection = at.many.desk.connect(GUIDE, "one more").unwrap();
    let refused = at.many.desk.sign_in_from_home(&connection, &at.aims[0].tenant).await.unwrap_err();
    assert_eq!(refused.code, Code::SignInNeeded);
}

#[tokio::test]
async fn a_token_of_one_tenant_opens_nothing_of_another() {
    let at = Scene::open(small(2)).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let estate = &at.many.estate;
    // As a client of its own would: the refresh token of home, redeemed at one customer.
    let code: serde_json::Value = posted(
        &http,
        &format!("{}/{}/oauth2/v2.0/devicecode", estate.origin, estate.home_id),
        &[("client_id", &estate.client_id), ("scope", "User.Read offline_access")],
    )
    .await;
    estate.home.approve(code["user_code"].as_str().unwrap(), &estate.account).unwrap();
    let home = posted(
        &http,
        &format!("{}/{}/oauth2/v2.0/token", estate.origin, estate.home_id),
        &[
            ("client_id", &estate.client_id),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", code["device_code"].as_str().unwrap()),
        ],
    )
    .await;
    let redeem = [
        ("client_id", estate.client_id.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", home["refresh_token"].as_str().unwrap()),
        ("scope", "Organization.Read.All User.Read offline_access openid"),
    ];
    let of = |customer: usize| {
        format!("{}/{}/oauth2/v2.0/token", estate.origin, estate.customers[customer].domain)
    };
    let first = posted(&http, &of(0), &redeem).await;
    let organisation = get(&http, &estate.origin, first["access_token"].as_str().unwrap()).await;
    assert_eq!(organisation["value"][0]["id"], estate.customers[0].id, "{organisation}");
    // What that customer's own refresh token is worth elsewhere: nothing.
    let mut own = redeem;
    own[2].1 = first["refresh_token"].as_str().unwrap();
    let elsewhere = posted(&http, &of(1), &own).await;
    assert_eq!(elsewhere["error"], "invalid_grant", "{elsewhere}");
}

async fn posted(http: &reqwest::Client, address: &str, form: &[(&str, &str)]) -> serde_json::Value {
    let mut filled = reqwest::Url::parse(address).unwrap();
    filled.query_pairs_mut().extend_pairs(form);
    let body = filled.query().unwrap_or_default().to_owned();
    let request = http.post(address).header("content-type", "application/x-www-form-urlencoded").body(body);
    request.send().await.unwrap().json().await.unwrap()
}

async fn get(http: &reqwest::Client, origin: &str, token: &str) -> serde_json::Value {
    let request = http.get(format!("{origin}/v1.0/organization")).bearer_auth(token);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_list_can_be_given_again_and_names_are_not_mixed_up() {
    let at = Scene::open(small(2)).await;
    let guide = at.many.desk.guide_named(GUIDE).unwrap();
    let mut journal = Vec::new();
    at.many.desk.journal_export(None, &mut journal, false).unwrap();
    let again = at.many.desk.many_prepare(GUIDE, &at.many.tenants(guide)).unwrap();
    assert_eq!(again, at.aims);
    assert_eq!(at.many.desk.many_aims().unwrap(), at.aims);
    let mut after = Vec::new();
    at.many.desk.journal_export(None, &mut after, false).unwrap();
    assert_eq!(after.len(), journal.len(), "a list that is given again writes nothing");
    let twice =
        [0, 0].map(|_| ManyTenant { name: "same".into(), tenant: "a.example".into(), ..Default::default() });
    assert_eq!(at.many.desk.many_prepare(GUIDE, &twice).unwrap_err().code, Code::ConnectionExists);
    at.many.desk.set_customer(&at.aims[0].connection, Some("Another name")).unwrap();
    assert_eq!(at.many.desk.many_overview(&at.aims).unwrap()[0].customer.as_deref(), Some("Another name"));
    assert_eq!(at.many.desk.many_aims().unwrap(), at.aims, "the tenant stays as it was said");
}
