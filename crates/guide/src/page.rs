//! One file under reading: its bytes are judged, parsed into a tree that knows its places, and every fault
//! is written down with line and column. It knows TOML, and nothing of guides.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{Fault, FaultKind};

const LARGEST: usize = 1024 * 1024;
const DEEPEST: usize = 32;
const MOST_FAULTS: usize = 100;

/// A value of the file together with its place.
pub(crate) type Node<'a> = Spanned<DeValue<'a>>;

/// A file that is TOML of an allowed size, depth and alphabet.
pub(crate) struct Page<'a> {
    file: &'static str,
    /// The whole text.
    pub(crate) text: &'a str,
    /// The whole tree.
    pub(crate) tree: Node<'a>,
}

impl<'a> Page<'a> {
    /// Reads a file. `None` when it is so broken that nothing else can be said of it.
    pub(crate) fn open(file: &'static str, bytes: &'a [u8], faults: &mut Faults) -> Option<Page<'a>> {
        let text = decoded(file, bytes, faults)?;
        if !alphabet(file, text, faults) {
            return None;
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors.iter().take(20) {
            let at = error.span().map_or(0, |span| span.start);
            let what = format!("This is not TOML: {}.", first_line(error.message()));
            faults.put(file, text, at, FaultKind::Syntax, &Path::root(), what, "Correct the line.");
        }
        if !errors.is_empty() {
            return None;
        }
        let span = table.span();
        let page = Page { file, text, tree: Spanned::new(span, DeValue::Table(table.into_inner())) };
        let sound = page.walk(&page.tree, &Path::root(), 0, faults);
        sound.then_some(page)
    }

    /// Writes down a fault at a field, or at the nearest thing above it that the file has.
    pub(crate) fn fault(
        &self,
        faults: &mut Faults,
        kind: FaultKind,
        path: &Path,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        faults.put(self.file, self.text, self.locate(path), kind, path, what, hint);
    }

    /// Writes down a fault at a place in the file.
    pub(crate) fn fault_at(
        &self,
        faults: &mut Faults,
        at: usize,
        kind: FaultKind,
        path: &Path,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        faults.put(self.file, self.text, at, kind, path, what, hint);
    }

    fn locate(&self, path: &Path) -> usize {
        let mut node = &self.tree;
        let mut at = 0;
        for crumb in &path.0 {
            let found = match (crumb, node.get_ref()) {
                (Crumb::Key(key), DeValue::Table(table)) => {
                    table.get_key_value(key.as_str()).map(|(key, value)| (key.span().start, value))
                }
                (Crumb::At(index), DeValue::Array(list)) => {
                    list.get(*index).map(|value| (value.span().start, value))
                }
                _ => None,
            };
            let Some((start, value)) = found else { return at };
            at = place_of(start, value);
            node = value;
        }
        at
    }

    fn walk(&self, node: &Node<'a>, path: &Path, depth: usize, faults: &mut Faults) -> bool {
        if depth > DEEPEST {
            let what = format!("The file is nested more than {DEEPEST} deep.");
            self.fault_at(faults, node.span().start, FaultKind::TooDeep, path, what, "Write it flatter.");
            return false;
        }
        match node.get_ref() {
            DeValue::String(text) => self.letters(node.span().start, text, path, faults),
            DeValue::Array(list) => list.iter().enumerate().fold(true, |sound, (index, value)| {
                self.walk(value, &path.at(index), depth + 1, faults) && sound
            }),
            DeValue::Table(table) => table.iter().fold(true, |sound, (key, value)| {
                let inner = path.key(key.get_ref());
                let named = self.letters(key.span().start, key.get_ref(), path, faults);
                self.walk(value, &inner, depth + 1, faults) && named && sound
            }),
            _ => true,
        }
    }

    /// Escapes such as `\u202E` are seen only after decoding.
    fn letters(&self, at: usize, text: &str, path: &Path, faults: &mut Faults) -> bool {
        let found = text.chars().find(|letter| *letter != '\n' && forbidden(*letter).is_some());
        if let Some(letter) = found {
            let what =
                format!("The text holds {}, U+{:04X}.", forbidden(letter).unwrap_or_default(), letter as u32);
            self.fault_at(faults, at, FaultKind::Character, path, what, remedy(letter));
        }
        found.is_none()
    }
}

/// The way from the top of a file to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<Crumb>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Crumb {
    Key(String),
    At(usize),
}

impl Path {
    /// The file as a whole.
    pub(crate) fn root() -> Path {
        Path(Vec::new())
    }

    /// The field of this name.
    pub(crate) fn key(&self, key: &str) -> Path {
        self.and(Crumb::Key(key.to_owned()))
    }

    /// The entry of this number, from 0.
    pub(crate) fn at(&self, index: usize) -> Path {
        self.and(Crumb::At(index))
    }

    fn and(&self, crumb: Crumb) -> Path {
        let mut crumbs = self.0.clone();
        crumbs.push(crumb);
        Path(crumbs)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, crumb) in self.0.iter().enumerate() {
            match crumb {
                Crumb::At(index) => write!(f, "[{index}]")?,
                Crumb::Key(key) => {
                    let bare = !key.is_empty()
                        && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
                    let dot = if position == 0 { "" } else { "." };
                    let short: String =
                        key.chars().filter(|letter| forbidden(*letter).is_none()).take(64).collect();
                    if bare { write!(f, "{dot}{short}")? } else { write!(f, "{dot}\"{short}\"")? }
                }
            }
        }
        Ok(())
    }
}

/// The faults found so far; so many and no more, so that a hostile file costs little.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn extend(&mut self, more: Faults) {
        self.0.extend(more.0);
        self.0.truncate(MOST_FAULTS);
    }

    /// The faults in the order of the files given and of their lines.
    pub(crate) fn sorted(self, files: &[&str]) -> Vec<Fault> {
        let mut faults = self.0;
        let rank = |file: &str| files.iter().position(|each| *each == file).unwrap_or(files.len());
        faults.sort_by_key(|fault| (rank(&fault.file), fault.line, fault.column));
        faults
    }

    #[allow(clippy::too_many_arguments)]
    fn put(
        &mut self,
        file: &str,
        text: &str,
        at: usize,
        kind: FaultKind,
        path: &Path,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.0.len() >= MOST_FAULTS {
            return;
        }
        let (line, column) = line_and_column(text, at);
        let (what, hint) = (what.into(), hint.into());
        self.0.push(Fault { kind, file: file.to_owned(), line, column, field: path.to_string(), what, hint });
    }
}

fn decoded<'a>(file: &str, bytes: &'a [u8], faults: &mut Faults) -> Option<&'a str> {
    let mut refuse = |text: &str, at: usize, kind: FaultKind, what: String, hint: &str| {
        faults.put(file, text, at, kind, &Path::root(), what, hint);
        None
    };
    if bytes.len() > LARGEST {
        let what = format!("The file has {} bytes; at most {LARGEST} are read.", bytes.len());
        return refuse("", 0, FaultKind::TooLarge, what, "Shorten it.");
    }
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let sound = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let what = "Here the file is not UTF-8.".to_owned();
            return refuse(&sound, sound.len(), FaultKind::Encoding, what, "Save it as UTF-8.");
        }
    };
    if text.starts_with('\u{feff}') {
        let what = "The file begins with a byte order mark.".to_owned();
        return refuse(text, 0, FaultKind::Encoding, what, "Save it as UTF-8 without one.");
    }
    Some(text)
}

fn alphabet(file: &str, text: &str, faults: &mut Faults) -> bool {
    let mut letters = text.char_indices().peekable();
    let mut sound = 0;
    while let Some((at, letter)) = letters.next() {
        let line_end =
            letter == '\n' || (letter == '\r' && letters.peek().is_some_and(|(_, next)| *next == '\n'));
        if line_end || letter == '\t' {
            continue;
        }
        if let Some(name) = forbidden(letter) {
            let what = format!("The file holds {name}, U+{:04X}.", letter as u32);
            faults.put(file, text, at, FaultKind::Character, &Path::root(), what, remedy(letter));
            sound += 1;
        }
        if sound >= 20 {
            break;
        }
    }
    sound == 0
}

/// What is wrong with a letter: it is invisible, or it makes text look like other text.
fn forbidden(letter: char) -> Option<&'static str> {
    match letter {
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("a character that turns the direction of text")
        }
        '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{feff}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{00ad}' => Some("an invisible character"),
        '\u{0300}'..='\u{036f}' => Some("a combining mark"),
        _ if letter.is_control() => Some("a control character"),
        _ => None,
    }
}

fn remedy(letter: char) -> &'static str {
    match letter {
        '\u{0300}'..='\u{036f}' => "Write the composed letter.",
        _ => "Remove it.",
    }
}

/// A table or list is found at its key, anything else at its value.
fn place_of(start: usize, value: &Node<'_>) -> usize {
    match value.get_ref() {
        DeValue::Table(_) | DeValue::Array(_) => start,
        _ => value.span().start,
    }
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default().trim_end_matches('.')
}
