//! The sealed hand-over file `bundle/1`: a signed text (ES256) inside an encrypted text (ECDH-ES on P-256, A256GCM).
//! This crate writes, opens and verifies it, and reads a product's offer. It must never touch the network, the clock
//! or a file, so that a vendor can check a bundle with this crate alone. The format is described in docs/bundle-format.md.

mod acknowledgement;
mod aead;
mod agreement;
mod compact;
mod error;
mod header;
#[cfg(test)]
mod hostile;
mod inspect;
mod keys;
mod offer;
mod open;
mod passphrase;
mod payload;
mod payload_json;
mod point;
mod seal;
mod seen;
mod statement;
pub mod trial;
mod wiping;

pub use acknowledgement::{Acknowledgement, AcknowledgementFault, ReceiptKey};
pub use error::{BundleError, KeyFault, OfferFault, Refusal, Step};
pub use inspect::{Form, Inspection, inspect};
pub use keys::{OwnKey, RecipientKey, Signer, SigningKey, fingerprint};
pub use offer::{Accepts, Offer};
pub use open::{Opened, Overview, open, open_with_passphrase, verify, verify_with_passphrase};
pub use passphrase::in_groups;
pub use payload::{
    App, Credential, Field, FieldValue, Payload, Permission, PermissionKind, Settings, Tenant, Tool,
};
pub use seal::{Sealed, new_jti, seal, seal_for_receipt, seal_with_passphrase};
pub use seen::{Seen, SeenError, SeenInMemory};
pub use statement::{StatementFault, read_statement, sign_statement};

/// The largest bundle that is written or read, in bytes (256 KiB).
pub const LARGEST_BUNDLE: usize = 256 * 1024;

/// How the name of a sealed file ends. Nobody judges a file by it: those that were made before end in `.bundle` and open as well.
pub const ENDING: &str = "footbridge";

/// How long a bundle lives after it was made.
pub const LIFETIME: time::Duration = time::Duration::hours(24);

/// How far the clocks of sender and receiver may differ. A decision of this project; the standards leave it open.
pub const CLOCK_TOLERANCE: time::Duration = time::Duration::minutes(5);
