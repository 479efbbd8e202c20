//! The contexts: a tree of working copies, and the commands that each of them knows.

use std::collections::BTreeMap;

use super::configuration::{CONNECTOR_FIELDS, Configuration, Connector, Domain};

/// Where a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Context {
    Server,
    UserDb,
    Connector(String),
    WebMail,
    Domain(String),
    DefaultLimits(String),
    Class(String, String),
    Account(String, String),
    ClassLimits(String, String),
    AccountLimits(String, String),
}

impl Context {
    fn prompt(&self) -> &'static str {
        match self {
            Context::Server => "server",
            Context::UserDb => "userdb",
            Context::Connector(_) => "oauthConnector",
            Context::WebMail => "webmail",
            Context::Domain(_) => "domain",
            Context::DefaultLimits(_) => "accountDefaultLimits",
            Context::Class(..) => "accountClass",
            Context::Account(..) => "account",
            Context::ClassLimits(..) | Context::AccountLimits(..) => "limits",
        }
    }

    /// The word that keeps the changes: COMMIT, or DONE in the limits.
    fn keeping(&self) -> &'static str {
        match self {
            Context::DefaultLimits(_) | Context::ClassLimits(..) | Context::AccountLimits(..) => "done",
            _ => "commit",
        }
    }
}

/// A context that is open, with its working copy.
struct Layer {
    context: Context,
    work: Configuration,
}

/// What the server knows beside a session's contexts.
pub(super) struct Ground<'a> {
    pub running: &'a mut Configuration,
    pub saved: &'a mut Configuration,
    pub ready_made_name: &'a str,
    pub masks_secret: bool,
    pub commits_at_once: bool,
}

/// The answer to one command: its lines, or why not.
pub(super) type Outcome = Result<Vec<String>, Refusal>;

/// Why a command was not done, in the server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("invalid command")]
    Unknown,
    #[error("no such object")]
    Missing,
    #[error("object already exists")]
    There,
    #[error("invalid value")]
    Value,
}

/// The contexts of one session.
#[derive(Default)]
pub(super) struct Contexts {
    layers: Vec<Layer>,
}

impl Contexts {
    /// The prompt's name: `#` at the root, the way of contexts below it.
    pub(super) fn prompt(&self) -> String {
        let names: Vec<&str> = self.layers.iter().map(|layer| layer.context.prompt()).collect();
        format!("{}#", names.join("-"))
    }

    /// Does one command; `words` holds at least one.
    pub(super) fn execute(&mut self, words: &[String], ground: &mut Ground<'_>) -> Outcome {
        let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let keys: Vec<&str> = lower.iter().map(String::as_str).collect();
        let Some(layer) = self.layers.last() else { return self.at_root(&keys, words, ground) };
        let context = layer.context.clone();
        match keys.as_slice() {
            ["back"] => {
                self.layers.pop();
                Ok(Vec::new())
            }
            [word] if *word == context.keeping() => self.keep(ground),
            ["save", "config"] if context == Context::Server => save(ground),
            _ => self.inside(context, &keys, words, ground),
        }
    }

    fn at_root(&mut self, keys: &[&str], words: &[String], ground: &mut Ground<'_>) -> Outcome {
        match keys {
            ["config", "server"] => self.enter(Context::Server, ground.running.clone()),
            ["save", "config"] => save(ground),
            ["list", "domains"] => Ok(ground.running.domains.keys().cloned().collect()),
            ["update", "domain", ..] => {
                let name = named(&words[2..]).ok_or(Refusal::Unknown)?;
                let there = ground.running.domains.contains_key(name);
                let name = there.then(|| name.to_owned()).ok_or(Refusal::Missing)?;
                self.enter(Context::Domain(name), ground.running.clone())
            }
            _ => Err(Refusal::Unknown),
        }
    }

    fn inside(
        &mut self,
        context: Context,
        keys: &[&str],
        words: &[String],
        ground: &mut Ground<'_>,
    ) -> Outcome {
        match &context {
            Context::Server => self.server(keys),
            Context::UserDb => self.user_database(keys, words, ground),
            Context::Connector(name) => self.connector(name, keys, words, ground),
            Context::WebMail => {
                self.switch(keys, "enableteamsconnector", |work| Some(&mut work.teams_connector))
            }
            Context::Domain(domain) => self.domain(domain, keys, words),
            Context::DefaultLimits(domain) => {
                self.switch(keys, "enableteams", |work| Some(&mut work.domains.get_mut(domain)?.teams))
            }
            Context::Class(domain, name) => match keys {
                ["config", "limits"] => self.deeper(Context::ClassLimits(domain.clone(), name.clone())),
                _ => Err(Refusal::Unknown),
            },
            Context::Account(domain, name) => match keys {
                ["config", "limits"] => self.deeper(Context::AccountLimits(domain.clone(), name.clone())),
                _ => Err(Refusal::Unknown),
            },
            Context::ClassLimits(domain, name) => self.limits(keys, domain, name, |d| &mut d.classes),
            Context::AccountLimits(domain, name) => self.limits(keys, domain, name, |d| &mut d.accounts),
        }
    }

    fn enter(&mut self, context: Context, work: Configuration) -> Outcome {
        self.layers.push(Layer { context, work });
        Ok(Vec::new())
    }

    fn deeper(&mut self, context: Context) -> Outcome {
        let work = self.work()?.clone();
        self.enter(context, work)
    }

    fn work(&mut self) -> Result<&mut Configuration, Refusal> {
        self.layers.last_mut().map(|layer| &mut layer.work).ok_or(Refusal::Unknown)
    }

    /// Keeps the working copy in the parent; the outermost one becomes what is running.
    fn keep(&mut self, ground: &mut Ground<'_>) -> Outcome {
        let Some(layer) = self.layers.pop() else { return Err(Refusal::Unknown) };
        // DONE never writes to the server's configuration by itself.
        let at_once = ground.commits_at_once && layer.context.keeping() == "commit";
        if at_once || self.layers.is_empty() {
            ground.running.clone_from(&layer.work);
        }
        if let Some(parent) = self.layers.last_mut() {
            parent.work = layer.work;
        }
        Ok(Vec::new())
    }

    fn server(&mut self, keys: &[&str]) -> Outcome {
        match keys {
            ["config", "userdb"] => self.deeper(Context::UserDb),
            ["config", "webmail"] => self.deeper(Context::WebMail),
            _ => Err(Refusal::Unknown),
        }
    }

    fn user_database(&mut self, keys: &[&str], words: &[String], ground: &Ground<'_>) -> Outcome {
        let work = self.work()?;
        match keys {
            ["list", "oauthconnectors"] => Ok(table(&work.connectors)),
            ["show", "oauthconnector", ..] => {
                let name = named(&words[2..]).ok_or(Refusal::Unknown)?;
                let connector = work.connectors.get(name).ok_or(Refusal::Missing)?;
                Ok(shown(connector, ground.masks_secret))
            }
            ["reset", "defaultteamsconnector"] => {
                work.connectors.insert(ground.ready_made_name.to_owned(), Connector::ready_made());
                Ok(Vec::new())
            }
            ["add", "oauthconnector", "name", _, "mode", mode @ ("oidc" | "oauth2")] => {
                if work.connectors.contains_key(&words[3]) {
                    return Err(Refusal::There);
                }
                let connector = Connector { mode: (*mode).to_owned(), fields: BTreeMap::new() };
                work.connectors.insert(words[3].clone(), connector);
                Ok(Vec::new())
            }
            ["remove", "oauthconnector", ..] => {
                let name = named(&words[2..]).ok_or(Refusal::Unknown)?;
                work.connectors.remove(name).map(|_| Vec::new()).ok_or(Refusal::Missing)
            }
            ["update", "oauthconnector", ..] => {
                let name = named(&words[2..]).ok_or(Refusal::Unknown)?;
                let there = work.connectors.contains_key(name);
                let name = there.then(|| name.to_owned()).ok_or(Refusal::Missing)?;
                self.deeper(Context::Connector(name))
            }
            _ => Err(Refusal::Unknown),
        }
    }

    fn connector(&mut self, name: &str, keys: &[&str], words: &[String], ground: &Ground<'_>) -> Outcome {
        let connector = self.work()?.connectors.get_mut(name).ok_or(Refusal::Missing)?;
        match keys {
            ["show"] => Ok(shown(connector, ground.masks_secret)),
            ["set", field, _] => {
                let known = CONNECTOR_FIELDS.iter().find(|known| known.eq_ignore_ascii_case(field));
                let known = known.ok_or(Refusal::Unknown)?;
                connector.fields.insert((*known).to_owned(), words[2].clone());
                Ok(Vec::new())
            }
            _ => Err(Refusal::Unknown),
        }
    }

    fn domain(&mut self, domain: &str, keys: &[&str], words: &[String]) -> Outcome {
        match keys {
            ["config", "accountdefaultlimits"] => self.deeper(Context::DefaultLimits(domain.to_owned())),
            ["update", kind @ ("accountclass" | "account"), ..] => {
                let name = named(&words[2..]).ok_or(Refusal::Unknown)?.to_owned();
                let found = self.work()?.domains.get(domain).ok_or(Refusal::Missing)?;
                let is_class = *kind == "accountclass";
                let list = if is_class { &found.classes } else { &found.accounts };
                if !list.contains_key(&name) {
                    return Err(Refusal::Missing);
                }
                let domain = domain.to_owned();
                let class = Context::Class(domain.clone(), name.clone());
                self.deeper(if is_class { class } else { Context::Account(domain, name) })
            }
            _ => Err(Refusal::Unknown),
        }
    }

    fn switch(
        &mut self,
        keys: &[&str],
        field: &str,
        place: impl Fn(&mut Configuration) -> Option<&mut bool>,
    ) -> Outcome {
        let value = place(self.work()?).ok_or(Refusal::Missing)?;
        match keys {
            ["show"] => Ok(vec![switch_line(field, *value)]),
            ["set", name, word] if *name == field => {
                *value = yes(word)?;
                Ok(Vec::new())
            }
            _ => Err(Refusal::Unknown),
        }
    }

    fn limits(
        &mut self,
        keys: &[&str],
        domain: &str,
        name: &str,
        list: impl Fn(&mut Domain) -> &mut BTreeMap<String, Option<bool>>,
    ) -> Outcome {
        let domain = self.work()?.domains.get_mut(domain).ok_or(Refusal::Missing)?;
        let inherited = domain.teams;
        let value = list(domain).get_mut(name).ok_or(Refusal::Missing)?;
        match keys {
            ["show"] => Ok(vec![switch_line("enableteams", value.unwrap_or(inherited))]),
            ["set", "enableteams", word] => {
                *value = Some(yes(word)?);
                Ok(Vec::new())
            }
            ["reset", "enableteams"] => {
                *value = None;
                Ok(Vec::new())
            }
            _ => Err(Refusal::Unknown),
        }
    }
}

fn save(ground: &mut Ground<'_>) -> Outcome {
    ground.saved.clone_from(ground.running);
    Ok(Vec::new())
}

/// The name in `[name] N`.
fn named(words: &[String]) -> Option<&str> {
    match words {
        [name] => Some(name),
        [keyword, name] if keyword.eq_ignore_ascii_case("name") => Some(name),
        _ => None,
    }
}

fn yes(word: &str) -> Result<bool, Refusal> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Refusal::Value),
    }
}

fn switch_line(field: &str, on: bool) -> String {
    let name = if field == "enableteams" { "enableTeams" } else { "enableTeamsConnector" };
    format!("{name} = {}", if on { "yes" } else { "no" })
}

fn table(connectors: &BTreeMap<String, Connector>) -> Vec<String> {
    let width = connectors.keys().map(String::len).max().unwrap_or(0);
    connectors.iter().map(|(name, connector)| format!("{name:width$}  {}", connector.mode)).collect()
}

fn shown(connector: &Connector, masks_secret: bool) -> Vec<String> {
    let value = |name: &str, value: &str| match masks_secret && name == "clientSecret" && !value.is_empty() {
        true => "********".to_owned(),
        false => value.to_owned(),
    };
    let mut lines = vec![format!("mode = {}", connector.mode)];
    lines.extend(connector.fields.iter().map(|(name, text)| format!("{name} = {}", value(name, text))));
    lines
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::settings::Settings;
    use super::*;

    struct Desk {
        contexts: Contexts,
        running: Configuration,
        saved: Configuration,
        commits_at_once: bool,
    }

    impl Desk {
        fn new(commits_at_once: bool) -> Desk {
            let start = Settings::default().configuration;
            Desk { contexts: Contexts::default(), running: start.clone(), saved: start, commits_at_once }
        }

        fn type_in(&mut self, line: &str) -> Outcome {
            let mut ground = Ground {
                running: &mut self.running,
                saved: &mut self.saved,
                ready_made_name: "Teams",
                masks_secret: false,
                commits_at_once: self.commits_at_once,
            };
            self.contexts.execute(&super::super::words::words(line).unwrap(), &mut ground)
        }

        fn all(&mut self, lines: &[&str]) {
            for line in lines {
                self.type_in(line).unwrap();
            }
        }
    }

    #[test]
    fn only_the_outermost_commit_takes_effect_unless_all_do() {
        for at_once in [false, true] {
            let mut desk = Desk::new(at_once);
            desk.all(&["config server", "CONFIG WebMail", "set ENABLETEAMSCONNECTOR yes", "commit"]);
            assert_eq!(desk.running.teams_connector, at_once);
            desk.all(&["COMMIT"]);
            assert!(desk.running.teams_connector && !desk.saved.teams_connector);
            desk.all(&["SAVE CONFIG"]);
            assert!(desk.saved.teams_connector);
        }
    }

    #[test]
    fn back_throws_away_and_done_keeps_in_the_parent_only() {
        let mut desk = Desk::new(true);
        desk.all(&["UPDATE Domain test.tld", "CONFIG accountDefaultLimits", "SET enableTeams yes", "DONE"]);
        assert!(!desk.running.domains["test.tld"].teams);
        desk.all(&["BACK"]);
        assert_eq!(desk.contexts.prompt(), "#");
        desk.all(&[
            "UPDATE Domain name test.tld",
            "CONFIG accountDefaultLimits",
            "SET enableTeams yes",
            "DONE",
        ]);
        assert_eq!(desk.contexts.prompt(), "domain#");
        desk.all(&["COMMIT"]);
        assert!(desk.running.domains["test.tld"].teams);
    }

    #[test]
    fn what_is_not_known_in_a_context_is_refused_there() {
        let mut desk = Desk::new(false);
        for line in ["COMMIT", "BACK", "CONFIG USERDB", "UPDATE Domain no.such", "LIST oauthConnectors"] {
            assert!(desk.type_in(line).is_err(), "{line}");
        }
        desk.all(&["CONFIG SERVER", "CONFIG USERDB", "UPDATE oauthConnector Zoom"]);
        for line in ["SET clientID", "SET colour blue", "DONE", "SAVE CONFIG"] {
            assert!(desk.type_in(line).is_err(), "{line}");
        }
        desk.all(&["set CLIENTID 'a b'", "COMMIT"]);
        let shown = desk.type_in("SHOW oauthConnector name Zoom").unwrap();
        assert!(shown.contains(&"clientId = a b".to_owned()), "{shown:?}");
    }
}
