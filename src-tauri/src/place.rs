//! Keeps where the window stands and how large it is, soon after each change: at the end of a desktop session
//! nobody closes the window first. And draws its content as large as the admin wants it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tauri::{AppHandle, Manager as _};
use tauri_plugin_window_state::{AppHandleExt as _, StateFlags};

/// A change is kept when none followed for this long.
const QUIET: Duration = Duration::from_millis(500);

static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Keeps the window's place once it has come to rest. Where that fails, the next start opens as the first did.
pub fn keep_soon(app: &AppHandle) {
    let mine = CHANGES.fetch_add(1, Ordering::Relaxed) + 1;
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(QUIET).await;
        if CHANGES.load(Ordering::Relaxed) == mine {
            let keeper = app.clone();
            // On the thread of the window: elsewhere the plugin would wait for it while it waits for the plugin.
            let _ = app.run_on_main_thread(move || drop(keeper.save_window_state(StateFlags::all())));
        }
    });
}

/// Draws the page so large, in percent. Where the web view refuses, everything stays as it is.
pub fn draw_at(app: &AppHandle, percent: u32) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.set_zoom(f64::from(percent) / 100.0);
    }
}
