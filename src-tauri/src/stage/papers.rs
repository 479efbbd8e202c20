//! What leaves by the admin's own act: the clipboard, the sealed file, the papers, the Teams script, and pages in
//! the browser. A secret goes straight from the vault to where it was asked to go.

use std::path::PathBuf;

use engine::{
    Code, HandOverTo, Recipient, Shown, Trouble as Wrong, bundle,
    secrecy::{ExposeSecret as _, SecretString},
};
use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;

use super::{Given, Place, Stage, lock};
use crate::{
    clipboard,
    confirm::{self, Question, Yes},
    guard, keep,
    shown::Sight,
    told::speech,
    view::{Checklist, Copied, Saved, Seal},
};

impl Stage {
    /// Puts a value on the clipboard by its name; a secret after a native question, for other programs can read it there.
    pub async fn copy_value<Asked>(
        &self,
        connection: &str,
        value: &str,
        ask: impl FnOnce(bool, Question) -> Asked,
    ) -> Given<Copied>
    where
        Asked: Future<Output = Option<Yes>>,
    {
        let place = self.place(connection)?;
        let failed = |why: arboard::Error| self.plain_trouble("clipboard", &why.to_string(), "");
        if let Some(secret) = self.secret(&place, connection, value)? {
            let question = self.before_laying_open(
                self.say("Copy the secret?", "Geheimnis kopieren?"),
                self.say(
                    "It lies on the clipboard for 45 seconds. Until then every program of yours can read it.",
                    "Es liegt 45 Sekunden in der Zwischenablage. So lange kann jedes Ihrer Programme es lesen.",
                ),
                self.say("Copy", "Kopieren"),
            );
            let Some(yes) = ask(place.rehearsal, question).await else {
                return Ok(Copied { done: false, cleared_after: None });
            };
            clipboard::copy_secret(secret, yes).map_err(failed)?;
            let stays = u32::try_from(clipboard::SECRET_STAYS.as_secs()).unwrap_or(u32::MAX);
            return Ok(Copied { done: true, cleared_after: Some(stays) });
        }
        let text = self.open_text(&place, connection, value)?;
        clipboard::copy(&text).map_err(failed)?;
        Ok(Copied { done: true, cleared_after: None })
    }

    fn before_laying_open(&self, title: &str, text: &str, yes: &str) -> Question {
        Question {
            title: title.to_owned(),
            text: text.to_owned(),
            yes: yes.to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        }
    }

    fn secret(&self, place: &Place, connection: &str, value: &str) -> Given<Option<SecretString>> {
        let Some(field) = value.strip_prefix("field:") else { return Ok(None) };
        let values = place.desk.values(connection).map_err(|wrong| self.trouble(&wrong))?;
        if !values.iter().any(|one| one.id == field && one.value == Shown::Secret) {
            return Ok(None);
        }
        place.desk.secret_value(connection, field).map(Some).map_err(|wrong| self.trouble(&wrong))
    }

    fn open_text(&self, place: &Place, connection: &str, value: &str) -> Given<String> {
        let missing = || self.trouble(&Wrong::new(Code::NotFound).with("path", value));
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let open = lock(&self.open)
            .get(connection)
            .map(|open| (open.step.clone(), open.code.clone()))
            .unwrap_or_default();
        let mut parts = value.splitn(3, ':');
        let text = match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
            ("sign-in-code", None, None) => open.1,
            ("value", Some(step), Some(name)) => {
                list.step(step).and_then(|step| step.outputs.get(name).cloned())
            }
            ("field", Some(field), None) => {
                let values = place.desk.values(connection).map_err(|wrong| self.trouble(&wrong))?;
                values.into_iter().find_map(|one| match one.value {
                    Shown::Text(text) if one.id == field => Some(text),
                    _ => None,
                })
            }
            ("text", Some(step), None) => {
                let sight =
                    Sight::of(&place.desk, list, self.language()).map_err(|wrong| self.trouble(&wrong))?;
                sight.list.step(step).and_then(|step| sight.hand_over_text(step))
            }
            ("script", None, None) => {
                place.desk.teams_packet(connection, &open.0).ok().map(|packet| packet.script.to_owned())
            }
            ("commands", None, None) => place.desk.axigen_script(connection).ok(),
            _ => None,
        };
        text.ok_or_else(missing)
    }

    /// Opens a page whose address the core holds.
    pub async fn open_link(&self, app: &AppHandle, connection: &str, link: &str) -> Given<()> {
        let address = lock(&self.open).get(connection).and_then(|open| open.links.get(link).cloned());
        let address = address.ok_or_else(|| self.trouble(&Wrong::new(Code::NotFound).with("path", link)))?;
        if !guard::may_open(&address) {
            return Err(self.plain_trouble(
                "link",
                self.say("Only https pages are opened.", "Nur https-Seiten werden geöffnet."),
                "",
            ));
        }
        app.opener()
            .open_url(address.as_str(), None::<&str>)
            .map_err(|why| self.plain_trouble("browser", &why.to_string(), ""))
    }

    /// Seals the values and writes file, sheet and report into a folder that the admin chooses.
    pub async fn seal(&self, app: &AppHandle, connection: &str, step: &str, seal: Seal) -> Given<Checklist> {
        let place = self.place(connection)?;
        let recipient = match seal {
            Seal::Passphrase {} => Recipient::Passphrase,
            Seal::Recipient { key } => Recipient::Key(self.receiver(&key)?),
            Seal::Offer {} => Recipient::Offer,
        };
        let title = self.say("Folder for the sealed file", "Ordner für die versiegelte Datei");
        let Some(folder) = self.folder_for(app, &place, title).await? else {
            return self.look(connection, step).await;
        };
        let to = HandOverTo { folder, recipient, language: speech(self.language()) };
        place.desk.hand_over(connection, step, &to).map_err(|wrong| self.trouble(&wrong))?;
        self.look(connection, step).await
    }

    fn receiver(&self, text: &str) -> Given<bundle::RecipientKey> {
        // An offer holds a key as well; sealed to the key alone, its product would refuse what answers no nonce.
        if bundle::Offer::parse(text).is_ok() {
            return Err(self.plain_trouble(
                "offer",
                self.say("This is an offer: take it first.", "Das ist ein Angebot: Nehmen Sie es zuerst an."),
                "offer",
            ));
        }
        bundle::RecipientKey::read(text.trim())
            .map_err(|why| self.plain_trouble("offer", &why.to_string(), "offer"))
    }

    /// Shows the passphrase of the last sealed file in a window of its own, after a native question.
    pub async fn show_passphrase(&self, app: &AppHandle, connection: &str) -> Given<()> {
        let place = self.place(connection)?;
        let passphrase = place.desk.passphrase(connection).map_err(|wrong| self.trouble(&wrong))?;
        let said = self.say(
            "Tell it by another way than the file.",
            "Teilen Sie sie auf einem anderen Weg mit als die Datei.",
        );
        let title = self.say("Passphrase of the sealed file", "Passphrase der versiegelten Datei");
        let question = self.before_laying_open(
            self.say("Show the passphrase?", "Passphrase anzeigen?"),
            self.say(
                "It stands readable on the screen until you close its window.",
                "Sie steht lesbar auf dem Bildschirm, bis Sie ihr Fenster schließen.",
            ),
            self.say("Show", "Anzeigen"),
        );
        let Some(yes) = confirm::yes(app, place.rehearsal, question).await else { return Ok(()) };
        confirm::show(app, title, format!("{}\n\n{said}", passphrase.expose_secret()), yes).await;
        Ok(())
    }

    /// Saves the hand-over sheet.
    pub async fn save_sheet(&self, app: &AppHandle, connection: &str) -> Given<Saved> {
        let place = self.place(connection)?;
        let text =
            place.desk.sheet(connection, speech(self.language())).map_err(|wrong| self.trouble(&wrong))?;
        self.save_paper(app, place.rehearsal, "footbridge-sheet.html", &text).await
    }

    /// Saves the page for the end users, once in each language.
    pub async fn save_page(&self, app: &AppHandle, connection: &str, step: &str) -> Given<Saved> {
        let place = self.place(connection)?;
        let mut pages = Vec::new();
        for language in engine::guide::Language::ALL {
            let page = place.desk.page(connection, step, language).map_err(|wrong| self.trouble(&wrong))?;
            pages.push((format!("footbridge-{step}-{}.html", language.code()), page));
        }
        let title =
            self.say("Folder for the page, in two languages", "Ordner für die Seite, in zwei Sprachen");
        let Some(folder) = self.folder_for(app, &place, title).await? else {
            return Ok(Saved { path: None });
        };
        for (name, page) in &pages {
            keep::write_new(&folder.join(name), page.as_bytes()).map_err(|why| self.file_trouble(&why))?;
        }
        Ok(Saved { path: Some(folder.display().to_string()) })
    }

    /// Saves the evidence report.
    pub async fn save_report(&self, app: &AppHandle, connection: &str) -> Given<Saved> {
        let place = self.place(connection)?;
        let text =
            place.desk.report(connection, speech(self.language())).map_err(|wrong| self.trouble(&wrong))?;
        self.save_paper(app, place.rehearsal, "footbridge-report.html", &text).await
    }

    /// Saves a page that is made to be printed, and remembers where it lies.
    async fn save_paper(&self, app: &AppHandle, rehearsal: bool, name: &str, text: &str) -> Given<Saved> {
        let saved = if confirm::answers_itself(rehearsal) {
            let folder = self.folder.join("handed-over");
            keep::make_folder(&folder).map_err(|why| self.file_trouble(&why))?;
            self.put(&folder.join(name), text.as_bytes())?
        } else {
            self.save(app, name, text.as_bytes()).await?
        };
        if let Some(path) = &saved.path {
            *lock(&self.paper) = Some(PathBuf::from(path));
        }
        Ok(saved)
    }

    /// Opens the page that was saved last. Its place is known here only: the web view names no file.
    pub async fn open_paper(&self, app: &AppHandle) -> Given<()> {
        let missing = || self.trouble(&Wrong::new(Code::NotFound).with("path", "paper"));
        let path = lock(&self.paper).clone().ok_or_else(missing)?;
        let path = path.display().to_string();
        app.opener()
            .open_path(path, None::<&str>)
            .map_err(|why| self.plain_trouble("browser", &why.to_string(), ""))
    }

    /// Saves script and parameters side by side for the Teams or Exchange admin; or those that take the step back.
    pub async fn save_script(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        undo: bool,
    ) -> Given<Saved> {
        let place = self.place(connection)?;
        let packet = match undo {
            true => place.desk.undo_packet(connection, step),
            false => place.desk.teams_packet(connection, step),
        };
        let packet = packet.map_err(|wrong| self.trouble(&wrong))?;
        let title = self.say("Folder for the script", "Ordner für das Skript");
        let Some(folder) = self.folder_for(app, &place, title).await? else {
            return Ok(Saved { path: None });
        };
        let parameters = serde_json::to_vec_pretty(&packet.parameters).unwrap_or_default();
        let folder = folder.join(format!("footbridge-{step}{}", if undo { "-undo" } else { "" }));
        keep::make_folder(&folder).map_err(|why| self.file_trouble(&why))?;
        let script = folder.join(packet.kind.file_name());
        keep::write_new(&script, packet.script.as_bytes()).map_err(|why| self.file_trouble(&why))?;
        keep::write_new(&folder.join("parameters.json"), &parameters)
            .map_err(|why| self.file_trouble(&why))?;
        Ok(Saved { path: Some(folder.display().to_string()) })
    }

    /// Reads the result that the Teams admin sent back.
    pub async fn read_script_result(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let title = self.say("Open the result file", "Ergebnisdatei öffnen");
        let Some(path) = confirm::file(app, title, "JSON", &["json"]).await else {
            return self.look(connection, step).await;
        };
        let text = self.small_file(&path)?;
        let list =
            place.desk.take_teams_result(connection, step, &text).map_err(|wrong| self.trouble(&wrong))?;
        self.view(&place, list, step).await
    }

    /// A new file at a place that the admin chooses.
    pub(super) async fn save(&self, app: &AppHandle, name: &str, bytes: &[u8]) -> Given<Saved> {
        let title = self.say("Save", "Speichern");
        let Some(path) = confirm::place_to_save(app, title, name).await else {
            return Ok(Saved { path: None });
        };
        // The dialog has asked already whether a file of this name may go.
        self.put(&path, bytes)
    }

    /// A file in the place of what has this name.
    fn put(&self, path: &std::path::Path, bytes: &[u8]) -> Given<Saved> {
        let _ = std::fs::remove_file(path);
        keep::write_new(path, bytes).map_err(|why| self.file_trouble(&why))?;
        Ok(Saved { path: Some(path.display().to_string()) })
    }

    pub(super) async fn folder_for(
        &self,
        app: &AppHandle,
        place: &Place,
        title: &str,
    ) -> Given<Option<PathBuf>> {
        if confirm::answers_itself(place.rehearsal) {
            let folder = self.folder.join("handed-over");
            keep::make_folder(&folder).map_err(|why| self.file_trouble(&why))?;
            return Ok(Some(folder));
        }
        Ok(confirm::folder(app, title).await)
    }
}
