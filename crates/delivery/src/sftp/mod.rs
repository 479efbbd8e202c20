//! Delivery over SFTP: a sealed bundle into a folder of the product's server, whole under its name or not at all.
//!
//! The host key is shown and pinned before anything else: without a pin, or with another key than the pinned one, the
//! connection ends before an account is named or a byte of the bundle is sent. Only sealed bundles belong here; no error
//! and no receipt holds a secret or a byte of the bundle. What a server says is shortened and shown as text only.

mod account;
mod agent;
mod error;
mod host_key;
mod line;
mod place;
mod receipt;
mod sign_in;
mod upload;
mod visit;

use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

pub use account::{Account, SignIn};
pub use error::{Act, Left, SftpError, Stopped};
pub use host_key::{Fingerprint, HostKey, KeyKind, Pin};
pub use line::{Patience, Server};
pub use place::Place;
pub use receipt::{Placed, Receipt};

/// The largest bundle, in bytes (format page, "Limits").
pub const LARGEST: usize = 256 * 1024;

/// The server's host key, to show it and to compare it aloud. Nobody is signed in, and nothing is pinned by it.
///
/// # Errors
/// [`SftpError`]; never [`SftpError::UnknownKey`].
pub async fn look(server: &Server) -> Result<HostKey, SftpError> {
    let looked = line::look(server);
    timeout_at(Instant::now() + server.patience.whole, looked)
        .await
        .map_err(|_| server.silent(Act::Connect, server.patience.whole))?
}

/// Takes `bytes` to `place`, and returns when the server has them whole under their name. The same bytes under the name
/// already are a success, so what was interrupted can be delivered again. `clock` gives the time of the receipt.
///
/// # Errors
/// [`Stopped`] with the cause and with what is left at the server. [`SftpError::UnknownKey`] without a pin: show its
/// key, compare, pin, and come again.
pub async fn deliver(
    server: &Server,
    pin: Option<&Pin>,
    account: &Account,
    place: &Place,
    bytes: &[u8],
    clock: &(dyn Fn() -> OffsetDateTime + Sync),
) -> Result<Receipt, Stopped> {
    place.check()?;
    if bytes.len() > LARGEST {
        return Err(SftpError::TooLarge { bytes: bytes.len() }.into());
    }
    let means = account.means()?;
    let end = Instant::now() + server.patience.whole;
    let arriving = visit::arrive(server, pin, account, means);
    let visit =
        timeout_at(end, arriving).await.map_err(|_| server.silent(Act::SignIn, server.patience.whole))??;
    let mut trace = upload::Trace::default();
    let uploaded = timeout_at(end, upload::upload(&visit, place, bytes, &mut trace))
        .await
        .unwrap_or_else(|_| Err(server.silent(trace.act, server.patience.whole)));
    let outcome = match uploaded {
        Ok((path, placed, durable)) => Ok(Receipt {
            host: server.host.clone(),
            port: server.port,
            key: visit.key.kind,
            fingerprint: visit.key.fingerprint.to_string(),
            user: account.user.clone(),
            path,
            bytes: bytes.len() as u64,
            sha256: crate::naming::sha256(bytes),
            placed,
            durable,
            at: clock(),
        }),
        Err(cause) => {
            let left = upload::tidy(&visit, &trace, &cause).await;
            Err(Stopped { cause, left })
        }
    };
    visit.leave().await;
    outcome
}
