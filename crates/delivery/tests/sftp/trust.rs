//! The host key: shown, pinned, compared.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_arrives_whole_private_and_receipted() {
    if !sshd::installed() {
        return;
    }
    // A server that would let everybody read, if it was asked for nothing.
    let sshd = Sshd::start(&Setting { sftp: Some("umask 000; exec SFTP"), ..Setting::default() });
    let receipt = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap();
    let path = sshd.folder().join(NAME);
    assert_eq!(fs::read(&path).unwrap(), bundle());
    assert_eq!(mode(&path), 0o600);
    assert_eq!(sshd.names(), [NAME]);
    let either = r#"sha256sum "$1" || shasum -a 256 "$1""#;
    let sum = sshd::said(Command::new("sh").args(["-c", either, "sh"]).arg(&path)).unwrap();
    let expected = Receipt {
        host: "127.0.0.1".into(),
        port: sshd.address.port(),
        key: KeyKind::Ed25519,
        fingerprint: fingerprint(&sshd.host_key("ed25519")),
        user: sshd.user.clone(),
        path: fs::canonicalize(&path).unwrap().display().to_string(),
        bytes: LARGEST as u64,
        sha256: sum[..64].to_owned(),
        placed: Placed::New,
        durable: true,
        at: now(),
    };
    assert_eq!(receipt, expected);
    let json = serde_json::to_string(&receipt).unwrap();
    assert!(json.contains(r#""key":"ssh-ed25519""#) && json.contains(r#""placed":"new""#), "{json}");
    assert!(
        sshd.log().await.contains("userauth-request for user"),
        "the control of what is not heard elsewhere"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_shown_and_nobody_signs_in() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let shown = look(&server(sshd.address)).await.unwrap();
    assert_eq!(shown.to_string(), format!("ssh-ed25519 {}", fingerprint(&sshd.host_key("ed25519"))));
    let place = place(&sshd.folder());
    let stopped =
        deliver(&server(sshd.address), None, &by_key(&sshd), &place, &bundle(), &now).await.unwrap_err();
    let (host, port) = ("127.0.0.1".to_owned(), sshd.address.port());
    assert_eq!(stopped, SftpError::UnknownKey { host, port, key: shown }.into());
    assert!(stopped.to_string().contains(&fingerprint(&sshd.host_key("ed25519"))), "{stopped}");
    assert!(sshd.names().is_empty());
    assert!(!sshd.log().await.contains("userauth-request"));
    let pin = Pin::from(shown);
    deliver(&server(sshd.address), Some(&pin), &by_key(&sshd), &place, &bundle(), &now).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_stops_before_an_account_is_named() {
    if !sshd::installed() {
        return;
    }
    let (old, new) = (Sshd::start(&Setting::default()), Sshd::start(&Setting::default()));
    let shown = look(&server(new.address)).await.unwrap();
    let before = look(&server(old.address)).await.unwrap();
    let proxy = proxy::start(new.address, Counted::FromClient, u64::MAX, Then::Cut).await;
    for pin in [Pin::from(before), Pin::from(before.fingerprint)] {
        let place = place(&new.folder());
        let stopped = deliver(&server(proxy.address), Some(&pin), &by_key(&new), &place, &bundle(), &now)
            .await
            .unwrap_err();
        let cause = SftpError::ChangedKey {
            host: "127.0.0.1".into(),
            port: proxy.address.port(),
            pinned: before.fingerprint,
            shown: Some(shown),
        };
        assert_eq!(stopped, cause.into());
    }
    let log = new.log().await;
    assert!(!log.contains("userauth-request") && !log.contains("userauth"), "{log}");
    assert!(new.names().is_empty());
    let sent = proxy.passed(Counted::FromClient);
    assert!(sent > 0 && sent < 40_000, "only key exchanges fit into {sent} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_kind_of_key_is_a_changed_key() {
    if !sshd::installed() {
        return;
    }
    let before = Sshd::start(&Setting { host_keys: &["ed25519", "ecdsa-256"], ..Setting::default() });
    let pin = Pin::from(look(&server(before.address)).await.unwrap());
    assert_eq!(pin.kind, Some(KeyKind::Ed25519));
    for (kinds, kind) in [(&["ecdsa-256"][..], Some(KeyKind::EcdsaP256)), (&["rsa"], None)] {
        let sshd = Sshd::start(&Setting { host_keys: kinds, ..Setting::default() });
        let (server, place) = (server(sshd.address), place(&sshd.folder()));
        for pin in [pin, Pin::from(pin.fingerprint)] {
            let stopped =
                deliver(&server, Some(&pin), &by_key(&sshd), &place, &bundle(), &now).await.unwrap_err();
            let SftpError::ChangedKey { shown, pinned, .. } = stopped.cause else { panic!("{stopped}") };
            assert_eq!((shown.map(|key: HostKey| key.kind), pinned), (kind, pin.fingerprint));
        }
        assert!(!sshd.log().await.contains("userauth"));
        assert!(sshd.names().is_empty());
    }
    // The same server with one key fewer, and the key that is left was never pinned.
    let pin = Pin::from(look(&server(before.address)).await.unwrap());
    fs::rename(before.room.path().join("host-ed25519"), before.room.path().join("away")).unwrap();
    let place = place(&before.folder());
    let stopped =
        deliver(&server(before.address), Some(&pin), &by_key(&before), &place, &bundle(), &now).await;
    assert!(matches!(stopped.unwrap_err().cause, SftpError::ChangedKey { shown: Some(_), .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_may_pin_any_of_the_keys_of_a_server() {
    if !sshd::installed() {
        return;
    }
    let kinds = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"];
    let sshd = Sshd::start(&Setting {
        host_keys: &["rsa", "ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"],
        ..Setting::default()
    });
    for kind in kinds {
        let open_ssh = fingerprint(&sshd.host_key(kind));
        let offer = open_ssh.strip_prefix("SHA256:").unwrap().replace('+', "-").replace('/', "_");
        let pin = Pin::from(offer.parse::<Fingerprint>().unwrap());
        let place = Place { name: format!("{kind}.footbridge"), ..place(&sshd.folder()) };
        let receipt = deliver(&server(sshd.address), Some(&pin), &by_key(&sshd), &place, b"sealed", &now)
            .await
            .unwrap();
        assert_eq!(receipt.fingerprint, open_ssh, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_rsa_keys_only_is_named() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting { host_keys: &["rsa"], ..Setting::default() });
    let error = look(&server(sshd.address)).await.unwrap_err();
    let SftpError::NoUsableKey { kinds, .. } = &error else { panic!("{error}") };
    assert!(kinds.contains("rsa-sha2-512"), "{kinds}");
}
