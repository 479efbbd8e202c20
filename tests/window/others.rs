//! What comes from others: a maker's own guide with who vouches for it, and a step that another admin passed on.

use std::path::Path;

use bundle::SigningKey;

use crate::driven::Driven;
use crate::products::{done, sign_in_as};
use crate::regard::Seen;
use crate::walk::{go_to, idle};

const FILES: [&str; 3] = ["guide.toml", "en.toml", "de.toml"];

/// The guide of the authors' page, changed or not, in a folder.
fn guide_in(folder: &Path, change: impl Fn(&str) -> String) {
    std::fs::create_dir_all(folder).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/lighthouse");
    for name in FILES {
        let text = std::fs::read_to_string(from.join(name)).unwrap();
        std::fs::write(folder.join(name), change(&text)).unwrap();
    }
}

/// A guide is looked at, refused, trusted, used, changed on disk and told of.
pub async fn own_guide(language: &str, theme: &str) {
    let window = Driven::open(language, theme).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    let seen = Seen::default();
    let folder = window.data().join("guide-to-open");
    let powerful = |text: &str| text.replace("\"Place.Read.All\"", "\"RoleManagement.ReadWrite.Directory\"");
    window.click("#door-rehearse").await;
    guide_in(&folder, powerful);
    window.click("#open-guide-folder").await;
    window.wait_for("main [role=alert]").await;
    assert!(
        !window.is_there("dialog").await,
        "a guide that nobody vouches for was opened with the highest risk"
    );
    seen.regard(&window, "a guide is refused", None).await;

    guide_in(&folder, str::to_owned);
    window.click("#open-guide-folder").await;
    window.wait_for("#use-guide").await;
    assert!(!window.is_there("#pin-key").await, "nothing is signed, so nothing can be pinned");
    seen.regard(&window, "a guide that is not verified", Some(&look("own-guide-not-verified"))).await;
    window.click("#close-guide").await;

    let key = SigningKey::generate().unwrap();
    let fingerprint = engine::sign_guide(&folder, &key).unwrap();
    let file = window.data().join("guide-to-open.footbridge-guide");
    std::fs::write(&file, engine::pack_guide(&folder).unwrap()).unwrap();
    window.click("#open-guide").await;
    window.click("#pin-key").await;
    window.until("the key to be pinned", "!document.querySelector('#pin-key')").await;
    let says = window.run("return document.querySelector('dialog').innerText").await;
    assert!(says.as_str().unwrap().contains(&fingerprint), "{says}");
    seen.regard(&window, "a guide that is signed", Some(&look("own-guide-signed"))).await;
    window.click("#use-guide").await;
    window.wait_for("#rehearse-lighthouse").await;
    seen.regard(&window, "six products", Some(&look("own-guide-in-use"))).await;

    // What is opened from the file manager meanwhile comes to this window.
    window.start_again_with(&file);
    window.wait_for("#close-guide").await;
    assert!(!window.is_there("#use-guide").await, "the guide is in use already");
    window.click("#close-guide").await;
    let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vendor-kit/vectors/00-certificate.json");
    let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(vector).unwrap()).unwrap();
    let sealed = window.data().join("from the mail.footbridge");
    std::fs::write(&sealed, vector["bundle"].as_str().unwrap()).unwrap();
    window.start_again_with(&sealed);
    window.wait_for("#close-sealed-file").await;
    let says = window.run("return document.querySelector('dialog').innerText").await;
    assert!(says.as_str().unwrap().contains("footbridge receive open 'from the mail.footbridge'"), "{says}");
    seen.regard(&window, "a sealed file", Some(&look("sealed-file"))).await;
    window.click("#close-sealed-file").await;
    window.click("#rehearse-lighthouse").await;
    window.wait_for("button.step").await;
    idle(&window).await;
    seen.regard(&window, "the guide's first step", None).await;

    // It is there again after a restart, and one that was changed since is not used but told of.
    let window = window.reopened().await;
    window.click("#door-rehearse").await;
    window.wait_for("#rehearse-lighthouse").await;
    std::fs::write(&file, "{}").unwrap();
    let window = window.reopened().await;
    window.click("#door-rehearse").await;
    window
        .until(
            "the lost guide to be told",
            "document.querySelector('main').innerText.includes('guide-to-open.footbridge-guide')",
        )
        .await;
    assert!(!window.is_there("#rehearse-lighthouse").await);
    seen.regard(&window, "a lost guide", None).await;
    seen.has_shown("own-guide");
    window.close().await;
}

/// Who lacks a role passes a step on; who has it opens it, runs it, and the first sees it by looking.
pub async fn pass_on(language: &str, theme: &str) {
    let window = Driven::open(language, theme).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    let seen = Seen::default();
    window.click("#door-rehearse").await;
    window.click("#rehearse-targetconnect").await;
    window.wait_for("#step-notice").await;
    sign_in_as(&window, Some("b.keller")).await;
    for step in ["notice", "register", "note-ids", "secret", "permissions"] {
        go_to(&window, step).await;
        done(&window, step).await;
    }
    go_to(&window, "consent").await;
    window.click("#check").await;
    idle(&window).await;
    window.click("#pass-on").await;
    window.wait_for("#passed-fingerprint").await;
    window
        .run("document.querySelectorAll('article details').forEach((one) => one.open = true); return null")
        .await;
    seen.regard(&window, "a step is passed on", Some(&look("pass-on"))).await;
    let fingerprint = window.run("return document.querySelector('#passed-fingerprint').textContent").await;

    window.click("#nav-connections").await;
    window.click("#open-step").await;
    window.wait_for("#sender-fingerprint").await;
    idle(&window).await;
    let told = window.run("return document.querySelector('#sender-fingerprint').textContent").await;
    assert_eq!(told, fingerprint);
    let asked = window.run("return document.querySelector('article').innerText").await;
    assert!(asked.as_str().unwrap().contains("Contoso"), "the tenant is named: {asked}");
    let steps = window
        .run("return [...document.querySelectorAll('button.step')].map((step) => step.id).join()")
        .await;
    assert_eq!(steps, "step-consent", "only this step can be run");
    seen.regard(&window, "a step is taken over", Some(&look("pass-on-taken-over"))).await;
    sign_in_as(&window, Some("a.weber")).await;
    done(&window, "consent").await;
    window.wait_for("#step-consent[data-state=proven]").await;

    // The first connection believes nothing but its own look.
    window.click("#nav-connections").await;
    window.click("main .cards li:last-child button").await;
    go_to(&window, "consent").await;
    window.click("#check").await;
    window.wait_for("#step-consent[data-state=proven]").await;
    seen.has_shown("pass-on");
    window.close().await;
}
