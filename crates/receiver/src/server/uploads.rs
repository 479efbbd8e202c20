//! Uploads that are not complete: the bytes as they arrived, so that a dropped line costs only what was not sent yet.
//! There are few, each is small, and each is forgotten after an hour.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

/// The most unfinished uploads at once.
pub(super) const MOST: usize = 16;
/// How long an unfinished upload is kept after its last byte.
const KEPT: Duration = Duration::hours(1);

#[derive(Debug, Default)]
pub(super) struct Uploads(BTreeMap<String, Part>);

#[derive(Debug)]
struct Part {
    total: usize,
    bytes: Vec<u8>,
    touched: OffsetDateTime,
}

/// Why an upload cannot go on as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hindered {
    /// So much is here, and what was sent does not continue it.
    Elsewhere(usize),
    /// Too many others.
    Full,
}

impl Uploads {
    /// How much of it is here.
    pub(super) fn length(&mut self, jti: &str, now: OffsetDateTime) -> Option<usize> {
        self.forget(now);
        self.0.get(jti).map(|part| part.bytes.len())
    }

    /// Begins an upload, or goes on with one.
    pub(super) fn begin(
        &mut self,
        jti: &str,
        first: usize,
        total: usize,
        now: OffsetDateTime,
    ) -> Result<(), Hindered> {
        self.forget(now);
        match self.0.get(jti) {
            Some(part) if part.bytes.len() == first && part.total == total => Ok(()),
            Some(part) => Err(Hindered::Elsewhere(part.bytes.len())),
            None if first > 0 => Err(Hindered::Elsewhere(0)),
            None if self.0.len() >= MOST => Err(Hindered::Full),
            None => {
                let part = Part { total, bytes: Vec::new(), touched: now };
                self.0.insert(jti.to_owned(), part);
                Ok(())
            }
        }
    }

    /// Adds bytes at a place; they must continue what is here and stay within the total.
    pub(super) fn add(
        &mut self,
        jti: &str,
        at: usize,
        bytes: &[u8],
        now: OffsetDateTime,
    ) -> Result<(), Hindered> {
        let part = self.0.get_mut(jti).ok_or(Hindered::Elsewhere(0))?;
        if part.bytes.len() != at || at + bytes.len() > part.total {
            return Err(Hindered::Elsewhere(part.bytes.len()));
        }
        part.bytes.extend_from_slice(bytes);
        part.touched = now;
        Ok(())
    }

    /// The whole text, once it is complete.
    pub(super) fn complete(&mut self, jti: &str) -> Option<Vec<u8>> {
        let done = self.0.get(jti).is_some_and(|part| part.bytes.len() == part.total);
        done.then(|| self.0.remove(jti)).flatten().map(|part| part.bytes)
    }

    /// Gives the place of an upload back of which nothing arrived.
    pub(super) fn drop_empty(&mut self, jti: &str) {
        if self.0.get(jti).is_some_and(|part| part.bytes.is_empty()) {
            self.0.remove(jti);
        }
    }

    fn forget(&mut self, now: OffsetDateTime) {
        self.0.retain(|_, part| now - part.touched < KEPT);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn pieces_join_in_order_only() {
        let mut uploads = Uploads::default();
        uploads.begin("a", 0, 4, NOW).unwrap();
        uploads.add("a", 0, b"xy", NOW).unwrap();
        assert_eq!(uploads.begin("a", 0, 4, NOW), Err(Hindered::Elsewhere(2)));
        assert_eq!(uploads.begin("a", 2, 5, NOW), Err(Hindered::Elsewhere(2)));
        assert_eq!(uploads.add("a", 0, b"zz", NOW), Err(Hindered::Elsewhere(2)));
        assert_eq!(uploads.add("a", 2, b"zzz", NOW), Err(Hindered::Elsewhere(2)));
        assert_eq!(uploads.complete("a"), None);
        uploads.begin("a", 2, 4, NOW).unwrap();
        uploads.add("a", 2, b"zz", NOW).unwrap();
        assert_eq!(uploads.complete("a").unwrap(), b"xyzz");
        assert_eq!(uploads.length("a", NOW), None);
    }

    #[test]
    fn the_seventeenth_waits_until_an_hour_has_passed() {
        let mut uploads = Uploads::default();
        for number in 0..MOST {
            uploads.begin(&number.to_string(), 0, 4, NOW).unwrap();
        }
        assert_eq!(uploads.begin("one more", 0, 4, NOW), Err(Hindered::Full));
        let later = NOW + Duration::minutes(59);
        uploads.add("3", 0, b"x", later).unwrap();
        uploads.begin("one more", 0, 4, NOW + KEPT).unwrap();
        assert_eq!((uploads.length("3", NOW + KEPT), uploads.length("4", NOW + KEPT)), (Some(1), None));
        assert_eq!(uploads.length("3", later + KEPT), None);
    }

    #[test]
    fn an_upload_of_nothing_gives_its_place_back() {
        let mut uploads = Uploads::default();
        uploads.begin("a", 0, 4, NOW).unwrap();
        uploads.drop_empty("a");
        assert_eq!(uploads.length("a", NOW), None);
    }
}
