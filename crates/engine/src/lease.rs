//! The lease on a connection: whoever works on it holds the file that says so, and the file tells who worked on it last.
//! It must never outlive its holder: the system takes the lock away when the process ends.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use crate::desk::Desk;
use crate::own_file;
use crate::trouble::{Code, Trouble};

/// Held while a connection is worked on.
pub(crate) struct Lease {
    _file: Option<File>,
}

impl Desk {
    /// Takes the connection for one piece of work; another window or command has to wait. Where another one worked on it
    /// since, what was seen of the tenant is no longer so and is looked at anew.
    pub(crate) fn lease(&self, connection: &str) -> Result<Lease, Trouble> {
        if self.room.vault.mode_name() == "memory" {
            return Ok(Lease { _file: None });
        }
        let path = self.room.folder.join(format!("connection-{connection}.lock"));
        let failed = |error: std::io::Error| {
            Trouble::new(Code::FileFailed).with("why", error).in_field(path.display().to_string())
        };
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        own_file::own(&file).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(Trouble::new(Code::ConnectionBusy)),
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        if !is_signed(&mut file, &self.room.desk) {
            self.forget_looks(connection)?;
            sign(&mut file, &self.room.desk).map_err(failed)?;
        }
        Ok(Lease { _file: Some(file) })
    }

    fn forget_looks(&self, connection: &str) -> Result<(), Trouble> {
        if let Some(seat) = self.seat(connection) {
            seat.sights.try_lock().map_err(|_| Trouble::new(Code::ConnectionBusy))?.forget_all();
        }
        Ok(())
    }
}

/// Whether the desk that held the lease last was this one.
fn is_signed(file: &mut File, desk: &str) -> bool {
    let mut last = Vec::new();
    file.read_to_end(&mut last).is_ok() && last == desk.as_bytes()
}

/// Leaves this desk's name in the lease. An empty lease is as good as a stranger's, so a full disk does no harm here.
fn sign(file: &mut File, desk: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    let _ = file.rewind().and_then(|()| file.write_all(desk.as_bytes()));
    Ok(())
}
