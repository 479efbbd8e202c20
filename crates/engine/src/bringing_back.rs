//! The end of a connection and the way back. An application that was taken down lies in the deleted items for 30 days, with
//! its service principal (Graph page "directory: deletedItems"); bringing it back restores both.

use cloud::{Call, Graph, GraphError, GraphFault};
use guide::{Action, Guide, Step};
use journal::Event;
use time::OffsetDateTime;

use crate::checklist::Checklist;
use crate::desk::Desk;
use crate::history::History;
use crate::site::Pause;
use crate::tick::{Tick, Ticks};
use crate::trouble::{Code, Trouble};
use crate::verbs::TAKEN_DOWN;

/// The step that registers the application which a step is about, where it is about one.
pub(crate) fn application_of(action: &Action) -> Option<&str> {
    match action {
        Action::AddSecret { application, .. }
        | Action::AddCertificate { application, .. }
        | Action::SetPermissions { application, .. }
        | Action::GrantConsent { application, .. }
        | Action::ConfirmGrants { application, .. }
        | Action::CreateAccessPolicy { application, .. }
        | Action::ProveMeeting { application, .. }
        | Action::SetRedirectUris { application, .. }
        | Action::SetPublicClient { application, .. }
        | Action::UploadCertificate { application, .. }
        | Action::ProveSignIn { application, .. }
        | Action::ProvePresence { application, .. }
        | Action::ProveMail { application, .. }
        | Action::LimitMailbox { application, .. }
        | Action::AxigenConnector { application, .. }
        | Action::TakeDown { application } => Some(application),
        Action::NoteIds { application } | Action::MatchFields { application, .. } => application.as_deref(),
        _ => None,
    }
}

/// When an application was taken down, where it was and was not brought back.
pub(crate) fn taken_down(guide: &Guide, history: &History, register: &str) -> Option<OffsetDateTime> {
    let mut steps = guide.steps.iter();
    steps.find_map(|step| match &step.action {
        Action::TakeDown { application } if application == register && history.proof(&step.id).is_some() => {
            history.step(&step.id)?.settled.as_ref().map(|settled| settled.at)
        }
        _ => None,
    })
}

/// Since when the whole connection has ended: each application that its answers make necessary is taken down.
pub(crate) fn ended(guide: &Guide, history: &History) -> Option<OffsetDateTime> {
    let applications = crate::wanting::applications(guide, history);
    let ends: Option<Vec<OffsetDateTime>> =
        applications.iter().map(|register| taken_down(guide, history, register)).collect();
    ends?.into_iter().max()
}

/// Whether a step has nothing left to be true of: its application is gone on purpose. What it was stays in the journal.
pub(crate) fn is_over(guide: &Guide, history: &History, step: &Step) -> bool {
    if ended(guide, history).is_some() {
        return true;
    }
    let register = match &step.action {
        Action::RegisterApplication { .. } => Some(step.id.as_str()),
        action => application_of(action),
    };
    register.is_some_and(|register| taken_down(guide, history, register).is_some())
}

impl Desk {
    /// Brings an application back that a take-down step removed, with its service principal.
    ///
    /// # Errors
    /// [`Code::NotYet`] when the step removed nothing, [`Code::BringBackOver`] when Microsoft keeps it no longer, or when
    /// nobody is signed in or Graph refuses.
    pub async fn bring_back(
        &self,
        connection: &str,
        step: &str,
        ticks: &dyn Ticks,
    ) -> Result<Checklist, Trouble> {
        let _lease = self.lease(connection)?;
        let (_, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let made = history.made(&found.id, TAKEN_DOWN).next().cloned();
        let made = made.ok_or_else(|| Trouble::new(Code::NotYet).with("step", step).in_field("step"))?;
        let mut seat = self.seat(connection).ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        seat.graph = seat.graph.limited_to(crate::verbs::BRINGING_BACK);
        let id = made["id"].as_str().unwrap_or_default();
        self.restore(&seat.graph, &format!("/applications/{id}?$select=id"), id, ticks).await?;
        if let Some(principal) = made["principal"].as_str() {
            let path = format!("/servicePrincipals/{principal}?$select=id");
            self.restore(&seat.graph, &path, principal, ticks).await?;
        }
        self.note(connection, &Event::Undone { step: step.to_owned(), what: made.clone() })?;
        self.forget(connection);
        self.checklist(connection)
    }

    /// Restores one object. What is there again already needs nothing; a lost answer is answered by looking.
    async fn restore(&self, graph: &Graph, path: &str, id: &str, ticks: &dyn Ticks) -> Result<(), Trouble> {
        let mut pause = Pause::default();
        loop {
            if exists(graph, path).await? {
                return Ok(());
            }
            let call = Call::post(format!("/directory/deletedItems/{id}/restore"), serde_json::Value::Null);
            let late: GraphError = match graph.call(&call).await {
                Ok(answer) => {
                    ticks.tick(Tick::Sent { what: format!("POST {}", call.path), status: answer.status });
                    return Ok(());
                }
                Err(error) if error.kind == GraphFault::NotFound => {
                    // It may be back by a request whose answer got lost, or with the application that it belongs to.
                    match pause.next().filter(|duration| duration.as_secs() <= 4) {
                        Some(duration) => {
                            self.room.clock.sleep(duration).await;
                            continue;
                        }
                        None => return Err(Trouble::new(Code::BringBackOver).with("id", id)),
                    }
                }
                Err(error) if error.effect_unknown() => error,
                Err(error) => return Err(error.into()),
            };
            let Some(duration) = pause.next() else { return Err(late.into()) };
            self.room.clock.sleep(duration).await;
        }
    }
}

async fn exists(graph: &Graph, path: &str) -> Result<bool, Trouble> {
    match graph.call(&Call::get(path)).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == GraphFault::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
