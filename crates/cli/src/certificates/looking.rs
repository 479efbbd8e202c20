//! `cert inspect` and `cert list`: what is in a file or a folder. Nothing is written, and of a key no more is shown than that it
//! is there and how it is protected.

use std::path::{Path, PathBuf};

use engine::certs::{self, ContentsError, Pfx};
use time::OffsetDateTime;

use super::bringing::bytes_of;
use super::lines::{self, ContentsLine};
use super::options::{Inspect, List};
use super::refusal::Refusal;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn inspect(inspect: &Inspect, voice: &Voice) -> Result<(), Failure> {
    let bytes = bytes_of(&inspect.file)?;
    let passphrase = inspect.passphrase_file.as_deref().map(private_file::read_secret).transpose()?;
    let found = match certs::read(&bytes, passphrase.as_ref()) {
        Ok(found) => found,
        Err(ContentsError::NeedsPassphrase) => {
            lines::contents(locked(&inspect.file, &bytes), voice);
            return Ok(());
        }
        Err(why) => return Err(Refusal::Contents { path: inspect.file.clone(), why }.into()),
    };
    lines::contents(seen(&inspect.file, &found), voice);
    let file = Some(inspect.file.as_path());
    for one in &found.certificates {
        lines::certificate(one, file, inspect.compare.as_deref(), opening::now()).tell(voice);
    }
    found.requests.iter().for_each(|request| lines::request(request, file, voice));
    Ok(())
}

pub fn list(list: &List, voice: &Voice) -> Result<(), Failure> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(&list.folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(Failure::file(&list.folder))?;
    files.sort();
    let mut dated: Vec<(OffsetDateTime, lines::CertificateLine)> = Vec::new();
    let mut others = Vec::new();
    for path in files.iter().filter(|path| path.is_file()) {
        let bytes = bytes_of(path)?;
        match certs::read(&bytes, None) {
            Ok(found) => {
                dated.extend(
                    found.certificates.iter().map(|one| {
                        (one.not_after(), lines::certificate(one, Some(path), None, opening::now()))
                    }),
                );
                if found.key.is_some() || !found.requests.is_empty() {
                    others.push(seen(path, &found));
                }
            }
            Err(ContentsError::NeedsPassphrase) => others.push(locked(path, &bytes)),
            // A folder holds other things, too; they are nobody's concern here.
            Err(_) => {}
        }
    }
    dated.sort_by_key(|(end, _)| *end);
    dated.into_iter().for_each(|(_, line)| line.tell_shortly(voice));
    others.into_iter().for_each(|line| lines::contents(line, voice));
    Ok(())
}

fn seen(path: &Path, found: &certs::Contents) -> ContentsLine {
    ContentsLine {
        file: path.to_owned(),
        form: found.form.name(),
        protection: found.protection.clone(),
        locked: false,
        has_key: found.key.is_some(),
        key_was_open: found.key_was_open,
        certificates: found.certificates.len(),
        requests: found.requests.len(),
    }
}

/// What shows of a protected file from outside.
fn locked(path: &Path, bytes: &[u8]) -> ContentsLine {
    let algorithms = Pfx::inspect(bytes).ok();
    ContentsLine {
        file: path.to_owned(),
        form: if algorithms.is_some() { "pfx" } else { "key" },
        protection: algorithms.map(|algorithms| algorithms.to_string()),
        locked: true,
        has_key: true,
        key_was_open: false,
        certificates: 0,
        requests: 0,
    }
}
