//! Keeps where the window stands and how large it is, soon after each change: at the end of a desktop session
//! nobody closes the window first.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tauri::AppHandle;
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
