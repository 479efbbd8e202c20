//! The native questions for a passphrase (of the vault, of an export, of a file that is opened) and for a password that is lent
//! to a step. What is typed goes from the system's own field to the core: no script and no page ever holds it.

mod fingerprint;

use engine::{guide::Language, secrecy::SecretString};
use tauri::AppHandle;
#[cfg(target_os = "linux")]
use tauri::Manager as _;

pub use fingerprint::fingerprint;

/// How the passphrase is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A new vault gets its passphrase, typed twice.
    New,
    /// The passphrase of a vault that was made before.
    Again,
    /// The one that was given was not the right one.
    Wrong,
    /// The passphrase of files that are exported, typed twice.
    Export,
    /// The passphrase of a file that is imported.
    Opening,
    /// The one that was given does not open that file.
    OpeningWrong,
    /// The password of an account on a server that takes files.
    Server {
        /// Whose it is, and where.
        account: String,
    },
    /// The password of a proxy's user.
    Proxy {
        /// Whose it is, and where.
        account: String,
    },
    /// The password of this account, for one step of a product.
    Lent {
        /// Whose it is.
        account: String,
        /// What the step is called.
        step: String,
    },
}

impl Asked {
    /// Whether it is chosen now, so that it is typed twice and judged.
    #[cfg(target_os = "linux")]
    fn is_new(&self) -> bool {
        matches!(self, Self::New | Self::Export)
    }

    fn is_of_the_vault(&self) -> bool {
        matches!(self, Self::New | Self::Again | Self::Wrong)
    }
}

/// Whether this system's window has such a field.
pub const CAN_ASK: bool = cfg!(target_os = "linux");

/// The fewest characters of a new passphrase.
const SHORTEST: u16 = 12;

/// The sentences of the question.
struct Words {
    title: String,
    text: String,
    first: &'static str,
    second: &'static str,
    short: &'static str,
    differ: &'static str,
    yes: &'static str,
    no: &'static str,
}

fn words(language: Language, asked: &Asked) -> Words {
    let english = language == Language::English;
    let say = |one: &'static str, other: &'static str| if english { one } else { other };
    Words {
        title: match asked {
            Asked::Lent { account, .. } | Asked::Server { account } | Asked::Proxy { account } => {
                format!("{} {account}", say("Footbridge: password of", "Footbridge: Kennwort von"))
            }
            other => said(other, say).0.to_owned(),
        },
        text: match asked {
            Asked::Lent { account, step } if english => format!(
                "“{step}” signs in as {account}. The password is used for this step and kept nowhere."
            ),
            Asked::Lent { account, step } => format!(
                "„{step}“ meldet sich als {account} an. Das Kennwort dient diesem Schritt und wird nirgends aufbewahrt."
            ),
            Asked::Server { .. } => say(
                "The password goes to this server alone, whose key was compared, and is kept nowhere.",
                "Das Kennwort geht nur an diesen Server, dessen Schlüssel verglichen wurde, und wird nirgends aufbewahrt.",
            )
            .to_owned(),
            Asked::Proxy { .. } => say(
                "The password goes to this proxy alone, unencrypted as proxies of this kind want it. It is kept in memory until the app is closed.",
                "Das Kennwort geht nur an diesen Proxy, unverschlüsselt, wie Proxys dieser Art es wollen. Es bleibt im Speicher, bis die App geschlossen wird.",
            )
            .to_owned(),
            other => said(other, say).1.to_owned(),
        },
        first: match asked {
            Asked::Lent { .. } | Asked::Server { .. } | Asked::Proxy { .. } => say("Password", "Kennwort"),
            _ => say("Passphrase", "Passphrase"),
        },
        second: say("The same again", "Noch einmal"),
        short: say("At least 12 characters", "Mindestens 12 Zeichen"),
        differ: say("The two are not the same", "Die beiden sind nicht gleich"),
        yes: match asked {
            Asked::Export => say("Export", "Exportieren"),
            Asked::Lent { .. } => say("Lend to the step", "Dem Schritt leihen"),
            Asked::Opening | Asked::OpeningWrong => say("Open the file", "Datei öffnen"),
            Asked::Server { .. } | Asked::Proxy { .. } => say("Sign in", "Anmelden"),
            _ => say("Open the vault", "Tresor öffnen"),
        },
        no: if asked.is_of_the_vault() {
            say("Without the vault", "Ohne Tresor")
        } else {
            say("Cancel", "Abbrechen")
        },
    }
}

/// Title and text of the questions that name nobody.
fn said(
    asked: &Asked,
    say: impl Fn(&'static str, &'static str) -> &'static str,
) -> (&'static str, &'static str) {
    let vault = say("Footbridge: passphrase of the vault", "Footbridge: Passphrase des Tresors");
    let file = say("Footbridge: passphrase of the file", "Footbridge: Passphrase der Datei");
    match asked {
        Asked::New => (
            vault,
            say(
                "Choose the passphrase of the new vault. Nobody can bring it back when it is lost.",
                "Wählen Sie die Passphrase des neuen Tresors. Ist sie verloren, kann niemand sie wiederbringen.",
            ),
        ),
        Asked::Again => {
            (vault, say("Type the passphrase of the vault.", "Geben Sie die Passphrase des Tresors ein."))
        }
        Asked::Wrong => (
            vault,
            say(
                "This passphrase does not open the vault. Type it again.",
                "Diese Passphrase öffnet den Tresor nicht. Geben Sie sie erneut ein.",
            ),
        ),
        Asked::Export => (
            say("Footbridge: passphrase of the export", "Footbridge: Passphrase des Exports"),
            say(
                "Choose the passphrase of the exported files. Whoever opens them types it.",
                "Wählen Sie die Passphrase der exportierten Dateien. Wer sie öffnet, gibt sie ein.",
            ),
        ),
        Asked::OpeningWrong => (
            file,
            say(
                "This passphrase does not open the file, or the file was changed. Type it again.",
                "Diese Passphrase öffnet die Datei nicht, oder die Datei wurde geändert. Geben Sie sie erneut ein.",
            ),
        ),
        Asked::Opening | Asked::Lent { .. } | Asked::Server { .. } | Asked::Proxy { .. } => (
            file,
            say(
                "The key in the file is protected. Type its passphrase.",
                "Der Schlüssel in der Datei ist geschützt. Geben Sie seine Passphrase ein.",
            ),
        ),
    }
}

/// Asks, and waits for the answer; `None` when the admin goes on without.
#[cfg(target_os = "linux")]
pub async fn passphrase(app: &AppHandle, language: Language, asked: Asked) -> Option<SecretString> {
    let (say, answer) = tokio::sync::oneshot::channel();
    let window = app.get_webview_window("main")?;
    let shown = app.run_on_main_thread(move || {
        let above = window.gtk_window().ok();
        dialog::show(above.as_ref(), &words(language, &asked), &asked, say);
    });
    shown.ok()?;
    answer.await.ok().flatten()
}

/// Asks nobody: this system's choices offer no such vault.
#[cfg(not(target_os = "linux"))]
pub async fn passphrase(_: &AppHandle, language: Language, asked: Asked) -> Option<SecretString> {
    let _ = words(language, &asked);
    None
}

#[cfg(target_os = "linux")]
mod dialog {
    use std::cell::Cell;

    use engine::secrecy::SecretString;
    use gtk::{
        ApplicationWindow, Dialog, Entry, InputPurpose, Label, ResponseType, Widget, WindowPosition,
        prelude::*,
    };
    use tokio::sync::oneshot::Sender;

    use super::{Asked, SHORTEST, Words};

    /// Builds the dialog; must run on the window's thread.
    pub fn show(
        above: Option<&ApplicationWindow>,
        words: &Words,
        asked: &Asked,
        say: Sender<Option<SecretString>>,
    ) {
        let dialog = Dialog::new();
        dialog.set_title(&words.title);
        dialog.set_default_width(440);
        dialog.set_resizable(false);
        dialog.set_modal(true);
        dialog.set_transient_for(above);
        dialog.set_position(WindowPosition::CenterOnParent);
        dialog.add_button(words.no, ResponseType::Cancel);
        let open = dialog.add_button(words.yes, ResponseType::Accept);
        dialog.set_default_response(ResponseType::Accept);
        let inside = dialog.content_area();
        inside.set_spacing(8);
        inside.set_border_width(16);
        let text = label(&words.text);
        let (first, second) = (field(), field());
        let hint = label("");
        inside.add(&text);
        inside.add(&named(words.first, &first));
        inside.add(&first);
        if asked.is_new() {
            inside.add(&named(words.second, &second));
            inside.add(&second);
            inside.add(&hint);
        }
        judge(&open, &hint, words, asked, (&first, &second));
        dialog.show_all();
        first.grab_focus();
        let say = Cell::new(Some(say));
        dialog.connect_response(move |dialog, response| {
            let given =
                (response == ResponseType::Accept).then(|| SecretString::from(first.text().to_string()));
            // The fields' own memory is wiped when they are emptied.
            first.set_text("");
            second.set_text("");
            if let Some(say) = say.take() {
                let _ = say.send(given);
            }
            dialog.close();
        });
    }

    /// Lets the vault be opened only when what was typed can be its passphrase, and says why not.
    fn judge(open: &Widget, hint: &Label, words: &Words, asked: &Asked, fields: (&Entry, &Entry)) {
        let (short, differ) = (words.short, words.differ);
        let (open, hint) = (open.clone(), hint.clone());
        let (new, vault) = (asked.is_new(), asked.is_of_the_vault());
        let lent = matches!(asked, Asked::Lent { .. } | Asked::Server { .. } | Asked::Proxy { .. });
        let (first, second) = (fields.0.clone(), fields.1.clone());
        let look = move || {
            let long = first.text_length() >= SHORTEST;
            let same = first.text() == second.text();
            hint.set_text(if !long {
                short
            } else if same {
                ""
            } else {
                differ
            });
            // A file from elsewhere can have an empty passphrase.
            let typed = first.text_length() > 0 || !(vault || lent);
            open.set_sensitive(if new { long && same } else { typed });
        };
        look();
        for field in [fields.0, fields.1] {
            let look = look.clone();
            field.connect_changed(move |_| look());
        }
    }

    pub(super) fn field() -> Entry {
        let field = Entry::new();
        field.set_visibility(false);
        field.set_input_purpose(InputPurpose::Password);
        field.set_activates_default(true);
        field
    }

    pub(super) fn label(text: &str) -> Label {
        let label = Label::new(Some(text));
        label.set_xalign(0.0);
        label.set_line_wrap(true);
        label.set_max_width_chars(52);
        label
    }

    /// A field's own label, for eyes and for screen readers.
    pub(super) fn named(text: &str, field: &Entry) -> Label {
        let label = label(text);
        label.set_mnemonic_widget(Some(field));
        label
    }
}
