//! The commands for guides that are not built in, for steps that pass between two admins, and for what was there before.

use tauri::{AppHandle, State, ipc::Channel};

use super::Given;
use crate::{
    stage::Stage,
    view::{Checklist, Home, OwnGuide, PassedOn, Saved, Tick},
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

/// Points a step at an application that was made by hand, and looks at every step.
#[tauri::command]
pub async fn point_at(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    application: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.point_at(&connection, &step, &application, ticks).await
}

/// Brings an application back that a step removed, after a native question.
#[tauri::command]
pub async fn bring_back(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.bring_back(&app, &connection, &step, ticks).await
}

/// Saves the page for the end users, in both languages.
#[tauri::command]
pub async fn save_page(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
) -> Given<Saved> {
    stage.save_page(&app, &connection, &step).await
}
