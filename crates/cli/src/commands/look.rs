//! `footbridge check` and `footbridge plan`: look at every step with reading requests only.

use engine::cloud::Tally;
use engine::{Checklist, Desk, State, Tick};

use crate::arguments::step::Check;
use crate::arguments::{Look, Room};
use crate::events::Done;
use crate::exit::{self, Exit};
use crate::failure::{Failure, Usage};
use crate::opening;
use crate::private_file;
use crate::signing_in::sign_in;
use crate::voice::Voice;

/// Ends as the steps stand.
pub async fn check(room: &Room, check: &Check, voice: &Voice) -> Result<Exit, Failure> {
    let look = &check.look;
    let existing = pairs(&check.existing, Usage::Existing)?;
    let desk = opening::desk(room, opening::place(room, &look.sign_in)?, voice)?;
    let connection = match &check.guide {
        Some(guide) => opening::made_when_new(&desk, guide, &look.connection)?,
        None => opening::connection(&desk, &look.connection)?,
    };
    if let Some(path) = &check.answers {
        desk.answers_from_file(&connection, &private_file::read_open(path)?)?;
    }
    if existing.is_empty() {
        desk.expect_steps(&connection);
    }
    sign_in(&desk, &connection, &look.sign_in, voice).await?;
    for (step, application) in &existing {
        desk.point_at(&connection, step, application).await?;
    }
    let checklist = looked_at(&desk, &connection, voice).await?;
    let guide = desk.guide_of(&connection)?;
    for step in &checklist.steps {
        voice.step(guide, &checklist, step);
    }
    voice.done(Done::of(&checklist, Tally::default(), desk.tally(&connection)));
    Ok(exit::of_checklist(&checklist))
}

/// Ends well when everything could be looked at: a plan is what was asked for.
pub async fn plan(room: &Room, look: &Look, voice: &Voice) -> Result<Exit, Failure> {
    let (desk, connection, checklist) = looked(room, look, voice).await?;
    let guide = desk.guide_of(&connection)?;
    for step in &checklist.steps {
        match step.plan {
            Some(_) => voice.plan(guide, step),
            None if step.state == State::Failed || step.state == State::Taken => {
                voice.step(guide, &checklist, step)
            }
            None => {}
        }
    }
    voice.done(Done::of(&checklist, Tally::default(), desk.tally(&connection)));
    Ok(match exit::of_checklist(&checklist) {
        Exit::Pending => Exit::Done,
        other => other,
    })
}

async fn looked(room: &Room, look: &Look, voice: &Voice) -> Result<(Desk, String, Checklist), Failure> {
    let desk = opening::desk(room, opening::place(room, &look.sign_in)?, voice)?;
    let connection = opening::connection(&desk, &look.connection)?;
    desk.expect_steps(&connection);
    sign_in(&desk, &connection, &look.sign_in, voice).await?;
    let checklist = looked_at(&desk, &connection, voice).await?;
    Ok((desk, connection, checklist))
}

async fn looked_at(desk: &Desk, connection: &str, voice: &Voice) -> Result<Checklist, Failure> {
    let ticks = |tick: Tick| {
        if let Tick::Looking { step } = &tick {
            voice.tick(&step.clone(), tick);
        }
    };
    Ok(desk.check_all(connection, &ticks).await?)
}

/// `STEP=VALUE`, each.
pub fn pairs(texts: &[String], otherwise: Usage) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| text.split_once('=').map(|(step, value)| (step.to_owned(), value.to_owned()));
    texts.iter().map(pair).collect::<Option<Vec<_>>>().ok_or_else(|| otherwise.into())
}
