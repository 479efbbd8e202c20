//! Puts certificates in order, from the one that belongs to the key up to the root, and says what is missing. It checks who
//! signed whom; it does not judge whether a root is trusted, and it reads no clock.

use crate::certificate::{Certificate, Signature};

/// The longest chain that is built. Real ones have two to four.
const LONGEST: usize = 10;

/// A chain, the certificate of the key first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The certificates, each signed by the next.
    pub certificates: Vec<Certificate>,
    /// The subject of the issuer that is not there; `None` where the last one is self-signed.
    pub missing: Option<String>,
    /// How many signatures use an algorithm that cannot be checked here, and were taken by their names.
    pub not_checked: usize,
}

impl Chain {
    /// Builds the chain of a certificate out of a heap of others; those that do not belong to it stay out.
    pub fn build(leaf: &Certificate, others: &[Certificate]) -> Chain {
        let mut chain = Chain { certificates: vec![leaf.clone()], missing: None, not_checked: 0 };
        let mut last = leaf;
        while !last.is_self_issued() && chain.certificates.len() < LONGEST {
            let fits = |issuer: &&Certificate| {
                last.names_issuer(issuer) && !chain.certificates.contains(issuer) && issuer.is_authority()
            };
            let signs = |issuer: &&Certificate| last.signed_by(issuer) != Signature::Bad;
            let Some(issuer) = others.iter().filter(fits).find(signs) else {
                chain.missing = Some(last.issuer().to_owned());
                return chain;
            };
            chain.not_checked += usize::from(last.signed_by(issuer) == Signature::NotChecked);
            chain.certificates.push(issuer.clone());
            last = issuer;
        }
        if !last.is_self_issued() {
            chain.missing = Some(last.issuer().to_owned());
        }
        chain
    }

    /// Whether it reaches a self-signed certificate.
    pub fn is_complete(&self) -> bool {
        self.missing.is_none()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::samples::Authority;

    #[test]
    fn a_chain_comes_in_order_out_of_a_heap() {
        let root = Authority::root("Root");
        let middle = root.below("Middle");
        let leaf = middle.leaf("Leaf");
        let heap = [root.certificate(), leaf.certificate.clone(), middle.certificate()];
        let chain = Chain::build(&leaf.certificate, &heap);
        let names: Vec<&str> = chain.certificates.iter().map(Certificate::subject).collect();
        assert_eq!(names, ["CN=Leaf", "CN=Middle", "CN=Root"]);
        assert!(chain.is_complete() && chain.not_checked == 0);
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = Authority::root("Root");
        let middle = root.below("Middle");
        let leaf = middle.leaf("Leaf");
        let chain = Chain::build(&leaf.certificate, &[middle.certificate()]);
        assert_eq!(chain.missing.as_deref(), Some("CN=Root"));
        assert_eq!(chain.certificates.len(), 2);
        let alone = Chain::build(&leaf.certificate, &[root.certificate()]);
        assert_eq!(alone.missing.as_deref(), Some("CN=Middle"));
    }

    #[test]
    fn an_authority_of_the_same_name_but_another_key_is_passed_over() {
        let (root, other) = (Authority::root("Root"), Authority::root("Root"));
        let leaf = root.leaf("Leaf");
        let chain = Chain::build(&leaf.certificate, &[other.certificate(), root.certificate()]);
        assert_eq!(chain.certificates[1], root.certificate());
        assert!(Chain::build(&leaf.certificate, &[other.certificate()]).missing.is_some());
    }

    #[test]
    fn a_self_signed_certificate_is_a_whole_chain() {
        let root = Authority::root("Root");
        let chain = Chain::build(&root.certificate(), &[]);
        assert!(chain.is_complete());
        assert_eq!(chain.certificates.len(), 1);
    }
}
