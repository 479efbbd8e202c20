//! The screen of certificates: one is made, compared and exported, a request is saved, and a file is opened.

use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::driven::Driven;
use crate::regard::Seen;
use crate::walk::idle;

/// Works at the bench; gives back what must never have been in the page.
pub async fn makes_and_exports(
    window: &Driven,
    seen: &Seen,
    look: &impl Fn(&str) -> String,
) -> Vec<(&'static str, String)> {
    window.click("#nav-certificates").await;
    window.enter("#certificate-name", "gateway").await;
    window.enter("#certificate-purpose", "server").await;
    window.enter("#certificate-key", "p256").await;
    window.enter("#certificate-names", "gateway.contoso.example\n10.0.0.7").await;
    window.click("#make-certificate").await;
    window.wait_for("#details-gateway").await;
    idle(window).await;
    window.enter("#certificate-name", "minutes-2026").await;
    window.enter("#certificate-purpose", "app").await;
    window.enter("#certificate-key", "rsa2048").await;
    window.enter("#certificate-subject", "CN=minutes-2026, O=Contoso University").await;
    window.click("#make-certificate").await;
    window.wait_for("#details-minutes-2026").await;
    idle(window).await;
    compares(window).await;
    seen.regard(window, "certificates", Some(&look("certificates"))).await;
    requests(window).await;
    exports(window).await;
    seen.regard(window, "certificate export", Some(&look("certificate-export"))).await;
    refuses_what_is_kept_already(window, seen).await;
    secrets_of_the_export(window)
}

/// The pasted spelling is this certificate, and another one is told apart.
async fn compares(window: &Driven) {
    let spelled = "return [...document.querySelectorAll('#certificate-details .prints code')][2].textContent";
    let x5t = window.run(spelled).await.as_str().unwrap().to_owned();
    window.enter("#compare", &x5t).await;
    window.click("#compare-now").await;
    window.wait_for("#compared.same").await;
    window.enter("#compare", &"00".repeat(20)).await;
    window.click("#compare-now").await;
    window.wait_for("#compared.another").await;
    window.enter("#compare", &x5t).await;
    window.click("#compare-now").await;
    window.wait_for("#compared.same").await;
}

async fn requests(window: &Driven) {
    window.enter("#certificate-name", "meeting-rooms").await;
    window.enter("#certificate-purpose", "ca-request").await;
    window.click("#make-request").await;
    window.click("#save-request").await;
    window.wait_for("#exported").await;
    assert!(window.exported().join("meeting-rooms.csr").exists());
}

async fn exports(window: &Driven) {
    window.click("#export-minutes-2026").await;
    window.click("input[name=destination][value=openssl]").await;
    window.click("#export-now").await;
    window.until("three files", "document.querySelectorAll('#exported li').length === 3").await;
    idle(window).await;
}

async fn refuses_what_is_kept_already(window: &Driven, seen: &Seen) {
    window.offer_for_import(&window.exported().join("minutes-2026.openssl.crt.pem"));
    window.click("#import").await;
    window.wait_for("main [role=alert]").await;
    idle(window).await;
    seen.regard(window, "an import that brings nothing", None).await;
}

/// The passphrase of the export, and the private key that it opens to.
fn secrets_of_the_export(window: &Driven) -> Vec<(&'static str, String)> {
    let read = |name: &str| std::fs::read(window.exported().join(name)).unwrap();
    let passphrase = String::from_utf8(read("minutes-2026.openssl.passphrase.txt")).unwrap();
    let passphrase = passphrase.trim().to_owned();
    let sealed = read("minutes-2026.openssl.key.pem");
    let opened = certs::read(&sealed, Some(&SecretString::from(passphrase.as_str()))).unwrap();
    let key = opened.key.expect("the exported key opens");
    let text = base64::engine::general_purpose::STANDARD.encode(key.pkcs8().expose_secret());
    // A line of the key as PEM would show it, from where it differs between keys.
    let line = text[256..320].to_owned();
    vec![
        ("passphrase of an export", passphrase),
        ("private key", line),
        ("mark of a private key", "PRIVATE KEY-----".to_owned()),
    ]
}
