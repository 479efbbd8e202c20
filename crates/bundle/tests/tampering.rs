//! One bundle of the usual size, altered in every byte: eight flips, xor ff, delete and double, and each truncation.
//! Nothing of it may be taken. Four tests share the bytes, so that they run side by side; `src/hostile.rs` mutates
//! headers and claims inside of bundles that are sealed anew.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod sample;

use bundle::{OwnKey, SeenInMemory, SigningKey, open, seal, verify};
use sample::{NONCE, NOW};

/// A bundle of 6 to 8 KB takes part by every `SHARES`th byte in each test.
const SHARES: usize = 4;
/// More variants than this have to be refused over all tests.
const WANTED: usize = 80_000;

#[test]
fn the_first_share_of_altered_bundles_is_refused() {
    refuse_share(0);
}

#[test]
fn the_second_share_of_altered_bundles_is_refused() {
    refuse_share(1);
}

#[test]
fn the_third_share_of_altered_bundles_is_refused() {
    refuse_share(2);
}

#[test]
fn the_fourth_share_of_altered_bundles_is_refused() {
    refuse_share(3);
}

fn refuse_share(share: usize) {
    let own = OwnKey::generate().unwrap();
    let mut payload = sample::payload();
    payload.settings.set("certificate", "MIIC".repeat(770));
    let sealed = seal(&payload, &SigningKey::generate().unwrap(), own.recipient()).unwrap();
    let bytes = sealed.as_bytes();
    assert!((6 * 1024..=8 * 1024).contains(&bytes.len()), "{}", bytes.len());
    let seen = SeenInMemory::with_offer(NONCE);
    let mut variants = 0;
    let mut judge = |altered: &[u8], what: &str, place: usize| {
        variants += 1;
        let taken = std::str::from_utf8(altered).is_ok_and(|text| verify(text, &own, NOW, &seen).is_ok());
        assert!(!taken, "{what} at {place} was taken");
    };
    for place in (share..bytes.len()).step_by(SHARES) {
        let mut altered = bytes.to_vec();
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            altered[place] ^= mask;
            judge(&altered, "flip", place);
            altered[place] ^= mask;
        }
        altered.insert(place, bytes[place]);
        judge(&altered, "double", place);
        altered.drain(place..place + 2);
        judge(&altered, "delete", place);
        judge(&bytes[..place], "truncation", place);
    }
    println!("{variants} altered bundles of {} bytes, 0 taken", bytes.len());
    assert!(variants > WANTED / SHARES, "only {variants}");
    open(&sealed, &own, NOW, &mut SeenInMemory::with_offer(NONCE)).unwrap();
}
