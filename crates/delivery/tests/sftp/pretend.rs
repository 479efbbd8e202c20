//! An SFTP server that behaves as no honest one does; OpenSSH's own cannot be brought to it. It takes every password.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use russh::keys::decode_secret_key;
use russh::server::{Auth, ChannelOpenHandle, Config, Msg, Session, run_stream};
use russh::{Channel, ChannelId};
use russh_sftp::protocol::{
    Attrs, File, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode, Version,
};
use russh_sftp::server::StatusReply;
use tokio::net::TcpListener;

/// What is odd about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// Files are readable by everybody, whatever is asked for.
    Readable,
    /// A file is there, and there is no way to replace it in one step.
    Occupied,
    /// Folders have names without end.
    Endless,
    /// It keeps less than it is given.
    Swallowing,
    /// Its name for the folder is none.
    Elsewhere,
    /// It refuses with text that steers a screen.
    Rude,
    /// It speaks another version of the protocol.
    Newer,
}

/// What it was asked, in order: the kinds of requests that change something.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// Serves one connection after another.
pub async fn start(folder: &Path, oddity: Oddity) -> (SocketAddr, Asked) {
    let key = super::sshd::keygen(folder, "pretend", "ed25519", "");
    let key = decode_secret_key(&std::fs::read_to_string(key).unwrap(), None).unwrap();
    let config = Arc::new(Config { keys: vec![key], ..Config::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Asked::default();
    let known = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let visitor = Visitor { oddity, asked: Arc::clone(&known), channel: None };
            if let Ok(running) = run_stream(Arc::clone(&config), stream, visitor).await {
                tokio::spawn(running);
            }
        }
    });
    (address, asked)
}

struct Visitor {
    oddity: Oddity,
    asked: Asked,
    channel: Option<Channel<Msg>>,
}

impl russh::server::Handler for Visitor {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, _: &str) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channel = Some(channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(id)?;
        let room = Room { oddity: self.oddity, asked: Arc::clone(&self.asked) };
        russh_sftp::server::run(self.channel.take().unwrap().into_stream(), room).await;
        Ok(())
    }
}

struct Room {
    oddity: Oddity,
    asked: Asked,
}

impl Room {
    fn note(&self, id: u32, what: &str) -> Result<Status, StatusReply> {
        self.asked.lock().unwrap().push(what.to_owned());
        let (error_message, language_tag) = ("Ok".into(), "en".into());
        Ok(Status { id, status_code: StatusCode::Ok, error_message, language_tag })
    }
}

fn attrs(id: u32, mode: u32, size: u64) -> Attrs {
    Attrs {
        id,
        attrs: FileAttributes { permissions: Some(mode), size: Some(size), ..FileAttributes::empty() },
    }
}

impl russh_sftp::server::Handler for Room {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, extensions: HashMap<String, String>) -> Result<Version, StatusReply> {
        Ok(Version { version: if self.oddity == Oddity::Newer { 6 } else { 3 }, extensions })
    }

    async fn realpath(&mut self, id: u32, _: String) -> Result<Name, StatusReply> {
        let path = if self.oddity == Oddity::Elsewhere { "/in\n/../etc" } else { "/in" };
        Ok(Name { id, files: vec![File::dummy(path)] })
    }

    async fn stat(&mut self, id: u32, _: String) -> Result<Attrs, StatusReply> {
        Ok(attrs(id, 0o040_755, 0))
    }

    async fn lstat(&mut self, id: u32, _: String) -> Result<Attrs, StatusReply> {
        match self.oddity {
            Oddity::Occupied => Ok(attrs(id, 0o100_600, 6)),
            _ => Err(StatusCode::NoSuchFile.into()),
        }
    }

    async fn opendir(&mut self, id: u32, handle: String) -> Result<Handle, StatusReply> {
        Ok(Handle { id, handle })
    }

    async fn readdir(&mut self, id: u32, _: String) -> Result<Name, StatusReply> {
        match self.oddity {
            Oddity::Endless => Ok(Name { id, files: vec![File::dummy("x".repeat(200)); 800] }),
            _ => Err(StatusCode::Eof.into()),
        }
    }

    async fn open(
        &mut self,
        id: u32,
        _: String,
        _: OpenFlags,
        _: FileAttributes,
    ) -> Result<Handle, StatusReply> {
        self.note(id, "open")?;
        match self.oddity {
            Oddity::Rude => {
                Err(StatusCode::Failure.with_message("\x1b[2Jno\r\n".to_owned() + &"!".repeat(9000)))
            }
            _ => Ok(Handle { id, handle: "file".into() }),
        }
    }

    async fn fstat(&mut self, id: u32, _: String) -> Result<Attrs, StatusReply> {
        let mode = if self.oddity == Oddity::Readable { 0o100_644 } else { 0o100_600 };
        Ok(attrs(id, mode, 3))
    }

    async fn fsetstat(&mut self, id: u32, _: String, _: FileAttributes) -> Result<Status, StatusReply> {
        self.note(id, "fsetstat")
    }

    async fn write(&mut self, id: u32, _: String, _: u64, _: Vec<u8>) -> Result<Status, StatusReply> {
        self.note(id, "write")
    }

    async fn close(&mut self, id: u32, _: String) -> Result<Status, StatusReply> {
        self.note(id, "close")
    }

    async fn remove(&mut self, id: u32, _: String) -> Result<Status, StatusReply> {
        self.note(id, "remove")
    }

    async fn rename(&mut self, id: u32, _: String, _: String) -> Result<Status, StatusReply> {
        self.note(id, "rename")
    }
}
