//! What can go wrong here, each as one sentence for a person at a terminal.
//! It must never carry the output of a command: that was already shown while the command ran.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why an order could not be carried out.
#[derive(Debug)]
pub enum Trouble {
    /// The command line was not understood.
    Usage(String),
    /// A program could not be started at all.
    NotStarted { program: String, cause: io::Error },
    /// A program ran and ended with another code than 0.
    Ended { command: String, code: Option<i32> },
    /// A program was ended because it took longer than its limit.
    TooLong { command: String, seconds: u64 },
    /// Something is missing and may not, or cannot, be installed from here.
    Missing(String),
    /// A file or folder could not be read or written.
    File { path: PathBuf, cause: io::Error },
    /// A line of one of our own lists is not understood.
    Line { path: PathBuf, line: usize },
    /// A file is larger than it may be.
    TooLarge { path: PathBuf, bytes: u64, most: u64 },
    /// At least one part of the tests failed.
    Parts(usize),
    /// At least one goal of the catalogue is not reached.
    Goals(usize),
    /// At least one weakening was not noticed.
    Weakenings(usize),
    /// At least one target of speed is missed, and the page does not say why.
    Targets(usize),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(out, "{what}\n\n{}", crate::ask::USAGE),
            Self::NotStarted { program, cause } => write!(out, "`{program}` could not be started: {cause}"),
            Self::Ended { command, code: Some(code) } => write!(out, "`{command}` ended with code {code}"),
            Self::Ended { command, code: None } => write!(out, "`{command}` was ended by a signal"),
            Self::TooLong { command, seconds } => {
                write!(out, "`{command}` took longer than {seconds} seconds")
            }
            Self::Missing(what) => out.write_str(what),
            Self::File { path, cause } => write!(out, "{}: {cause}", path.display()),
            Self::Line { path, line } => write!(
                out,
                "{}, line {line}: this is not understood; see the lines around it",
                path.display()
            ),
            Self::TooLarge { path, bytes, most } => {
                write!(out, "{} has {bytes} bytes and may have {most}", path.display())
            }
            Self::Goals(count) => write!(out, "{count} of the goals are not reached; the table names them"),
            Self::Weakenings(count) => write!(
                out,
                "{count} of the weakenings were not noticed as they have to be; the table says why"
            ),
            Self::Targets(count) => write!(
                out,
                "{count} of the targets are missed without a reason in {}; write one below its table",
                crate::record::PERFORMANCE
            ),
            Self::Parts(1) => out.write_str("1 part failed; its output is above"),
            Self::Parts(count) => write!(out, "{count} parts failed; their output is above"),
        }
    }
}

impl std::error::Error for Trouble {}
