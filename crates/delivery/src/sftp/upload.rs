//! The file's own way: made empty and private under a temporary name, written, looked at, and only then named. What a
//! request was doing is kept beside it, so that whatever ends it leaves nothing unsaid.

use std::time::Duration;

use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use tokio::time::timeout;

use super::error::{Act, Left, SftpError};
use super::place::Place;
use super::receipt::Placed;
use super::visit::Visit;

/// OpenSSH's extensions (PROTOCOL, section 4) that are used where they are offered.
const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSYNC: &str = "fsync@openssh.com";
const STATVFS: &str = "statvfs@openssh.com";

/// How much is sent at a time: every server takes 32 KiB of data (draft-ietf-secsh-filexfer-02, section 3).
const PIECE: usize = 32 * 1024;
/// How many answers with names are read when looking for own remains; a folder that is larger is left alone.
const MOST_LISTS: usize = 40;
/// For taking back a temporary file after something went wrong.
const TIDYING: Duration = Duration::from_secs(5);
/// Owner only.
const PRIVATE: u32 = 0o600;

/// How far it came.
#[derive(Default)]
pub(super) struct Trace {
    /// What was being done.
    pub act: Act,
    /// The temporary file, from before it is made until it is named.
    part: Option<String>,
    /// The final path, from when the server was asked to give it until it refused.
    naming: Option<String>,
}

/// Delivers; returns the final path, how the file came to it, and whether the server has it on its disk.
pub(super) async fn upload(
    visit: &Visit,
    place: &Place,
    bytes: &[u8],
    trace: &mut Trace,
) -> Result<(String, Placed, bool), SftpError> {
    trace.act = Act::Look;
    let folder = folder(visit, place).await?;
    let path = joined(&folder, &place.name);
    let there = lstat(visit, &path).await?.is_some();
    if there && !place.replace {
        return match same(visit, &path, bytes).await? {
            true => Ok((path, Placed::WasThere, false)),
            false => Err(SftpError::Exists { host: visit.host.clone(), path }),
        };
    }
    if there && !visit.has(POSIX_RENAME) {
        return Err(SftpError::CannotReplace { host: visit.host.clone(), path });
    }
    let remains = remove_remains(visit, place, &folder).await;
    remains.map_err(|error| visit.fault(Act::Look, &folder, error))?;
    let part = joined(&folder, &place.part()?);
    trace.act = Act::Make;
    trace.part = Some(part.clone());
    let wanted = bytes.len() as u64;
    let filled = async {
        let handle = make(visit, &part).await?;
        trace.act = Act::Write;
        fill(visit, &handle, &part, bytes).await
    };
    let durable = match filled.await {
        Ok(durable) => durable,
        Err(error) => return Err(no_space(visit, &folder, wanted, error).await),
    };
    trace.act = Act::Name;
    let named = name(visit, &part, &path, there, trace).await;
    named.map(|placed| (path, placed, durable))
}

async fn folder(visit: &Visit, place: &Place) -> Result<String, SftpError> {
    let asked = place.asked();
    let missing = || SftpError::MissingFolder { host: visit.host.clone(), folder: asked.to_owned() };
    let real = match visit.sftp.realpath(asked).await {
        Ok(name) => name.files.into_iter().next().map(|file| file.filename).ok_or_else(missing)?,
        Err(error) if is(&error, StatusCode::NoSuchFile) => return Err(missing()),
        Err(error) => return Err(visit.fault(Act::Look, asked, error)),
    };
    if !real.starts_with('/') || real.len() > 4096 || real.chars().any(char::is_control) {
        return Err(missing());
    }
    let found = match visit.sftp.stat(&real).await {
        Ok(found) => found.attrs,
        Err(error) if is(&error, StatusCode::NoSuchFile) => return Err(missing()),
        Err(error) => return Err(visit.fault(Act::Look, &real, error)),
    };
    // Some servers tell no kind; then making the file decides.
    match found.permissions.map(|mode| mode & KIND) {
        None | Some(0 | FOLDER) => Ok(real),
        Some(_) => Err(SftpError::NotAFolder { host: visit.host.clone(), folder: real }),
    }
}

/// The bits of a mode that tell the kind (POSIX `S_IFMT`), and two of the kinds.
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

fn joined(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

async fn lstat(visit: &Visit, path: &str) -> Result<Option<FileAttributes>, SftpError> {
    match visit.sftp.lstat(path).await {
        Ok(found) => Ok(Some(found.attrs)),
        Err(error) if is(&error, StatusCode::NoSuchFile) => Ok(None),
        Err(error) => Err(visit.fault(Act::Look, path, error)),
    }
}

/// Whether a plain file with exactly these bytes is there. What cannot be read is not the same.
async fn same(visit: &Visit, path: &str, bytes: &[u8]) -> Result<bool, SftpError> {
    let Some(found) = lstat(visit, path).await? else { return Ok(false) };
    let kind = found.permissions.map(|mode| mode & KIND);
    if kind.is_some_and(|kind| kind != FILE) || found.size.is_some_and(|size| size != bytes.len() as u64) {
        return Ok(false);
    }
    let read = read_same(visit, path, bytes).await;
    read.map(|same| same == Some(true)).map_err(|error| visit.fault(Act::Look, path, error))
}

async fn read_same(visit: &Visit, path: &str, bytes: &[u8]) -> Result<Option<bool>, Error> {
    let opened = visit.sftp.open(path, OpenFlags::READ, FileAttributes::empty()).await;
    let Some(handle) = unless_refused(opened)? else { return Ok(None) };
    let mut at = 0;
    let whole = loop {
        match visit.sftp.read(&handle.handle, at as u64, PIECE as u32).await {
            Ok(piece) if !piece.data.is_empty() && bytes[at..].starts_with(&piece.data) => {
                at += piece.data.len();
            }
            Ok(_) => break false,
            Err(error) if is(&error, StatusCode::Eof) => break at == bytes.len(),
            Err(error) => break unless_refused(Err(error))?.unwrap_or(false),
        }
    };
    unless_refused(visit.sftp.close(handle.handle).await)?;
    Ok(Some(whole))
}

/// Takes away what an earlier delivery of the same bundle had to leave. What the account may not do here is left.
async fn remove_remains(visit: &Visit, place: &Place, folder: &str) -> Result<(), Error> {
    let Some(handle) = unless_refused(visit.sftp.opendir(folder).await)? else { return Ok(()) };
    let mut remains = Vec::new();
    for _ in 0..MOST_LISTS {
        let Some(list) = unless_refused(visit.sftp.readdir(&handle.handle).await)? else { break };
        remains
            .extend(list.files.into_iter().map(|file| file.filename).filter(|name| place.is_own_part(name)));
    }
    unless_refused(visit.sftp.close(handle.handle).await)?;
    for name in remains {
        unless_refused(visit.sftp.remove(joined(folder, &name)).await)?;
    }
    Ok(())
}

/// A refusal is an answer; only what leaves no line to ask again on stays an error.
fn unless_refused<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Status(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A new file that nobody else can read, and nothing is in it yet.
async fn make(visit: &Visit, part: &str) -> Result<String, SftpError> {
    let fault = |error| visit.fault(Act::Make, part, error);
    let private = || FileAttributes { permissions: Some(PRIVATE), ..FileAttributes::empty() };
    let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUDE;
    let handle = visit.sftp.open(part, flags, private()).await.map_err(fault)?.handle;
    if others(visit, &handle).await.map_err(fault)?.is_some() {
        visit.sftp.fsetstat(&handle, private()).await.map_err(fault)?;
        if let Some(mode) = others(visit, &handle).await.map_err(fault)? {
            return Err(SftpError::NotPrivate { host: visit.host.clone(), mode });
        }
    }
    Ok(handle)
}

/// The file's mode where it lets others in.
async fn others(visit: &Visit, handle: &str) -> Result<Option<u32>, Error> {
    let mode = visit.sftp.fstat(handle).await?.attrs.permissions.map(|mode| mode & 0o777);
    Ok(mode.filter(|mode| mode & 0o077 != 0))
}

/// Writes everything and closes; returns whether the server has it on its disk.
async fn fill(visit: &Visit, handle: &str, part: &str, bytes: &[u8]) -> Result<bool, SftpError> {
    let fault = |error| visit.fault(Act::Write, part, error);
    for (at, piece) in bytes.chunks(PIECE).enumerate() {
        visit.sftp.write(handle, (at * PIECE) as u64, piece.to_vec()).await.map_err(fault)?;
    }
    let durable = match visit.has(FSYNC) {
        false => false,
        true => match visit.sftp.fsync(handle).await {
            Ok(_) => true,
            // Offered, but not to this account: no reason not to deliver.
            Err(error) if is(&error, StatusCode::PermissionDenied) => false,
            Err(error) => return Err(fault(error)),
        },
    };
    let has = visit.sftp.fstat(handle).await.map_err(fault)?.attrs.size;
    let sent = bytes.len() as u64;
    if let Some(has) = has.filter(|has| *has != sent) {
        return Err(SftpError::Short { host: visit.host.clone(), has, sent });
    }
    visit.sftp.close(handle).await.map_err(fault)?;
    Ok(durable)
}

/// The protocol's third version has no word for a full disk, so the disk itself is asked where it can be.
async fn no_space(visit: &Visit, folder: &str, wanted: u64, error: SftpError) -> SftpError {
    if !matches!(error, SftpError::Server { .. }) || !visit.has(STATVFS) {
        return error;
    }
    match visit.sftp.statvfs(folder).await {
        Ok(disk) if disk.blocks_avail.saturating_mul(disk.fragment_size) < wanted => {
            SftpError::NoSpace { host: visit.host.clone(), folder: folder.to_owned() }
        }
        _ => error,
    }
}

/// Gives the whole file its name. `SSH_FXP_RENAME` replaces nothing (draft-ietf-secsh-filexfer-02, section 6.5);
/// OpenSSH's own rename replaces in one step.
async fn name(
    visit: &Visit,
    part: &str,
    path: &str,
    replacing: bool,
    trace: &mut Trace,
) -> Result<Placed, SftpError> {
    trace.naming = Some(path.to_owned());
    let answer = match replacing {
        false => visit.sftp.rename(part, path).await.map(|_| ()),
        true => posix_rename(visit, part, path).await,
    };
    match answer {
        Ok(()) => {
            trace.part = None;
            Ok(if replacing { Placed::Replaced } else { Placed::New })
        }
        Err(Error::Status(status)) => {
            trace.naming = None;
            let taken = !replacing && lstat(visit, path).await.is_ok_and(|found| found.is_some());
            Err(match taken {
                true => SftpError::Exists { host: visit.host.clone(), path: path.to_owned() },
                false => visit.fault(Act::Name, path, Error::Status(status)),
            })
        }
        Err(error) => Err(visit.fault(Act::Name, path, error)),
    }
}

async fn posix_rename(visit: &Visit, from: &str, to: &str) -> Result<(), Error> {
    let mut both = Vec::new();
    for path in [from, to] {
        both.extend_from_slice(&(path.len() as u32).to_be_bytes());
        both.extend_from_slice(path.as_bytes());
    }
    match visit.sftp.extended(POSIX_RENAME, both).await? {
        Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
        Packet::Status(status) => Err(Error::Status(status)),
        _ => Err(Error::UnexpectedPacket),
    }
}

/// Takes back the temporary file where the line still stands, and says what is left.
pub(super) async fn tidy(visit: &Visit, trace: &Trace, cause: &SftpError) -> Left {
    let Some(part) = &trace.part else { return Left::Nothing };
    let left = || match &trace.naming {
        Some(path) => Left::Unsure { path: path.clone() },
        None => Left::Part { path: part.clone() },
    };
    if matches!(cause, SftpError::Dropped { .. } | SftpError::Flood { .. }) {
        return left();
    }
    match timeout(TIDYING, visit.sftp.remove(part)).await {
        // It was still there, so it was never named.
        Ok(Ok(_)) => Left::Nothing,
        Ok(Err(error)) if trace.naming.is_none() && is(&error, StatusCode::NoSuchFile) => Left::Nothing,
        _ => left(),
    }
}

fn is(error: &Error, code: StatusCode) -> bool {
    matches!(error, Error::Status(status) if status.status_code == code)
}
