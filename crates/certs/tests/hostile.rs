//! Thousands of changed files, the same ones in every run: each is read or refused by a typed error, and nothing panics.
#![allow(clippy::unwrap_used, missing_docs)]

use certs::*;
use secrecy::{ExposeSecret as _, SecretString};

/// The numbers of a run: xorshift64*, so that a failure can be played again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % limit.max(1)
    }

    /// One to four changes: a flipped bit, another byte, a cut, a doubled piece, a byte that DER reads as a length.
    fn changed(&mut self, honest: &[u8]) -> Vec<u8> {
        let mut bytes = honest.to_vec();
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                2 => bytes.truncate(at),
                3 => bytes[at] = [0x80, 0x81, 0x84, 0x88, 0xFF, 0x7F, 0x00, 0x30][self.below(8)],
                4 => drop(bytes.drain(at..(at + self.below(16)).min(bytes.len()))),
                _ => {
                    let piece = bytes[at..(at + self.below(32)).min(bytes.len())].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        bytes
    }
}

fn samples(passphrase: &Passphrase) -> Vec<(&'static str, Vec<u8>)> {
    let key = PrivateKey::make(KeyKind::P256).unwrap();
    let order = Order {
        subject: Subject::read("CN=Minutes, O=Contoso, C=DE").unwrap(),
        other_names: vec![OtherName::read("a.example").unwrap(), OtherName::read("10.0.0.7").unwrap()],
        days: 30,
        purpose: Purpose::HttpsServer,
    };
    let now = time::macros::datetime!(2026-03-01 12:00 UTC);
    let chain = [Certificate::self_signed(&key, &order, now).unwrap()];
    let rounds = Iterations::new(2_048).unwrap();
    let pfx = |form| Pfx::write(&key, &chain, "a", passphrase, form, rounds).unwrap().bytes().to_vec();
    let sealed = encrypted_key_pem(&key, passphrase, rounds).unwrap();
    let request = Request::make(&key, &order).unwrap();
    vec![
        ("modern PFX", pfx(Form::Modern)),
        ("compatible PFX", pfx(Form::Compatible)),
        ("PEM", format!("{}{sealed}", chain[0].pem()).into_bytes()),
        ("certificate", chain[0].der().to_vec()),
        ("PKCS#8", key.pkcs8().expose_secret().clone()),
        ("PKCS#7", pkcs7_der(&chain)),
        ("request", request.der().to_vec()),
        ("request in PEM", request.pem().into_bytes()),
    ]
}

#[test]
fn changed_files_are_read_or_refused_and_never_panic() {
    let passphrase = Passphrase::made().unwrap();
    let mut numbers = Numbers(0x5EED);
    for (name, honest) in samples(&passphrase) {
        assert!(read(&honest, Some(passphrase.text())).is_ok(), "the honest {name} was refused");
        let mut refused = 0;
        for _ in 0..600 {
            let changed = numbers.changed(&honest);
            let outcome = read(&changed, Some(passphrase.text()));
            refused += usize::from(outcome.is_err());
            if let Err(why) = outcome {
                assert!(!why.to_string().is_empty());
            }
            let _ = Pfx::inspect(&changed);
            let _ = Request::from_der(&changed);
        }
        assert!(refused > 200, "of 600 changed files of the kind {name} only {refused} were refused");
    }
}

#[test]
fn noise_is_refused() {
    let mut numbers = Numbers(0xBAD);
    for length in 0..2_000 {
        let noise: Vec<u8> = (0..length).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
        assert!(read(&noise, Some(&SecretString::from(""))).is_err(), "{length} bytes of noise were read");
    }
}

#[test]
fn deep_and_long_nests_are_refused() {
    // A sequence in a sequence, as deep as the file may be long.
    let deep: Vec<u8> = [0x30, 0x80].repeat(LARGEST_FILE / 2);
    let headers: Vec<u8> = [0x30, 0x83, 0x0F, 0xFF, 0xFF].repeat(LARGEST_FILE / 5);
    let blocks = "-----BEGIN CERTIFICATE-----\n".repeat(30_000).into_bytes();
    for bytes in [deep, headers, blocks] {
        assert!(read(&bytes, None).is_err());
    }
}
