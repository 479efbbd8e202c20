//! Passwords that a step is lent: typed into the system's own field, one after the other, and used at once. In a rehearsal the
//! pretend accounts' passwords are taken, which nobody has to know.

use engine::secrecy::SecretString;
use tauri::{AppHandle, ipc::Channel};

use super::{Given, Place, Stage};
use crate::{
    prompt::{self, Asked},
    told::{self, speech},
    view::{Checklist, Tick},
};

impl Stage {
    /// Asks for each password that a step waits for, then looks at the step with them. One that is not given ends the asking.
    pub async fn lend(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        ticks: Channel<Tick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let names = list.step(step).map(|step| step.missing_passwords.clone()).unwrap_or_default();
        for name in &names {
            let Some(password) = self.password_of(app, &place, connection, step, name).await else {
                place.desk.give_back(connection);
                return self.look(connection, step).await;
            };
            place.desk.lend(connection, step, name, password).map_err(|wrong| self.trouble(&wrong))?;
        }
        self.check(connection, step, ticks).await
    }

    async fn password_of(
        &self,
        app: &AppHandle,
        place: &Place,
        connection: &str,
        step: &str,
        account: &str,
    ) -> Option<SecretString> {
        if place.rehearsal {
            return self.rehearsal.get().and_then(|rehearsal| rehearsal.password(account));
        }
        let guide = place.desk.guide_of(connection).ok();
        let step = told::step_title(guide, step, self.language());
        let asked = Asked::Lent { account: account.to_owned(), step };
        prompt::passphrase(app, speech(self.language()), asked).await
    }
}
