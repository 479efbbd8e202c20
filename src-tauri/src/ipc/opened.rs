//! The command for what the app was opened with.

use tauri::State;

use super::Given;
use crate::{stage::Stage, view::OpenedFile};

/// What the app was opened with from the file manager, once; nothing of it is used or opened yet.
#[tauri::command]
pub async fn opened_file(stage: State<'_, Stage>) -> Given<Option<OpenedFile>> {
    stage.opened_file().await
}
