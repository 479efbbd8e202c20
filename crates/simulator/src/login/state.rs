//! What the sign-in endpoints remember between requests: device codes, authorization codes, refresh tokens
//! and consents. Memory only; a reset forgets all of it.

use std::collections::{BTreeSet, HashMap};

use time::OffsetDateTime;

use super::password::Failures;
use super::refusal::Refusal;

#[derive(Default)]
pub(crate) struct SignIns {
    pub devices: Vec<Device>,
    pub codes: HashMap<String, Code>,
    pub refreshes: HashMap<String, Refresh>,
    /// By client, user and resource: scopes consented to in this run.
    pub consents: HashMap<(String, String, String), BTreeSet<String>>,
    /// By object id in lower case: wrong passwords of late.
    pub failures: HashMap<String, Failures>,
}

/// A device code on its way.
#[derive(Clone)]
pub(crate) struct Device {
    pub device_code: String,
    pub user_code: String,
    pub client_id: String,
    pub tenant: String,
    pub scopes: Vec<String>,
    /// Authentication contexts that the client asked for.
    pub contexts: Vec<String>,
    pub expires_at: OffsetDateTime,
    pub last_poll: Option<OffsetDateTime>,
    pub outcome: Outcome,
}

#[derive(Clone)]
pub(crate) enum Outcome {
    Pending,
    /// Index into the people.
    Approved(usize),
    Declined,
    Refused(Refusal),
    /// The code was turned into tokens.
    Spent,
}

/// An authorization code (RFC 6749 §4.1.2) with its PKCE challenge (RFC 7636).
#[derive(Clone)]
pub(crate) struct Code {
    pub client_id: String,
    pub redirect_uri: String,
    pub person: usize,
    pub scopes: Vec<String>,
    pub contexts: Vec<String>,
    pub nonce: Option<String>,
    pub challenge: Option<(String, bool)>,
    pub expires_at: OffsetDateTime,
    pub spent: bool,
}

/// What a refresh token stands for.
#[derive(Clone)]
pub(crate) struct Refresh {
    pub client_id: String,
    pub person: usize,
    pub scopes: Vec<String>,
    pub contexts: Vec<String>,
}
