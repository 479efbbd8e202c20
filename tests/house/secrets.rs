//! Where a secret may be laid open: a list of files, each with its reason, and nowhere else.

use crate::code::{bare, line_of, without_tests};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

/// The only files that may call `expose_secret`, and what the bytes do there.
const ALLOWED: &[(&str, &str)] = &[
    ("crates/bundle/src/acknowledgement.rs", "what checks a receipt comes back from the vault"),
    ("crates/bundle/src/keys.rs", "private keys enter the signing and agreement functions"),
    ("crates/bundle/src/passphrase.rs", "the passphrase enters its key derivation"),
    ("crates/bundle/src/payload_json.rs", "the payload becomes the plain text that is sealed at once"),
    ("crates/certs/src/assertion.rs", "the private key enters the signature of a client assertion"),
    ("crates/certs/src/key.rs", "the private key enters the signing function"),
    ("crates/certs/src/opening.rs", "the passphrase enters the reader of PFX files"),
    ("crates/certs/src/passphrase.rs", "the passphrase is judged and leaves into the file it protects"),
    ("crates/certs/src/pfx.rs", "key and passphrase enter the PFX that seals them"),
    (
        "crates/cli/src/private_file.rs",
        "a secret leaves into a new file that only its owner can read; a certificate's made passphrase, after a yes, to the screen",
    ),
    ("crates/cloud/src/network/mod.rs", "a lent password becomes the header for the proxy alone"),
    ("crates/cloud/src/signin/application.rs", "the client secret leaves in the token request's form"),
    ("crates/cloud/src/signin/browser.rs", "code and verifier leave in the token request's form"),
    ("crates/cloud/src/signin/claims.rs", "the identity token is read for account and roles"),
    ("crates/cloud/src/signin/loopback.rs", "the state of the redirect is compared"),
    ("crates/cloud/src/signin/password.rs", "a typed password leaves in the token request's form"),
    ("crates/cloud/src/signin/session.rs", "the refresh token leaves in the token request's form"),
    ("crates/cloud/src/wire/mod.rs", "the access token becomes the one Authorization header"),
    (
        "crates/delivery/src/axigen/value.rs",
        "password and client secret leave in one line each to Axigen's command line, and two secrets are compared",
    ),
    ("crates/delivery/src/sftp/account.rs", "private key and passphrase enter the reader of key files"),
    ("crates/delivery/src/sftp/sign_in.rs", "the password leaves to a server whose host key is pinned"),
    (
        "crates/engine/src/credential.rs",
        "a private key passes between its sealed row, PEM and the signing key",
    ),
    (
        "crates/engine/src/delivering/https.rs",
        "a sealed bundle and what checks its receipt pass between their sealed row and the push",
    ),
    ("crates/engine/src/guide_key.rs", "a maker's key passes between its own file and the signing key"),
    ("crates/engine/src/offers.rs", "an offer comes back from the vault to be answered"),
    ("crates/engine/src/handing_over.rs", "the signing key passes between its sealed row and PKCS#8"),
    ("crates/engine/src/lent.rs", "an empty password is refused before it is lent"),
    ("crates/receiver/src/memory.rs", "the keys of open offers enter the state folder of their owner"),
    ("crates/receiver/src/server/identity.rs", "the server's own key enters its TLS"),
    (
        "crates/receiver/src/values.rs",
        "the product's own values, and a key that was made here, go into the files that were asked for",
    ),
    ("crates/vault/src/lib.rs", "the secret enters the sealing of its row"),
    ("crates/vault/src/passphrase.rs", "the passphrase enters its key derivation"),
    ("src-tauri/src/stage/papers.rs", "the passphrase is shown in a native dialog once, at the admin's wish"),
    (
        "src-tauri/src/stage/workshop.rs",
        "a certificate's made passphrase leaves into a new file beside the export that only its owner can read",
    ),
    ("src-tauri/src/clipboard.rs", "the admin pressed Copy: the secret goes to the clipboard for 45 seconds"),
];

const WHY: &str = "A secret is laid open only where its bytes really leave, and each such file is on the list with its reason";
const STALE: &str = "An entry that allows nothing hides the next mistake; take it off the list";

fn exposures(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|s| ALLOWED.iter().all(|(file, _)| *file != s.path)) {
        let code = without_tests(&bare(&source.text));
        for (at, _) in code.match_indices("expose_secret") {
            breaches.push(Breach::new(
                format!("{}:{}", source.path, line_of(&code, at)),
                "calls expose_secret",
                WHY,
            ));
        }
    }
    breaches
}

fn stale(sources: &[Source]) -> Vec<Breach> {
    let used = |file: &str| sources.iter().any(|s| s.path == file && s.text.contains("expose_secret"));
    let unused = ALLOWED.iter().filter(|(file, _)| !used(file));
    unused.map(|(file, _)| Breach::new(*file, "is on the list and calls no expose_secret", STALE)).collect()
}

#[test]
fn secrets_are_laid_open_only_where_allowed() {
    uphold(&exposures(&tree::product()));
}

#[test]
fn the_list_of_exposures_holds_no_stale_entry() {
    uphold(&stale(&tree::product()));
}

#[test]
fn control_an_exposure_elsewhere_is_seen() {
    let planted =
        Source::planted("crates/engine/src/desk.rs", "fn a() {}\nlet x = secret.expose_secret();\n");
    reported(&exposures(&[planted]), "desk.rs:2");
}

#[test]
fn control_tests_and_comments_may_name_it() {
    let text = "// expose_secret\n#[cfg(test)]\nmod tests { fn a() { s.expose_secret(); } }\n";
    assert_eq!(exposures(&[Source::planted("crates/engine/src/desk.rs", text)]), []);
}

#[test]
fn control_a_stale_entry_is_seen() {
    reported(&stale(&[]), "wire/mod.rs");
}
