//! The shell: folders, the one window, what it may do, and nothing that decides. The only place that knows Tauri.
//! It must never speak to Microsoft, read the database, or put a secret into the web view.

#[cfg(test)]
mod allowed;
#[cfg(test)]
mod bindings;
mod clipboard;
mod confirm;
mod environment;
mod first_page;
mod guard;
mod ipc;
mod judged;
mod keep;
mod place;
mod prompt;
mod refused;
mod remind;
mod shown;
mod stage;
mod succession;
mod told;
mod view;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use crate::{first_page::FirstPage, stage::Stage, succession::Succession};

/// The page asks what was opened when it hears this.
const FILE_OPENED: &str = "file-opened";

/// What each thread of the core may have on its stack. A step that signs in, looks, changes and proves is one deep future, which
/// in a build without optimisation is larger than the usual two mebibytes; it is address space, and taken only where it is used.
const STACK: usize = 16 * 1024 * 1024;

/// The window could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The web view or the event loop refused.
    #[error("the window could not be opened: {0}")]
    Window(#[from] tauri::Error),
    /// The core's threads could not be started.
    #[error("the core could not be started: {0}")]
    Core(std::io::Error),
    /// The folder for data could not be made.
    #[error("the folder {folder} cannot be used: {why}; see who owns it and its parents")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// [`StartError`] when there is no display, no web view, or no folder for data.
pub fn run() -> Result<(), StartError> {
    environment::settle();
    engine::vault::tell_only_the_place_of_a_panic();
    // Without it the program works as well; a dump is written only where somebody asked for dumps.
    let _ = engine::vault::keep_out_of_dumps();
    let core = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let core = core.map_err(StartError::Core)?;
    tauri::async_runtime::set(core.handle().clone());
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, words, folder| {
            hand(app, stage::among(words.iter().skip(1), Path::new(&folder)));
            succession::asked(app, words, folder);
            bring_forward(app);
        }))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(ipc::commands())
        .setup(|app| {
            let folder = data_folder(app.handle())?;
            let first = keep::read(&folder);
            let zoom = first.settings.zoom;
            app.manage(Stage::new(folder, first, stage::obeyed()));
            app.manage(Succession::default());
            app.manage(FirstPage::default());
            begin(app.handle().clone());
            let here = std::env::current_dir().unwrap_or_default();
            hand(app.handle(), stage::among(std::env::args_os().skip(1), &here));
            open_window(app.handle())?;
            place::draw_at(app.handle(), zoom);
            remind::begin(app.handle());
            Ok(())
        })
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { .. } => window.state::<Stage>().close(),
            WindowEvent::Destroyed => succession::ends(window.app_handle()),
            WindowEvent::Resized(_) | WindowEvent::Moved(_) => place::keep_soon(window.app_handle()),
            _ => {}
        })
        .build(context());
    // The one that was there ended while it was asked: whoever started this one still wants a window.
    if matches!(&built, Err(tauri::Error::PluginInitialization(name, _)) if name == "single-instance")
        && succession::tries_again()
    {
        return Ok(());
    }
    built?.run(|app, event| match event {
        RunEvent::Exit => succession::hands_on(app),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => hand(app, urls.iter().find_map(|url| url.to_file_path().ok())),
        _ => {}
    });
    Ok(())
}

/// Reads keyring, journal and guides while the web view starts, and makes ready what the first screen shows.
fn begin(app: AppHandle) {
    tauri::async_runtime::spawn_blocking(move || {
        // What stands in the way is told to the page when it asks.
        if let Ok(home) = tauri::async_runtime::block_on(app.state::<Stage>().home()) {
            app.state::<FirstPage>().keep(&home);
        }
    });
}

/// Keeps a file that the app was opened with, and tells the page that there is one.
fn hand(app: &AppHandle, file: Option<PathBuf>) {
    let (Some(file), Some(stage)) = (file, app.try_state::<Stage>()) else { return };
    stage.hand(file);
    // A page that is not there yet asks by itself when it begins.
    let _ = app.emit(FILE_OPENED, ());
}

/// The page, the settings and the access list, as they were built in.
fn context() -> tauri::Context<tauri::Wry> {
    tauri::generate_context!()
}

/// Says on the terminal why the window did not open; there is no window to say it in.
pub fn tell_start_failed(why: &StartError) {
    let _ = writeln!(std::io::stderr(), "Footbridge: {why}");
}

fn open_window(app: &AppHandle) -> Result<(), tauri::Error> {
    let asked = app.clone();
    WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
        .title("Footbridge")
        .inner_size(1480.0, 920.0)
        .min_inner_size(720.0, 520.0)
        .incognito(!guard::is_driven())
        .on_navigation(guard::may_show)
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_web_resource_request(move |request, response| {
            asked.state::<FirstPage>().lay_into(&request, response)
        })
        .build()?;
    Ok(())
}

/// Shows the window above the others.
fn bring_forward(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// `FOOTBRIDGE_DATA_DIR`, or the system's own folder for this app; made for its owner only.
fn data_folder(app: &AppHandle) -> Result<PathBuf, StartError> {
    let own = std::env::var_os("FOOTBRIDGE_DATA_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = match own {
        Some(folder) => folder,
        None => app.path().app_local_data_dir()?,
    };
    keep::make_folder(&folder).map_err(|why| StartError::Folder { folder: folder.clone(), why })?;
    Ok(folder)
}
