//! Puts values on the clipboard from the core. A secret is kept out of clipboard histories where the system lets
//! us, and is taken away after 45 seconds unless something else was copied since.

use std::time::Duration;

use arboard::Clipboard;
use secrecy::{ExposeSecret as _, SecretString};

/// How long a secret stays.
pub const SECRET_STAYS: Duration = Duration::from_secs(45);

/// Copies open text.
///
/// # Errors
/// What the system says when there is no clipboard.
pub fn copy(text: &str) -> Result<(), arboard::Error> {
    Clipboard::new()?.set_text(text)
}

/// Copies a secret and takes it away again. The thread owns the clipboard meanwhile, as X11 wants it.
///
/// # Errors
/// What the system says when there is no clipboard.
pub fn copy_secret(secret: SecretString) -> Result<(), arboard::Error> {
    let mut clipboard = Clipboard::new()?;
    place(&mut clipboard, secret.expose_secret())?;
    std::thread::spawn(move || {
        std::thread::sleep(SECRET_STAYS);
        let unchanged = clipboard.get_text().is_ok_and(|now| now == secret.expose_secret());
        if unchanged {
            let _ = clipboard.clear();
        }
    });
    Ok(())
}

#[cfg(target_os = "linux")]
fn place(clipboard: &mut Clipboard, text: &str) -> Result<(), arboard::Error> {
    use arboard::SetExtLinux as _;
    clipboard.set().exclude_from_history().text(text)
}

#[cfg(windows)]
fn place(clipboard: &mut Clipboard, text: &str) -> Result<(), arboard::Error> {
    use arboard::SetExtWindows as _;
    clipboard.set().exclude_from_cloud().exclude_from_history().exclude_from_monitoring().text(text)
}

#[cfg(target_os = "macos")]
fn place(clipboard: &mut Clipboard, text: &str) -> Result<(), arboard::Error> {
    use arboard::SetExtApple as _;
    clipboard.set().exclude_from_history().text(text)
}
