//! Guides as types: what must be made true for a product, in the vendor's order, as data.
//! Reads a guide, refuses a bad one with file, line, column, field and a hint, and embeds the built-in ones.
//! It must not do any I/O and must not import another room, so that a vendor can lint a guide anywhere.

mod action;
mod answers;
mod asks;
mod built_in;
mod catalogue;
mod check;
mod coverage;
mod fault;
mod form;
pub mod markup;
mod near;
mod page;
mod parts;
mod read;
mod schema;
mod shape;
mod template;
mod types;
mod words;

pub use action::{Action, Output};
pub use answers::{AnswerHint, Answers, judge_answer, read_answers};
pub use asks::asks_template;
pub use built_in::{BuiltIn, built_in, find};
pub use catalogue::{Permission, PermissionKind, Risk, permission, permissions};
pub use coverage::{Coverage, Work};
pub use fault::{Fault, FaultKind};
pub use form::Form;
pub use parts::{
    Admitted, Audience, Expected, HandedFields, MatchPair, Need, OptionalPermission, Resource, WantedKind,
};
pub use read::{Sources, Trust, read, read_trusted};
pub use schema::{schema, texts_schema};
pub use template::{Part, Reference, Template, TemplateFault, Unfilled};
pub use types::{
    Ask, AskKind, Condition, Field, Guide, Mark, PortalPage, Row, RowKind, Section, Step, USER_FIELDS, Who,
};
pub use words::{
    AskWords, FieldWords, GuideWords, Language, RowWords, SectionWords, StepWords, Texts, Words,
};
