//! The commands for guides that are not built in and for steps that pass between two admins.

use tauri::{AppHandle, State};

use super::Given;
use crate::{
    stage::Stage,
    view::{Checklist, Home, OwnGuide, PassedOn},
};

/// Opens a guide's file or folder, chosen in a native dialog, and shows it; it is not in use yet.
#[tauri::command]
pub async fn open_own_guide(
    app: AppHandle,
    stage: State<'_, Stage>,
    folder: bool,
) -> Given<Option<OwnGuide>> {
    stage.open_own_guide(&app, folder).await
}

/// Lets the guide that was opened be used, after a native question.
#[tauri::command]
pub async fn take_own_guide(app: AppHandle, stage: State<'_, Stage>) -> Given<Home> {
    stage.take_own_guide(&app).await
}

/// Trusts the key of the guide that was opened, after its fingerprint was typed natively.
#[tauri::command]
pub async fn pin_guide_key(app: AppHandle, stage: State<'_, Stage>) -> Given<Option<OwnGuide>> {
    stage.pin_guide_key(&app).await
}

/// Takes a guide out of use, after a native question.
#[tauri::command]
pub async fn forget_own_guide(app: AppHandle, stage: State<'_, Stage>, guide: String) -> Given<Home> {
    stage.forget_own_guide(&app, &guide).await
}

/// Writes a step into a file for another admin, at a place chosen in a native dialog.
#[tauri::command]
pub async fn pass_on(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
) -> Given<PassedOn> {
    stage.pass_on(&app, &connection, &step).await
}

/// Opens a step that another admin passed on, chosen in a native dialog.
#[tauri::command]
pub async fn take_over(app: AppHandle, stage: State<'_, Stage>) -> Given<Option<Checklist>> {
    stage.take_over(&app).await
}
