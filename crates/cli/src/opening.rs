//! Opens the desk: folder, vault, cloud and clock out of the options. It chooses nothing silently: a vault that cannot be
//! opened is refused, never replaced by a weaker one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::cloud::{Clock, Place, PlaceKind, SystemClock};
use engine::guide::Guide;
use engine::vault::VaultMode;
use engine::{Code, Desk, PowerShell, Reach, Settings, SystemRandomness, Trouble};

use crate::arguments::{Room, SignInOptions, VaultChoice};
use crate::failure::{Failure, Usage};
use crate::further_guides;
use crate::private_file;
use crate::reaching;
use crate::voice::Voice;
use crate::words::Word;

/// The names under which the key stands in the system's keyring. The window uses the same.
const KEYRING: (&str, &str) = ("Footbridge", "vault key");
/// The folder's name below the system's own; the window uses the same.
const FOLDER: &str = "org.footbridge.desktop";

/// Opens the desk for real work.
pub fn desk(room: &Room, place: Place, voice: &Voice) -> Result<Desk, Failure> {
    let folder = folder(room)?;
    private_file::make_folder(&folder)?;
    let choice = room.vault.unwrap_or(VaultChoice::Keyring);
    let settings = Settings {
        folder,
        vault: vault(room, choice, voice)?,
        network: reaching::network(room, voice)?,
        place,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandomness),
        teams: Arc::new(PowerShell::new(Arc::new(SystemRandomness))),
        reach: Reach::Network,
        rehearsal: false,
        policy: room.policy.clone(),
    };
    let desk = Desk::open_with(settings, guides(room)?)?;
    warned(&desk, voice);
    Ok(desk)
}

/// The same where nothing is asked of Microsoft, in whatever cloud.
pub fn desk_of_none(room: &Room, voice: &Voice) -> Result<Desk, Failure> {
    desk(room, room.policy.place(None, None)?, voice)
}

/// The guides beside the built-in ones.
pub fn guides(room: &Room) -> Result<Vec<&'static Guide>, Failure> {
    if room.guides.is_none() && room.policy.guides_folder().is_none() {
        return Ok(Vec::new());
    }
    let pins = engine::pinned_keys(&folder(room)?)?;
    further_guides::read_for_good(room.guides.as_deref(), &pins, &room.policy)
}

/// Tells what a desk warned of when it was opened.
pub fn warned(desk: &Desk, voice: &Voice) {
    for warning in desk.warnings() {
        voice.warning(warning.in_language(voice.language()));
    }
}

/// The vault of a choice; asks for the passphrase where it has to.
pub fn vault(room: &Room, choice: VaultChoice, voice: &Voice) -> Result<VaultMode, Failure> {
    Ok(match choice {
        VaultChoice::Keyring => {
            VaultMode::Keyring { service: KEYRING.0.to_owned(), account: KEYRING.1.to_owned() }
        }
        VaultChoice::Memory => VaultMode::Memory,
        VaultChoice::Passphrase => VaultMode::Passphrase(match &room.vault_passphrase_file {
            Some(path) => private_file::read_secret(path)?,
            None => private_file::ask_secret(voice.word(Word::VaultPassphrase), Usage::NoPassphrase)?,
        }),
    })
}

/// The cloud of the options.
pub fn place(room: &Room, options: &SignInOptions) -> Result<Place, Failure> {
    let asked = asked(options.cloud.as_deref(), options.place.as_deref())?;
    Ok(room.policy.place(asked, options.client_id.as_deref())?)
}

/// The cloud of a file or a name; that of this machine's policy, or the public one, otherwise.
pub fn cloud(room: &Room, file: Option<&Path>, name: Option<&str>) -> Result<Place, Failure> {
    Ok(room.policy.place(asked(file, name)?, None)?)
}

fn asked(file: Option<&Path>, name: Option<&str>) -> Result<Option<Place>, Failure> {
    Ok(match (file, name) {
        (Some(path), _) => Some(Place::read(path)?),
        (None, Some(name)) => Some(Place::named(name).ok_or(Usage::UnknownPlace)?),
        (None, None) => None,
    })
}

/// Whether a place is a pretend one on this computer.
pub fn stays_here(place: &Place) -> bool {
    let local = |host: Option<&str>| matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"));
    place.kind == PlaceKind::Custom && local(place.login.host_str()) && local(place.graph.host_str())
}

/// A connection by its name.
pub fn connection(desk: &Desk, name: &str) -> Result<String, Failure> {
    let unknown = || Trouble::new(engine::Code::ConnectionUnknown).with("name", name).in_field("connection");
    Ok(desk.find(name)?.ok_or_else(unknown)?)
}

/// The present moment by the system's clock.
pub fn now() -> time::OffsetDateTime {
    SystemClock.now()
}

/// The folder for journal and vault: the option, `FOOTBRIDGE_DATA_DIR`, or the system's own folder for this app.
pub fn folder(room: &Room) -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = room.data_dir.clone().or_else(|| variable("FOOTBRIDGE_DATA_DIR")) {
        return Ok(folder);
    }
    let home = || variable("HOME");
    let system = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| home().map(|home| home.join(".local/share")))
    };
    Ok(system.ok_or(Usage::NoFolder)?.join(FOLDER))
}

/// The connection of this name for a guide; made when it is new.
pub fn made_when_new(desk: &Desk, guide: &str, name: &str) -> Result<String, Failure> {
    let Some(connection) = desk.find(name)? else {
        return Ok(desk.connect(guide, name)?);
    };
    match desk.guide_of(&connection)?.id == guide {
        true => Ok(connection),
        false => Err(Trouble::new(Code::ConnectionExists).with("name", name).in_field("connection").into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn options(cloud: Option<&str>, place: Option<&str>, client_id: Option<&str>) -> SignInOptions {
        SignInOptions {
            cloud: cloud.map(PathBuf::from),
            place: place.map(str::to_owned),
            tenant: None,
            client_id: client_id.map(str::to_owned),
            browser: false,
        }
    }

    fn room() -> Room {
        use clap::Parser as _;
        crate::arguments::Arguments::try_parse_from(["footbridge", "guides"]).unwrap().room
    }

    #[test]
    fn places_come_by_name_and_their_client_can_be_another() {
        let place = |options: &SignInOptions| place(&room(), options);
        assert_eq!(place(&options(None, None, None)).unwrap().name, "global");
        let china = place(&options(None, Some("china"), Some("id"))).unwrap();
        assert_eq!((china.name.as_str(), china.client_id.as_str()), ("china", "id"));
        assert!(matches!(
            place(&options(None, Some("mars"), None)),
            Err(Failure::Usage(Usage::UnknownPlace))
        ));
        assert!(matches!(place(&options(Some("/no/such"), None, None)), Err(Failure::Cloud(_))));
    }

    #[test]
    fn only_a_cloud_file_on_loopback_stays_here() {
        assert!(!stays_here(&Place::global()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        let file = |login: &str| {
            format!("login = \"{login}\"\ngraph = \"{login}\"\nportal = \"https://portal.azure.com\"\n")
        };
        std::fs::write(&path, file("http://localhost:8080")).unwrap();
        assert!(stays_here(&Place::read(&path).unwrap()));
        std::fs::write(&path, file("https://login.example.org")).unwrap();
        assert!(!stays_here(&Place::read(&path).unwrap()));
    }
}
