//! Reminders by the system's own notifications: at the start and once a day while the window is open. Each is told once,
//! which the desk keeps; where the system shows none, it is tried again the next day.

use std::time::Duration;

use engine::{Desk, Reminder, cloud::Clock as _};
use notify_rust::Notification;
use tauri::{AppHandle, Emitter as _, Manager as _};
use time::OffsetDateTime;

use crate::{
    stage::Stage,
    told::{either, speech},
    view::Language,
};

/// The page goes to the renewals when it hears this.
const CLICKED: &str = "renewals-wanted";
/// The window has come to rest by then, and a vault that is asked for is open.
const FIRST: Duration = Duration::from_secs(20);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether and in which language to tell.
pub struct Wish {
    /// Whether the admin wants to be told.
    pub wanted: bool,
    /// The language.
    pub language: Language,
}

/// Begins to remind, as long as the app lives.
pub fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut pause = FIRST;
        loop {
            engine::cloud::SystemClock.sleep(pause).await;
            app.state::<Stage>().remind(&app);
            pause = DAY;
        }
    });
}

/// Tells of what is due at a desk at a moment; does not wait until it is shown.
pub fn tell(app: &AppHandle, desk: &Desk, wish: &Wish, now: OffsetDateTime) {
    let due = if wish.wanted { desk.reminders(now).unwrap_or_default() } else { Vec::new() };
    for reminder in due {
        let (app, desk, notice) = (app.clone(), desk.clone(), notice(&reminder, wish.language));
        // A click is waited for, so each has a thread of its own.
        std::thread::spawn(move || show(&app, &notice, || drop(desk.reminded(&reminder))));
    }
}

fn notice(reminder: &Reminder, language: Language) -> Notification {
    let pretend = if reminder.entry.rehearsal { either(language, "Rehearsal: ", "Probe: ") } else { "" };
    let mut notice = Notification::new();
    notice
        .appname("Footbridge")
        .summary(&format!("{pretend}{}", reminder.title.in_language(speech(language))))
        .body(&reminder.body.in_language(speech(language)))
        .icon("footbridge-desktop");
    notice
}

#[cfg(target_os = "linux")]
fn show(app: &AppHandle, notice: &Notification, shown: impl FnOnce()) {
    let mut notice = notice.clone();
    notice.action("default", "Footbridge");
    let Ok(handle) = notice.show() else { return };
    shown();
    handle.wait_for_action(|action| {
        if action == "default" {
            clicked(app);
        }
    });
}

#[cfg(not(target_os = "linux"))]
fn show(_: &AppHandle, notice: &Notification, shown: impl FnOnce()) {
    if notice.show().is_ok() {
        shown();
    }
}

#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn clicked(app: &AppHandle) {
    let above = app.clone();
    let _ = app.run_on_main_thread(move || crate::bring_forward(&above));
    let _ = app.emit(CLICKED, ());
}
