//! Gives an Axigen server's OAuth connector for Teams the application's values by its command line: reads what is there,
//! shows old and new, sets, reads back and saves. The secret leaves the vault for that one dialogue.

use delivery::axigen::{ConnectorChange, ConnectorPlan, Receipt, SecretReadBack, SecretState};
use guide::{Action, Audience};
use journal::Event;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::Applied;
use super::answering::{optional, unanswered};
use super::axigen::{ADMIN, Server, Terms, audience, refused, said, stopped};
use crate::credential::{Credential, opened};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// What the connector shall hold; the secret by its key id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    server: Server,
    application: String,
    key: String,
    authorize: String,
    token: String,
    scopes: String,
    redirect_base: Option<String>,
    connector: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Work {
    wanted: Wanted,
    commands: Vec<String>,
}

pub(super) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let wanted = match wanted(site)? {
        Ok(wanted) => wanted,
        Err(found) => return Ok(found),
    };
    let known = site.history().proof(&site.step.id).cloned();
    let is_same = known.as_ref().is_some_and(|proof| proof.found["wanted"] == json!(wanted));
    let Some(_) = site.lent(ADMIN) else {
        return Ok(match known.filter(|_| is_same) {
            Some(proof) => Found::AsWanted(proof),
            None => Found::NeedsPasswords(vec![ADMIN.to_owned()]),
        });
    };
    let change = change(site, &wanted)?;
    let mut session = wanted.server.open(site, terms(site)?.least).await?;
    let plan = session.plan_connector(&change).await;
    session.close().await;
    let plan = plan.map_err(|error| {
        let field = connector_ask(site).unwrap_or_else(|| "connector-name".to_owned());
        refused(&error).in_field(field)
    })?;
    match plan.connector.clone().filter(|_| plan.is_done()) {
        Some(name) => {
            let evidence = vec![Phrase::new("seen.axigen-connector").with("name", &name)];
            Ok(Found::AsWanted(proof(&wanted, &name, known.filter(|_| is_same), evidence)))
        }
        None => {
            let work = json!(Work { wanted, commands: plan.commands.clone() });
            let drawn = Plan::draw(&site.step.id, changes(&plan), work);
            Ok(Found::Planned(drawn.with_requests(0).that_stays()))
        }
    }
}

fn terms<'a>(site: &Site<'a>) -> Result<Terms<'a>, Trouble> {
    match &site.step.action {
        Action::AxigenConnector { version, .. } => Terms::of(site, version),
        _ => Err(Trouble::defect("axigen-connector")),
    }
}

fn connector_ask(site: &Site<'_>) -> Option<String> {
    match &site.step.action {
        Action::AxigenConnector { connector, .. } => connector.clone(),
        _ => None,
    }
}

/// What the answers and the earlier steps want, or what is missing for it.
fn wanted(site: &Site<'_>) -> Result<Result<Wanted, Found>, Trouble> {
    let Action::AxigenConnector { application, secret, version, account_type, .. } = &site.step.action else {
        return Err(Trouble::defect("axigen-connector"));
    };
    let terms = terms(site)?;
    let mut missing = terms.unanswered(site);
    missing.extend(unanswered(site, &[account_type]));
    if !missing.is_empty() {
        missing.dedup();
        return Ok(Err(Found::NeedsAnswers(missing)));
    }
    let is_new_enough = site.history().proof(version).is_some();
    let (Some(client), Some(key), true) =
        (site.output(application, "application-id"), site.key_of_step(secret), is_new_enough)
    else {
        let steps = vec![application.clone(), secret.clone(), version.clone()];
        return Ok(Err(Found::NeedsSteps(steps)));
    };
    let server = terms.server(site)?;
    values(site, server, client, key).map(Ok)
}

fn values(site: &Site<'_>, server: Server, client: String, key: String) -> Result<Wanted, Trouble> {
    let Action::AxigenConnector { application, account_type, scopes, redirect_base, connector, .. } =
        &site.step.action
    else {
        return Err(Trouble::defect("axigen-connector"));
    };
    let directory = site.needed(application, "directory-id")?;
    let login = &site.room.wire.place().login;
    let [authorize, token] = end_points(login, audience(site, account_type)?, &directory);
    let named = connector.as_ref().and_then(|ask| site.answer_text(ask));
    Ok(Wanted {
        server,
        application: client,
        key,
        authorize,
        token,
        scopes: scopes.clone(),
        redirect_base: optional(site, redirect_base.as_ref())?,
        connector: named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
    })
}

/// Authorisation and token end point of an account type (Microsoft page "OAuth 2.0 authorization code flow", `tenant`).
fn end_points(login: &Url, account_type: Audience, directory: &str) -> [String; 2] {
    let tenant = match account_type {
        Audience::Personal => "consumers",
        Audience::MultipleTenants => "organizations",
        Audience::MultipleTenantsAndPersonal => "common",
        Audience::SingleTenant => directory,
    };
    let login = login.as_str().trim_end_matches('/');
    ["authorize", "token"].map(|end| format!("{login}/{tenant}/oauth2/v2.0/{end}"))
}

/// The change, with the secret out of the vault.
fn change(site: &Site<'_>, wanted: &Wanted) -> Result<ConnectorChange, Trouble> {
    let secret = match opened(&site.room.vault, site.connection, &wanted.key)? {
        Credential::Secret(secret) => secret,
        Credential::Certificate(_) => return Err(Trouble::defect("axigen-secret")),
    };
    let is_there = site.history().proof(&site.step.id).is_some_and(|proof| {
        ["server", "application", "key"]
            .iter()
            .all(|member| proof.found["wanted"][member] == json!(wanted)[member])
    });
    Ok(filled(wanted, secret, is_there))
}

fn filled(wanted: &Wanted, client_secret: SecretString, hidden_secret_is_this: bool) -> ConnectorChange {
    ConnectorChange {
        connector: wanted.connector.clone(),
        make_ready_made: true,
        authz_uri: wanted.authorize.clone(),
        token_uri: wanted.token.clone(),
        client_scopes: wanted.scopes.clone(),
        client_id: wanted.application.clone(),
        client_secret,
        redirect_base_url: wanted.redirect_base.clone(),
        hidden_secret_is_this,
    }
}

fn changes(plan: &ConnectorPlan) -> Vec<Change> {
    let mut changes = Vec::new();
    if plan.connector.is_none() {
        let note = Phrase::new("change.axigen-reset");
        changes.push(Change::new(Sign::Add, "RESET defaultTeamsConnector", note));
    }
    for difference in &plan.differences {
        let note = match &difference.before {
            Some(before) => Phrase::new("change.axigen-field").with("before", before),
            None => Phrase::new("change.axigen-new"),
        };
        changes.push(Change::new(Sign::Set, &difference.field, note.with("after", &difference.after)));
    }
    if plan.sends_secret {
        let note = match plan.secret {
            SecretState::Hidden => "change.axigen-secret-hidden",
            SecretState::Same | SecretState::Differs => "change.axigen-secret",
        };
        changes.push(Change::new(Sign::Set, "clientSecret", Phrase::new(note)));
    }
    changes.push(Change::new(Sign::Run, "SAVE CONFIG", Phrase::new("change.axigen-save")));
    changes
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let Work { wanted, .. } = plan.work()?;
    let change = change(site, &wanted)?;
    let mut session = wanted.server.open(site, terms(site)?.least).await?;
    drop(site.take_lent(ADMIN));
    let outcome = session.apply_connector(&change).await;
    session.close().await;
    let receipt = outcome.map_err(|stop| {
        let ask = connector_ask(site).unwrap_or_default();
        let trouble = stopped(&stop);
        if trouble.code == Code::ConnectorUnclear { trouble.in_field(ask) } else { trouble }
    })?;
    let details = json!({ "step": site.step.id, "server": wanted.server, "receipt": receipt });
    site.note(&Event::Noted { what: "axigen".to_owned(), details })?;
    let evidence = evidence(&receipt);
    Ok(Applied::Proved(proof(&wanted, &receipt.subject, None, evidence)))
}

fn evidence(receipt: &Receipt) -> Vec<Phrase> {
    let secret = match receipt.secret {
        SecretReadBack::NotSent => "seen.axigen-secret-there",
        SecretReadBack::Equal => "seen.axigen-secret-equal",
        SecretReadBack::Hidden => "seen.axigen-secret-hidden",
    };
    vec![
        Phrase::new("seen.axigen-connector").with("name", &receipt.subject),
        Phrase::new("seen.axigen-changed").with("fields", receipt.changed.join(", ")),
        Phrase::new(secret),
    ]
}

/// A proof; one that covers the same is kept with its own evidence.
fn proof(wanted: &Wanted, name: &str, known: Option<Proof>, evidence: Vec<Phrase>) -> Proof {
    let outputs = [("connector-name".to_owned(), name.to_owned())].into_iter().collect();
    let evidence = known.map_or(evidence, |known| known.evidence);
    Proof { outputs, evidence, found: json!({ "wanted": wanted }) }
}

/// The commands to paste, with a placeholder where the secret stands.
pub(super) fn script(site: &Site<'_>) -> Result<String, Trouble> {
    let Action::AxigenConnector { application, .. } = &site.step.action else {
        return Err(Trouble::defect("axigen-connector"));
    };
    let client = site.needed(application, "application-id")?;
    let nowhere = Server { host: String::new(), port: 0, connection: String::new() };
    let wanted = values(site, nowhere, client, String::new())?;
    let script = filled(&wanted, SecretString::from("placeholder"), false).script();
    script.map_err(|error| Trouble::new(Code::ProductStopped).with("product", "Axigen").because(said(&error)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn end_points_follow_from_account_type_and_cloud() {
        let login = Url::parse("https://login.microsoftonline.com/").unwrap();
        let authorize = |account_type| {
            let [authorize, token] = end_points(&login, account_type, "1-2");
            assert_eq!(authorize.replace("/authorize", "/token"), token);
            authorize
        };
        let base = "https://login.microsoftonline.com";
        assert_eq!(authorize(Audience::Personal), format!("{base}/consumers/oauth2/v2.0/authorize"));
        assert_eq!(authorize(Audience::SingleTenant), format!("{base}/1-2/oauth2/v2.0/authorize"));
        assert_eq!(
            authorize(Audience::MultipleTenants),
            format!("{base}/organizations/oauth2/v2.0/authorize")
        );
        assert_eq!(
            authorize(Audience::MultipleTenantsAndPersonal),
            format!("{base}/common/oauth2/v2.0/authorize")
        );
    }

    #[test]
    fn a_plan_tells_old_and_new_and_never_the_secret() {
        let difference = delivery::axigen::Difference {
            field: "clientId".into(),
            before: Some("old".into()),
            after: "new".into(),
        };
        let plan = ConnectorPlan {
            connector: None,
            differences: vec![difference],
            secret: SecretState::Hidden,
            sends_secret: true,
            commands: Vec::new(),
        };
        let changes = changes(&plan);
        let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, ["RESET defaultTeamsConnector", "clientId", "clientSecret", "SAVE CONFIG"]);
        let told = changes[1].note.in_language(guide::Language::English);
        assert!(told.contains("old") && told.contains("new"), "{told}");
    }
}
