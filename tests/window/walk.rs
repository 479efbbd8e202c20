//! The TARGETconnect guide from the first door to the sealed file, as an admin would click it.

use bundle::{Credential, OwnKey, SeenInMemory};
use footbridge_tests::ReceivingProduct;
use secrecy::ExposeSecret as _;
use thirtyfour::Key;

use crate::driven::Driven;
use crate::regard::{self, Seen};
use crate::{renewing, workshop};

pub const STEPS: [&str; 13] = [
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
/// What the matching of identities is answered with.
pub const FIELDS: [(&str, &str); 4] = [
    ("operator-local-field", "email"),
    ("operator-remote-field", "userPrincipalName"),
    ("user-local-field", "student_number"),
    ("user-remote-field", "employeeId"),
];
const PICTURED: [&str; 5] = ["permissions", "policy", "operators", "match", "hand-over"];

pub async fn whole_guide(language: &str, theme: &str) {
    let window = Driven::open(language, theme).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    let seen = Seen::default();
    window.wait_for("#door-rehearse").await;
    window.until("the language", &format!("document.documentElement.lang === '{language}'")).await;
    seen.listen(&window).await;
    regard::a_planted_width_is_found(&window).await;
    seen.regard(&window, "first start", Some(&look("first-start"))).await;
    window.axe_finds_a_planted_fault().await;
    window.click("#door-rehearse").await;
    window.click("#rehearse-targetconnect").await;
    window.wait_for("#step-notice").await;
    seen.regard(&window, "notice", None).await;
    window.click("#confirm").await;
    settled(&window, "notice").await;
    sign_in(&window, &seen, &look).await;
    for step in &STEPS[1..] {
        go_to(&window, step).await;
        prepare(&window, step).await;
        if *step != "hand-over" {
            carry_out(&window, &seen, step, &look).await;
        }
    }
    // Microsoft takes half an hour; the rehearsal's clock is pushed, and the step turns green by itself.
    settled(&window, "prove").await;
    hand_over(&window, &seen, &look).await;
    regard::a_step_out_of_sight_is_found(&window).await;
    let green = "[...document.querySelectorAll('button.step')].every(step => ['proven', 'confirmed'].includes(step.dataset.state))";
    window.until("every step to be proven or confirmed", green).await;
    let secret = sealed_to_a_key(&window, &seen).await;
    pushed_to_the_product(&window, &seen, &look).await;
    around_the_work(&window, &seen, &look).await;
    other_screens(&window, &seen, &look).await;
    let mut secrets = workshop::makes_and_exports(&window, &seen, &look).await;
    renewing::without_a_gap(&window, &seen, &look).await;
    secrets.push(("client secret", secret));
    // A screen with fields, where a secret can be planted.
    window.click("#nav-settings").await;
    window.wait_for("#language").await;
    seen.held_no(&window, &secrets).await;
    seen.has_shown("guide");
    window.close().await;
}

/// A running step is stopped: it says so, and goes on from there to its end.
pub async fn a_step_that_is_stopped() {
    // Each answer takes this long, so the step cannot be over before Stop is pressed.
    let window = Driven::open_with("en", "light", "memory", std::time::Duration::from_millis(700)).await;
    window.click("#door-rehearse").await;
    window.click("#rehearse-targetconnect").await;
    window.click("#confirm").await;
    settled(&window, "notice").await;
    window.click("#sign-in").await;
    window.click("#show-code").await;
    window.click("#approve").await;
    window.click("#go-on").await;
    go_to(&window, "register").await;
    window.click("#check").await;
    idle(&window).await;
    window.click("#apply").await;
    window.until("a sign of life", "document.querySelector('.running')?.textContent.includes('PATCH')").await;
    window.click("#stop").await;
    idle(&window).await;
    let said = window.run("return document.querySelector('main [role=alert] strong')?.textContent").await;
    assert_eq!(said, "Stopped.");
    assert!(!window.is_there("#step-register[data-state=proven]").await, "the step was not stopped");
    window.click("#check").await;
    idle(&window).await;
    assert!(!window.is_there("main [role=alert]").await, "the trouble stays after the step was gone on with");
    if window.is_there("#apply").await {
        window.click("#apply").await;
    }
    settled(&window, "register").await;
    window.close().await;
}

pub async fn sign_in(window: &Driven, seen: &Seen, look: &impl Fn(&str) -> String) {
    window.click("#sign-in").await;
    window.wait_for("#show-code").await;
    assert!(!window.is_there("#user-code").await, "no code before it is asked for");
    seen.regard(window, "sign-in, before", Some(&look("sign-in-before"))).await;
    window.click("#show-code").await;
    window.wait_for("#user-code").await;
    seen.regard(window, "sign-in, code", Some(&look("sign-in-code"))).await;
    window.click("#approve").await;
    window.wait_for("#go-on").await;
    seen.regard(window, "sign-in, signed in", Some(&look("signed-in"))).await;
    window.click("#go-on").await;
}

pub async fn go_to(window: &Driven, step: &str) {
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
        window.wait_for("#people-found button").await;
        for place in 0..3 {
            window.click(&format!("#people-found [data-place='{place}'] button")).await;
        }
        window.picture("choosing-people").await;
        window.click("#people-keep").await;
        window.until("the choice to be kept", "document.querySelector('#people-keep')?.disabled").await;
    }
    if step == "match" {
        for (ask, value) in FIELDS {
            window.enter(&format!("#ask-{ask}"), value).await;
        }
    }
    if window.is_there("#save-answers").await {
        window.click("#save-answers").await;
        idle(window).await;
    }
}

async fn carry_out(window: &Driven, seen: &Seen, step: &str, look: &impl Fn(&str) -> String) {
    window.click("#check").await;
    idle(window).await;
    window
        .until(
            &format!("{step} to be looked at"),
            &format!("document.querySelector('#step-{step}').dataset.state !== 'not-yet'"),
        )
        .await;
    let picture = PICTURED.contains(&step).then(|| look(&format!("step-{step}")));
    seen.regard(window, step, picture.as_deref()).await;
    if window.is_there("#apply").await {
        window.click("#apply").await;
        idle(window).await;
    }
    let done =
        format!("['proven', 'pending'].includes(document.querySelector('#step-{step}').dataset.state)");
    window.until(&format!("{step} to be done"), &done).await;
    if window.is_there("#pending-since").await {
        seen.show(window, &format!("{step}, pending")).await;
    }
}

async fn hand_over(window: &Driven, seen: &Seen, look: &impl Fn(&str) -> String) {
    go_to(window, "hand-over").await;
    let rows = window
        .run("return [...document.querySelectorAll('article dl dt code')].map(row => row.textContent).join()")
        .await;
    assert_eq!(rows, "TC-F-1,TC-F-2,TC-F-3,TC-F-4,TC-F-5,TC-F-6,TC-F-7");
    seen.regard(window, "hand-over", Some(&look("step-hand-over"))).await;
    window.click("#seal").await;
    settled(window, "hand-over").await;
    seen.regard(window, "handed over", None).await;
    let files = handed_over(window);
    for kind in [".footbridge", "-sheet.html", "-report.html"] {
        assert!(files.iter().any(|name| name.ends_with(kind)), "{kind} is missing among {files:?}");
    }
}

fn handed_over(window: &Driven) -> Vec<String> {
    let files = std::fs::read_dir(window.handed_over()).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// Seals once more, to a key of the test's own; copies the secret as an admin might; gives the secret back.
async fn sealed_to_a_key(window: &Driven, seen: &Seen) -> String {
    let own = OwnKey::generate().unwrap();
    let before = handed_over(window);
    window.click("input[name=way][value=recipient]").await;
    window.enter("#offer", &own.recipient().to_jwk()).await;
    seen.regard(window, "hand-over to a key", None).await;
    window.click("#seal").await;
    idle(window).await;
    let copy = "[...document.querySelectorAll('article dl .line')].find((line) => line.textContent.includes('••••')).querySelector('button')";
    window.run(&format!("{copy}.click(); return null")).await;
    window
        .until("the secret to be copied", "/45 s/.test(document.querySelector('[aria-live]').textContent)")
        .await;
    seen.remember(window, "copied").await;
    let new = |name: &String| name.ends_with(".footbridge") && !before.contains(name);
    let bundle = handed_over(window).into_iter().find(new).expect("a second sealed file");
    let sealed = std::fs::read_to_string(window.handed_over().join(bundle)).unwrap();
    let mut receiver = SeenInMemory::without_offer().and_rehearsals();
    // The rehearsal's clock was pushed ahead of this one.
    let now = time::OffsetDateTime::now_utc() + time::Duration::hours(2);
    let opened = bundle::open(&sealed, &own, now, &mut receiver).unwrap();
    let Credential::Secret { secret, .. } = &opened.payload.credential else { panic!("no client secret") };
    secret.expose_secret().to_owned()
}

/// The product makes an offer, the window takes it and pushes; somebody at the product says yes.
async fn pushed_to_the_product(window: &Driven, seen: &Seen, look: &impl Fn(&str) -> String) {
    let mut product = ReceivingProduct::listens("targetconnect", true).await;
    window.click("#way-recipient").await;
    window.enter("#offer", &product.offer.to_line().unwrap()).await;
    window.click("#take-offer").await;
    window.wait_for("#offer-taken").await;
    idle(window).await;
    let shown = window.run("return document.querySelector('#offer-taken').textContent").await;
    assert!(shown.as_str().unwrap().contains(&product.offer.key.fingerprint()), "{shown}");
    window
        .run("document.querySelector('#offer-taken').scrollIntoView({ block: 'center' }); return null")
        .await;
    seen.regard(window, "offer taken", Some(&look("offer-taken"))).await;
    window.click("#push").await;
    window.wait_for("#push-begun").await;
    idle(window).await;
    seen.regard(window, "waits at the product", None).await;
    assert!(product.file().is_none(), "nobody has said yes yet");
    assert_eq!(product.approves().await, "contoso.onmicrosoft.com");
    window.click("#push").await;
    let used = "!document.querySelector('#push') && document.querySelector('#offer-taken')";
    window.until("the offer to be answered", used).await;
    idle(window).await;
    let written = product.file().expect("the product's file");
    assert_eq!(written["fields"]["operator-local-field"], "email");
    seen.regard(window, "pushed", None).await;
    for (way, picture) in [("server", "hand-over-server"), ("hand", "hand-over-by-hand")] {
        window.click(&format!("#way-{way}")).await;
        seen.regard(window, picture, Some(&look(picture))).await;
    }
}

/// The map, the commands, the list of keys, and a paper that was saved and is opened to be printed.
async fn around_the_work(window: &Driven, seen: &Seen, look: &impl Fn(&str) -> String) {
    window.click("#report").await;
    window.wait_for("#saved").await;
    idle(window).await;
    seen.regard(window, "a paper is saved", None).await;
    window.click("#open-paper").await;
    idle(window).await;
    let begin = std::time::Instant::now();
    while !window.browsed().is_some_and(|opened| opened.ends_with("footbridge-report.html")) {
        assert!(begin.elapsed().as_secs() < 20, "the report was not opened: {:?}", window.browsed());
        window.settle().await;
    }
    window.click("#map").await;
    window.wait_for("#map-list").await;
    seen.regard(window, "map", Some(&look("map"))).await;
    window.click("#map-back").await;
    window.wait_for("#step-title").await;
    window.press(Key::F1).await;
    window.wait_for("#close-keys").await;
    seen.regard(window, "keyboard", Some(&look("keyboard"))).await;
    window.click("#close-keys").await;
    window.press_with_control('k').await;
    window.wait_for("[role=combobox]").await;
    seen.regard(window, "commands", Some(&look("commands"))).await;
    window.press(Key::Escape).await;
    window.until("the commands to be closed", "!document.querySelector('dialog')").await;
}

async fn other_screens(window: &Driven, seen: &Seen, look: &impl Fn(&str) -> String) {
    for (place, heading) in
        [("journal", "#journal-search"), ("settings", "#language"), ("connections", "main .card")]
    {
        window.click(&format!("#nav-{place}")).await;
        window.wait_for(heading).await;
        idle(window).await;
        seen.regard(window, place, Some(&look(place))).await;
    }
    window.click("#nav-journal").await;
    window.wait_for("details").await;
    window.run("document.querySelectorAll('details').forEach((one) => one.open = true); return null").await;
    seen.regard(window, "journal, details", None).await;
}

pub async fn settled(window: &Driven, step: &str) {
    let state =
        format!("['proven', 'confirmed'].includes(document.querySelector('#step-{step}')?.dataset.state)");
    window.until(&format!("{step} to be green"), &state).await;
    idle(window).await;
}

/// Nothing runs any more.
pub async fn idle(window: &Driven) {
    let idle = "!document.documentElement.dataset.busy && !document.querySelector('[aria-busy=true]')";
    window.until("the window to be idle", idle).await;
}
