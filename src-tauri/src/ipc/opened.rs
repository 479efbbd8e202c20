//! The commands for what the app was opened with, and for the paper that it opens in the browser.

use tauri::{AppHandle, State};

use super::Given;
use crate::{stage::Stage, view::OpenedFile};

/// What the app was opened with from the file manager, once; nothing of it is used or opened yet.
#[tauri::command]
pub async fn opened_file(stage: State<'_, Stage>) -> Given<Option<OpenedFile>> {
    stage.opened_file().await
}

/// Opens the sheet or report that was saved last in the system's browser, to be read and printed there.
#[tauri::command]
pub async fn open_paper(app: AppHandle, stage: State<'_, Stage>) -> Given<()> {
    stage.open_paper(&app).await
}
