//! `cert new` and `cert csr`: a new key with its certificate or its request. What does not fit together is refused before a key
//! is made, and nothing counts as written that did not open again.

use engine::certs::{
    self, Certificate, Destination, Identity, KeyKind, Order, Passphrase, PrivateKey, Purpose, Request,
    Subject,
};

use super::lines;
use super::options::{Csr, Giving, New, Wanted};
use super::passphrase::Held;
use super::refusal::Refusal;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn new(new: &New, voice: &Voice) -> Result<(), Failure> {
    let order = order(&new.wanted, new.purpose, new.days)?;
    if new.purpose == Purpose::CompanyAuthority {
        return ask(&new.wanted, &order, &new.giving, voice);
    }
    let destinations = with_public(&new.export);
    if !destinations.iter().any(|destination| destination.carries_key()) {
        return Err(Refusal::KeyWouldBeLost.into());
    }
    private_file::make_folder(&new.giving.out)?;
    let held = Held::of(new.giving.passphrase_file.as_deref(), voice)?;
    let key = PrivateKey::make(new.wanted.key)?;
    let made = Certificate::self_signed(&key, &order, opening::now())?;
    let chain = [made];
    let identity = Identity { key: &key, chain: &chain };
    let files = export(&identity, &new.wanted.name, &destinations, &new.giving, Some(&held.passphrase))?;
    lines::certificate(&chain[0], None, None, opening::now()).tell(voice);
    lines::written(files, voice);
    held.tell(voice)
}

pub fn request(csr: &Csr, voice: &Voice) -> Result<(), Failure> {
    ask(&csr.wanted, &order(&csr.wanted, csr.purpose, 1)?, &csr.giving, voice)
}

fn ask(wanted: &Wanted, order: &Order, giving: &Giving, voice: &Voice) -> Result<(), Failure> {
    private_file::make_folder(&giving.out)?;
    let held = Held::of(giving.passphrase_file.as_deref(), voice)?;
    let key = PrivateKey::make(wanted.key)?;
    let request = Request::make(&key, order)?;
    let parcels = [
        certs::pack_request(&request, &wanted.name)?,
        certs::pack_key(&key, &wanted.name, &held.passphrase)?,
    ];
    let files = certs::lay_down(&giving.out, &parcels, &key, &[], Some(&held.passphrase))?;
    lines::request(&request, files.first().map(|file| file.path.as_path()), voice);
    if !wanted.key.is_rsa() {
        voice.line(KeyKind::NOT_FOR_ENTRA);
    }
    lines::written(files, voice);
    held.tell(voice)
}

fn order(wanted: &Wanted, purpose: Purpose, days: u32) -> Result<Order, Failure> {
    certs::check_name(&wanted.name)?;
    let subject = match &wanted.subject {
        Some(subject) => subject.clone(),
        None => Subject::common_name(&wanted.name).map_err(certs::CertificateError::from)?,
    };
    let order = Order { subject, other_names: wanted.san.clone(), days, purpose };
    order.check(wanted.key)?;
    Ok(order)
}

/// The wanted destinations, OpenSSL where none is, and always the public part, each once and in the table's order.
pub fn with_public(wanted: &[Destination]) -> Vec<Destination> {
    let mut all = if wanted.is_empty() { vec![Destination::OpenSsl] } else { wanted.to_vec() };
    all.push(Destination::Public);
    all.sort();
    all.dedup();
    all
}

/// Packs for every destination and lays everything down, or nothing.
pub fn export(
    identity: &Identity<'_>,
    name: &str,
    destinations: &[Destination],
    giving: &Giving,
    passphrase: Option<&Passphrase>,
) -> Result<Vec<certs::Written>, Failure> {
    let mut parcels = Vec::new();
    for destination in destinations {
        parcels.extend(certs::pack(identity, name, *destination, passphrase)?);
    }
    Ok(certs::lay_down(&giving.out, &parcels, identity.key, identity.chain, passphrase)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_part_is_always_written_and_nothing_twice() {
        use Destination::{Java, MacOs, OpenSsl, Public};
        assert_eq!(with_public(&[]), [OpenSsl, Public]);
        assert_eq!(with_public(&[Public, Java, MacOs, Java]), [MacOs, Java, Public]);
    }
}
