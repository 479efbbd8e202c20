//! The server-wide OAuth connector for Teams: what it shall be, what it is, and the commands between the two.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Serialize;

use super::command::Command;
use super::error::AxigenError;
use super::session::{Move, Session};
use super::shown;
use super::value::{Value, same_secret};

/// What the connector shall be. The server-wide switch `enableTeamsConnector` is turned on with it.
#[derive(Debug, Clone)]
pub struct ConnectorChange {
    /// The connector's name, where there is doubt; otherwise the one that looks like the one for Teams.
    pub connector: Option<String>,
    /// Have the ready-made connector made (`RESET defaultTeamsConnector`), where there is none for Teams.
    pub make_ready_made: bool,
    /// `authzUri`.
    pub authz_uri: String,
    /// `tokenUri`.
    pub token_uri: String,
    /// `clientScopes`.
    pub client_scopes: String,
    /// `clientId`.
    pub client_id: String,
    /// `clientSecret`.
    pub client_secret: SecretString,
    /// `redirectBaseUrl`; None leaves it as it is.
    pub redirect_base_url: Option<String>,
    /// Where the server hides its secret: the one there is known to be this one, so it is not sent again. A change of
    /// `clientId` sends it all the same.
    pub hidden_secret_is_this: bool,
}

/// One field that is not as wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field, as the command line names it.
    pub field: String,
    /// What the server shows; None where it shows no such field.
    pub before: Option<String>,
    /// What is wanted.
    pub after: String,
}

/// What is known of the secret at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretState {
    /// The server shows the wanted one.
    Same,
    /// The server shows none, or another one.
    Differs,
    /// The server hides it.
    Hidden,
}

/// What would be done. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectorPlan {
    /// The connector; None where the ready-made one is made first and tells its name then.
    pub connector: Option<String>,
    /// The fields that are not as wanted, the switch among them.
    pub differences: Vec<Difference>,
    /// What is known of the secret.
    pub secret: SecretState,
    /// Whether the secret is sent.
    pub sends_secret: bool,
    /// The commands, with a placeholder for the secret. Empty where everything is as wanted.
    pub commands: Vec<String>,
}

impl ConnectorPlan {
    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.commands.is_empty()
    }
}

pub(super) const SWITCH: &str = "enableTeamsConnector";
pub(super) const SECRET: &str = "clientSecret";
/// The open fields, in the vendor's order.
const FIELDS: [&str; 5] = ["authzUri", "tokenUri", "clientScopes", "clientId", "redirectBaseUrl"];
const UNNAMED: &str = "<name from LIST oauthConnectors>";

/// One connector, as the server shows it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub name: String,
    pub fields: BTreeMap<&'static str, String>,
    /// What stands where the secret would; it may be a placeholder.
    pub secret: Option<SecretString>,
    pub secret_is_masked: bool,
}

/// All that a change could touch.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub connectors: Vec<Shown>,
    /// Every name that a row of the list could begin with, whether or not it could be shown.
    pub listed: Vec<String>,
    /// A row that names Teams, but is no connector that can be shown.
    pub doubtful_row: bool,
    pub enabled: bool,
}

impl Seen {
    pub(super) fn connector(&self, name: &str) -> Option<&Shown> {
        self.connectors.iter().find(|shown| shown.name == name)
    }
}

impl ConnectorChange {
    /// The open fields that are wanted.
    pub(super) fn wanted(&self) -> Vec<(&'static str, &str)> {
        let values = [
            Some(self.authz_uri.as_str()),
            Some(&self.token_uri),
            Some(&self.client_scopes),
            Some(&self.client_id),
            self.redirect_base_url.as_deref(),
        ];
        FIELDS.into_iter().zip(values).filter_map(|(field, value)| Some((field, value?))).collect()
    }

    /// Which connector is meant; None where it is to be made.
    pub(super) fn choose(&self, seen: &Seen) -> Result<Option<String>, AxigenError> {
        let names = |shown: &[&Shown]| shown.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let all: Vec<&Shown> = seen.connectors.iter().collect();
        let meant: Vec<&Shown> = match &self.connector {
            Some(name) => all.iter().copied().filter(|one| one.name == *name).collect(),
            None => all.iter().copied().filter(|one| is_for_teams(one)).collect(),
        };
        match meant.as_slice() {
            [one] => Ok(Some(one.name.clone())),
            // Making one would reset one that could not be shown just now.
            [] if self.make_ready_made && self.connector.is_none() && !seen.doubtful_row => Ok(None),
            [] => Err(AxigenError::NoConnector { others: names(&all) }),
            several => Err(AxigenError::Ambiguous { names: names(several) }),
        }
    }

    /// The fields in which a connector is not as wanted.
    pub(super) fn differences(&self, shown: Option<&Shown>) -> Vec<Difference> {
        let before = |field: &str| shown.and_then(|one| one.fields.get(field));
        let different = self
            .wanted()
            .into_iter()
            .filter(|(field, after)| before(field).is_none_or(|shown| shown != after));
        let told = different.map(|(field, after)| Difference {
            field: field.to_owned(),
            before: before(field).cloned(),
            after: after.to_owned(),
        });
        told.collect()
    }

    pub(super) fn secret_state(&self, shown: Option<&Shown>) -> SecretState {
        let Some(shown) = shown else { return SecretState::Differs };
        let same = shown.secret.as_ref().is_some_and(|secret| same_secret(secret, &self.client_secret));
        match (same, shown.secret.is_none() || shown.secret_is_masked) {
            (true, _) => SecretState::Same,
            (false, true) => SecretState::Hidden,
            (false, false) => SecretState::Differs,
        }
    }

    /// Whether the secret has to be sent.
    pub(super) fn sends_secret(&self, shown: Option<&Shown>) -> bool {
        let other_application = self.differences(shown).iter().any(|d| d.field == "clientId");
        match self.secret_state(shown) {
            SecretState::Same => false,
            SecretState::Differs => true,
            SecretState::Hidden => other_application || !self.hidden_secret_is_this,
        }
    }

    /// The commands that set what differs.
    pub(super) fn sets(&self, shown: Option<&Shown>) -> Vec<Command> {
        let differences = self.differences(shown);
        let differs = |field: &str| differences.iter().any(|d| d.field == field);
        let open = self.wanted().into_iter().filter(|(field, _)| differs(field));
        let mut sets: Vec<Command> =
            open.map(|(field, value)| set(field, Value::Open(value.to_owned()))).collect();
        if self.sends_secret(shown) {
            // After clientId, where the vendor's page has it.
            let at = sets.iter().position(|c| c.told.ends_with("redirectBaseUrl")).unwrap_or(sets.len());
            sets.insert(at, set(SECRET, Value::Secret(self.client_secret.clone())));
        }
        sets
    }

    /// The whole plan for what was seen.
    pub(super) fn plan(&self, seen: &Seen) -> Result<ConnectorPlan, AxigenError> {
        let connector = self.choose(seen)?;
        let shown = connector.as_deref().and_then(|name| seen.connector(name));
        let sets = self.sets(shown);
        let mut differences = self.differences(shown);
        if !seen.enabled {
            let before = Some("no".to_owned());
            differences.push(Difference { field: SWITCH.to_owned(), before, after: "yes".to_owned() });
        }
        let done = connector.is_some() && sets.is_empty() && seen.enabled;
        let commands = match done {
            true => Vec::new(),
            false => self.previews(connector.as_deref(), connector.is_none(), sets, !seen.enabled)?,
        };
        Ok(ConnectorPlan {
            differences,
            secret: self.secret_state(shown),
            sends_secret: self.sends_secret(shown),
            commands,
            connector,
        })
    }

    fn previews(
        &self,
        name: Option<&str>,
        make: bool,
        sets: Vec<Command>,
        enable: bool,
    ) -> Result<Vec<String>, AxigenError> {
        let mut lines = Vec::new();
        for step in opening(enable.then_some(true), make) {
            lines.push(step.command().preview()?);
        }
        lines.push(match name {
            Some(name) => update(name).command().preview()?,
            None => format!("UPDATE oauthConnector name {UNNAMED}"),
        });
        for step in sets.into_iter().map(Move::Do).chain(closing()) {
            lines.push(step.command().preview()?);
        }
        lines.push("SAVE CONFIG".to_owned());
        Ok(lines)
    }

    /// All commands as text to paste after the sign-in, with a placeholder for the secret, and for the connector's
    /// name where none is given.
    ///
    /// # Errors
    /// [`AxigenError::Value`] for a value that cannot stand in a command.
    pub fn script(&self) -> Result<String, AxigenError> {
        let make = self.make_ready_made && self.connector.is_none();
        let lines = self.previews(self.connector.as_deref(), make, self.sets(None), true)?;
        let listed = lines.into_iter().flat_map(|line| match line.starts_with("UPDATE") {
            true => vec!["LIST oauthConnectors".to_owned(), line],
            false => vec![line],
        });
        Ok(listed.map(|line| line + "\n").collect())
    }

    /// As [`ConnectorChange::script`], with the secret in its place.
    ///
    /// # Errors
    /// As [`ConnectorChange::script`].
    pub fn script_with_secret(&self) -> Result<SecretString, AxigenError> {
        let placed = set(SECRET, Value::Secret(self.client_secret.clone()));
        let text = zeroize::Zeroizing::new(self.script()?.replace(&placed.preview()?, &placed.line()?));
        Ok(SecretString::from(text.as_str()))
    }
}

/// A connector for Teams says so in its name, or leads to Microsoft's sign-in.
fn is_for_teams(shown: &Shown) -> bool {
    let leads = |field| shown.fields.get(field).is_some_and(|uri| uri.contains("://login.microsoftonline."));
    shown.name.to_ascii_lowercase().contains("teams") || leads("authzUri") || leads("tokenUri")
}

pub(super) fn set(field: &'static str, value: Value) -> Command {
    Command::with(format!("SET {field}"), field, value)
}

pub(super) fn switch_to(on: bool) -> Command {
    Command::bare(format!("SET {SWITCH} {}", if on { "yes" } else { "no" }))
}

pub(super) fn update(name: &str) -> Move {
    let value = Value::Open(name.to_owned());
    Move::Enter(Command::with("UPDATE oauthConnector name", "connector's name", value), "oauthConnector")
}

pub(super) fn config(name: &'static str) -> Move {
    Move::Enter(Command::bare(format!("CONFIG {name}")), name)
}

/// The way in. The switch comes first: where a COMMIT takes effect at once, what can be put back with certainty is done
/// before the secret, which some servers do not show.
pub(super) fn opening(switch: Option<bool>, make: bool) -> Vec<Move> {
    let mut moves = vec![config("SERVER")];
    if let Some(on) = switch {
        moves.extend([config("WEBMAIL"), Move::Do(switch_to(on)), Move::Keep("COMMIT")]);
    }
    moves.push(config("USERDB"));
    if make {
        moves.push(Move::Do(Command::bare("RESET defaultTeamsConnector")));
    }
    moves
}

/// The way out: each COMMIT keeps one context in its parent, the last one in the running configuration.
pub(super) fn closing() -> [Move; 3] {
    [Move::Keep("COMMIT"), Move::Keep("COMMIT"), Move::Keep("COMMIT")]
}

impl Session {
    /// Reads what is there now and tells what would be done. Nothing is changed.
    ///
    /// # Errors
    /// [`AxigenError`], among them [`AxigenError::Ambiguous`] where several connectors could be meant.
    pub async fn plan_connector(&mut self, change: &ConnectorChange) -> Result<ConnectorPlan, AxigenError> {
        self.begin().await?;
        match self.look().await {
            Ok(seen) => change.plan(&seen),
            Err(cause) => Err(self.stop_looking(cause).await.cause),
        }
    }

    /// Reads every connector and the switch; ends at the root.
    pub(super) async fn look(&mut self) -> Result<Seen, AxigenError> {
        self.walk(&[config("SERVER"), config("USERDB")]).await?;
        let (connectors, listed, doubtful_row) = self.connectors().await?;
        self.back().await?;
        self.walk(&[config("WEBMAIL")]).await?;
        let answer = self.run(&Command::bare("SHOW")).await?;
        let enabled = shown::switch(&answer.lines, SWITCH).ok_or_else(|| self.unreadable(SWITCH))?;
        self.back().await?;
        self.back().await?;
        Ok(Seen { connectors, listed, doubtful_row, enabled })
    }

    /// The connectors that `LIST` names and `SHOW` confirms, all names that the rows could begin with, and whether a
    /// row with Teams in it was not confirmed.
    pub(super) async fn connectors(&mut self) -> Result<(Vec<Shown>, Vec<String>, bool), AxigenError> {
        let list = self.run(&Command::bare("LIST oauthConnectors")).await?;
        let mut found: Vec<Shown> = Vec::new();
        let (mut listed, mut doubtful) = (Vec::new(), false);
        for candidates in shown::names(&list.lines) {
            let mut confirmed = false;
            for name in &candidates {
                if let Some(shown) = self.show(name).await? {
                    confirmed = true;
                    if !found.iter().any(|one| one.name == shown.name) {
                        found.push(shown);
                    }
                    break;
                }
            }
            doubtful |= !confirmed && candidates.iter().any(|n| n.to_ascii_lowercase().contains("teams"));
            listed.extend(candidates);
        }
        Ok((found, listed, doubtful))
    }

    /// One connector; None where the server knows none of this name.
    async fn show(&mut self, name: &str) -> Result<Option<Shown>, AxigenError> {
        let value = Value::Open(name.to_owned());
        let command = Command::with("SHOW oauthConnector name", "connector's name", value);
        match self.run(&command).await {
            Ok(answer) => Ok(Some(read(name, &answer.lines))),
            Err(AxigenError::Refused { .. } | AxigenError::Value { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A connector out of the lines of `SHOW`.
pub(super) fn read(name: &str, lines: &[String]) -> Shown {
    let fields = FIELDS.into_iter().filter_map(|f| Some((f, shown::field(lines, f)?.to_owned()))).collect();
    let secret = shown::field(lines, SECRET);
    Shown {
        name: name.to_owned(),
        fields,
        secret_is_masked: secret.is_some_and(shown::is_masked),
        secret: secret.map(SecretString::from),
    }
}
