//! Makes an offer: a fresh key and a one-time nonce, kept here, and what may be told of them. With an own certificate
//! nothing secret ever travels: the sender gets its public part, and its key stays.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bundle::{Accepts, BundleError, Offer, OwnKey};
use certs::{
    Certificate, CertificateError, KeyError, KeyKind, NameError, Order, OtherName, PrivateKey, Purpose,
    Subject,
};
use time::{Duration, OffsetDateTime};

use crate::memory::{Memory, MemoryError, OpenOffer, OwnCertificate};

/// How long a certificate that is made here lives, in days. The app's certificate is renewed by a new offer.
const DAYS: u32 = 730;

/// The longest life of an offer.
const LONGEST: Duration = bundle::LIFETIME;

/// What the offer shall say.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The product's name.
    pub product: String,
    /// The product's installation; a random name where `None`.
    pub install_id: Option<String>,
    /// Where bundles are taken over HTTPS.
    pub endpoint: Option<String>,
    /// The certificate that HTTPS answers with.
    pub tls: Tls,
    /// What the product takes, the first is liked best. Ignored with an own certificate.
    pub accepts: Vec<Accepts>,
    /// Make a key and a certificate for the application here, and take nothing else.
    pub own_certificate: bool,
    /// How long the offer is open, up to 24 hours.
    pub lifetime: Duration,
}

/// How a sender knows the server at the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// By the key of a certificate that is made here; its digest stands in the offer.
    OwnMade,
    /// By the key of this certificate (PEM); its digest stands in the offer.
    Pinned(String),
    /// By the sender's system, such as a certificate of a public authority.
    BySystem,
}

/// A made offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offering {
    /// What the sender gets.
    pub offer: Offer,
    /// The key's fingerprint, five groups of four.
    pub fingerprint: String,
}

/// Why there is no offer.
#[derive(Debug, thiserror::Error)]
pub enum OfferingError {
    /// The endpoint is no address of a receiver.
    #[error(
        "the endpoint must be an https address with a path, such as https://product.example.org:8443/footbridge/v1/bundles, without user, query or fragment"
    )]
    Endpoint,
    /// The lifetime is out of range.
    #[error("an offer lives for more than nothing and for at most 24 hours")]
    Lifetime,
    /// The product takes nothing.
    #[error("say what the product takes: public-cert, certificate, secret")]
    Nothing,
    /// The product's name, or the certificate.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The offer's own form.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The system has no random numbers.
    #[error("the system gave no random numbers; try again")]
    NoRandomness,
    /// The memory could not be used.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// Makes an offer and keeps its key and nonce.
///
/// # Errors
/// [`OfferingError`]; nothing is kept then.
pub fn make_offer(memory: &Memory, wish: &Wish, now: OffsetDateTime) -> Result<Offering, OfferingError> {
    if wish.lifetime <= Duration::ZERO || wish.lifetime > LONGEST {
        return Err(OfferingError::Lifetime);
    }
    let own = wish.own_certificate.then(|| application_certificate(wish, now)).transpose()?;
    let accepts = match &own {
        Some(_) => vec![Accepts::PublicCert],
        None if wish.accepts.is_empty() => return Err(OfferingError::Nothing),
        None => wish.accepts.clone(),
    };
    let endpoint = wish.endpoint.as_deref().map(endpoint).transpose()?;
    let (server, pin) = match &endpoint {
        Some(address) => server(memory, wish, address, now)?,
        None => (None, None),
    };
    let key = OwnKey::generate()?;
    let offer = Offer {
        product: wish.product.clone(),
        install_id: wish.install_id.clone().map_or_else(random::<9>, Ok)?,
        endpoint: wish.endpoint.clone(),
        key: key.recipient().clone(),
        nonce: random::<24>()?,
        expires_at: (now + wish.lifetime).replace_nanosecond(0).map_err(|_| OfferingError::Lifetime)?,
        accepts: accepts.clone(),
        cert_request: own.as_ref().map(|own| own.pem.clone()),
        ssh_hostkey_s256: None,
        tls_spki_s256: pin,
    };
    // What the other side would refuse is refused here.
    Offer::parse(&offer.to_json()?)?;
    let fingerprint = offer.key.fingerprint();
    if let Some(address) = &endpoint {
        memory.add_endpoint(address.path(), server.as_ref())?;
    }
    memory.add_offer(&OpenOffer {
        nonce: offer.nonce.clone(),
        product: offer.product.clone(),
        install_id: offer.install_id.clone(),
        accepts,
        key,
        certificate: own,
        expires_at: offer.expires_at,
    })?;
    Ok(Offering { offer, fingerprint })
}

fn endpoint(text: &str) -> Result<url::Url, OfferingError> {
    let read = url::Url::parse(text).map_err(|_| OfferingError::Endpoint)?;
    let plain = read.scheme() == "https"
        && read.username().is_empty()
        && read.password().is_none()
        && read.query().is_none()
        && read.fragment().is_none()
        && read.path().len() > 1
        && !read.path().ends_with('/');
    if plain { Ok(read) } else { Err(OfferingError::Endpoint) }
}

/// The certificate to answer with, where one is made here, and the digest for the offer.
fn server(
    memory: &Memory,
    wish: &Wish,
    address: &url::Url,
    now: OffsetDateTime,
) -> Result<(Option<OwnCertificate>, Option<String>), OfferingError> {
    let pin = |pem: &str| Ok::<_, OfferingError>(Certificate::from_pem(pem)?.public_key_s256());
    match &wish.tls {
        Tls::BySystem => Ok((None, None)),
        Tls::Pinned(pem) => Ok((None, Some(pin(pem)?))),
        Tls::OwnMade => {
            let own = match memory.own_certificate()? {
                Some(there) => there,
                None => server_certificate(address, now)?,
            };
            let pin = pin(&own.pem)?;
            Ok((Some(own), Some(pin)))
        }
    }
}

fn server_certificate(address: &url::Url, now: OffsetDateTime) -> Result<OwnCertificate, OfferingError> {
    let host = address.host_str().ok_or(OfferingError::Endpoint)?.trim_matches(['[', ']']);
    let order = Order {
        subject: Subject::common_name(host)?,
        other_names: vec![OtherName::read(host)?],
        days: DAYS,
        purpose: Purpose::HttpsServer,
    };
    certificate(KeyKind::P256, &order, now)
}

fn application_certificate(wish: &Wish, now: OffsetDateTime) -> Result<OwnCertificate, OfferingError> {
    let subject = Subject::common_name(&wish.product)?;
    let order = Order { subject, other_names: Vec::new(), days: DAYS, purpose: Purpose::AppSignIn };
    certificate(KeyKind::Rsa2048, &order, now)
}

fn certificate(kind: KeyKind, order: &Order, now: OffsetDateTime) -> Result<OwnCertificate, OfferingError> {
    let key = PrivateKey::make(kind)?;
    let pem = Certificate::self_signed(&key, order, now)?.pem();
    Ok(OwnCertificate { pem, key })
}

/// Random bytes in base64url.
fn random<const BYTES: usize>() -> Result<String, OfferingError> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).map_err(|_| OfferingError::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
