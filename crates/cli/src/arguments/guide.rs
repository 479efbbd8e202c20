//! What can be typed after `footbridge guide`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Shape;

#[derive(Debug, Subcommand)]
pub enum GuideCommand {
    /// Write a small guide to start from: a folder that passes lint and can be rehearsed
    New(New),
    /// Show who made a guide and which permissions it asks for
    Show {
        #[command(flatten)]
        from: Path,
        #[command(flatten)]
        shape: Shape,
    },
    /// Report every fault of a guide with file, line, column, field and a hint
    Lint {
        /// guide.toml, or the folder that holds it; en.toml and de.toml are read beside it
        file: PathBuf,
        #[command(flatten)]
        shape: Shape,
    },
    /// Print a template of the answers file
    Asks {
        /// The guide's id
        guide: String,
    },
    /// Make a key to sign guides with; it goes into a new file that only you can read
    Key {
        /// The new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign a guide's folder: writes guide.sig
    Sign {
        /// The folder
        folder: PathBuf,
        /// The file that `guide key` made
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Put a guide's folder into one file
    Pack {
        /// The folder
        folder: PathBuf,
        /// The new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Trust the key that signed this guide, after its fingerprint was compared with the maker's
    Pin(Pin),
    /// Trust the key that signed this guide no longer
    Unpin {
        #[command(flatten)]
        from: Path,
    },
    /// List the keys whose guides are trusted
    Pins(Shape),
}

/// A guide that is not built in.
#[derive(Debug, Args)]
pub struct Path {
    /// The guide's folder, or the one file that holds it
    pub path: PathBuf,
}

#[derive(Debug, Args)]
pub struct New {
    /// The new folder; its name is the guide's id
    pub folder: PathBuf,
    /// The product's name [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub product: Option<String>,
    /// The company that makes it
    #[arg(long, value_name = "NAME", default_value = "Example Company")]
    pub vendor: String,
}

#[derive(Debug, Args)]
pub struct Pin {
    #[command(flatten)]
    pub from: Path,
    /// The name under which it is shown
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The fingerprint as the maker told it; without it you are asked
    #[arg(long, value_name = "FINGERPRINT")]
    pub fingerprint: Option<String>,
}

impl GuideCommand {
    /// Whether events are wanted instead of lines.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Show { shape, .. } | Self::Lint { shape, .. } | Self::Pins(shape) => shape.json,
            _ => false,
        }
    }
}
