//! The workshop's deeds: making, importing, exporting, comparing. Files and passphrases are asked for natively; a passphrase
//! that Footbridge makes goes into a file beside the export and never into the page.

use std::path::{Path, PathBuf};

use engine::{
    Brought, Desk, KeptCertificate, WorkshopError,
    certs::{self, ContentsError, Destination, KeyKind, OtherName, Passphrase, Purpose, Subject, Written},
    secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing},
};
use tauri::AppHandle;

use super::{Given, Stage};
use crate::{
    clipboard,
    confirm::{self, Question},
    guard, keep,
    prompt::{self, Asked},
    refused,
    shown::workshop as drawn,
    view::{
        CertificateOrder, Compared, Copied, Exported, ExportedFile, Language, Trouble, VaultMode, Workshop,
    },
};

/// A made passphrase's file ends with this.
const PASSPHRASE_FILE: &str = "passphrase.txt";

impl Stage {
    /// What is kept.
    pub async fn workshop(&self) -> Given<Workshop> {
        self.bench(None, None)
    }

    /// Makes a key with a self-signed certificate.
    pub async fn make_certificate(&self, order: CertificateOrder) -> Given<Workshop> {
        self.make(order, Desk::make_certificate).await
    }

    /// Makes a key with a request.
    pub async fn make_request(&self, order: CertificateOrder) -> Given<Workshop> {
        self.make(order, Desk::make_request).await
    }

    async fn make(
        &self,
        order: CertificateOrder,
        make: fn(&Desk, &str, KeyKind, &certs::Order) -> Result<String, WorkshopError>,
    ) -> Given<Workshop> {
        let desk = self.real()?.desk;
        let key = KeyKind::named(&order.key).ok_or_else(|| self.unknown("key", &order.key))?;
        let purpose =
            Purpose::named(&order.purpose).ok_or_else(|| self.unknown("purpose", &order.purpose))?;
        let name = |why: certs::NameError| self.refused(&WorkshopError::Certificate(why.into()));
        let subject = match order.subject.trim() {
            "" => Subject::common_name(&order.name),
            text => Subject::read(text),
        };
        let wanted = certs::Order {
            subject: subject.map_err(name)?,
            other_names: order
                .other_names
                .iter()
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
                .map(OtherName::read)
                .collect::<Result<_, _>>()
                .map_err(name)?,
            days: order.days,
            purpose,
        };
        // An RSA key can take seconds; nobody else waits for it.
        let made = tokio::task::spawn_blocking(move || make(&desk, &order.name, key, &wanted)).await;
        let id = made.map_err(|why| self.plain_trouble("workshop", &why.to_string(), ""))?;
        let id = id.map_err(|why| self.refused(&why))?;
        self.bench(Some(id), None)
    }

    /// Takes a file from elsewhere.
    pub async fn import_certificate(&self, app: &AppHandle) -> Given<Workshop> {
        let endings = ["pfx", "p12", "pem", "crt", "cer", "der", "p7b", "p7c", "key"];
        let title = self.say("Open a certificate", "Zertifikat öffnen");
        let Some(path) = self.file_for(app, title, &endings).await? else { return self.bench(None, None) };
        let bytes = self.certificate_file(&path)?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let desk = self.real()?.desk;
        let mut asked = Asked::Opening;
        let mut brought = desk.import_certificate(&name, &bytes, None);
        // Until it opens or the admin gives up.
        while let Err(why) = &brought {
            let Some(again) = asks_for_a_passphrase(why) else { break };
            if again {
                asked = Asked::OpeningWrong;
            }
            let Some(passphrase) = self.passphrase_for(app, asked.clone()).await else {
                return if prompt::CAN_ASK { self.bench(None, None) } else { Err(self.refused(why)) };
            };
            brought = desk.import_certificate(&name, &bytes, Some(&passphrase));
        }
        let brought: Brought = brought.map_err(|why| self.refused(&why))?;
        self.bench(Some(brought.id().to_owned()), None)
    }

    /// Writes the files of a destination.
    pub async fn export_certificate(
        &self,
        app: &AppHandle,
        certificate: &str,
        destination: &str,
        chosen: bool,
    ) -> Given<Workshop> {
        let desk = self.real()?.desk;
        let to = Destination::named(destination).ok_or_else(|| self.unknown("destination", destination))?;
        let kept = desk.kept_certificate(certificate).map_err(|why| self.refused(&why))?;
        let passphrase = match (to.carries_key(), chosen) {
            (false, _) => None,
            (true, false) => Some(Passphrase::made().map_err(|why| self.plain("passphrase", &why))?),
            (true, true) => {
                let Some(text) = self.passphrase_for(app, Asked::Export).await else {
                    return self.bench(None, None);
                };
                Some(Passphrase::chosen(text).map_err(|why| self.plain("passphrase", &why))?)
            }
        };
        let title = self.say("Folder for the exported files", "Ordner für die exportierten Dateien");
        let Some(folder) = self.bench_folder(app, title).await? else { return self.bench(None, None) };
        let made = passphrase.as_ref().filter(|one| one.is_made_here());
        let beside = made.map(|made| (folder.join(passphrase_name(&kept, destination)), made));
        if let Some((path, made)) = &beside {
            // First, so that no file is ever without its passphrase.
            keep::write_new(path, format!("{}\n", made.text().expose_secret()).as_bytes())
                .map_err(|why| self.not_written(path, why))?;
        }
        let written = desk.export_certificate(certificate, to, &folder, passphrase.as_ref());
        if let (Err(_), Some((path, _))) = (&written, &beside) {
            let _ = std::fs::remove_file(path);
        }
        let written = written.map_err(|why| self.refused(&why))?;
        let beside = beside.map(|(path, _)| path);
        self.bench(None, Some(exported(certificate, &folder, &written, beside.as_deref(), self.language())))
    }

    /// Writes the request.
    pub async fn save_request(&self, app: &AppHandle, certificate: &str) -> Given<Workshop> {
        let desk = self.real()?.desk;
        let title = self.say("Folder for the request", "Ordner für die Anforderung");
        let Some(folder) = self.bench_folder(app, title).await? else { return self.bench(None, None) };
        let written = desk.export_request(certificate, &folder).map_err(|why| self.refused(&why))?;
        self.bench(None, Some(exported(certificate, &folder, &written, None, self.language())))
    }

    /// Deletes a key, after a question.
    pub async fn forget_certificate(&self, app: &AppHandle, certificate: &str) -> Given<Workshop> {
        let desk = self.real()?.desk;
        let kept = desk.kept_certificate(certificate).map_err(|why| self.refused(&why))?;
        let question = Question {
            title: format!("{} {}", self.say("Delete", "Löschen:"), kept.name),
            text: self
                .say(
                    "The private key is deleted from this computer's vault and cannot be brought back. Files that were exported stay.",
                    "Der private Schlüssel wird aus dem Tresor dieses Rechners gelöscht und kann nicht wiedergebracht werden. Exportierte Dateien bleiben.",
                )
                .to_owned(),
            yes: self.say("Delete", "Löschen").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        };
        if confirm::ask(app, guard::is_driven(), question).await {
            desk.forget_certificate(certificate).map_err(|why| self.refused(&why))?;
        }
        self.bench(None, None)
    }

    /// Puts a thumbprint on the clipboard.
    pub async fn copy_thumbprint(&self, certificate: &str, spelling: &str) -> Given<Copied> {
        let kept = self.real()?.desk.kept_certificate(certificate).map_err(|why| self.refused(&why))?;
        let prints = kept.certificate().map(drawn::prints).unwrap_or_default();
        let print = prints.into_iter().find(|print| print.spelling == spelling);
        let text = print.ok_or_else(|| self.unknown("thumbprint", spelling))?.text;
        clipboard::copy(&text).map_err(|why| self.plain_trouble("clipboard", &why.to_string(), ""))?;
        Ok(Copied { done: true, cleared_after: None })
    }

    /// Compares with what Graph shows.
    pub async fn compare_thumbprint(&self, certificate: &str, text: &str) -> Given<Compared> {
        let kept = self.real()?.desk.kept_certificate(certificate).map_err(|why| self.refused(&why))?;
        let own = kept.certificate().ok_or_else(|| self.refused(&WorkshopError::NotIssued))?;
        Ok(match own.thumbprints().compare_with_graph(text) {
            certs::GraphIdentifier::ThisCertificate => Compared::Same,
            certs::GraphIdentifier::AnotherCertificate => Compared::Another,
            certs::GraphIdentifier::NotAThumbprint => Compared::NoThumbprint,
        })
    }

    fn bench(&self, fresh: Option<String>, exported: Option<Exported>) -> Given<Workshop> {
        let desk = self.real()?.desk;
        let kept = desk.kept_certificates().map_err(|why| self.refused(&why))?;
        let now = time::OffsetDateTime::now_utc();
        let draw = |one: &KeptCertificate| {
            let users = one.certificate().map(|own| self.users(&desk, own)).transpose()?.unwrap_or_default();
            Ok(drawn::kept(one, users, now))
        };
        Ok(Workshop {
            kept: kept.iter().map(draw).collect::<Given<_>>()?,
            destinations: drawn::destinations(),
            keys: drawn::keys(),
            vault: match desk.vault_mode() {
                "keyring" => VaultMode::Keyring,
                "passphrase" => VaultMode::Passphrase,
                _ => VaultMode::Memory,
            },
            asks: prompt::CAN_ASK,
            fresh,
            exported,
        })
    }

    fn users(&self, desk: &Desk, own: &certs::Certificate) -> Given<Vec<String>> {
        let mut names = desk.users_of(own).map_err(|wrong| self.trouble(&wrong))?;
        if let Some(rehearsal) = self.rehearsal.get() {
            names.extend(rehearsal.desk.users_of(own).map_err(|wrong| self.trouble(&wrong))?);
        }
        Ok(names)
    }

    async fn passphrase_for(&self, app: &AppHandle, asked: Asked) -> Option<SecretString> {
        prompt::passphrase(app, crate::told::speech(self.language()), asked).await
    }

    /// Asks for a folder. In a driven window, whose vault stays closed, nothing but what that driver made can be exported.
    async fn bench_folder(&self, app: &AppHandle, title: &str) -> Given<Option<PathBuf>> {
        if confirm::answers_itself(guard::is_driven()) {
            let folder = self.folder.join("exported");
            keep::make_folder(&folder).map_err(|why| self.file_trouble(&why))?;
            return Ok(Some(folder));
        }
        Ok(confirm::folder(app, title).await)
    }

    async fn file_for(&self, app: &AppHandle, title: &str, endings: &[&str]) -> Given<Option<PathBuf>> {
        if confirm::answers_itself(guard::is_driven()) {
            let mut files = std::fs::read_dir(self.folder.join("to-import")).into_iter().flatten().flatten();
            return Ok(files.next().map(|file| file.path()));
        }
        let kind = self.say("Certificates", "Zertifikate");
        Ok(confirm::file(app, title, kind, endings).await)
    }

    /// The bytes of a file, wiped when they are dropped; of a larger one than is read just enough to be refused.
    fn certificate_file(&self, path: &Path) -> Given<Zeroizing<Vec<u8>>> {
        use std::io::Read as _;
        let most = u64::try_from(certs::LARGEST_FILE).unwrap_or(u64::MAX) + 1;
        // Reserved in full, so that no piece of an open key stays behind in a buffer that grew.
        let mut bytes = Zeroizing::new(Vec::with_capacity(certs::LARGEST_FILE + 2));
        let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
        read.map_err(|why| self.file_trouble(&why))?;
        Ok(bytes)
    }

    fn refused(&self, why: &WorkshopError) -> Trouble {
        refused::trouble(why, self.language())
    }

    fn not_written(&self, path: &Path, why: std::io::Error) -> Trouble {
        self.refused(&WorkshopError::Export(certs::ExportError::File { path: path.to_owned(), why }))
    }

    fn plain(&self, field: &str, why: &certs::PassphraseError) -> Trouble {
        refused::passphrase(*why, field, self.language())
    }

    fn unknown(&self, field: &str, value: &str) -> Trouble {
        let said = self.say("is not known here", "ist hier nicht bekannt");
        self.plain_trouble("workshop", &format!("{value:.60} {said}"), field)
    }
}

/// Whether a passphrase would help; `true` inside when the one that was given did not.
fn asks_for_a_passphrase(why: &WorkshopError) -> Option<bool> {
    match why {
        WorkshopError::Contents(ContentsError::NeedsPassphrase) => Some(false),
        WorkshopError::Contents(ContentsError::Open(certs::OpenError::WrongPassphrase)) => Some(true),
        _ => None,
    }
}

fn passphrase_name(kept: &KeptCertificate, destination: &str) -> String {
    format!("{}.{destination}.{PASSPHRASE_FILE}", kept.name)
}

fn exported(
    certificate: &str,
    folder: &Path,
    written: &[Written],
    passphrase: Option<&Path>,
    language: Language,
) -> Exported {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    Exported {
        certificate: certificate.to_owned(),
        folder: folder.display().to_string(),
        files: written
            .iter()
            .map(|file| ExportedFile {
                name: name(&file.path).unwrap_or_default(),
                algorithms: drawn::algorithms(&file.algorithms, language),
            })
            .collect(),
        passphrase_file: passphrase.and_then(name),
    }
}
