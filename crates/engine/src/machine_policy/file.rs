//! A policy file as text: TOML of format 1. Every refusal says the line, the key and what to write instead. Nothing here reads
//! a file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use cloud::Place;
use guide::Language;
use serde::Deserialize;
use toml::Spanned;
use uuid::Uuid;

use super::{Feature, MachinePolicy, Told};
use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

/// The one format there is.
const FORMAT: i64 = 1;

/// What is read first: a later format may have keys that this one does not know.
#[derive(Deserialize)]
struct Head {
    format: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    #[serde(rename = "format")]
    _format: i64,
    cloud: Option<Spanned<String>>,
    client_id: Option<Spanned<String>>,
    language: Option<Spanned<String>>,
    guides_folder: Option<Spanned<String>>,
    #[serde(default)]
    off: Vec<Spanned<String>>,
}

pub(super) fn parse(path: &Path, text: &str) -> Result<MachinePolicy, Trouble> {
    let page = Page { path, text };
    let head: Head = toml::from_str(text).map_err(|error| page.syntax(&error))?;
    match head.format {
        Some(format) if *format.get_ref() == FORMAT => {}
        Some(format) => {
            return Err(page.refused(format.span(), "format", Phrase::new("policy.format")));
        }
        None => return Err(page.refused(0..0, "format", Phrase::new("policy.format"))),
    }
    let file: PolicyFile = toml::from_str(text).map_err(|error| page.syntax(&error))?;
    let cloud = page.taken(file.cloud, "cloud", Phrase::new("policy.cloud"), |name| {
        Place::named(name).map(|place| place.name)
    })?;
    let client_id = page.taken(file.client_id, "client_id", Phrase::new("policy.client-id"), |id| {
        // The other spellings of a GUID are not what Microsoft shows or takes.
        Uuid::try_parse(id).ok().map(|uuid| uuid.to_string()).filter(|plain| plain.eq_ignore_ascii_case(id))
    })?;
    let language = page.taken(file.language, "language", Phrase::new("policy.language"), |code| {
        Language::ALL.into_iter().find(|language| language.code() == code)
    })?;
    let folder = Phrase::new("policy.guides-folder");
    let guides_folder = page.taken(file.guides_folder, "guides_folder", folder, |folder| {
        Some(PathBuf::from(folder)).filter(|folder| folder.is_absolute())
    })?;
    let mut off = Vec::new();
    for name in file.off {
        let names = Feature::ALL.map(Feature::name).join(", ");
        let unknown = Phrase::new("policy.feature").with("names", names);
        off.extend(page.taken(Some(name), "off", unknown, Feature::named)?);
    }
    let files = vec![path.to_owned()];
    Ok(MachinePolicy { files, cloud, client_id, language, guides_folder, off, owner: None })
}

/// The text with its path, for what is said about its lines.
struct Page<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Page<'_> {
    /// A value that is understood, with its line.
    fn taken<T>(
        &self,
        written: Option<Spanned<String>>,
        key: &str,
        otherwise: Phrase,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<Told<T>>, Trouble> {
        let Some(written) = written else { return Ok(None) };
        match read(written.get_ref()) {
            Some(value) => {
                let line = self.line(&written.span());
                Ok(Some(Told { value, path: self.path.to_owned(), line }))
            }
            None => Err(self.refused(written.span(), key, otherwise.with("value", written.get_ref()))),
        }
    }

    fn refused(&self, span: Range<usize>, key: &str, why: Phrase) -> Trouble {
        let place = format!("{}:{}", self.path.display(), self.line(&span));
        Trouble::new(Code::PolicyInvalid).with("place", place).in_field(key).because(why)
    }

    fn syntax(&self, error: &toml::de::Error) -> Trouble {
        let span = error.span().unwrap_or(0..0);
        let key = self.key(self.line(&span));
        let why = error.message().trim().replace('\n', " ");
        self.refused(span, key, Phrase::new("policy.syntax").with("field", key).with("why", why))
    }

    /// The line where a span begins, from 1.
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
    }

    /// The key that a line belongs to: its own, or that of the list that began above.
    fn key(&self, line: usize) -> &str {
        let before = self.text.lines().take(line).filter(|line| !line.trim_start().starts_with('#'));
        let keys = before.filter_map(|line| line.split_once('=').map(|(key, _)| key.trim()));
        keys.last().unwrap_or("TOML")
    }
}
