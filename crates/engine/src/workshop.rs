//! The workshop: keys, certificates and requests that Footbridge keeps for the admin, apart from any connection. The private
//! key of each lies sealed in the vault; name, certificates and request are public and stand beside it in the row's label.
//! Nothing here needs a network, and no private key leaves except into the files of an export.

use std::path::Path;

use certs::{
    Certificate, CertificateError, Chain, ContentsError, Destination, ExportError, Identity, KeyError,
    KeyKind, Order, Passphrase, PrivateKey, Request, Written,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use vault::{Label, Row, VaultError};

use crate::credential::{key_from_pem, key_pem};
use crate::desk::Desk;
use crate::machine_policy::Feature;
use crate::trouble::Trouble;

/// The purpose of a row that holds a key of the workshop.
const PURPOSE: &str = "workshop-key";
/// Rows of the workshop belong to no connection.
const NOBODY: &str = "";

/// How something came to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOrigin {
    /// Key and certificate were made here.
    Made,
    /// The key was made here with a request; somebody else issues the certificate.
    Requested,
    /// Key and certificate came out of a file.
    Imported,
}

impl KeptOrigin {
    const ALL: [Self; 3] = [Self::Made, Self::Requested, Self::Imported];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Requested => "requested",
            Self::Imported => "imported",
        }
    }
}

/// One key that is kept, with its public part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCertificate {
    /// Its id here.
    pub id: String,
    /// The admin's name for it; the exported files begin with it.
    pub name: String,
    /// The kind of its key.
    pub key: KeyKind,
    /// How it came to be kept.
    pub origin: KeptOrigin,
    /// When its key was sealed.
    pub made_at: OffsetDateTime,
    /// The certificate with those above it; none while a request waits for its answer.
    pub chain: Option<Chain>,
    /// The request that was made on the key.
    pub request: Option<Request>,
}

impl KeptCertificate {
    /// The certificate of the key.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.chain.as_ref().and_then(|chain| chain.certificates.first())
    }
}

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// A key with its certificate that was not kept before, by its id.
    New(String),
    /// The certificate joined a key that was kept already, by its id.
    Joined(String),
}

impl Brought {
    /// The id of what is kept now.
    pub fn id(&self) -> &str {
        match self {
            Self::New(id) | Self::Joined(id) => id,
        }
    }
}

/// Why the workshop did not do it. Never holds a passphrase or key bytes.
#[derive(Debug, thiserror::Error)]
pub enum WorkshopError {
    /// The name serves for no file, or is taken.
    #[error("the name `{0}` is kept already; choose another")]
    NameTaken(String),
    /// The order does not serve.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nothing was exported, or the name does not serve.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The file was not read.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// There is no key in the file, and none here that fits.
    #[error(
        "the file holds no private key, and no key that is kept here belongs to its certificates; import the file with the key"
    )]
    NoKey,
    /// The key in the file has no certificate.
    #[error("none of the certificates in the file belongs to its key; import the certificate of this key")]
    NoCertificate,
    /// It is kept here already.
    #[error("this certificate is kept here already; nothing was changed")]
    KeptAlready,
    /// No such id.
    #[error("this certificate is not kept here any more; look at the list again")]
    NotKept,
    /// The request has no answer yet.
    #[error("the certificate of this request is not here yet; import what the authority issued")]
    NotIssued,
    /// There is no request.
    #[error("no request was made on this key; make one")]
    NoRequest,
    /// The vault did not do its work.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The policy of this machine lets no key out.
    #[error("{0}")]
    Policy(#[from] Box<Trouble>),
}

impl Desk {
    /// What is kept, by name.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn kept_certificates(&self) -> Result<Vec<KeptCertificate>, WorkshopError> {
        let rows = self.room.vault.rows(NOBODY)?;
        let mut all: Vec<KeptCertificate> = Vec::new();
        // An interrupted import can have left a row twice; the newer one counts.
        for one in rows.iter().rev().filter_map(kept) {
            if all.iter().all(|other| other.id != one.id) {
                all.push(one);
            }
        }
        all.sort_by_key(|one| (one.name.to_lowercase(), one.id.clone()));
        Ok(all)
    }

    /// One that is kept.
    ///
    /// # Errors
    /// [`WorkshopError::NotKept`].
    pub fn kept_certificate(&self, id: &str) -> Result<KeptCertificate, WorkshopError> {
        self.row_kept(id).map(|(_, kept)| kept)
    }

    /// Makes a key with a self-signed certificate and keeps both; gives its id. An RSA key can take seconds.
    ///
    /// # Errors
    /// An order that does not serve, or a vault that refuses.
    pub fn make_certificate(&self, name: &str, key: KeyKind, order: &Order) -> Result<String, WorkshopError> {
        let name = self.free_name(name)?;
        order.check(key)?;
        let key = PrivateKey::make(key)?;
        let now = self.room.clock.now();
        let certificate = Certificate::self_signed(&key, order, now)?;
        let public = json!({ "origin": KeptOrigin::Made.name(), "certificates": [certificate.pem()] });
        self.keep_key(&name, &key, public)
    }

    /// Makes a key with a request for a company's authority and keeps both; gives its id.
    ///
    /// # Errors
    /// As [`Desk::make_certificate`].
    pub fn make_request(&self, name: &str, key: KeyKind, order: &Order) -> Result<String, WorkshopError> {
        let name = self.free_name(name)?;
        order.check(key)?;
        let key = PrivateKey::make(key)?;
        let request = Request::make(&key, order)?;
        let public = json!({
            "origin": KeptOrigin::Requested.name(), "certificates": [], "request": request.pem(),
        });
        self.keep_key(&name, &key, public)
    }

    /// Takes a file from elsewhere: a key with its certificate is kept under the name, a certificate that belongs to a key
    /// here joins that key.
    ///
    /// # Errors
    /// [`ContentsError::NeedsPassphrase`] where a passphrase would help; else what the file lacks.
    pub fn import_certificate(
        &self,
        name: &str,
        bytes: &[u8],
        passphrase: Option<&SecretString>,
    ) -> Result<Brought, WorkshopError> {
        let found = certs::read(bytes, passphrase)?;
        let Some(key) = found.key else { return self.join(&found.certificates) };
        let own = found.certificates.iter().filter(|one| one.is_for(&key)).max_by_key(|one| one.not_after());
        let Some(own) = own else { return Err(WorkshopError::NoCertificate) };
        let kept = self.kept_certificates()?;
        if kept.iter().any(|one| one.certificate() == Some(own)) {
            return Err(WorkshopError::KeptAlready);
        }
        if kept.iter().any(|one| belongs(own, one)) {
            return self.join(&found.certificates);
        }
        let chain = Chain::build(own, &found.certificates);
        let public =
            json!({ "origin": KeptOrigin::Imported.name(), "certificates": pems(&chain.certificates) });
        let name = self.name_like(name)?;
        self.keep_key(&name, &key, public).map(Brought::New)
    }

    /// Writes the files of a destination into a folder, each opened again before it counts.
    ///
    /// # Errors
    /// [`WorkshopError::NotIssued`] for a request; [`ExportError`] for what fails with the files; [`WorkshopError::Policy`]
    /// where the policy of this machine lets no key out.
    pub fn export_certificate(
        &self,
        id: &str,
        destination: Destination,
        folder: &Path,
        passphrase: Option<&Passphrase>,
    ) -> Result<Vec<Written>, WorkshopError> {
        if destination != Destination::Public {
            self.room.policy.permits(Feature::SecretExport).map_err(Box::new)?;
        }
        let (row, kept) = self.row_kept(id)?;
        let chain = kept.chain.ok_or(WorkshopError::NotIssued)?;
        let key = self.key_of(&row)?;
        let identity = Identity { key: &key, chain: &chain.certificates };
        let parcels = certs::pack(&identity, &kept.name, destination, passphrase)?;
        Ok(certs::lay_down(folder, &parcels, &key, &chain.certificates, passphrase)?)
    }

    /// Writes the request into a folder, for the authority.
    ///
    /// # Errors
    /// [`WorkshopError::NoRequest`], or what fails with the file.
    pub fn export_request(&self, id: &str, folder: &Path) -> Result<Vec<Written>, WorkshopError> {
        let (row, kept) = self.row_kept(id)?;
        let request = kept.request.ok_or(WorkshopError::NoRequest)?;
        let parcel = certs::pack_request(&request, &kept.name)?;
        Ok(certs::lay_down(folder, &[parcel], &self.key_of(&row)?, &[], None)?)
    }

    /// Deletes a key with its public part. Files that were exported stay.
    ///
    /// # Errors
    /// [`WorkshopError::NotKept`], or when the vault refuses.
    pub fn forget_certificate(&self, id: &str) -> Result<(), WorkshopError> {
        self.row_kept(id)?;
        for row in self.room.vault.rows(NOBODY)? {
            if row.label.purpose == PURPOSE && row.label.name == id {
                self.room.vault.delete(&row.id)?;
            }
        }
        Ok(())
    }

    /// The connections whose application has this certificate, by the ledger.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn users_of(&self, certificate: &Certificate) -> Result<Vec<String>, Trouble> {
        let prints = certificate.thumbprints();
        let is_this = |text: &str| prints.compare_with_graph(text) == certs::GraphIdentifier::ThisCertificate;
        let ledger = self.ledger()?;
        let used = ledger.iter().filter(|entry| entry.thumbprint.as_deref().is_some_and(is_this));
        let mut names: Vec<String> = used.map(|entry| entry.connection_name.clone()).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Puts certificates with the key here that they were issued on.
    fn join(&self, certificates: &[Certificate]) -> Result<Brought, WorkshopError> {
        let kept = self.kept_certificates()?;
        let fits = |one: &&KeptCertificate| certificates.iter().any(|own| belongs(own, one));
        let one = kept.iter().find(fits).ok_or(WorkshopError::NoKey)?;
        // A later file may bring what was missing above the same certificate, or an older one of the same key.
        let mut heap = certificates.to_vec();
        heap.extend(one.chain.iter().flat_map(|chain| chain.certificates.iter().cloned()));
        let own = heap.iter().filter(|own| belongs(own, one)).max_by_key(|own| own.not_after());
        let own = own.ok_or(WorkshopError::NoKey)?;
        let chain = Chain::build(own, &heap);
        if one.chain.as_ref() == Some(&chain) {
            return Err(WorkshopError::KeptAlready);
        }
        let (row, _) = self.row_kept(&one.id)?;
        let mut public = row.label.details.clone();
        public["certificates"] = pems(&chain.certificates);
        let key = self.key_of(&row)?;
        let label = Label { details: public, ..row.label.clone() };
        // The new row is durable before the old one goes; the newer one counts meanwhile.
        self.room.vault.put(&label, &key_pem(&key), self.room.clock.now())?;
        self.room.vault.delete(&row.id)?;
        Ok(Brought::Joined(one.id.clone()))
    }

    fn keep_key(&self, name: &str, key: &PrivateKey, mut public: Value) -> Result<String, WorkshopError> {
        let id = self.room.random.id();
        public["name"] = json!(name);
        public["key"] = json!(key.kind().name());
        let label = Label {
            connection: NOBODY.to_owned(),
            purpose: PURPOSE.to_owned(),
            name: id.clone(),
            details: public,
        };
        self.room.vault.put(&label, &key_pem(key), self.room.clock.now())?;
        Ok(id)
    }

    fn key_of(&self, row: &Row) -> Result<PrivateKey, WorkshopError> {
        let text = self.room.vault.get(&row.id)?;
        key_from_pem(&text).ok_or(WorkshopError::Key(KeyError::NotAKey))
    }

    fn row_kept(&self, id: &str) -> Result<(Row, KeptCertificate), WorkshopError> {
        let rows = self.room.vault.rows(NOBODY)?;
        let mut found = rows.into_iter().rev().filter_map(|row| kept(&row).map(|one| (row, one)));
        found.find(|(_, one)| one.id == id).ok_or(WorkshopError::NotKept)
    }

    fn free_name(&self, name: &str) -> Result<String, WorkshopError> {
        let name = name.trim();
        certs::check_name(name)?;
        let taken = self.kept_certificates()?.iter().any(|one| one.name.eq_ignore_ascii_case(name));
        if taken { Err(WorkshopError::NameTaken(name.to_owned())) } else { Ok(name.to_owned()) }
    }

    /// The name, or the name with a number where it is taken: a file's name is not chosen for this list.
    fn name_like(&self, name: &str) -> Result<String, WorkshopError> {
        let first = self.free_name(name);
        let Err(WorkshopError::NameTaken(taken)) = first else { return first };
        let numbered = (2..100).map(|number| format!("{taken} {number}"));
        numbered
            .map(|name| self.free_name(&name))
            .find(Result::is_ok)
            .unwrap_or(Err(WorkshopError::NameTaken(taken)))
    }
}

/// Whether a certificate was issued on a key that is kept.
fn belongs(certificate: &Certificate, kept: &KeptCertificate) -> bool {
    let answers = kept.request.as_ref().is_some_and(|request| request.is_answered_by(certificate));
    answers || kept.certificate().is_some_and(|own| own.has_same_key(certificate))
}

fn pems(certificates: &[Certificate]) -> Value {
    certificates.iter().map(Certificate::pem).collect()
}

/// Reads a row of the workshop.
fn kept(row: &Row) -> Option<KeptCertificate> {
    if row.label.purpose != PURPOSE {
        return None;
    }
    let details = &row.label.details;
    let text = |name: &str| details[name].as_str();
    let certificates: Vec<Certificate> = details["certificates"]
        .as_array()?
        .iter()
        .filter_map(|pem| Certificate::from_pem(pem.as_str()?).ok())
        .collect();
    let origin = KeptOrigin::ALL.into_iter().find(|one| Some(one.name()) == text("origin"))?;
    let request = text("request")
        .and_then(|pem| certs::read(pem.as_bytes(), None).ok())
        .and_then(|found| found.requests.into_iter().next());
    Some(KeptCertificate {
        id: row.label.name.clone(),
        name: text("name")?.to_owned(),
        key: KeyKind::named(text("key")?)?,
        origin,
        made_at: row.made_at,
        chain: certificates.first().map(|own| Chain::build(own, &certificates)),
        request,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use certs::{Purpose, Subject};
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::desk::Settings;
    use crate::random::SystemRandomness;
    use crate::teams::PowerShell;

    struct Bench {
        desk: Desk,
        folder: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(Settings {
            folder: folder.path().join("data"),
            vault: vault::VaultMode::Memory,
            place: cloud::Place::global(),
            network: cloud::Network::direct(),
            clock: Arc::new(cloud::SystemClock),
            random: Arc::new(SystemRandomness),
            teams: Arc::new(PowerShell::new(Arc::new(SystemRandomness))),
            reach: crate::Reach::default(),
            rehearsal: false,
            policy: Arc::default(),
        });
        Bench { desk: desk.unwrap(), folder }
    }

    fn order(days: u32) -> Order {
        Order {
            subject: Subject::read("CN=Minutes, O=Contoso").unwrap(),
            other_names: Vec::new(),
            days,
            purpose: Purpose::CompanyAuthority,
        }
    }

    impl Bench {
        fn only(&self) -> KeptCertificate {
            let all = self.desk.kept_certificates().unwrap();
            assert_eq!(all.len(), 1, "{all:?}");
            all.into_iter().next().unwrap()
        }

        /// What an authority would issue on the key.
        fn issued(&self, id: &str, days: u32) -> Certificate {
            let (row, _) = self.desk.row_kept(id).unwrap();
            let key = self.desk.key_of(&row).unwrap();
            Certificate::self_signed(&key, &order(days), self.desk.room.clock.now()).unwrap()
        }
    }

    #[test]
    fn what_is_made_is_listed_exported_and_forgotten() {
        let bench = bench();
        let id = bench.desk.make_certificate(" minutes ", KeyKind::P256, &order(30)).unwrap();
        let one = bench.only();
        assert_eq!(
            (one.id.as_str(), one.name.as_str(), one.origin),
            (id.as_str(), "minutes", KeptOrigin::Made)
        );
        assert!(one.chain.as_ref().unwrap().is_complete() && one.request.is_none());
        let passphrase = Passphrase::made().unwrap();
        let written = bench
            .desk
            .export_certificate(&id, Destination::OpenSsl, bench.folder.path(), Some(&passphrase))
            .unwrap();
        assert_eq!(written.len(), 3);
        let again =
            bench.desk.export_certificate(&id, Destination::OpenSsl, bench.folder.path(), Some(&passphrase));
        assert!(matches!(again, Err(WorkshopError::Export(ExportError::File { .. }))), "nothing is replaced");
        bench.desk.forget_certificate(&id).unwrap();
        assert!(bench.desk.kept_certificates().unwrap().is_empty());
        assert!(matches!(bench.desk.forget_certificate(&id), Err(WorkshopError::NotKept)));
        assert!(bench.desk.room.vault.rows(NOBODY).unwrap().iter().all(|row| row.label.purpose != PURPOSE));
    }

    #[test]
    fn a_key_is_sealed_and_stands_in_no_label() {
        let bench = bench();
        let id = bench.desk.make_certificate("a", KeyKind::P256, &order(30)).unwrap();
        let (row, _) = bench.desk.row_kept(&id).unwrap();
        assert!(bench.desk.room.vault.get(&row.id).unwrap().expose_secret().contains("PRIVATE KEY"));
        assert!(!row.label.details.to_string().contains("PRIVATE KEY"));
    }

    #[test]
    fn an_issued_certificate_joins_the_key_of_its_request_and_a_strange_one_does_not() {
        let (bench, other) = (bench(), bench());
        let id = bench.desk.make_request("a", KeyKind::P256, &order(30)).unwrap();
        let folder = bench.folder.path();
        assert!(bench.only().certificate().is_none());
        let early = bench.desk.export_certificate(&id, Destination::Public, folder, None);
        assert!(matches!(early, Err(WorkshopError::NotIssued)));
        assert_eq!(bench.desk.export_request(&id, folder).unwrap().len(), 1);
        let strange = other.desk.make_certificate("a", KeyKind::P256, &order(30)).unwrap();
        let strange = other.issued(&strange, 30);
        let refused = bench.desk.import_certificate("x", strange.der(), None);
        assert!(matches!(refused, Err(WorkshopError::NoKey)));
        let issued = bench.issued(&id, 30);
        assert_eq!(
            bench.desk.import_certificate("x", issued.der(), None).unwrap(),
            Brought::Joined(id.clone())
        );
        assert_eq!(bench.only().certificate(), Some(&issued));
        assert_eq!(bench.desk.export_certificate(&id, Destination::Public, folder, None).unwrap().len(), 3);
        let twice = bench.desk.import_certificate("x", issued.pem().as_bytes(), None);
        assert!(matches!(twice, Err(WorkshopError::KeptAlready)));
    }

    #[test]
    fn a_later_certificate_on_the_same_key_replaces_and_an_older_one_does_not() {
        let bench = bench();
        let id = bench.desk.make_certificate("a", KeyKind::P256, &order(30)).unwrap();
        let (older, later) = (bench.issued(&id, 3), bench.issued(&id, 90));
        assert!(matches!(
            bench.desk.import_certificate("a", older.der(), None),
            Err(WorkshopError::KeptAlready)
        ));
        bench.desk.import_certificate("a", later.der(), None).unwrap();
        assert_eq!(bench.only().certificate(), Some(&later));
    }

    #[test]
    fn a_pfx_of_elsewhere_is_kept_under_a_free_name_once() {
        let (bench, other) = (bench(), bench());
        let id = other.desk.make_certificate("gate", KeyKind::P256, &order(30)).unwrap();
        let passphrase = Passphrase::made().unwrap();
        let folder = other.folder.path();
        let written =
            other.desk.export_certificate(&id, Destination::Windows2019, folder, Some(&passphrase)).unwrap();
        let bytes = std::fs::read(&written[0].path).unwrap();
        let locked = bench.desk.import_certificate("gate", &bytes, None);
        assert!(matches!(locked, Err(WorkshopError::Contents(ContentsError::NeedsPassphrase))));
        bench.desk.make_certificate("gate", KeyKind::P256, &order(30)).unwrap();
        let brought = bench.desk.import_certificate("gate", &bytes, Some(passphrase.text())).unwrap();
        let kept = bench.desk.kept_certificate(brought.id()).unwrap();
        assert_eq!((kept.name.as_str(), kept.origin), ("gate 2", KeptOrigin::Imported));
        assert_eq!(kept.certificate(), other.desk.kept_certificate(&id).unwrap().certificate());
        let again = bench.desk.import_certificate("gate", &bytes, Some(passphrase.text()));
        assert!(matches!(again, Err(WorkshopError::KeptAlready)));
    }

    #[test]
    fn a_name_that_is_taken_or_serves_for_no_file_is_refused_before_a_key_is_made() {
        let bench = bench();
        bench.desk.make_certificate("a", KeyKind::P256, &order(30)).unwrap();
        let again = bench.desk.make_request("A", KeyKind::P256, &order(30));
        assert!(matches!(again, Err(WorkshopError::NameTaken(_))));
        let bad = bench.desk.make_certificate("../a", KeyKind::P256, &order(30));
        assert!(matches!(bad, Err(WorkshopError::Export(ExportError::Name))));
        let days = bench.desk.make_certificate("b", KeyKind::P256, &order(0));
        assert!(matches!(days, Err(WorkshopError::Certificate(CertificateError::Days(0)))));
        bench.only();
    }
}
