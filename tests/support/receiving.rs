//! The product's side of a push: the receiver of `footbridge receive`, listening on this computer over its own TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use receiver::{
    Identity, Intake, Limits, Memory, Notice, Owner, Server, Terms, Tls, Wanted, Wish, make_offer,
};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

/// The product's server, listening on this computer.
pub struct ReceivingProduct {
    folder: TempDir,
    /// What it offered.
    pub offer: bundle::Offer,
    notices: mpsc::Receiver<Notice>,
    intake: Arc<Intake>,
    end: Option<oneshot::Sender<()>>,
}

impl ReceivingProduct {
    /// Makes an offer and listens at the address in it.
    pub async fn listens(product: &str, rehearsals: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = OffsetDateTime::now_utc();
        let memory = Memory::open(&folder.path().join("state"), now).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let wish = Wish {
            product: product.to_owned(),
            install_id: Some("north-wing".to_owned()),
            endpoint: Some(format!("https://{free}/footbridge/v1/bundles")),
            tls: Tls::OwnMade,
            accepts: vec![bundle::Accepts::Certificate, bundle::Accepts::Secret],
            own_certificate: false,
            lifetime: time::Duration::hours(1),
        };
        let offer = make_offer(&memory, &wish, now).unwrap().offer;
        let identity = Identity::own(&memory.own_certificate().unwrap().unwrap()).unwrap();
        let terms = Terms {
            wanted: vec![Wanted {
                template: receiver::Template::Json,
                to: folder.path().join("product.json"),
            }],
            owner: Owner::default(),
            mode: 0o600,
            passphrase: None,
            rehearsals,
            yes_from: Vec::new(),
            asks: true,
        };
        let (tell, notices) = mpsc::channel(16);
        let intake = Arc::new(Intake::new(memory, terms, Arc::new(OffsetDateTime::now_utc), tell).unwrap());
        let address: SocketAddr = free;
        let server = Server::bind(address, &identity, intake.clone(), Limits::default()).await.unwrap();
        let (end, ended) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            let _ = ended.await;
        }));
        Self { folder, offer, notices, intake, end: Some(end) }
    }

    /// What the product reads.
    pub fn file(&self) -> Option<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("product.json")).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }
}

impl ReceivingProduct {
    /// Says yes to the next who asks, and gives back for which tenant.
    pub async fn approves(&mut self) -> String {
        let Some(Notice::Asked(asked)) = self.notices.recv().await else { panic!("nobody was asked") };
        assert!(self.intake.answer(&asked.overview.jti, true).unwrap());
        asked.overview.tenant.domain
    }
}

impl Drop for ReceivingProduct {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
    }
}
