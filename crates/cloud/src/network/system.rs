//! What environment and system say about proxies: the same reading that the HTTP client uses, so that what is told is
//! what is done.

use hyper_util::client::proxy::matcher::Matcher;
use tokio::sync::OnceCell;
use url::Url;

use super::pac;

/// The system's proxies, read when a client is made; the script's address is asked for when it is needed.
pub(crate) struct Surroundings {
    matcher: Matcher,
    pac: OnceCell<Option<String>>,
}

impl Surroundings {
    pub(crate) fn read() -> Self {
        Self { matcher: Matcher::from_system(), pac: OnceCell::new() }
    }

    /// Host and port of the proxy for an address. A user or password that stands with it is not repeated.
    pub(crate) fn proxy_for(&self, address: &Url) -> Option<String> {
        let told = self.matcher.intercept(&address.as_str().parse().ok()?)?;
        let uri = told.uri();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        Some(format!("{}:{port}", uri.host()?))
    }

    /// The script that chooses a proxy (PAC), where the system is set to one.
    pub(crate) async fn pac(&self) -> Option<String> {
        self.pac.get_or_init(pac::of_the_system).await.clone()
    }
}
