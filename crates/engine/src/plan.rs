//! What a verb found, and the plan it would carry out. Only a verb's `check` can draw a plan; `apply` consumes it.
//! A plan is what the admin sees and approves, by its hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use crate::phrase::Phrase;
use crate::role::DirectoryRole;
use crate::trouble::Trouble;

/// The named results of a step, which later steps and the product's fields use.
pub type Outputs = BTreeMap<String, String>;

/// What `check` saw.
#[derive(Debug)]
pub enum Found {
    /// The tenant is as the step wants it.
    AsWanted(Proof),
    /// Something has to change; this is what.
    Planned(Plan),
    /// Somebody else's object stands in the way; it can be adopted, knowingly.
    Taken(Taken),
    /// The admin has to answer these asks first.
    NeedsAnswers(Vec<String>),
    /// These passwords have to be lent first: user principal names, or the name of a product's own admin.
    NeedsPasswords(Vec<String>),
    /// A person has to confirm the step.
    NeedsPerson,
    /// Earlier steps have to be done first.
    NeedsSteps(Vec<String>),
    /// It is made and not yet seen; it is looked for until the given time.
    Pending {
        /// Why it waits.
        why: Phrase,
        /// When waiting ends; afterwards it has failed.
        until: OffsetDateTime,
    },
}

/// What shows that a step is true.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Proof {
    /// Named results.
    pub outputs: Outputs,
    /// What was seen, for the evidence report.
    pub evidence: Vec<Phrase>,
    /// What a later step needs beside the named results (ids of users, for example); never a secret.
    #[serde(default)]
    pub found: Value,
}

/// Objects of the same name that this connection did not make.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    /// What is taken.
    pub what: Phrase,
    /// The objects that can be adopted.
    pub objects: Vec<TakenObject>,
}

/// One object that can be adopted.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

/// One line of the difference that an admin approves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    /// What happens to it.
    pub sign: Sign,
    /// The technical name, as the portal spells it.
    pub name: String,
    /// What it is, or why.
    pub note: Phrase,
    /// How much power it gives, for permissions.
    pub risk: Option<Risk>,
}

/// How much power a permission gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Basic profiles, or what any person may do for himself.
    Low,
    /// Reads or changes something of limited weight.
    Medium,
    /// Reads people's content, or changes what others rely on.
    High,
    /// Can take over the tenant.
    Highest,
}

impl From<guide::Risk> for Risk {
    fn from(risk: guide::Risk) -> Self {
        match risk {
            guide::Risk::Low => Self::Low,
            guide::Risk::Medium => Self::Medium,
            guide::Risk::High => Self::High,
            guide::Risk::Highest => Self::Highest,
        }
    }
}

/// What happens to a line of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// It is made or added.
    Add,
    /// It is taken away.
    Remove,
    /// It gets another value.
    Set,
    /// It stays as it is, and is shown because it is there.
    Keep,
    /// It is run or used, and leaves nothing.
    Run,
}

/// What would change, drawn by a verb's `check`.
#[derive(Debug, Serialize)]
pub struct Plan {
    step: String,
    changes: Vec<Change>,
    requests: u32,
    undo: bool,
    roles: Vec<DirectoryRole>,
    work: Value,
}

impl Plan {
    /// Draws a plan. `work` holds what the verb's `apply` needs; it is part of the hash, and holds no secret.
    pub(crate) fn draw(step: &str, changes: Vec<Change>, work: Value) -> Self {
        Self { step: step.to_owned(), changes, requests: 1, undo: true, roles: Vec::new(), work }
    }

    pub(crate) fn with_requests(mut self, requests: u32) -> Self {
        self.requests = requests;
        self
    }

    pub(crate) fn that_stays(mut self) -> Self {
        self.undo = false;
        self
    }

    pub(crate) fn by_any_of(mut self, roles: &[DirectoryRole]) -> Self {
        self.roles = roles.to_vec();
        self
    }

    pub(crate) fn work<T: serde::de::DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_value(self.work.clone()).map_err(|_| Trouble::defect("plan"))
    }

    /// The step it belongs to.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// The lines of the difference.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many requests it takes when nothing lags.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Whether this connection can take it back.
    pub fn can_be_undone(&self) -> bool {
        self.undo
    }

    /// Any of these directory roles suffices; empty where the account's consented permissions are enough.
    pub fn roles(&self) -> &[DirectoryRole] {
        &self.roles
    }

    /// SHA-256 over the whole plan, in hexadecimal digits: what the admin approves.
    pub fn hash(&self) -> String {
        // A plan is plain data; serialising it cannot fail, and an empty text would only make the hash useless to approve.
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &text).as_ref())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Change {
    pub(crate) fn new(sign: Sign, name: impl Into<String>, note: Phrase) -> Self {
        Self { sign, name: name.into(), note, risk: None }
    }

    pub(crate) fn with_risk(mut self, risk: Option<Risk>) -> Self {
        self.risk = risk;
        self
    }
}
