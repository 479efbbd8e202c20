//! The revocation statement that a server staples to its certificate (RFC 6960, RFC 6066 §8).
//!
//! Only one word of it is looked for: "revoked". It is taken without checking who signed it, since a server that calls
//! its own certificate revoked can only lose by it. "Good" changes nothing, and neither does a missing statement.

use x509_parser::asn1_rs::{Any, Class, FromDer};

const SEQUENCE: u32 = 16;
const OCTETS: u32 = 4;
/// `revoked [1]` of `CertStatus` (RFC 6960 §4.2.1).
const REVOKED: u32 = 1;

/// Whether the statement says of any certificate that it was revoked.
pub(super) fn says_revoked(staple: &[u8]) -> bool {
    responses(staple).is_some_and(|list| list.iter().any(|single| status(single) == Some(REVOKED)))
}

/// The single responses: `OCSPResponse` > `[0] ResponseBytes` > octets of `BasicOCSPResponse` > `ResponseData` > list.
fn responses(staple: &[u8]) -> Option<Vec<Any<'_>>> {
    let outer = members(&any(staple)?)?;
    let held = members(outer.get(1)?)?;
    let octets = members(held.first()?)?.into_iter().find(|member| member.tag().0 == OCTETS)?;
    let basic = members(&any(octets.data)?)?;
    let told = members(basic.first()?)?;
    // Version and responder are tagged, the time has its own tag: the list is the first plain sequence.
    let list = told.iter().find(|member| is_plain(member, SEQUENCE))?;
    members(list)
}

/// The number of the tag of a single response's status, its second member.
fn status(single: &Any<'_>) -> Option<u32> {
    let held = members(single)?;
    let status = held.get(1)?;
    (status.class() == Class::ContextSpecific).then(|| status.tag().0)
}

fn any(bytes: &[u8]) -> Option<Any<'_>> {
    Any::from_der(bytes).ok().map(|(_, any)| any)
}

fn members<'a>(outer: &Any<'a>) -> Option<Vec<Any<'a>>> {
    let (mut rest, mut found) = (outer.data, Vec::new());
    while !rest.is_empty() && found.len() < 64 {
        let (further, member) = Any::from_der(rest).ok()?;
        found.push(member);
        rest = further;
    }
    Some(found)
}

fn is_plain(member: &Any<'_>, tag: u32) -> bool {
    member.class() == Class::Universal && member.tag().0 == tag
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(0_u8.., 0..200)) {
            let _ = says_revoked(&bytes);
        }
    }

    #[test]
    fn no_statement_says_nothing() {
        for bytes in [&b""[..], b"\x30\x00", b"\x30\x03\x0a\x01\x06", b"\x30\x84\xff\xff\xff\xff"] {
            assert!(!says_revoked(bytes));
        }
    }
}
