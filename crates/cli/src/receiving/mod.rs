//! `footbridge receive`: what runs on the product's server. It opens no desk and no vault, knows no tenant, and calls nobody.
//! Secrets go into the files that were asked for; nothing that is printed holds one.

mod approving;
mod lines;
mod listening;
mod offering;
mod options;
mod refusal;
mod taking;
mod words;

pub use lines::Told;
pub use options::ReceiveCommand;
pub use refusal::ReceiveRefusal;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::voice::Voice;

/// Carries out a command of the receiver.
pub async fn carry_out(command: &ReceiveCommand, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        ReceiveCommand::Offer(offer) => offering::offer(offer, voice),
        ReceiveCommand::Approve(approve) => approving::approve(approve, voice),
        ReceiveCommand::Listen(listen) => {
            let speaker = lines::Speaker::new(voice, listen.writing.accept_rehearsal);
            listening::listen(listen, &speaker).await.or_else(|failure| speaker.failure(failure))
        }
        ReceiveCommand::Open(open) => {
            let speaker = lines::Speaker::new(voice, open.writing.accept_rehearsal);
            taking::open(open, &speaker).or_else(|failure| speaker.failure(failure))
        }
    }
}
