//! New files that only their owner can read, and secrets read from files or asked for without echo.
//! Nothing here overwrites a file, and nothing that was read here is ever printed. The one secret that is shown is a
//! passphrase made for a certificate, at a terminal, after a yes.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use engine::secrecy::zeroize::Zeroizing;
use engine::secrecy::{ExposeSecret as _, SecretString};

use crate::failure::{Failure, Usage};

/// The largest file that is read whole.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Writes a secret into a new file, with a line end.
pub fn write_secret(path: &Path, secret: &SecretString) -> Result<(), Failure> {
    let mut file = create(path).map_err(Failure::file(path))?;
    let written = file
        .write_all(secret.expose_secret().as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all());
    written.map_err(Failure::file(path))
}

/// Writes open text into a new file. It is for its owner only all the same: who else may read it is the owner's word.
pub fn write_open(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = create(path).map_err(Failure::file(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Failure::file(path))
}

/// A new file; an existing one, or a link, is not touched.
pub fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Makes a folder for its owner only, with its parents.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    new_folder(path)
}

/// Makes one folder that is not there yet, for its owner only.
pub fn new_folder(path: &Path) -> Result<(), Failure> {
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(Failure::file(path))?;
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(Failure::file(path))?;
    Ok(())
}

/// Reads a text file of a sensible size.
pub fn read_open(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let file = File::open(path).map_err(Failure::file(path))?;
    file.take(LARGEST).read_to_string(&mut text).map_err(Failure::file(path))?;
    Ok(text)
}

/// Reads a secret from a file: the whole text, without the line end.
pub fn read_secret(path: &Path) -> Result<SecretString, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let file = File::open(path).map_err(Failure::file(path))?;
    file.take(64 * 1024).read_to_string(&mut text).map_err(Failure::file(path))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}

/// Bytes of a file that may be a key; wiped when they are dropped.
pub type Bytes = Zeroizing<Vec<u8>>;

/// Reads the first bytes of a file, at most as many as said.
pub fn read_bytes(path: &Path, most: usize) -> Result<Bytes, Failure> {
    let file = File::open(path).map_err(Failure::file(path))?;
    // Reserved in full, so that no piece of a key stays behind in a buffer that grew.
    let length = file.metadata().map_or(0, |about| usize::try_from(about.len()).unwrap_or(most));
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(most).saturating_add(1)));
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut bytes).map_err(Failure::file(path))?;
    Ok(bytes)
}

/// Whether a secret that is shown goes to a person's screen, and not into a file or a pipe.
pub fn can_show() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Shows a passphrase once, on a terminal only.
pub fn show_secret(secret: &SecretString) -> Result<(), Failure> {
    if !can_show() {
        return Err(Usage::NoExportPassphrase.into());
    }
    let mut screen = std::io::stdout().lock();
    screen.write_all(secret.expose_secret().as_bytes())?;
    screen.write_all(b"\n")?;
    Ok(screen.flush()?)
}

/// Asks for a secret without echo.
///
/// # Errors
/// [`Usage`] where nobody can type one.
pub fn ask_secret(question: &str, otherwise: Usage) -> Result<SecretString, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(otherwise.into());
    }
    Ok(SecretString::from(rpassword::prompt_password(question)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_is_written_for_its_owner_only_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        write_secret(&path, &SecretString::from("abc def")).unwrap();
        assert_eq!(read_secret(&path).unwrap().expose_secret(), "abc def");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("there");
        std::fs::write(&path, "before").unwrap();
        assert!(write_secret(&path, &SecretString::from("x")).is_err());
        assert!(write_open(&path, "x").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
    }

    #[test]
    fn without_a_terminal_nothing_is_asked() {
        // Test runners have no terminal on standard input; where one has, this would wait for a person.
        if !std::io::stdin().is_terminal() {
            assert!(matches!(ask_secret("?", Usage::NoKey), Err(Failure::Usage(Usage::NoKey))));
        }
    }
}
