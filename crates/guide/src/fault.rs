//! A fault in a guide file: where it is, what is wrong, and what to do now.
//! The kind is for programs; the sentences are for people, and nobody matches on them.

use std::fmt;

/// One fault of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The kind of fault.
    pub kind: FaultKind,
    /// The file, such as `guide.toml`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The field, such as `steps[3].do.application`; empty where the file as a whole is meant.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do now.
    pub hint: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{} {}", self.what, self.hint)
    }
}

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Larger than 1 MiB.
    TooLarge,
    /// Not UTF-8, or with a byte order mark.
    Encoding,
    /// A control, bidirectional or combining character.
    Character,
    /// Not TOML.
    Syntax,
    /// Nested more than 32 deep.
    TooDeep,
    /// More than 500 steps, or a list that is too long or too short.
    Count,
    /// An unknown key.
    UnknownKey,
    /// A missing key.
    MissingKey,
    /// A value of the wrong type.
    WrongType,
    /// A value that is not one of those allowed: a verb, a kind, a page.
    UnknownValue,
    /// A value out of its range, too long, empty, or not of its form.
    BadValue,
    /// An id that is used twice.
    Twice,
    /// A name that nothing has.
    Dangling,
    /// A name of something of another kind.
    WrongKind,
    /// Steps that wait for each other.
    Cycle,
    /// A step that uses what a later step makes.
    Order,
    /// A permission that Microsoft does not publish.
    UnknownPermission,
    /// A permission that can take over the tenant, in a guide that nobody vouches for.
    RiskyPermission,
    /// A secret where everybody can read it.
    OpenSecret,
    /// A text that is missing in a language.
    MissingText,
    /// A text that belongs to nothing.
    OrphanText,
    /// Languages that name different values.
    Placeholders,
    /// Text that is not of the small markup, or not a proper template.
    Markup,
}
