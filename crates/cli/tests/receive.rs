//! `footbridge receive` as a product's admin would use it: offer, open, listen, approve, with real files and real TLS.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;

use engine::bundle::{
    Acknowledgement, App, Credential, Field, FieldValue, Offer, Payload, Sealed, Settings, SigningKey,
    Tenant, Tool, new_jti, seal_for_receipt,
};
use engine::secrecy::SecretString;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde_json::Value;
use support::{Ended, footbridge, run};
use time::OffsetDateTime;

const CANARY: &str = "Canary~8Q.7f3a_secret-value";
const PATH: &str = "/footbridge/v1/bundles";

struct House {
    folder: tempfile::TempDir,
    sender: SigningKey,
}

impl House {
    fn new() -> House {
        House { folder: tempfile::tempdir().unwrap(), sender: SigningKey::generate().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    fn signer(&self) -> String {
        self.sender.signer().unwrap().fingerprint()
    }

    fn receive(&self, words: &[&str]) -> Ended {
        let state = self.text("state");
        run(&[&["receive"], words, &["--state", &state, "--json"]].concat())
    }

    /// Makes an offer into this new file.
    fn offer(&self, name: &str, more: &[&str]) -> (Offer, Value) {
        let path = self.text(name);
        let ended = self.receive(&[&["offer", "--product", "minutes", "--out", &path], more].concat());
        good(&ended);
        let event = ended.events("offer").remove(0);
        let offer = Offer::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(Offer::parse(event["line"].as_str().unwrap()).unwrap(), offer);
        assert_eq!(event["fingerprint"], offer.key.fingerprint().as_str());
        (offer, event)
    }

    fn seal(&self, offer: &Offer, rehearsal: bool) -> (Sealed, String) {
        let mut settings = Settings::new();
        settings.set("directory-id", "2d1a7f9e");
        let payload = Payload {
            jti: new_jti().unwrap(),
            issued_at: OffsetDateTime::now_utc().replace_nanosecond(0).unwrap(),
            nonce: Some(offer.nonce.clone()),
            product: offer.product.clone(),
            install_id: Some(offer.install_id.clone()),
            tool: Tool { name: "Footbridge".into(), version: "1".into() },
            tenant: Tenant { id: "2d1a7f9e".into(), domain: "north.example".into(), cloud: "global".into() },
            app: App { client_id: "c11e".into(), object_id: "0b1e".into(), uri: None },
            credential: Credential::Secret {
                secret: SecretString::from(CANARY),
                expires: OffsetDateTime::from_unix_timestamp(1_900_000_000).unwrap(),
            },
            settings,
            fields: vec![Field {
                id: "client-secret".into(),
                label: "Client secret".into(),
                value: FieldValue::Secret(SecretString::from(CANARY)),
            }],
            permissions: Vec::new(),
            rehearsal,
        };
        (seal_for_receipt(&payload, &self.sender, &offer.key).unwrap(), payload.jti)
    }

    /// A bundle in a file.
    fn bundle(&self, name: &str, offer: &Offer, rehearsal: bool) -> (String, Sealed, String) {
        let (sealed, jti) = self.seal(offer, rehearsal);
        std::fs::write(self.at(name), &sealed.text).unwrap();
        (self.text(name), sealed, jti)
    }
}

fn good(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

/// The sentence of a refusal with exit code 5.
fn refused(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(5), "{}{}", ended.stdout, ended.stderr);
    ended.events("trouble")[0]["what"].as_str().unwrap().to_owned()
}

const ENV: &str = "PRODUCT=\"minutes\"\nTENANT_ID=\"2d1a7f9e\"\nTENANT_DOMAIN=\"north.example\"\nTENANT_CLOUD=\"global\"\n\
    APP_CLIENT_ID=\"c11e\"\nAPP_OBJECT_ID=\"0b1e\"\nCREDENTIAL_KIND=\"secret\"\n\
    CREDENTIAL_SECRET=\"Canary~8Q.7f3a_secret-value\"\nCREDENTIAL_EXPIRES=\"2030-03-17T17:46:40Z\"\n\
    SETTINGS_DIRECTORY_ID=\"2d1a7f9e\"\nFIELDS_CLIENT_SECRET=\"Canary~8Q.7f3a_secret-value\"\n";

#[test]
fn a_file_is_opened_written_exactly_and_deleted() {
    let house = House::new();
    let (offer, _) = house.offer("offer.json", &[]);
    let (file, sealed, jti) = house.bundle("sealed.footbridge", &offer, false);
    std::fs::write(
        house.at("own.tpl"),
        "[app]\nid = {{ app.client_id | json }}\nkey = {{ fields.client-secret | json }}\n",
    )
    .unwrap();
    let (env, own, template) = (house.text("product.env"), house.text("product.toml"), house.text("own.tpl"));
    let writing =
        ["--template", "env", "--to", &env, "--template", &template, "--to", &own, "--mode", "0640"];

    let without = house.receive(&[&["open", &file], &writing[..]].concat());
    assert!(refused(&without).contains("--yes-from"), "{}", without.stdout);
    let question = &without.events("question")[0];
    assert_eq!(
        (question["standing"].as_str(), question["signer"].as_str()),
        (Some("new"), Some(house.signer().as_str()))
    );
    assert!(house.at("sealed.footbridge").exists() && !house.at("product.env").exists());

    let ended = house.receive(&[&["open", &file, "--yes-from", &house.signer()], &writing[..]].concat());
    good(&ended);
    assert_eq!(std::fs::read_to_string(&env).unwrap(), ENV);
    assert_eq!(std::fs::read_to_string(&own).unwrap(), format!("[app]\nid = \"c11e\"\nkey = \"{CANARY}\"\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| house.at(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!([mode("product.env"), mode("product.toml"), mode("offer.json")], [0o640, 0o640, 0o600]);
    }
    assert!(!house.at("sealed.footbridge").exists());
    let receipt = ended.events("taken")[0]["receipt"].as_str().unwrap().to_owned();
    Acknowledgement::verify(&receipt, &sealed.receipt_key, &jti).unwrap();
    assert!(!format!("{}{}{}", ended.stdout, ended.stderr, without.stdout).contains(CANARY));

    std::fs::write(house.at("again.footbridge"), &sealed.text).unwrap();
    let again = house.receive(&[&["open", &house.text("again.footbridge")], &writing[..]].concat());
    assert!(refused(&again).contains("step 9"), "{}", again.stdout);
    // The signer is known now, so the next one asks nobody.
    let (next, _) = house.offer("next.json", &[]);
    let (file, _, _) = house.bundle("next.bundle", &next, false);
    good(&house.receive(&[&["open", &file], &writing[..]].concat()));
}

#[test]
fn a_rehearsal_is_refused_and_where_it_is_taken_every_line_says_so() {
    let house = House::new();
    let (offer, _) = house.offer("offer.json", &[]);
    let (file, _, _) = house.bundle("sealed.footbridge", &offer, true);
    let (env, signer, state) = (house.text("product.env"), house.signer(), house.text("state"));
    let writing = ["open", &file, "--template", "env", "--to", &env, "--yes-from", &signer];
    assert!(refused(&house.receive(&writing)).contains("rehearsal"));
    assert!(!house.at("product.env").exists());

    let flagged = [&["receive"], &writing[..], &["--state", &state, "--accept-rehearsal"]].concat();
    let spoilt = [&flagged[..], &["--owner", "nobody-of-this-name"]].concat();
    for (words, code) in [(spoilt, 5), (flagged, 0)] {
        let ended = run(&words);
        assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
        let lines: Vec<&str> = ended.stdout.lines().chain(ended.stderr.lines()).collect();
        assert!(!lines.is_empty());
        assert!(lines.iter().all(|line| line.starts_with("[TEST: REHEARSALS ARE ACCEPTED]")), "{lines:?}");
    }
    assert!(std::fs::read_to_string(house.at("product.env")).unwrap().contains(CANARY));

    let (offer, _) = house.offer("next.json", &[]);
    let (file, _, _) = house.bundle("next.bundle", &offer, true);
    let ended = house.receive(&["open", &file, "--template", "env", "--to", &env, "--accept-rehearsal"]);
    good(&ended);
    let marked = |line: &str| serde_json::from_str::<Value>(line).unwrap()["accepts_rehearsals"] == true;
    assert!(ended.stdout.lines().all(marked), "{}", ended.stdout);
}

#[test]
fn an_own_certificate_is_offered_and_nothing_else_taken() {
    let house = House::new();
    let (offer, _) = house.offer("offer.json", &["--own-certificate", "--lifetime", "2h"]);
    assert!(offer.cert_request.as_ref().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    let (file, _, _) = house.bundle("sealed.footbridge", &offer, false);
    let (pem, signer) = (house.text("app.pem"), house.signer());
    let ended = house.receive(&["open", &file, "--template", "pem", "--to", &pem, "--yes-from", &signer]);
    assert!(refused(&ended).contains("does not take"), "{}", ended.stdout);
}

#[test]
fn what_is_wrong_with_the_options_is_told_before_anything_happens() {
    let house = House::new();
    let (offer, _) = house.offer("offer.json", &[]);
    let (file, _, _) = house.bundle("sealed.footbridge", &offer, false);
    let env = house.text("e");
    for (words, told) in [
        (vec!["--template", "yaml", "--to", &env], "no template `yaml`"),
        (vec!["--template", "env", "--template", "json", "--to", &env], "each --template needs a --to"),
        (vec!["--template", "env", "--to", &env, "--owner", "no:body:here"], "no user or group"),
    ] {
        let ended = house.receive(&[&["open", &file], &words[..]].concat());
        assert!(refused(&ended).contains(told), "{}", ended.stdout);
    }
    let again = house.receive(&["offer", "--product", "minutes", "--out", &house.text("offer.json")]);
    assert_eq!(again.code, Some(5));
    let far =
        house.receive(&["offer", "--product", "minutes", "--out", &house.text("far"), "--lifetime", "25h"]);
    assert!(refused(&far).contains("24 hours"));
}

/// A receiver that listens, in a process of its own; ended on drop.
struct Listening {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    address: String,
    pin: String,
}

impl Listening {
    fn start(house: &House, more: &[&str]) -> Listening {
        let (state, env) = (house.text("state"), house.text("product.env"));
        let words = ["receive", "listen", "--address", "127.0.0.1:0", "--state", &state, "--json"];
        let writing = ["--template", "env", "--to", &env];
        let mut child = footbridge().args(words).args(writing).args(more).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut listening = Listening { child, lines, address: String::new(), pin: String::new() };
        let told = listening.next();
        assert_eq!(told["event"], "listening", "{told}");
        listening.address = told["address"].as_str().unwrap().to_owned();
        listening.pin = told["tls_spki_s256"].as_str().unwrap().to_owned();
        listening
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert!(!line.contains(CANARY));
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no event: {line:?}"))
    }

    /// The status and the body.
    fn ask(&self, method: &str, jti: &str, body: &str) -> (u16, String) {
        let connection = ClientConnection::new(any_certificate(), "localhost".try_into().unwrap()).unwrap();
        let mut line = StreamOwned::new(connection, TcpStream::connect(&self.address).unwrap());
        let range = match method {
            "PUT" => format!(
                "Content-Type: application/jose\r\nContent-Range: bytes 0-{}/{}\r\n",
                body.len() - 1,
                body.len()
            ),
            _ => String::new(),
        };
        write!(
            line,
            "{method} {PATH}/{jti} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{range}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_pushed_bundle_is_taken_once_and_the_program_ends() {
    let house = House::new();
    let (offer, _) = house.offer("offer.json", &["--endpoint", &format!("https://localhost:8443{PATH}")]);
    let mut listening = Listening::start(&house, &["--once", "--yes-from", &house.signer()]);
    assert_eq!(offer.tls_spki_s256.as_ref(), Some(&listening.pin));
    let (other, number) = House::new().seal(&offer, false);
    assert_eq!(listening.ask("PUT", &number, &other.text).0, 400);
    let told = listening.next();
    assert_eq!((told["event"].as_str(), told["step"].as_u64()), (Some("refused"), Some(11)));
    let (sealed, jti) = house.seal(&offer, false);
    let (status, receipt) = listening.ask("PUT", &jti, &sealed.text);
    assert_eq!(status, 200);
    Acknowledgement::verify(&receipt, &sealed.receipt_key, &jti).unwrap();
    assert_eq!(std::fs::read_to_string(house.at("product.env")).unwrap(), ENV);
    assert_eq!(
        (listening.next()["event"].as_str(), listening.next()["event"].as_str()),
        (Some("taken"), Some("receipt-sent"))
    );
    assert_eq!(listening.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_bundle_waits_for_an_answer_from_elsewhere() {
    let house = House::new();
    let (offer, _) = house.offer("offer.json", &["--endpoint", &format!("https://localhost:8443{PATH}")]);
    let mut listening = Listening::start(&house, &["--once", "--wait"]);
    let (sealed, jti) = house.seal(&offer, false);
    assert_eq!(listening.ask("PUT", &jti, &sealed.text), (202, r#"{"state":"waiting"}"#.to_owned()));
    assert_eq!(listening.next()["event"], "question");
    let waiting = house.receive(&["approve"]);
    assert_eq!(waiting.events("waiting")[0]["number"], jti.as_str());
    assert!(refused(&house.receive(&["approve", "another-number"])).contains("no bundle"));
    good(&house.receive(&["approve", &jti]));
    assert_eq!(listening.next()["event"], "taken");
    let (status, receipt) = listening.ask("GET", &jti, "");
    assert_eq!(status, 200, "{receipt}");
    Acknowledgement::verify(&receipt, &sealed.receipt_key, &jti).unwrap();
    assert_eq!(listening.child.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_to_string(house.at("product.env")).unwrap(), ENV);
}

/// Takes any certificate: what is looked at here is what the receiver does, and its key is compared with the offer's.
fn any_certificate() -> Arc<ClientConfig> {
    #[derive(Debug)]
    struct Any(Arc<rustls::crypto::CryptoProvider>);
    impl ServerCertVerifier for Any {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.0.signature_verification_algorithms;
            rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.0.signature_verification_algorithms;
            rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().unwrap().dangerous();
    Arc::new(config.with_custom_certificate_verifier(Arc::new(Any(provider))).with_no_client_auth())
}
