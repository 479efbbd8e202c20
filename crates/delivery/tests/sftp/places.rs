//! Folders, names, rights and room on the server.

use super::*;

/// Whether this account may mount a small disk that only its own processes see.
fn can_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    let tried = command.arg("mount -t tmpfs -o size=64k tmpfs /mnt").stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_is_left() {
    if !sshd::installed() {
        return;
    }
    if can_mount() {
        // The small disk goes with the session, so what is on it is told while it is there.
        let sftp = "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=64k tmpfs ROOM/in || exit 1; SFTP; echo left: $(ls -A ROOM/in) > ROOM/left'";
        let sshd = Sshd::start(&Setting { sftp: Some(sftp), ..Setting::default() });
        let pipe = Command::new("mkfifo").arg(sshd.room.path().join("left")).status().unwrap();
        assert!(pipe.success());
        let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
        assert!(matches!(stopped.cause, SftpError::NoSpace { .. }), "{stopped}");
        assert_eq!(stopped.left, Left::Nothing);
        let told = sshd.room.path().join("left");
        let told = tokio::task::spawn_blocking(|| fs::read_to_string(told)).await.unwrap().unwrap();
        assert_eq!(told, "left:\n");
    } else {
        eprintln!("NOT CHECKED: this account may mount no small disk, so only a limit stands for a full one");
    }
    // A limit of the account is told as any other refusal: the disk itself is not full.
    let limit = Setting { sftp: Some("trap '' XFSZ; ulimit -f 128; exec SFTP"), ..Setting::default() };
    let sshd = Sshd::start(&limit);
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    let SftpError::Server { act: Act::Write, said, .. } = &stopped.cause else { panic!("{stopped}") };
    assert_eq!((said.as_str(), &stopped.left), ("Failure", &Left::Nothing));
    assert!(sshd.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_rights_are_told_and_nothing_is_left() {
    if !sshd::installed() {
        return;
    }
    // The superuser writes everywhere unless the power to do so is taken from it.
    let sftp = if sshd::is_superuser() { "exec setpriv --bounding-set=-all SFTP" } else { "exec SFTP" };
    let sshd = Sshd::start(&Setting { sftp: Some(sftp), ..Setting::default() });
    fs::set_permissions(sshd.folder(), fs::Permissions::from_mode(0o500)).unwrap();
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoRight { act: Act::Make, .. }), "{stopped}");
    assert_eq!(stopped.left, Left::Nothing);
    assert!(sshd.names().is_empty());
    fs::set_permissions(sshd.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap();

    let read_only = Sshd::start(&Setting { sftp: Some("exec SFTP -R"), ..Setting::default() });
    let stopped = send(&read_only, &by_key(&read_only), &place(&read_only.folder())).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoRight { act: Act::Make, .. }), "{stopped}");
    assert!(read_only.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_not_rename_leaves_nothing() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting { sftp: Some("exec SFTP -P rename,fsync"), ..Setting::default() });
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoRight { act: Act::Name, .. }), "{stopped}");
    assert_eq!(stopped.left, Left::Nothing);
    assert!(sshd.names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_and_too_much_are_refused_before_anybody_is_called() {
    let calls = Arc::new(AtomicBool::new(false));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let called = Arc::clone(&calls);
    tokio::spawn(async move {
        let _ = listener.accept().await;
        called.store(true, Ordering::SeqCst);
    });
    let account = Account { user: "ada".into(), sign_in: SignIn::Password("p".into()) };
    let good = place(Path::new("/in"));
    let odd = [
        Place { name: "../a.footbridge".into(), ..good.clone() },
        Place { name: "a/../../b".into(), ..good.clone() },
        Place { name: "a\nb".into(), ..good.clone() },
        Place { folder: "/in/../etc".into(), ..good.clone() },
        Place { jti: "../x".into(), ..good.clone() },
    ];
    for place in odd {
        let stopped = deliver(&server(address), None, &account, &place, b"x", &now).await.unwrap_err();
        let told = matches!(
            stopped.cause,
            SftpError::Name { .. } | SftpError::Folder { .. } | SftpError::Jti { .. }
        );
        assert!(told, "{stopped}");
    }
    let large = vec![0; LARGEST + 1];
    let stopped = deliver(&server(address), None, &account, &good, &large, &now).await.unwrap_err();
    assert_eq!(stopped.cause, SftpError::TooLarge { bytes: LARGEST + 1 });
    assert!(!calls.load(Ordering::SeqCst), "somebody was called");
    let _ = look(&server(address)).await;
    assert!(calls.load(Ordering::SeqCst), "the control: a call is seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_left_alone_unless_it_may_be_replaced() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let (account, free) = (by_key(&sshd), place(&sshd.folder()));
    let path = sshd.folder().join(NAME);
    type Make = fn(&Path);
    let kinds: [(&str, Make); 4] = [
        ("other bytes", |path| fs::write(path, b"theirs").unwrap()),
        ("as many other bytes", |path| fs::write(path, vec![7; LARGEST]).unwrap()),
        ("a folder", |path| fs::create_dir(path).unwrap()),
        ("a link into nowhere", |path| symlink("/nowhere/at/all", path).unwrap()),
    ];
    for (what, make) in kinds {
        make(&path);
        let stopped = send(&sshd, &account, &free).await.unwrap_err();
        assert!(matches!(stopped.cause, SftpError::Exists { .. }), "{what}: {stopped}");
        assert_eq!(sshd.names(), [NAME], "{what}");
        if path.is_dir() { fs::remove_dir(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
    }
    fs::write(&path, b"theirs").unwrap();
    let replacing = Place { replace: true, ..free.clone() };
    assert_eq!(send(&sshd, &account, &replacing).await.unwrap().placed, Placed::Replaced);
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (bundle(), 0o600));
    // What an answer that was lost needs: the same bytes again are the same delivery.
    assert_eq!(send(&sshd, &account, &free).await.unwrap().placed, Placed::WasThere);
    assert_eq!(sshd.names(), [NAME]);
    // A link is replaced, and what it leads to is not touched.
    fs::remove_file(&path).unwrap();
    let target = sshd.room.path().join("target");
    fs::write(&target, b"theirs").unwrap();
    symlink(&target, &path).unwrap();
    assert_eq!(send(&sshd, &account, &replacing).await.unwrap().placed, Placed::Replaced);
    assert_eq!(fs::read(&target).unwrap(), b"theirs");
    assert!(!path.is_symlink());
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_looked_at_before_anything_is_made() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting { sftp: Some("cd ROOM; exec SFTP"), ..Setting::default() });
    let account = by_key(&sshd);
    let missing = send(&sshd, &account, &place(&sshd.room.path().join("none"))).await.unwrap_err();
    assert!(matches!(missing.cause, SftpError::MissingFolder { .. }), "{missing}");
    let file = send(&sshd, &account, &place(&sshd.room.path().join("account"))).await.unwrap_err();
    assert!(matches!(file.cause, SftpError::NotAFolder { .. }), "{file}");
    // Below the folder where the account arrives.
    let receipt = send(&sshd, &account, &place(Path::new("in"))).await.unwrap();
    assert_eq!(receipt.path, fs::canonicalize(sshd.folder().join(NAME)).unwrap().display().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_sftp_is_told() {
    if !sshd::installed() {
        return;
    }
    for setting in [
        Setting { sftp: None, ..Setting::default() },
        Setting { sftp: Some("echo This account is for mail only."), ..Setting::default() },
        Setting { sftp: Some("exit 1"), ..Setting::default() },
    ] {
        let sshd = Sshd::start(&setting);
        let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
        assert!(matches!(stopped.cause, SftpError::NoSftp { .. }), "{stopped}");
        assert!(sshd.names().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_odd_gets_nothing_and_names_nothing() {
    if !sshd::installed() {
        return;
    }
    let room = tempfile::tempdir().unwrap();
    let account = Account { user: "ada".into(), sign_in: SignIn::Password("pw".into()) };
    let host = "127.0.0.1".to_owned();
    let flood = |act| SftpError::Flood { host: host.clone(), act };
    let said = format!("[2Jno{}", "!".repeat(115));
    let cases = [
        (Oddity::Readable, SftpError::NotPrivate { host: host.clone(), mode: 0o644 }),
        (Oddity::Occupied, SftpError::CannotReplace { host: host.clone(), path: format!("/in/{NAME}") }),
        (Oddity::Endless, flood(Act::Look)),
        (Oddity::Swallowing, SftpError::Short { host: host.clone(), has: 3, sent: 6 }),
        (Oddity::Elsewhere, SftpError::MissingFolder { host: host.clone(), folder: "/in".into() }),
        (Oddity::Rude, SftpError::Server { host: host.clone(), act: Act::Make, said }),
        (
            Oddity::Newer,
            SftpError::NoSftp {
                host: host.clone(),
                user: "ada".into(),
                reason: "SFTP version 6 instead of 3".into(),
            },
        ),
    ];
    for (number, (oddity, cause)) in cases.into_iter().enumerate() {
        let folder = room.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        let (address, asked) = pretend::start(&folder, oddity).await;
        let pin = Pin::from(look(&server(address)).await.unwrap());
        let place = Place { replace: true, ..place(Path::new("/in")) };
        let stopped =
            deliver(&server(address), Some(&pin), &account, &place, b"sealed", &now).await.unwrap_err();
        assert_eq!(stopped.cause, cause, "{oddity:?}");
        let asked = asked.lock().unwrap();
        let wrote = asked.iter().any(|what| what == "write");
        assert_eq!(wrote, oddity == Oddity::Swallowing, "{oddity:?}: {asked:?}");
        assert!(!asked.iter().any(|what| what == "rename"), "{oddity:?}: {asked:?}");
        let made = asked.iter().any(|what| what == "open");
        let tidied = asked.last().is_some_and(|what| what == "remove");
        assert_eq!(tidied, made, "{oddity:?}: {asked:?}");
    }
}
