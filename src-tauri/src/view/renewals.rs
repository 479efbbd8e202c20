//! The ledger as it is drawn, and one renewal with its four stages. A credential is named by its key id and never shown.

use serde::Serialize;
use ts_rs::TS;

use super::{Trouble, step::Plan, workshop::Ending};

/// Everything on the screen of renewals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Renewals {
    /// The credentials, the first to end first.
    pub entries: Vec<CredentialLine>,
    /// How many are due or have ended.
    pub due: u32,
    /// The time of the real connections.
    pub now: String,
    /// The pretend tenant's time, while there is a rehearsal.
    pub pretend_now: Option<String>,
    /// When a tenant was last looked at.
    pub seen: Option<String>,
}

/// Secret or certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A client secret.
    Secret,
    /// A certificate.
    Certificate,
}

/// One secret or certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialLine {
    /// The connection's id.
    pub connection: String,
    /// The connection's name.
    pub connection_name: String,
    /// Whether nothing of it is real.
    pub rehearsal: bool,
    /// The tenant's name.
    pub tenant: Option<String>,
    /// The application's name in the tenant.
    pub application: String,
    /// Secret or certificate.
    pub kind: CredentialKind,
    /// Graph's key id.
    pub key: String,
    /// The description that the portal shows.
    pub name: Option<String>,
    /// From when it is good.
    pub start: Option<String>,
    /// Until when.
    pub end: Option<String>,
    /// Whole days until then; negative afterwards.
    pub days_left: Option<i32>,
    /// How it stands.
    pub standing: Ending,
    /// Whether this connection made it.
    pub ours: bool,
    /// Whether its end matters: one of ours that was replaced may run out.
    pub matters: bool,
    /// The product's fields that carry it.
    pub used_in: Vec<String>,
    /// When it was last proven by use.
    pub proven: Option<String>,
    /// Whether a renewal of it is under way.
    pub renewing: bool,
    /// The step whose renewal replaces it; none where Footbridge cannot.
    pub step: Option<String>,
}

/// The stages of a renewal, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RenewalStage {
    /// The new one is added beside the old one.
    Add,
    /// The product gets it.
    HandOver,
    /// The application signs in with it.
    Prove,
    /// The old one is removed.
    Remove,
}

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StageState {
    /// Its turn has not come, or nobody has looked.
    Open,
    /// Its plan waits for a yes.
    Planned,
    /// Made, and not yet seen everywhere.
    Waiting,
    /// It went wrong.
    Failed,
    /// It is done.
    Done,
    /// The guide hands nothing over.
    NotNeeded,
}

/// How a renewal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RenewalEnd {
    /// The old one is removed.
    Removed,
    /// The old one stays until it runs out.
    Kept,
    /// It was taken back.
    Undone,
}

/// One renewal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RenewalPane {
    /// The connection's id.
    pub connection: String,
    /// The connection's name.
    pub name: String,
    /// The tenant's name.
    pub tenant: Option<String>,
    /// Whether nothing of it is real.
    pub rehearsal: bool,
    /// The step that holds the credential.
    pub step: String,
    /// Secret or certificate.
    pub kind: CredentialKind,
    /// Key id of the one that is replaced.
    pub old: String,
    /// Key id of the new one.
    pub new: Option<String>,
    /// The four stages.
    pub stages: Vec<StageLine>,
    /// Whose turn it is; none when it is over.
    pub next: Option<RenewalStage>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// Whether it was begun.
    pub begun: bool,
    /// Whether it can be taken back.
    pub undoable: bool,
    /// How the last one ended, and when.
    pub ended: Option<RenewalEnd>,
    /// When the last one ended.
    pub ended_at: Option<String>,
    /// Whether somebody has to sign in first.
    pub needs_sign_in: bool,
    /// The step that hands values over, for the other ways of doing it.
    pub hand_over_step: Option<String>,
    /// What was just taken back, or stays.
    pub said: Vec<String>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StageLine {
    /// Which.
    pub stage: RenewalStage,
    /// How it stands.
    pub state: StageState,
    /// When it was done.
    pub at: Option<String>,
    /// What waits for a yes.
    pub plan: Option<Plan>,
}
