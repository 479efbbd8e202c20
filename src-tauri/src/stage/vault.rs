//! The desk for real tenants and where its secrets are kept. The passphrase of a vault is asked for natively and never
//! enters the web view; until it is given nothing is kept beyond this process, and the admin is told so.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
};

use engine::{
    Desk, SystemRandomness, Trouble as Wrong, cloud,
    secrecy::SecretString,
    vault::{VaultError, VaultMode as Kept},
};
use tauri::AppHandle;

use super::{Given, Stage, chosen_place, lock};
use crate::{
    guard,
    prompt::{self, Asked},
    view::{Home, Settings, Trouble, VaultMode},
};

/// What can be chosen here. macOS and Windows always have a keyring, and the native prompt for a passphrase is made
/// for Linux, where there may be none.
pub const CHOICES: &[VaultMode] = if cfg!(target_os = "linux") {
    &[VaultMode::Keyring, VaultMode::Passphrase, VaultMode::Memory]
} else {
    &[VaultMode::Keyring, VaultMode::Memory]
};

/// The desk for real tenants.
#[derive(Clone)]
pub(super) struct Real {
    pub desk: Desk,
    pub vault_trouble: Option<NotKept>,
}

/// Why nothing is kept although it should be.
#[derive(Clone)]
pub(super) enum NotKept {
    /// The vault refused.
    Refused(Box<Wrong>),
    /// The passphrase was not given yet.
    Locked,
    /// A program drives the window.
    Driven,
    /// This system's window has no prompt for a passphrase.
    NoPrompt,
}

impl Stage {
    /// The desk for real tenants; opened on first use. Without a usable vault nothing is kept, and the admin is told.
    pub(super) fn real(&self) -> Given<Real> {
        let mut real = lock(&self.real);
        if let Some(real) = &*real {
            return Ok(real.clone());
        }
        let settings = lock(&self.settings).clone();
        let (place, network) = self.way(&settings)?;
        let passphrase = lock(&self.passphrase).clone();
        let wanted = match (settings.vault, passphrase) {
            (VaultMode::Memory, _) => Ok(None),
            _ if guard::is_driven() => Err(NotKept::Driven),
            (VaultMode::Keyring, _) => {
                Ok(Some(Kept::Keyring { service: "Footbridge".to_owned(), account: "vault key".to_owned() }))
            }
            (VaultMode::Passphrase, Some(passphrase)) => Ok(Some(Kept::Passphrase(passphrase))),
            (VaultMode::Passphrase, None) if CHOICES.contains(&VaultMode::Passphrase) => Err(NotKept::Locked),
            (VaultMode::Passphrase, None) => Err(NotKept::NoPrompt),
        };
        let opened = match wanted {
            Ok(None) => Ok(None),
            Ok(Some(kept)) => {
                let desk = self.desk((place.clone(), network.clone()), self.folder.clone(), kept);
                desk.map(Some).map_err(|wrong| NotKept::Refused(Box::new(wrong)))
            }
            Err(why) => Err(why),
        };
        let (desk, vault_trouble) = match opened {
            Ok(desk) => (desk, None),
            Err(why) => (None, Some(why)),
        };
        let desk = match desk {
            Some(desk) => desk,
            None => {
                let folder = self.session_folder()?;
                self.desk((place, network), folder, Kept::Memory).map_err(|wrong| self.trouble(&wrong))?
            }
        };
        self.lay_out(&desk);
        let made = Real { desk, vault_trouble };
        *real = Some(made.clone());
        Ok(made)
    }

    /// Another cloud, client or way for the same vault and journal: what only memory keeps stays kept.
    pub(super) fn move_real(&self, settings: &Settings) -> Given<()> {
        let (place, network) = self.way(settings)?;
        let mut real = lock(&self.real);
        let Some(open) = real.take() else { return Ok(()) };
        let moved = open.desk.moved_by(place, network).map_err(|wrong| self.trouble(&wrong));
        match moved {
            Ok(desk) => *real = Some(Real { desk, vault_trouble: open.vault_trouble }),
            Err(why) => {
                *real = Some(open);
                return Err(why);
            }
        }
        Ok(())
    }

    /// The cloud and the way there, as the settings name them and the policy of this machine allows them.
    fn way(&self, settings: &Settings) -> Given<(cloud::Place, cloud::Network)> {
        let place = chosen_place(settings)
            .map_err(|why| self.plain_trouble("cloud-file", &why.to_string(), "cloud"))?;
        let network = self.network(settings)?;
        self.policy()?.judge(&place, &network).map_err(|wrong| self.trouble(&wrong))?;
        Ok((place, network))
    }

    fn desk(
        &self,
        (place, network): (cloud::Place, cloud::Network),
        folder: PathBuf,
        vault: Kept,
    ) -> Result<Desk, Wrong> {
        Desk::open(engine::Settings {
            folder,
            vault,
            place,
            network,
            clock: Arc::new(cloud::SystemClock),
            random: Arc::new(SystemRandomness),
            teams: self.teams.clone(),
            reach: engine::Reach::Network,
            rehearsal: false,
            policy: self.policy.clone().map_err(|wrong| *wrong)?,
        })
    }

    pub(super) fn vault_trouble(&self, why: &NotKept) -> Trouble {
        match why {
            NotKept::Refused(wrong) => self.trouble(wrong),
            NotKept::Locked => Trouble {
                code: "vault-locked".to_owned(),
                what: self
                    .say("The vault waits for its passphrase.", "Der Tresor wartet auf seine Passphrase.")
                    .to_owned(),
                ..self.plain_trouble("vault-locked", "", "")
            },
            NotKept::Driven => self.plain_trouble(
                "vault-failed",
                self.say(
                    "A program drives this window, so the vault stays closed.",
                    "Ein Programm steuert dieses Fenster, deshalb bleibt der Tresor geschlossen.",
                ),
                "",
            ),
            NotKept::NoPrompt => self.plain_trouble(
                "vault-failed",
                self.say(
                    "A vault with a passphrase is opened by the command line on this system: footbridge --vault passphrase.",
                    "Ein Tresor mit Passphrase wird auf diesem System mit der Befehlszeile geöffnet: footbridge --vault passphrase.",
                ),
                "vault",
            ),
        }
    }

    /// Asks for the passphrase until it opens the vault or the admin gives up.
    pub async fn unlock(&self, app: &AppHandle) -> Given<Home> {
        let language = crate::told::speech(self.language());
        self.unlocked(|asked| prompt::passphrase(app, language, asked)).await
    }

    /// The same with any way of asking.
    async fn unlocked<F>(&self, ask: impl Fn(Asked) -> F) -> Given<Home>
    where
        F: Future<Output = Option<SecretString>>,
    {
        let locked = |real: &Real| matches!(real.vault_trouble, Some(NotKept::Locked));
        if !locked(&self.real()?) || self.asking.swap(true, Ordering::Relaxed) {
            return self.home().await;
        }
        // A vault that nobody has made yet gets the passphrase that is chosen now.
        let mut asked = if self.folder.join("vault.db").exists() { Asked::Again } else { Asked::New };
        while let Some(passphrase) = ask(asked.clone()).await {
            *lock(&self.passphrase) = Some(passphrase);
            *lock(&self.real) = None;
            let wrong = match self.real() {
                Ok(Real { vault_trouble: Some(NotKept::Refused(wrong)), .. }) => wrong,
                _ => break,
            };
            if !is_wrong_passphrase(&wrong) {
                break;
            }
            *lock(&self.passphrase) = None;
            *lock(&self.real) = None;
            asked = Asked::Wrong;
        }
        self.asking.store(false, Ordering::Relaxed);
        self.home().await
    }
}

fn is_wrong_passphrase(wrong: &Wrong) -> bool {
    wrong.values.get("why").is_some_and(|why| *why == VaultError::WrongPassphrase.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use super::*;
    use crate::{keep, view::CertificateOrder};

    fn stage(folder: &std::path::Path) -> Stage {
        let settings =
            Settings { vault: VaultMode::Passphrase, cloud: "global".to_owned(), ..Settings::default() };
        Stage::new(folder.to_owned(), keep::Kept { settings, set_aside: None }, Ok(Arc::default()))
    }

    /// Gives these answers in turn, then none; returns how it was asked.
    async fn answering(stage: &Stage, answers: &[&str]) -> (Home, Vec<Asked>) {
        let left = Mutex::new(answers.iter().rev().map(|text| SecretString::from(*text)).collect::<Vec<_>>());
        let seen = Mutex::new(Vec::new());
        let ask = |asked: Asked| {
            seen.lock().unwrap().push(asked);
            std::future::ready(left.lock().unwrap().pop())
        };
        let home = stage.unlocked(ask).await.unwrap();
        (home, seen.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_passphrase_that_is_not_given_keeps_nothing_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let stage = stage(folder.path());
        let (home, asked) = answering(&stage, &[]).await;
        assert_eq!(asked, [Asked::New]);
        assert_eq!(home.vault, VaultMode::Memory);
        assert_eq!(home.vault_trouble.unwrap().code, "vault-locked");
        assert!(!folder.path().join("vault.db").exists());
    }

    #[tokio::test]
    async fn the_right_passphrase_opens_what_was_kept_and_a_wrong_one_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = stage(folder.path());
        let (home, asked) = answering(&first, &["correct horse"]).await;
        assert_eq!((asked.as_slice(), home.vault), (&[Asked::New][..], VaultMode::Passphrase));
        assert!(home.vault_trouble.is_none());
        first.start("targetconnect", false).await.unwrap();
        drop(first);
        let second = stage(folder.path());
        assert!(second.home().await.unwrap().connections.is_empty(), "nothing is shown before it is open");
        let (home, asked) = answering(&second, &["wrong horse", "correct horse"]).await;
        assert_eq!(asked, [Asked::Again, Asked::Wrong]);
        assert_eq!((home.vault, home.connections.len()), (VaultMode::Passphrase, 1));
        assert!(answering(&second, &["another"]).await.1.is_empty(), "an open vault asks nothing");
    }
    #[tokio::test]
    async fn another_cloud_loses_no_key_that_only_memory_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let stage = stage(folder.path());
        let order = CertificateOrder {
            name: "gate".to_owned(),
            purpose: "server".to_owned(),
            key: "p256".to_owned(),
            days: 30,
            subject: String::new(),
            other_names: vec!["gate.example".to_owned()],
        };
        let made = stage.make_certificate(order.clone()).await.unwrap();
        assert_eq!(made.fresh.as_deref(), Some(made.kept[0].id.as_str()));
        let settings = Settings { cloud: "china".to_owned(), ..lock(&stage.settings).clone() };
        let home = stage.set_settings(settings).await.unwrap();
        assert_eq!((home.kept, home.settings.cloud.as_str()), (1, "china"));
        assert_eq!(stage.real().unwrap().desk.place().name, "china");
        let again = stage.make_certificate(order).await.unwrap_err();
        assert_eq!(again.field.as_deref(), Some("name"));
    }
}
