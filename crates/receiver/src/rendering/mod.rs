//! What a product reads, made from a bundle's values: built-in forms and own template files. Everything is rendered in
//! buffers that wipe themselves before one byte is written, and a value that a form cannot hold stops it all.

mod env;
mod escape;
mod json;
mod pem;
mod pfx;
mod placeholder;
mod properties;

use std::path::{Path, PathBuf};

use certs::Passphrase;
use secrecy::zeroize::Zeroizing;

pub use escape::EscapeFault;
pub use pfx::PfxFault;
pub use placeholder::{Placeholders, TemplateFault};

use crate::values::Values;

/// Rendered bytes; wiped when they are dropped.
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// The form of a written file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// `NAME="value"` lines for systemd's `EnvironmentFile=` and POSIX shells.
    Env,
    /// One JSON object.
    Json,
    /// Java's `.properties`.
    Properties,
    /// Private key and certificate in PKCS#12, under a passphrase.
    Pfx,
    /// Private key and certificate in one PEM file.
    Pem,
    /// An own file with placeholders.
    Own(Placeholders),
}

/// A template that is none.
#[derive(Debug, thiserror::Error)]
pub enum UnknownTemplate {
    /// Neither a built-in name nor a path.
    #[error("there is no template `{0}`; take env, json, properties, pfx, pem, or a path with a slash")]
    Name(String),
    /// The file could not be read.
    #[error("the template {} could not be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: std::io::ErrorKind,
    },
    /// The file has a fault.
    #[error("the template {}: {why}", path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: TemplateFault,
    },
}

/// Why a file was not rendered. It names the value, never its text.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum RenderError {
    /// The template asks for a value that this bundle does not have.
    #[error("the bundle has no value `{0}`, which the template asks for")]
    NoValue(String),
    /// A value cannot stand in this form.
    #[error("the value `{name}` cannot stand in this form: {why}")]
    Value {
        /// Its name.
        name: String,
        /// Why not.
        why: EscapeFault,
    },
    /// Two names become the same one in this form.
    #[error("two values would have the same name {0} in this form; write a template of your own")]
    SameName(String),
    /// The PFX file.
    #[error(transparent)]
    Pfx(#[from] PfxFault),
    /// The passphrase of the PFX file is missing.
    #[error("a PFX file needs a passphrase; say --pfx-passphrase-file FILE")]
    NoPassphrase,
}

impl Template {
    /// A built-in form by its name, or an own file by its path, which holds a slash (or a backslash on Windows).
    ///
    /// # Errors
    /// [`UnknownTemplate`].
    pub fn named(name: &str) -> Result<Template, UnknownTemplate> {
        Ok(match name {
            "env" => Template::Env,
            "json" => Template::Json,
            "properties" => Template::Properties,
            "pfx" => Template::Pfx,
            "pem" => Template::Pem,
            path if path.contains(['/', '\\']) => Template::Own(own(Path::new(path))?),
            other => return Err(UnknownTemplate::Name(other.to_owned())),
        })
    }

    /// Renders the values.
    ///
    /// # Errors
    /// [`RenderError`]; nothing is handed out then.
    pub(crate) fn render(
        &self,
        values: &Values,
        passphrase: Option<&Passphrase>,
    ) -> Result<Bytes, RenderError> {
        match self {
            Template::Env => env::render(values),
            Template::Json => Ok(json::render(values)),
            Template::Properties => properties::render(values),
            Template::Pfx => pfx::render(values, passphrase.ok_or(RenderError::NoPassphrase)?),
            Template::Pem => pem::render(values),
            Template::Own(placeholders) => placeholders.render(values),
        }
    }
}

fn own(path: &Path) -> Result<Placeholders, UnknownTemplate> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| UnknownTemplate::Unreadable { path: path.to_owned(), why: why.kind() })?;
    Placeholders::read(&text).map_err(|why| UnknownTemplate::Fault { path: path.to_owned(), why })
}

/// The value of a name, or the error that names it.
fn need<'a>(values: &'a Values, name: &str) -> Result<&'a str, RenderError> {
    values.get(name).map(crate::values::Held::text).ok_or_else(|| RenderError::NoValue(name.to_owned()))
}

#[cfg(test)]
mod tests;
