//! `receive listen`: the server, and the person at its terminal. Questions are asked one after the other on a thread of their
//! own, so that the server goes on answering.

use std::sync::Arc;
use std::time::Duration;

use receiver::{Identity, Intake, Limits, Memory, Notice, Server};
use tokio::sync::{mpsc, oneshot};

use super::lines::{Line, Speaker};
use super::options::Listen;
use super::refusal::ReceiveRefusal;
use super::taking::{can_ask, state_folder, terms};
use super::words::Say;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;

/// How many notices wait to be shown; further ones are dropped.
const MOST_NOTICES: usize = 256;
/// How often answers by `receive approve` are looked for.
const LOOK: Duration = Duration::from_secs(1);

pub async fn listen(options: &Listen, speaker: &Speaker) -> Result<Exit, Failure> {
    let at_terminal = can_ask(speaker);
    let terms = terms(&options.writing, at_terminal || options.wait)?;
    let folder = state_folder(&options.state);
    let memory = Memory::open(&folder, opening::now()).map_err(ReceiveRefusal::from)?;
    let identity = identity(options, &memory)?;
    let (sender, mut notices) = mpsc::channel(MOST_NOTICES);
    let intake = Intake::new(memory, terms, Arc::new(opening::now), sender);
    let intake = Arc::new(intake.map_err(ReceiveRefusal::from)?);
    let server = Server::bind(options.address, &identity, Arc::clone(&intake), Limits::default()).await;
    let server = server.map_err(ReceiveRefusal::Listen)?;
    let address = server.address()?.to_string();
    let text = format!("{} {address}", speaker.word(Say::Listening));
    let tls_spki_s256 = identity.public_key_s256().to_owned();
    speaker.tell(Line::Listening { address, tls_spki_s256 }, || text);

    let (end, ended) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async { drop(ended.await) }));
    let questions = at_terminal.then(|| ask_aside(*speaker, Arc::clone(&intake)));
    let mut looks = tokio::time::interval(LOOK);
    let stopped = stopped();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            _ = looks.tick() => {
                let intake = Arc::clone(&intake);
                drop(tokio::task::spawn_blocking(move || intake.carry_out_answers()).await);
            }
            Some(notice) = notices.recv() => {
                match (&notice, &questions) {
                    // Shown by the thread that asks, right before the question.
                    (Notice::Asked(_), Some(questions)) => drop(questions.send(notice)),
                    (Notice::Asked(_), None) => {
                        speaker.notice(&notice);
                        speaker.line(Say::ApproveHow);
                    }
                    (Notice::Receipt { .. }, _) if options.once => {
                        speaker.notice(&notice);
                        break;
                    }
                    _ => speaker.notice(&notice),
                }
            }
        }
    }
    drop(end);
    drop(running.await);
    Ok(Exit::Done)
}

fn identity(options: &Listen, memory: &Memory) -> Result<Identity, Failure> {
    const MOST: usize = 1024 * 1024;
    if let (Some(chain), Some(key)) = (&options.certificate, &options.key) {
        let (chain, key) = (private_file::read_bytes(chain, MOST)?, private_file::read_bytes(key, MOST)?);
        return Ok(Identity::read(&chain, &key).map_err(ReceiveRefusal::from)?);
    }
    let own = memory.own_certificate().map_err(ReceiveRefusal::from)?;
    let own = own.ok_or(ReceiveRefusal::NoCertificate)?;
    Ok(Identity::own(&own).map_err(ReceiveRefusal::from)?)
}

/// A thread that asks at the terminal. It waits in a read that cannot be called off, so nothing waits for it.
fn ask_aside(speaker: Speaker, intake: Arc<Intake>) -> std::sync::mpsc::Sender<Notice> {
    let (sender, questions) = std::sync::mpsc::channel::<Notice>();
    std::thread::spawn(move || {
        for notice in questions {
            let Notice::Asked(judged) = &notice else { continue };
            speaker.notice(&notice);
            let yes = speaker.asks();
            if let Err(why) = intake.answer(&judged.overview.jti, yes) {
                speaker.notice(&Notice::Failed { why: why.to_string() });
            }
        }
    });
    sender
}

/// Ends when the system or a person ends the program.
#[cfg(unix)]
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = term.recv() => {} }
}

#[cfg(not(unix))]
async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
