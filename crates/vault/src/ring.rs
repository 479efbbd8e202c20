//! The system's keyring, which holds the one key and nothing else. Every call runs on a thread of its own with a limit,
//! because a keyring may wait for a person; the store is built anew each time, so that unlocking it helps at once.

use std::sync::mpsc;
use std::time::Duration;

use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::key::Key;

const LIMIT: Duration = Duration::from_secs(20);

/// The key under this name; `None` where there is none yet.
pub(crate) fn read(service: &str, account: &str) -> Result<Option<Key>, VaultError> {
    let (service, account) = (service.to_owned(), account.to_owned());
    within_limit(move || match entry(&service, &account)?.get_password() {
        Ok(line) => Key::from_line(&Zeroizing::new(line)).map(Some).ok_or(VaultError::Broken),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(state(&error)),
    })
}

/// Puts the key in and reads it back.
pub(crate) fn write(service: &str, account: &str, key: &Key) -> Result<(), VaultError> {
    let (service, account, line) = (service.to_owned(), account.to_owned(), key.to_line());
    within_limit(move || {
        let entry = entry(&service, &account)?;
        entry.set_password(&line).map_err(|error| state(&error))?;
        let back = Zeroizing::new(entry.get_password().map_err(|error| state(&error))?);
        if *back == *line { Ok(()) } else { Err(VaultError::Broken) }
    })
}

/// Writes, reads, compares and deletes a test item: a store that answers proves nothing by itself.
pub(crate) fn probe(service: &str) -> Result<(), VaultError> {
    let service = service.to_owned();
    within_limit(move || {
        let account = format!("probe {}", std::process::id());
        let entry = entry(&service, &account)?;
        entry.set_password("probe").map_err(|error| state(&error))?;
        let back = entry.get_password().map_err(|error| state(&error));
        entry.delete_credential().map_err(|error| state(&error))?;
        if back? == "probe" { Ok(()) } else { Err(VaultError::Broken) }
    })
}

fn within_limit<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let (done, outcome) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more once the limit has passed.
        let _ = done.send(work());
    });
    outcome.recv_timeout(LIMIT).unwrap_or(Err(VaultError::Slow))
}

fn entry(service: &str, account: &str) -> Result<Entry, VaultError> {
    store()?.build(service, account, None).map_err(|error| state(&error))
}

#[cfg(target_os = "linux")]
fn store() -> Result<std::sync::Arc<dyn keyring_core::api::CredentialStoreApi>, VaultError> {
    match zbus_secret_service_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(_) => Err(VaultError::Absent),
    }
}

#[cfg(target_os = "macos")]
fn store() -> Result<std::sync::Arc<dyn keyring_core::api::CredentialStoreApi>, VaultError> {
    match apple_native_keyring_store::keychain::Store::new() {
        Ok(store) => Ok(store),
        Err(_) => Err(VaultError::Absent),
    }
}

#[cfg(target_os = "windows")]
fn store() -> Result<std::sync::Arc<dyn keyring_core::api::CredentialStoreApi>, VaultError> {
    match windows_native_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(_) => Err(VaultError::Absent),
    }
}

/// Only the kind of an error is looked at: some kinds carry the secret itself.
fn state(error: &Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::PlatformFailure(_) | Error::NoDefaultStore => VaultError::Absent,
        Error::NotSupportedByStore(_) => VaultError::Denied,
        _ => VaultError::Broken,
    }
}
