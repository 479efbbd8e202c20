//! The support report: shown whole, then saved as it was shown.

use tauri::{AppHandle, State};

use super::Given;
use crate::{stage::Stage, view::Saved};

/// The support report as it would be saved; nothing secret and nobody's name is in it.
#[tauri::command]
pub async fn support_report(stage: State<'_, Stage>) -> Given<String> {
    stage.support_report().await
}

/// Saves the support report that was shown last, at a place that is chosen natively.
#[tauri::command]
pub async fn save_support_report(app: AppHandle, stage: State<'_, Stage>) -> Given<Saved> {
    stage.save_support_report(&app).await
}
