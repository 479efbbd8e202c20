//! German, which is longer, at the smallest window and at twice the size: no text is cut off, and nothing scrolls
//! sideways.

use serde_json::{Value, json};

use crate::driven::Driven;
use crate::products::PRODUCTS;
use crate::walk::idle;

/// The window, in pixels of the screen.
const SMALL: (u32, u32) = (900, 600);

/// What holds more than it shows, and what sticks out of the window. What ends in an ellipsis on purpose tells the
/// whole elsewhere, and a field scrolls what is typed into it.
const CUT: &str = "return [...document.querySelectorAll('*')].filter((one) => { \
        const style = getComputedStyle(one); const box = one.getBoundingClientRect(); \
        if (style.visibility === 'hidden' || style.clipPath !== 'none' || !box.width || !one.clientWidth) return false; \
        if (one.closest('.seen-by-ear, svg') || ['INPUT', 'SELECT', 'TEXTAREA', 'IFRAME'].includes(one.tagName)) return false; \
        if (style.textOverflow === 'ellipsis') return box.right > innerWidth + 1; \
        return (style.display !== 'inline' && one.scrollWidth > one.clientWidth + 1) || box.right > innerWidth + 1; \
    }).map((one) => `${one.tagName.toLowerCase()}.${one.className} ${one.scrollWidth} of ${one.clientWidth}, right ${Math.round(one.getBoundingClientRect().right)} of ${innerWidth}: ${one.textContent.trim().slice(0, 90)}`)";

/// Words of a drawing that stick out of their box, run into another one, or lie on other words.
const DRAWN: &str = "const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1; \
    const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1; \
    return [...document.querySelectorAll('svg')].flatMap((drawing) => { \
        const box = (one) => one.getBoundingClientRect(); \
        const words = [...drawing.querySelectorAll('text')].filter((one) => box(one).width); \
        const frames = [...drawing.querySelectorAll('rect')].map(box); \
        const wrong = (one) => !inside(box(one), box(drawing)) || frames.some((frame) => meets(box(one), frame) && !inside(box(one), frame)) \
            || words.some((other) => other !== one && meets(box(one), box(other))); \
        return words.filter(wrong).map((one) => `drawn words do not fit: ${one.textContent.trim().slice(0, 90)}`); \
    })";

pub async fn german_everywhere() {
    let window = Driven::open("de", "light").await;
    window.wait_for("#door-rehearse").await;
    a_planted_overflow_is_found(&window).await;
    let mut found = Vec::new();
    for zoom in [100, 200] {
        for _ in (100..zoom).step_by(25) {
            window.press_with_control('+').await;
            idle(&window).await;
        }
        window.resize_at(SMALL.0, SMALL.1, zoom).await;
        every_screen(&window, zoom, &mut found).await;
    }
    assert!(found.is_empty(), "{} places are cut off:\n{}", found.len(), found.join("\n"));
    window.close().await;
}

async fn every_screen(window: &Driven, zoom: u32, found: &mut Vec<String>) {
    let first = zoom == 100;
    if first {
        measure(window, zoom, "first start", found).await;
        press(window, "#door-rehearse").await;
        measure(window, zoom, "choosing a product", found).await;
    }
    for product in PRODUCTS {
        if first {
            if product != PRODUCTS[0] {
                press(window, "#nav-connections").await;
            }
            press(window, &format!("#rehearse-{product}")).await;
        } else {
            press(window, "#nav-connections").await;
            let card = format!(
                "[...document.querySelectorAll('main .cards button')].find((one) => one.textContent.toLowerCase().includes('{product}'))"
            );
            window.until("the card", &card).await;
            window.run(&format!("({card}).click(); return null")).await;
        }
        window.wait_for("#step-title").await;
        idle(window).await;
        every_step(window, zoom, product, found).await;
        press(window, "#map").await;
        measure(window, zoom, &format!("{product}, map"), found).await;
        press(window, "#map-back").await;
    }
    window.wait_for("#sign-in").await;
    press(window, "#sign-in").await;
    measure(window, zoom, "sign-in", found).await;
    close_dialog(window).await;
    for (place, shown) in [
        ("certificates", "#certificate-name"),
        ("renewals", "#renew-due"),
        ("journal", "#journal-search"),
        ("settings", "#language"),
        ("connections", "#fresh"),
    ] {
        press(window, &format!("#nav-{place}")).await;
        window.wait_for(shown).await;
        measure(window, zoom, place, found).await;
    }
    window.press(thirtyfour::Key::F1).await;
    window.wait_for("#close-keys").await;
    measure(window, zoom, "keyboard", found).await;
    close_dialog(window).await;
    window.press_with_control('k').await;
    window.wait_for("[role=combobox]").await;
    measure(window, zoom, "commands", found).await;
    close_dialog(window).await;
}

async fn every_step(window: &Driven, zoom: u32, product: &str, found: &mut Vec<String>) {
    let steps =
        window.run("return [...document.querySelectorAll('button.step')].map((step) => step.id)").await;
    let Value::Array(steps) = steps else { panic!("{product} has no steps") };
    assert!(steps.len() > 5, "{product}: {steps:?}");
    for step in steps.iter().filter_map(Value::as_str) {
        window.run(&format!("document.getElementById('{step}').click(); return null")).await;
        let open = format!("document.querySelector('[aria-current=step]')?.id === '{step}'");
        window.until(step, &open).await;
        idle(window).await;
        measure(window, zoom, &format!("{product}, {step}"), found).await;
    }
}

/// Presses a button of the page, wherever it stands: at twice the size the driver's pointer would miss it.
async fn press(window: &Driven, selector: &str) {
    let alive = format!("document.querySelector({})", json!(selector));
    window.until(selector, &format!("{alive} && !{alive}.disabled")).await;
    window.run(&format!("{alive}.click(); return null")).await;
    idle(window).await;
}

async fn close_dialog(window: &Driven) {
    window.press(thirtyfour::Key::Escape).await;
    window.until("the dialog to be closed", "!document.querySelector('dialog')").await;
}

async fn measure(window: &Driven, zoom: u32, screen: &str, found: &mut Vec<String>) {
    window.settle().await;
    for scan in [CUT, DRAWN] {
        let Value::Array(cut) = window.run(scan).await else { panic!("{screen} cannot be measured") };
        found.extend(
            cut.iter().map(|one| format!("{screen} at {zoom} %: {}", one.as_str().unwrap_or_default())),
        );
    }
}

/// The control: text that is cut off, what sticks out, and what is drawn over an edge or over other words, are found.
async fn a_planted_overflow_is_found(window: &Driven) {
    for style in ["width: 40px; overflow: hidden; white-space: nowrap", "width: 4000px"] {
        let plant = format!(
            "const it = document.createElement('p'); it.id = 'planted'; it.textContent = 'Anwendungszugriffsrichtlinie'; \
             it.style.cssText = '{style}'; document.querySelector('main').append(it); return null"
        );
        window.run(&plant).await;
        let found = window.run(CUT).await;
        window.run("document.getElementById('planted').remove(); return null").await;
        let said = found.to_string();
        assert!(said.contains("Anwendungszugriffsrichtlinie"), "{style} is not found: {said}");
    }
    let words = |x: u32| json!(["text", { "x": x, "y": 30 }]);
    let frame = |width: u32| json!(["rect", { "x": 5, "y": 5, "width": width, "height": 50 }]);
    for (drawn, fits) in [
        (json!([frame(590), words(20)]), true),
        (json!([frame(60), words(20)]), false),
        (json!([words(20), words(60)]), false),
        (json!([words(550)]), false),
    ] {
        let plant = format!(
            "const make = (name, values) => {{ const one = document.createElementNS('http://www.w3.org/2000/svg', name); \
             for (const [key, value] of Object.entries(values)) one.setAttribute(key, value); return one }}; \
             const it = make('svg', {{ id: 'planted', width: 600, height: 60 }}); \
             for (const [name, values] of {drawn}) {{ const one = make(name, values); it.append(one); \
             if (name === 'text') one.textContent = 'Anwendungszugriffsrichtlinie' }} \
             document.querySelector('main').append(it); return null"
        );
        window.run(&plant).await;
        let found = window.run(DRAWN).await;
        window.run("document.getElementById('planted').remove(); return null").await;
        assert_eq!(found.as_array().is_some_and(Vec::is_empty), fits, "{drawn}: {found}");
    }
}
