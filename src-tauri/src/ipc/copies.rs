//! The commands that put something on the clipboard; the text itself never goes through the page.

use tauri::{AppHandle, State};

use super::Given;
use crate::{confirm, stage::Stage, view::Copied};

/// Puts a value on the clipboard by its name; a secret after a native question, and it is taken away again after 45 s.
#[tauri::command]
pub async fn copy_value(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    value: String,
) -> Given<Copied> {
    stage.copy_value(&connection, &value, |rehearsal, question| confirm::yes(&app, rehearsal, question)).await
}

/// Puts a thumbprint on the clipboard by the name of its spelling.
#[tauri::command]
pub async fn copy_thumbprint(
    stage: State<'_, Stage>,
    certificate: String,
    spelling: String,
) -> Given<Copied> {
    stage.copy_thumbprint(&certificate, &spelling).await
}
