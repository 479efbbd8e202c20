//! `footbridge cert`: the certificate workshop on the command line. It works with the network cable out, opens no desk and no
//! vault, and keeps nothing: keys are in the files that it lays down, under the passphrase of the admin.

mod bringing;
mod lines;
mod looking;
mod making;
mod options;
mod passphrase;
mod refusal;

pub use lines::{CertificateLine, ContentsLine};
pub use options::CertCommand;
pub use refusal::Refusal;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::voice::Voice;

/// Carries out a command of the workshop.
pub fn carry_out(command: &CertCommand, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        CertCommand::New(new) => making::new(new, voice)?,
        CertCommand::Csr(csr) => making::request(csr, voice)?,
        CertCommand::Import(import) => bringing::import(import, voice)?,
        CertCommand::Export(export) => bringing::export(export, voice)?,
        CertCommand::Inspect(inspect) => looking::inspect(inspect, voice)?,
        CertCommand::List(list) => looking::list(list, voice)?,
    }
    Ok(Exit::Done)
}
