//! A pretend product's web server on loopback, with real TLS and an authority of its own.
//!
//! It answers for any host name, as the product's public address would: it shows a certificate for the name that it was
//! asked for, says 200 to every path, and validates a notification URL as Microsoft Graph wants it
//! (learn.microsoft.com/graph/change-notifications-delivery-webhooks). A [`Mode`] spoils exactly one thing. It knows
//! nothing of who asks.

mod answers;
mod authority;
mod doors;
mod mode;
mod running;

pub use answers::Seen;
pub use authority::IssueError;
pub use mode::{Echo, Mode};
pub use running::{Running, Settings, StartError, start};
