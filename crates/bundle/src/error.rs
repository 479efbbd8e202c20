//! What can go wrong with a bundle, as closed lists. No error carries a value from inside a bundle or a key.

use std::fmt;

use crate::seen::SeenError;

/// Why a bundle was not made, not opened, or a key or an offer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A receiver's check failed; the step says which (docs/bundle-format.md, "The receiver").
    #[error("the bundle was refused at step {number} ({step}): {why}", number = step.number())]
    Refused {
        /// The check that failed.
        step: Step,
        /// What it found.
        why: Refusal,
    },
    /// A rehearsal's bundle, and the caller did not say that rehearsals are wanted.
    #[error("this bundle comes from a rehearsal: its tenant and its secret are pretend ones")]
    Rehearsal,
    /// A key was not taken.
    #[error("the key was not taken: {0}")]
    Key(#[from] KeyFault),
    /// An offer was not taken.
    #[error("the offer was not taken, field {field}: {why}")]
    Offer {
        /// The member of the offer, or `offer` for the whole text.
        field: &'static str,
        /// What is wrong with it.
        why: OfferFault,
    },
    /// The payload cannot be sealed as it is.
    #[error("the bundle was not made: {field} is not as the format wants it")]
    Payload {
        /// The member of the payload.
        field: &'static str,
    },
    /// The finished bundle would be larger than readers take.
    #[error(
        "the bundle was not made: it would have {bytes} bytes, and 262144 is the most that a reader takes"
    )]
    TooLarge {
        /// The size it would have.
        bytes: usize,
    },
    /// The passphrase has another form than the ones that Footbridge makes.
    #[error("the passphrase was not taken: it has 26 characters out of A to Z and 2 to 7")]
    PassphraseForm,
    /// The record of used bundles could not be written, so the bundle counts as unopened.
    #[error("the bundle was not opened: its use could not be recorded")]
    Seen(#[from] SeenError),
    /// The cryptographic library failed, for example for want of random numbers.
    #[error("the cryptographic library failed")]
    Cryptography,
}

/// The receiver's checks, in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// 1: size, ASCII, no white space.
    Size,
    /// 2: five parts in canonical base64url.
    Parts,
    /// 3: exactly the header's members, none twice.
    Header,
    /// 4: the header's constants, and the own key's id.
    Constants,
    /// 5: the sender's one-time key is on the curve. In the passphrase form: salt and count.
    EphemeralKey,
    /// 6: the whole text decrypts and its tag holds.
    Decryption,
    /// 7: version and audience.
    Audience,
    /// 8: the nonce belongs to an open offer.
    Nonce,
    /// 9: not past its end, and not seen before.
    Replay,
    /// 10: the inner header and the signature.
    Signature,
    /// 12: nonce and jti are burned.
    Burn,
}

impl Step {
    /// The number in the table of the format's page. Step 11, asking a person, is the caller's.
    pub fn number(self) -> u8 {
        match self {
            Step::Size => 1,
            Step::Parts => 2,
            Step::Header => 3,
            Step::Constants => 4,
            Step::EphemeralKey => 5,
            Step::Decryption => 6,
            Step::Audience => 7,
            Step::Nonce => 8,
            Step::Replay => 9,
            Step::Signature => 10,
            Step::Burn => 12,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Step::Size => "size and characters",
            Step::Parts => "five parts",
            Step::Header => "header members",
            Step::Constants => "header constants",
            Step::EphemeralKey => "one-time key",
            Step::Decryption => "decryption",
            Step::Audience => "version and audience",
            Step::Nonce => "nonce",
            Step::Replay => "end and replay",
            Step::Signature => "signature",
            Step::Burn => "recording the use",
        })
    }
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Refusal {
    #[error("it is larger than 256 KiB")]
    TooLarge,
    #[error("it is empty")]
    Empty,
    #[error("it holds a character that is not printable ASCII")]
    Characters,
    #[error("it has not five parts with an empty second one")]
    PartCount,
    #[error("a part is not base64url in its one canonical spelling")]
    NotCanonical,
    #[error("the header is not a JSON object with exactly the members of this format, each once")]
    HeaderMembers,
    #[error("a header member has another value than this format's constant")]
    HeaderConstant,
    #[error("it was made for another key")]
    OtherRecipient,
    #[error("the one-time key is not a point on P-256")]
    NotOnCurve,
    #[error("the salt or the count of the passphrase form is not as fixed")]
    PassphraseParameters,
    #[error("it was altered, or this is not the right key")]
    NotAuthentic,
    #[error("the payload is not JSON with the members of this format")]
    PayloadForm,
    #[error("the payload has a version that this reader does not know")]
    Version,
    #[error("it was signed for another recipient")]
    OtherAudience,
    #[error("its nonce belongs to no open offer")]
    UnknownNonce,
    #[error("it has no nonce, and one is expected")]
    NoNonce,
    #[error("it is past its end")]
    Expired,
    #[error("its times lie in the future or more than 24 hours apart")]
    Times,
    #[error("it was opened before")]
    SeenBefore,
    #[error("the inner header is not exactly this format's")]
    InnerHeader,
    #[error("the signature does not hold")]
    BadSignature,
}

/// Why a key was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not a JWK, or members are missing.
    #[error("it is not a JSON Web Key with kty, crv, x and y")]
    NotJwk,
    /// Not a PEM public key.
    #[error("it is not a PEM public key for P-256 in uncompressed form")]
    NotPem,
    /// Another kind of key.
    #[error("it is not an EC key on P-256")]
    NotP256,
    /// A coordinate of another length or spelling.
    #[error("x, y and d have 32 bytes each, in base64url without padding")]
    Coordinates,
    /// The point is not on the curve.
    #[error("its point is not on P-256")]
    NotOnCurve,
    /// A private key where a public one belongs.
    #[error("it is a private key; hand over the public part only")]
    Private,
    /// A public key where a private one is needed.
    #[error("it is a public key; the private one is needed here")]
    Public,
    /// Private and public part do not belong together.
    #[error("its private and public part do not belong together")]
    Mismatch,
    /// Not PKCS#8.
    #[error("it is not a P-256 key in PKCS#8")]
    NotPkcs8,
}

/// What is wrong with an offer's member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferFault {
    /// More than 16 KiB.
    #[error("it is larger than 16 KiB")]
    TooLarge,
    /// Neither a line `offer1:` nor JSON.
    #[error("it is neither a line that begins with offer1: nor a JSON object")]
    Form,
    /// A member is missing, twice there, unknown or of another type.
    #[error("a member is missing, unknown, there twice, or of another type")]
    Members,
    /// A version that is not 1.
    #[error("only version 1 is known")]
    Version,
    /// Empty, too long, or with characters that do not belong there.
    #[error("it is empty, too long, or holds characters that do not belong there")]
    Text,
    /// A nonce of less than 128 bits.
    #[error("it needs at least 128 random bits, that is 22 characters of base64url")]
    Nonce,
    /// Not https.
    #[error("only https addresses are taken")]
    NotHttps,
    /// Nothing that Footbridge could seal.
    #[error("it names nothing that can be handed over")]
    Nothing,
    /// The key.
    #[error("{0}")]
    Key(KeyFault),
    /// Past its end.
    #[error("the offer is past its end; make a new one in the product")]
    Expired,
    /// More than 24 hours ahead.
    #[error("the end lies more than 24 hours ahead; check the clocks")]
    TooFarAhead,
}
