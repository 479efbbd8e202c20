//! `cert import` and `cert export`: files from elsewhere, put together. The key must belong to one of the certificates; the
//! chain is built above that one, and what is missing in it is said.

use std::path::{Path, PathBuf};

use engine::certs::{
    self, Certificate, Chain, Contents, ContentsError, Destination, Identity, PrivateKey, Request,
};
use engine::secrecy::SecretString;

use super::lines;
use super::making;
use super::options::{Brought, Export, Giving, Import};
use super::passphrase::{self, Held};
use super::refusal::Refusal;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn import(import: &Import, voice: &Voice) -> Result<(), Failure> {
    write(&import.brought, &making::with_public(&import.export), &import.giving, voice)
}

pub fn export(export: &Export, voice: &Voice) -> Result<(), Failure> {
    let mut destinations = export.to.clone();
    destinations.sort();
    destinations.dedup();
    write(&export.brought, &destinations, &export.giving, voice)
}

fn write(
    brought: &Brought,
    destinations: &[Destination],
    giving: &Giving,
    voice: &Voice,
) -> Result<(), Failure> {
    let name = name(brought)?;
    let (key, chain) = gathered(brought, voice)?;
    lines::chain(&chain, voice);
    let carries_key = destinations.iter().any(|destination| destination.carries_key());
    private_file::make_folder(&giving.out)?;
    let held = carries_key.then(|| Held::of(giving.passphrase_file.as_deref(), voice)).transpose()?;
    let identity = Identity { key: &key, chain: &chain.certificates };
    let passphrase = held.as_ref().map(|held| &held.passphrase);
    let files = making::export(&identity, &name, destinations, giving, passphrase)?;
    lines::certificate(&chain.certificates[0], None, None, opening::now()).tell(voice);
    lines::written(files, voice);
    held.map_or(Ok(()), |held| held.tell(voice))
}

fn name(brought: &Brought) -> Result<String, Failure> {
    let first = brought.files.first().and_then(|path| path.file_stem());
    let name = brought.name.clone().or_else(|| first.map(|stem| stem.to_string_lossy().into_owned()));
    let name = name.filter(|name| certs::check_name(name).is_ok());
    name.ok_or_else(|| Refusal::NoName.into())
}

/// The one key of the files and the chain above its certificate.
fn gathered(brought: &Brought, voice: &Voice) -> Result<(PrivateKey, Chain), Failure> {
    let mut key: Option<PrivateKey> = None;
    let mut certificates: Vec<Certificate> = Vec::new();
    let mut requests: Vec<Request> = Vec::new();
    let mut passphrase: Option<SecretString> = None;
    for path in &brought.files {
        let found = read(path, brought.opening_passphrase_file.as_deref(), &mut passphrase, voice)?;
        if let Some(found) = found.key
            && key.replace(found).is_some()
        {
            return Err(Refusal::SeveralKeys.into());
        }
        certificates.extend(found.certificates);
        requests.extend(found.requests);
    }
    let key = key.ok_or(Refusal::NoKey)?;
    if !requests.iter().all(|request| request.is_for(&key)) {
        return Err(Refusal::RequestOfAnotherKey.into());
    }
    // A renewed certificate can stand beside the old one on the same key: the one that ends last is meant.
    let own = certificates.iter().filter(|one| one.is_for(&key)).max_by_key(|one| one.not_after());
    let chain = Chain::build(own.ok_or(Refusal::NoCertificateOfTheKey)?, &certificates);
    Ok((key, chain))
}

/// Reads one file; the passphrase is read or asked for once, when the first file needs it.
fn read(
    path: &Path,
    passphrase_file: Option<&Path>,
    passphrase: &mut Option<SecretString>,
    voice: &Voice,
) -> Result<Contents, Failure> {
    let bytes = bytes_of(path)?;
    let refused = |why| Failure::from(Refusal::Contents { path: PathBuf::from(path), why });
    match certs::read(&bytes, passphrase.as_ref()) {
        Err(ContentsError::NeedsPassphrase) => {
            let opening = passphrase.insert(passphrase::opening(passphrase_file, voice)?);
            certs::read(&bytes, Some(opening)).map_err(refused)
        }
        read => read.map_err(refused),
    }
}

/// The bytes of a file, wiped when they are dropped; a larger one than is read is cut, and then refused for its size.
pub fn bytes_of(path: &Path) -> Result<private_file::Bytes, Failure> {
    private_file::read_bytes(path, certs::LARGEST_FILE + 1)
}
