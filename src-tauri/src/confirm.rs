//! Native questions: script in the web view can ask for a change, but only a person can say yes.
//! In rehearsal, where nothing is real, `FOOTBRIDGE_TEST_CONFIRM=1` answers yes so that a test can click through; with the
//! path of a file it answers yes as long as that file exists.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt as _, FilePath, MessageDialogButtons, MessageDialogKind};
use tokio::sync::oneshot;

/// A question with the word on its yes and its no.
pub struct Question {
    /// What will happen, in one line.
    pub title: String,
    /// The exact change.
    pub text: String,
    /// The word for yes.
    pub yes: String,
    /// The word for no.
    pub no: String,
}

/// That a person said yes. What lays a secret open takes one, so that it cannot be called without the question.
pub struct Yes(());

/// Whether a test answers for the person; only ever true in rehearsal.
pub fn answers_itself(rehearsal: bool) -> bool {
    needs_nobody(rehearsal, std::env::var("FOOTBRIDGE_TEST_CONFIRM").ok().as_deref())
}

fn needs_nobody(rehearsal: bool, told: Option<&str>) -> bool {
    rehearsal && told.is_some_and(|told| told == "1" || Path::new(told).is_file())
}

/// How long the pretend tenant takes for each answer: nothing, or what a test wants so that it can stop a step
/// while it runs (`FOOTBRIDGE_TEST_LATENCY`, milliseconds).
pub fn pretend_latency() -> Duration {
    let told = std::env::var("FOOTBRIDGE_TEST_LATENCY").ok().and_then(|text| text.parse().ok());
    told.map_or(Duration::ZERO, Duration::from_millis)
}

/// Asks, and waits for the answer.
pub async fn ask(app: &AppHandle, rehearsal: bool, question: Question) -> bool {
    yes(app, rehearsal, question).await.is_some()
}

/// Asks, waits, and gives the yes itself.
pub async fn yes(app: &AppHandle, rehearsal: bool, question: Question) -> Option<Yes> {
    if answers_itself(rehearsal) {
        return Some(Yes(()));
    }
    let (say, answer) = oneshot::channel();
    app.dialog()
        .message(question.text)
        .title(question.title)
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom(question.yes, question.no))
        .show(move |yes| {
            let _ = say.send(yes);
        });
    answer.await.unwrap_or(false).then_some(Yes(()))
}

/// Shows a secret that must not enter the web view, and waits until it is closed.
pub async fn show(app: &AppHandle, title: &str, text: String, _yes: Yes) {
    let (say, closed) = oneshot::channel();
    app.dialog().message(text).title(title).buttons(MessageDialogButtons::Ok).show(move |_| {
        let _ = say.send(());
    });
    let _ = closed.await;
}

/// Asks for a folder; `None` when the dialog was closed.
pub async fn folder(app: &AppHandle, title: &str) -> Option<PathBuf> {
    let (say, answer) = oneshot::channel();
    app.dialog().file().set_title(title).pick_folder(move |path| {
        let _ = say.send(path);
    });
    path_of(answer.await.ok().flatten())
}

/// Asks for a file to read; `None` when the dialog was closed.
pub async fn file(app: &AppHandle, title: &str, kind: &str, extensions: &[&str]) -> Option<PathBuf> {
    let (say, answer) = oneshot::channel();
    app.dialog().file().set_title(title).add_filter(kind, extensions).pick_file(move |path| {
        let _ = say.send(path);
    });
    path_of(answer.await.ok().flatten())
}

/// Asks for a file of whatever kind to read; `None` when the dialog was closed.
pub async fn any_file(app: &AppHandle, title: &str) -> Option<PathBuf> {
    let (say, answer) = oneshot::channel();
    app.dialog().file().set_title(title).pick_file(move |path| {
        let _ = say.send(path);
    });
    path_of(answer.await.ok().flatten())
}

/// Asks where to save; `None` when the dialog was closed.
pub async fn place_to_save(app: &AppHandle, title: &str, name: &str) -> Option<PathBuf> {
    let (say, answer) = oneshot::channel();
    app.dialog().file().set_title(title).set_file_name(name).save_file(move |path| {
        let _ = say.send(path);
    });
    path_of(answer.await.ok().flatten())
}

fn path_of(chosen: Option<FilePath>) -> Option<PathBuf> {
    chosen.and_then(|path| path.into_path().ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::needs_nobody;

    #[test]
    fn only_a_test_of_a_rehearsal_is_answered_without_a_person() {
        assert!(needs_nobody(true, Some("1")));
        for (rehearsal, told) in [(true, None), (true, Some("0")), (false, None), (false, Some("1"))] {
            assert!(!needs_nobody(rehearsal, told), "{rehearsal} {told:?}");
        }
    }

    #[test]
    fn a_file_says_yes_while_it_is_there() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        assert!(needs_nobody(true, Some(&path)) && !needs_nobody(false, Some(&path)));
        drop(file);
        assert!(!needs_nobody(true, Some(&path)));
    }
}
