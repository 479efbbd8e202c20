//! The TARGETconnect guide from the first door to the sealed file, as an admin would click it.

use crate::driven::Driven;

const STEPS: [&str; 13] = [
    "notice",
    "register",
    "note-ids",
    "secret",
    "permissions",
    "consent",
    "confirm",
    "policy",
    "operators",
    "assign",
    "prove",
    "match",
    "hand-over",
];
const PICTURED: [&str; 5] = ["permissions", "policy", "operators", "match", "hand-over"];

pub async fn whole_guide(language: &str, theme: &str) {
    let window = Driven::open(language, theme).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    window.wait_for("#door-rehearse").await;
    window.until("the language", &format!("document.documentElement.lang === '{language}'")).await;
    window.no_fault("first start").await;
    window.axe_finds_a_planted_fault().await;
    window.picture(&look("first-start")).await;
    window.click("#door-rehearse").await;
    window.wait_for("#step-notice").await;
    window.no_fault("notice").await;
    window.click("#confirm").await;
    settled(&window, "notice").await;
    sign_in(&window, &look).await;
    for step in &STEPS[1..] {
        go_to(&window, step).await;
        prepare(&window, step).await;
        if *step != "hand-over" {
            carry_out(&window, step, &look).await;
        }
    }
    // Microsoft takes half an hour; the rehearsal's clock is pushed, and the step turns green by itself.
    settled(&window, "prove").await;
    hand_over(&window, &look).await;
    let green = "[...document.querySelectorAll('button.step')].every(step => ['proven', 'confirmed'].includes(step.dataset.state))";
    window.until("every step to be proven or confirmed", green).await;
    other_screens(&window, &look).await;
    window.close().await;
}

async fn sign_in(window: &Driven, look: &impl Fn(&str) -> String) {
    window.click("#sign-in").await;
    window.wait_for("#show-code").await;
    assert!(!window.is_there("#user-code").await, "no code before it is asked for");
    window.no_fault("sign-in, before").await;
    window.picture(&look("sign-in-before")).await;
    window.click("#show-code").await;
    window.wait_for("#user-code").await;
    window.no_fault("sign-in, code").await;
    window.picture(&look("sign-in-code")).await;
    window.click("#approve").await;
    window.wait_for("#go-on").await;
    window.no_fault("sign-in, signed in").await;
    window.picture(&look("signed-in")).await;
    window.click("#go-on").await;
}

async fn go_to(window: &Driven, step: &str) {
    window.click(&format!("#step-{step}")).await;
    window
        .until(
            &format!("{step} to be open"),
            &format!("document.querySelector('[aria-current=step]')?.id === 'step-{step}'"),
        )
        .await;
    idle(window).await;
}

/// Answers what the step asks before it can be done.
async fn prepare(window: &Driven, step: &str) {
    if step == "operators" {
        window.enter("#people-search", "a").await;
        window.enter("#people-search", "an").await;
        window.click("#people-find").await;
        window.wait_for("ul.list button").await;
        for place in 1..=3 {
            window.click(&format!("ul.list li:nth-child({place}) button")).await;
        }
        window.picture("choosing-people").await;
        window.click("#people-keep").await;
        window.until("the choice to be kept", "document.querySelector('#people-keep')?.disabled").await;
    }
    if step == "match" {
        let answers = [
            ("operator-local-field", "email"),
            ("operator-remote-field", "userPrincipalName"),
            ("user-local-field", "student_number"),
            ("user-remote-field", "employeeId"),
        ];
        for (ask, value) in answers {
            window.enter(&format!("#ask-{ask}"), value).await;
        }
    }
    if window.is_there("#save-answers").await {
        window.click("#save-answers").await;
        idle(window).await;
    }
}

async fn carry_out(window: &Driven, step: &str, look: &impl Fn(&str) -> String) {
    window.click("#check").await;
    idle(window).await;
    window
        .until(
            &format!("{step} to be looked at"),
            &format!("document.querySelector('#step-{step}').dataset.state !== 'not-yet'"),
        )
        .await;
    window.no_fault(step).await;
    if PICTURED.contains(&step) {
        window.picture(&look(&format!("step-{step}"))).await;
    }
    if window.is_there("#apply").await {
        window.click("#apply").await;
        idle(window).await;
    }
    let done =
        format!("['proven', 'pending'].includes(document.querySelector('#step-{step}').dataset.state)");
    window.until(&format!("{step} to be done"), &done).await;
}

async fn hand_over(window: &Driven, look: &impl Fn(&str) -> String) {
    go_to(window, "hand-over").await;
    let rows = window
        .run("return [...document.querySelectorAll('article dl dt code')].map(row => row.textContent).join()")
        .await;
    assert_eq!(rows, "TC-F-1,TC-F-2,TC-F-3,TC-F-4,TC-F-5,TC-F-6,TC-F-7");
    window.no_fault("hand-over").await;
    window.picture(&look("step-hand-over")).await;
    window.click("#seal").await;
    settled(window, "hand-over").await;
    window.no_fault("handed over").await;
    let files: Vec<String> = std::fs::read_dir(window.handed_over())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    for kind in [".bundle", "-sheet.html", "-report.html"] {
        assert!(files.iter().any(|name| name.ends_with(kind)), "{kind} is missing among {files:?}");
    }
}

async fn other_screens(window: &Driven, look: &impl Fn(&str) -> String) {
    for (place, heading) in [
        ("journal", "#journal-search"),
        ("certificates", "main h2"),
        ("settings", "#language"),
        ("connections", "main .card"),
    ] {
        window.click(&format!("#nav-{place}")).await;
        window.wait_for(heading).await;
        idle(window).await;
        window.no_fault(place).await;
        window.picture(&look(place)).await;
    }
}

async fn settled(window: &Driven, step: &str) {
    let state =
        format!("['proven', 'confirmed'].includes(document.querySelector('#step-{step}')?.dataset.state)");
    window.until(&format!("{step} to be green"), &state).await;
    idle(window).await;
}

/// Nothing runs any more.
async fn idle(window: &Driven) {
    window.until("the window to be idle", "!document.querySelector('[aria-busy=true]')").await;
}
