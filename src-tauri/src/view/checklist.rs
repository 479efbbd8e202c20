//! A connection as a list of steps, with its values and its activity.
//! Holds no secret: a secret value has a label and no text.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    deliveries::Offer,
    own_guides::{AskedPermission, Maker, TakenOver},
    step::Step,
};

/// One connection with the step that is being looked at: what nearly every command returns.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Checklist {
    /// Stable name of the connection.
    pub connection: String,
    /// What the admin sees.
    pub name: String,
    /// The product.
    pub product: String,
    /// Version of the guide.
    pub guide_version: String,
    /// Who made the guide.
    pub maker: Maker,
    /// Who passed this step on; then it is the only one.
    pub taken_over: Option<TakenOver>,
    /// Address of the vendor's document.
    pub document: String,
    /// Where the vendor helps.
    pub support: Option<String>,
    /// True when nothing of it is real.
    pub rehearsal: bool,
    /// For whom it is, where the admin said so.
    pub customer: Option<String>,
    /// The product's offer, once taken.
    pub offer: Option<Offer>,
    /// Name of the cloud.
    pub cloud: String,
    /// The tenant, once known.
    pub tenant: Option<Tenant>,
    /// Who is signed in.
    pub session: Option<Session>,
    /// The sections of the vendor's document, in its order.
    pub sections: Vec<Section>,
    /// Steps that are proven, confirmed or not applicable.
    pub done: u32,
    /// All steps.
    pub total: u32,
    /// The one thing to do next.
    pub next: Option<String>,
    /// Whether there is anything that can be taken back.
    pub undoable: bool,
    /// What the application is allowed at Microsoft when all is done, the most powerful first.
    pub permissions: Vec<AskedPermission>,
    /// What is known so far.
    pub values: Vec<Value>,
    /// What happened, newest first.
    pub activity: Vec<Activity>,
    /// The step that is open.
    pub step: Option<Step>,
}

/// The tenant that a connection is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Directory (tenant) ID.
    pub id: String,
    /// Name of the organisation.
    pub name: String,
    /// Its verified domain.
    pub domain: String,
}

/// Who is signed in, and what that allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Display name.
    pub account: String,
    /// User principal name.
    pub user_principal_name: String,
    /// A guest of this tenant.
    pub guest: bool,
    /// Active directory roles by name.
    pub roles: Vec<String>,
    /// Permissions asked for, and whether each was granted.
    pub scopes: Vec<GrantedScope>,
    /// Permissions that were granted without being asked for.
    pub surplus: Vec<String>,
    /// When the session ends.
    pub expires_at: String,
    /// Minutes by which Microsoft's clock is ahead of this computer's (negative: behind), where it is more than two.
    pub clock_ahead: Option<i32>,
}

/// One delegated permission of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GrantedScope {
    /// Name of the permission.
    pub scope: String,
    /// The token has it.
    pub granted: bool,
}

/// One section of the vendor's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// Name in the guide.
    pub id: String,
    /// The vendor's own title.
    pub title: String,
    /// Its steps, in order.
    pub steps: Vec<StepLine>,
}

/// A step in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepLine {
    /// Name in the guide.
    pub id: String,
    /// Place in the whole list, from 1.
    pub number: u32,
    /// Title.
    pub title: String,
    /// How it stands.
    pub state: State,
    /// One line below the title, already in the admin's language.
    pub note: Option<String>,
}

/// How a step stands. Each has its own shape, word and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing is known yet.
    NotYet,
    /// Checked; the exact change is shown.
    Planned,
    /// Made, not yet seen everywhere.
    Pending,
    /// The tenant showed it, or a proof used it.
    Proven,
    /// A person said so.
    Confirmed,
    /// It was right once and is different now.
    ChangedSince,
    /// The account that is signed in has not the role for it.
    NeedsAnotherAdmin,
    /// This connection does not need it.
    NotApplicable,
    /// It was right before this connection touched it.
    DoneElsewhere,
    /// It went wrong.
    Failed,
    /// Something of the same name belongs to somebody else.
    Taken,
}

/// A value that the connection holds. A secret has no text, only a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Value {
    /// Name for copying.
    pub id: String,
    /// The portal's own label.
    pub label: String,
    /// The step that made it, where several values have this label.
    pub of: Option<String>,
    /// The value; never there for a secret.
    pub text: Option<String>,
    /// A secret: only the core can copy it.
    pub secret: bool,
    /// A date after which the value is of no use.
    pub expires: Option<String>,
}

/// One line of the activity column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// When.
    pub at: String,
    /// What, in the admin's language.
    pub what: String,
    /// Small print: status, tries, ids.
    pub detail: Option<String>,
    /// It went wrong.
    pub bad: bool,
}
