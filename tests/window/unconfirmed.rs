//! G-21: script in the page can ask for a change, but only a person can say yes to it. Here nobody answers the native
//! questions: the change, the removal and the export do not happen. The same deeds with a yes are walked elsewhere.

use footbridge_tests::goal::{Target, reached};
use serde_json::{Value, json};

use crate::driven::Driven;
use crate::products::{done, sign_in_as};
use crate::walk::{go_to, idle};

/// Calls a command as any script of the page could; `window.came` tells what came of it, once something did.
async fn call(window: &Driven, command: &str, arguments: &Value) {
    let script = format!(
        "window.came ??= {{}}; window.__TAURI_INTERNALS__.invoke({0}, {arguments}).then((found) => window.came[{0}] = {{ found }}, \
         (why) => window.came[{0}] = {{ why }}); return null",
        json!(command)
    );
    window.run(&script).await;
}

/// The same, where an answer has to come.
async fn answered(window: &Driven, command: &str, arguments: &Value) -> Value {
    window.run(&format!("delete window.came?.[{}]; return null", json!(command))).await;
    call(window, command, arguments).await;
    window.until(command, &format!("window.came[{}]", json!(command))).await;
    let came = window.run(&format!("return window.came[{}]", json!(command))).await;
    assert!(came["why"].is_null(), "{command}: {came}");
    came["found"].clone()
}

/// How many entries the journal has.
async fn entries(window: &Driven) -> usize {
    let journal = answered(window, "journal", &json!({ "connection": null })).await;
    journal["entries"].as_array().unwrap().len()
}

#[tokio::test]
async fn g21_window_changes_nothing_without_a_person_s_yes() {
    let window = Driven::open_unconfirmed("en", "light").await;
    window.click("#door-rehearse").await;
    window.click("#rehearse-targetconnect").await;
    window.wait_for("#step-notice").await;
    sign_in_as(&window, None).await;
    go_to(&window, "notice").await;
    done(&window, "notice").await;
    go_to(&window, "register").await;
    if !window.is_there("#apply").await {
        window.click("#check").await;
    }
    window.wait_for("#apply").await;
    idle(&window).await;
    let order = json!({ "name": "gateway", "purpose": "server", "key": "p256", "days": 90, "subject": "", "otherNames": ["a.example"] });
    let made = answered(&window, "make_certificate", &json!({ "order": order })).await;
    let home = answered(&window, "home", &json!({})).await;
    let connection = home["connections"][0]["id"].clone();
    let before = entries(&window).await;
    assert!(before > 0, "the journal is not read");

    // The page's own button, and what a script could call: each waits for a person.
    window.run("document.querySelector('#apply').click(); return null").await;
    call(&window, "remove", &json!({ "connection": connection })).await;
    let export = json!({ "certificate": made["kept"][0]["id"], "destination": "openssl", "chosen": true });
    call(&window, "export_certificate", &export).await;
    // Whatever they do without a yes they have done when the core has answered these. A page behind a dialog is not drawn.
    for _ in 0..40 {
        assert_eq!(entries(&window).await, before, "something was changed without a yes");
    }
    let state = window.run("return document.querySelector('#step-register').dataset.state").await;
    assert!(state != "proven" && state != "confirmed", "{state}");
    let came = window.run("return window.came").await;
    assert!(came["remove"].is_null() && came["export_certificate"].is_null(), "they did not wait: {came}");
    let home = answered(&window, "home", &json!({})).await;
    assert_eq!(home["connections"].as_array().unwrap().len(), 1, "the connection was removed");
    let exported = std::fs::read_dir(window.exported()).map_or(0, Iterator::count);
    assert_eq!(exported, 0, "a file was exported without a yes");
    reached("G-21", "deeds carried out without a person's yes, of 3", 0, Target::Exactly(0));
    window.close().await;
}
