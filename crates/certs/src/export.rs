//! Packs a key and its chain for a destination and lays the files down: new files for their owner only, opened again and
//! compared before they count as written. It never replaces a file, and what fails half-way is taken away again.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::contents;
use crate::destination::{Destination, Kind};
use crate::key::PrivateKey;
use crate::passphrase::Passphrase;
use crate::pfx::{Form, Pfx, PfxError, encrypted_key_pem};
use crate::pkcs7::pkcs7_der;
use crate::request::Request;

const PUBLIC: &str = "not encrypted: public part only";

/// What is exported: a key with its certificates, that of the key first.
#[derive(Debug)]
pub struct Identity<'a> {
    /// The key.
    pub key: &'a PrivateKey,
    /// The certificates.
    pub chain: &'a [Certificate],
}

/// A packed file that is not laid down yet. Debug shows its name and algorithms alone.
pub struct Parcel {
    /// The file's name.
    pub file_name: String,
    /// What it is.
    pub kind: Kind,
    /// Where it will be opened.
    pub destination: Destination,
    /// How it is protected, in words.
    pub algorithms: String,
    bytes: Zeroizing<Vec<u8>>,
}

/// A file that was laid down and opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Where it will be opened.
    pub destination: Destination,
    /// How it is protected, in words.
    pub algorithms: String,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The name cannot be a file's name everywhere.
    #[error(
        "the name must have 1 to 64 letters, digits, spaces or the signs . _ - and neither begin nor end with a dot or space"
    )]
    Name,
    /// A file with a key needs a passphrase.
    #[error("files with a key need a passphrase")]
    NoPassphrase,
    /// The key file could not be made.
    #[error(transparent)]
    Pfx(#[from] PfxError),
    /// The file could not be laid down; a file that exists is not replaced.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// What lies on the disk is not what was packed, or does not open to the same key and certificates.
    #[error("{0} did not open again as it was written, so it was taken away; try again")]
    NotTheSame(PathBuf),
}

/// Whether a name serves as the first part of file names on every system.
///
/// # Errors
/// [`ExportError::Name`].
pub fn check_name(name: &str) -> Result<(), ExportError> {
    let fits = |letter: char| letter.is_alphanumeric() || " ._-".contains(letter);
    let edge = |letter: char| letter == '.' || letter == ' ';
    let good = (1..=64).contains(&name.chars().count())
        && name.chars().all(fits)
        && !name.starts_with(edge)
        && !name.ends_with(edge);
    if good { Ok(()) } else { Err(ExportError::Name) }
}

/// Packs the files of a destination: `NAME.DESTINATION.pfx` and so on. The PFX files are opened again and compared.
///
/// # Errors
/// An [`ExportError`]; [`ExportError::NoPassphrase`] where the destination carries the key and there is none.
pub fn pack(
    identity: &Identity<'_>,
    name: &str,
    destination: Destination,
    passphrase: Option<&Passphrase>,
) -> Result<Vec<Parcel>, ExportError> {
    check_name(name)?;
    let line = destination.line();
    let one = |(kind, ending): &(Kind, &str)| {
        let (bytes, algorithms) = contents_of(identity, name, *kind, passphrase)?;
        let file_name = format!("{name}.{}.{ending}", line.name);
        Ok(Parcel { file_name, kind: *kind, destination, algorithms, bytes: Zeroizing::new(bytes) })
    };
    line.files.iter().map(one).collect()
}

fn contents_of(
    identity: &Identity<'_>,
    name: &str,
    kind: Kind,
    passphrase: Option<&Passphrase>,
) -> Result<(Vec<u8>, String), ExportError> {
    let needed = || passphrase.ok_or(ExportError::NoPassphrase);
    let first = identity.chain.first().filter(|first| first.is_for(identity.key));
    let first = first.ok_or(PfxError::KeyAndCertificateDiffer)?;
    let open = String::from(PUBLIC);
    Ok(match kind {
        Kind::Pfx(form) => {
            let pfx = Pfx::write(identity.key, identity.chain, name, needed()?, form, form.usual())?;
            (pfx.bytes().to_vec(), pfx.algorithms().to_string())
        }
        Kind::EncryptedKey => sealed_key(identity.key, needed()?)?,
        Kind::ChainPem => {
            (identity.chain.iter().map(Certificate::pem).collect::<String>().into_bytes(), open)
        }
        Kind::Certificate => (first.der().to_vec(), open),
        // A request is packed by itself, as there is no certificate yet.
        Kind::Pkcs7 | Kind::Request => (pkcs7_der(identity.chain), open),
    })
}

fn sealed_key(key: &PrivateKey, passphrase: &Passphrase) -> Result<(Vec<u8>, String), PfxError> {
    let rounds = Form::Modern.usual();
    let text = encrypted_key_pem(key, passphrase, rounds)?;
    let words = format!("key: {}, {} iterations", crate::Cipher::Aes256, rounds.count());
    Ok((text.into_bytes(), words))
}

/// The key of a request alone, as encrypted PKCS#8: `NAME.key.pem`.
///
/// # Errors
/// An [`ExportError`].
pub fn pack_key(key: &PrivateKey, name: &str, passphrase: &Passphrase) -> Result<Parcel, ExportError> {
    check_name(name)?;
    let (bytes, algorithms) = sealed_key(key, passphrase)?;
    Ok(Parcel {
        file_name: format!("{name}.key.pem"),
        kind: Kind::EncryptedKey,
        destination: Destination::OpenSsl,
        algorithms,
        bytes: Zeroizing::new(bytes),
    })
}

/// A request, for the authority: `NAME.csr`.
///
/// # Errors
/// [`ExportError::Name`].
pub fn pack_request(request: &Request, name: &str) -> Result<Parcel, ExportError> {
    check_name(name)?;
    Ok(Parcel {
        file_name: format!("{name}.csr"),
        kind: Kind::Request,
        destination: Destination::Public,
        algorithms: String::from(PUBLIC),
        bytes: Zeroizing::new(request.pem().into_bytes()),
    })
}

/// Lays the parcels down in a folder: each a new file that only its owner can read (mode 0600 from its first moment; on
/// Windows what the folder allows). Each is read back, opened and compared with what it was packed from. Where one fails, the
/// others of this call are taken away again.
///
/// # Errors
/// [`ExportError::File`] or [`ExportError::NotTheSame`].
pub fn lay_down(
    folder: &Path,
    parcels: &[Parcel],
    key: &PrivateKey,
    chain: &[Certificate],
    passphrase: Option<&Passphrase>,
) -> Result<Vec<Written>, ExportError> {
    let mut written: Vec<Written> = Vec::new();
    for parcel in parcels {
        let path = folder.join(&parcel.file_name);
        let laid = create(&path, &parcel.bytes).map_err(|why| ExportError::File { path: path.clone(), why });
        if laid.is_ok() {
            let Parcel { kind, destination, algorithms, .. } = parcel;
            let (kind, destination, algorithms) = (*kind, *destination, algorithms.clone());
            written.push(Written { path: path.clone(), kind, destination, algorithms });
        }
        let proven = laid.and_then(|()| match holds(&path, parcel, key, chain, passphrase) {
            true => Ok(()),
            false => Err(ExportError::NotTheSame(path)),
        });
        if let Err(why) = proven {
            written.iter().for_each(|file| drop(std::fs::remove_file(&file.path)));
            return Err(why);
        }
    }
    Ok(written)
}

/// A new file; an existing one, or a link, is not touched. What cannot be written whole is taken away.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let whole = file.write_all(bytes).and_then(|()| file.sync_all());
    if whole.is_err() {
        drop(std::fs::remove_file(path));
    }
    whole
}

/// Whether the file on the disk is the parcel, and opens to the key and the certificates.
fn holds(
    path: &Path,
    parcel: &Parcel,
    key: &PrivateKey,
    chain: &[Certificate],
    passphrase: Option<&Passphrase>,
) -> bool {
    let mut bytes = Zeroizing::new(Vec::with_capacity(parcel.bytes.len() + 1));
    let longest = u64::try_from(parcel.bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(longest).read_to_end(&mut bytes));
    if read.is_err() || bytes != parcel.bytes {
        return false;
    }
    let Ok(found) = contents::read(&bytes, passphrase.map(Passphrase::text)) else { return false };
    let key_fits = found.key.as_ref().map(|found| found.is(key)) == parcel.kind.carries_key().then_some(true);
    let wanted = match parcel.kind {
        Kind::EncryptedKey | Kind::Request => &[][..],
        Kind::Certificate => &chain[..chain.len().min(1)],
        Kind::Pfx(_) | Kind::ChainPem | Kind::Pkcs7 => chain,
    };
    let asked = usize::from(parcel.kind == Kind::Request);
    let request_fits = found.requests.len() == asked && found.requests.iter().all(|one| one.is_for(key));
    key_fits && request_fits && found.certificates == wanted
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Parcel");
        shown
            .field("file_name", &self.file_name)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::destination::TABLE;
    use crate::samples::{Authority, Leaf};

    struct Desk {
        leaf: Leaf,
        chain: Vec<Certificate>,
        passphrase: Passphrase,
        folder: tempfile::TempDir,
    }

    fn desk() -> Desk {
        let root = Authority::root("Root");
        let leaf = root.leaf("Leaf");
        let chain = vec![leaf.certificate.clone(), root.certificate()];
        let folder = tempfile::tempdir().unwrap();
        Desk { leaf, chain, passphrase: Passphrase::made().unwrap(), folder }
    }

    impl Desk {
        fn pack(&self, destination: Destination) -> Vec<Parcel> {
            let identity = Identity { key: &self.leaf.key, chain: &self.chain };
            pack(&identity, "minutes", destination, Some(&self.passphrase)).unwrap()
        }

        fn lay_down(&self, parcels: &[Parcel]) -> Result<Vec<Written>, ExportError> {
            let passphrase = Some(&self.passphrase);
            lay_down(self.folder.path(), parcels, &self.leaf.key, &self.chain, passphrase)
        }

        fn files(&self) -> usize {
            std::fs::read_dir(self.folder.path()).unwrap().count()
        }
    }

    #[test]
    fn every_destination_is_laid_down_for_its_owner_only() {
        let desk = desk();
        for line in TABLE {
            let written = desk.lay_down(&desk.pack(line.destination)).unwrap();
            assert_eq!(written.len(), line.files.len());
            for file in &written {
                #[cfg(unix)]
                {
                    use std::os::unix::fs::PermissionsExt as _;
                    assert_eq!(file.path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
                }
                assert_ne!(file.algorithms, "");
            }
        }
    }

    #[test]
    fn nothing_is_replaced_and_nothing_half_done_stays() {
        let desk = desk();
        let parcels = desk.pack(Destination::OpenSsl);
        let taken = desk.folder.path().join(&parcels[2].file_name);
        std::fs::write(&taken, "before").unwrap();
        assert!(matches!(desk.lay_down(&parcels), Err(ExportError::File { .. })));
        assert_eq!(desk.files(), 1, "the two files before it were taken away");
        assert_eq!(std::fs::read_to_string(&taken).unwrap(), "before");
    }

    #[test]
    fn a_file_that_opens_to_something_else_does_not_count() {
        let (desk, other) = (desk(), desk());
        for destination in [Destination::OpenSsl, Destination::Public] {
            let parcels = desk.pack(destination);
            let passphrase = Some(&desk.passphrase);
            let laid = lay_down(desk.folder.path(), &parcels, &other.leaf.key, &other.chain, passphrase);
            assert!(matches!(laid, Err(ExportError::NotTheSame(_))));
            assert_eq!(desk.files(), 0);
        }
    }

    #[test]
    fn a_key_needs_a_passphrase_and_its_own_certificate() {
        let (desk, other) = (desk(), desk());
        let identity = Identity { key: &desk.leaf.key, chain: &desk.chain };
        let without = |destination| pack(&identity, "a", destination, None);
        assert!(matches!(without(Destination::Java), Err(ExportError::NoPassphrase)));
        assert!(without(Destination::Public).is_ok());
        let foreign = Identity { key: &desk.leaf.key, chain: &other.chain };
        let differs = pack(&foreign, "a", Destination::Public, None);
        assert!(matches!(differs, Err(ExportError::Pfx(PfxError::KeyAndCertificateDiffer))));
    }

    #[test]
    fn names_that_some_system_cannot_hold_are_refused() {
        for (name, fits) in [
            ("minutes", true),
            ("Größe 7.a_b-c", true),
            ("", false),
            ("../a", false),
            ("a/b", false),
            ("a\\b", false),
            ("a:b", false),
            (".a", false),
            ("a.", false),
            ("a\n", false),
        ] {
            assert_eq!(check_name(name).is_ok(), fits, "{name:?}");
        }
    }
}
