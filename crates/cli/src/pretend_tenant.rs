//! The rehearsal of the command line: which folder, which vault, how the pretend tenant behaves. It ends with the command.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rehearsal::{Opening, Rehearsal};

use crate::arguments::{Rehearse, Room, VaultChoice};
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

/// How far the pretend tenant's clock starts behind. Waits push it ahead, and a bundle that was made in the future would be
/// refused by every receiver.
const BEHIND: Duration = Duration::from_secs(2 * 3600);

/// The rehearsal and the folder that goes with it.
pub struct PretendTenant {
    /// Tenant and desk.
    pub rehearsal: Rehearsal,
    /// Removed at the end, where no folder was named.
    _folder: Option<Throwaway>,
}

/// Starts a pretend tenant and opens a desk on it.
pub async fn start(room: &Room, rehearse: &Rehearse, voice: &Voice) -> Result<PretendTenant, Failure> {
    let faults = match &rehearse.faults {
        Some(path) => simulator::Faults::read(&private_file::read_open(path)?)?,
        None => simulator::Faults::default(),
    };
    let (folder, throwaway) = match &room.data_dir {
        Some(folder) => (folder.join("rehearsal"), None),
        None => {
            let folder = std::env::temp_dir().join(format!("footbridge-rehearsal-{}", own_id()));
            (folder.clone(), Some(Throwaway(folder)))
        }
    };
    private_file::make_folder(&folder)?;
    let choice = room.vault.unwrap_or(VaultChoice::Memory);
    let rehearsal = rehearsal::start(Opening {
        folder,
        vault: opening::vault(room, choice, voice)?,
        tenant: simulator::Settings {
            seed: rehearse.seed,
            users: rehearse.users,
            replication_delay: Duration::from_secs(rehearse.replication_delay),
            traffic_log: rehearse.traffic_log.clone(),
            faults,
            now: Arc::new(|| opening::now() - BEHIND),
            ..simulator::Settings::default()
        },
        hurries: true,
        shown: Duration::ZERO,
        guides: opening::guides(room)?,
        policy: room.policy.clone(),
    })
    .await?;
    opening::warned(&rehearsal.desk, voice);
    Ok(PretendTenant { rehearsal, _folder: throwaway })
}

/// Eight hexadecimal digits that no other folder or connection has.
pub fn own_id() -> String {
    use engine::Randomness as _;
    engine::SystemRandomness.id().chars().take(8).collect()
}

/// A folder that goes when the command ends.
struct Throwaway(PathBuf);

impl Drop for Throwaway {
    fn drop(&mut self) {
        // What a vault in memory leaves behind is an empty folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
