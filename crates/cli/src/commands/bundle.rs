//! `footbridge bundle`: makes a key, looks at a bundle, checks it, opens it into a new file, tries an end point. What is inside goes into that
//! file only; the terminal shows the part that may be shown.

use std::path::{Path, PathBuf};

use engine::bundle::{self, Form, Opened, Overview, OwnKey, SeenInMemory};
use engine::secrecy::SecretString;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::arguments::{BundleCommand, BundleRead, Room};
use crate::commands::selftest;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::{Failure, Usage};
use crate::opening;
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

pub async fn carry_out(room: &Room, command: &BundleCommand, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        BundleCommand::Key { out, .. } => key(out, voice)?,
        BundleCommand::Open { read, out } => open(read, out, voice)?,
        BundleCommand::Inspect { file, .. } => inspect(file, voice)?,
        BundleCommand::Verify(read) => verify(read, voice)?,
        BundleCommand::Passphrase { connection, out, .. } => {
            let desk = opening::desk_of_none(room, voice)?;
            let connection = opening::connection(&desk, connection)?;
            private_file::write_secret(out, &desk.passphrase(&connection)?)?;
            wrote("passphrase", out, voice);
        }
        BundleCommand::Selftest(options) => return selftest::carry_out(options, voice).await,
    }
    Ok(Exit::Done)
}

fn key(out: &Path, voice: &Voice) -> Result<(), Failure> {
    let own = OwnKey::generate()?;
    let public = beside(out);
    private_file::write_secret(out, &own.to_jwk()?)?;
    private_file::write_open(&public, &format!("{}\n", own.recipient().to_jwk()))?;
    wrote("private-key", out, voice);
    let fingerprint = own.recipient().fingerprint();
    let event =
        Event::File { what: "public-key", path: public.clone(), fingerprint: Some(fingerprint.clone()) };
    voice.tell(&event, || format!("{}\n{fingerprint}", public.display()));
    Ok(())
}

/// `own.jwk` gets `own.public.jwk` beside it.
fn beside(path: &Path) -> PathBuf {
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
    path.with_extension(match extension {
        Some(extension) => format!("public.{extension}"),
        None => "public.jwk".to_owned(),
    })
}

fn inspect(file: &Path, voice: &Voice) -> Result<(), Failure> {
    let seen = bundle::inspect(private_file::read_open(file)?.trim_end())?;
    let form = match seen.form {
        Form::Recipient => "recipient",
        Form::Passphrase => "passphrase",
    };
    let fingerprint = seen.recipient_fingerprint.clone().unwrap_or_default();
    let line = format!("{form}, {} bytes\n{fingerprint}\n{}", seen.bytes, seen.header);
    let event = Event::Inspection {
        form,
        bytes: seen.bytes,
        ciphertext_bytes: seen.ciphertext_bytes,
        recipient: seen.recipient,
        recipient_fingerprint: seen.recipient_fingerprint,
        header: seen.header,
    };
    voice.tell(&event, || line);
    Ok(())
}

fn verify(read: &BundleRead, voice: &Voice) -> Result<(), Failure> {
    let (text, seen) = (bundle_text(read)?, memory(read));
    let overview = match opener(&text, read, voice)? {
        Opener::Key(key) => bundle::verify(&text, &key, opening::now(), &seen),
        Opener::Passphrase(passphrase) => {
            bundle::verify_with_passphrase(&text, &passphrase, opening::now(), &seen)
        }
    }?;
    tell(&overview, voice);
    Ok(())
}

fn open(read: &BundleRead, out: &Path, voice: &Voice) -> Result<(), Failure> {
    let (text, mut seen) = (bundle_text(read)?, memory(read));
    let opened: Opened = match opener(&text, read, voice)? {
        Opener::Key(key) => bundle::open(&text, &key, opening::now(), &mut seen),
        Opener::Passphrase(passphrase) => {
            bundle::open_with_passphrase(&text, &passphrase, opening::now(), &mut seen)
        }
    }?;
    private_file::write_secret(out, &opened.json)?;
    tell(&opened.overview(), voice);
    wrote("values", out, voice);
    Ok(())
}

enum Opener {
    Key(Box<OwnKey>),
    Passphrase(SecretString),
}

/// The key or the passphrase, as the bundle's form wants it.
fn opener(text: &str, read: &BundleRead, voice: &Voice) -> Result<Opener, Failure> {
    let form = bundle::inspect(text)?.form;
    match (form, &read.key, &read.passphrase_file) {
        (Form::Recipient, Some(path), _) => {
            Ok(Opener::Key(Box::new(OwnKey::from_jwk(&private_file::read_secret(path)?)?)))
        }
        (Form::Passphrase, _, Some(path)) => Ok(Opener::Passphrase(private_file::read_secret(path)?)),
        (Form::Passphrase, None, None) => Ok(Opener::Passphrase(private_file::ask_secret(
            voice.word(Word::BundlePassphrase),
            Usage::NoKey,
        )?)),
        _ => Err(Usage::NoKey.into()),
    }
}

fn bundle_text(read: &BundleRead) -> Result<String, Failure> {
    let text = private_file::read_open(&read.file)?;
    // Editors end a file with a line end; the format itself has none.
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |text| text.trim_end_matches('\r')).to_owned())
}

fn memory(read: &BundleRead) -> SeenInMemory {
    let seen = match &read.nonce {
        Some(nonce) => SeenInMemory::with_offer(nonce),
        None => SeenInMemory::without_offer(),
    };
    if read.rehearsal { seen.and_rehearsals() } else { seen }
}

fn tell(overview: &Overview, voice: &Voice) {
    let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    let event = Event::Bundle {
        product: overview.product.clone(),
        tool: overview.tool.name.clone(),
        tenant: overview.tenant.id.clone(),
        tenant_domain: overview.tenant.domain.clone(),
        signer: overview.signer_fingerprint.clone(),
        credential: overview.credential_kind,
        credential_expires: overview.credential_expires.map(moment),
        issued_at: moment(overview.issued_at),
        expires_at: moment(overview.expires_at),
        rehearsal: overview.rehearsal,
    };
    voice.tell(&event, || {
        format!(
            "{} ({})\n{}\n{}",
            overview.product,
            overview.tenant.id,
            overview.signer_fingerprint,
            moment(overview.expires_at)
        )
    });
}

fn wrote(what: &'static str, path: &Path, voice: &Voice) {
    voice.tell(&Event::file(what, path), || path.display().to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_key_lies_beside_the_private_one() {
        assert_eq!(beside(Path::new("a/own.jwk")), Path::new("a/own.public.jwk"));
        assert_eq!(beside(Path::new("own")), Path::new("own.public.jwk"));
    }
}
