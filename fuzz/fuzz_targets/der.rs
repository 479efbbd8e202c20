//! DER of every kind: certificates, and keys in PKCS#8, PKCS#1 and SEC 1, encrypted or not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use secrecy::{SecretBox, SecretString};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = certs::Certificate::from_der(bytes) {
        let _ = (certificate.thumbprints(), certificate.key_id());
        let _ = certs::Chain::build(&certificate, std::slice::from_ref(&certificate));
    }
    let _ = certs::PrivateKey::from_pkcs8(&SecretBox::new(Box::new(bytes.to_vec())));
    let _ = certs::read(bytes, Some(&SecretString::from("pass")));
});
