//! The five products: each section's first step is opened in both languages, and one product beside TARGETconnect is gone
//! through to its end as an admin would click it, with whatever each step asks.

use serde_json::Value;

use crate::driven::Driven;
use crate::regard::Seen;
use crate::walk::{go_to, idle};

pub const PRODUCTS: [&str; 5] = ["tixxt", "intrexx", "axigen", "targetconnect", "innovaphone"];
/// More clicks than a step can need.
const MOST: usize = 12;

/// Opens each product and regards the first step of each of its sections.
pub async fn each_section(language: &str, theme: &str) {
    let window = Driven::open(language, theme).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    let seen = Seen::default();
    for (place, product) in PRODUCTS.iter().enumerate() {
        if place == 0 {
            window.click("#door-rehearse").await;
            window.wait_for("#rehearse-innovaphone").await;
            seen.regard(&window, "choosing a product", Some(&look("products"))).await;
        } else {
            window.click("#nav-connections").await;
        }
        window.click(&format!("#rehearse-{product}")).await;
        window.wait_for("article h2").await;
        idle(&window).await;
        let firsts = window
            .run("return [...document.querySelectorAll('.steps h2')].map((title) => title.parentElement.querySelector(`h2:nth-of-type(${[...title.parentElement.querySelectorAll('h2')].indexOf(title) + 1}) ~ ol button.step, h2:nth-of-type(${[...title.parentElement.querySelectorAll('h2')].indexOf(title) + 1}) ~ details button.step`).id)")
            .await;
        let Value::Array(firsts) = firsts else { panic!("{product} has no sections: {firsts}") };
        assert!(firsts.len() > 1, "{product}: {firsts:?}");
        for (section, first) in firsts.iter().enumerate() {
            let step = first.as_str().unwrap().trim_start_matches("step-");
            open(&window, step).await;
            let name = (section == 0).then(|| look(&format!("product-{product}")));
            seen.regard(&window, &format!("{product}, {step}"), name.as_deref()).await;
        }
    }
    seen.has_shown("products");
    window.close().await;
}

/// Signs in as one of the pretend accounts; the first that is offered where none is named.
pub async fn sign_in_as(window: &Driven, account: Option<&str>) {
    window.click("#sign-in").await;
    window.click("#show-code").await;
    window.wait_for("#user-code").await;
    if let Some(name) = account {
        let find = format!("return document.querySelector(\"#pretend option[value^='{name}']\").value");
        let account = window.run(&find).await;
        window.enter("#pretend", account.as_str().unwrap()).await;
    }
    window.click("#approve").await;
    window.click("#go-on").await;
    idle(window).await;
}

/// Opens a step, also one that stands folded among those that are not needed.
async fn open(window: &Driven, step: &str) {
    let unfold = format!(
        "document.querySelector('#step-{step}')?.closest('details')?.setAttribute('open', ''); return null"
    );
    window.run(&unfold).await;
    go_to(window, step).await;
}

/// One product from its first step to its last.
pub async fn to_the_end(product: &str, language: &str, theme: &str) {
    let window = Driven::open(language, theme).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    let seen = Seen::default();
    window.click("#door-rehearse").await;
    window.click(&format!("#rehearse-{product}")).await;
    window.wait_for("button.step").await;
    sign_in_as(&window, None).await;
    let steps = window
        .run("return [...document.querySelectorAll('button.step')].map((step) => step.id.slice(5))")
        .await;
    let Value::Array(steps) = steps else { panic!("no steps: {steps}") };
    for step in steps.iter().filter_map(Value::as_str) {
        let state = window.run(&format!("return document.querySelector('#step-{step}').dataset.state")).await;
        if state == "not-applicable" {
            continue;
        }
        go_to(&window, step).await;
        seen.show(&window, step).await;
        done_and_shown(&window, step, Some(&seen)).await;
        let pictured = (product == "axigen" && step == "connector").then(|| look("product-axigen-connector"));
        if pictured.is_some() {
            seen.regard(&window, step, pictured.as_deref()).await;
        }
    }
    let all = "[...document.querySelectorAll('button.step')].every((step) => ['proven', 'confirmed', 'not-applicable'].includes(step.dataset.state))";
    window.until(&format!("every step of {product} to be green or not needed"), all).await;
    let counted = window.run("return document.querySelector('.progress .small').textContent").await;
    let (one, other) = counted.as_str().unwrap().split_once(' ').unwrap();
    assert_eq!(one, other.rsplit(' ').next().unwrap(), "all steps are counted as done");
    seen.has_shown(product);
    window.close().await;
}

/// Does what the open step offers until it is over.
pub async fn done(window: &Driven, step: &str) {
    done_and_shown(window, step, None).await;
}

async fn done_and_shown(window: &Driven, step: &str, seen: Option<&Seen>) {
    answer(window).await;
    choose(window, step).await;
    for _ in 0..MOST {
        idle(window).await;
        let over = format!(
            "return ['proven', 'confirmed', 'pending'].includes(document.querySelector('#step-{step}').dataset.state)"
        );
        if window.run(&over).await == true {
            return;
        }
        let next = ["#apply", "#lend", "#seal", "#check", "#confirm"];
        let mut clicked = false;
        for button in next {
            let alive = format!("return Boolean(document.querySelector('{button}:not(:disabled)'))");
            if window.run(&alive).await == true {
                // What asks for passwords is there only while the step waits for them.
                if let Some(seen) = seen.filter(|_| button == "#lend") {
                    seen.show(window, &format!("{step}, passwords")).await;
                }
                window.click(button).await;
                idle(window).await;
                clicked = true;
                break;
            }
        }
        let text = window.run("return document.querySelector('article').innerText").await;
        assert!(clicked, "{step} offers nothing:\n{}", text.as_str().unwrap_or_default());
    }
    let text = window.run("return document.querySelector('article').innerText").await;
    panic!("{step} does not come to its end:\n{}", text.as_str().unwrap_or_default());
}

/// Answers with what each field shows as an example, the first of a list, and the pretend file.
async fn answer(window: &Driven) {
    while window.is_there("form .row button[id^=ask-] + .quiet").await {
        window.click("form .row:has(button[id^=ask-] + .quiet) button").await;
        idle(window).await;
    }
    if !window.is_there("#save-answers").await {
        return;
    }
    let fill = "const enter = (it, value) => { it.value = value; for (const kind of ['input', 'change']) it.dispatchEvent(new Event(kind, { bubbles: true })); }; \
        for (const it of document.querySelectorAll('form input[type=text], form textarea')) if (!it.value && it.placeholder) enter(it, it.placeholder); \
        for (const it of document.querySelectorAll('form select')) if (!it.value) enter(it, it.options[1].value); \
        for (const group of document.querySelectorAll('form .boxes')) if (!group.querySelector(':checked')) group.querySelector('input').click(); return null";
    window.run(fill).await;
    window.click("#save-answers").await;
    idle(window).await;
}

/// Chooses the first whom a search finds; the accounts that a telephone system signs in with have names of their own.
async fn choose(window: &Driven, step: &str) {
    if !window.is_there("#people-search").await {
        return;
    }
    let (words, most) = if step == "carriers" { ("Kommunikation Telefon", 2) } else { ("anna k", 1) };
    window.enter("#people-search", words).await;
    window.click("#people-find").await;
    window.wait_for("#people-found button").await;
    for place in 0..most {
        window.click(&format!("#people-found [data-place='{place}'] button")).await;
    }
    window.click("#people-keep").await;
    window.until("the choice to be kept", "document.querySelector('#people-keep')?.disabled").await;
}
