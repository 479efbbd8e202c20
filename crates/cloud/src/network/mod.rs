//! The way to Microsoft: directly or by a proxy, and whose certificates count beside the system's.
//!
//! A proxy's password is lent for as long as the program runs. It is written nowhere, stands in no address, and leaves
//! in one header to the proxy alone. Nothing here can switch a check off.

mod pac;
mod system;
mod trial;

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use zeroize::Zeroizing;

use crate::wire::WireError;

pub(crate) use system::Surroundings;
pub use trial::{AskedHost, HostRole, NetworkTrial, Reached};

/// How Microsoft's hosts are reached. Loopback is always reached directly.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The proxy.
    pub proxy: Proxy,
    /// A PEM file with the certificates of further authorities, such as a company's own.
    pub ca_file: Option<PathBuf>,
    /// The password of the proxy's user, lent for this session.
    pub password: Option<Arc<SecretString>>,
}

/// Which proxy is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What environment and system say. A script that chooses the proxy (PAC) is not read.
    #[default]
    System,
    /// None, whatever the system says.
    None,
    /// This one.
    Address(ProxyAddress),
}

/// The address of a proxy, and who signs in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    address: Url,
    user: Option<String>,
}

/// Why an address of a proxy is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// It cannot be read, or holds more than host and port.
    #[error("the proxy's address has the form http://HOST:PORT")]
    Address,
    /// Another scheme.
    #[error(
        "a proxy is reached by http://HOST:PORT; what goes through it is encrypted all the way to Microsoft"
    )]
    Scheme,
    /// A password stands in it.
    #[error("a password does not belong into the proxy's address; it is asked for, or read from a file")]
    PasswordInAddress,
    /// A user's name that no proxy can read.
    #[error("the name of the proxy's user is empty, or holds a colon or a control character")]
    User,
}

impl ProxyAddress {
    /// Reads `http://host:port`, `host:port`, or either with `user@` before the host.
    ///
    /// # Errors
    /// [`NetworkError`]; it never repeats the text.
    pub fn read(text: &str) -> Result<Self, NetworkError> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let mut address = Url::parse(&whole).map_err(|_| NetworkError::Address)?;
        if address.scheme() != "http" {
            return Err(NetworkError::Scheme);
        }
        if address.password().is_some() {
            return Err(NetworkError::PasswordInAddress);
        }
        let bare = address.path() == "/" && address.query().is_none() && address.fragment().is_none();
        if !bare || address.host_str().is_none_or(str::is_empty) {
            return Err(NetworkError::Address);
        }
        let user = percent_encoding::percent_decode_str(address.username()).decode_utf8_lossy().into_owned();
        address.set_username("").map_err(|()| NetworkError::Address)?;
        let read = Self { address, user: None };
        if user.is_empty() { Ok(read) } else { read.with_user(&user) }
    }

    /// The same, with somebody who signs in.
    ///
    /// # Errors
    /// [`NetworkError::User`].
    pub fn with_user(mut self, user: &str) -> Result<Self, NetworkError> {
        let user = user.trim();
        if user.is_empty() || user.len() > 256 || user.chars().any(|sign| sign == ':' || sign.is_control()) {
            return Err(NetworkError::User);
        }
        self.user = Some(user.to_owned());
        Ok(self)
    }

    /// Who signs in, where somebody does.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// `http://host:port`, without the user.
    pub fn address(&self) -> String {
        format!("http://{self}")
    }
}

impl std::fmt::Display for ProxyAddress {
    /// Host and port.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.address.host_str().unwrap_or_default();
        write!(out, "{host}:{}", self.address.port_or_known_default().unwrap_or(80))
    }
}

/// The way that one request takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To this computer itself.
    Loopback,
    /// Without a proxy.
    Direct,
    /// By a proxy.
    Proxy {
        /// Its host and port.
        address: String,
        /// Whether environment or system named it, and not the settings.
        by_system: bool,
    },
}

impl Way {
    /// The proxy's host and port, where there is one.
    pub fn proxy(&self) -> Option<&str> {
        match self {
            Self::Proxy { address, .. } => Some(address),
            Self::Loopback | Self::Direct => None,
        }
    }
}

impl Network {
    /// Sets the proxy of a client.
    pub(crate) fn equip(&self, builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, WireError> {
        let set = match &self.proxy {
            Proxy::System => return Ok(builder),
            Proxy::None => return Ok(builder.no_proxy()),
            Proxy::Address(set) => set,
        };
        let mut proxy =
            reqwest::Proxy::all(set.address.as_str()).map_err(|_| setup("the proxy's address is not one"))?;
        if let (Some(user), Some(password)) = (set.user(), &self.password) {
            proxy = proxy.custom_http_auth(basic(user, password)?);
        }
        // Naming one proxy leaves the system's own out.
        Ok(builder.proxy(proxy))
    }

    /// The way to an address that is not on this computer.
    pub(crate) fn way(&self, surroundings: &Surroundings, address: &Url) -> Way {
        match &self.proxy {
            Proxy::None => Way::Direct,
            Proxy::Address(set) => Way::Proxy { address: set.to_string(), by_system: false },
            Proxy::System => match surroundings.proxy_for(address) {
                Some(address) => Way::Proxy { address, by_system: true },
                None => Way::Direct,
            },
        }
    }
}

fn setup(reason: &str) -> WireError {
    WireError::Setup { reason: reason.to_owned() }
}

/// RFC 7617.
fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, WireError> {
    let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
    let text = Zeroizing::new(format!("Basic {}", Zeroizing::new(STANDARD.encode(pair.as_bytes())).as_str()));
    let mut value =
        HeaderValue::from_str(&text).map_err(|_| setup("the proxy's password is not fit for a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_host_and_port() {
        for (text, told, user) in [
            ("http://proxy.example.com:8080", "proxy.example.com:8080", None),
            ("proxy.example.com:3128", "proxy.example.com:3128", None),
            (" http://ada@proxy.example.com:3128/ ", "proxy.example.com:3128", Some("ada")),
            ("EXAMPLE%5Cada@10.0.0.1:3128", "10.0.0.1:3128", Some("EXAMPLE\\ada")),
            ("http://proxy.example.com", "proxy.example.com:80", None),
            ("[::1]:3128", "[::1]:3128", None),
        ] {
            let read = ProxyAddress::read(text).unwrap();
            assert_eq!((read.to_string().as_str(), read.user()), (told, user), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_without_repeating_it() {
        for (text, error) in [
            ("", NetworkError::Address),
            ("https://proxy.example.com:8080", NetworkError::Scheme),
            ("socks5://proxy.example.com:1080", NetworkError::Scheme),
            ("http://ada:hunter2@proxy.example.com:8080", NetworkError::PasswordInAddress),
            ("ada:hunter2@proxy.example.com:8080", NetworkError::PasswordInAddress),
            ("http://proxy.example.com:8080/path", NetworkError::Address),
            ("http://proxy.example.com:8080/?x", NetworkError::Address),
            ("http://a%3Ab@proxy.example.com:8080", NetworkError::User),
        ] {
            assert_eq!(ProxyAddress::read(text), Err(error), "{text}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_lent_password_is_in_no_debug_text() {
        let address = ProxyAddress::read("ada@proxy.example.com:8080").unwrap();
        let network = Network {
            proxy: Proxy::Address(address),
            ca_file: None,
            password: Some(Arc::new(SecretString::from("cAn4ry~proxy"))),
        };
        assert!(!format!("{network:?}").contains("cAn4ry"));
        let client = network.equip(reqwest::Client::builder()).unwrap().tls_certs_only([]).build().unwrap();
        let told = format!("{client:?}");
        assert!(!told.contains("cAn4ry") && !told.contains(&STANDARD.encode("ada:cAn4ry~proxy")), "{told}");
    }
}
