//! A step as deep as the admin can look: plan, rows, asks, clock and trouble.
//! Decides nothing: which buttons are alive is said by the desk.

use serde::Serialize;
use ts_rs::TS;

use super::{Trouble, asks::Ask, checklist::State, machine_policy::Feature, pieces::Piece};

/// A step, as deep as the admin can look.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Name in the guide.
    pub id: String,
    /// Place in the whole list, from 1.
    pub number: u32,
    /// Place in the vendor's document.
    pub documented: String,
    /// Title.
    pub title: String,
    /// Why the step exists, in two lines.
    pub why: String,
    /// What the app does for it.
    pub doing: Doing,
    /// How it stands.
    pub state: State,
    /// One line below the title.
    pub note: Option<String>,
    /// What turns it green.
    pub green: String,
    /// Since when, until when, by whom.
    pub clock: Option<Clock>,
    /// Steps that come first and are not done, by title.
    pub waits_for: Vec<StepName>,
    /// Roles of which one is needed, and whether the account has it.
    pub roles: Vec<NeededRole>,
    /// A text for the admin who has the role.
    pub hand_over_text: Option<String>,
    /// Why the answers make the step unnecessary, in one sentence.
    pub not_needed: Option<String>,
    /// Asks of other steps that decide whether this one is needed, and have no answer.
    pub undecided: Vec<OpenAsk>,
    /// Whose passwords the step is lent when it runs, by account.
    pub passwords: Vec<String>,
    /// What has to be answered first.
    pub asks: Vec<Ask>,
    /// The exact change.
    pub plan: Option<Plan>,
    /// The vendor's own rows.
    pub rows: Vec<Row>,
    /// What the vendor's document leaves open.
    pub unconfirmed: Vec<String>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// What was seen in the tenant, or what stands in the way.
    pub evidence: Vec<String>,
    /// Objects of somebody else that can be adopted, knowingly.
    pub taken: Vec<TakenObject>,
    /// The part of the screen that only this kind of step has.
    pub piece: Piece,
    /// What can be done now.
    pub can: Can,
    /// What this step needs and the policy of this machine switches off.
    pub off: Option<Feature>,
}

/// An object of the same name that this connection did not make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TakenObject {
    /// Directory object id.
    pub id: String,
    /// Its name in the tenant.
    pub name: String,
    /// When it was made, as the tenant tells.
    pub made: Option<String>,
    /// Its application (client) id.
    pub application_id: Option<String>,
}

/// A step by name and title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepName {
    /// Name in the guide.
    pub id: String,
    /// Title.
    pub title: String,
}

/// What the app does for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// It makes the step true.
    Automatic,
    /// It looks, or proves by use.
    Checked,
    /// It waits for a person.
    ByHand,
}

/// A question of another step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenAsk {
    /// Its label.
    pub label: String,
    /// The step in which it is answered.
    pub step: String,
}

/// Which buttons are alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Can {
    /// Look at the tenant.
    pub check: bool,
    /// Carry out the plan.
    pub apply: bool,
    /// Say that a person saw it.
    pub confirm: bool,
    /// A sign-in is needed first.
    pub needs_sign_in: bool,
    /// Put the step into a file for another admin.
    pub pass_on: bool,
    /// Passwords can be asked for natively on this system.
    pub lend: bool,
    /// Point at an application that was made by hand.
    pub point_at: bool,
    /// Bring back what the step removed.
    pub bring_back: bool,
    /// A script takes back what the step's script did.
    pub take_back_script: bool,
    /// The product's offer decides what is made here, and can still be taken.
    pub take_offer: bool,
}

/// The clock of a wait, and who did it when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// Since when.
    pub since: String,
    /// When waiting ends.
    pub until: Option<String>,
    /// How often it was looked at.
    pub looks: u32,
    /// By whom.
    pub by: Option<String>,
}

/// One role that would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NeededRole {
    /// Its name in the portal.
    pub name: String,
    /// The account has it.
    pub held: bool,
}

/// The exact change, as it will be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What the admin confirms: another plan has another hash.
    pub hash: String,
    /// One line a change.
    pub changes: Vec<Change>,
    /// Requests that change something.
    pub requests: u32,
    /// Whether it can be taken back.
    pub undoable: bool,
}

/// One line of the diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Sign of the line.
    pub sign: Sign,
    /// What is changed: an object's or permission's own name.
    pub what: String,
    /// Its kind, such as `application` or `delegated`.
    pub kind: Option<String>,
    /// Why, or from what to what.
    pub detail: Option<String>,
    /// How much the permission allows.
    pub risk: Option<Risk>,
}

/// The sign of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// Added.
    Add,
    /// Taken away.
    Remove,
    /// Set to another value.
    Change,
    /// There already, left alone.
    Keep,
    /// Run or used; leaves nothing.
    Run,
}

/// How much a permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// All.
    Highest,
}

/// One row of the vendor's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The vendor's numbering, such as `TC-9`.
    pub id: String,
    /// What the document says.
    pub says: Vec<TextLine>,
    /// The exact clicks, one a line.
    pub by_hand: Vec<TextLine>,
    /// The newer fact, where the document is outdated.
    pub newer: Vec<TextLine>,
    /// What kind of row it is.
    pub kind: RowKind,
    /// Who does it.
    pub who: Who,
    /// The very page.
    pub link: Option<Link>,
    /// Whether the document says it.
    pub mark: Mark,
}

/// A line of a guide's text, already taken apart: nothing in it is read as markup again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TextLine {
    /// Its pieces, in order.
    pub pieces: Vec<TextPiece>,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum TextPiece {
    /// Plain words.
    Plain {
        /// The words.
        text: String,
    },
    /// A label of a portal or a product, in its own spelling.
    Strong {
        /// The label.
        text: String,
    },
    /// A value, a name or a command.
    Code {
        /// The value.
        text: String,
    },
    /// Words that lead to a page.
    Link {
        /// The words.
        text: String,
        /// Where it leads.
        host: String,
        /// Name for the `open_link` command.
        id: String,
    },
}

/// Who can do what a row asks for: the least role that suffices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// No role is needed.
    Anyone,
    /// Application Developer, or any member where the tenant allows it.
    AppRegistrar,
    /// Cloud Application Administrator.
    EnterpriseAppAdmin,
    /// Cloud Application Administrator, for delegated permissions.
    ConsentAdminDelegated,
    /// Privileged Role Administrator.
    ConsentAdminGraph,
    /// Teams Administrator.
    TeamsAdmin,
    /// Exchange Administrator.
    ExchangeAdmin,
    /// User, Conditional Access or License Administrator.
    EntraAdmin,
    /// Whoever runs the firewall.
    FirewallAdmin,
    /// The admin of the product.
    ProductAdmin,
    /// The person who uses the product.
    EndUser,
}

/// What kind of row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// Something to read or confirm.
    Read,
    /// A value to enter.
    Input,
    /// A change in Entra.
    Entra,
    /// A change in Teams.
    Teams,
    /// A change in Exchange.
    Exchange,
    /// A change in the product.
    Product,
    /// Something for an end user.
    EndUser,
    /// Something to verify.
    Verify,
}

/// Where a row's content comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The document says so.
    Documented,
    /// It follows from the document.
    Inferred,
    /// The document says something that is no longer so.
    Outdated,
}

/// A page outside. The host is shown before it opens; the web view never opens it itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The page's own name.
    pub label: String,
    /// Where it leads.
    pub host: String,
    /// Name for the `open_link` command: a row's id, `document`, `sign-in` …
    pub id: String,
}
