//! The system's keyring, which holds the one key and nothing else. Every call runs on a thread of its own with a limit,
//! because a keyring may wait for a person; a store that fails is built anew, so that unlocking it helps at once.
//! An error of the keyring must never be formatted: some of them carry the secret itself.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::key::Key;

const LIMIT: Duration = Duration::from_secs(20);

type Store = Arc<CredentialStore>;
type Connect = Arc<dyn Fn() -> Result<Store, VaultError> + Send + Sync>;

/// The place of one key in the keyring.
#[derive(Clone)]
pub(crate) struct Ring {
    service: String,
    account: String,
    limit: Duration,
    connect: Connect,
    /// The store that served last.
    served: Arc<Mutex<Option<Store>>>,
}

impl Ring {
    pub(crate) fn new(service: &str, account: &str) -> Self {
        Self {
            service: service.to_owned(),
            account: account.to_owned(),
            limit: LIMIT,
            connect: Arc::new(platform::connect),
            served: Arc::default(),
        }
    }

    /// The key; `None` where there is none yet.
    pub(crate) fn read(&self) -> Result<Option<Key>, VaultError> {
        self.within_limit(|ring, store| match ring.entry(store, &ring.account)?.get_password() {
            Ok(line) => Key::from_line(&Zeroizing::new(line)).map(Some).ok_or(VaultError::Broken),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(state(error)),
        })
    }

    /// Puts the key in and reads it back.
    pub(crate) fn write(&self, key: &Key) -> Result<(), VaultError> {
        let line = key.to_line();
        self.within_limit(move |ring, store| write_and_compare(&ring.entry(store, &ring.account)?, &line))
    }

    /// Writes, reads, compares and deletes a test item: a store that answers proves nothing by itself.
    pub(crate) fn probe(&self) -> Result<(), VaultError> {
        self.within_limit(|ring, store| {
            // Two processes that probe at once must not read each other's item.
            let entry = ring.entry(store, &format!("{} (test {})", ring.account, std::process::id()))?;
            let compared = write_and_compare(&entry, "probe");
            let deleted = entry.delete_credential();
            compared?;
            deleted.map_err(state)
        })
    }

    fn entry(&self, store: &Store, account: &str) -> Result<Entry, VaultError> {
        store.build(&self.service, account, None).map_err(state)
    }

    fn within_limit<T: Send + 'static>(
        &self,
        work: impl Fn(&Ring, &Store) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (done, outcome) = mpsc::channel();
        let ring = self.clone();
        let started = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            // Nobody listens any more once the limit has passed.
            let _ = done.send(ring.with_a_store(work));
        });
        started.map_err(|_| VaultError::Slow)?;
        outcome.recv_timeout(self.limit).unwrap_or_else(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Err(VaultError::Slow),
            mpsc::RecvTimeoutError::Disconnected => Err(VaultError::Broken),
        })
    }

    /// Connecting takes longer than all that follows, so the store that served last is used again. When it fails, a
    /// new one is asked before the failure is believed: the keyring may have been unlocked or started anew since.
    fn with_a_store<T>(
        &self,
        work: impl Fn(&Ring, &Store) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let served = || self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = |store, outcome: Result<T, VaultError>| {
            *served() = outcome.is_ok().then_some(store);
            outcome
        };
        let last = served().take();
        if let Some(store) = last {
            let outcome = work(self, &store);
            // Who has just said no to the keyring's question must not be asked again.
            if matches!(outcome, Ok(_) | Err(VaultError::Denied)) {
                return keep(store, outcome);
            }
        }
        let store = (self.connect)()?;
        let outcome = work(self, &store);
        keep(store, outcome)
    }
}

fn write_and_compare(entry: &Entry, line: &str) -> Result<(), VaultError> {
    entry.set_password(line).map_err(state)?;
    match entry.get_password().map(Zeroizing::new) {
        Ok(back) if back.as_str() == line => Ok(()),
        Ok(_) | Err(Error::NoEntry) => Err(VaultError::Broken),
        Err(error) => Err(state(error)),
    }
}

/// Looks at the kind of an error only, and wipes what it carries.
fn state(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(inner) => platform::reason(inner.as_ref()).unwrap_or(VaultError::Locked),
        Error::PlatformFailure(inner) => platform::reason(inner.as_ref()).unwrap_or(VaultError::Absent),
        Error::NoDefaultStore => VaultError::Absent,
        Error::NotSupportedByStore(_) => VaultError::Denied,
        Error::BadEncoding(bytes) | Error::BadDataFormat(bytes, _) => {
            drop(Zeroizing::new(bytes));
            VaultError::Broken
        }
        _ => VaultError::Broken,
    }
}

type Inner = dyn std::error::Error + Send + Sync;

#[cfg(target_os = "linux")]
mod platform {
    use secret_service::Error as Refusal;

    use super::{Inner, Store, VaultError};

    pub(super) fn connect() -> Result<Store, VaultError> {
        match zbus_secret_service_keyring_store::Store::new() {
            Ok(store) => Ok(store),
            Err(_) => Err(VaultError::Absent),
        }
    }

    /// `NoResult` is what a keyring without a default collection answers: nobody has unlocked it since the login.
    pub(super) fn reason(inner: &Inner) -> Option<VaultError> {
        match inner.downcast_ref::<Refusal>()? {
            Refusal::Locked | Refusal::NoResult => Some(VaultError::Locked),
            Refusal::Prompt | Refusal::PromptDisconnected => Some(VaultError::Denied),
            Refusal::Crypto(_) => Some(VaultError::Broken),
            _ => Some(VaultError::Absent),
        }
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use super::{Inner, Store, VaultError};

    pub(super) fn connect() -> Result<Store, VaultError> {
        match apple_native_keyring_store::keychain::Store::new() {
            Ok(store) => Ok(store),
            Err(_) => Err(VaultError::Absent),
        }
    }

    pub(super) fn reason(_inner: &Inner) -> Option<VaultError> {
        None
    }
}

#[cfg(target_os = "windows")]
mod platform {
    use super::{Inner, Store, VaultError};

    pub(super) fn connect() -> Result<Store, VaultError> {
        match windows_native_keyring_store::Store::new() {
            Ok(store) => Ok(store),
            Err(_) => Err(VaultError::Absent),
        }
    }

    pub(super) fn reason(_inner: &Inner) -> Option<VaultError> {
        None
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
mod platform {
    use super::{Inner, Store, VaultError};

    pub(super) fn connect() -> Result<Store, VaultError> {
        Err(VaultError::Absent)
    }

    pub(super) fn reason(_inner: &Inner) -> Option<VaultError> {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::any::Any;
    use std::collections::HashMap;
    use std::sync::Mutex;

    use keyring_core::CredentialPersistence;
    use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Mood {
        Well,
        Locked,
        Forgets,
        Lies,
        Hangs,
        NotText,
        TooLong,
        Twice,
    }

    type Kept = Arc<Mutex<HashMap<String, Vec<u8>>>>;

    #[derive(Debug, Clone)]
    struct StandIn {
        mood: Mood,
        kept: Kept,
        account: String,
    }

    impl CredentialStoreApi for StandIn {
        fn vendor(&self) -> String {
            "stand-in".to_owned()
        }
        fn id(&self) -> String {
            "stand-in".to_owned()
        }
        fn build(
            &self,
            _service: &str,
            account: &str,
            _: Option<&HashMap<&str, &str>>,
        ) -> keyring_core::Result<Entry> {
            let credential = StandIn { account: account.to_owned(), ..self.clone() };
            Ok(Entry::new_with_credential(Arc::new(credential)))
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
        fn persistence(&self) -> CredentialPersistence {
            CredentialPersistence::ProcessOnly
        }
        fn debug_fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Ok(())
        }
    }

    impl CredentialApi for StandIn {
        fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
            match self.mood {
                Mood::Locked => return Err(Error::NoStorageAccess("locked".into())),
                Mood::TooLong => return Err(Error::TooLong("secret".to_owned(), 20)),
                Mood::Twice => return Err(Error::Ambiguous(Vec::new())),
                // The thread waits for ever, and ends with the test's process.
                Mood::Hangs => loop {
                    std::thread::park();
                },
                Mood::Forgets => return Ok(()),
                Mood::Well | Mood::Lies | Mood::NotText => {}
            }
            self.kept.lock().unwrap().insert(self.account.clone(), secret.to_vec());
            Ok(())
        }
        fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
            match self.mood {
                Mood::Lies => Ok(b"something else".to_vec()),
                Mood::NotText => Err(Error::BadEncoding(b"canary".to_vec())),
                _ => self.kept.lock().unwrap().get(&self.account).cloned().ok_or(Error::NoEntry),
            }
        }
        fn delete_credential(&self) -> keyring_core::Result<()> {
            self.kept.lock().unwrap().remove(&self.account).map(|_| ()).ok_or(Error::NoEntry)
        }
        fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
            Ok(None)
        }
        fn get_specifiers(&self) -> Option<(String, String)> {
            None
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    fn ring(mood: Mood, kept: &Kept) -> Ring {
        let store = StandIn { mood, kept: kept.clone(), account: String::new() };
        Ring {
            service: "Footbridge".to_owned(),
            account: "vault key".to_owned(),
            limit: if mood == Mood::Hangs { Duration::from_millis(5) } else { LIMIT },
            connect: Arc::new(move || Ok(Arc::new(store.clone()))),
            served: Arc::default(),
        }
    }

    /// A ring whose stores have the mood of the moment they were built in, and how many were built.
    fn changing(mood: &Arc<Mutex<Mood>>, kept: &Kept) -> (Ring, Arc<Mutex<u32>>) {
        let built = Arc::new(Mutex::new(0));
        let (inner_mood, inner_kept, inner_built) = (mood.clone(), kept.clone(), built.clone());
        let connect: Connect = Arc::new(move || {
            *inner_built.lock().unwrap() += 1;
            let mood = *inner_mood.lock().unwrap();
            Ok(Arc::new(StandIn { mood, kept: inner_kept.clone(), account: String::new() }))
        });
        (Ring { connect, ..ring(Mood::Well, kept) }, built)
    }

    #[test]
    fn a_well_keyring_keeps_the_key_as_one_line_and_nothing_of_the_probe() {
        let kept = Kept::default();
        let ring = ring(Mood::Well, &kept);
        ring.probe().unwrap();
        assert!(kept.lock().unwrap().is_empty());
        assert!(ring.read().unwrap().is_none());
        let key = Key::generate().unwrap();
        ring.write(&key).unwrap();
        assert_eq!(ring.read().unwrap().unwrap().tag("t", b"m"), key.tag("t", b"m"));
        let line = kept.lock().unwrap()["vault key"].clone();
        assert_eq!(line.len(), 43);
        assert!(line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)));
    }

    #[test]
    fn each_state_has_its_own_error() {
        for (mood, expected) in [
            (Mood::Locked, "Locked"),
            (Mood::Forgets, "Broken"),
            (Mood::Lies, "Broken"),
            (Mood::NotText, "Broken"),
            (Mood::TooLong, "Broken"),
            (Mood::Twice, "Broken"),
            (Mood::Hangs, "Slow"),
        ] {
            let error = ring(mood, &Kept::default()).probe().unwrap_err();
            assert_eq!(format!("{error:?}"), expected, "{mood:?}");
            assert!(!error.to_string().contains("canary"));
        }
        let absent =
            Ring { connect: Arc::new(|| Err(VaultError::Absent)), ..ring(Mood::Well, &Kept::default()) };
        assert!(matches!(absent.probe(), Err(VaultError::Absent)));
    }

    #[test]
    fn unlocking_helps_without_a_restart() {
        let mood = Arc::new(Mutex::new(Mood::Locked));
        let (ring, _) = changing(&mood, &Kept::default());
        assert!(matches!(ring.probe(), Err(VaultError::Locked)));
        *mood.lock().unwrap() = Mood::Well;
        ring.probe().unwrap();
    }

    #[test]
    fn a_store_that_served_is_used_again_until_it_fails() {
        let mood = Arc::new(Mutex::new(Mood::Well));
        let (ring, built) = changing(&mood, &Kept::default());
        ring.probe().unwrap();
        assert!(ring.clone().read().unwrap().is_none());
        ring.write(&Key::generate().unwrap()).unwrap();
        assert_eq!(*built.lock().unwrap(), 1);
        // What the last store cannot say, a new one is asked; what that one cannot say either is believed.
        *ring.served.lock().unwrap() =
            Some(Arc::new(StandIn { mood: Mood::Lies, kept: Kept::default(), account: String::new() }));
        ring.probe().unwrap();
        assert_eq!(*built.lock().unwrap(), 2);
        *mood.lock().unwrap() = Mood::Locked;
        ring.served.lock().unwrap().take();
        assert!(matches!(ring.probe(), Err(VaultError::Locked)));
        assert!(ring.served.lock().unwrap().is_none(), "a store that failed is kept");
    }

    #[test]
    fn who_said_no_is_not_asked_again() {
        let (ring, built) = changing(&Arc::new(Mutex::new(Mood::Well)), &Kept::default());
        ring.probe().unwrap();
        let asked = ring.within_limit::<()>(|_, _| Err(VaultError::Denied));
        assert!(matches!(asked, Err(VaultError::Denied)));
        assert_eq!(*built.lock().unwrap(), 1);
    }

    #[test]
    fn an_item_of_another_form_is_broken_not_replaced() {
        let kept = Kept::default();
        kept.lock().unwrap().insert("vault key".to_owned(), b"somebody's note".to_vec());
        assert!(matches!(ring(Mood::Well, &kept).read(), Err(VaultError::Broken)));
        assert_eq!(kept.lock().unwrap()["vault key"], b"somebody's note");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_secret_service_says_is_told_apart() {
        use secret_service::Error as Refusal;
        let told = |refusal: Refusal| state(Error::PlatformFailure(Box::new(refusal)));
        assert!(matches!(told(Refusal::Locked), VaultError::Locked));
        assert!(matches!(told(Refusal::NoResult), VaultError::Locked));
        assert!(matches!(told(Refusal::Prompt), VaultError::Denied));
        assert!(matches!(told(Refusal::Unavailable), VaultError::Absent));
        assert!(matches!(told(Refusal::Crypto("x")), VaultError::Broken));
    }
}
