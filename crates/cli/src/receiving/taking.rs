//! `receive open`, and what it has in common with listening: the terms on which a bundle is taken.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use engine::certs::Passphrase;
use receiver::{Memory, Owner, Template, Terms, Wanted};

use super::lines::Speaker;
use super::options::{Open, State, Writing};
use super::refusal::ReceiveRefusal;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;

pub fn open(options: &Open, speaker: &Speaker) -> Result<Exit, Failure> {
    let interactive = can_ask(speaker);
    let terms = terms(&options.writing, interactive)?;
    let text = sealed(&options.file)?;
    let now = opening::now();
    let mut memory = Memory::open(&state_folder(&options.state), now).map_err(ReceiveRefusal::from)?;
    let left = receiver::finish(&mut memory).map_err(ReceiveRefusal::from)?;
    speaker.completed(&left.placed);
    let judged = receiver::judge(&memory, &text, now, terms.rehearsals).map_err(ReceiveRefusal::from)?;
    speaker.question(&judged);
    if !terms.is_agreed(&judged) {
        if !interactive {
            return Err(ReceiveRefusal::NobodyToAsk.into());
        }
        if !speaker.asks() {
            return Err(ReceiveRefusal::SaidNo.into());
        }
    }
    // The answer may have taken a while; the end of bundle and offer counts when it is taken.
    let took = receiver::take(&mut memory, &text, &terms.taking(), opening::now());
    speaker.took(&took.map_err(ReceiveRefusal::from)?);
    speaker.deleted(&options.file, std::fs::remove_file(&options.file).is_ok());
    Ok(Exit::Done)
}

/// The sealed text. An editor's line end is taken off; the format itself has none.
fn sealed(path: &Path) -> Result<String, Failure> {
    let text = private_file::read_open(path)?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |text| text.trim_end_matches('\r')).to_owned())
}

pub fn can_ask(speaker: &Speaker) -> bool {
    !speaker.voice.is_json() && std::io::stdin().is_terminal()
}

/// What is written, for whom, and who is asked. Templates are read before anything is opened.
pub fn terms(writing: &Writing, asks: bool) -> Result<Terms, Failure> {
    if writing.template.len() != writing.to.len() {
        return Err(ReceiveRefusal::Pairs.into());
    }
    let mut wanted = Vec::new();
    for (template, to) in writing.template.iter().zip(&writing.to) {
        let template = Template::named(template).map_err(ReceiveRefusal::from)?;
        wanted.push(Wanted { template, to: to.clone() });
    }
    let owner = writing.owner.as_deref().map(Owner::named).transpose().map_err(ReceiveRefusal::from)?;
    let passphrase = match &writing.pfx_passphrase_file {
        Some(path) => {
            Some(Passphrase::chosen(private_file::read_secret(path)?).map_err(ReceiveRefusal::from)?)
        }
        None => None,
    };
    Ok(Terms {
        wanted,
        owner: owner.unwrap_or_default(),
        mode: writing.mode.0,
        passphrase,
        rehearsals: writing.accept_rehearsal,
        yes_from: writing.yes_from.clone(),
        asks,
    })
}

/// The receiver's folder: as given, as systemd says (`StateDirectory=`), or the system's usual one.
pub fn state_folder(state: &State) -> PathBuf {
    let given = state.state.clone();
    given.or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from)).unwrap_or_else(usual_folder)
}

#[cfg(not(windows))]
fn usual_folder() -> PathBuf {
    PathBuf::from("/var/lib/footbridge-receive")
}

#[cfg(windows)]
fn usual_folder() -> PathBuf {
    std::env::var_os("ProgramData").map(PathBuf::from).unwrap_or_default().join("footbridge-receive")
}
