//! A sealed bundle pushed to a product over HTTPS, by the contract of docs/receiver-api.md, and an offer fetched.
//!
//! The address is read strictly, its name is resolved once, every address behind it is judged, and only those are
//! connected to. The server's certificate is judged by the operating system, or by the one pinned key and then by
//! nothing else. There are no redirects, cookies, compression or proxies, and every answer is capped in size and time.
//! What a server says is never believed: a bundle counts as taken when its receipt was verified.

mod address;
mod answer;
mod class;
mod client;
mod contract;
mod destination;
mod error;
mod means;
mod offer;
mod parcel;
mod patience;
mod preview;
mod push;
mod receipt;
mod shown;
mod staple;
mod trust;
mod trying;

pub use address::{Address, AddressFault};
pub use class::AddressClass;
pub use contract::{CONTRACT, Exchange};
pub use destination::Destination;
pub use error::{CertificateFault, HttpsError, ReceiptFault};
pub use means::{Clock, Means, Resolver, SystemClock, SystemResolver};
pub use offer::{FetchedOffer, LARGEST_OFFER, fetch_offer};
pub use parcel::{LARGEST_BUNDLE, Parcel};
pub use preview::{Place, Preview};
pub use push::{Delivery, Pushed, Verify};
pub use receipt::HttpsReceipt;
pub use shown::LONGEST_SHOWN;
pub use trust::{Pin, Trust};
pub use trying::{Reply, Trying};

/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 64 * 1024;
