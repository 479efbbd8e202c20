//! The passphrase vault, for computers without a keyring: argon2id stretches the passphrase into the one key.
//! Salt and parameters stand beside the rows; a sealed check word tells a wrong passphrase from a damaged row.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::key::{KEY_BYTES, Key};
use crate::{VaultError, rows};

/// Memory in KiB, passes, lanes (RFC 9106 §4, second recommended option).
const COST: (u32, u32, u32) = (64 * 1024, 3, 4);
const CHECK: &[u8] = b"footbridge passphrase vault";

pub(crate) fn key(database: &mut Connection, passphrase: &SecretString) -> Result<Key, VaultError> {
    if let (Some(salt), Some(cost), Some(check)) =
        (rows::setting(database, "salt")?, rows::setting(database, "cost")?, rows::setting(database, "check")?)
    {
        let key = stretch(passphrase, &decode(&salt)?, read_cost(&cost)?)?;
        return match key.open(b"check", &decode(&check)?) {
            Some(word) if word.as_slice() == CHECK => Ok(key),
            _ => Err(VaultError::WrongPassphrase),
        };
    }
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| VaultError::Cryptography)?;
    let key = stretch(passphrase, &salt, COST)?;
    let check = key.seal(b"check", CHECK)?;
    let cost = format!("argon2id {} {} {}", COST.0, COST.1, COST.2);
    rows::set(
        database,
        &[("salt", URL_SAFE_NO_PAD.encode(salt)), ("cost", cost), ("check", URL_SAFE_NO_PAD.encode(check))],
    )?;
    Ok(key)
}

fn decode(text: &str) -> Result<Vec<u8>, VaultError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::Altered { id: "settings".to_owned() })
}

fn read_cost(text: &str) -> Result<(u32, u32, u32), VaultError> {
    let numbers: Vec<u32> = text.split(' ').skip(1).filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        // A file that asks for more than a gigabyte is not one that this vault wrote.
        [memory, passes, lanes] if *memory <= 1024 * 1024 && *passes <= 64 => Ok((*memory, *passes, *lanes)),
        _ => Err(VaultError::Altered { id: "settings".to_owned() }),
    }
}

fn stretch(passphrase: &SecretString, salt: &[u8], cost: (u32, u32, u32)) -> Result<Key, VaultError> {
    let parameters = Params::new(cost.0, cost.1, cost.2, Some(KEY_BYTES)).map_err(|_| VaultError::Cryptography)?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, bytes.as_mut())
        .map_err(|_| VaultError::Cryptography)?;
    Ok(Key::from_bytes(bytes))
}
