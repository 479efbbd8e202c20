//! `footbridge page`: writes the page for a product's end users into a new file.

use crate::arguments::Room;
use crate::arguments::step::Page;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn carry_out(room: &Room, page: &Page, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk(room, opening::place(room, &page.sign_in)?, voice)?;
    let connection = opening::connection(&desk, &page.connection)?;
    let text = desk.page(&connection, &page.step, voice.language())?;
    private_file::write_open(&page.out, &text)?;
    voice.tell(&Event::file("page", &page.out), || page.out.display().to_string());
    Ok(Exit::Done)
}
