//! The TARGETconnect guide from the first door to the sealed file with the keyboard alone: nothing is clicked, and the
//! page counts that nothing was.

use thirtyfour::Key;

use crate::driven::Driven;
use crate::walk::{FIELDS, STEPS, idle, settled};

/// More presses of Tab than any screen has places for.
const FAR: usize = 250;
/// More presses of Enter than a step can need.
const MOST: usize = 8;
/// Whether the step waits for a person's word, which no shortcut gives.
const VOUCHES: &str = "return document.querySelector('#content button[data-primary]:not(:disabled)')?.dataset.primary === 'vouches'";

pub async fn completes_targetconnect() {
    let window = Driven::open("en", "light").await;
    window.wait_for("#door-rehearse").await;
    let count = "window.pointed = 0; for (const kind of ['pointerdown', 'mousedown', 'touchstart']) \
        addEventListener(kind, () => (window.pointed += 1), true); return null";
    window.run(count).await;
    tab_to(&window, "#door-rehearse").await;
    window.press(Key::Enter).await;
    tab_to(&window, "#rehearse-targetconnect").await;
    window.press(Key::Enter).await;
    window.wait_for("#step-notice").await;
    idle(&window).await;
    window.until("the step to be read", "document.activeElement?.id === 'step-title'").await;
    // What a person vouches for is done by its own button alone.
    window.press(Key::Enter).await;
    window.press_with(Key::Control, Key::Enter).await;
    idle(&window).await;
    let state = "return document.querySelector('#step-notice').dataset.state";
    assert_ne!(window.run(state).await, "confirmed", "a stray Enter vouched for somebody");
    tab_to(&window, "#confirm").await;
    window.press(Key::Enter).await;
    settled(&window, "notice").await;
    sign_in(&window).await;
    for step in &STEPS[1..] {
        go_to(&window, step).await;
        if *step == "hand-over" {
            // Microsoft takes half an hour; the rehearsal's clock is pushed.
            settled(&window, "prove").await;
        }
        prepare(&window, step).await;
        to_its_end(&window, step).await;
    }
    let green = "[...document.querySelectorAll('button.step')].every((step) => ['proven', 'confirmed'].includes(step.dataset.state))";
    window.until("every step to be proven or confirmed", green).await;
    let sealed = std::fs::read_dir(window.handed_over()).unwrap();
    let bundles = sealed
        .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "footbridge"));
    assert_eq!(bundles.count(), 1, "one sealed file lies where it was asked for");
    around(&window).await;
    assert_eq!(window.run("return window.pointed").await, 0, "the pointer was used");
    window
        .run("document.body.dispatchEvent(new MouseEvent('mousedown', { bubbles: true })); return null")
        .await;
    assert_eq!(
        window.run("return window.pointed").await,
        1,
        "the control: a pointer would have been counted"
    );
    window.close().await;
}

/// Goes on with Tab until this has the focus.
async fn tab_to(window: &Driven, selector: &str) {
    window.wait_for(selector).await;
    idle(window).await;
    let there = format!("return document.activeElement?.matches({}) ?? false", serde_json::json!(selector));
    for _ in 0..FAR {
        if window.run(&there).await == true {
            return;
        }
        window.press(Key::Tab).await;
    }
    panic!("{selector} is not reached with Tab");
}

/// Signs in through the commands, and then with Enter alone.
async fn sign_in(window: &Driven) {
    window.press_with_control('k').await;
    window.wait_for("[role=combobox]").await;
    window.write("sign in").await;
    window
        .until(
            "the command to be found",
            "document.querySelector('#command-sign-in')?.ariaSelected === 'true'",
        )
        .await;
    window.press(Key::Enter).await;
    for button in ["#show-code", "#approve", "#go-on"] {
        window.wait_for(&format!("dialog {button}:not(:disabled)")).await;
        idle(window).await;
        window.press_with(Key::Control, Key::Enter).await;
        window
            .until(
                &format!("{button} to be over"),
                &format!("!document.querySelector('{button}:not([aria-busy=true])')"),
            )
            .await;
    }
    window.until("the dialog to be closed", "!document.querySelector('dialog')").await;
    idle(window).await;
}

/// Goes to a step with the arrows.
async fn go_to(window: &Driven, step: &str) {
    let here = "return document.querySelector('[aria-current=step]')?.id ?? ''";
    for _ in 0..STEPS.len() {
        let before = window.run(here).await;
        if before == format!("step-{step}") {
            return;
        }
        window.press(Key::Right).await;
        window.until("the next step", &format!("(() => {{ {here} }})() !== {before}")).await;
        idle(window).await;
    }
    panic!("{step} is not reached with the arrows");
}

/// Answers what the step asks before it can be done.
async fn prepare(window: &Driven, step: &str) {
    if step == "operators" {
        tab_to(window, "#people-search").await;
        window.write("an").await;
        window.press(Key::Enter).await;
        window.wait_for("#people-found button").await;
        idle(window).await;
        tab_to(window, "#people-found [data-place='0'] button").await;
        window.press(Key::Enter).await;
        window.until("one to be chosen", "document.querySelector('#people-chosen li')").await;
        tab_to(window, "#people-keep").await;
        window.press(Key::Enter).await;
        window.until("the choice to be kept", "document.querySelector('#people-keep')?.disabled").await;
        idle(window).await;
    }
    if step == "match" {
        for (ask, value) in FIELDS {
            tab_to(window, &format!("#ask-{ask}")).await;
            window.write(value).await;
            let entered = format!("document.querySelector('#ask-{ask}').value === '{value}'");
            window.until(&format!("{ask} to be {value}"), &entered).await;
        }
        // Also while a field has the focus.
        window.press_with(Key::Control, Key::Enter).await;
        idle(window).await;
    }
    tab_to_the_title(window).await;
}

/// Out of a field, to where Enter does what the main button does.
async fn tab_to_the_title(window: &Driven) {
    let field = "document.activeElement?.matches('input, select, textarea, button')";
    if window.run(&format!("return Boolean({field})")).await == true {
        window.press(Key::Escape).await;
    }
}

/// Presses Enter until the step is over; with Ctrl, so that it counts wherever the focus is, and on the very button where a
/// person vouches.
async fn to_its_end(window: &Driven, step: &str) {
    let over = format!(
        "return ['proven', 'confirmed', 'pending'].includes(document.querySelector('#step-{step}').dataset.state)"
    );
    for _ in 0..MOST {
        idle(window).await;
        if window.run(&over).await == true {
            return;
        }
        if window.run(VOUCHES).await == true {
            tab_to(window, "button[data-primary=vouches]").await;
            window.press(Key::Enter).await;
        } else {
            window.press_with(Key::Control, Key::Enter).await;
        }
        idle(window).await;
    }
    let text = window.run("return document.querySelector('article').innerText").await;
    panic!("{step} does not come to its end with Enter:\n{}", text.as_str().unwrap_or_default());
}

/// What is beside the guide: places, the list of keys, the map, and Esc out of each.
async fn around(window: &Driven) {
    window.press_with_control('m').await;
    window.wait_for("#map-list").await;
    window.press(Key::Escape).await;
    window.wait_for("#step-title").await;
    window.press(Key::F1).await;
    window.wait_for("#close-keys").await;
    window.press(Key::Escape).await;
    window.until("the list to be closed", "!document.querySelector('dialog')").await;
    for (key, shown) in [
        ('2', "#certificate-name"),
        ('3', "#renew-due"),
        ('4', "#journal-search"),
        ('5', "#language"),
        ('1', "#fresh"),
    ] {
        window.press_with_control(key).await;
        window.wait_for(shown).await;
        idle(window).await;
    }
}
