//! The way to Microsoft out of the options. A proxy's password comes from a file or is asked for without echo; it is lent for
//! this command and kept nowhere.

use std::sync::Arc;

use engine::cloud::{Network, Proxy, ProxyAddress};
use engine::secrecy::SecretString;

use crate::arguments::Room;
use crate::failure::{Failure, Usage};
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

/// The network that the options name.
pub fn network(room: &Room, voice: &Voice) -> Result<Network, Failure> {
    let proxy = proxy(room)?;
    let password = match &proxy {
        Proxy::Address(address) => password(room, address, voice)?,
        Proxy::System | Proxy::None if room.proxy_password_file.is_some() => {
            return Err(Usage::ProxyUser.into());
        }
        Proxy::System | Proxy::None => None,
    };
    Ok(Network { proxy, ca_file: room.ca_file.clone(), password: password.map(Arc::new) })
}

fn proxy(room: &Room) -> Result<Proxy, Failure> {
    let proxy = match room.proxy.as_str() {
        "system" => Proxy::System,
        "none" => Proxy::None,
        address => Proxy::Address(ProxyAddress::read(address).map_err(Usage::Proxy)?),
    };
    match (proxy, &room.proxy_user) {
        (proxy, None) => Ok(proxy),
        (Proxy::Address(address), Some(user)) => {
            Ok(Proxy::Address(address.with_user(user).map_err(Usage::Proxy)?))
        }
        (Proxy::System | Proxy::None, Some(_)) => Err(Usage::ProxyUser.into()),
    }
}

fn password(room: &Room, address: &ProxyAddress, voice: &Voice) -> Result<Option<SecretString>, Failure> {
    match (address.user(), &room.proxy_password_file) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Usage::ProxyUser.into()),
        (Some(_), Some(path)) => private_file::read_secret(path).map(Some),
        (Some(user), None) => {
            let question = format!("{} {user} ({address}): ", voice.word(Word::PasswordOf));
            private_file::ask_secret(&question, Usage::NoProxyPassword).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser as _;
    use engine::cloud::NetworkError;
    use engine::guide::Language;

    use super::*;
    use crate::arguments::Arguments;

    fn given(words: &str) -> Result<Network, Failure> {
        let line = format!("footbridge network {words}");
        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
        network(&arguments.room, &Voice::new(true, Language::English))
    }

    #[test]
    fn the_options_name_a_proxy_or_none() {
        assert_eq!(given("").unwrap().proxy, Proxy::System);
        assert_eq!(given("--proxy none").unwrap().proxy, Proxy::None);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p");
        std::fs::write(&file, "word\n").unwrap();
        let words =
            format!("--proxy p.example:8080 --proxy-user ada --proxy-password-file {}", file.display());
        let network = given(&words).unwrap();
        let Proxy::Address(address) = &network.proxy else { panic!("{network:?}") };
        assert_eq!((address.to_string().as_str(), address.user()), ("p.example:8080", Some("ada")));
        assert!(network.password.is_some());
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for words in [
            "--proxy-user ada",
            "--proxy none --proxy-user ada",
            "--proxy-password-file f",
            "--proxy p.example:8080 --proxy-password-file f",
        ] {
            assert!(matches!(given(words), Err(Failure::Usage(Usage::ProxyUser))), "{words}");
        }
        for (words, error) in [
            ("--proxy https://p.example", NetworkError::Scheme),
            ("--proxy ada:hunter2@p.example:8080", NetworkError::PasswordInAddress),
        ] {
            let Err(failure @ Failure::Usage(Usage::Proxy(told))) = given(words) else { panic!("{words}") };
            assert_eq!(told, error);
            assert!(!failure.to_string().contains("hunter2"));
        }
    }
}
