//! The desk puts a sealed bundle into a folder of a real OpenSSH server: nobody signs in before the host key was compared,
//! the file is whole and its owner's alone, and another key under the same name stops everything.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use engine::{Code, Recipient, SftpAccount, SftpLine, SftpSignIn, SftpTo, State};

use crate::received::rehearsed;
use crate::sshd::{self, Setting, Sshd};

fn line(sshd: &Sshd) -> SftpLine {
    SftpLine { host: sshd.address.ip().to_string(), port: sshd.address.port() }
}

fn to(sshd: &Sshd, line: &SftpLine, recipient: Recipient) -> SftpTo {
    let sign_in = SftpSignIn::Key { private: sshd.account_key().into(), passphrase: None };
    SftpTo {
        line: line.clone(),
        account: SftpAccount { user: sshd.user.clone(), sign_in },
        folder: sshd.folder().display().to_string(),
        recipient,
        replace: false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_lies_in_the_folder_once_the_host_key_was_compared() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let done = rehearsed("targetconnect").await;
    let (desk, connection) = (&done.rehearsal.desk, done.connection.as_str());
    let line = line(&sshd);
    let own = bundle::OwnKey::generate().unwrap();

    let unknown = desk
        .deliver_by_sftp(connection, "hand-over", &to(&sshd, &line, Recipient::Key(own.recipient().clone())))
        .await
        .unwrap_err();
    assert_eq!(unknown.code, Code::HostKeyUnknown);
    assert_eq!(sshd.names(), Vec::<String>::new());
    assert_eq!(desk.pinned_host_key(connection, &line).unwrap(), None);

    let key = desk.host_key(&line).await.unwrap();
    assert_eq!(key.fingerprint.to_string(), sshd::fingerprint(&sshd.host_key("ed25519")));
    let print = key.fingerprint.to_string();
    desk.pin_host_key(connection, &line, &print, Some(&key.kind.to_string())).unwrap();
    assert_eq!(desk.pinned_host_key(connection, &line).unwrap(), Some(print));

    let recipient = Recipient::Key(own.recipient().clone());
    let receipt = desk.deliver_by_sftp(connection, "hand-over", &to(&sshd, &line, recipient)).await.unwrap();
    let names = sshd.names();
    assert_eq!(names.len(), 1, "{names:?}");
    let path = sshd.folder().join(&names[0]);
    assert!(receipt.path.ends_with(&names[0]), "{receipt:?}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut memory = bundle::SeenInMemory::without_offer().and_rehearsals();
    let sealed = std::fs::read_to_string(&path).unwrap();
    let opened = bundle::open(&sealed, &own, time::OffsetDateTime::now_utc(), &mut memory).unwrap();
    assert_eq!(opened.payload.fields.len(), 7);
    assert_eq!(desk.checklist(connection).unwrap().step("hand-over").unwrap().state, State::Proven);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_than_the_pinned_one_stops_before_anything_is_sent() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let done = rehearsed("targetconnect").await;
    let (desk, connection) = (&done.rehearsal.desk, done.connection.as_str());
    let line = line(&sshd);
    let other = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    desk.pin_host_key(connection, &line, other, None).unwrap();
    let changed = desk
        .deliver_by_sftp(connection, "hand-over", &to(&sshd, &line, Recipient::Passphrase))
        .await
        .unwrap_err();
    assert_eq!(changed.code, Code::HostKeyChanged);
    assert_eq!(sshd.names(), Vec::<String>::new());
}
