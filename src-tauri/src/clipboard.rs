//! Puts values on the clipboard from the core. A secret is kept out of clipboard histories where the system lets
//! us, and is taken away after 45 seconds unless something else was copied since.

use std::time::Duration;

use arboard::Clipboard;
use secrecy::{ExposeSecret as _, SecretString};

use crate::confirm::Yes;

/// How long a secret stays.
pub const SECRET_STAYS: Duration = Duration::from_secs(45);

/// Copies open text.
///
/// # Errors
/// What the system says when there is no clipboard.
pub fn copy(text: &str) -> Result<(), arboard::Error> {
    Clipboard::new()?.set_text(text)
}

/// Copies a secret after a person's yes and takes it away again. The thread owns the clipboard meanwhile, as X11 wants it.
///
/// # Errors
/// What the system says when there is no clipboard.
pub fn copy_secret(secret: SecretString, _yes: Yes) -> Result<(), arboard::Error> {
    let mut clipboard = Clipboard::new()?;
    place(&mut clipboard, secret.expose_secret())?;
    std::thread::spawn(move || {
        std::thread::sleep(SECRET_STAYS);
        take_away(&mut clipboard, &secret);
    });
    Ok(())
}

/// What can be looked at and emptied: the system's clipboard, or what stands in for it in a test.
trait Board {
    fn text(&mut self) -> Option<String>;
    fn clear(&mut self);
}

impl Board for Clipboard {
    fn text(&mut self) -> Option<String> {
        self.get_text().ok()
    }

    fn clear(&mut self) {
        // A clipboard that is gone holds nothing any more.
        let _ = Clipboard::clear(self);
    }
}

fn take_away(board: &mut dyn Board, secret: &SecretString) {
    if board.text().is_some_and(|now| now == secret.expose_secret()) {
        board.clear();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    struct StandIn(Option<String>);

    impl Board for StandIn {
        fn text(&mut self) -> Option<String> {
            self.0.clone()
        }

        fn clear(&mut self) {
            self.0 = None;
        }
    }

    #[test]
    fn a_secret_is_taken_away_unless_something_else_was_copied_since() {
        let secret = SecretString::from("Abc8Q~secret");
        for (held, left) in [
            (Some("Abc8Q~secret"), None),
            (Some("a shopping list"), Some("a shopping list")),
            (Some("Abc8Q~secret and more"), Some("Abc8Q~secret and more")),
            (None, None),
        ] {
            let mut board = StandIn(held.map(str::to_owned));
            take_away(&mut board, &secret);
            assert_eq!(board.0.as_deref(), left);
        }
    }
}
