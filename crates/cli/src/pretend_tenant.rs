//! A pretend tenant in this process and a desk that works with it. It speaks plain HTTP on loopback, has its own folder,
//! and ends with the command.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::cloud::{Place, PlaceKind};
use engine::guide::{AskKind, Guide};
use engine::{Desk, Settings, SystemRandomness};
use serde_json::{Value, json};
use simulator::Running;

use crate::arguments::{Rehearse, Room, VaultChoice};
use crate::failure::Failure;
use crate::opening;
use crate::pretend_teams::PretendTeams;
use crate::private_file;
use crate::turned_clock::TurnedClock;
use crate::voice::Voice;

/// How far the pretend tenant's clock starts behind. Waits push it ahead, and a bundle that was made in the future would be
/// refused by every receiver.
const BEHIND: Duration = Duration::from_secs(2 * 3600);
/// How many operators a rehearsal chooses.
const OPERATORS: usize = 2;
/// What a text ask without a proposal gets: the product's own name of a field.
const TEXT: &str = "Email";

/// The pretend tenant with its desk.
pub struct PretendTenant {
    /// The tenant; it ends when this is dropped.
    pub running: Running,
    /// The desk that works with it.
    pub desk: Desk,
    /// Removed at the end, where no folder was named.
    _folder: Option<Throwaway>,
}

/// Starts a pretend tenant and opens a desk on it.
pub async fn start(room: &Room, rehearse: &Rehearse, voice: &Voice) -> Result<PretendTenant, Failure> {
    let faults = match &rehearse.faults {
        Some(path) => simulator::Faults::read(&private_file::read_open(path)?)?,
        None => simulator::Faults::default(),
    };
    let running = simulator::start(simulator::Settings {
        seed: rehearse.seed,
        users: rehearse.users,
        replication_delay: Duration::from_secs(rehearse.replication_delay),
        traffic_log: rehearse.traffic_log.clone(),
        faults,
        now: Arc::new(|| opening::now() - BEHIND),
        ..simulator::Settings::default()
    })
    .await?;
    let (folder, throwaway) = match &room.data_dir {
        Some(folder) => (folder.join("rehearsal"), None),
        None => {
            let folder = std::env::temp_dir().join(format!("footbridge-rehearsal-{}", own_id()));
            (folder.clone(), Some(Throwaway(folder)))
        }
    };
    private_file::make_folder(&folder)?;
    let choice = room.vault.unwrap_or(VaultChoice::Memory);
    let settings = Settings {
        folder,
        vault: opening::vault(room, choice, voice)?,
        place: place(&running)?,
        clock: Arc::new(TurnedClock::new(running.control())),
        random: Arc::new(SystemRandomness),
        teams: Arc::new(PretendTeams::new(running.control())),
        rehearsal: true,
    };
    let desk = opening::opened(settings, voice)?;
    Ok(PretendTenant { running, desk, _folder: throwaway })
}

impl PretendTenant {
    /// Who signs in: the account of the option, or the first that has the role for the whole guide.
    pub fn account(&self, wanted: Option<&str>) -> Result<String, Failure> {
        let accounts = &self.running.announcement.accounts;
        let found = match wanted {
            Some(name) => accounts
                .iter()
                .find(|account| account.upn == name || account.upn.split('@').next() == Some(name)),
            None => accounts
                .iter()
                .find(|account| account.roles.iter().any(|role| role == "Privileged Role Administrator")),
        };
        let name = wanted.unwrap_or("Privileged Role Administrator");
        Ok(found.ok_or_else(|| Failure::Account(name.to_owned()))?.upn.clone())
    }

    /// Answers to every required ask that has no proposal.
    pub fn answers(&self, guide: &Guide, seed: u64) -> Vec<(String, Value)> {
        let candidates =
            PretendTeams::new(self.running.control()).candidates(&self.running.announcement.accounts);
        let open = guide.asks.iter().filter(|ask| ask.required && ask.default.is_none());
        open.filter_map(|ask| Some((ask.id.clone(), answer(&ask.kind, &candidates, seed)?))).collect()
    }
}

fn answer(kind: &AskKind, candidates: &[String], seed: u64) -> Option<Value> {
    match kind {
        AskKind::Users {} => {
            // The first few people of every seed have an address and a licence.
            let first =
                usize::try_from(seed % 4).unwrap_or_default().min(candidates.len().saturating_sub(OPERATORS));
            Some(json!(candidates.iter().skip(first).take(OPERATORS).collect::<Vec<_>>()))
        }
        AskKind::Text { max } => Some(json!(TEXT.chars().take(*max as usize).collect::<String>())),
        AskKind::Number { min, .. } => Some(json!(min)),
        AskKind::Choice { options } => options.first().map(|option| json!(option)),
        AskKind::UserField {} => Some(json!("mail")),
        AskKind::Csv {} => None,
    }
}

fn place(running: &Running) -> Result<Place, Failure> {
    let told = &running.announcement;
    let mut place = Place::global().with_client_id(&told.client_id);
    let unusable =
        |_| Failure::from(std::io::Error::other("the pretend tenant announced an address that is none"));
    place.name = "rehearsal".to_owned();
    place.kind = PlaceKind::Custom;
    place.login = told.login.parse().map_err(unusable)?;
    place.graph = told.graph.parse().map_err(unusable)?;
    place.ca_file.clone_from(&told.ca);
    Ok(place)
}

/// Eight hexadecimal digits that no other folder or connection has.
pub fn own_id() -> String {
    use engine::Randomness as _;
    SystemRandomness.id().chars().take(8).collect()
}

/// A folder that goes when the command ends.
struct Throwaway(PathBuf);

impl Drop for Throwaway {
    fn drop(&mut self) {
        // What a vault in memory leaves behind is an empty folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_ask_has_an_answer_that_fits() {
        let people: Vec<String> = (0..9).map(|number| format!("p{number}@x.example")).collect();
        assert_eq!(answer(&AskKind::Users {}, &people, 6), Some(json!(["p2@x.example", "p3@x.example"])));
        assert_eq!(answer(&AskKind::Users {}, &people[..1], 3), Some(json!(["p0@x.example"])));
        assert_eq!(answer(&AskKind::Text { max: 3 }, &people, 0), Some(json!("Ema")));
        assert_eq!(answer(&AskKind::Number { min: 4, max: 9 }, &people, 0), Some(json!(4)));
        assert_eq!(answer(&AskKind::Csv {}, &people, 0), None);
    }
}
