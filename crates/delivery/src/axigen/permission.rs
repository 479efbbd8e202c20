//! The permission that WebAdmin calls External Apps: users of a domain, an account class or one account may use the
//! connector.

use serde::Serialize;

use super::command::Command;
use super::error::{AxigenError, Left, Stopped};
use super::receipt::{Receipt, SecretReadBack};
use super::session::{Move, Session};
use super::shown;
use super::value::Value;

const FIELD: &str = "enableTeams";

/// Who gets the permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "level")]
pub enum Permission {
    /// All accounts of a domain, by its account defaults.
    Domain {
        /// The domain.
        domain: String,
    },
    /// One account class of a domain.
    AccountClass {
        /// The domain.
        domain: String,
        /// The class.
        name: String,
    },
    /// One account of a domain.
    Account {
        /// The domain.
        domain: String,
        /// The account, without the domain.
        name: String,
    },
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionPlan {
    /// Whether it is allowed now.
    pub allowed: bool,
    /// The commands. Empty where it is allowed.
    pub commands: Vec<String>,
}

impl Permission {
    fn domain(&self) -> &str {
        match self {
            Permission::Domain { domain }
            | Permission::AccountClass { domain, .. }
            | Permission::Account { domain, .. } => domain,
        }
    }

    /// The domain, with the class or account, for people.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Permission::Domain { domain } => domain.clone(),
            Permission::AccountClass { domain, name } => format!("{domain}, account class {name}"),
            Permission::Account { domain, name } => format!("{name}@{domain}"),
        }
    }

    /// The way to the limits.
    fn way(&self) -> Vec<Move> {
        let named = |words: &str, field, name: &str, context| {
            Move::Enter(Command::with(words, field, Value::Open(name.to_owned())), context)
        };
        let limits = |name: &'static str| Move::Enter(Command::bare(format!("CONFIG {name}")), name);
        let domain = named("UPDATE Domain name", "domain", self.domain(), "domain");
        match self {
            Permission::Domain { .. } => vec![domain, limits("accountDefaultLimits")],
            Permission::AccountClass { name, .. } => {
                let class = named("UPDATE accountClass name", "account class", name, "accountClass");
                vec![domain, class, limits("Limits")]
            }
            Permission::Account { name, .. } => {
                vec![domain, named("UPDATE Account name", "account", name, "account"), limits("Limits")]
            }
        }
    }

    /// The way back out of the limits, which keeps what was set.
    fn keeping(&self) -> Vec<Move> {
        let commits = self.way().len() - 1;
        let commits = std::iter::repeat_n(Move::Keep("COMMIT"), commits);
        std::iter::once(Move::Keep("DONE")).chain(commits).collect()
    }

    fn commands(&self) -> Result<Vec<String>, AxigenError> {
        let set = Move::Do(setting(true));
        let shown = Move::Do(Command::bare("SHOW"));
        let moves = self.way().into_iter().chain([set, shown]).chain(self.keeping());
        let saving = std::iter::once(Ok("SAVE CONFIG".to_owned()));
        moves.map(|step| step.command().preview()).chain(saving).collect()
    }

    /// All commands as text to paste after the sign-in.
    ///
    /// # Errors
    /// [`AxigenError::Value`] for a name that cannot stand in a command.
    pub fn script(&self) -> Result<String, AxigenError> {
        Ok(self.commands()?.into_iter().map(|line| line + "\n").collect())
    }
}

fn setting(on: bool) -> Command {
    Command::bare(format!("SET {FIELD} {}", if on { "yes" } else { "no" }))
}

/// For a class or account: inherit again.
fn inheriting() -> Command {
    Command::bare(format!("RESET {FIELD}"))
}

impl Session {
    /// Reads whether it is allowed now and tells what would be done. Nothing is changed.
    ///
    /// # Errors
    /// [`AxigenError`]; a domain, class or account that does not exist is one that the server refuses.
    pub async fn plan_permission(&mut self, permission: &Permission) -> Result<PermissionPlan, AxigenError> {
        let commands = permission.commands()?;
        self.begin().await?;
        let allowed = match self.look_at(permission).await {
            Ok(allowed) => allowed,
            Err(cause) => return Err(self.stop_looking(cause).await.cause),
        };
        Ok(PermissionPlan { allowed, commands: if allowed { Vec::new() } else { commands } })
    }

    /// Allows it, reads it back, and saves the configuration. Where it is allowed already, nothing is written.
    ///
    /// # Errors
    /// [`Stopped`]: why and where, and what is at the server now.
    pub async fn allow(&mut self, permission: &Permission) -> Result<Receipt, Stopped> {
        self.begin().await?;
        let subject = permission.subject();
        match self.look_at(permission).await {
            Ok(true) => return Ok(self.receipt(&subject, Vec::new(), false, SecretReadBack::NotSent)),
            Ok(false) => {}
            Err(cause) => return Err(self.stop_looking(cause).await),
        }
        match self.write_permission(permission).await {
            Ok(()) => Ok(self.receipt(&subject, vec![FIELD.to_owned()], true, SecretReadBack::NotSent)),
            Err(cause) => {
                let left = self.settle_permission(permission).await;
                Err(Stopped { cause, left })
            }
        }
    }

    /// Reads the switch in its context; ends at the root.
    async fn look_at(&mut self, permission: &Permission) -> Result<bool, AxigenError> {
        let way = permission.way();
        self.walk(&way).await?;
        let allowed = self.shown_permission().await?;
        for _ in way {
            self.back().await?;
        }
        Ok(allowed)
    }

    async fn shown_permission(&mut self) -> Result<bool, AxigenError> {
        let answer = self.run(&Command::bare("SHOW")).await?;
        shown::switch(&answer.lines, FIELD).ok_or_else(|| self.unreadable(FIELD))
    }

    async fn set_permission(
        &mut self,
        permission: &Permission,
        setting: Command,
        on: bool,
    ) -> Result<(), AxigenError> {
        let wrong = || AxigenError::ReadBack { field: FIELD.to_owned() };
        self.walk(&permission.way()).await?;
        self.walk(&[Move::Do(setting)]).await?;
        if self.shown_permission().await? != on {
            return Err(wrong());
        }
        self.walk(&permission.keeping()).await?;
        if self.look_at(permission).await? == on { Ok(()) } else { Err(wrong()) }
    }

    async fn write_permission(&mut self, permission: &Permission) -> Result<(), AxigenError> {
        self.set_permission(permission, setting(true), true).await?;
        self.save().await
    }

    /// Whether a class or account had a "no" of its own or inherited it is not shown, and nearly all inherit. So it
    /// inherits again, and gets a "no" of its own only where it would be allowed otherwise.
    async fn take_back(&mut self, permission: &Permission, unsaved: bool) -> Result<(), AxigenError> {
        let inherits = !matches!(permission, Permission::Domain { .. });
        if !inherits || self.set_permission(permission, inheriting(), false).await.is_err() {
            self.ready().await?;
            self.set_permission(permission, setting(false), false).await?;
        }
        if unsaved { Ok(()) } else { self.save().await }
    }

    /// After a stop: out of every context, and the switch is put back where it took effect.
    async fn settle_permission(&mut self, permission: &Permission) -> Left {
        let unsaved = !self.saved_perhaps;
        let tidy = self.back_out().await;
        if !self.touched {
            return Left::AsBefore;
        }
        let unknown = || Left::Unknown(vec![FIELD.to_owned()]);
        if !tidy && self.ready().await.is_err() {
            return unknown();
        }
        match self.look_at(permission).await {
            Err(_) => return unknown(),
            Ok(false) if unsaved => return Left::AsBefore,
            Ok(_) => {}
        }
        match self.take_back(permission, unsaved).await {
            Ok(()) => Left::PutBack,
            Err(_) => {
                self.back_out().await;
                unknown()
            }
        }
    }
}
