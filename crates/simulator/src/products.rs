//! The pretend products beside a rehearsal tenant: an Axigen server's command line, a web server behind every public
//! address, and the public certificate of a product that keeps its own key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::certificates;
use crate::clock::Clock;
use crate::running::{StartError, write};
use crate::settings::Now;
use crate::{axigen, web};

/// The pretend products that are being served. Dropping them ends them.
pub struct Products {
    /// Axigen's command line.
    pub axigen: axigen::Running,
    /// The web server behind every public address.
    pub web: web::Running,
    told: ProductAddresses,
}

/// Where the pretend products are.
#[derive(Clone, Debug, Serialize)]
pub struct ProductAddresses {
    /// Axigen's command line over TLS, for any host name.
    pub axigen_tls: SocketAddr,
    /// The same in plain text.
    pub axigen_plain: SocketAddr,
    /// The password of Axigen's `admin`. Worth nothing outside this run.
    pub axigen_password: String,
    /// The authority behind Axigen's TLS (PEM).
    pub axigen_ca: PathBuf,
    /// The web server, which answers over TLS for any host name.
    pub web: SocketAddr,
    /// The authority behind the web server (PEM).
    pub web_ca: PathBuf,
    /// The public certificate of a product (PEM).
    pub certificate: PathBuf,
}

impl Products {
    /// Where they are.
    #[must_use]
    pub fn addresses(&self) -> &ProductAddresses {
        &self.told
    }
}

/// Starts them; what they write goes into the run's folder.
pub(crate) async fn start(folder: &Path, clock: &Clock) -> Result<Products, StartError> {
    // Its certificate is judged by the real time of whoever connects.
    let mut settings = axigen::Settings { any_host: true, ..axigen::Settings::default() };
    let domains = &mut settings.configuration.domains;
    if let Some(domain) = domains.get("example.com").cloned() {
        domains.insert("example.org".to_owned(), domain);
    }
    let axigen = axigen::start(settings).await?;
    let tenant = clock.clone();
    let now: Now = Arc::new(move || tenant.now());
    let web = web::start(web::Settings { now, ..web::Settings::default() }).await?;
    let web_ca = folder.join("web-ca.pem");
    write(&web_ca, web.root_pem().as_bytes())?;
    let certificate = folder.join("product-certificate.pem");
    write(&certificate, certificates::of_product(clock.now())?.as_bytes())?;
    let told = ProductAddresses {
        axigen_tls: axigen.tls(),
        axigen_plain: axigen.plain(),
        axigen_password: axigen.password().to_owned(),
        axigen_ca: axigen.ca().to_owned(),
        web: web.address(),
        web_ca,
        certificate,
    };
    Ok(Products { axigen, web, told })
}
