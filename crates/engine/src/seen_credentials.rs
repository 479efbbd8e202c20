//! What the last look showed of an application's credentials, kept as a row of the journal so that the ledger can be read
//! without a network. A row is written only when something is different.

use cloud::model::Application;
use guide::Action;
use journal::Event;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::credential::CredentialKind;
use crate::desk::Desk;
use crate::trouble::Trouble;

/// The note of a look.
pub(crate) const CREDENTIALS: &str = "credentials-seen";
/// The note of a reminder.
pub(crate) const REMINDED: &str = "reminded";

/// The credentials of one application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeenCredentials {
    /// The step that registers the application.
    pub step: String,
    /// Client id.
    pub application: String,
    /// Display name in the tenant.
    pub name: String,
    pub list: Vec<SeenCredential>,
    /// When the row was written; not part of it.
    #[serde(skip)]
    pub at: Option<OffsetDateTime>,
}

/// One credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeenCredential {
    pub kind: CredentialKind,
    pub key: String,
    pub name: Option<String>,
    /// As Graph spells it.
    pub thumbprint: Option<String>,
    #[serde(with = "rfc3339::option")]
    pub start: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub end: Option<OffsetDateTime>,
}

impl SeenCredentials {
    fn of(step: &str, application: &Application) -> Self {
        let secrets = application.password_credentials.iter().map(|one| SeenCredential {
            kind: CredentialKind::Secret,
            key: one.key_id.clone(),
            name: one.display_name.clone(),
            thumbprint: None,
            start: one.start_date_time,
            end: one.end_date_time,
        });
        let certificates = application.key_credentials.iter().map(|one| SeenCredential {
            kind: CredentialKind::Certificate,
            key: one.key_id.clone().unwrap_or_default(),
            name: one.display_name.clone(),
            thumbprint: one.custom_key_identifier.clone(),
            start: one.start_date_time,
            end: one.end_date_time,
        });
        let mut list: Vec<SeenCredential> = secrets.chain(certificates).collect();
        list.sort_by(|one, other| one.key.cmp(&other.key));
        Self {
            step: step.to_owned(),
            application: application.app_id.clone(),
            name: application.display_name.clone().unwrap_or_default(),
            list,
            at: None,
        }
    }
}

impl Desk {
    /// Writes down what the last look of each application of a connection showed, where it is news.
    pub(crate) async fn remember_credentials(&self, connection: &str) -> Result<(), Trouble> {
        let Some(seat) = self.seat(connection) else { return Ok(()) };
        let guide = self.guide_of(connection)?;
        let history = self.history(connection)?;
        let known = &history.credentials;
        let sights = seat.sights.lock().await;
        if sights.wavered {
            return Ok(());
        }
        let registers =
            guide.steps.iter().filter(|step| matches!(step.action, Action::RegisterApplication { .. }));
        for step in registers.map(|step| step.id.as_str()) {
            let Some(application) = sights.remembered(step).and_then(|look| look.application) else {
                continue;
            };
            let seen = SeenCredentials::of(step, &application);
            let is_news =
                known.get(step).is_none_or(|last| SeenCredentials { at: None, ..last.clone() } != seen);
            if is_news {
                self.note(connection, &Event::Noted { what: CREDENTIALS.to_owned(), details: json!(seen) })?;
            }
        }
        Ok(())
    }
}
