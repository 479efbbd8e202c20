//! One window at a time. A second start brings the first window forward; while the first one ends, the second is not
//! lost: it becomes the first, or is begun once more by the one that ends.

use std::{
    process::Command,
    sync::{Mutex, PoisonError},
};

use tauri::{AppHandle, Manager as _};

/// How often a start has tried already to hand itself to a window that was ending.
const TRIES: &str = "FOOTBRIDGE_STARTS";
/// And how often it may.
const MOST: u32 = 5;

/// Where this window is in its life, and who wants one after it.
#[derive(Debug, Default)]
pub struct Succession(Mutex<Course>);

#[derive(Debug, Default)]
struct Course {
    ending: bool,
    /// What the next one was started with, and in which folder.
    next: Option<(Vec<String>, String)>,
}

impl Course {
    /// Keeps the words of a start that comes too late for this window.
    fn asked(&mut self, words: Vec<String>, folder: String) {
        if self.ending {
            self.next = Some((words, folder));
        }
    }
}

/// A second start was made with these words, its own name first, in this folder.
pub fn asked(app: &AppHandle, words: Vec<String>, folder: String) {
    // Before the window is there nothing is ending, and it comes by itself.
    if let Some(succession) = app.try_state::<Succession>() {
        succession.0.lock().unwrap_or_else(PoisonError::into_inner).asked(words, folder);
    }
}

/// The window is gone: whoever is started from now on is the first.
pub fn ends(app: &AppHandle) {
    app.state::<Succession>().0.lock().unwrap_or_else(PoisonError::into_inner).ending = true;
    tauri_plugin_single_instance::destroy(app);
}

/// The last deed of this process: who asked while the window went gets a window now.
pub fn hands_on(app: &AppHandle) {
    tauri_plugin_single_instance::destroy(app);
    let next = app.state::<Succession>().0.lock().unwrap_or_else(PoisonError::into_inner).next.take();
    let (Some((words, folder)), Ok(program)) = (next, std::env::current_exe()) else { return };
    // When it cannot be begun there is no window left to say so in.
    let _ = Command::new(program).args(words.iter().skip(1)).current_dir(folder).spawn();
}

/// Begins this start once more, as a process of its own. False when it was tried too often.
pub fn tries_again() -> bool {
    let tries = std::env::var(TRIES).ok().and_then(|text| text.parse().ok()).unwrap_or(0_u32);
    if tries >= MOST {
        return false;
    }
    let Ok(program) = std::env::current_exe() else { return false };
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).env(TRIES, (tries + 1).to_string());
    again.spawn().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_a_window_that_stays_starts_nobody_when_it_ends_much_later() {
        let mut course = Course::default();
        course.asked(vec!["footbridge".to_owned()], "/".to_owned());
        assert_eq!(course.next, None);
    }

    #[test]
    fn who_asks_a_window_that_ends_gets_the_next_one_with_his_words() {
        let mut course = Course { ending: true, next: None };
        let words = vec!["footbridge".to_owned(), "sealed.footbridge".to_owned()];
        course.asked(words.clone(), "/home".to_owned());
        assert_eq!(course.next, Some((words, "/home".to_owned())));
    }
}
