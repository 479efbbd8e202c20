//! Certificate requests.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = certs::Request::from_der(bytes) {
        let _ = (request.subject().len(), request.key().len(), request.pem().len());
    }
    let _ = certs::read(bytes, None);
});
