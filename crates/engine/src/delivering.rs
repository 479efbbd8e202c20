//! Takes a sealed bundle to the product itself: over HTTPS to the end point of its offer, or over SFTP to its server. What
//! goes where is shown before; what arrived is kept in the journal with its receipt. In a rehearsal nothing leaves this
//! computer.

mod https;
mod sftp;

pub use https::{PushPreview, Pushed};
pub use sftp::{HostKey, SftpAccount, SftpAddress, SftpLine, SftpReceipt, SftpSignIn, SftpTo};
pub(crate) use sftp::{PINNED, PinnedHost};

use time::OffsetDateTime;

use crate::desk::Room;
use crate::reach::Reach;

impl Room {
    /// The time by which what leaves is dated. In a rehearsal the pretend time may run ahead of the receiver's.
    pub(crate) fn time_outside(&self) -> OffsetDateTime {
        match &self.reach {
            Reach::Pretend(servers) => servers.time_outside.map_or_else(|| self.clock.now(), |now| now()),
            Reach::Network => self.clock.now(),
        }
    }

    /// Whether nothing may leave this computer.
    fn stays_here(&self) -> bool {
        matches!(self.reach, Reach::Pretend(_))
    }
}
