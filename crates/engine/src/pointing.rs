//! Existing set-ups: a connection is pointed at an application that somebody made by hand. Nothing is changed by that; the
//! checklist then shows which documented steps are true already, and what differs.

use cloud::model::Application;
use cloud::{Call, GraphFault};
use guide::Action;
use journal::Event;
use serde_json::json;

use crate::checklist::Checklist;
use crate::desk::Desk;
use crate::trouble::{Code, Trouble};

impl Desk {
    /// Points a step that registers an application at one of this tenant, by its application (client) ID. Run
    /// [`Desk::check_all`] afterwards.
    ///
    /// # Errors
    /// [`Code::AnswerInvalid`] for what is no client ID, [`Code::NotFound`] when this tenant has no such application,
    /// [`Code::StepUnknown`] for another kind of step, [`Code::NameTaken`] when the step has made one of its own, or when
    /// nobody is signed in or Graph refuses.
    pub async fn point_at(
        &self,
        connection: &str,
        step: &str,
        application_id: &str,
    ) -> Result<Checklist, Trouble> {
        let _lease = self.lease(connection)?;
        let (_, found) = self.step(connection, step)?;
        if !matches!(found.action, Action::RegisterApplication { .. }) {
            return Err(Trouble::new(Code::StepUnknown).with("name", step).in_field("step"));
        }
        let id = uuid::Uuid::try_parse(application_id.trim()).map_err(|_| {
            Trouble::new(Code::AnswerInvalid).with("value", application_id).in_field("application-id")
        })?;
        if let Some(made) = self.history(connection)?.made(step, "application").next() {
            let name = made["application-id"].as_str().unwrap_or_default();
            return Err(Trouble::new(Code::NameTaken).with("name", name).in_field("step"));
        }
        let seat = self.seat(connection).ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        let path = format!("/applications(appId='{id}')?$select=id,appId,displayName");
        let application: Application = match seat.graph.call(&Call::get(path)).await {
            Ok(answer) => answer.read()?,
            Err(error) if error.kind == GraphFault::NotFound => {
                let trouble = Trouble::from(error);
                return Err(trouble.with("path", id).in_field("application-id"));
            }
            Err(error) => return Err(error.into()),
        };
        let object = json!({
            "id": application.id, "application-id": application.app_id, "name": application.display_name,
            "pointed": true,
        });
        self.note(connection, &Event::Adopted { step: step.to_owned(), object })?;
        self.forget(connection);
        self.checklist(connection)
    }
}
