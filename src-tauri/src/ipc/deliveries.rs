//! The commands that take a sealed bundle to the product: its offer, the push, and a server's folder.

use tauri::{AppHandle, State};

use super::Given;
use crate::{
    stage::Stage,
    view::{Checklist, Sftp},
};

/// Takes the product's offer, a pasted text or the https address that shows it, after its fingerprint was compared in a
/// native dialog.
#[tauri::command]
pub async fn take_offer(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    offer: String,
) -> Given<Checklist> {
    stage.take_offer(&app, &connection, &step, &offer).await
}

/// Takes the product's offer out of a file that is chosen in a native dialog.
#[tauri::command]
pub async fn pick_offer(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
) -> Given<Checklist> {
    stage.pick_offer(&app, &connection, &step).await
}

/// Pushes the sealed values to the address in the offer, after a native question that shows what goes where.
#[tauri::command]
pub async fn push(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
) -> Given<Checklist> {
    stage.push(&app, &connection, &step).await
}

/// Puts the sealed values into a server's folder, after its host key was compared and a native question.
#[tauri::command]
pub async fn send_by_sftp(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    to: Sftp,
) -> Given<Checklist> {
    stage.send_by_sftp(&app, &connection, &step, &to).await
}

/// Says for whom a connection is; an empty name takes it back.
#[tauri::command]
pub async fn set_customer(stage: State<'_, Stage>, connection: String, customer: String) -> Given<Checklist> {
    stage.set_customer(&connection, &customer).await
}
