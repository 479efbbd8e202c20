//! Who signs in, and with what. Secrets come in their own type, and a private key is opened before anything is sent.

use std::path::PathBuf;
use std::sync::Arc;

use russh::keys::{Error, PrivateKey, decode_secret_key, ssh_key};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::SftpError;
use super::host_key::Fingerprint;

/// An account on the server.
#[derive(Debug)]
pub struct Account {
    /// Its name.
    pub user: String,
    /// What proves it.
    pub sign_in: SignIn,
}

/// What proves the account.
#[derive(Debug)]
pub enum SignIn {
    /// A password; also given as the answer where the server asks for one by "keyboard-interactive".
    Password(SecretString),
    /// A private key.
    Key {
        /// The text of an OpenSSH key file, Ed25519 or ECDSA.
        private: SecretString,
        /// What opens it, where it is protected.
        passphrase: Option<SecretString>,
    },
    /// A key that an SSH agent holds; RSA, too.
    Agent {
        /// The agent's socket, on Windows its named pipe; `None` for `SSH_AUTH_SOCK`, on Windows for OpenSSH's own pipe.
        at: Option<PathBuf>,
        /// The one key to use; `None` tries the first five.
        only: Option<Fingerprint>,
    },
}

impl SignIn {
    /// Whether the text of a key file needs a passphrase to be opened.
    #[must_use]
    pub fn is_protected(private: &SecretString) -> bool {
        matches!(decode_secret_key(private.expose_secret(), None), Err(Error::KeyIsEncrypted))
    }
}

/// What is left to do with the server's help.
pub(super) enum Means<'a> {
    Password(&'a SecretString),
    Key(Arc<PrivateKey>),
    Agent { at: Option<&'a PathBuf>, only: Option<Fingerprint> },
}

impl Account {
    /// Checks the name and opens the private key.
    pub(super) fn means(&self) -> Result<Means<'_>, SftpError> {
        if self.user.is_empty() || self.user.len() > 256 || self.user.chars().any(char::is_control) {
            let user = self.user.chars().filter(|c| !c.is_control()).take(80).collect();
            return Err(SftpError::User { user });
        }
        match &self.sign_in {
            SignIn::Password(password) => Ok(Means::Password(password)),
            SignIn::Agent { at, only } => Ok(Means::Agent { at: at.as_ref(), only: *only }),
            SignIn::Key { private, passphrase } => open(private, passphrase.as_ref()),
        }
    }
}

fn open<'a>(private: &SecretString, passphrase: Option<&SecretString>) -> Result<Means<'a>, SftpError> {
    let passphrase = passphrase.map(|passphrase| passphrase.expose_secret());
    let key = decode_secret_key(private.expose_secret(), passphrase).map_err(|error| match error {
        Error::KeyIsEncrypted => SftpError::PassphraseNeeded,
        Error::UnsupportedKeyType { key_type_string, .. } if key_type_string == "RSA" => SftpError::KeyIsRsa,
        Error::SshKey(ssh_key::Error::Crypto) if passphrase.is_some() => SftpError::WrongPassphrase,
        _ => SftpError::KeyUnreadable,
    })?;
    match key.algorithm().is_rsa() {
        true => Err(SftpError::KeyIsRsa),
        false => Ok(Means::Key(Arc::new(key))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fault(private: &str, passphrase: Option<&str>) -> Option<SftpError> {
        let sign_in = SignIn::Key { private: private.into(), passphrase: passphrase.map(SecretString::from) };
        Account { user: "a".into(), sign_in }.means().err()
    }

    #[test]
    fn what_is_no_key_is_told_before_anything_is_sent() {
        for text in
            ["", "no key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
        {
            assert_eq!(fault(text, None), Some(SftpError::KeyUnreadable), "{text}");
        }
        assert_eq!(fault("-----BEGIN RSA PRIVATE KEY-----\n", None), Some(SftpError::KeyIsRsa));
    }

    #[test]
    fn an_account_has_a_name() {
        for user in ["", "a\nb", &"x".repeat(257)] {
            let account = Account { user: user.into(), sign_in: SignIn::Password("p".into()) };
            assert!(matches!(account.means(), Err(SftpError::User { .. })), "{user:?}");
        }
    }

    #[test]
    fn an_account_prints_without_its_secrets() {
        let sign_in = SignIn::Key { private: "hush-1".into(), passphrase: Some("hush-2".into()) };
        let account = Account { user: "ada".into(), sign_in };
        let password = Account { user: "ada".into(), sign_in: SignIn::Password("hush-3".into()) };
        let printed = format!("{account:?} {password:?}");
        assert!(printed.contains("ada") && !printed.contains("hush"), "{printed}");
    }
}
