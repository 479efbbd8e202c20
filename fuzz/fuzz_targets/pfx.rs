//! PFX files: what shows from outside, and opening under a passphrase.
#![no_main]

use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

fuzz_target!(|bytes: &[u8]| {
    let _ = certs::Pfx::inspect(bytes);
    let _ = certs::read(bytes, Some(&SecretString::from("pass")));
});
