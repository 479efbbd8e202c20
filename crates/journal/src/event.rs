//! What can stand in the diary: a closed list of typed events. None has a place for a secret.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

/// One row of the diary.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Place in the chain, from 1.
    pub seq: u64,
    /// When it was written.
    pub at: OffsetDateTime,
    /// The connection it belongs to.
    pub connection: String,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// A connection was made.
    Connected {
        /// The guide's id.
        guide: String,
        /// The guide's version.
        guide_version: String,
        /// The admin's name for it.
        name: String,
        /// The cloud.
        place: String,
        /// Whether it is a rehearsal.
        rehearsal: bool,
    },
    /// Somebody signed in.
    SignedIn {
        /// User principal name.
        account: String,
        /// Tenant id.
        tenant_id: String,
        /// Tenant's name.
        tenant_name: String,
        /// Active directory roles.
        roles: Vec<String>,
        /// Granted scopes.
        scopes: Vec<String>,
        /// By device code or browser.
        how: String,
    },
    /// The session was ended.
    SignedOut {},
    /// An ask was answered; null takes the answer back.
    Answered {
        /// The ask.
        ask: String,
        /// The answer.
        value: Value,
    },
    /// A plan was approved and is about to be carried out.
    Intended {
        /// The step.
        step: String,
        /// The operation.
        operation: String,
        /// What was approved.
        plan_hash: String,
        /// The plan's lines.
        plan: Value,
    },
    /// Microsoft confirmed a change.
    Sent {
        /// The step.
        step: String,
        /// The operation.
        operation: String,
        /// HTTP method.
        method: String,
        /// Path in Graph.
        path: String,
        /// HTTP status.
        status: u16,
        /// Microsoft's id of the request.
        request_id: Option<String>,
        /// What was made, for undo.
        made: Option<Value>,
    },
    /// A step came to an end for now.
    Settled {
        /// The step.
        step: String,
        /// The operation.
        operation: Option<String>,
        /// done, pending, failed or stopped.
        state: String,
        /// Named results.
        outputs: Value,
        /// What was seen.
        evidence: Value,
        /// What went wrong.
        trouble: Option<Value>,
    },
    /// A person vouched for a step.
    Confirmed {
        /// The step.
        step: String,
        /// Who.
        by: String,
        /// In which words.
        note: String,
    },
    /// The admin adopted an object that this connection did not make.
    Adopted {
        /// The step.
        step: String,
        /// The object.
        object: Value,
    },
    /// The result went to the product.
    HandedOver {
        /// The step.
        step: String,
        /// By which way.
        how: String,
        /// The receipt.
        receipt: Value,
    },
    /// A change was taken back.
    Undone {
        /// The step.
        step: String,
        /// What was taken back.
        what: Value,
    },
    /// Something worth keeping that is no step.
    Noted {
        /// What.
        what: String,
        /// Details.
        details: Value,
    },
    /// The connection was removed from the list.
    Removed {},
}
