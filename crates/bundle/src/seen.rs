//! What a receiver remembers: its open offers and the bundles it has taken. The rules ask for one transaction,
//! so a product implements `Seen` over its own database; the one in memory is for a single opening and for tests.

use std::collections::BTreeSet;

use time::OffsetDateTime;

/// The receiver's memory (steps 8, 9 and 12).
pub trait Seen {
    /// Step 8: is this the nonce of one of the own open offers, and unused? `None` means that the bundle has none.
    fn expects(&self, nonce: Option<&str>) -> bool;
    /// Step 9: was a bundle with this `jti` taken before?
    fn knows(&self, jti: &str) -> bool;
    /// Step 12: from now on `nonce` and `jti` are used. Nothing is handed out when this fails. A `jti` may be
    /// forgotten some minutes after `until`.
    ///
    /// # Errors
    /// [`SeenError::AlreadyUsed`] when another opening was faster, [`SeenError::NotRecorded`] when it cannot be stored.
    fn burn(&mut self, nonce: Option<&str>, jti: &str, until: OffsetDateTime) -> Result<(), SeenError>;
    /// Are bundles of a rehearsal wanted? They are refused unless this says so.
    fn wants_rehearsal(&self) -> bool {
        false
    }
}

/// Why a use was not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeenError {
    /// Another opening was faster.
    #[error("it was used in the meantime")]
    AlreadyUsed,
    /// The memory could not be written.
    #[error("the record could not be written")]
    NotRecorded,
}

/// A memory that ends with the program.
#[derive(Debug, Default)]
pub struct SeenInMemory {
    nonces: BTreeSet<String>,
    without_nonce: bool,
    used: BTreeSet<String>,
    rehearsal: bool,
}

impl SeenInMemory {
    /// For a key that Footbridge made for the admin: there was no offer, so there is no nonce.
    pub fn without_offer() -> SeenInMemory {
        SeenInMemory { without_nonce: true, ..SeenInMemory::default() }
    }

    /// For a product that has one open offer.
    pub fn with_offer(nonce: impl Into<String>) -> SeenInMemory {
        SeenInMemory { nonces: BTreeSet::from([nonce.into()]), ..SeenInMemory::default() }
    }

    /// Takes bundles of a rehearsal, too.
    pub fn and_rehearsals(mut self) -> SeenInMemory {
        self.rehearsal = true;
        self
    }
}

impl Seen for SeenInMemory {
    fn expects(&self, nonce: Option<&str>) -> bool {
        match nonce {
            Some(nonce) => self.nonces.contains(nonce),
            None => self.without_nonce,
        }
    }

    fn knows(&self, jti: &str) -> bool {
        self.used.contains(jti)
    }

    fn burn(&mut self, nonce: Option<&str>, jti: &str, _until: OffsetDateTime) -> Result<(), SeenError> {
        if !self.expects(nonce) || !self.used.insert(jti.to_owned()) {
            return Err(SeenError::AlreadyUsed);
        }
        if let Some(nonce) = nonce {
            self.nonces.remove(nonce);
        }
        Ok(())
    }

    fn wants_rehearsal(&self) -> bool {
        self.rehearsal
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_nonce_and_a_jti_are_good_once() {
        let mut seen = SeenInMemory::with_offer("n");
        assert!(seen.expects(Some("n")) && !seen.expects(Some("m")) && !seen.expects(None));
        seen.burn(Some("n"), "j", OffsetDateTime::UNIX_EPOCH).unwrap();
        assert!(!seen.expects(Some("n")) && seen.knows("j"));
        assert_eq!(seen.burn(Some("n"), "k", OffsetDateTime::UNIX_EPOCH), Err(SeenError::AlreadyUsed));
        let mut own = SeenInMemory::without_offer();
        own.burn(None, "j", OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(own.burn(None, "j", OffsetDateTime::UNIX_EPOCH), Err(SeenError::AlreadyUsed));
    }
}
