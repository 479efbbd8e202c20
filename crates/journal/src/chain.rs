//! The chain: how a row's tags are made and judged. Pure; it must never read or write a database.
//! The chain cannot notice that the whole file was replaced by an older, intact copy of itself.

use std::fmt;

/// Whoever holds the key that rows are tagged under. The journal never sees the key.
pub trait Signer: Send + Sync {
    /// A keyed tag over the message, such as HMAC-SHA-256. The same message gives the same tag.
    fn tag(&self, message: &[u8]) -> [u8; 32];
}

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was written and none is missing.
    Intact {
        /// How many rows there are.
        entries: u64,
    },
    /// A row is not as it was written, or is missing.
    Broken {
        /// The number of the first row that is wrong.
        at_seq: u64,
        /// What is wrong with it.
        why: Flaw,
    },
    /// The rows were tagged under another key, so nothing can be said about them.
    OtherKey {
        /// How many rows there are.
        entries: u64,
    },
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Its content is not what was tagged: edited, moved or inserted.
    Content,
    /// It does not continue the row before: reordered, replaced or inserted.
    Link,
    /// A row of this number is missing.
    Missing,
    /// The rows at the end are missing, or rows were added after the last one that was recorded.
    End,
    /// It cannot be read at all.
    Unreadable,
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Flaw::Content => "its content was changed after it was written",
            Flaw::Link => "it does not follow from the row before",
            Flaw::Missing => "a row is missing here",
            Flaw::End => "the recorded end is another one: rows were cut off or added",
            Flaw::Unreadable => "it cannot be read",
        })
    }
}

/// A tag of 32 bytes.
pub(crate) type Tag = [u8; 32];

/// What comes before the first row.
pub(crate) const START: Tag = [0; 32];

/// A row as stored: text fields untouched, so that a tag is always judged over what is really there.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) connection: String,
    pub(crate) kind: String,
    pub(crate) event: String,
    pub(crate) content: Tag,
    pub(crate) link: Tag,
}

/// The tag over a row's own content.
pub(crate) fn content_tag(signer: &dyn Signer, seq: u64, texts: [&str; 4]) -> Tag {
    let [at, connection, kind, event] = texts.map(str::as_bytes);
    tag(signer, "content", &[&seq.to_be_bytes(), at, connection, kind, event])
}

/// The tag that binds a row's content to its number and to the row before.
pub(crate) fn link_tag(signer: &dyn Signer, seq: u64, previous: &Tag, content: &Tag) -> Tag {
    tag(signer, "link", &[&seq.to_be_bytes(), previous, content])
}

/// The tag over the recorded end, so that rows cannot be cut off unnoticed.
pub(crate) fn end_tag(signer: &dyn Signer, seq: u64, link: &Tag) -> Tag {
    tag(signer, "end", &[&seq.to_be_bytes(), link])
}

/// Tells whether a journal was written under this signer's key.
pub(crate) fn key_check(signer: &dyn Signer) -> Tag {
    tag(signer, "key check", &[])
}

/// The tag over one line of an export and the line before.
pub(crate) fn line_tag(signer: &dyn Signer, previous: &Tag, line: &str) -> Tag {
    tag(signer, "export line", &[previous, line.as_bytes()])
}

/// Judges rows in order, one at a time.
pub(crate) struct Walk<'a> {
    signer: &'a dyn Signer,
    seq: u64,
    link: Tag,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(signer: &'a dyn Signer) -> Self {
        Walk { signer, seq: 0, link: START }
    }

    /// Judges the next row by its tags; `texts` is absent where the content is not shown.
    pub(crate) fn step(
        &mut self,
        seq: u64,
        texts: Option<[&str; 4]>,
        content: &Tag,
        link: &Tag,
    ) -> Result<(), Broken> {
        let expected = self.seq + 1;
        if seq != expected {
            let why = if seq > expected { Flaw::Missing } else { Flaw::Link };
            return Err(Broken { at_seq: expected, why });
        }
        if let Some(texts) = texts
            && content_tag(self.signer, seq, texts) != *content
        {
            return Err(Broken { at_seq: seq, why: Flaw::Content });
        }
        if link_tag(self.signer, seq, &self.link, content) != *link {
            return Err(Broken { at_seq: seq, why: Flaw::Link });
        }
        (self.seq, self.link) = (seq, *link);
        Ok(())
    }

    /// Judges the recorded end after the last row.
    pub(crate) fn finish(&self, end_seq: u64, end: &Tag) -> Result<u64, Broken> {
        if end_seq > self.seq {
            return Err(Broken { at_seq: self.seq + 1, why: Flaw::Missing });
        }
        if end_seq < self.seq || end_tag(self.signer, self.seq, &self.link) != *end {
            return Err(Broken { at_seq: self.seq.min(end_seq + 1), why: Flaw::End });
        }
        Ok(self.seq)
    }
}

/// The first place where the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at_seq: u64,
    pub(crate) why: Flaw,
}

fn tag(signer: &dyn Signer, purpose: &str, parts: &[&[u8]]) -> Tag {
    let mut message = format!("footbridge journal 1 {purpose}\0").into_bytes();
    for part in parts {
        // Lengths keep two neighbouring fields from being cut at another place with the same tag.
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part);
    }
    signer.tag(&message)
}
