//! Guides as types: what must be made true for a product, in the vendor's order, as data.
//! Reads a guide, refuses a bad one with file, line, column, field and a hint, and embeds the built-in ones.
//! It must not do any I/O and must not import another room, so that a vendor can lint a guide anywhere.

mod action;
mod fault;
mod template;
mod types;
mod words;

pub use action::{Action, Audience, HandedFields, MatchPair, Output, Resource};
pub use fault::{Fault, FaultKind};
pub use template::{Part, Reference, Template, TemplateFault, Unfilled};
pub use types::{
    Ask, AskKind, Field, Guide, Mark, PortalPage, Row, RowKind, Section, Step, USER_FIELDS, Who,
};
pub use words::{
    AskWords, FieldWords, GuideWords, Language, RowWords, SectionWords, StepWords, Texts, Words,
};
