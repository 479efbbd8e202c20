//! Steps 1 to 10 over a sealed text, with the receiver's own memory: nothing is used up and nothing is written.
//! What may be shown for step 11 comes out; what the bundle carries only where it is being taken.

use bundle::{Accepts, BundleError, Credential, Opened, Overview, Refusal, Seen, SeenError, Step};
use time::OffsetDateTime;

use crate::memory::{Memory, MemoryError, OpenOffer};

/// Why a bundle was not taken.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// A check of the format failed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// It carries another kind of credential than the offer takes.
    #[error("the bundle carries a credential that this offer does not take")]
    NotAccepted,
    /// It names another certificate than the one that was offered.
    #[error("the bundle names another certificate than the one of this offer")]
    OtherCertificate,
    /// The receiver's memory could not be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

impl JudgeError {
    /// The number of the step that failed, where the format has one.
    pub fn step(&self) -> Option<u8> {
        match self {
            JudgeError::Bundle(BundleError::Refused { step, .. }) => Some(step.number()),
            _ => None,
        }
    }
}

/// How well the signer is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A person agreed to this signer for this product and tenant before.
    Known,
    /// Nobody was agreed to for this product yet.
    New,
    /// The signer is known, the tenant is another one.
    OtherTenant,
    /// Somebody else was agreed to before.
    OtherSigner {
        /// The newest signer that was agreed to.
        before: String,
    },
}

/// A bundle that holds, before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What may be shown.
    pub overview: Overview,
    /// How well its signer is known.
    pub standing: Standing,
}

/// Judges a sealed text.
///
/// # Errors
/// [`JudgeError`]; the caller tells a stranger none of its reasons.
pub fn judge(
    memory: &Memory,
    text: &str,
    now: OffsetDateTime,
    rehearsals: bool,
) -> Result<Judged, JudgeError> {
    let (opened, offer) = open(memory, text, now, rehearsals)?;
    let overview = opened.overview();
    let standing = standing(memory, &offer.product, &overview)?;
    Ok(Judged { overview, standing })
}

/// The bundle and the offer that it answers. Nothing is burned.
pub(crate) fn open(
    memory: &Memory,
    text: &str,
    now: OffsetDateTime,
    rehearsals: bool,
) -> Result<(Opened, OpenOffer), JudgeError> {
    let refused = |step, why| JudgeError::Bundle(BundleError::Refused { step, why });
    let kid = bundle::inspect(text)?.recipient.ok_or(refused(Step::Parts, Refusal::PartCount))?;
    let Some(offer) = memory.offer_for(&kid)? else {
        return Err(match memory.taken_for(&kid)? {
            Some(_) => refused(Step::Replay, Refusal::SeenBefore),
            None => refused(Step::Constants, Refusal::OtherRecipient),
        });
    };
    let mut claim = Claim { memory, offer: &offer, now, rehearsals };
    let opened = bundle::open(text, &offer.key, now, &mut claim)?;
    check_credential(&opened.payload.credential, &offer)?;
    Ok((opened, offer))
}

/// The receiver's memory as the format asks for it. Its `burn` records nothing: step 12 burns in one transaction with the
/// written files, after the whole bundle was judged.
struct Claim<'a> {
    memory: &'a Memory,
    offer: &'a OpenOffer,
    now: OffsetDateTime,
    rehearsals: bool,
}

impl Seen for Claim<'_> {
    fn expects(&self, nonce: Option<&str>) -> bool {
        let open = self.now <= self.offer.expires_at + bundle::CLOCK_TOLERANCE;
        open && nonce == Some(self.offer.nonce.as_str())
    }

    fn knows(&self, jti: &str) -> bool {
        // A memory that cannot be read counts as one that knows everything.
        !matches!(self.memory.taken(jti), Ok(None))
    }

    fn burn(&mut self, _: Option<&str>, _: &str, _: OffsetDateTime) -> Result<(), SeenError> {
        Ok(())
    }

    fn wants_rehearsal(&self) -> bool {
        self.rehearsals
    }
}

fn check_credential(credential: &Credential, offer: &OpenOffer) -> Result<(), JudgeError> {
    let wanted = |kind| offer.accepts.contains(&kind).then_some(()).ok_or(JudgeError::NotAccepted);
    match credential {
        Credential::Secret { .. } => wanted(Accepts::Secret),
        Credential::Certificate { .. } => wanted(Accepts::Certificate),
        Credential::None { cert_pem: None, .. } => Ok(()),
        Credential::None { cert_pem: Some(named), .. } => {
            wanted(Accepts::PublicCert)?;
            let same = |pem: &str| certs::Certificate::from_pem(pem).ok().map(|read| read.der().to_vec());
            match &offer.certificate {
                Some(own) if same(&own.pem).is_none() || same(&own.pem) != same(named) => {
                    Err(JudgeError::OtherCertificate)
                }
                _ => Ok(()),
            }
        }
    }
}

fn standing(memory: &Memory, product: &str, overview: &Overview) -> Result<Standing, MemoryError> {
    let agreed = memory.agreed(product)?;
    let of_signer = |who: &&crate::memory::Agreed| who.fingerprint == overview.signer_fingerprint;
    let known = agreed.iter().filter(of_signer).any(|who| who.tenant == overview.tenant.id);
    Ok(match agreed.first() {
        _ if known => Standing::Known,
        None => Standing::New,
        Some(_) if agreed.iter().any(|who| of_signer(&who)) => Standing::OtherTenant,
        Some(before) => Standing::OtherSigner { before: before.fingerprint.clone() },
    })
}
