//! Choosing people: search, pasted lists, files. Addresses are looked up in the directory; nothing is guessed.

use std::{collections::HashSet, path::Path};

use engine::{
    Code, FoundUser, Trouble as Wrong,
    guide::{Action, AskKind},
};
use serde_json::{Value, json};
use tauri::AppHandle;

use super::{Given, Stage};
use crate::{
    confirm,
    shown::small,
    view::{Checklist, MissedLine, PeopleFound, PeopleRead, Person},
};

/// A pasted list or a file may have this many people.
const MOST: usize = 500;
/// And this many bytes.
const LARGEST: u64 = 1024 * 1024;
/// A search answers at most this many.
const PAGE: usize = 25;

impl Stage {
    /// Searches the directory.
    pub async fn find_people(&self, connection: &str, words: &str) -> Given<PeopleFound> {
        let place = self.place(connection)?;
        let found = place.desk.search_users(connection, words).await.map_err(|wrong| self.trouble(&wrong))?;
        Ok(PeopleFound { more: found.len() >= PAGE, people: found.into_iter().map(person).collect() })
    }

    /// Finds the people of a list: in each line the first cell that is an address or an object id.
    pub async fn read_people(&self, connection: &str, text: &str) -> Given<PeopleRead> {
        let place = self.place(connection)?;
        let mut read = PeopleRead { found: Vec::new(), missing: Vec::new(), doubled: 0 };
        let mut seen = HashSet::new();
        for (line, name) in named(text) {
            let missed = |why: &str| MissedLine {
                line: small(line),
                text: name.chars().take(120).collect(),
                why: why.to_owned(),
            };
            if !is_address(&name) && !is_id(&name) {
                if line > 1 {
                    read.missing.push(missed(
                        self.say("no address and no object ID", "keine Adresse und keine Objekt-ID"),
                    ));
                }
                continue;
            }
            if !seen.insert(name.to_lowercase()) {
                read.doubled += 1;
                continue;
            }
            if seen.len() > MOST {
                read.missing.push(missed(self.say("the list is too long", "die Liste ist zu lang")));
                break;
            }
            if is_id(&name) {
                // An id is looked up with the step itself; here it is taken as it stands.
                read.found.push(Person {
                    id: name.clone(),
                    user_principal_name: name.clone(),
                    name,
                    enabled: true,
                    guest: false,
                    teams: None,
                });
                continue;
            }
            let found =
                place.desk.search_users(connection, &name).await.map_err(|wrong| self.trouble(&wrong))?;
            match found.into_iter().find(|user| user.user_principal_name.eq_ignore_ascii_case(&name)) {
                Some(user) => read.found.push(person(user)),
                None => read.missing.push(missed(
                    self.say("no such address in the tenant", "keine solche Adresse im Mandanten"),
                )),
            }
        }
        Ok(read)
    }

    /// The same with a file.
    pub async fn pick_people_file(&self, app: &AppHandle, connection: &str) -> Given<Option<PeopleRead>> {
        let title = self.say("Open a CSV file", "CSV-Datei öffnen");
        let Some(path) = confirm::file(app, title, "CSV", &["csv", "txt"]).await else { return Ok(None) };
        let text = self.small_file(&path)?;
        self.read_people(connection, &text).await.map(Some)
    }

    /// Keeps who was chosen.
    pub async fn choose_people(&self, connection: &str, step: &str, people: Vec<String>) -> Given<Checklist> {
        let place = self.place(connection)?;
        let guide = place.desk.guide_of(connection).map_err(|wrong| self.trouble(&wrong))?;
        let Some(Action::ChooseUsers { ask, .. }) = guide.step(step).map(|step| &step.action) else {
            return Err(self.trouble(&Wrong::new(Code::StepUnknown).with("name", step)));
        };
        let value = if people.is_empty() { Value::Null } else { json!(people) };
        place.desk.answer(connection, ask, value).map_err(|wrong| self.trouble(&wrong))?;
        self.look(connection, step).await
    }

    /// Answers an ask with a file; the engine reads it when the step is looked at.
    pub async fn pick_file(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        ask: &str,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let guide = place.desk.guide_of(connection).map_err(|wrong| self.trouble(&wrong))?;
        let is_list = guide.ask(ask).is_some_and(|ask| matches!(ask.kind, AskKind::Csv {}));
        // A rehearsal has pretend files of its own: nobody has to make a certificate for a product that is not there.
        if let Some(rehearsal) = self.rehearsal.get().filter(|_| place.rehearsal) {
            let pretend = rehearsal.answers(guide, 0).into_iter().find(|(id, _)| id == ask);
            if let Some((_, value)) = pretend {
                place.desk.answer(connection, ask, value).map_err(|wrong| self.trouble(&wrong))?;
            }
            return self.look(connection, step).await;
        }
        let picked = if is_list {
            let title = self.say("Choose the product's export", "Export des Produkts auswählen");
            confirm::file(app, title, "CSV", &["csv", "txt"]).await
        } else {
            let title = self.say("Choose the certificate", "Zertifikat auswählen");
            let kind = self.say("Certificates", "Zertifikate");
            confirm::file(app, title, kind, &["cer", "crt", "pem", "der"]).await
        };
        if let Some(path) = picked {
            let value = json!(path.display().to_string());
            place.desk.answer(connection, ask, value).map_err(|wrong| self.trouble(&wrong))?;
        }
        self.look(connection, step).await
    }

    /// A text file of at most a mebibyte.
    pub(super) fn small_file(&self, path: &Path) -> Given<String> {
        let size = std::fs::metadata(path).map_err(|why| self.file_trouble(&why))?.len();
        if size > LARGEST {
            return Err(self.plain_trouble(
                "file-invalid",
                self.say("The file is larger than one mebibyte.", "Die Datei ist größer als ein Mebibyte."),
                "",
            ));
        }
        std::fs::read_to_string(path).map_err(|why| self.file_trouble(&why))
    }
}

fn person(user: FoundUser) -> Person {
    Person {
        id: user.id,
        name: user.name,
        guest: user.user_principal_name.contains("#EXT#"),
        user_principal_name: user.user_principal_name,
        enabled: user.enabled.unwrap_or(true),
        teams: None,
    }
}

/// The lines of a list, each with the cell that names somebody.
fn named(text: &str) -> Vec<(usize, String)> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let name = |line: &str| {
        let cells: Vec<&str> =
            line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"').trim()).collect();
        let first = cells
            .iter()
            .find(|cell| is_address(cell) || is_id(cell))
            .or_else(|| cells.iter().find(|cell| !cell.is_empty()));
        first.map(|cell| (*cell).to_owned())
    };
    lines.filter_map(|(place, line)| Some((place + 1, name(line)?))).collect()
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(before, after)| !before.is_empty() && after.contains('.') && !text.contains(' '))
}

fn is_id(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gives_the_naming_cell_of_each_line() {
        let text = "\u{feff}Name;Mail\nAnna Berger;anna@contoso.example\n\n\"ab70cc80-0000-4000-8000-000000000001\"\nnobody";
        let names: Vec<(usize, String)> = named(text);
        let plain: Vec<(usize, &str)> = names.iter().map(|(line, name)| (*line, name.as_str())).collect();
        assert_eq!(
            plain,
            [
                (1, "Name"),
                (2, "anna@contoso.example"),
                (4, "ab70cc80-0000-4000-8000-000000000001"),
                (5, "nobody")
            ]
        );
    }

    #[test]
    fn addresses_and_ids_are_told_from_names() {
        assert!(is_address("a@b.example") && !is_address("a b@c.example") && !is_address("@b.example"));
        assert!(
            is_id("ab70cc80-0000-4000-8000-000000000001") && !is_id("ab70cc80-0000-4000-8000-00000000000g")
        );
    }
}
