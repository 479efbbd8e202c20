//! Writing the connector: set, read back, save; and when something stops it, leave the server as it was.
//!
//! Whether a COMMIT of an inner context takes effect at once or with the outermost one is not documented, so nothing
//! here relies on either: after a stop the server is read again and compared with what it showed before.

use super::command::Command;
use super::connector::{
    ConnectorChange, SECRET, SWITCH, SecretState, Seen, Shown, closing, opening, read, set, update,
};
use super::error::{AxigenError, Left, Stopped};
use super::receipt::{Receipt, SecretReadBack};
use super::session::{Move, Session};
use super::value::{Value, same_secret};

impl Session {
    /// Makes the connector as wanted, reads it back, and saves the configuration. Where everything is as wanted
    /// already, nothing is written.
    ///
    /// # Errors
    /// [`Stopped`]: why and where, and what is at the server now.
    pub async fn apply_connector(&mut self, change: &ConnectorChange) -> Result<Receipt, Stopped> {
        self.begin().await?;
        let before = match self.look().await {
            Ok(before) => before,
            Err(cause) => return Err(self.stop_looking(cause).await),
        };
        let plan = change.plan(&before)?;
        if let (true, Some(name)) = (plan.is_done(), &plan.connector) {
            return Ok(self.receipt(name, Vec::new(), false, SecretReadBack::NotSent));
        }
        let chosen = plan.connector.clone();
        let outcome = self.write(change, &before, chosen.as_deref()).await;
        match outcome {
            Ok((name, secret)) => {
                let mut changed: Vec<String> = plan.differences.into_iter().map(|d| d.field).collect();
                if secret != SecretReadBack::NotSent {
                    changed.push(SECRET.to_owned());
                }
                Ok(self.receipt(&name, changed, true, secret))
            }
            Err(cause) => {
                let left = self.settle(change, &before).await;
                Err(Stopped { cause, left })
            }
        }
    }

    pub(super) fn receipt(
        &self,
        subject: &str,
        changed: Vec<String>,
        saved: bool,
        secret: SecretReadBack,
    ) -> Receipt {
        Receipt { version: self.version().to_string(), subject: subject.to_owned(), changed, saved, secret }
    }

    /// Out of the contexts again after a look that failed; a look changes nothing.
    pub(super) async fn stop_looking(&mut self, cause: AxigenError) -> Stopped {
        self.back_out().await;
        Stopped::from(cause)
    }

    async fn write(
        &mut self,
        change: &ConnectorChange,
        before: &Seen,
        chosen: Option<&str>,
    ) -> Result<(String, SecretReadBack), AxigenError> {
        self.walk(&opening((!before.enabled).then_some(true), chosen.is_none())).await?;
        let (name, shown) = match chosen {
            Some(name) => (name.to_owned(), before.connector(name).cloned()),
            None => self.made(before).await?,
        };
        let sent = change.sends_secret(shown.as_ref());
        let sets: Vec<Move> = change.sets(shown.as_ref()).into_iter().map(Move::Do).collect();
        self.walk(&[update(&name)]).await?;
        self.walk(&sets).await?;
        let lines = self.run(&Command::bare("SHOW")).await?.lines;
        compare(change, sent, shown.as_ref(), &read(&name, &lines))?;
        self.walk(&closing()).await?;

        let after = self.look().await?;
        if !after.enabled {
            return Err(AxigenError::ReadBack { field: SWITCH.to_owned() });
        }
        let now = after.connector(&name);
        let now = now.ok_or_else(|| AxigenError::ReadBack { field: "oauthConnector".to_owned() })?;
        let secret = compare(change, sent, shown.as_ref(), now)?;
        self.save().await?;
        Ok((name, secret))
    }

    /// The ready-made connector that was just made: the one that was not there before.
    async fn made(&mut self, before: &Seen) -> Result<(String, Option<Shown>), AxigenError> {
        let (connectors, _, _) = self.connectors().await?;
        let mut new: Vec<Shown> =
            connectors.into_iter().filter(|one| !before.listed.contains(&one.name)).collect();
        match (new.pop(), new.is_empty()) {
            (Some(one), true) => Ok((one.name.clone(), Some(one))),
            (Some(one), false) => {
                new.push(one);
                Err(AxigenError::Ambiguous { names: new.into_iter().map(|one| one.name).collect() })
            }
            (None, _) => {
                let others = before.connectors.iter().map(|one| one.name.clone()).collect();
                Err(AxigenError::NoConnector { others })
            }
        }
    }

    /// After a stop: out of every context, and whatever took effect is put back.
    async fn settle(&mut self, change: &ConnectorChange, before: &Seen) -> Left {
        let unsaved = !self.saved_perhaps;
        let tidy = self.back_out().await;
        if !self.touched {
            // What was set in a context ends with it, and with the line at the latest.
            return Left::AsBefore;
        }
        if !tidy && self.ready().await.is_err() {
            return Left::Unknown(Vec::new());
        }
        let Ok(now) = self.look().await else { return Left::Unknown(Vec::new()) };
        let mut undo = Undo::of(before, &now);
        if !self.made_connector {
            // Somebody else's work meanwhile.
            undo.made.clear();
        }
        match self.secret_left(change, before, &undo) {
            Some(left) => return left,
            None if undo.is_empty() && unsaved => return Left::AsBefore,
            None => {}
        }
        match self.put_back(&undo, before, unsaved).await {
            Ok(()) => Left::PutBack,
            Err(_) => {
                self.back_out().await;
                Left::Unknown(undo.fields())
            }
        }
    }

    /// What is left, where the old secret cannot be put back because the server hides it.
    fn secret_left(&self, change: &ConnectorChange, before: &Seen, undo: &Undo) -> Option<Left> {
        let name = change.choose(before).ok()??;
        let old = before.connector(&name)?;
        let hidden = old.secret.is_none() || old.secret_is_masked;
        if !hidden || !change.sends_secret(Some(old)) || !self.connector_kept {
            return None;
        }
        // The open fields tell whether the connector was written; without any, nothing does.
        match (change.differences(Some(old)).is_empty(), undo.connectors.iter().any(|(one, _)| *one == name))
        {
            (true, _) => Some(Left::Unknown(vec![SECRET.to_owned()])),
            (false, true) => Some(Left::NewUnsaved),
            (false, false) => None,
        }
    }

    async fn put_back(&mut self, undo: &Undo, before: &Seen, unsaved: bool) -> Result<(), AxigenError> {
        self.walk(&opening(undo.switch, false)).await?;
        for (name, sets) in &undo.connectors {
            self.walk(&[update(name)]).await?;
            self.walk(&sets.iter().cloned().map(Move::Do).collect::<Vec<_>>()).await?;
            self.walk(&[Move::Keep("COMMIT")]).await?;
        }
        for name in &undo.made {
            self.walk(&[Move::Do(remove(name))]).await?;
        }
        self.walk(&[Move::Keep("COMMIT"), Move::Keep("COMMIT")]).await?;
        let now = self.look().await?;
        if let Some(field) = differing(before, &now) {
            return Err(AxigenError::ReadBack { field });
        }
        // What may have reached the disk is replaced there too.
        if unsaved { Ok(()) } else { self.save().await }
    }
}

fn remove(name: &str) -> Command {
    Command::with("REMOVE oauthConnector name", "connector's name", Value::Open(name.to_owned()))
}

/// Whether the connector is now as wanted, as far as the server shows it.
fn compare(
    change: &ConnectorChange,
    sent: bool,
    before: Option<&Shown>,
    now: &Shown,
) -> Result<SecretReadBack, AxigenError> {
    if let Some(different) = change.differences(Some(now)).into_iter().next() {
        return Err(AxigenError::ReadBack { field: different.field });
    }
    if !sent {
        return Ok(SecretReadBack::NotSent);
    }
    match change.secret_state(Some(now)) {
        SecretState::Same => Ok(SecretReadBack::Equal),
        SecretState::Hidden => Ok(SecretReadBack::Hidden),
        SecretState::Differs => {
            let old = before.and_then(|one| one.secret.as_ref());
            let kept = old.zip(now.secret.as_ref()).is_some_and(|(old, now)| same_secret(old, now));
            // What is neither the old nor the new one is a form of the new one that only the server reads.
            if kept {
                Err(AxigenError::ReadBack { field: SECRET.to_owned() })
            } else {
                Ok(SecretReadBack::Hidden)
            }
        }
    }
}

/// The first thing in which the server is not as it was.
fn differing(before: &Seen, now: &Seen) -> Option<String> {
    if before.enabled != now.enabled {
        return Some(SWITCH.to_owned());
    }
    for old in &before.connectors {
        let Some(new) = now.connector(&old.name) else { return Some("oauthConnector".to_owned()) };
        let field = old.fields.iter().find(|(field, value)| new.fields.get(*field) != Some(*value));
        if let Some((field, _)) = field {
            return Some((*field).to_owned());
        }
        if !old.secret.as_ref().zip(new.secret.as_ref()).is_none_or(|(old, new)| same_secret(old, new)) {
            return Some(SECRET.to_owned());
        }
    }
    let new = now.connectors.iter().any(|one| !before.listed.contains(&one.name));
    new.then(|| "oauthConnector".to_owned())
}

/// What has to be put back.
#[derive(Default)]
struct Undo {
    switch: Option<bool>,
    connectors: Vec<(String, Vec<Command>)>,
    /// Connectors that were not there before.
    made: Vec<String>,
}

impl Undo {
    fn of(before: &Seen, now: &Seen) -> Self {
        let switch = (before.enabled != now.enabled).then_some(before.enabled);
        let mut undo = Undo { switch, ..Self::default() };
        for new in &now.connectors {
            match before.connector(&new.name) {
                Some(old) => undo.add(old, new),
                // One that was listed and could not be shown then was there all the same.
                None if before.listed.contains(&new.name) => {}
                None => undo.made.push(new.name.clone()),
            }
        }
        undo
    }

    fn add(&mut self, old: &Shown, new: &Shown) {
        let value = |field: &str| old.fields.get(field).cloned().unwrap_or_default();
        let changed = new.fields.iter().filter(|(field, value)| old.fields.get(*field) != Some(*value));
        let mut sets: Vec<Command> =
            changed.map(|(field, _)| set(field, Value::Open(value(field)))).collect();
        let same = old.secret.as_ref().zip(new.secret.as_ref()).is_some_and(|(o, n)| same_secret(o, n));
        if let Some(secret) = old.secret.as_ref().filter(|_| !old.secret_is_masked && !same) {
            sets.push(set(SECRET, Value::Secret(secret.clone())));
        }
        if !sets.is_empty() {
            self.connectors.push((new.name.clone(), sets));
        }
    }

    fn is_empty(&self) -> bool {
        self.switch.is_none() && self.connectors.is_empty() && self.made.is_empty()
    }

    fn fields(&self) -> Vec<String> {
        let switch = self.switch.map(|_| SWITCH.to_owned());
        let made = self.made.iter().map(|name| format!("oauthConnector {name}"));
        let sets = self.connectors.iter().flat_map(|(_, sets)| sets);
        let fields = sets.map(|command| command.told.trim_start_matches("SET ").to_owned());
        switch.into_iter().chain(fields).chain(made).collect()
    }
}
