//! Certificates in a PKCS#7 envelope (`.p7b`, `.p7c`): SignedData without signers (RFC 5652 §5, RFC 5751 §3.8). It carries
//! certificates and nothing else; signatures and contents of foreign envelopes are passed over.

use secrecy::zeroize::Zeroizing;
use x509_parser::asn1_rs::Tag;

use crate::certificate::Certificate;
use crate::der::{CONTEXT_0, Fields, SEQUENCE, SET, field};
use crate::pem;

const SIGNED: &str = "1.2.840.113549.1.7.2";
/// The object identifiers of SignedData and of content, in DER.
const SIGNED_OID: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2];
const CONTENT_OID: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
const VERSION_1: &[u8] = &[2, 1, 1];

/// Writes the certificates in their order.
pub fn pkcs7_der(certificates: &[Certificate]) -> Vec<u8> {
    let all: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    let parts: [Zeroizing<Vec<u8>>; 4] =
        [field(SET, &[]), field(SEQUENCE, &[CONTENT_OID]), field(CONTEXT_0, &all), field(SET, &[])];
    let [digests, content, certificates, signers] = &parts;
    let signed = field(SEQUENCE, &[VERSION_1, digests, content, certificates, signers]);
    field(SEQUENCE, &[SIGNED_OID, &field(CONTEXT_0, &[&signed])]).to_vec()
}

/// The same as text.
pub fn pkcs7_pem(certificates: &[Certificate]) -> String {
    pem::write(pem::PKCS7, &pkcs7_der(certificates))
}

/// The certificates of an envelope in DER. `None` where these bytes are none; at most `most` are taken.
pub(crate) fn read(bytes: &[u8], most: usize) -> Option<Vec<Certificate>> {
    let mut envelope = Fields::within(bytes)?;
    (envelope.oid()? == SIGNED).then_some(())?;
    let mut signed = Fields::within(envelope.wrapped()?)?;
    envelope.end()?;
    signed.number()?;
    signed.next(Tag::Set)?;
    signed.sequence()?;
    let mut row = Fields::row(signed.wrapped()?);
    let mut found = Vec::new();
    while !row.is_empty() && found.len() < most {
        found.push(Certificate::from_der(row.whole()?).ok()?);
    }
    row.end().map(|()| found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::samples::Authority;

    #[test]
    fn what_was_written_is_read_in_order() {
        let root = Authority::root("Root");
        let all = [root.leaf("Leaf").certificate, root.certificate()];
        let bytes = pkcs7_der(&all);
        assert_eq!(read(&bytes, 5).unwrap(), all);
        assert!(read(&bytes, 1).is_none(), "more than were allowed");
        assert!(read(&bytes[..bytes.len() - 1], 5).is_none());
        assert_eq!(pem::read(pem::PKCS7, &pkcs7_pem(&all)).unwrap(), bytes);
    }
}
