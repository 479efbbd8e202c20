//! `footbridge pass-on` and `footbridge take-over`: one step for the admin who may do it, and back by looking.

use engine::cloud::{SystemClock, Tally};
use engine::guide::Language;

use crate::arguments::{PassOn, Room, TakeOver};
use crate::events::{Done, Event};
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::giving::Giving;
use crate::lending::Lending;
use crate::opening;
use crate::private_file;
use crate::signing_in::sign_in;
use crate::voice::Voice;
use crate::walk::{Patience, Walk, Yes};
use crate::words::Word;

/// Writes the file, and prints the text to mail.
///
/// # Errors
/// A step that cannot be passed on yet, or a file that exists.
pub fn pass_on(room: &Room, passed: &PassOn, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk(room, opening::place(room, &passed.sign_in)?, voice)?;
    let connection = opening::connection(&desk, &passed.connection)?;
    let letter = desk.pass_on(&connection, &passed.step)?;
    let text = desk.pass_on_text(&connection, &passed.step, voice.language())?;
    private_file::write_open(&passed.out, &letter.file)?;
    let event = Event::PassedOn {
        step: passed.step.clone(),
        fingerprint: letter.fingerprint.clone(),
        asked_by: None,
        tenant: None,
        text: Some(text.clone()),
    };
    voice.tell(&event, || {
        format!("{text}\n{}\n{}", passed.out.display(), fingerprint(&letter.fingerprint, voice))
    });
    Ok(Exit::Done)
}

/// Opens the file, signs in and runs the step.
///
/// # Errors
/// A file that is not taken, or whatever stops the step.
pub async fn take_over(room: &Room, taken: &TakeOver, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk(room, opening::place(room, &taken.sign_in)?, voice)?;
    let file = private_file::read_open(&taken.file)?;
    let received = desk.take_over(&file, taken.connection.as_deref(), voice.language())?;
    let event = Event::PassedOn {
        step: received.step.clone(),
        fingerprint: received.fingerprint.clone(),
        asked_by: Some(received.asked_by.clone()),
        tenant: Some(received.tenant.clone()),
        text: None,
    };
    voice.tell(&event, || {
        format!("{} · {}\n{}", received.asked_by, received.tenant, fingerprint(&received.fingerprint, voice))
    });
    sign_in(&desk, &received.connection, &taken.sign_in, voice).await?;
    let guide = desk.guide_of(&received.connection)?;
    let giving = Giving::new(".".into(), None, None, false)?;
    let lending = Lending::of_options(&taken.password_file)?;
    let walk = Walk {
        desk: &desk,
        clock: &SystemClock,
        voice,
        connection: &received.connection,
        guide,
        yes: taken.yes.then(|| Yes { by: String::new(), note: voice.word(Word::ByYes).to_owned() }),
        until: None,
        patience: Patience::NONE,
        giving: &giving,
        lending: &lending,
        adopt: Vec::new(),
        beside: Vec::new(),
    };
    let walked = walk.go().await?;
    voice.done(Done::of(&walked.checklist, Tally::default(), desk.tally(&received.connection)));
    Ok(exit::of_checklist(&walked.checklist))
}

fn fingerprint(fingerprint: &str, voice: &Voice) -> String {
    match voice.language() {
        Language::English => format!("Compare this fingerprint with the other admin: {fingerprint}"),
        Language::German => {
            format!("Vergleichen Sie diesen Fingerabdruck mit dem anderen Administrator: {fingerprint}")
        }
    }
}
