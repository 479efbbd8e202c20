//! The ledger and renewals: every change is asked for natively with the exact lines of its plan, as a step's is. In
//! rehearsal the pretend tenant's time can be pushed ahead, so that an admin sees what comes in a year.

use std::{sync::Arc, time::Duration};

use engine::{
    Approval, Code, Desk, Feature, HandOverTo, LedgerEntry, Recipient, Renewal, SealedFor, Stage as Part,
    Standing, Trouble as Wrong,
    cloud::{self, Clock},
};
use tauri::{AppHandle, ipc::Channel};

use super::{Given, Place, Stage};
use crate::{
    confirm, remind,
    shown::{self, moment, renewals as drawn, small},
    told::speech,
    view::{RenewalPane, Renewals, Saved, Tick},
};

/// The longest push of the pretend time, in days: two years.
const LONGEST_PUSH: u32 = 730;

impl Stage {
    /// The ledger of real connections and of the rehearsal.
    pub async fn renewals(&self) -> Given<Renewals> {
        let language = self.language();
        let mut entries = Vec::new();
        let mut seen = None;
        let mut pretend_now = None;
        for (desk, clock) in self.desks()? {
            let now = clock.now();
            let ledger = desk.ledger().map_err(|wrong| self.trouble(&wrong))?;
            pretend_now = pretend_now.or(ledger.iter().any(|entry| entry.rehearsal).then(|| moment(now)));
            seen = seen.max(ledger.iter().filter_map(|entry| entry.seen).max());
            entries.extend(ledger.iter().map(|entry| drawn::line(&desk, entry, now, language)));
        }
        Ok(Renewals {
            entries,
            due: self.due()?,
            now: moment(cloud::SystemClock.now()),
            pretend_now,
            seen: seen.map(moment),
        })
    }

    /// How many credentials are due or have ended: the badge.
    pub(super) fn due(&self) -> Given<u32> {
        let is_due = |entry: &&LedgerEntry| entry.matters() && entry.standing != Standing::Fine;
        let mut due = 0;
        for (desk, _) in self.desks()? {
            let ledger = desk.ledger().map_err(|wrong| self.trouble(&wrong))?;
            due += ledger.iter().filter(is_due).count();
        }
        Ok(small(due))
    }

    /// The desks with their clocks.
    fn desks(&self) -> Given<Vec<(Desk, Arc<dyn Clock>)>> {
        let mut desks: Vec<(Desk, Arc<dyn Clock>)> = vec![(self.real()?.desk, Arc::new(cloud::SystemClock))];
        if let Some(rehearsal) = self.rehearsal.get() {
            desks.push((rehearsal.desk.clone(), rehearsal.clock.clone()));
        }
        Ok(desks)
    }

    /// Saves the calendar: of the real connections, or of the rehearsal when there are no others.
    pub async fn save_calendar(&self, app: &AppHandle) -> Given<Saved> {
        let real = self.real()?.desk;
        let is_empty = real.ledger().map_err(|wrong| self.trouble(&wrong))?.is_empty();
        let rehearsal = self.rehearsal.get().filter(|_| is_empty);
        let desk = rehearsal.map_or(real, |rehearsal| rehearsal.desk.clone());
        let text = desk.calendar(speech(self.language())).map_err(|wrong| self.trouble(&wrong))?;
        self.save(app, "footbridge.ics", text.as_bytes()).await
    }

    /// Lets the pretend tenant's time pass, and tells of what is due then as it would be told of.
    pub async fn pass_time(&self, app: &AppHandle, days: u32) -> Given<Renewals> {
        if let Some(rehearsal) = self.rehearsal.get() {
            let days = u64::from(days.min(LONGEST_PUSH));
            rehearsal.clock.push(Duration::from_secs(days * 24 * 60 * 60));
            remind::tell(app, &rehearsal.desk, &self.reminding(), rehearsal.clock.now());
        }
        self.renewals().await
    }

    /// Tells of the real connections' credentials that end.
    pub fn remind(&self, app: &AppHandle) {
        if let Ok(real) = self.real() {
            remind::tell(app, &real.desk, &self.reminding(), cloud::SystemClock.now());
        }
    }

    fn reminding(&self) -> remind::Wish {
        let settings = super::lock(&self.settings);
        remind::Wish { wanted: settings.reminders, language: settings.language }
    }

    /// A renewal as it stands.
    pub async fn renewal(&self, connection: &str, step: &str) -> Given<RenewalPane> {
        let place = self.place(connection)?;
        let renewal = place.desk.renewal(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        self.pane(&place, &renewal)
    }

    /// Looks at the stage whose turn it is.
    pub async fn renew_look(&self, connection: &str, step: &str, ticks: Channel<Tick>) -> Given<RenewalPane> {
        let place = self.place(connection)?;
        // What waits for Microsoft's replicas is seen later; in rehearsal later is now.
        let before = place.desk.renewal(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        let waits = before.stages.iter().any(|one| one.state == engine::StageState::Waiting);
        if let Some(rehearsal) = self.rehearsal.get().filter(|_| place.rehearsal && waits) {
            rehearsal.clock.push(Duration::from_secs(600));
        }
        self.renew(&place, connection, step, String::new(), ticks).await
    }

    /// Carries out the stage whose plan was seen, after a native question that lists it.
    pub async fn renew_apply(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        plan: &str,
        ticks: Channel<Tick>,
    ) -> Given<RenewalPane> {
        let place = self.place(connection)?;
        let before = place.desk.renewal(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        let planned = before.stages.iter().find_map(|one| one.plan.clone().map(|plan| (one.stage, plan)));
        let Some((part, shown)) = planned.filter(|(_, shown)| shown.hash == plan) else {
            return Err(self.trouble(&Wrong::new(Code::PlanChanged)));
        };
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let lines: Vec<String> = shown.changes.iter().map(|change| self.line(change)).collect();
        let yes = match part {
            Part::Remove => {
                self.say("The product uses the new one: remove", "Das Produkt nutzt das neue: entfernen")
            }
            _ => self.say("Do it", "Erledigen"),
        };
        let question = self.question(&list, step, &lines, yes);
        if !confirm::ask(app, place.rehearsal, question).await {
            return self.pane(&place, &before);
        }
        self.renew(&place, connection, step, plan.to_owned(), ticks).await
    }

    async fn renew(
        &self,
        place: &Place,
        connection: &str,
        step: &str,
        hash: String,
        ticks: Channel<Tick>,
    ) -> Given<RenewalPane> {
        let told = self.teller(place, connection, step, ticks);
        // Where a passphrase opens nothing, the window offers only what is sealed for the product, and says so beforehand.
        let sealed_for = match self.permits(Feature::SecretExport) {
            Ok(()) => SealedFor::Passphrase,
            Err(_) => SealedFor::Product,
        };
        let deed = async {
            match place.desk.renew_next(connection, step, Approval::Plan(hash), sealed_for, &told).await {
                Err(wrong) if wrong.code == Code::SignInNeeded => Ok(None),
                other => other.map(Some),
            }
        };
        match self.working(place, connection, deed).await? {
            Some(renewal) => self.pane(place, &renewal),
            // The session has ended, which only this try told.
            None => Ok(RenewalPane { needs_sign_in: true, ..self.renewal(connection, step).await? }),
        }
    }

    /// Seals the new values into a folder that the admin chooses.
    pub async fn renew_hand_over(&self, app: &AppHandle, connection: &str, step: &str) -> Given<RenewalPane> {
        let place = self.place(connection)?;
        let title = self.say("Folder for the sealed file", "Ordner für die versiegelte Datei");
        if let Some(folder) = self.folder_for(app, &place, title).await? {
            let to =
                HandOverTo { folder, recipient: Recipient::Passphrase, language: speech(self.language()) };
            let step = place.desk.hand_over_of(connection, step).map_err(|wrong| self.trouble(&wrong))?;
            place.desk.hand_over(connection, &step, &to).map_err(|wrong| self.trouble(&wrong))?;
        }
        self.renewal(connection, step).await
    }

    /// Leaves the old credential until it runs out.
    pub async fn renew_keep_old(&self, connection: &str, step: &str) -> Given<RenewalPane> {
        let place = self.place(connection)?;
        let renewal = place.desk.keep_old(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        self.pane(&place, &renewal)
    }

    /// Takes the renewal back, after a native question.
    pub async fn renew_undo(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        ticks: Channel<Tick>,
    ) -> Given<RenewalPane> {
        let place = self.place(connection)?;
        let before = place.desk.renewal(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let new = before.new.clone().unwrap_or_default();
        let lines = vec![
            format!("− {} {new}", self.say("the new one", "das neue")),
            format!("= {} {}", self.say("the old one stays", "das alte bleibt"), before.old),
        ];
        let question = self.question(&list, step, &lines, self.say("Take it back", "Zurücknehmen"));
        if !confirm::ask(app, place.rehearsal, question).await {
            return self.pane(&place, &before);
        }
        let told = self.teller(&place, connection, step, ticks);
        let said = self.working(&place, connection, place.desk.undo_renewal(connection, step, &told)).await?;
        let said = said.iter().map(|phrase| phrase.in_language(speech(self.language()))).collect();
        Ok(RenewalPane { said, ..self.renewal(connection, step).await? })
    }

    fn pane(&self, place: &Place, renewal: &Renewal) -> Given<RenewalPane> {
        shown::renewals::pane(&place.desk, renewal, self.language()).map_err(|wrong| self.trouble(&wrong))
    }
}
