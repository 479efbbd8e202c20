//! What one rehearsal tenant is told before it starts.
//!
//! Plain values only: nothing here reads the environment or a file, so a test and the command line start
//! exactly the same tenant from the same values.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::faults::Faults;

/// Where the tenant's time starts from; the control address can push it further, never back.
pub type Now = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// Everything that can be chosen about a rehearsal tenant.
#[derive(Clone)]
pub struct Settings {
    /// Address and port; port 0 takes a free one. Must be a loopback address.
    pub listen: SocketAddr,
    /// Speak TLS (HTTP/1.1 and HTTP/2) with a certificate authority of its own making.
    pub tls: bool,
    /// Where to write that authority's certificate (PEM). Without it, it goes into the run's folder.
    pub ca_out: Option<PathBuf>,
    /// The seed of everything that looks random. The same seed and the same requests give the same answers.
    pub seed: u64,
    /// Name and initial domain of the organisation [default: Contoso Hochschule].
    pub organisation: Option<(String, String)>,
    /// Somebody of another tenant who administers this one.
    pub partner: Option<Partner>,
    /// How many people the directory holds.
    pub users: usize,
    /// How many service principals of other products the directory holds.
    pub service_principals: usize,
    /// How long a change needs until every replica shows it.
    pub replication_delay: Duration,
    /// Inside that time each read asks a replica of its own, so that new objects come and go. Otherwise they
    /// are late.
    pub flapping: bool,
    /// How long a Teams application access policy needs until Graph heeds it.
    pub teams_delay: Duration,
    /// At most this many rows a page, whatever is asked for.
    pub page_size: Option<usize>,
    /// The tenant's app management policy.
    pub credential_policy: Option<CredentialPolicy>,
    /// Real time added to each answer.
    pub latency: Duration,
    /// What goes wrong, and when.
    pub faults: Faults,
    /// A file that gets one JSON line for each Graph exchange. It is appended to and never holds a secret.
    pub traffic_log: Option<PathBuf>,
    /// Answer 429 now and then.
    pub throttle: Option<Throttle>,
    /// The tenant blocks the device code flow for everybody (Conditional Access, AADSTS53003).
    pub block_device_code: bool,
    /// When sign-in is blocked while a device code is waiting, leave the poller at `authorization_pending`
    /// until the code expires, instead of answering 53003.
    pub silent_block: bool,
    /// Answer `slow_down` to a client that polls faster than the interval. Microsoft is not known to.
    pub slow_down: bool,
    /// Seconds between two polls of a device code.
    pub poll_interval: Duration,
    /// Life of a device code.
    pub device_code_lifetime: Duration,
    /// Life of an access token.
    pub token_lifetime: Duration,
    /// Approve every device code at once as this account (user principal name or its part before the `@`).
    pub approve_as: Option<String>,
    /// Serve pretend products, too: an Axigen command line and a web server.
    pub products: bool,
    /// The clock below the tenant's own.
    pub now: Now,
}

/// What the tenant's app management policy forbids (tenantAppManagementPolicy of the Graph documentation).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CredentialPolicy {
    /// No new client secrets at all.
    pub no_secrets: bool,
    /// The longest life of a new secret, in days.
    pub secret_days: Option<u32>,
    /// The longest life of a new certificate, in days.
    pub certificate_days: Option<u32>,
    /// No self-signed certificates.
    pub no_self_signed: bool,
}

/// An administrator who comes from another tenant by granular delegated administration (Partner Center, "Introduction to
/// granular delegated admin privileges").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// The tenant that the account belongs to.
    pub tenant_id: String,
    /// The account's user principal name there.
    pub upn: String,
    /// Its display name.
    pub name: String,
}

/// Every n-th Graph request is answered 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Which requests: 5 is every fifth. 0 is none.
    pub every: u64,
    /// The `Retry-After` to send, in seconds.
    pub retry_after: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: false,
            ca_out: None,
            seed: 1,
            organisation: None,
            partner: None,
            users: 200,
            service_principals: 40,
            replication_delay: Duration::ZERO,
            flapping: true,
            teams_delay: Duration::from_secs(30 * 60),
            page_size: None,
            credential_policy: None,
            latency: Duration::ZERO,
            faults: Faults::default(),
            traffic_log: None,
            throttle: None,
            block_device_code: false,
            silent_block: false,
            slow_down: false,
            poll_interval: Duration::from_secs(5),
            device_code_lifetime: Duration::from_secs(900),
            token_lifetime: Duration::from_secs(3599),
            approve_as: None,
            products: false,
            now: Arc::new(OffsetDateTime::now_utc),
        }
    }
}
