//! The sign-in before, while and after a code exists.
//! Tokens never come here; the code is drawn and of no use without the admin.

use serde::Serialize;
use ts_rs::TS;

use super::checklist::Tenant;

/// What the sign-in would ask for. No code exists yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInOffer {
    /// Connection it is for.
    pub connection: String,
    /// The tenant, when the connection is pinned to one.
    pub tenant: Option<Tenant>,
    /// Name of the client as Entra will show it.
    pub client_name: String,
    /// Client id as Entra will show it.
    pub client_id: String,
    /// Host of the sign-in page.
    pub host: String,
    /// What is asked for, with the steps that need each.
    pub scopes: Vec<ScopeNeed>,
    /// Accounts of the pretend tenant, in rehearsal only.
    pub accounts: Vec<PretendAccount>,
    /// This tenant refused a code before.
    pub browser_first: bool,
}

/// One permission, with the steps that need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScopeNeed {
    /// Name of the permission.
    pub scope: String,
    /// What it is for.
    pub reason: String,
    /// Numbers of the steps that need it.
    pub steps: Vec<u32>,
}

/// An account of the pretend tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PretendAccount {
    /// Name for `approve_as`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// User principal name.
    pub user_principal_name: String,
    /// What the account is good for.
    pub role: String,
}

/// What happens while a sign-in waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum SignInTick {
    /// The code is there.
    Code(SignInCode),
    /// Still waiting.
    Waiting {
        /// Seconds until the code ends.
        left: u32,
        /// The server asked for longer pauses.
        slowed: bool,
    },
    /// The browser was opened, or waits to be.
    Browser {
        /// Host of the page.
        host: String,
        /// Seconds until listening ends.
        left: u32,
    },
    /// The tenant refuses codes: the browser is next.
    Blocked {},
}

/// The code of a device sign-in, drawn large. It is meant to be seen and is of no use without the admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInCode {
    /// The code.
    pub code: String,
    /// Address of the page, as text.
    pub address: String,
    /// Host of the page.
    pub host: String,
    /// Seconds the code lives.
    pub lives: u32,
    /// A QR code of the address only: rows of `0` and `1`.
    pub qr: Vec<String>,
}
