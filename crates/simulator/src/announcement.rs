//! The one line that a rehearsal tenant prints when it is ready.
//!
//! The only place where throw-away credentials leave in clear text; they open nothing but this tenant.

use std::path::PathBuf;

use serde::Serialize;

use crate::accounts::Account;
use crate::communication_users::CommunicationUser;
use crate::products::ProductAddresses;

/// Everything a client needs to use the tenant.
#[derive(Clone, Serialize)]
pub struct Announcement {
    /// Address of the sign-in endpoints, without a slash at the end.
    pub login: String,
    /// Address of Graph, without `/v1.0`.
    pub graph: String,
    /// Tenant id.
    pub tenant: String,
    /// The tenant's initial domain.
    pub domain: String,
    /// A public client that is registered in the tenant.
    pub client_id: String,
    /// A confidential client with application permissions.
    pub confidential: Confidential,
    /// Whom one can sign in as.
    pub accounts: Vec<Account>,
    /// Accounts that sign in with user name and password, good ones and others.
    pub communication_users: Vec<CommunicationUser>,
    /// The certificate authority to trust (PEM), when TLS is spoken.
    pub ca: Option<PathBuf>,
    /// Where the pretend products are, if there are any.
    pub products: Option<ProductAddresses>,
    /// Where the rehearsal itself is controlled.
    pub control: ControlAddress,
}

impl Announcement {
    /// The announcement as one line of JSON.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A confidential client of the rehearsal tenant.
#[derive(Clone, Serialize)]
pub struct Confidential {
    /// Application (client) id.
    pub client_id: String,
    /// Client secret. Worth nothing outside this run.
    pub secret: String,
    /// A PEM file with private key and certificate, readable by its owner only, removed with the run.
    pub certificate: PathBuf,
}

/// Where the rehearsal is controlled: loopback, plain HTTP.
#[derive(Clone, Serialize)]
pub struct ControlAddress {
    /// Base address; see docs/rehearsal.md for the paths.
    pub url: String,
    /// To be sent as `Authorization: Bearer <token>`. Made for this run.
    pub token: String,
}
