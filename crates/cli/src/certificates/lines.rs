//! What the workshop shows: for programs an event a line, for people the same in words. Only public parts come in here.

use std::path::{Path, PathBuf};

use engine::certs::{Certificate, Chain, GraphIdentifier, KeyKind, Request, Written};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::events::Event;
use crate::voice::Voice;

/// A certificate, with every spelling of its thumbprints.
#[derive(Debug, Serialize)]
pub struct CertificateLine {
    pub file: Option<PathBuf>,
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub key: String,
    pub not_before: String,
    pub not_after: String,
    pub days_left: i64,
    pub other_names: Vec<String>,
    pub usages: Vec<&'static str>,
    pub self_signed: bool,
    pub authority: bool,
    pub sha1: String,
    pub sha1_colons: String,
    pub sha1_base64: String,
    pub x5t: String,
    pub sha256: String,
    pub sha256_colons: String,
    pub x5t_s256: String,
    pub key_id: String,
    pub compared: Option<&'static str>,
    pub note: Option<&'static str>,
}

/// What a file holds, without anything secret.
#[derive(Debug, Serialize)]
pub struct ContentsLine {
    pub file: PathBuf,
    pub form: &'static str,
    pub protection: Option<String>,
    pub locked: bool,
    pub has_key: bool,
    pub key_was_open: bool,
    pub certificates: usize,
    pub requests: usize,
}

pub fn certificate(
    certificate: &Certificate,
    file: Option<&Path>,
    compare: Option<&str>,
    now: OffsetDateTime,
) -> CertificateLine {
    let prints = certificate.thumbprints();
    let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let compared = compare.map(|text| match prints.compare_with_graph(text) {
        GraphIdentifier::ThisCertificate => "same",
        GraphIdentifier::AnotherCertificate => "another-certificate",
        GraphIdentifier::NotAThumbprint => "no-thumbprint",
    });
    CertificateLine {
        file: file.map(Path::to_owned),
        subject: certificate.subject().to_owned(),
        issuer: certificate.issuer().to_owned(),
        serial: certificate.serial().to_owned(),
        key: certificate.key().to_owned(),
        not_before: moment(certificate.not_before()),
        not_after: moment(certificate.not_after()),
        days_left: (certificate.not_after() - now).whole_days(),
        other_names: certificate.other_names().to_vec(),
        usages: certificate.usages().to_vec(),
        self_signed: certificate.is_self_issued(),
        authority: certificate.is_authority(),
        sha1: prints.sha1_hex(),
        sha1_colons: prints.sha1_colons(),
        sha1_base64: prints.sha1_base64(),
        x5t: prints.x5t(),
        sha256: prints.sha256_hex(),
        sha256_colons: prints.sha256_colons(),
        x5t_s256: prints.x5t_s256(),
        key_id: certificate.key_id(),
        compared,
        note: (!certificate.is_rsa()).then_some(KeyKind::NOT_FOR_ENTRA),
    }
}

impl CertificateLine {
    /// Everything, for programs and for people.
    pub fn tell(self, voice: &Voice) {
        let mut lines = format!(
            "{}\n  issuer      {}\n  serial      {}\n  key         {}\n  valid       {} to {} ({} days left)\n",
            self.subject, self.issuer, self.serial, self.key, self.not_before, self.not_after, self.days_left
        );
        for (name, values) in [
            ("names", self.other_names.join(", ")),
            ("usages", self.usages.join(", ")),
            ("SHA-1", format!("{}\n              {}", self.sha1, self.sha1_colons)),
            ("x5t", format!("{} (base64: {})", self.x5t, self.sha1_base64)),
            ("SHA-256", format!("{}\n              {}", self.sha256, self.sha256_colons)),
            ("x5t#S256", self.x5t_s256.clone()),
            ("key id", self.key_id.clone()),
            ("compared", self.compared.unwrap_or_default().to_owned()),
            ("note", self.note.unwrap_or_default().to_owned()),
        ] {
            if !values.is_empty() {
                lines.push_str(&format!("  {name:<11} {values}\n"));
            }
        }
        voice.tell(&Event::Certificate(Box::new(self)), || lines.trim_end().to_owned());
    }

    /// One line for people, everything for programs.
    pub fn tell_shortly(self, voice: &Voice) {
        let file = self.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        let line =
            format!("{}  {:>5} d  {}  {}  {file}", self.not_after, self.days_left, self.sha1, self.subject);
        voice.tell(&Event::Certificate(Box::new(self)), || line);
    }
}

pub fn request(request: &Request, file: Option<&Path>, voice: &Voice) {
    let event = Event::CertificateRequest {
        file: file.map(Path::to_owned),
        subject: request.subject().to_owned(),
        key: request.key().to_owned(),
        other_names: request.other_names().to_vec(),
    };
    voice.tell(&event, || {
        let names = request.other_names().join(", ");
        format!("{}\n  key         {}\n  names       {names}", request.subject(), request.key())
    });
}

pub fn contents(line: ContentsLine, voice: &Voice) {
    let shown = {
        let mut shown = format!("{} ({})", line.file.display(), line.form);
        for (said, words) in [
            (line.protection.is_some(), line.protection.clone().unwrap_or_default()),
            (line.locked, "locked: give --passphrase-file to look inside".to_owned()),
            (
                line.key_was_open,
                "the private key in it is not protected; export it and remove this file".to_owned(),
            ),
        ] {
            if said {
                shown.push_str(&format!("\n  {words}"));
            }
        }
        shown
    };
    voice.tell(&Event::CertificateContents(line), || shown);
}

pub fn chain(chain: &Chain, voice: &Voice) {
    let subjects: Vec<String> = chain.certificates.iter().map(|one| one.subject().to_owned()).collect();
    let mut shown = subjects.join("\n  < ");
    if let Some(missing) = &chain.missing {
        shown.push_str(&format!(
            "\n  < missing: {missing}; give its certificate, too, if the destination needs it"
        ));
    }
    let event = Event::CertificateChain {
        complete: chain.is_complete(),
        subjects,
        missing: chain.missing.clone(),
        not_checked: chain.not_checked,
    };
    voice.tell(&event, || shown);
}

pub fn written(files: Vec<Written>, voice: &Voice) {
    for file in files {
        let shown = format!("{}\n  {}", file.path.display(), file.algorithms);
        let event = Event::CertificateFile {
            path: file.path,
            destination: file.destination.line().name,
            kind: file.kind.name(),
            algorithms: file.algorithms,
        };
        voice.tell(&event, || shown);
    }
}
