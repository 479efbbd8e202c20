//! Starting a rehearsal tenant and keeping it until it is dropped.
//!
//! Starting binds two loopback ports (the tenant and its control address), makes keys and certificates, and
//! seeds the directory. Dropping ends every connection and removes the run's folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::announcement::{Announcement, Confidential, ControlAddress};
use crate::certificates::{self, CertificateError};
use crate::clock::Clock;
use crate::control::Control;
use crate::control_address;
use crate::exchange::{Reply, Request};
use crate::products::{self, Products};
use crate::rehearsal::{Ground, Rehearsal};
use crate::seeding::{self, SeedingError};
use crate::server::{self, Answers};
use crate::settings::Settings;
use crate::tokens::{KeyError, SigningKey};
use crate::traffic::Traffic;

/// Why a rehearsal tenant did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Asked to listen where others could reach it.
    #[error("a rehearsal tenant listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The port could not be taken.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No certificate could be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// No signing key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The pretend web server did not start.
    #[error(transparent)]
    Web(#[from] crate::web::StartError),
    /// The directory refused what it is seeded with.
    #[error(transparent)]
    Seeding(#[from] SeedingError),
}

/// A rehearsal tenant that is being served. Dropping it ends it.
pub struct Running {
    /// What a client needs to know.
    pub announcement: Announcement,
    control: Control,
    products: Option<Products>,
    ending: watch::Sender<bool>,
    /// Removed on drop.
    _folder: TempDir,
}

impl Running {
    /// Control from inside the process.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The pretend products, where the settings asked for them.
    pub fn products(&self) -> Option<&Products> {
        self.products.as_ref()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.ending.send(true);
    }
}

struct Tenant(Arc<Rehearsal>);

impl Answers for Tenant {
    async fn answer(&self, request: Request) -> Reply {
        self.0.answer(request).await
    }
}

struct Controls {
    control: Control,
    token: String,
}

impl Answers for Controls {
    async fn answer(&self, request: Request) -> Reply {
        control_address::answer(&self.control, &self.token, &request)
    }
}

/// Starts a rehearsal tenant inside the current tokio runtime.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    if !settings.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(settings.listen));
    }
    let listener = listen(settings.listen).await?;
    let control_listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let port = local(&listener, settings.listen)?.port();
    let control_port = local(&control_listener, settings.listen)?.port();
    let folder = own_folder("footbridge-rehearsal-")?;

    let clock = Clock::new(settings.now.clone());
    let origin = format!("{}://localhost:{port}", if settings.tls { "https" } else { "http" });
    let (tls, ca) = if settings.tls {
        let made = certificates::for_server(clock.below())?;
        let path = settings.ca_out.clone().unwrap_or_else(|| folder.path().join("ca.pem"));
        write(&path, made.authority_pem.as_bytes())?;
        (Some(made.tls), Some(path))
    } else {
        (None, None)
    };

    let client_certificate = certificates::for_client(clock.below())?;
    let certificate_path = folder.path().join("confidential-client.pem");
    write(&certificate_path, client_certificate.pem.as_bytes())?;
    let seeded = seeding::seed(&settings, &clock, &origin, Some(&client_certificate))?;
    let traffic = Traffic::to_file(settings.traffic_log.as_deref()).map_err(|source| StartError::File {
        path: settings.traffic_log.clone().unwrap_or_default(),
        source,
    })?;

    let products = match settings.products {
        true => Some(products::start(folder.path(), &clock).await?),
        false => None,
    };
    let control_token = uuid::Uuid::new_v4().simple().to_string();
    let announcement = Announcement {
        login: origin.clone(),
        graph: origin.clone(),
        tenant: seeded.tenant_id.clone(),
        domain: seeded.domain.clone(),
        client_id: seeded.own_client.clone(),
        confidential: Confidential {
            client_id: seeded.confidential_client.clone(),
            secret: seeded.confidential_secret.clone(),
            certificate: certificate_path,
        },
        accounts: seeded
            .people
            .iter()
            .filter(|person| person.password.is_none())
            .map(|person| person.account.clone())
            .collect(),
        communication_users: seeded.communication_users.clone(),
        ca,
        products: products.as_ref().map(|products| products.addresses().clone()),
        control: ControlAddress {
            url: format!("http://127.0.0.1:{control_port}"),
            token: control_token.clone(),
        },
    };
    let ground = Ground { clock, origin: origin.clone(), key: SigningKey::shared()? };
    let rehearsal = Arc::new(Rehearsal::new(&ground, settings, seeded, traffic));
    let control = Control { rehearsal: rehearsal.clone() };
    let (ending, ended) = watch::channel(false);
    tokio::spawn(server::serve(listener, tls, origin, Arc::new(Tenant(rehearsal)), ended.clone()));
    let controls = Arc::new(Controls { control: control.clone(), token: control_token });
    tokio::spawn(server::serve(control_listener, None, announcement.control.url.clone(), controls, ended));
    Ok(Running { announcement, control, products, ending, _folder: folder })
}

pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

pub(crate) fn local(listener: &TcpListener, address: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen { address, source })
}

/// A new folder for this user alone among the temporary files; it goes away when dropped.
pub(crate) fn own_folder(prefix: &str) -> Result<TempDir, StartError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|source| StartError::File { path: std::env::temp_dir(), source })
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), StartError> {
    let told = |source| StartError::File { path: path.to_owned(), source };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(told)?;
    std::io::Write::write_all(&mut file, bytes).map_err(told)
}
