//! Takes back exactly what a connection made, newest first, and says what cannot be taken back.

use cloud::{Call, Graph, GraphFault};
use journal::Event;
use serde_json::{Value, json};

use crate::credential::row_of;
use crate::desk::Desk;
use crate::history::Sent;
use crate::key_credentials::{self, Wanted};
use crate::phrase::Phrase;
use crate::tick::{Tick, Ticks};
use crate::trouble::{Code, Trouble};
use crate::verbs::{ADDED, ASSIGNED, SWITCHED, UPLOADED};

/// One thing that was made.
#[derive(Debug, Clone)]
pub struct UndoLine {
    /// What it is.
    pub what: Phrase,
    /// Whether it can be taken back from here.
    pub can: bool,
}

/// What was taken back and what was not.
#[derive(Debug, Default)]
pub struct UndoReport {
    /// Taken back.
    pub undone: Vec<Phrase>,
    /// Not taken back, and why.
    pub left: Vec<Phrase>,
}

enum Back {
    Call(Call),
    Certificate { application: String, key: String },
    Redirects { application: String, added: Vec<String> },
    Gone,
    Never,
}

impl Desk {
    /// What undo would do, newest first.
    ///
    /// # Errors
    /// Unknown connection.
    pub fn undo_plan(&self, connection: &str) -> Result<Vec<UndoLine>, Trouble> {
        self.guide_of(connection)?;
        let history = self.history(connection)?;
        let sent = &history.sent;
        let open = sent.iter().rev().filter(|sent| !sent.undone);
        Ok(open
            .filter_map(|sent| {
                Some(UndoLine { what: said(&sent.made)?, can: !matches!(back(&sent.made), Back::Never) })
            })
            .collect())
    }

    /// Takes back what can be taken back.
    ///
    /// # Errors
    /// When nobody is signed in, another window works here, or Graph refuses; what was taken back until then stays so.
    pub async fn undo(&self, connection: &str, ticks: &dyn Ticks) -> Result<UndoReport, Trouble> {
        let _lease = self.lease(connection)?;
        let mut seat = self.seat(connection).ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        seat.graph = seat.graph.limited_to(crate::verbs::UNDO);
        let mut report = UndoReport::default();
        let sent: Vec<Sent> =
            self.history(connection)?.sent.iter().rev().filter(|sent| !sent.undone).cloned().collect();
        for sent in sent {
            let Some(what) = said(&sent.made) else { continue };
            match back(&sent.made) {
                Back::Never => {
                    report.left.push(what);
                    continue;
                }
                Back::Gone => {}
                Back::Certificate { application, key } => {
                    let wanted = Wanted::Gone(&key);
                    match key_credentials::change(&self.room, &seat.graph, &application, &wanted, &|_| false)
                        .await
                    {
                        Ok(None) => {}
                        Ok(Some(written)) => ticks.tick(Tick::Sent {
                            what: format!("{} {}", written.call.method.as_str(), written.call.path),
                            status: written.answer.status,
                        }),
                        Err(trouble) if trouble.code == Code::NotFound => {}
                        Err(trouble) => return Err(trouble),
                    }
                }
                Back::Redirects { application, added } => {
                    take_out(&seat.graph, &application, &added, ticks).await?;
                }
                Back::Call(call) => match seat.graph.call(&call).await {
                    Ok(answer) => ticks.tick(Tick::Sent {
                        what: format!("{} {}", call.method.as_str(), call.path),
                        status: answer.status,
                    }),
                    Err(error) if error.kind == GraphFault::NotFound => {}
                    Err(error)
                        if error.kind == GraphFault::BadRequest
                            && is_gone(&seat.graph, &sent.made).await? => {}
                    Err(error) => return Err(error.into()),
                },
            }
            if sent.made["kind"] == "secret" || sent.made["kind"] == "certificate" {
                self.drop_sealed(connection, sent.made["id"].as_str().unwrap_or_default())?;
            }
            self.note(connection, &Event::Undone { step: sent.step.clone(), what: sent.made.clone() })?;
            report.undone.push(what);
        }
        self.forget(connection);
        if self.history(connection)?.last_handed_over().is_some() {
            report.left.push(Phrase::new("undo.handed-over"));
        }
        if self.history(connection)?.steps.values().any(|step| step.teams.is_some()) {
            report.left.push(Phrase::new("undo.teams"));
        }
        Ok(report)
    }

    /// Deletes the sealed row of a credential that is no longer there.
    pub(crate) fn drop_sealed(&self, connection: &str, key: &str) -> Result<(), Trouble> {
        if let Some(row) = row_of(&self.room.vault, connection, key)? {
            self.room.vault.delete(&row.id)?;
        }
        Ok(())
    }
}

/// Whether a secret was taken away by somebody else: removing one that is not listed is refused with 400, and only the list
/// tells that from another reason (Graph page "application: removePassword").
async fn is_gone(graph: &Graph, made: &Value) -> Result<bool, Trouble> {
    let (Some("secret"), Some(application), Some(key)) =
        (made["kind"].as_str(), made["application"].as_str(), made["id"].as_str())
    else {
        return Ok(false);
    };
    let path = format!("/applications/{application}?$select=id,passwordCredentials");
    let listed: Value = graph.get(&path).await?.read()?;
    let secrets = listed["passwordCredentials"].as_array().map(Vec::as_slice).unwrap_or_default();
    let same = |one: &Value| one["keyId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(key));
    Ok(!secrets.iter().any(same))
}

/// Takes these redirect addresses out of the list and leaves the others, also those that came later.
async fn take_out(
    graph: &Graph,
    application: &str,
    added: &[String],
    ticks: &dyn Ticks,
) -> Result<(), Trouble> {
    let path = format!("/applications/{application}");
    let listed: Value = match graph.get(&format!("{path}?$select=id,web")).await {
        Ok(answer) => answer.read()?,
        Err(error) if error.kind == GraphFault::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let before = listed["web"]["redirectUris"].as_array().cloned().unwrap_or_default();
    let is_ours = |address: &Value| added.iter().any(|ours| address == ours.as_str());
    let after: Vec<&Value> = before.iter().filter(|address| !is_ours(address)).collect();
    if after.len() == before.len() {
        return Ok(());
    }
    let call = Call::patch(path, json!({ "web": { "redirectUris": after } }));
    let answer = graph.call(&call).await?;
    ticks.tick(Tick::Sent { what: format!("{} {}", call.method.as_str(), call.path), status: answer.status });
    Ok(())
}

fn back(made: &Value) -> Back {
    let text = |member: &str| made[member].as_str().unwrap_or_default().to_owned();
    let id = text("id");
    match made["kind"].as_str().unwrap_or_default() {
        "application" => Back::Call(Call::delete(format!("/applications/{id}"))),
        "service-principal" => Back::Call(Call::delete(format!("/servicePrincipals/{id}"))),
        "owner" => Back::Call(Call::delete(format!(
            "/applications/{}/owners/{}/$ref",
            text("application"),
            text("user")
        ))),
        "secret" => Back::Call(Call::post(
            format!("/applications/{}/removePassword", text("application")),
            json!({ "keyId": id }),
        )),
        ADDED => Back::Redirects { application: text("application"), added: words(&made["added"]) },
        SWITCHED => Back::Call(Call::patch(
            format!("/applications/{}", text("application")),
            json!({ "isFallbackPublicClient": made["before"] }),
        )),
        "certificate" | UPLOADED => Back::Certificate { application: text("application"), key: id },
        "permissions" => Back::Call(Call::patch(
            format!("/applications/{}", text("application")),
            json!({ "requiredResourceAccess": made["before"] }),
        )),
        "assignment" => Back::Call(Call::delete(format!(
            "/servicePrincipals/{}/appRoleAssignments/{id}",
            text("principal")
        ))),
        "grant" => Back::Call(Call::delete(format!("/oauth2PermissionGrants/{id}"))),
        "grant-set" if !text("before").is_empty() => Back::Call(Call::patch(
            format!("/oauth2PermissionGrants/{id}"),
            json!({ "scope": text("before") }),
        )),
        "meeting" | "meeting-removed" => Back::Gone,
        _ => Back::Never,
    }
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// How it is told. What was taken down is nothing to take back: it has its own way (see `bringing_back`).
fn said(made: &Value) -> Option<Phrase> {
    let id = made["id"].as_str().unwrap_or_default();
    let phrase = match made["kind"].as_str()? {
        "application" => Phrase::new("undo.application"),
        "service-principal" => Phrase::new("undo.service-principal"),
        "owner" => Phrase::new("undo.owner"),
        "secret" => Phrase::new("undo.secret"),
        "certificate" => Phrase::new("undo.certificate"),
        UPLOADED => Phrase::new("undo.product-certificate"),
        ADDED => Phrase::new("undo.redirect-uris").with("addresses", words(&made["added"]).join(", ")),
        SWITCHED => Phrase::new("undo.public-client"),
        ASSIGNED => {
            Phrase::new("undo.meeting-policy").with("name", made["name"].as_str().unwrap_or_default())
        }
        "certificate-removed" => Phrase::new("undo.certificate-removed"),
        "permissions" => Phrase::new("undo.permissions"),
        "assignment" => Phrase::new("undo.assignment"),
        "grant" | "grant-set" => Phrase::new("undo.grant"),
        "application-set" => Phrase::new("undo.application-set"),
        "secret-removed" => Phrase::new("undo.secret-removed"),
        _ => return None,
    };
    Some(phrase.with("id", id))
}
