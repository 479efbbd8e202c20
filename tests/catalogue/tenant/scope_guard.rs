//! G-25: a token may carry more, or less, than the work needs; it may be of another tenant, another account, a guest. What is
//! beyond is shown; a call outside the list of the work at hand is not sent; a change of tenant or account stops the run.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::cloud::model::User;
use engine::cloud::signin::application;
use engine::cloud::{Call, Graph, GraphFault, Method, Permitted, Wire};
use engine::{Approval, Code, Desk, State};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::raw_server::{RawServer, Said, http};
use footbridge_tests::{Opened, PRODUCTS, Tenant, TenantClock, Walkthrough, small_tenant};
use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{Faults, Kind};

const LIST: &[Permitted] = &[
    Permitted::new(Method::Get, "/users/**"),
    Permitted::new(Method::Post, "/applications/*/addPassword"),
    Permitted::new(Method::Patch, "/applications/*"),
];

/// Calls that a token would often allow and that this work has no business with.
fn outside() -> Vec<Call> {
    let mut calls = Vec::new();
    for path in [
        "/applications",
        "/applications/1/owners/$ref",
        "/applications/1/removePassword",
        "/applications/1/addKey",
        "/servicePrincipals",
        "/servicePrincipals/1/appRoleAssignedTo",
        "/oauth2PermissionGrants",
        "/users",
        "/users/1/sendMail",
        "/users/1/revokeSignInSessions",
        "/directoryRoles/1/members/$ref",
        "/groups",
        "/identity/conditionalAccess/policies",
        "/me/sendMail",
        "/applications/1/addPassword/../../2/addPassword",
    ] {
        calls.push(Call::post(path, json!({})));
        calls.push(Call::patch(path, json!({})));
        calls.push(Call::delete(path));
    }
    for path in ["/me/messages", "/auditLogs/signIns", "/applications", "/organization", "/usersX"] {
        calls.push(Call::get(path));
    }
    calls
}

#[tokio::test]
async fn g25_a_call_outside_the_list_is_not_sent() {
    let tenant = Tenant::start(small_tenant()).await;
    let graph = RawServer::start("127.0.0.1:0", |_| {
        Said::Bytes(http(
            "200 OK",
            &[("content-type", "application/json")],
            b"{\"value\":[],\"responses\":[]}",
        ))
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let mut place = tenant.place(folder.path());
    let clock = std::sync::Arc::new(TenantClock::new(tenant.control()));
    let told = tenant.announcement();
    let secret = SecretString::from(told.confidential.secret.as_str());
    let login = Wire::new(place.clone(), clock.clone()).unwrap();
    let token =
        application::token(&login, &told.tenant, &told.confidential.client_id, &secret).await.unwrap();
    place.graph = graph.origin().parse().unwrap();
    let limited = Graph::as_application(Wire::new(place, clock).unwrap(), token).limited_to(LIST);
    let outside = outside();
    let mut refused = 0;
    for call in &outside {
        let single = limited.call(call).await.unwrap_err();
        let batched = limited.batch(vec![Call::get("/users"), call.clone()]).await.unwrap_err();
        refused += u64::from(single.status.is_none()) + u64::from(batched.status.is_none());
    }
    let listed = limited.pages::<User>("/groups", false, 10, &mut |_| true).await.unwrap_err();
    assert_eq!(listed.kind, GraphFault::NotPermitted);
    let sent = graph.heard().len() as u64;
    // The control: what is on the list goes out.
    limited.get("/users?$top=1").await.unwrap();
    limited.call(&Call::patch("/applications/1", json!({}))).await.unwrap();
    assert_eq!(graph.heard().len(), 2, "the good calls next to them pass");
    reached(
        "G-25",
        "calls outside the list, alone and in a batch",
        refused,
        Target::Exactly(outside.len() as u64 * 2),
    );
    reached("G-25", "calls outside the list that were sent", sent, Target::Exactly(0));
}

/// What a tenant granted beyond the need of a guide is named, however it got into the token.
#[tokio::test]
async fn g25_what_is_granted_beyond_is_shown() {
    let mut shown = 0;
    for product in PRODUCTS {
        let walk = Walkthrough::open(product, Opened::default()).await;
        let mut who = walk.sign_in().await.unwrap();
        let before = Desk::surplus(walk.guide, &who).len();
        who.scopes.extend(["RoleManagement.ReadWrite.Directory".to_owned(), "Mail.ReadWrite".to_owned()]);
        let surplus = Desk::surplus(walk.guide, &who);
        assert!(surplus.contains(&"RoleManagement.ReadWrite.Directory".to_owned()), "{surplus:?}");
        shown += (surplus.len() - before) as u64;
    }
    reached(
        "G-25",
        "permissions beyond the need that are shown",
        shown,
        Target::Exactly(2 * PRODUCTS.len() as u64),
    );
}

/// An identity token whose claims are changed; the client reads it and does not verify it (RFC 6749 says it came over TLS).
fn identity(walk: &Walkthrough, tenant: &str, object: &str) -> String {
    let claims = json!({ "aud": walk.rehearsal.tenant.announcement.client_id, "tid": tenant, "oid": object,
        "name": "Somebody Else", "preferred_username": "somebody@else.example" });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.x", part(&json!({ "alg": "none" })), part(&claims))
}

/// The renewal in the middle of a run answers for somebody else.
async fn renewed_as(tenant: Option<&str>, object: Option<&str>) -> (Walkthrough, u64) {
    let walk = Walkthrough::signed_in("targetconnect", Opened::default()).await;
    walk.desk().confirm(&walk.connection, "notice", "Anna Weber", "read").unwrap();
    walk.take("register", &walk.guide.step("register").unwrap().action).await;
    assert_eq!(walk.step("register").unwrap().state, State::Proven);
    let who = walk.desk().signed_in(&walk.connection).unwrap();
    let token = identity(&walk, tenant.unwrap_or(&who.tenant_id), object.unwrap_or(&who.object_id));
    let tokens = json!({ "token_type": "Bearer", "expires_in": 3599, "scope": who.scopes.join(" "), "id_token": token,
        "access_token": "eyJhbGciOiJub25lIn0.e30.x", "refresh_token": "another" });
    let fault = json!({ "faults": [{ "match": { "grant_type": "refresh_token" }, "times": 0,
        "action": { "do": "raw", "status": 200, "content_type": "application/json", "text": tokens.to_string() } }] });
    walk.control().set_faults(Faults::read(&fault.to_string()).unwrap());
    walk.control().advance(Duration::from_secs(3400));
    let graph = || walk.control().traffic().iter().filter(|one| one.kind == Kind::Graph).count();
    let before = graph();
    walk.run("secret", Approval::Any).await;
    assert_eq!(walk.control().struck(), 1, "the renewal was asked for once and not again");
    let sent = (graph() - before) as u64;
    (walk, sent)
}

#[tokio::test]
async fn g25_another_tenant_or_account_stops_the_run() {
    let elsewhere = "6ec7af10-331f-4f93-ab3c-aa073ee64c91";
    let mut sent = 0;
    for (tenant, object) in
        [(Some(elsewhere), None), (None, Some(elsewhere)), (Some(elsewhere), Some(elsewhere))]
    {
        let (walk, graph) = renewed_as(tenant, object).await;
        sent += graph;
        let trouble = walk.step("secret").unwrap().trouble.expect("a word about it");
        assert!(matches!(trouble.code, Code::SignInNeeded | Code::SignInWrongTenant), "{trouble:?}");
        walk.control().set_faults(Faults::default());
        assert_eq!(walk.judged(), Vec::<String>::new());
        walk.finish(3).await;
    }
    reached("G-25", "requests to Graph after tenant or account changed", sent, Target::Exactly(0));
}

/// Fewer rights, another tenant's account, a guest: each stops before it changes anything that it may not.
#[tokio::test]
async fn g25_accounts_that_may_not_are_told_so() {
    let mut stopped = 0;
    for (account, guest) in [("u.ohne", false), ("p.gast", true)] {
        let mut walk = Walkthrough::open("targetconnect", Opened::default()).await;
        walk.account = account.to_owned();
        let who = walk.sign_in().await.unwrap();
        assert_eq!(who.guest, guest);
        let list = walk.pass().await;
        assert!(!list.is_done());
        assert_eq!(crate::tenant::cells::left_open(&list), Vec::<String>::new());
        stopped += 1;
    }
    let mut walk = Walkthrough::open("targetconnect", Opened::default()).await;
    walk.account = "f.fremd".to_owned();
    assert!(walk.sign_in().await.is_err());
    assert!(walk.desk().signed_in(&walk.connection).is_none());
    assert_eq!(walk.judged(), Vec::<String>::new());
    reached("G-25", "accounts with fewer rights or of elsewhere", stopped + 1, Target::AtLeast(3));
}
