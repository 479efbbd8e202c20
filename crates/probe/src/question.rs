//! What is asked about an address.

use url::Url;

/// One address and what it has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The address as the product or Microsoft will use it. A query that it already has is kept.
    pub address: Url,
    /// What its answer has to be.
    pub expects: Expects,
}

/// What an address has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// Any answer of a web server to a GET: an address that browsers are sent to, such as a redirect URI.
    Answer,
    /// Microsoft Graph's validation of a notification URL: a POST with `?validationToken=…` is answered within ten
    /// seconds with 200, `text/plain` and the decoded token.
    ///
    /// Source: learn.microsoft.com/graph/change-notifications-delivery-webhooks, "notificationUrl validation".
    ValidationToken,
}
