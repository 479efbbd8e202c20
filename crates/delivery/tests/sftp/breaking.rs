//! Lines and servers that break, fall silent or flood.

use super::*;

/// What may be in the folder after a line broke: nothing, own remains, or the whole file.
fn nothing_partial(sshd: &Sshd, stopped: &Stopped) {
    for name in sshd.names() {
        if name == NAME {
            assert_eq!(fs::read(sshd.folder().join(NAME)).unwrap(), bundle(), "{stopped}");
            assert!(matches!(stopped.left, Left::Unsure { .. }), "{stopped}");
        } else {
            assert!(name.starts_with(&format!(".footbridge.{JTI}.")), "{name}");
            assert!(matches!(stopped.left, Left::Part { .. } | Left::Unsure { .. }), "{stopped}");
            assert_eq!(mode(&sshd.folder().join(name)), 0o600);
        }
    }
}

/// Breaks the line after ever more bytes of one side, delivers again each time, and tells where it broke.
async fn breaking(counted: Counted) -> Vec<Act> {
    let sshd = Sshd::start(&Setting::default());
    let (account, place) = (by_key(&sshd), place(&sshd.folder()));
    let path = sshd.folder().join(NAME);
    let measure = proxy::start(sshd.address, counted, u64::MAX, Then::Cut).await;
    send_by(measure.address, &sshd, &account, &place).await.unwrap();
    let total = measure.passed(counted);
    let steps = (1..6).map(|step| total * step / 6);
    // The last bytes ask for the name, and tell it.
    let last = [10, 40, 70, 130, 210, 300, 420].map(|back| total - back);
    let mut acts = Vec::new();
    for after in steps.chain(last) {
        fs::remove_file(&path).unwrap();
        let cut = proxy::start(sshd.address, counted, after, Then::Cut).await;
        if let Err(stopped) = send_by(cut.address, &sshd, &account, &place).await {
            let SftpError::Dropped { act, .. } = &stopped.cause else { panic!("{after}: {stopped}") };
            acts.push(*act);
            sshd.log().await;
            nothing_partial(&sshd, &stopped);
        }
        send(&sshd, &account, &place).await.unwrap();
        assert_eq!(sshd.names(), [NAME], "after {after} of {total} bytes");
        assert_eq!(fs::read(&path).unwrap(), bundle());
    }
    acts
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_lost_leave_nothing_partial_and_the_next_delivery_mends_it() {
    if !sshd::installed() {
        return;
    }
    let acts = breaking(Counted::FromClient).await;
    assert!(acts.contains(&Act::Write) && acts.contains(&Act::Name), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_leave_nothing_partial_and_the_next_delivery_mends_it() {
    if !sshd::installed() {
        return;
    }
    let acts = breaking(Counted::FromServer).await;
    assert!(acts.contains(&Act::Write) && acts.contains(&Act::Name), "{acts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_while_it_is_written_to_leaves_a_part_that_the_next_delivery_removes() {
    if !sshd::installed() {
        return;
    }
    let sshd = Arc::new(Sshd::start(&Setting::default()));
    let dying = Arc::clone(&sshd);
    let kill = Then::Do(Arc::new(move || dying.kill_sessions()));
    let proxy = proxy::start(sshd.address, Counted::FromClient, LARGEST as u64 / 2, kill).await;
    let (account, place) = (by_key(&sshd), place(&sshd.folder()));
    let stopped = send_by(proxy.address, &sshd, &account, &place).await.unwrap_err();
    assert_eq!(stopped.cause, SftpError::Dropped { host: "127.0.0.1".into(), act: Act::Write });
    let Left::Part { path } = &stopped.left else { panic!("{stopped}") };
    sshd.log().await;
    let [part] = &sshd.names()[..] else { panic!("{:?}", sshd.names()) };
    assert!(path.ends_with(part) && fs::metadata(path).unwrap().len() < LARGEST as u64, "{path}");
    // Another bundle's remains, and what only looks like one, are not this delivery's business.
    for other in [".footbridge.another.0123456789abcdef.part", &format!(".footbridge.{JTI}.notes")] {
        fs::write(sshd.folder().join(other), b"x").unwrap();
    }
    send(&sshd, &account, &place).await.unwrap();
    let left = [".footbridge.another.0123456789abcdef.part", &format!(".footbridge.{JTI}.notes"), NAME];
    assert_eq!(sshd.names(), left);
}

/// Falls silent after so many bytes of the client, and lets the clock run from there without anybody waiting.
async fn stalled(after: u64) -> (Sshd, Stopped) {
    let sshd = Sshd::start(&Setting::default());
    let proxy =
        proxy::start(sshd.address, Counted::FromClient, after, Then::Stall(Arc::new(tokio::time::pause)))
            .await;
    let stopped = send_by(proxy.address, &sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    (sshd, stopped)
}

#[tokio::test]
async fn a_server_that_falls_silent_is_waited_for_no_longer_than_it_is_told() {
    if !sshd::installed() {
        return;
    }
    let host = || "127.0.0.1".to_owned();
    let (sshd, stopped) = stalled(40).await;
    assert_eq!(stopped, SftpError::Silent { host: host(), act: Act::Connect, seconds: 10 }.into());
    assert!(sshd.names().is_empty());
    tokio::time::resume();
    let (sshd, stopped) = stalled(LARGEST as u64 / 2).await;
    assert_eq!(stopped.cause, SftpError::Silent { host: host(), act: Act::Write, seconds: 30 });
    assert!(matches!(stopped.left, Left::Part { .. }), "{stopped}");
    nothing_partial(&sshd, &stopped);
    tokio::time::resume();
    sshd.kill_sessions();
    send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap();
    assert_eq!(sshd.names(), [NAME]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_says_what_it_is_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let error = look(&server(address)).await.unwrap_err();
    assert_eq!(error, SftpError::Silent { host: "127.0.0.1".into(), act: Act::Connect, seconds: 10 });
    drop(listener);
    let patience = Patience { connect: Duration::from_secs(3), whole: Duration::from_secs(2) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hurried = Server { patience, ..server(listener.local_addr().unwrap()) };
    let error = look(&hurried).await.unwrap_err();
    assert_eq!(error, SftpError::Silent { host: "127.0.0.1".into(), act: Act::Connect, seconds: 2 });
}

/// A server that sends this without end, and counts what it got rid of.
async fn flooding(first: &'static [u8], again: Vec<u8>) -> (SocketAddr, tokio::task::JoinHandle<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let flood = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut from, mut to) = stream.into_split();
        let swallow = tokio::spawn(async move {
            let mut bytes = [0; 4096];
            while from.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
        });
        let mut sent = 0;
        let _ = to.write_all(first).await;
        while to.write_all(&again).await.is_ok() {
            sent += again.len() as u64;
        }
        swallow.abort();
        sent
    });
    (address, flood)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_before_the_key_is_stopped() {
    let lines = "Welcome to this server\r\n".repeat(100).into_bytes();
    let endless = vec![b'x'; 64 * 1024];
    // SSH_MSG_IGNORE (RFC 4253 section 11.2) in the clear: length, padding length, kind, 20,000 bytes, padding.
    let mut ignore = Vec::new();
    ignore.extend_from_slice(&20_012_u32.to_be_bytes());
    ignore.extend_from_slice(&[6, 2]);
    ignore.extend_from_slice(&20_000_u32.to_be_bytes());
    ignore.extend_from_slice(&vec![0; 20_006]);
    let banner = b"SSH-2.0-flood\r\n";
    for (first, again, flood) in [(&b""[..], lines, false), (b"", endless, false), (banner, ignore, true)] {
        let (address, flooding) = flooding(first, again).await;
        let error = look(&server(address)).await.unwrap_err();
        match flood {
            true => assert_eq!(error, SftpError::Flood { host: "127.0.0.1".into(), act: Act::Connect }),
            false => assert!(matches!(error, SftpError::NotSsh { .. }), "{error}"),
        }
        assert!(flooding.await.unwrap() < 64 * 1024 * 1024, "the line was not cut");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ssh_and_what_is_not_there_are_told() {
    let (address, flooding) = flooding(b"220 mail.example.com ESMTP\r\n", b"500 what?\r\n".to_vec()).await;
    let error = look(&server(address)).await.unwrap_err();
    assert!(matches!(error, SftpError::NotSsh { .. }), "{error}");
    flooding.await.unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = look(&server(closed)).await.unwrap_err();
    assert!(matches!(error, SftpError::Unreachable { .. }), "{error}");
    for host in ["", "not a host", "a\nb"] {
        let odd = Server { host: host.into(), ..server(closed) };
        assert!(matches!(look(&odd).await, Err(SftpError::Host { .. })), "{host:?}");
    }
}
