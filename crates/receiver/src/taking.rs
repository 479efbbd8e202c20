//! Step 12, so that no moment of a crash leads to a second use or to a lost secret:
//!
//! 1. every file is rendered in memory;
//! 2. the memory notes their temporary names;
//! 3. each is written under its temporary name, with owner and mode, down to the disk;
//! 4. one transaction burns nonce and `jti`, keeps the receipt, and says that those files are final;
//! 5. each is renamed to its place;
//! 6. the note goes.
//!
//! Before 4 nothing counts: [`finish`] removes the temporary files, and the bundle can be taken again. After 4 everything
//! counts: [`finish`] renames what is left. The memory never holds a secret of a bundle.

use std::path::PathBuf;

use aws_lc_rs::digest::{SHA256, digest};
use bundle::{Acknowledgement, AcknowledgementFault, Overview};
use certs::Passphrase;
use rusqlite::params;
use time::OffsetDateTime;

use crate::judging::{self, JudgeError};
use crate::laying::{self, LayingError, Piece};
use crate::memory::{Agreed, Memory, MemoryError, Taken};
use crate::rendering::{RenderError, Template};
use crate::values::Values;

/// One file that the product wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its form.
    pub template: Template,
    /// Where it goes.
    pub to: PathBuf,
}

/// Whom the files belong to; `None` leaves what the system gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub uid: Option<u32>,
    /// The group's number.
    pub gid: Option<u32>,
}

/// An owner that this system does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this system knows no user or group `{0}`; say --owner USER or --owner USER:GROUP")]
pub struct UnknownOwner(String);

impl Owner {
    /// Reads `USER` or `USER:GROUP`, names or numbers.
    ///
    /// # Errors
    /// [`UnknownOwner`]; on Windows always, where files take the access list of their folder.
    pub fn named(text: &str) -> Result<Owner, UnknownOwner> {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text, None),
        };
        let unknown = |name: &str| UnknownOwner(name.to_owned());
        let uid = user_number(user).ok_or_else(|| unknown(user))?;
        let gid = group.map(|group| group_number(group).ok_or_else(|| unknown(group))).transpose()?;
        Ok(Owner { uid: Some(uid), gid })
    }
}

#[cfg(unix)]
fn user_number(name: &str) -> Option<u32> {
    name.parse().ok().or_else(|| Some(nix::unistd::User::from_name(name).ok()??.uid.as_raw()))
}

#[cfg(unix)]
fn group_number(name: &str) -> Option<u32> {
    name.parse().ok().or_else(|| Some(nix::unistd::Group::from_name(name).ok()??.gid.as_raw()))
}

#[cfg(not(unix))]
fn user_number(_: &str) -> Option<u32> {
    None
}

#[cfg(not(unix))]
fn group_number(_: &str) -> Option<u32> {
    None
}

/// A moment at which a test may stop everything, as a crash does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Everything is rendered, nothing is written.
    Rendered,
    /// The memory knows the temporary names.
    Noted,
    /// So many files lie there under their temporary names.
    Written(usize),
    /// Nonce and `jti` are burned.
    Burned,
    /// So many files have their final names.
    Renamed(usize),
}

/// What to write, for whom, and what is allowed.
pub struct Taking<'a> {
    /// The files.
    pub wanted: &'a [Wanted],
    /// Whom they belong to.
    pub owner: Owner,
    /// Their mode, such as `0o600`.
    pub mode: u32,
    /// The passphrase of PFX files.
    pub passphrase: Option<&'a Passphrase>,
    /// Whether a rehearsal's bundle is taken, too; for tests.
    pub rehearsals: bool,
    /// Ends the taking at a moment, as a crash would. Outside tests it never does.
    pub crash: &'a (dyn Fn(Point) -> bool + Sync),
}

/// A bundle that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Took {
    /// What may be shown.
    pub overview: Overview,
    /// The receipt for the sender, JSON.
    pub receipt: String,
    /// The written files.
    pub files: Vec<PathBuf>,
}

/// Why a bundle was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakingError {
    /// It does not hold.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A file cannot be rendered.
    #[error("nothing was written: {0}")]
    Render(#[from] RenderError),
    /// A file was not put down.
    #[error(transparent)]
    Laying(#[from] LayingError),
    /// The memory could not be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The receipt could not be made.
    #[error("the receipt was not made: {0}")]
    Receipt(#[from] AcknowledgementFault),
    /// Another process took it in the meantime.
    #[error("another process took a bundle for this offer in the meantime; nothing was written")]
    Faster,
    /// A test stopped it.
    #[error("stopped at {0:?}")]
    Stopped(Point),
}

/// What was left of an earlier taking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// Files that have their final names now.
    pub placed: Vec<PathBuf>,
    /// Files whose content somebody removed before they had their final names.
    pub lost: Vec<PathBuf>,
}

/// Takes a bundle in that a person agreed to: steps 1 to 10 again, then step 12.
///
/// # Errors
/// [`TakingError`]. Before the burning nothing has changed then; after it, [`finish`] completes what is left.
pub fn take(
    memory: &mut Memory,
    text: &str,
    taking: &Taking<'_>,
    now: OffsetDateTime,
) -> Result<Took, TakingError> {
    let _alone = memory.lock()?;
    settle(memory)?;
    let (opened, offer) = judging::open(memory, text, now, taking.rehearsals)?;
    let values = Values::of(&opened, offer.certificate.as_ref());
    let mut files = Vec::new();
    for wanted in taking.wanted {
        files.push((wanted.to.clone(), wanted.template.render(&values, taking.passphrase)?));
    }
    drop(values);
    let overview = opened.overview();
    let pieces = laying::plan(files, &overview.jti)?;
    let receipt = Acknowledgement::new(&opened.receipt_key, &overview.jti, now).to_json()?;
    drop(opened);
    stop(taking, Point::Rendered)?;

    let taken = Taken {
        jti: overview.jti.clone(),
        kid: offer.key.recipient().thumbprint(),
        digest: digest(&SHA256, text.as_bytes()).as_ref().to_vec(),
        total: text.len(),
        receipt: receipt.clone(),
    };
    let agreed = Agreed {
        product: offer.product,
        tenant: overview.tenant.id.clone(),
        fingerprint: overview.signer_fingerprint.clone(),
    };
    let burned = write_and_burn(memory, &pieces, taking, &taken.jti, |memory| {
        memory.burn(&offer.nonce, &taken, &agreed, now)
    });
    match burned {
        Ok(()) => {}
        Err(TakingError::Stopped(point)) => return Err(TakingError::Stopped(point)),
        Err(other) => {
            // The error that stopped it says more than one of the clearing up, which is tried again at the next start.
            let _ = settle(memory);
            return Err(other);
        }
    }
    publish(memory, &pieces, taking)?;
    Ok(Took { overview, receipt, files: pieces.into_iter().map(|piece| piece.target).collect() })
}

/// 2 to 4.
fn write_and_burn(
    memory: &mut Memory,
    pieces: &[Piece],
    taking: &Taking<'_>,
    jti: &str,
    burn: impl FnOnce(&mut Memory) -> Result<bool, MemoryError>,
) -> Result<(), TakingError> {
    note(memory, pieces, jti)?;
    stop(taking, Point::Noted)?;
    for (at, piece) in pieces.iter().enumerate() {
        laying::write(piece, taking.owner, taking.mode)?;
        stop(taking, Point::Written(at + 1))?;
    }
    match burn(memory)? {
        true => stop(taking, Point::Burned),
        false => Err(TakingError::Faster),
    }
}

/// 5 and 6.
fn publish(memory: &Memory, pieces: &[Piece], taking: &Taking<'_>) -> Result<(), TakingError> {
    for (at, piece) in pieces.iter().enumerate() {
        laying::publish(&piece.temporary, &piece.target)?;
        stop(taking, Point::Renamed(at + 1))?;
    }
    memory.connection.execute("DELETE FROM writes", []).map_err(MemoryError::from)?;
    Ok(())
}

fn note(memory: &mut Memory, pieces: &[Piece], jti: &str) -> Result<(), MemoryError> {
    let noting = memory.connection.transaction()?;
    for piece in pieces {
        let row = params![jti, piece.temporary.to_str(), piece.target.to_str()];
        noting.execute("INSERT INTO writes VALUES (?1, ?2, ?3, 0)", row)?;
    }
    Ok(noting.commit()?)
}

fn stop(taking: &Taking<'_>, point: Point) -> Result<(), TakingError> {
    if (taking.crash)(point) { Err(TakingError::Stopped(point)) } else { Ok(()) }
}

/// Completes what a crash left: removes files that never counted, gives those that count their final names.
///
/// # Errors
/// [`TakingError`]; what is left is tried again the next time.
pub fn finish(memory: &mut Memory) -> Result<Finished, TakingError> {
    let _alone = memory.lock()?;
    settle(memory)
}

/// As [`finish`], for whoever holds the lock.
fn settle(memory: &Memory) -> Result<Finished, TakingError> {
    let mut finished = Finished::default();
    for (temporary, target, settled) in left(memory)? {
        match settled {
            false => laying::remove(&temporary)?,
            true if temporary.exists() => {
                laying::publish(&temporary, &target)?;
                finished.placed.push(target.clone());
            }
            true if target.exists() => {}
            true => finished.lost.push(target.clone()),
        }
        let row = params![temporary.to_str()];
        memory
            .connection
            .execute("DELETE FROM writes WHERE temporary = ?1", row)
            .map_err(MemoryError::from)?;
    }
    Ok(finished)
}

fn left(memory: &Memory) -> Result<Vec<(PathBuf, PathBuf, bool)>, MemoryError> {
    let mut asked =
        memory.connection.prepare("SELECT temporary, target, settled FROM writes ORDER BY rowid")?;
    let rows = asked.query_map([], |row| {
        Ok((
            PathBuf::from(row.get::<_, String>(0)?),
            PathBuf::from(row.get::<_, String>(1)?),
            row.get::<_, i64>(2)? != 0,
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
