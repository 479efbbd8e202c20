//! Reads a guide from its three files: bytes, then shape, then sense; each stage collects every fault.
//! It opens no file: the caller brings the bytes.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check;
use crate::page::{Faults, Page, Path};
use crate::schema::{guide_schema, words_schema};
use crate::{Fault, FaultKind, Guide, Texts, Words, shape};

/// The bytes of a guide's three files.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// `guide.toml`: the structure.
    pub guide: &'a [u8],
    /// `en.toml`: the English texts.
    pub en: &'a [u8],
    /// `de.toml`: the German texts.
    pub de: &'a [u8],
}

/// Who vouches for a guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// It is compiled in.
    BuiltIn,
    /// A maker whose key was pinned.
    Signed,
    /// Nobody: permissions that can take over the tenant are refused.
    Unverified,
}

/// The names of the three files as faults give them.
pub(crate) const FILES: [&str; 3] = ["guide.toml", "en.toml", "de.toml"];

/// Reads a guide for which nobody vouches.
///
/// # Errors
/// Every fault that was found, in the order of the files and their lines.
pub fn read(sources: &Sources<'_>) -> Result<Guide, Vec<Fault>> {
    read_trusted(sources, Trust::Unverified)
}

/// Reads a guide, knowing who vouches for it.
///
/// # Errors
/// Every fault that was found, in the order of the files and their lines.
pub fn read_trusted(sources: &Sources<'_>, trust: Trust) -> Result<Guide, Vec<Fault>> {
    let mut faults = Faults::default();
    let pages = [sources.guide, sources.en, sources.de];
    let [guide_page, en_page, de_page] =
        [0, 1, 2].map(|index| Page::open(FILES[index], pages[index], &mut faults));
    let guide: Option<Guide> = guide_page.as_ref().and_then(|page| shaped(page, guide_schema(), &mut faults));
    let english: Option<Words> = en_page.as_ref().and_then(|page| shaped(page, words_schema(), &mut faults));
    let german: Option<Words> = de_page.as_ref().and_then(|page| shaped(page, words_schema(), &mut faults));

    if let (Some(guide), Some(page)) = (&guide, &guide_page) {
        check::structure(guide, page, trust, &mut faults);
        for (words, page) in [(&english, &en_page), (&german, &de_page)] {
            if let (Some(words), Some(page)) = (words, page) {
                check::texts(guide, words, page, &mut faults);
            }
        }
        if let (Some(english), Some(german), Some(page)) = (&english, &german, &de_page) {
            check::languages(english, german, page, &mut faults);
        }
    }
    match (guide, english, german) {
        (Some(mut guide), Some(english), Some(german)) if faults.is_empty() => {
            guide.texts = Texts { english, german };
            Ok(guide)
        }
        _ => Err(faults.sorted(&FILES)),
    }
}

fn shaped<T: DeserializeOwned>(page: &Page<'_>, schema: &Value, faults: &mut Faults) -> Option<T> {
    let mut found = Faults::default();
    shape::judge(page, schema, &mut found);
    if !found.is_empty() {
        faults.extend(found);
        return None;
    }
    match toml::from_str(page.text) {
        Ok(read) => Some(read),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let what = format!("This cannot be read: {}.", shape::short(error.message()));
            page.fault_at(
                faults,
                at,
                FaultKind::BadValue,
                &Path::root(),
                what,
                "Compare it with the schema.",
            );
            None
        }
    }
}
