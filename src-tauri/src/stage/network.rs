//! The way to Microsoft: proxy, a company's authority, and the connection test. A proxy's password is typed into the system's
//! own field, lent for this start and for this one proxy, and forgotten when proxy or user change.

use std::path::PathBuf;
use std::sync::Arc;

use engine::Feature;
use engine::cloud::{Network, NetworkError, Proxy, ProxyAddress, SystemClock, Way};
use tauri::AppHandle;

use super::{Given, Stage, chosen_place, lock};
use crate::{
    confirm,
    prompt::{self, Asked},
    told::speech,
    view::{Home, NetworkSettings, NetworkTest, ProxyChoice, ProxyMode, Settings, TestedHost},
};

impl Stage {
    /// The way that the settings name, with the password that was lent for it.
    pub(super) fn network(&self, settings: &Settings) -> Given<Network> {
        let chosen = &settings.network;
        let proxy = proxy(chosen.proxy, chosen.address.as_deref(), chosen.user.as_deref())
            .map_err(|why| self.plain_trouble("proxy", &why.to_string(), "proxy"))?;
        let password = lock(&self.proxy_password).clone();
        Ok(Network { proxy, ca_file: chosen.ca_file.as_ref().map(PathBuf::from), password })
    }

    /// Sets the proxy. A password that was lent for another one is forgotten first.
    pub async fn set_proxy(&self, choice: ProxyChoice) -> Given<Home> {
        let filled =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (address, user) = (filled(choice.address), filled(choice.user));
        proxy(choice.proxy, address.as_deref(), user.as_deref())
            .map_err(|why| self.plain_trouble("proxy", &why.to_string(), "proxy"))?;
        self.change_network(|network| {
            (network.proxy, network.address, network.user) = (choice.proxy, address, user);
        })
        .await
    }

    /// Asks for the file of an authority and trusts it beside the system's own, when it can be read.
    pub async fn pick_ca_file(&self, app: &AppHandle) -> Given<Home> {
        self.permits(Feature::ProxySettings)?;
        let title = self.say("Choose the authority's certificate", "Zertifikat der Stelle auswählen");
        let kinds = &["pem", "crt", "cer"];
        match confirm::file(app, title, "PEM", kinds).await {
            Some(path) => self.trust_file(Some(path.display().to_string())).await,
            None => self.home().await,
        }
    }

    /// Trusts the system's own authorities only.
    pub async fn forget_ca_file(&self) -> Given<Home> {
        self.trust_file(None).await
    }

    async fn trust_file(&self, file: Option<String>) -> Given<Home> {
        self.change_network(|network| network.ca_file = file).await
    }

    /// Asks natively for the password of the proxy's user; it never comes to the page.
    pub async fn lend_proxy_password(&self, app: &AppHandle) -> Given<Home> {
        let settings = lock(&self.settings).clone();
        if let Proxy::Address(address) = self.network(&settings)?.proxy
            && let Some(user) = address.user()
        {
            let asked = Asked::Proxy { account: format!("{user} ({address})") };
            if let Some(password) = prompt::passphrase(app, speech(self.language()), asked).await {
                // Whoever changed the proxy meanwhile does not get it.
                if lock(&self.settings).network == settings.network {
                    *lock(&self.proxy_password) = Some(Arc::new(password));
                    self.move_real(&settings)?;
                }
            }
        }
        self.home().await
    }

    /// Asks both hosts of the cloud, without a token.
    pub async fn test_network(&self) -> Given<NetworkTest> {
        let settings = lock(&self.settings).clone();
        let place = chosen_place(&settings)
            .map_err(|why| self.plain_trouble("cloud-file", &why.to_string(), "cloud"))?;
        let network = self.network(&settings)?;
        let policy = self.policy()?;
        let tested = engine::try_network(place, network, Arc::new(SystemClock), &policy).await;
        let view = tested.map_err(|wrong| self.trouble(&wrong))?;
        let hosts = view.hosts.into_iter().map(|host| {
            let (proxy, by_system) = match host.way {
                Way::Proxy { address, by_system } => (Some(address), by_system),
                Way::Direct | Way::Loopback => (None, false),
            };
            TestedHost {
                host: host.host,
                proxy,
                by_system,
                is_public: host.issuer.as_ref().is_some_and(|issuer| issuer.is_public),
                issuer: host.issuer.map(|issuer| issuer.name),
                trouble: host.outcome.err().map(|wrong| self.trouble(&wrong)),
            }
        });
        Ok(NetworkTest { hosts: hosts.collect(), inspector: view.inspector, script: view.script })
    }

    /// Changes the network for the next request; what cannot be used is kept nowhere.
    async fn change_network(&self, change: impl FnOnce(&mut NetworkSettings)) -> Given<Home> {
        self.permits(Feature::ProxySettings)?;
        let before = lock(&self.settings).clone();
        let mut after = before.clone();
        change(&mut after.network);
        let target = |settings: &Settings| (settings.network.address.clone(), settings.network.user.clone());
        if target(&before) != target(&after) {
            *lock(&self.proxy_password) = None;
        }
        self.move_real(&after)?;
        self.keep_settings(|kept| kept.network.clone_from(&after.network))
            .map_err(|why| self.file_trouble(&why))?;
        self.home().await
    }
}

fn proxy(mode: ProxyMode, address: Option<&str>, user: Option<&str>) -> Result<Proxy, NetworkError> {
    Ok(match mode {
        ProxyMode::System => Proxy::System,
        ProxyMode::None => Proxy::None,
        ProxyMode::Address => {
            let address = ProxyAddress::read(address.unwrap_or_default())?;
            Proxy::Address(match user {
                Some(user) => address.with_user(user)?,
                None => address,
            })
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use engine::secrecy::SecretString;

    use super::*;
    use crate::{keep, view::VaultMode};

    fn stage(folder: &Path) -> Stage {
        let kept = keep::read(folder);
        let settings = Settings { vault: VaultMode::Memory, ..kept.settings };
        Stage::new(folder.to_owned(), keep::Kept { settings, set_aside: None }, Ok(Arc::default()))
    }

    fn choice(address: &str, user: Option<&str>) -> ProxyChoice {
        ProxyChoice {
            proxy: ProxyMode::Address,
            address: Some(address.to_owned()),
            user: user.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn the_proxy_is_kept_and_its_password_is_lent_for_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let stage_of = stage(folder.path());
        stage_of.set_proxy(choice("http://proxy.example.com:8080", Some("ada"))).await.unwrap();
        *lock(&stage_of.proxy_password) = Some(Arc::new(SecretString::from("cAn4ry~proxy-password")));
        assert!(stage_of.home().await.unwrap().proxy_password);
        // Any other setting leaves the password; another proxy or user does not get it.
        let settings = Settings { client_id: Some("x".to_owned()), ..lock(&stage_of.settings).clone() };
        assert!(stage_of.set_settings(settings).await.unwrap().proxy_password);
        let written = std::fs::read_to_string(folder.path().join("settings.json")).unwrap();
        assert!(written.contains("proxy.example.com") && !written.contains("cAn4ry"), "{written}");
        let home = stage_of.set_proxy(choice("http://other.example.com:8080", Some("ada"))).await.unwrap();
        assert!(!home.proxy_password);
        let again = stage(folder.path()).home().await.unwrap();
        assert_eq!(again.settings.network.address.as_deref(), Some("http://other.example.com:8080"));
        assert!(!again.proxy_password);
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_refused_and_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let stage = stage(folder.path());
        for address in ["", "https://proxy.example.com:8080", "ada:hunter2@proxy.example.com:8080"] {
            let refused = stage.set_proxy(choice(address, None)).await.unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("proxy"));
            assert!(!refused.what.contains("hunter2"));
        }
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "no certificate").unwrap();
        stage.home().await.unwrap();
        assert!(stage.trust_file(Some(file.display().to_string())).await.is_err());
        assert_eq!(stage.home().await.unwrap().settings.network, NetworkSettings::default());
    }

    #[tokio::test]
    async fn the_page_cannot_name_an_authority_by_the_other_settings() {
        let folder = tempfile::tempdir().unwrap();
        let stage = stage(folder.path());
        let mut settings = lock(&stage.settings).clone();
        settings.network.ca_file = Some("/tmp/anybody.pem".to_owned());
        let home = stage.set_settings(settings).await.unwrap();
        assert_eq!(home.settings.network, NetworkSettings::default());
    }
}
