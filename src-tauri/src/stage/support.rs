//! The support report: what was shown is what is saved, byte for byte.

use engine::{AskedBy, Desk};
use tauri::AppHandle;

use super::{Given, Stage, lock};
use crate::view::Saved;

impl Stage {
    /// The report of the real desk, and of the rehearsal where there is one.
    pub async fn support_report(&self) -> Given<String> {
        let by = AskedBy { program: "window", version: env!("CARGO_PKG_VERSION") };
        let report = |desk: &Desk| desk.support_report(by).map_err(|wrong| self.trouble(&wrong));
        let mut text = report(&self.real()?.desk)?;
        if let Some(rehearsal) = self.rehearsal.get() {
            text.push('\n');
            text.push_str(&report(&rehearsal.desk)?);
        }
        lock(&self.reported).clone_from(&text);
        Ok(text)
    }

    /// Saves what was shown last.
    pub async fn save_support_report(&self, app: &AppHandle) -> Given<Saved> {
        let text = lock(&self.reported).clone();
        self.save(app, "footbridge-support.txt", text.as_bytes()).await
    }
}
