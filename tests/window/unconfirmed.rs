//! G-21: script in the page can ask for a change, but only a person can say yes to it. Here nobody answers the native
//! questions: the change, the removal and the export do not happen, and no secret is laid open. The same deeds with a yes are
//! walked elsewhere.

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
    let mut noted = before;
    for _ in 0..40 {
        noted = noted.max(entries(&window).await);
    }
    let state = window.run("return document.querySelector('#step-register').dataset.state").await;
    let came = window.run("return window.came").await;
    let home = answered(&window, "home", &json!({})).await;
    let connections = home["connections"].as_array().unwrap().len();
    let exported = std::fs::read_dir(window.exported()).map_or(0, Iterator::count);
    let deeds = [
        noted != before || state == "proven" || state == "confirmed",
        !came["remove"].is_null() || connections != 1,
        !came["export_certificate"].is_null() || exported != 0,
    ];
    println!(
        "{noted} entries after {before}, register is {state}, {connections} connections, {exported} files: {came}"
    );
    let carried_out = deeds.into_iter().filter(|done| *done).count() as u64;
    reached("G-21", "deeds carried out without a person's yes, of 3", carried_out, Target::Exactly(0));
    window.close().await;
}

/// A secret that a script of the page could have put on the clipboard could be read there by any program.
#[tokio::test]
async fn g21_window_lays_no_secret_open_without_a_person_s_yes() {
    let window = Driven::open_while_confirmed("en", "light").await;
    window.click("#door-rehearse").await;
    window.click("#rehearse-targetconnect").await;
    window.wait_for("#step-notice").await;
    sign_in_as(&window, None).await;
    for step in ["notice", "register", "note-ids", "secret"] {
        go_to(&window, step).await;
        done(&window, step).await;
    }
    let home = answered(&window, "home", &json!({})).await;
    let secret = json!({ "connection": home["connections"][0]["id"], "value": "field:client-secret" });
    let open = json!({ "connection": home["connections"][0]["id"], "value": "value:register:application-object-id" });
    // The controls: with a yes the secret is copied, and what is no secret needs none.
    let copied = answered(&window, "copy_value", &secret).await;
    assert_eq!(copied, json!({ "done": true, "clearedAfter": 45 }));
    window.confirms_no_more();
    let copied = answered(&window, "copy_value", &open).await;
    assert_eq!(copied, json!({ "done": true, "clearedAfter": null }));
    window.run("delete window.came.copy_value; return null").await;
    call(&window, "copy_value", &secret).await;
    for _ in 0..40 {
        entries(&window).await;
    }
    let came = window.run("return window.came").await;
    let laid_open = u64::from(!came["copy_value"].is_null());
    reached("G-21", "secrets laid open without a person's yes, of 1", laid_open, Target::Exactly(0));
    window.close().await;
}
