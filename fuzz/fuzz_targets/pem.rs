//! PEM text with any blocks; the input stands as it is, and once more inside an honest frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

fuzz_target!(|bytes: &[u8]| {
    let passphrase = SecretString::from("pass");
    let _ = certs::read(bytes, Some(&passphrase));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = certs::Certificate::from_pem(text);
        for label in ["CERTIFICATE", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let framed = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
            let _ = certs::read(framed.as_bytes(), Some(&passphrase));
        }
    }
});
