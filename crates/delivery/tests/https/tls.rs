//! Fourteen bad kinds of TLS: each is refused by its name, and no byte of a request is sent. Three good ones are taken.

use std::sync::Arc;

use delivery::https::{CertificateFault, Delivery, HttpsError, Parcel, Pin, Pushed, Trust};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::authority::{Authority, Identity, days, issuing, leaf, self_signed};
use crate::product::{self, Whims};
use crate::rsa::{self, Rsa, der};
use crate::server::{Server, serve};
use crate::{HOST, JTI, bundle, delivery, destination, means, never, push};

/// A product behind this TLS; whether it is reached is the question.
async fn behind(configurations: Vec<Arc<ServerConfig>>) -> (Server, product::Product) {
    let state = product::Product::default();
    (serve(configurations, product::behaviour(state.clone())).await, state)
}

async fn refusal(identity: &Identity, trust: Trust) -> CertificateFault {
    refused(identity.configuration(), trust).await
}

async fn refused(configuration: Arc<ServerConfig>, trust: Trust) -> CertificateFault {
    let (server, _) = behind(vec![configuration]).await;
    let (delivery, _) = delivery(server.port, trust).await;
    let error = delivery.push(&never).await.unwrap_err();
    assert!(server.connections() >= 1, "nobody called");
    assert_eq!(server.heard(), 0, "something was sent: {error}");
    match error {
        HttpsError::Certificate { host, fault } if host == HOST => fault,
        other => panic!("{other}"),
    }
}

async fn assert_taken(configuration: Arc<ServerConfig>, trust: Trust) {
    let (server, state) = behind(vec![configuration]).await;
    let pushed = push(server.port, trust).await.unwrap();
    assert!(matches!(pushed, Pushed::Taken(_)), "{pushed:?}");
    state.lock().unwrap().assert_taken_once();
    assert!(server.heard() > bundle().len());
}

#[tokio::test]
async fn good_1_a_certificate_of_a_known_authority() {
    let authority = Authority::new("known");
    assert_taken(authority.issue(&leaf(&[HOST])).configuration(), authority.trusted()).await;
}

#[tokio::test]
async fn good_2_a_pinned_self_signed_certificate_whatever_it_says() {
    let own = self_signed();
    assert_taken(own.configuration(), own.pinned()).await;
    // By the pin and nothing else: neither name nor dates count.
    let mut odd = leaf(&["another.example"]);
    (odd.not_before, odd.not_after) = days(-400, -300);
    let key = KeyPair::generate().unwrap();
    let certificate = odd.self_signed(&key).unwrap();
    let odd = Identity { chain: vec![certificate.der().clone()], key, staple: Vec::new() };
    assert_taken(odd.configuration(), odd.pinned()).await;
}

#[tokio::test]
async fn good_3_a_chain_by_an_authority_in_between() {
    let authority = Authority::new("known");
    assert_taken(authority.issue_below(&leaf(&[HOST]), None).configuration(), authority.trusted()).await;
    // Bound to the right names, and with a wildcard that fits.
    let bound = authority.issue_below(&leaf(&["*.example.org"]), Some("example.org"));
    assert_taken(bound.configuration(), authority.trusted()).await;
}

#[tokio::test]
async fn bad_1_expired() {
    let authority = Authority::new("known");
    let mut parameters = leaf(&[HOST]);
    (parameters.not_before, parameters.not_after) = days(-40, -1);
    let fault = refusal(&authority.issue(&parameters), authority.trusted()).await;
    assert_eq!(fault, CertificateFault::Expired);
}

#[tokio::test]
async fn bad_2_not_yet_valid() {
    let authority = Authority::new("known");
    let mut parameters = leaf(&[HOST]);
    (parameters.not_before, parameters.not_after) = days(1, 40);
    let fault = refusal(&authority.issue(&parameters), authority.trusted()).await;
    assert_eq!(fault, CertificateFault::NotYetValid);
}

#[tokio::test]
async fn bad_3_for_another_host() {
    let authority = Authority::new("known");
    for names in [&["another.example"][..], &["product.example.com"], &["127.0.0.1"], &["example.org"]] {
        let fault = refusal(&authority.issue(&leaf(names)), authority.trusted()).await;
        assert_eq!(fault, CertificateFault::WrongName, "{names:?}");
    }
}

#[tokio::test]
async fn bad_4_with_a_wildcard_that_reaches_too_far() {
    let authority = Authority::new("known");
    for name in ["*.org", "*", "prod*.example.org", "*.*.org", "*.product.example.org"] {
        let fault = refusal(&authority.issue(&leaf(&[name])), authority.trusted()).await;
        let named = matches!(fault, CertificateFault::WrongName | CertificateFault::Refused { .. });
        assert!(named, "{name}: {fault}");
    }
}

#[tokio::test]
async fn bad_5_self_signed() {
    let fault = refusal(&self_signed(), Authority::new("known").trusted()).await;
    assert!(matches!(fault, CertificateFault::Untrusted | CertificateFault::Refused { .. }), "{fault}");
}

#[tokio::test]
async fn bad_6_of_an_unknown_authority() {
    // Of the same name as the known one, and with its root in the chain.
    let unknown = Authority::new("known");
    let mut identity = unknown.issue(&leaf(&[HOST]));
    identity.chain.push(unknown.root.der().clone());
    let fault = refusal(&identity, Authority::new("known").trusted()).await;
    assert!(matches!(fault, CertificateFault::Untrusted | CertificateFault::Refused { .. }), "{fault}");
    assert_eq!(refusal(&identity, Trust::default()).await, CertificateFault::Untrusted);
}

#[tokio::test]
async fn bad_7_of_an_authority_that_is_bound_to_other_names() {
    let authority = Authority::new("known");
    let identity = authority.issue_below(&leaf(&[HOST]), Some("another.example"));
    let fault = refusal(&identity, authority.trusted()).await;
    assert!(
        matches!(&fault, CertificateFault::Refused { reason } if reason.contains("NameConstraint")),
        "{fault}"
    );
}

/// A certificate of an authority with an RSA key, as it is and with SHA-1.
fn rsa_signed() -> (Identity, Identity, Trust) {
    let key = Rsa::of_2048_bits();
    let root = CertifiedIssuer::self_signed(issuing("rsa"), key.clone()).unwrap();
    let own = KeyPair::generate().unwrap();
    let strong = leaf(&[HOST]).signed_by(&own, &root).unwrap().der().clone();
    let weak = key.weakened(&strong).into();
    let trust = Trust::System { further: vec![root.der().clone()] };
    let again = KeyPair::try_from(own.serialize_der().as_slice()).unwrap();
    let identity = |certificate, key| Identity { chain: vec![certificate], key, staple: Vec::new() };
    (identity(strong, own), identity(weak, again), trust)
}

#[tokio::test]
async fn bad_8_signed_with_sha1() {
    let (strong, weak, trust) = rsa_signed();
    assert_taken(strong.configuration(), trust.clone()).await;
    let fault = refusal(&weak, trust).await;
    assert!(matches!(fault, CertificateFault::Refused { .. }), "{fault}");
}

#[tokio::test]
async fn bad_9_with_an_rsa_key_of_1024_bits() {
    let authority = Authority::new("known");
    let identity = |key: &Rsa| {
        let certificate = leaf(&[HOST]).signed_by(key, &authority.root).unwrap();
        rsa::configuration(key, vec![certificate.der().clone()])
    };
    assert_taken(identity(&Rsa::of_2048_bits()), authority.trusted()).await;
    let short = Rsa::of_1024_bits();
    assert_eq!(short.size(), 128);
    let fault = refused(identity(&short), authority.trusted()).await;
    assert!(matches!(fault, CertificateFault::Refused { .. }), "{fault}");
}

/// A server that agrees to this version and nothing newer, by its own first message (RFC 2246 and RFC 4346, 7.4.1.3).
async fn old_tls(minor: u8) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hearing = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut greeting = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut greeting).await.unwrap();
        // Version, 32 random bytes, no session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
        let hello = [&[3, minor], [9_u8; 32].as_slice(), &[0, 0xc0, 0x13, 0]].concat();
        let message = [&[2, 0, 0, hello.len() as u8], hello.as_slice()].concat();
        let record = [&[22, 3, minor, 0, message.len() as u8], message.as_slice()].concat();
        stream.write_all(&record).await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        rest
    });
    let (delivery, _) = delivery(port, Authority::new("known").trusted()).await;
    let error = delivery.push(&never).await.unwrap_err();
    assert_eq!(error, HttpsError::TlsTooOld { host: HOST.into() });
    // An alert at most (21), and no record of an application (23).
    let rest = hearing.await.unwrap();
    assert!(rest.is_empty() || (rest[0] == 21 && rest.len() <= 7), "{rest:?}");
}

#[tokio::test]
async fn bad_10_tls_1_0() {
    old_tls(1).await;
}

#[tokio::test]
async fn bad_11_tls_1_1() {
    old_tls(2).await;
}

#[tokio::test]
async fn bad_12_without_any_alternative_name() {
    let authority = Authority::new("known");
    // The host stands in the common name only.
    let parameters: CertificateParams = leaf(&[]);
    let fault = refusal(&authority.issue(&parameters), authority.trusted()).await;
    assert_eq!(fault, CertificateFault::WrongName);
}

/// A statement about one certificate (RFC 6960 §4.2.1); 0 is good, 1 revoked, 2 unknown.
fn statement(status: u8) -> Vec<u8> {
    let time = der(0x18, b"20260301120000Z");
    let sha1 = der(0x30, &[der(6, &[0x2b, 0x0e, 3, 2, 0x1a]), der(5, &[])].concat());
    let about = der(0x30, &[sha1, der(4, &[1; 20]), der(4, &[2; 20]), der(2, &[42])].concat());
    let status = match status {
        1 => der(0xa1, &time),
        other => der(0x80 | other, &[]),
    };
    let single = der(0x30, &[about, status, time.clone()].concat());
    let told = der(0x30, &[der(0xa2, &der(4, &[3; 20])), time, der(0x30, &single)].concat());
    let algorithm = der(0x30, &der(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]));
    let basic = der(0x30, &[told, algorithm, der(3, &[0; 65])].concat());
    let kind = der(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1]);
    let held = der(0x30, &[kind, der(4, &basic)].concat());
    der(0x30, &[der(10, &[0]), der(0xa0, &held)].concat())
}

#[tokio::test]
async fn bad_13_revoked_by_the_statement_that_the_server_brings_along() {
    let authority = Authority::new("known");
    let stapled = |staple: Vec<u8>| {
        let mut identity = authority.issue(&leaf(&[HOST]));
        identity.staple = staple;
        identity
    };
    for harmless in [statement(0), statement(2), b"no statement".to_vec()] {
        assert_taken(stapled(harmless).configuration(), authority.trusted()).await;
    }
    let fault = refusal(&stapled(statement(1)), authority.trusted()).await;
    assert_eq!(fault, CertificateFault::Revoked);
}

/// The first request goes to the right server and is answered, the second would go to another one.
async fn swapped(first: Arc<ServerConfig>, second: Arc<ServerConfig>, trust: Trust) -> CertificateFault {
    let (server, state) = behind(vec![first, second]).await;
    let (delivery, _) = delivery(server.port, trust).await;
    let error = delivery.push(&never).await.unwrap_err();
    assert_eq!(server.methods(), ["HEAD"], "{error}");
    assert_eq!(server.connections(), 2);
    assert_eq!(state.lock().unwrap().arrived, 0);
    match error {
        HttpsError::Certificate { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn bad_14_swapped_during_the_run() {
    let authority = Authority::new("known");
    let right = || authority.issue(&leaf(&[HOST])).configuration();
    let fault = swapped(right(), self_signed().configuration(), authority.trusted()).await;
    assert!(matches!(fault, CertificateFault::Untrusted | CertificateFault::Refused { .. }), "{fault}");
    // A certificate that is as good as the first one, for another key.
    assert_eq!(swapped(right(), right(), authority.trusted()).await, CertificateFault::Changed);
    let (own, other) = (self_signed(), self_signed());
    let fault = swapped(own.configuration(), other.configuration(), own.pinned()).await;
    assert_eq!(fault, CertificateFault::OtherKey { seen: other.pin() });
    // The same key again, with a new certificate, is the same server.
    let again = KeyPair::try_from(own.key.serialize_der().as_slice()).unwrap();
    let renewed = leaf(&[HOST]).self_signed(&again).unwrap();
    let renewed = Identity { chain: vec![renewed.der().clone()], key: again, staple: Vec::new() };
    let (server, state) = behind(vec![own.configuration(), renewed.configuration()]).await;
    push(server.port, own.pinned()).await.unwrap();
    state.lock().unwrap().assert_taken_once();
}

#[tokio::test]
async fn a_missing_link_of_the_chain_and_another_purpose_are_refused() {
    let authority = Authority::new("known");
    let mut identity = authority.issue_below(&leaf(&[HOST]), None);
    identity.chain.truncate(1);
    assert_eq!(refusal(&identity, authority.trusted()).await, CertificateFault::Untrusted);
    let mut parameters = leaf(&[HOST]);
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let fault = refusal(&authority.issue(&parameters), authority.trusted()).await;
    assert!(matches!(fault, CertificateFault::Refused { .. }), "{fault}");
}

#[tokio::test]
async fn another_key_than_the_pinned_one_is_told_even_with_a_good_certificate() {
    let authority = Authority::new("known");
    let good = authority.issue(&leaf(&[HOST]));
    let other = self_signed();
    assert_eq!(refusal(&good, other.pinned()).await, CertificateFault::OtherKey { seen: good.pin() });
    assert_taken(good.configuration(), good.pinned()).await;
}

#[tokio::test]
async fn a_stolen_certificate_without_its_key_is_refused() {
    // The pinned certificate is public; whoever shows it must hold its key.
    let own = self_signed();
    let thief = KeyPair::generate().unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(thief.serialize_der());
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = provider.key_provider.load_private_key(key.into()).unwrap();
    let certified = rustls::sign::CertifiedKey::new(own.chain.clone(), key);
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    let configuration = Arc::new(crate::authority::builder().with_cert_resolver(Arc::new(resolver)));
    let fault = refused(configuration, own.pinned()).await;
    assert!(matches!(fault, CertificateFault::Refused { .. }), "{fault}");
}

#[tokio::test]
async fn a_port_without_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hearing = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        rest
    });
    let (delivery, _) = delivery(port, self_signed().pinned()).await;
    let error = delivery.push(&never).await.unwrap_err();
    assert!(matches!(&error, HttpsError::Tls { .. }), "{error}");
    let heard = hearing.await.unwrap();
    assert!(!String::from_utf8_lossy(&heard).contains("HTTP/"), "a request was sent in the clear");
}

#[tokio::test]
async fn what_is_shown_before_says_who_vouches() {
    let (means, _) = means();
    let authority = Authority::new("known");
    let shown = |trust| {
        let means = means.clone();
        async move {
            let parcel = Parcel::new(JTI, &bundle()).unwrap();
            Delivery::prepare(destination(8443, trust), parcel, means).await.unwrap().preview()
        }
    };
    let preview = shown(authority.trusted()).await;
    assert_eq!((preview.pinned, preview.further_authorities), (None, 1));
    assert_eq!((preview.host.as_str(), preview.port), (HOST, 8443));
    assert_eq!((preview.jti.as_str(), preview.bytes), (JTI, bundle().len()));
    let own = self_signed();
    assert_eq!(shown(own.pinned()).await.pinned, Some(own.pin()));
    for wrong in ["", "AAAA", "q83vEjRWeJCrze8SNFZ4kA", "====", &"A".repeat(44)] {
        assert_eq!(Pin::parse(wrong), Err(HttpsError::Pin), "{wrong}");
    }
}

#[tokio::test]
async fn a_receipt_names_the_server_that_was_reached() {
    let (server, trust, state) = product::start(Whims::default()).await;
    let Pushed::Taken(receipt) = push(server.port, trust.clone()).await.unwrap() else { panic!() };
    state.lock().unwrap().assert_taken_once();
    assert_eq!(receipt.connected.unwrap().to_string(), format!("127.0.0.1:{}", server.port));
    let Trust::Pinned(pin) = trust else { panic!() };
    assert_eq!((receipt.tls_spki_s256.unwrap(), receipt.pinned), (pin.to_string(), true));
    assert_eq!((receipt.taken_at, receipt.at), (crate::NOW, crate::NOW));
}
