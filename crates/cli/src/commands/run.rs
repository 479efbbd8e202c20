//! `footbridge run`: signs in and walks a guide in a tenant as far as it goes now. Run again, it goes on where it stopped.

use std::path::PathBuf;

use engine::cloud::SystemClock;
use engine::{Code, Trouble};

use crate::arguments::{Room, Run, VaultChoice};
use crate::commands::look::pairs;
use crate::crash_point;
use crate::events::Done;
use crate::exit::{self, Exit};
use crate::failure::{Failure, Usage};
use crate::giving::{Given, Giving};
use crate::lending::Lending;
use crate::opening;
use crate::private_file;
use crate::signing_in::sign_in;
use crate::voice::Voice;
use crate::walk::{Patience, Walk, Yes};
use crate::words::Word;

pub async fn carry_out(room: &Room, run: &Run, voice: &Voice) -> Result<Exit, Failure> {
    let place = opening::place(room, &run.sign_in)?;
    crash_point::arm(opening::stays_here(&place))?;
    let folder = run.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let forgets = room.vault == Some(VaultChoice::Memory);
    let giving = Giving::new(folder, run.recipient.clone(), run.passphrase_file.clone(), forgets)?;
    let giving = giving.pushing(run.push.clone());
    giving.try_out()?;
    let adopt = pairs(&run.adopt, Usage::Adopt)?;
    let existing = pairs(&run.existing, Usage::Existing)?;
    let lending = Lending::of_options(&run.password_file)?;
    let desk = opening::desk(room, place, voice)?;
    let connection = opening::made_when_new(&desk, &run.guide, &run.connection)?;
    if let Some(path) = &run.answers {
        desk.answers_from_file(&connection, &private_file::read_open(path)?)?;
    }
    giving.begin(&desk, &connection)?;
    let guide = desk.guide_of(&connection)?;
    for step in run.until.iter().chain(&run.beside).chain(adopt.iter().map(|(step, _)| step)) {
        guide.step(step).ok_or_else(|| Trouble::new(Code::StepUnknown).with("name", step))?;
    }
    if existing.is_empty() {
        desk.expect_steps(&connection);
    }
    sign_in(&desk, &connection, &run.sign_in, voice).await?;
    for (step, application) in &existing {
        desk.point_at(&connection, step, application).await?;
    }
    let yes = run.yes.then(|| Yes { by: String::new(), note: voice.word(Word::ByYes).to_owned() });
    let walk = Walk {
        desk: &desk,
        clock: &SystemClock,
        voice,
        connection: &connection,
        guide,
        yes,
        until: run.until.as_deref(),
        patience: if run.wait { Patience::REAL } else { Patience::NONE },
        giving: &giving,
        lending: &lending,
        adopt,
        beside: run.beside.clone(),
    };
    let walked = walk.go().await?;
    let mut done = Done::of(&walked.checklist, engine::cloud::Tally::default(), desk.tally(&connection));
    with_files(&mut done, walked.given.as_ref());
    voice.done(done);
    Ok(match &run.until {
        Some(until) => exit::of_steps(&walked.checklist, Some(until)),
        None => exit::of_checklist(&walked.checklist),
    })
}

/// Puts what was handed over into the end of a pass.
pub fn with_files(done: &mut Done, given: Option<&Given>) {
    if let Some(given) = given.cloned() {
        done.folder = given.sheet.parent().map(std::path::Path::to_owned);
        done.bundle = given.bundle;
        done.sheet = Some(given.sheet);
        done.report = Some(given.report);
        done.passphrase_file = given.passphrase_file;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn adoptions_name_step_and_object() {
        let read = pairs(&["register=1-2".to_owned()], Usage::Adopt).unwrap();
        assert_eq!(read, vec![("register".to_owned(), "1-2".to_owned())]);
        let refused = pairs(&["register".to_owned()], Usage::Existing);
        assert!(matches!(refused, Err(Failure::Usage(Usage::Existing))));
    }
}
