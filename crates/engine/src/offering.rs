//! Takes a certificate that somebody else issued, to be uploaded in place of one that Footbridge makes.

use crate::credential::{CredentialKind, Pair};
use crate::desk::Desk;
use crate::renewal::kind_of;
use crate::trouble::{Code, Trouble};
use crate::verbs;

impl Desk {
    /// Takes a certificate with its private key for a step, instead of one that Footbridge makes: issued by the company's
    /// authority on a request, or imported. It is uploaded when the step runs, or when its certificate is renewed.
    ///
    /// # Errors
    /// A step that holds no certificate, a file that cannot be opened, or a certificate that has ended.
    pub fn offer_certificate(
        &self,
        connection: &str,
        step: &str,
        pfx: &[u8],
        passphrase: &certs::Passphrase,
    ) -> Result<String, Trouble> {
        let (_, step) = self.step(connection, step)?;
        if kind_of(step)? != CredentialKind::Certificate {
            return Err(Trouble::new(Code::StepUnknown).with("name", &step.id).in_field("step"));
        }
        let invalid = |why: &dyn std::fmt::Display| {
            Trouble::new(Code::FileInvalid).with("why", why).in_field("certificate")
        };
        let opened = certs::Pfx::open(pfx, passphrase).map_err(|error| invalid(&error))?;
        let none = || invalid(&certs::CertificateError::NotACertificate);
        let key = opened.key.ok_or_else(none)?;
        let certificate = opened.certificates.into_iter().find(|one| one.is_for(&key)).ok_or_else(none)?;
        let thumbprint = certificate.thumbprints().sha1_hex();
        let pair = Pair { key, certificate };
        verbs::offer(&self.room.vault, connection, &step.id, &pair, self.room.clock.now())?;
        self.forget(connection);
        Ok(thumbprint)
    }
}
