//! The passphrase vault, for computers without a keyring: argon2id stretches the passphrase into the one key.
//! Salt and cost stand beside the rows, so that a later version can raise the cost and still open older vaults.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use crate::VaultError;
use crate::key::{KEY_BYTES, Key, no_bytes};
use crate::rows::Rows;

/// Name and value as they stand in the vault's settings.
pub(crate) type Setting = (&'static str, String);

/// Memory in KiB, passes, lanes.
#[derive(Clone, Copy)]
struct Cost(u32, u32, u32);

/// RFC 9106 §4, the second recommended option.
const COST: Cost = Cost(64 * 1024, 3, 4);

/// The key of this passphrase, and the settings that must be kept when they are new. Whether the passphrase is the
/// right one shows only when the key opens something.
pub(crate) fn key(rows: &Rows, passphrase: &SecretString) -> Result<(Key, Vec<Setting>), VaultError> {
    if passphrase.expose_secret().is_empty() {
        return Err(VaultError::EmptyPassphrase);
    }
    match (rows.setting("salt")?, rows.setting("cost")?) {
        (Some(salt), Some(cost)) => {
            let salt = URL_SAFE_NO_PAD.decode(salt).map_err(|_| altered())?;
            let key = stretch(passphrase, &salt, read_cost(&cost).ok_or_else(altered)?)?;
            Ok((key, Vec::new()))
        }
        _ if rows.is_empty()? => {
            let mut salt = [0; 16];
            rand::fill(&mut salt).map_err(|_| VaultError::Cryptography)?;
            let key = stretch(passphrase, &salt, COST)?;
            let cost = format!("argon2id {} {} {}", COST.0, COST.1, COST.2);
            Ok((key, vec![("salt", URL_SAFE_NO_PAD.encode(salt)), ("cost", cost)]))
        }
        _ => Err(altered()),
    }
}

fn read_cost(text: &str) -> Option<Cost> {
    let mut parts = text.split(' ');
    let name = parts.next()?;
    let numbers = parts.map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?;
    match numbers.as_slice() {
        // A file that asks for more than a gigabyte is not one that a vault wrote.
        [memory @ 8..=1_048_576, passes @ 1..=64, lanes @ 1..=64] if name == "argon2id" => {
            Some(Cost(*memory, *passes, *lanes))
        }
        _ => None,
    }
}

fn stretch(passphrase: &SecretString, salt: &[u8], cost: Cost) -> Result<Key, VaultError> {
    let parameters = Params::new(cost.0, cost.1, cost.2, Some(KEY_BYTES)).map_err(|_| altered())?;
    let mut bytes = no_bytes();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, bytes.as_mut_slice())
        .map_err(|_| altered())?;
    Ok(Key::from_bytes(bytes))
}

fn altered() -> VaultError {
    VaultError::Altered { id: "settings".to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_key_depends_on_passphrase_salt_and_cost() {
        let small = Cost(8, 1, 1);
        let tag = |passphrase: &str, salt: &[u8], cost| {
            stretch(&SecretString::from(passphrase), salt, cost).unwrap().tag("t", b"m")
        };
        let one = tag("one", &[1; 16], small);
        assert_eq!(one, tag("one", &[1; 16], small));
        assert_ne!(one, tag("two", &[1; 16], small));
        assert_ne!(one, tag("one", &[2; 16], small));
        assert_ne!(one, tag("one", &[1; 16], Cost(8, 2, 1)));
    }

    #[test]
    fn a_cost_that_no_vault_wrote_is_refused() {
        assert!(read_cost("argon2id 65536 3 4").is_some());
        for text in [
            "",
            "argon2id",
            "argon2id 65536 3",
            "argon2id 4294967295 3 4",
            "argon2id 65536 0 4",
            "scrypt 8 1 1",
        ] {
            assert!(read_cost(text).is_none(), "{text}");
        }
    }
}
