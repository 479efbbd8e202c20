//! What can go wrong over SFTP, as a closed list. No error holds a secret or a byte of what was to be delivered.

use std::fmt;

use super::host_key::{Fingerprint, HostKey};

/// What was being done when it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Act {
    /// Connecting, up to the host key.
    #[default]
    Connect,
    /// Signing in and opening SFTP.
    SignIn,
    /// Looking at the folder and at the name in it.
    Look,
    /// Making the temporary file.
    Make,
    /// Writing the temporary file.
    Write,
    /// Giving the temporary file its name.
    Name,
}

impl fmt::Display for Act {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Act::Connect => "while connecting",
            Act::SignIn => "while signing in",
            Act::Look => "while looking at the folder",
            Act::Make => "while making the file",
            Act::Write => "while writing the file",
            Act::Name => "while giving the file its name",
        })
    }
}

/// Why nothing was delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SftpError {
    /// The host is no name and no address.
    #[error("nothing was sent: \"{host}\" is no host name; type the server's name")]
    Host {
        /// What was given.
        host: String,
    },
    /// The account's name is empty or holds control characters.
    #[error("nothing was sent: \"{user}\" is no account name; type the name of the account on the server")]
    User {
        /// What was given.
        user: String,
    },
    /// The fingerprint is none.
    #[error(
        "\"{text}\" is no fingerprint of a host key; use the form SHA256:… that \"ssh-keygen -lf\" shows on the server"
    )]
    Pin {
        /// What was given.
        text: String,
    },
    /// The file name is not one plain name.
    #[error("nothing was sent: \"{name}\" is not a plain file name; use letters, digits, dots and hyphens")]
    Name {
        /// The name.
        name: String,
    },
    /// The folder cannot be one.
    #[error(
        "nothing was sent: \"{folder}\" is not taken as a folder; write it without \"..\" and control characters"
    )]
    Folder {
        /// The folder.
        folder: String,
    },
    /// The number of the bundle cannot stand in a file name.
    #[error("nothing was sent: \"{jti}\" is no bundle number (jti); take it from the bundle")]
    Jti {
        /// What was given.
        jti: String,
    },
    /// Larger than any bundle.
    #[error("nothing was sent: {bytes} bytes are more than a bundle may have (262144)")]
    TooLarge {
        /// How many bytes.
        bytes: usize,
    },
    /// The private key cannot be read.
    #[error("nothing was sent: the private key cannot be read; use an OpenSSH key file, Ed25519 or ECDSA")]
    KeyUnreadable,
    /// The private key is of a kind that cannot be used.
    #[error(
        "nothing was sent: RSA keys are not used here; make one with \"ssh-keygen -t ed25519\", or let an SSH agent hold the RSA key"
    )]
    KeyIsRsa,
    /// The private key is encrypted, and no passphrase was given.
    #[error("nothing was sent: the private key is protected; type its passphrase")]
    PassphraseNeeded,
    /// The passphrase does not open the private key.
    #[error("nothing was sent: this passphrase does not open the private key; type it again")]
    WrongPassphrase,
    /// No SSH agent answers.
    #[error("nothing was sent: no SSH agent answers ({reason}); start it, or sign in by key or password")]
    NoAgent {
        /// Why.
        reason: String,
    },
    /// The agent holds no key that may be used.
    #[error("nothing was sent: the SSH agent holds no fitting key; add it with ssh-add")]
    AgentEmpty,
    /// Nobody answers there.
    #[error("{host}, port {port}, cannot be reached ({reason}); check name, port and firewall")]
    Unreachable {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The system's own words.
        reason: String,
    },
    /// What answers does not speak SSH 2 as needed.
    #[error("what answers at {host}, port {port}, does not speak SSH as needed ({reason}); check the port")]
    NotSsh {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What was wrong.
        reason: String,
    },
    /// The server has no host key of a kind that is taken.
    #[error(
        "nothing was sent: {host} has only host keys that are not taken here ({kinds}); add an Ed25519 key to the server"
    )]
    NoUsableKey {
        /// The host.
        host: String,
        /// What the server offers.
        kinds: String,
    },
    /// The key is not pinned yet.
    #[error(
        "nothing was sent: the host key of {host}, port {port}, is not known yet: {key}; compare it with \"ssh-keygen -lf\" on the server, then pin it"
    )]
    UnknownKey {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What the server showed.
        key: HostKey,
    },
    /// The key is another one than was pinned.
    #[error(
        "nothing was sent: {host}, port {port}, shows another host key than the pinned {pinned}: {}; find out why from the server's admin before you pin a new one",
        described(.shown)
    )]
    ChangedKey {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What was pinned.
        pinned: Fingerprint,
        /// What the server shows; `None` where it has only kinds that are not taken.
        shown: Option<HostKey>,
    },
    /// The account was not let in.
    #[error("{host} did not let \"{user}\" in{}; check account, password or key", listed(.ways))]
    Refused {
        /// The host.
        host: String,
        /// The account.
        user: String,
        /// The ways to sign in that the server would still take.
        ways: Vec<String>,
    },
    /// The server wants one more proof.
    #[error("{host} wants a second proof from \"{user}\"{}; use an account that signs in with one", listed(.ways))]
    SecondProof {
        /// The host.
        host: String,
        /// The account.
        user: String,
        /// The ways that are left.
        ways: Vec<String>,
    },
    /// Signed in, but there is no SFTP for this account.
    #[error("{host} has no SFTP for \"{user}\" ({reason}); have the sftp subsystem switched on for it")]
    NoSftp {
        /// The host.
        host: String,
        /// The account.
        user: String,
        /// What was wrong.
        reason: String,
    },
    /// There is no such folder.
    #[error("the folder {folder} does not exist at {host}; make it or choose another one")]
    MissingFolder {
        /// The host.
        host: String,
        /// The folder.
        folder: String,
    },
    /// The place is something else than a folder.
    #[error("{folder} at {host} is not a folder; choose a folder")]
    NotAFolder {
        /// The host.
        host: String,
        /// The place.
        folder: String,
    },
    /// Another file has the name.
    #[error("{path} is there already at {host}; move it away, choose another name, or allow replacing it")]
    Exists {
        /// The host.
        host: String,
        /// The file.
        path: String,
    },
    /// Replacing was allowed, but the server cannot do it in one step.
    #[error("{host} cannot replace a file in one step (no posix-rename@openssh.com); move {path} away first")]
    CannotReplace {
        /// The host.
        host: String,
        /// The file.
        path: String,
    },
    /// The account may not do it.
    #[error("the account may not do this at {host}, {act}: {path}; have the right to write given to it")]
    NoRight {
        /// The host.
        host: String,
        /// What was being done.
        act: Act,
        /// Where.
        path: String,
    },
    /// The volume is full.
    #[error("there is no space left in {folder} at {host}; free some or choose another folder")]
    NoSpace {
        /// The host.
        host: String,
        /// The folder.
        folder: String,
    },
    /// The server lets others read what belongs to the account.
    #[error(
        "{host} made the file with mode {mode:03o} instead of 600 and does not change it; use another folder"
    )]
    NotPrivate {
        /// The host.
        host: String,
        /// The mode that the server shows.
        mode: u32,
    },
    /// The server has another number of bytes than it was given.
    #[error("{host} has {has} bytes of {sent}; look at its disk and try again")]
    Short {
        /// The host.
        host: String,
        /// What the server has.
        has: u64,
        /// What it was given.
        sent: u64,
    },
    /// Any other refusal.
    #[error("{host} refused {act}: \"{said}\"; a full disk, a quota or a limit of the account is likely")]
    Server {
        /// The host.
        host: String,
        /// What was being done.
        act: Act,
        /// The server's own words, shortened.
        said: String,
    },
    /// The connection ended.
    #[error("the connection to {host} ended {act}; try again")]
    Dropped {
        /// The host.
        host: String,
        /// What was being done.
        act: Act,
    },
    /// The server did not answer in time.
    #[error("{host} did not answer within {seconds} seconds, {act}; try again later")]
    Silent {
        /// The host.
        host: String,
        /// What was being done.
        act: Act,
        /// How long was waited.
        seconds: u64,
    },
    /// The server sent more than any honest one.
    #[error("{host} sends more than there can be to say, {act}; check the address")]
    Flood {
        /// The host.
        host: String,
        /// What was being done.
        act: Act,
    },
    /// There are no random numbers for the temporary name.
    #[error("nothing was sent: this system gives no random numbers")]
    NoRandom,
}

fn described(key: &Option<HostKey>) -> String {
    key.map_or_else(|| "only keys of kinds that are not taken".to_owned(), |key| key.to_string())
}

fn listed(ways: &[String]) -> String {
    if ways.is_empty() { String::new() } else { format!(" (it takes {})", ways.join(", ")) }
}

/// What a stopped delivery left at the server. Under the final name there is never a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// A temporary file, readable by its owner only; the next delivery of the same bundle removes it.
    Part {
        /// Its path.
        path: String,
    },
    /// The line ended while the file was given its name: it is there whole, or not at all.
    Unsure {
        /// The final path.
        path: String,
    },
}

impl fmt::Display for Left {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Left::Nothing => out.write_str("nothing is left at the server"),
            Left::Part { path } => write!(
                out,
                "a temporary file may be left at the server, {path}; the next delivery of this bundle removes it"
            ),
            Left::Unsure { path } => write!(
                out,
                "{path} may be there, and then whole; deliver again to be certain, which changes nothing in it"
            ),
        }
    }
}

/// A delivery that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}; {left}")]
pub struct Stopped {
    /// Why.
    pub cause: SftpError,
    /// What is at the server now.
    pub left: Left,
}

/// For what fails before a file was made.
impl From<SftpError> for Stopped {
    fn from(cause: SftpError) -> Self {
        Self { cause, left: Left::Nothing }
    }
}
