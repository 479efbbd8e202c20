//! A machine for which an administrator laid down a policy: what is switched off is told in its place and offered nowhere.

use crate::driven::Driven;
use crate::regard::Seen;

const POLICY: &str = r#"format = 1
client_id = "6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b"
off = ["own-guides", "cloud-file", "proxy-settings", "support-report"]
"#;

/// The doors, the products and the settings.
pub async fn machine(language: &str, theme: &str) {
    let window = Driven::open_managed(language, theme, POLICY).await;
    let look = |name: &str| format!("{name}-{language}-{theme}");
    let seen = Seen::default();
    window.click("#door-rehearse").await;
    window.wait_for("#own-guides-off").await;
    assert!(!window.is_there("#open-guide").await && !window.is_there("#open-guide-folder").await);
    seen.regard(&window, "the products of a managed machine", Some(&look("managed-products"))).await;
    window.click("#nav-settings").await;
    window.wait_for("#cloud-file-off").await;
    for offered in ["#cloud-file", "#pick-ca:not(:disabled)", "#show-support:not(:disabled)"] {
        assert!(!window.is_there(offered).await, "{offered} is offered");
    }
    let client = window.run("return document.querySelector('#client').value").await;
    assert_eq!(client, "6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b");
    seen.regard(&window, "the settings of a managed machine", Some(&look("managed-settings"))).await;
    seen.has_shown("managed");
}
