//! Delivery over SFTP against OpenSSH's own server. A missing server is named; FOOTBRIDGE_REQUIRE_STRANGERS=1 makes it a
//! failure.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "sftp/accounts.rs"]
mod accounts;
#[path = "sftp/breaking.rs"]
mod breaking;
#[path = "sftp/places.rs"]
mod places;
#[path = "sftp/pretend.rs"]
mod pretend;
#[path = "sftp/proxy.rs"]
mod proxy;
#[path = "sftp/sshd.rs"]
mod sshd;
#[path = "sftp/trust.rs"]
mod trust;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery::sftp::{
    Account, Act, Fingerprint, HostKey, KeyKind, LARGEST, Left, Patience, Pin, Place, Placed, Receipt,
    Server, SftpError, SignIn, Stopped, deliver, look,
};
use pretend::Oddity;
use proxy::{Counted, Then};
use secrecy::SecretString;
use sshd::{Setting, Sshd, fingerprint, keygen};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const JTI: &str = "q83vEjRWeJCrze8SNFZ4kA";
const NAME: &str = "targetconnect.footbridge";

fn server(address: SocketAddr) -> Server {
    let (host, port) = (address.ip().to_string(), address.port());
    Server { host, port, connect: None, patience: Patience::default() }
}

fn place(folder: &Path) -> Place {
    Place { folder: folder.display().to_string(), name: NAME.into(), jti: JTI.into(), replace: false }
}

fn by_key(sshd: &Sshd) -> Account {
    let sign_in = SignIn::Key { private: sshd.account_key().into(), passphrase: None };
    Account { user: sshd.user.clone(), sign_in }
}

fn pinned(sshd: &Sshd, kind: &str) -> Pin {
    fingerprint(&sshd.host_key(kind)).parse::<Fingerprint>().unwrap().into()
}

/// A bundle of the largest size, no piece of it like another.
fn bundle() -> Vec<u8> {
    (0..LARGEST as u32 / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000)
}

async fn send(sshd: &Sshd, account: &Account, place: &Place) -> Result<Receipt, Stopped> {
    send_by(sshd.address, sshd, account, place).await
}

async fn send_by(way: SocketAddr, sshd: &Sshd, account: &Account, place: &Place) -> Result<Receipt, Stopped> {
    let pin = pinned(sshd, "ed25519");
    deliver(&server(way), Some(&pin), account, place, &bundle(), &now).await
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}
