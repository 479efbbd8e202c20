//! What can go wrong on the way to a product, as a closed list. No error carries a byte of the bundle; what a server
//! said is cut, and its control characters are replaced.

use std::net::IpAddr;

use super::address::AddressFault;
use super::class::AddressClass;

/// Why a bundle was not delivered, or an offer not fetched. Each message says what happened and what to do now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpsError {
    /// The address cannot be used.
    #[error("nothing was sent: the address cannot be used, {0}")]
    Address(AddressFault),
    /// The bundle's id is not 1 to 64 letters, digits, `-` and `_`.
    #[error(
        "nothing was sent: the bundle's id (jti) is not made of 1 to 64 letters, digits, - and _; seal it again"
    )]
    Jti,
    /// The bundle is empty, not one line of printable text, or larger than 256 KiB.
    #[error(
        "nothing was sent: the bundle of {bytes} bytes is no sealed text of at most 256 KiB; seal it again"
    )]
    Bundle {
        /// Its size.
        bytes: usize,
    },
    /// A pinned key is not 32 bytes in base64url.
    #[error("nothing was sent: tls_spki_s256 is not a SHA-256 in base64url; ask the product for a new offer")]
    Pin,
    /// The name has no address.
    #[error(
        "nothing was sent: the name {host} has no address ({reason}); check the name and this machine's DNS"
    )]
    Resolve {
        /// The name.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// One of the addresses behind the name is one that is never connected to.
    #[error(
        "nothing was sent: {host} leads to {address}, {}; a bundle never goes there, so check the address and this machine's DNS",
        .class.words()
    )]
    Forbidden {
        /// The host.
        host: String,
        /// The address.
        address: IpAddr,
        /// Its class.
        class: AddressClass,
    },
    /// The address is this machine, and that was not allowed.
    #[error(
        "nothing was sent: {host} leads to {address}, this machine itself; allow it if the product runs here, or check the address"
    )]
    Loopback {
        /// The host.
        host: String,
        /// The address.
        address: IpAddr,
    },
    /// The operating system has no store of authorities, or a further authority is none.
    #[error(
        "nothing was sent: this system's trust store cannot be read; install its CA certificates, or pin the product's key"
    )]
    TrustStore,
    /// The certificate does not count; no byte of a request was sent.
    #[error("no byte was sent to {host}: {fault}")]
    Certificate {
        /// The host.
        host: String,
        /// What is wrong with it.
        fault: CertificateFault,
    },
    /// The server knows nothing newer than TLS 1.1.
    #[error(
        "no byte was sent to {host}: it speaks no TLS 1.2 or 1.3; have TLS 1.2 or later switched on there"
    )]
    TlsTooOld {
        /// The host.
        host: String,
    },
    /// TLS did not come about for another reason.
    #[error("no byte was sent to {host}: no TLS came about ({reason}); check the port and the server's TLS")]
    Tls {
        /// The host.
        host: String,
        /// What the TLS library says.
        reason: String,
    },
    /// No connection.
    #[error("{host} cannot be reached ({reason}); check address, port and firewall, then push again")]
    Unreachable {
        /// The host.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The connection broke or the answer stayed out, again and again.
    #[error(
        "the connection to {host} broke again and again ({reason}); what arrived is kept for an hour, so push again, and it goes on there"
    )]
    Lost {
        /// The host.
        host: String,
        /// The last reason.
        reason: String,
    },
    /// The server sent elsewhere.
    #[error(
        "{host} sends elsewhere with status {status}, to \"{location}\"; that is not followed, so enter the final address if it is right"
    )]
    Redirected {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// Where to, cut and cleaned.
        location: String,
    },
    /// The answer is larger than allowed.
    #[error(
        "the answer of {host} is larger than {limit} bytes and was not read; check that the address is the product's"
    )]
    AnswerTooLarge {
        /// The host.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer is compressed, which nobody asked for.
    #[error("the answer of {host} is compressed and was not unpacked; have compression switched off there")]
    Compressed {
        /// The host.
        host: String,
    },
    /// What comes back is no HTTP.
    #[error("{host} does not answer in HTTP; check that address and port are the product's")]
    NotHttp {
        /// The host.
        host: String,
    },
    /// The answer is not one of the contract's.
    #[error(
        "{host} answered with status {status}, not as a product does that takes bundles; check the address. It said: {shown}"
    )]
    NotAReceiver {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// At most 4 KB of the answer, as text.
        shown: String,
    },
    /// The product refused the bundle; it does not say why.
    #[error(
        "{host} refused the bundle; make a new offer at the product, compare its fingerprint, and seal a new bundle to it"
    )]
    Refused {
        /// The host.
        host: String,
    },
    /// The product has other bytes under this id, or does not say how many it has.
    #[error("{host} has other bytes under this bundle's id; seal a new bundle and push that")]
    Conflict {
        /// The host.
        host: String,
    },
    /// The product takes no bundle of this size, or not this type.
    #[error(
        "{host} does not take this bundle (status {status}); ask its maker whether bundle/1 of up to 256 KiB is taken"
    )]
    NotTaken {
        /// The host.
        host: String,
        /// The status: 411, 413 or 415.
        status: u16,
    },
    /// The product has no time, for longer than is waited.
    #[error(
        "{host} has no time and asks to come again in {seconds} seconds; push again then, and it goes on where it stopped"
    )]
    Busy {
        /// The host.
        host: String,
        /// How long it asks for; 60 where it says nothing that can be read.
        seconds: u64,
    },
    /// The receipt does not hold.
    #[error(
        "{host} says that it took the bundle, and its receipt does not hold: {fault}; do not rely on it, and compare the offer's fingerprint with the product's admin"
    )]
    Forged {
        /// The host.
        host: String,
        /// What is wrong with the receipt.
        fault: ReceiptFault,
    },
    /// What lies at the address is no text of at most 16 KiB.
    #[error(
        "what {host} shows at this address is no offer: it is no plain text of at most 16 KiB; check the address"
    )]
    NotAnOffer {
        /// The host.
        host: String,
    },
    /// The HTTP client could not be made.
    #[error("nothing was sent: the HTTP client cannot be made ({reason}); install Footbridge again")]
    Setup {
        /// What is wrong.
        reason: String,
    },
}

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// It has ended.
    #[error("its certificate has expired; have it renewed there")]
    Expired,
    /// It has not begun.
    #[error("its certificate is not valid yet; check the clocks of both machines")]
    NotYetValid,
    /// It names other hosts, or none.
    #[error("its certificate is for another name; use the name that it holds, or have a fitting one issued")]
    WrongName,
    /// No authority of the system vouches for it.
    #[error(
        "no authority that this system trusts vouches for its certificate; have the issuing authority installed, or use an offer that pins the key"
    )]
    Untrusted,
    /// It says itself, by the statement that the server brings along, that it was revoked.
    #[error("its certificate was revoked by its authority; have a new one issued there")]
    Revoked,
    /// Its key is not the pinned one.
    #[error(
        "its key is not the one that the offer pins (it shows {seen}); make a new offer at the product and compare its fingerprint"
    )]
    OtherKey {
        /// SHA-256 of the key that was shown, base64url.
        seen: String,
    },
    /// Its key changed while the delivery went on.
    #[error("its key changed during the delivery; find out why, then push again")]
    Changed,
    /// The verifier refuses it for another reason, such as a signature that is too weak.
    #[error(
        "its certificate is refused ({reason}); have a new one issued, with RSA of 2048 bits or P-256 and SHA-256"
    )]
    Refused {
        /// The verifier's words.
        reason: String,
    },
}

/// Why a receipt does not count, by whoever knows how it is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// It is no receipt.
    #[error("it has another form than a receipt")]
    Form,
    /// It speaks of another bundle.
    #[error("it is the receipt of another bundle")]
    OtherBundle,
    /// Its proof does not hold.
    #[error("its proof was not made by somebody who opened the bundle")]
    Proof,
}
