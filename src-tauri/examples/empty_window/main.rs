//! A window of the same framework and web view with one coloured page and one button in it. `cargo xtask bench` compares
//! Footbridge's own window with it; nothing else uses it.

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> Result<(), tauri::Error> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
                .title("Empty")
                .inner_size(1480.0, 920.0)
                .min_inner_size(720.0, 520.0)
                .incognito(true)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/empty_window/tauri.conf.json"))
}
