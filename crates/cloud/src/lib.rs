//! The only room with a token: sign-in, Graph, and the hosts a token may go to.
//!
//! HTTP is the port. A token is attached here and nowhere else, after scheme, host and port were compared with the
//! place that the admin chose. This room imports no other room, keeps nothing on disk, and never retries a change
//! whose answer was lost.

#![allow(
    clippy::result_large_err,
    reason = "a GraphError carries every id that support asks for, and a failed call costs a request anyway"
)]

mod clock;
pub mod graph;
pub mod network;
pub mod place;
pub mod signin;
mod text;
pub mod wire;

pub use clock::{Clock, SystemClock};
pub use graph::{Answer, Call, Graph, GraphError, GraphFault, Method, Permitted, Tally, model};
pub use network::{Network, NetworkError, NetworkTrial, Proxy, ProxyAddress, Way};
pub use place::{Patience, Place, PlaceError, PlaceKind, PortalPage};
pub use signin::application::{ApplicationToken, AssertionSigner};
pub use signin::browser::BrowserSignIn;
pub use signin::device_code::{DeviceCode, Waiting};
pub use signin::password::{Hurdle, PasswordError, PasswordProof};
pub use signin::{Account, OauthRefusal, Session, SignInError};
pub use wire::{Issuer, Wire, WireError};
