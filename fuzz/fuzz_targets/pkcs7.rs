//! PKCS#7 envelopes, and the chains out of what they hold.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(found) = certs::read(bytes, None)
        && let Some(first) = found.certificates.first()
    {
        let _ = certs::Chain::build(first, &found.certificates);
    }
});
