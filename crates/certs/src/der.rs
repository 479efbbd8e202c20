//! The smallest reader and writer of DER (X.690) that the files here need. It never recurses, never copies what it
//! reads, and knows no indefinite lengths: those are BER, and are refused.

use secrecy::zeroize::Zeroizing;
use x509_parser::asn1_rs::{Any, Class, FromDer as _, Oid, Tag};

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const CONTEXT_0: u8 = 0xA0;

/// The fields of one sequence, taken from the front.
#[derive(Clone)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn of(sequence: &Any<'a>) -> Option<Fields<'a>> {
        (sequence.class() == Class::Universal && sequence.tag() == Tag::Sequence)
            .then_some(Fields(sequence.data))
    }

    /// The fields of the sequence that these bytes are, with nothing behind it.
    pub(crate) fn within(bytes: &'a [u8]) -> Option<Fields<'a>> {
        let (rest, sequence) = Any::from_der(bytes).ok()?;
        if rest.is_empty() { Fields::of(&sequence) } else { None }
    }

    pub(crate) fn any(&mut self) -> Option<Any<'a>> {
        let (rest, field) = Any::from_der(self.0).ok()?;
        self.0 = rest;
        Some(field)
    }

    /// The next field whole, with its tag and length.
    pub(crate) fn whole(&mut self) -> Option<&'a [u8]> {
        let before = self.0;
        self.any()?;
        before.get(..before.len() - self.0.len())
    }

    pub(crate) fn next(&mut self, tag: Tag) -> Option<&'a [u8]> {
        let field = self.any()?;
        (field.class() == Class::Universal && field.tag() == tag).then_some(field.data)
    }

    pub(crate) fn sequence(&mut self) -> Option<Fields<'a>> {
        self.next(Tag::Sequence).map(Fields)
    }

    pub(crate) fn oid(&mut self) -> Option<String> {
        self.next(Tag::Oid).map(|bytes| Oid::new(bytes.into()).to_id_string())
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        self.any()?.u32().ok()
    }

    /// What is inside the next `[0]`.
    pub(crate) fn wrapped(&mut self) -> Option<&'a [u8]> {
        let field = self.any()?;
        (field.class() == Class::ContextSpecific && field.tag() == Tag(0)).then_some(field.data)
    }

    pub(crate) fn wrapped_octets(&mut self) -> Option<&'a [u8]> {
        let mut inside = Fields(self.wrapped()?);
        let octets = inside.next(Tag::OctetString)?;
        inside.end().map(|()| octets)
    }

    /// The fields that follow each other in these bytes.
    pub(crate) fn row(bytes: &'a [u8]) -> Fields<'a> {
        Fields(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn end(&self) -> Option<()> {
        self.is_empty().then_some(())
    }
}

/// One field: tag, shortest length, and the parts one after another. Wiped when it is dropped, as it may hold a key.
pub(crate) fn field(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Reserved in full, so that no piece of a key stays behind in a buffer that grew.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 10));
    bytes.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7F) => bytes.push(short),
        _ => {
            let long = length.to_be_bytes();
            let skip = long.iter().take_while(|byte| **byte == 0).count();
            bytes.push(0x80 | u8::try_from(long.len() - skip).unwrap_or(0x7F));
            bytes.extend_from_slice(&long[skip..]);
        }
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// Whether these bytes begin a sequence of indefinite length: BER, which DER forbids.
pub(crate) fn is_indefinite(bytes: &[u8]) -> bool {
    bytes.starts_with(&[SEQUENCE, 0x80])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lengths_take_their_shortest_form() {
        for (length, head) in [
            (0, &[4, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (255, &[4, 0x81, 255]),
            (256, &[4, 0x82, 1, 0]),
            (70_000, &[4, 0x83, 1, 0x11, 0x70]),
        ] {
            let bytes = field(OCTETS, &[&vec![7; length]]);
            assert_eq!(&bytes[..head.len()], head);
            assert_eq!(bytes.len(), head.len() + length);
            assert_eq!(Fields::row(&bytes).next(Tag::OctetString).unwrap().len(), length);
        }
    }

    #[test]
    fn what_is_cut_or_indefinite_is_no_sequence() {
        let bytes = field(SEQUENCE, &[&[2, 1, 5]]);
        assert_eq!(Fields::within(&bytes).unwrap().number(), Some(5));
        assert!(Fields::within(&bytes[..4]).is_none());
        assert!(Fields::within(&[0x30, 0x80, 2, 1, 5, 0, 0]).is_none());
        assert!(is_indefinite(&[0x30, 0x80]));
    }

    #[test]
    fn a_whole_field_keeps_its_head() {
        let mut row = Fields::row(&[2, 1, 5, 2, 1, 6]);
        assert_eq!(row.whole(), Some(&[2, 1, 5][..]));
        assert_eq!(row.number(), Some(6));
        assert!(row.is_empty());
    }
}
