//! G-27: what the tenant forbids or limits for credentials is said before anything is changed: in the plan of the very first
//! change. The step itself then refuses with the other way, or makes what is allowed; it never tries what is forbidden.

use std::sync::Arc;

use engine::cloud::signin::device_code;
use engine::cloud::{Graph, Wire};
use engine::guide::Language;
use engine::{Approval, Code, State};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Opened, Walkthrough, further_guides, small_tenant, told};
use serde_json::json;
use simulator::{CredentialPolicy, Faults, Settings};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a case expects of the credential's own step.
enum Expected {
    /// Refused with this code, and nothing was tried.
    Refused(Code),
    /// Made, with at most so many days.
    Days(i64),
}

struct Case {
    name: &'static str,
    /// Southwind adds a secret, Northwind a certificate; both ask for a year.
    guide: &'static str,
    policy: CredentialPolicy,
    /// The line that says so beforehand.
    line: Option<&'static str>,
    expected: Expected,
}

fn cases() -> Vec<Case> {
    let none = CredentialPolicy::default();
    let case = |name, guide, policy, line, expected| Case { name, guide, policy, line, expected };
    let mut all = vec![
        case(
            "secrets forbidden",
            "southwind",
            CredentialPolicy { no_secrets: true, ..none },
            Some("change.policy-no-secrets"),
            Expected::Refused(Code::SecretsForbidden),
        ),
        case(
            "self-signed forbidden",
            "northwind",
            CredentialPolicy { no_self_signed: true, ..none },
            Some("change.policy-no-self-signed"),
            Expected::Refused(Code::SelfSignedForbidden),
        ),
        case(
            "secrets forbidden, certificate wanted",
            "northwind",
            CredentialPolicy { no_secrets: true, ..none },
            None,
            Expected::Days(365),
        ),
    ];
    for (name, days) in [
        ("P1D", 1),
        ("P7D", 7),
        ("P30D", 30),
        ("P90D", 90),
        ("P180D", 180),
        ("P364D", 364),
        ("P365D", 365),
        ("P2Y", 730),
    ] {
        let line = (days < 365).then_some("change.policy-shorter");
        let secret = CredentialPolicy { secret_days: Some(days), ..none };
        let certificate = CredentialPolicy { certificate_days: Some(days), ..none };
        let most = Expected::Days(i64::from(days.min(365)));
        all.push(case(name, "southwind", secret, line, most));
        all.push(case(name, "northwind", certificate, line, Expected::Days(i64::from(days.min(365)))));
    }
    all
}

async fn opened(guide: &str, policy: Option<CredentialPolicy>) -> Walkthrough {
    let tenant = Settings { credential_policy: policy, ..small_tenant() };
    Walkthrough::signed_in(guide, Opened { tenant, guides: further_guides(), ..Opened::default() }).await
}

/// The keys of the lines of the first plan, drawn before anything was changed.
async fn foretold(walk: &Walkthrough) -> Vec<String> {
    let before = walk.world().writes();
    walk.run("register", Approval::Plan(String::new())).await;
    assert_eq!(walk.world().writes(), before, "nothing may have changed yet");
    let plan = walk.step("register").and_then(|view| view.plan).expect("a plan");
    for line in &plan.changes {
        for language in Language::ALL {
            assert!(
                !line.note.in_language(language).starts_with("change."),
                "{line:?} has no words in {language:?}"
            );
        }
    }
    plan.changes.iter().map(|line| line.note.key.clone()).collect()
}

fn days(walk: &Walkthrough) -> i64 {
    let object = walk.step("register").unwrap().outputs["application-object-id"].clone();
    let world = walk.world();
    let application = world.rows("applications", "id", &object)[0].clone();
    let lists = ["passwordCredentials", "keyCredentials"];
    let one = lists.iter().find_map(|list| application[*list].get(0).cloned()).expect("a credential");
    let moment = |member: &str| OffsetDateTime::parse(one[member].as_str().unwrap(), &Rfc3339).unwrap();
    (moment("endDateTime") - moment("startDateTime")).whole_days()
}

fn tried(walk: &Walkthrough) -> bool {
    walk.control().traffic().iter().any(|one| {
        let body = one.line.as_ref().map(|line| line["request_body"].to_string()).unwrap_or_default();
        one.url.contains("addPassword") || (one.method == "PATCH" && body.contains("keyCredentials"))
    })
}

#[tokio::test]
async fn g27_a_policy_is_told_before_anything_is_changed() {
    let (mut policies, mut foretold_in) = (0_u64, 0_u64);
    for case in cases() {
        let name = format!("{} {}", case.guide, case.name);
        let walk = opened(case.guide, Some(case.policy)).await;
        let lines = foretold(&walk).await;
        let told_line = lines.iter().find(|key| key.starts_with("change.policy-"));
        assert_eq!(told_line.map(String::as_str), case.line, "{name}");
        policies += 1;
        foretold_in += u64::from(told_line.map(String::as_str) == case.line);
        walk.run("register", Approval::Any).await;
        walk.run("certificate", Approval::Any).await;
        let step = walk.step("certificate").unwrap();
        match case.expected {
            Expected::Refused(code) => {
                let trouble = step.trouble.unwrap_or_else(|| panic!("{name}: {}", told(&walk.list())));
                assert_eq!(trouble.code, code, "{name}");
                assert!(!tried(&walk), "{name}: it was tried although it is forbidden");
                let other_way = trouble.next(Language::English);
                assert!(other_way.contains("certificate"), "{name}: {other_way}");
            }
            Expected::Days(most) => {
                assert_eq!(step.state, State::Proven, "{name}: {}", told(&walk.list()));
                let days = days(&walk);
                assert!(days <= most && days >= most - 2, "{name}: {days} days");
            }
        }
    }
    reached("G-27", "policies", policies, Target::AtLeast(12));
    reached("G-27", "policies that were told before any change", foretold_in, Target::Exactly(policies));
}

#[tokio::test]
async fn g27_a_policy_that_cannot_be_read_is_told_as_such() {
    let walk =
        opened("southwind", Some(CredentialPolicy { secret_days: Some(90), ..CredentialPolicy::default() }))
            .await;
    let fault = json!({ "faults": [{ "match": { "path": "/v1.0/policies/defaultAppManagementPolicy", "inside_batch": true },
        "times": 0, "action": { "do": "answer", "status": 403 } }] });
    walk.control().set_faults(Faults::read(&fault.to_string()).unwrap());
    let lines = foretold(&walk).await;
    assert!(lines.contains(&"change.policy-unreadable".to_owned()), "{lines:?}");
    assert!(walk.control().struck() > 0, "the policy was asked for");
    walk.run("register", Approval::Any).await;
    walk.run("certificate", Approval::Any).await;
    // What could not be said beforehand is said by the refusal, or the tenant takes it; both with words.
    assert_eq!(crate::tenant::cells::left_open(&walk.list()), Vec::<String>::new());
    reached("G-27", "unreadable policies that are told as such", 1, Target::Exactly(1));
}

/// Another admin gives an application a policy of its own.
async fn forbid_secrets_of(walk: &Walkthrough, object: &str) {
    let wire =
        Wire::new(rehearsal::place(&walk.rehearsal.tenant).unwrap(), walk.rehearsal.clock.clone()).unwrap();
    let scopes = [
        "User.Read",
        "Application.ReadWrite.All",
        "Policy.Read.All",
        "Policy.ReadWrite.ApplicationConfiguration",
    ];
    let tenant = &walk.rehearsal.tenant.announcement.tenant;
    let code = device_code::begin(&wire, tenant, &scopes.map(str::to_owned), "en", None).await.unwrap();
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    let session = code.wait(&wire, &|_| {}).await.unwrap();
    let graph = Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session)));
    let restrictions = json!({ "passwordCredentials": [{ "restrictionType": "passwordAddition", "state": "enabled",
        "maxLifetime": null, "restrictForAppsCreatedAfterDateTime": "2019-01-01T00:00:00Z" }], "keyCredentials": [] });
    let policy = json!({ "displayName": "no secrets", "isEnabled": true, "restrictions": restrictions });
    let made = graph.post("/policies/appManagementPolicies", &policy).await.unwrap().body.unwrap();
    let reference = format!(
        "{}/v1.0/policies/appManagementPolicies/{}",
        walk.rehearsal.tenant.announcement.graph,
        made["id"].as_str().unwrap()
    );
    let path = format!("/applications/{object}/appManagementPolicies/$ref");
    graph.post(&path, &json!({ "@odata.id": reference })).await.unwrap();
}

/// The policy of one application forbids what the tenant allows.
#[tokio::test]
async fn g27_an_applications_own_policy_counts() {
    let walk = opened("southwind", None).await;
    walk.run("register", Approval::Any).await;
    let object = walk.step("register").unwrap().outputs["application-object-id"].clone();
    forbid_secrets_of(&walk, &object).await;
    walk.desk().look_anew(&walk.connection).await;
    walk.run("certificate", Approval::Any).await;
    let trouble =
        walk.step("certificate").unwrap().trouble.unwrap_or_else(|| panic!("{}", told(&walk.list())));
    assert_eq!(trouble.code, Code::SecretsForbidden);
    assert!(!tried(&walk));
    reached("G-27", "policies of one application", 1, Target::Exactly(1));
}
