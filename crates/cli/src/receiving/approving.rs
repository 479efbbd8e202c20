//! `receive approve`: the answer to a bundle that waits at a receiver without a terminal.

use receiver::Memory;

use super::lines::{Line, Speaker};
use super::options::Approve;
use super::refusal::ReceiveRefusal;
use super::taking::state_folder;
use super::words::Say;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::voice::Voice;

pub fn approve(options: &Approve, voice: &Voice) -> Result<Exit, Failure> {
    let speaker = Speaker::new(voice, false);
    let memory = Memory::open(&state_folder(&options.state), opening::now()).map_err(ReceiveRefusal::from)?;
    let Some(number) = &options.number else {
        let waiting = memory.waiting().map_err(ReceiveRefusal::from)?;
        waiting.iter().for_each(|one| speaker.waiting(one));
        if waiting.is_empty() {
            speaker.voice.line(speaker.word(Say::NothingWaits));
        }
        return Ok(Exit::Done);
    };
    if !memory.answer(number, !options.refuse).map_err(ReceiveRefusal::from)? {
        return Err(ReceiveRefusal::NotWaiting.into());
    }
    let line = Line::Answered { number: number.clone(), yes: !options.refuse };
    speaker.tell(line, || speaker.word(Say::Answered).to_owned());
    Ok(Exit::Done)
}
