//! A pretend tenant that programs call over TLS, with everything that passes counted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use simulator::{Exchange, Kind, Running, Settings};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::bytes::Relay;

/// Who signs in: an administrator who may do everything that is measured.
const ACCOUNT: &str = "a.weber";

/// A tenant and the relay in front of it.
pub struct Scene {
    tenant: Running,
    relay: Relay,
    folder: TempDir,
    /// Ends last: what it drives is above.
    _runtime: Runtime,
}

/// What passed since a moment.
pub struct Passed {
    /// Every exchange.
    pub exchanges: Vec<Exchange>,
    /// Bytes on the wire, both ways, with TLS and headers.
    pub bytes: u64,
}

/// A moment to count from.
#[derive(Clone, Copy)]
pub struct Moment {
    exchanges: usize,
    bytes: u64,
}

impl Scene {
    /// Starts a tenant of these settings. Whoever asks for a device code is approved at once, so that nobody waits for it.
    pub fn open(settings: Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (tenant, relay) = runtime.block_on(async {
            let mut relay = Relay::open().await;
            let settings = Settings {
                listen: relay.behind(),
                tls: true,
                ca_out: Some(folder.path().join("ca.pem")),
                approve_as: Some(ACCOUNT.to_owned()),
                poll_interval: Duration::from_secs(1),
                ..settings
            };
            let tenant = simulator::start(settings).await.unwrap();
            relay.begin();
            (tenant, relay)
        });
        let scene = Self { tenant, relay, folder, _runtime: runtime };
        let told = &scene.tenant.announcement;
        let (login, graph, client) = (&told.login, &told.graph, &told.client_id);
        let cloud = format!(
            "login = \"{login}\"\ngraph = \"{graph}\"\nportal = \"{login}\"\nca_file = \"{}\"\nclient_id = \"{client}\"\n",
            scene.authority().display()
        );
        std::fs::write(scene.cloud_file(), cloud).unwrap();
        scene
    }

    /// What the tenant announced.
    pub fn told(&self) -> &simulator::Announcement {
        &self.tenant.announcement
    }

    /// Control of the tenant.
    pub fn control(&self) -> simulator::Control {
        self.tenant.control()
    }

    /// The certificate of the authority to be trusted.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The cloud file for Footbridge.
    pub fn cloud_file(&self) -> PathBuf {
        self.folder.path().join("cloud.toml")
    }

    /// A folder for what belongs to this tenant.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The port that programs call.
    pub fn port(&self) -> u16 {
        self.relay.behind().port()
    }

    /// Now, to count from.
    pub fn moment(&self) -> Moment {
        Moment { exchanges: self.control().traffic().len(), bytes: self.relay.passed() }
    }

    /// What passed since then.
    pub fn since(&self, then: Moment) -> Passed {
        Passed {
            exchanges: self.control().traffic().split_off(then.exchanges),
            bytes: self.relay.passed() - then.bytes,
        }
    }
}

impl Passed {
    /// Requests to Graph, a batch as one, and tokens for the application that was made. Signing in is not among them.
    pub fn requests(&self) -> usize {
        self.exchanges.iter().filter(|exchange| is_work(exchange)).count()
    }

    /// Those that change something; a batch does where one of its requests does.
    pub fn writes(&self) -> usize {
        self.exchanges.iter().filter(|exchange| exchange.kind == Kind::Graph && changes(exchange)).count()
    }

    /// How many exchanges waited for one another: those that were under way at the same time count once.
    pub fn one_after_another(&self, round_trip: Duration) -> u32 {
        let (mut count, mut last) = (0, None);
        for exchange in &self.exchanges {
            let began = exchange.at - round_trip;
            if last.is_none_or(|last| began >= last) {
                count += 1;
                last = Some(exchange.at);
            }
        }
        count
    }
}

fn is_work(exchange: &Exchange) -> bool {
    exchange.kind == Kind::Graph || exchange.grant_type.as_deref() == Some("client_credentials")
}

fn changes(exchange: &Exchange) -> bool {
    if !exchange.url.contains("/$batch") {
        return exchange.method != "GET";
    }
    let body = exchange.line.as_ref().map_or(&Value::Null, |line| &line["request_body"]["requests"]);
    // A batch that cannot be read is counted, so that none is overlooked.
    body.as_array().is_none_or(|requests| requests.iter().any(|request| request["method"] != "GET"))
}
