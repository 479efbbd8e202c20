//! Questions that wait for a person (step 11): asked by the process that listens, answered there or by `receive approve`.
//! They hold what may be shown and nothing of what a bundle carries.

use rusqlite::{OptionalExtension as _, params};
use time::OffsetDateTime;

use crate::judging::Judged;
use crate::memory::{Memory, MemoryError};

/// A question that stands open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The bundle's own number.
    pub jti: String,
    /// The directory id.
    pub tenant: String,
    /// The default domain.
    pub domain: String,
    /// The signer's fingerprint.
    pub fingerprint: String,
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    None,
    Yes,
    No,
}

impl Memory {
    /// Puts a question down; one that stands already keeps its answer.
    pub(crate) fn ask(&self, judged: &Judged, now: OffsetDateTime) -> Result<(), MemoryError> {
        let seen = &judged.overview;
        self.connection.execute(
            "INSERT OR IGNORE INTO questions VALUES (?1, ?2, ?3, ?4, ?5, NULL)",
            params![
                seen.jti,
                now.unix_timestamp(),
                seen.tenant.id,
                seen.tenant.domain,
                seen.signer_fingerprint
            ],
        )?;
        Ok(())
    }

    /// Answers a question; `false` where none of this number stands open.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn answer(&self, jti: &str, yes: bool) -> Result<bool, MemoryError> {
        let sql = "UPDATE questions SET answer = ?2 WHERE jti = ?1 AND answer IS NULL";
        Ok(self.connection.execute(sql, params![jti, i64::from(yes)])? == 1)
    }

    /// The questions that stand open, the oldest first.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn waiting(&self) -> Result<Vec<Waiting>, MemoryError> {
        let sql = "SELECT jti, tenant, domain, fingerprint FROM questions WHERE answer IS NULL ORDER BY asked_at, rowid";
        let mut asked = self.connection.prepare(sql)?;
        let rows = asked.query_map([], |row| {
            Ok(Waiting {
                jti: row.get(0)?,
                tenant: row.get(1)?,
                domain: row.get(2)?,
                fingerprint: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was said; `None` where nothing was asked.
    pub(crate) fn answered(&self, jti: &str) -> Result<Option<Answer>, MemoryError> {
        let sql = "SELECT answer FROM questions WHERE jti = ?1";
        let found: Option<Option<i64>> =
            self.connection.query_row(sql, [jti], |row| row.get(0)).optional()?;
        Ok(found.map(|answer| match answer {
            None => Answer::None,
            Some(0) => Answer::No,
            Some(_) => Answer::Yes,
        }))
    }

    /// Forgets questions that are as old as a bundle lives.
    pub(crate) fn forget_questions(&self, now: OffsetDateTime) -> Result<(), MemoryError> {
        let over = (now - bundle::LIFETIME - bundle::CLOCK_TOLERANCE).unix_timestamp();
        self.connection.execute("DELETE FROM questions WHERE asked_at < ?1", [over])?;
        Ok(())
    }
}
