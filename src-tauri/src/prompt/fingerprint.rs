//! The native question before a key is trusted: the admin types the fingerprint that the maker told him, so that a page that
//! shows another one cannot talk him into it.

use engine::guide::Language;
use tauri::AppHandle;
#[cfg(target_os = "linux")]
use tauri::Manager as _;

/// The sentences of the question.
struct Words {
    title: &'static str,
    text: &'static str,
    first: &'static str,
    second: &'static str,
    other: &'static str,
    yes: &'static str,
    no: &'static str,
}

fn words(language: Language) -> Words {
    let english = language == Language::English;
    let say = |one: &'static str, other: &'static str| if english { one } else { other };
    Words {
        title: say(
            "Footbridge: trust a maker of guides",
            "Footbridge: Einem Hersteller von Anleitungen vertrauen",
        ),
        text: say(
            "Ask the maker for the fingerprint of the key, by telephone or on its own page, and type it here. It has five groups of four.",
            "Fragen Sie den Hersteller nach dem Fingerabdruck des Schlüssels, am Telefon oder auf seiner eigenen Seite, und geben Sie ihn hier ein. Er hat fünf Gruppen zu vier Zeichen.",
        ),
        first: say("Fingerprint", "Fingerabdruck"),
        second: say("Name of the maker", "Name des Herstellers"),
        other: say(
            "This is not the fingerprint of the key that signed the guide.",
            "Das ist nicht der Fingerabdruck des Schlüssels, der die Anleitung signiert hat.",
        ),
        yes: say("Trust this key", "Diesem Schlüssel vertrauen"),
        no: say("Cancel", "Abbrechen"),
    }
}

/// Whether two fingerprints are the same, however they are grouped.
pub fn is_same(one: &str, other: &str) -> bool {
    let bare = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    !bare(one).is_empty() && bare(one) == bare(other)
}

/// Asks for the fingerprint, and gives back the name under which the key is pinned; `None` when it was not compared.
#[cfg(target_os = "linux")]
pub async fn fingerprint(app: &AppHandle, language: Language, wanted: &str, maker: &str) -> Option<String> {
    let (say, answer) = tokio::sync::oneshot::channel();
    let window = app.get_webview_window("main")?;
    let (wanted, maker) = (wanted.to_owned(), maker.to_owned());
    let shown = app.run_on_main_thread(move || {
        let above = window.gtk_window().ok();
        dialog::show(above.as_ref(), &words(language), &wanted, &maker, say);
    });
    shown.ok()?;
    answer.await.ok().flatten()
}

/// Shows the fingerprint in a dialog of the system and asks whether the maker told just this one.
#[cfg(not(target_os = "linux"))]
pub async fn fingerprint(app: &AppHandle, language: Language, wanted: &str, maker: &str) -> Option<String> {
    let words = words(language);
    let question = crate::confirm::Question {
        title: words.title.to_owned(),
        text: format!("{}\n\n{}: {wanted}\n{}: {maker}", words.text, words.first, words.second),
        yes: words.yes.to_owned(),
        no: words.no.to_owned(),
    };
    crate::confirm::ask(app, false, question).await.then(|| maker.to_owned())
}

#[cfg(target_os = "linux")]
mod dialog {
    use std::cell::Cell;

    use gtk::{ApplicationWindow, Dialog, Entry, ResponseType, WindowPosition, prelude::*};
    use tokio::sync::oneshot::Sender;

    use super::{Words, is_same};
    use crate::prompt::dialog::{label, named};

    /// Builds the dialog; must run on the window's thread.
    pub fn show(
        above: Option<&ApplicationWindow>,
        words: &Words,
        wanted: &str,
        maker: &str,
        say: Sender<Option<String>>,
    ) {
        let dialog = Dialog::new();
        dialog.set_title(words.title);
        dialog.set_default_width(440);
        dialog.set_resizable(false);
        dialog.set_modal(true);
        dialog.set_transient_for(above);
        dialog.set_position(WindowPosition::CenterOnParent);
        dialog.add_button(words.no, ResponseType::Cancel);
        let trust = dialog.add_button(words.yes, ResponseType::Accept);
        let inside = dialog.content_area();
        inside.set_spacing(8);
        inside.set_border_width(16);
        let (typed, name) = (Entry::new(), Entry::new());
        typed.set_activates_default(true);
        name.set_text(maker);
        name.set_max_length(60);
        let hint = label("");
        inside.add(&label(words.text));
        inside.add(&named(words.first, &typed));
        inside.add(&typed);
        inside.add(&named(words.second, &name));
        inside.add(&name);
        inside.add(&hint);
        dialog.set_default_response(ResponseType::Accept);
        let (fits, other) = (wanted.to_owned(), words.other);
        let look = {
            let (typed, name, trust) = (typed.clone(), name.clone(), trust.clone());
            move || {
                let same = is_same(&typed.text(), &fits);
                trust.set_sensitive(same && !name.text().trim().is_empty());
                let whole = typed.text().chars().filter(|letter| letter.is_alphanumeric()).count() >= 20;
                hint.set_text(if whole && !same { other } else { "" });
            }
        };
        look();
        for field in [&typed, &name] {
            let look = look.clone();
            field.connect_changed(move |_| look());
        }
        dialog.show_all();
        typed.grab_focus();
        let say = Cell::new(Some(say));
        dialog.connect_response(move |dialog, response| {
            let given = (response == ResponseType::Accept).then(|| name.text().to_string());
            if let Some(say) = say.take() {
                let _ = say.send(given);
            }
            dialog.close();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn grouping_and_case_do_not_matter_and_a_letter_does() {
        assert!(is_same("ABCD EFGH 2345 IJKL 67MN", "abcd-efgh-2345-ijkl-67mn"));
        assert!(!is_same("ABCD EFGH 2345 IJKL 67MN", "ABCD EFGH 2345 IJKL 67MM"));
        assert!(!is_same("", " "));
    }
}
