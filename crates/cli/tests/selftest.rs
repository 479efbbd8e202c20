//! `footbridge bundle selftest` against two products on loopback with TLS: one that checks everything, and one that opens
//! a bundle and looks no further.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::bundle::{
    Accepts, Acknowledgement, BundleError, Offer, OwnKey, SeenInMemory, Step, new_jti, open,
};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use time::{Duration, OffsetDateTime};

/// A product's end point. It serves until the test's process ends.
struct Product {
    address: String,
    offer: Offer,
}

/// What it remembers and how well it looks.
struct Desk {
    own: OwnKey,
    seen: SeenInMemory,
    receipts: BTreeMap<String, String>,
    sloppy: bool,
}

impl Product {
    fn start(sloppy: bool) -> Product {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let pin = digest(&SHA256, &rcgen::PublicKeyData::subject_public_key_info(&certified.signing_key));
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let tls =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certified.cert.der().clone()], key.into())
                .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://127.0.0.1:{}/bundles", listener.local_addr().unwrap().port());
        let own = OwnKey::generate().unwrap();
        let offer = Offer {
            product: "sample-product".into(),
            install_id: "one".into(),
            endpoint: Some(address.clone()),
            key: own.recipient().clone(),
            nonce: new_jti().unwrap(),
            expires_at: OffsetDateTime::now_utc() + Duration::hours(1),
            accepts: vec![Accepts::Secret],
            cert_request: None,
            ssh_hostkey_s256: None,
            tls_spki_s256: Some(URL_SAFE_NO_PAD.encode(pin)),
        };
        let seen = SeenInMemory::with_offer(offer.nonce.as_str()).and_rehearsals();
        let mut desk = Desk { own, seen, receipts: BTreeMap::new(), sloppy };
        let tls = Arc::new(tls);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                desk.serve(stream.unwrap(), &tls);
            }
        });
        Product { address, offer }
    }

    fn offer_file(&self, folder: &Path) -> String {
        let path = folder.join("offer.txt");
        std::fs::write(&path, self.offer.to_line().unwrap()).unwrap();
        path.display().to_string()
    }
}

impl Desk {
    fn serve(&mut self, stream: TcpStream, tls: &Arc<ServerConfig>) {
        let mut stream = StreamOwned::new(ServerConnection::new(tls.clone()).unwrap(), stream);
        let (mut heard, mut piece) = (Vec::new(), [0; 16 * 1024]);
        let body = loop {
            // Somebody who goes away before the end is no request.
            let Ok(count @ 1..) = stream.read(&mut piece) else { return };
            heard.extend_from_slice(&piece[..count]);
            let Some(end) = heard.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&heard[..end]).to_ascii_lowercase();
            assert!(head.starts_with("post /bundles http/1.1"), "{head}");
            // A request without content may leave its length out (RFC 9110 section 8.6).
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            let length: usize = length.parse().unwrap();
            if heard.len() >= end + 4 + length {
                break String::from_utf8_lossy(&heard[end + 4..]).into_owned();
            }
        };
        let (status, text) = self.answer(&body);
        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        stream.write_all(format!("{head}{text}").as_bytes()).unwrap();
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }

    fn answer(&mut self, bundle: &str) -> (u16, String) {
        if let Some(receipt) = self.receipts.get(bundle) {
            return (200, receipt.clone());
        }
        let now = OffsetDateTime::now_utc();
        match open(bundle, &self.own, now, &mut self.seen) {
            Ok(opened) => {
                let receipt = Acknowledgement::new(&opened.receipt_key, &opened.payload.jti, now);
                let receipt = receipt.to_json().unwrap();
                self.receipts.insert(bundle.to_owned(), receipt.clone());
                (200, receipt)
            }
            Err(BundleError::Refused { step, .. }) if self.sloppy && step >= Step::Audience => {
                (200, r#"{"v":1}"#.to_owned())
            }
            Err(_) => (400, r#"{"error":"refused"}"#.to_owned()),
        }
    }
}

fn selftest(product: &Product, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_footbridge"))
        .args(["bundle", "selftest", &product.address, "--offer", &product.offer_file(folder.path())])
        .args(more)
        .output()
        .unwrap()
}

fn events(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_product_that_checks_everything_passes() {
    let output = selftest(&Product::start(false), &["--this-machine", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let events = events(&output);
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["good"]), (&"self-test".into(), &true.into()));
    assert!(events.len() > 70, "{}", events.len());
    assert!(events.iter().rev().skip(1).all(|one| one["verdict"] == "right"), "{events:?}");
    let steps: Vec<u64> = events.iter().filter_map(|one| one["step"].as_u64()).collect();
    assert!((1..=10).all(|step| steps.contains(&step)), "{steps:?}");
}

#[test]
fn a_product_that_looks_no_further_is_told_what_it_took() {
    let output = selftest(&Product::start(true), &["--this-machine"]);
    assert_eq!(output.status.code(), Some(6));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(line("09-past-its-end").starts_with('✘') && line("09-past-its-end").contains("taken"), "{text}");
    assert!(line("10-payload-altered").starts_with('✘'), "{text}");
    assert!(
        line("06-tag-altered").starts_with('✔') && line("06-tag-altered").contains("refused (400)"),
        "{text}"
    );
    assert!(text.contains("another tenant, put in after the signing"), "{text}");
}

#[test]
fn this_machine_is_called_only_when_it_is_meant() {
    let output = selftest(&Product::start(false), &["--json"]);
    assert_eq!(output.status.code(), Some(5));
    let events = events(&output);
    assert_eq!((events.len(), &events[0]["code"]), (1, &"end-point-refused".into()));
}
