//! A step that another admin does: passed on as a signed file and a text, taken over as a connection of its own.

use std::path::PathBuf;

use engine::{Code, Trouble as Wrong};
use tauri::{AppHandle, ipc::Channel};

use super::{Given, Stage};
use crate::{
    confirm, guard, keep,
    told::speech,
    view::{Checklist, PassedOn, Tick},
};

impl Stage {
    /// Writes a step into a file for the other admin.
    pub async fn pass_on(&self, app: &AppHandle, connection: &str, step: &str) -> Given<PassedOn> {
        let place = self.place(connection)?;
        let passed = place.desk.pass_on(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        let name = format!("{step}.footbridge-step");
        let path = if confirm::answers_itself(place.rehearsal) {
            let folder = self.folder.join("handed-over");
            keep::make_folder(&folder).map_err(|why| self.file_trouble(&why))?;
            Some(folder.join(name))
        } else {
            let title = self
                .say("Save the step for the other admin", "Schritt für den anderen Administrator speichern");
            confirm::place_to_save(app, title, &name).await
        };
        if let Some(path) = &path {
            // The dialog has asked already whether a file of this name may go.
            let _ = std::fs::remove_file(path);
            keep::write_new(path, passed.file.as_bytes()).map_err(|why| self.file_trouble(&why))?;
        }
        Ok(PassedOn { path: path.map(|path| path.display().to_string()), fingerprint: passed.fingerprint })
    }

    /// Opens a step that another admin passed on, as a connection that can run this step only. Nothing is changed in a
    /// tenant by it; the step shows who asks, and somebody has to sign in.
    pub async fn take_over(&self, app: &AppHandle) -> Given<Option<Checklist>> {
        let Some(path) = self.chosen_step(app).await else { return Ok(None) };
        let file = self.small_file(&path)?;
        let mut desks = vec![self.real()?.desk];
        desks.extend(self.rehearsal.get().map(|rehearsal| rehearsal.desk.clone()));
        let mut refused = Wrong::new(Code::FileInvalid);
        for desk in desks {
            match self.taken_by(&desk, &file) {
                Ok(connection) => return self.open(&connection).await.map(Some),
                // A file of the rehearsal is for the rehearsal's desk, and says so by this field.
                Err(wrong) if wrong.field.as_deref() == Some("place") => refused = wrong,
                Err(wrong) => return Err(self.trouble(&wrong)),
            }
        }
        Err(self.trouble(&refused))
    }

    /// Points a step at an application that was made by hand, then looks at every step.
    pub async fn point_at(
        &self,
        connection: &str,
        step: &str,
        application: &str,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let told = self.teller(&place, connection, step, ticks);
        let pointing = place.desk.point_at(connection, step, application);
        self.working(&place, connection, pointing).await?;
        let list = self.working(&place, connection, place.desk.check_all(connection, &told)).await?;
        self.view(&place, list, step).await
    }

    /// Brings an application back that this step removed, after a native question.
    pub async fn bring_back(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let lines = [self
            .say("+ the application that was removed", "+ die Anwendung, die entfernt wurde")
            .to_owned()];
        let question = self.question(&list, step, &lines, self.say("Bring it back", "Zurückholen"));
        if !confirm::ask(app, place.rehearsal, question).await {
            return self.view(&place, list, step).await;
        }
        let told = self.teller(&place, connection, step, ticks);
        let list = self.working(&place, connection, place.desk.bring_back(connection, step, &told)).await?;
        self.view(&place, list, step).await
    }

    /// Takes a step over under the name that the file proposes, or the next one that is free.
    fn taken_by(&self, desk: &engine::Desk, file: &str) -> Result<String, Wrong> {
        let language = speech(self.language());
        let mut outcome = desk.take_over(file, None, language);
        for number in 2..100 {
            let Err(wrong) = &outcome else { break };
            if wrong.code != Code::ConnectionExists {
                break;
            }
            let name = wrong.values.get("name").cloned().unwrap_or_default();
            let base = name.rsplit_once(" #").map_or(name.as_str(), |(base, _)| base);
            outcome = desk.take_over(file, Some(&format!("{base} #{number}")), language);
        }
        outcome.map(|received| received.connection)
    }

    async fn chosen_step(&self, app: &AppHandle) -> Option<PathBuf> {
        if confirm::answers_itself(guard::is_driven()) {
            let mut files =
                std::fs::read_dir(self.folder.join("handed-over")).into_iter().flatten().flatten();
            return files.find_map(|file| {
                Some(file.path()).filter(|path| path.extension().is_some_and(|end| end == "footbridge-step"))
            });
        }
        let (title, kind) = (self.say("Open a step", "Schritt öffnen"), self.say("Steps", "Schritte"));
        confirm::file(app, title, kind, &["footbridge-step"]).await
    }
}
