//! One signed-in dialogue with the server: contexts are entered and left here, and nowhere else.

use secrecy::SecretString;

use super::command::Command;
use super::error::{AxigenError, Place};
use super::line::{Broken, Line};
use super::target::Target;
use super::value::{Value, password_line};
use super::version::Version;
use super::wire::{Answer, Stage};

/// The most contexts that are ever left by BACK; the deepest one in use is the fourth.
const DEEPEST: usize = 8;

/// Who signs in at the command line.
#[derive(Debug, Clone)]
pub struct Admin {
    /// The name; Axigen's own top administrator is `admin`.
    pub name: String,
    /// The password. It is sent once for each connection and kept for one that ends in the middle.
    pub password: SecretString,
}

/// A signed-in dialogue.
pub struct Session {
    line: Line,
    target: Target,
    admin: Admin,
    version: Version,
    /// The open contexts, outermost first.
    open: Vec<&'static str>,
    /// Whether the last prompt was the root's.
    at_root: bool,
    /// Whether anything was sent since the last [`Session::begin`] that could have taken effect.
    pub(super) touched: bool,
    /// Whether a connector's own context was kept, and with it a secret.
    pub(super) connector_kept: bool,
    /// Whether the ready-made connector was asked for.
    pub(super) made_connector: bool,
    /// Whether SAVE CONFIG was sent and its answer never came.
    pub(super) saved_perhaps: bool,
}

/// One step through the contexts.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// Goes into a context of this name.
    Enter(Command, &'static str),
    /// Does something where it is.
    Do(Command),
    /// Leaves the context and keeps its changes: COMMIT or DONE.
    Keep(&'static str),
}

impl Move {
    pub(crate) fn command(&self) -> Command {
        match self {
            Move::Enter(command, _) | Move::Do(command) => command.clone(),
            Move::Keep(word) => Command::bare(*word),
        }
    }
}

/// Asks a server for its version. No sign-in is needed for that, and none is tried.
///
/// # Errors
/// [`AxigenError`]: the way to the server, or a server that does not tell.
pub async fn version(target: &Target) -> Result<Version, AxigenError> {
    let mut line = greeted(target).await?;
    let found = ask_version(&mut line, target).await;
    line.leave().await;
    found
}

async fn greeted(target: &Target) -> Result<Line, AxigenError> {
    let mut line = Line::new(target.connect().await?, target.patience);
    match line.greeting().await {
        Ok(answer) if answer.prompt == "login" => Ok(line),
        Err(Broken::Silent) => Err(silent(target, sign_in("connect"))),
        _ => Err(target.strange()),
    }
}

async fn ask_version(line: &mut Line, target: &Target) -> Result<Version, AxigenError> {
    let answer = line.ask("GET VERSION", Stage::SignIn).await;
    let answer = answer.map_err(|broken| told(target, broken, sign_in("GET VERSION")))?;
    answer.lines.iter().find_map(|line| Version::read(line)).ok_or(AxigenError::NoVersion)
}

fn sign_in(command: &str) -> Place {
    Place { context: String::new(), command: command.to_owned() }
}

fn silent(target: &Target, place: Place) -> AxigenError {
    AxigenError::Silent { place, seconds: target.patience.as_secs() }
}

fn told(target: &Target, broken: Broken, place: Place) -> AxigenError {
    match broken {
        Broken::Dropped { .. } => AxigenError::Dropped { place },
        Broken::Silent => silent(target, place),
        Broken::TooLong => AxigenError::TooLong { place },
    }
}

impl Session {
    /// Connects, asks for the version, switches colours and chatter off, and signs in. A server that is too old gets
    /// no password.
    ///
    /// # Errors
    /// [`AxigenError`]; nothing was changed then.
    pub async fn open(target: &Target, admin: &Admin, least: &Version) -> Result<Self, AxigenError> {
        let mut line = greeted(target).await?;
        let version = ask_version(&mut line, target).await?;
        if !version.is_at_least(least) {
            line.leave().await;
            return Err(AxigenError::TooOld { found: version, least: least.clone() });
        }
        for quieter in ["SET CONSOLE-CODES off", "SET QUIET on"] {
            // A server that refuses is only noisier.
            let answer = line.ask(quieter, Stage::SignIn).await;
            answer.map_err(|broken| told(target, broken, sign_in(quieter)))?;
        }
        enter_with(&mut line, target, admin).await?;
        Ok(Self {
            line,
            target: target.clone(),
            admin: admin.clone(),
            version,
            open: Vec::new(),
            at_root: true,
            touched: false,
            connector_kept: false,
            made_connector: false,
            saved_perhaps: false,
        })
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Says good-bye.
    pub async fn close(mut self) {
        self.line.leave().await;
    }

    /// Writes the running configuration to the server's disk.
    ///
    /// # Errors
    /// [`AxigenError`]: the server refused or did not answer.
    pub async fn save(&mut self) -> Result<(), AxigenError> {
        self.ready().await?;
        self.saved_perhaps = true;
        let saved = self.run(&Command::bare("SAVE CONFIG")).await;
        // Only an answer tells whether it was done.
        self.saved_perhaps = !matches!(saved, Ok(_) | Err(AxigenError::Refused { .. }));
        saved.map(drop)
    }

    /// Makes ready for one piece of work: at the root, on a line that lives.
    pub(super) async fn ready(&mut self) -> Result<(), AxigenError> {
        if !self.line.is_alive() || !self.back_out().await {
            self.reopen().await?;
        }
        Ok(())
    }

    /// Begins one change: what happens from here on is the change's.
    pub(super) async fn begin(&mut self) -> Result<(), AxigenError> {
        self.ready().await?;
        (self.touched, self.saved_perhaps) = (false, false);
        (self.connector_kept, self.made_connector) = (false, false);
        Ok(())
    }

    /// Connects anew; the contexts of the old line ended with it.
    async fn reopen(&mut self) -> Result<(), AxigenError> {
        // Closed before the new one opens, so that its contexts are gone first.
        self.line.leave().await;
        let fresh = Box::pin(Session::open(&self.target, &self.admin, &self.version)).await?;
        self.line = fresh.line;
        self.open.clear();
        self.at_root = true;
        Ok(())
    }

    /// Sends one command.
    pub(super) async fn run(&mut self, command: &Command) -> Result<Answer, AxigenError> {
        let place = || Place { context: self.open.join(" / "), command: command.told.clone() };
        let line = command.line()?;
        let answer = match self.line.ask(&line, Stage::Commands).await {
            Ok(answer) => answer,
            Err(broken) => return Err(told(&self.target, broken, place())),
        };
        self.at_root = answer.prompt == "#";
        if !answer.ok {
            // A server may repeat what it could not take.
            let said = if command.holds_a_secret() { String::new() } else { answer.said };
            return Err(AxigenError::Refused { place: place(), said });
        }
        Ok(answer)
    }

    /// Leaves one context without keeping anything.
    pub(super) async fn back(&mut self) -> Result<(), AxigenError> {
        let place = Place { context: self.open.join(" / "), command: "BACK".to_owned() };
        self.run(&Command::bare("BACK")).await?;
        self.open.pop();
        match self.at_root == self.open.is_empty() {
            true => Ok(()),
            false => Err(AxigenError::Unexpected { place }),
        }
    }

    /// For a field that `SHOW` does not print here.
    pub(super) fn unreadable(&self, field: &str) -> AxigenError {
        let place = Place { context: self.open.join(" / "), command: "SHOW".to_owned() };
        AxigenError::Unreadable { field: field.to_owned(), place }
    }

    pub(super) async fn walk(&mut self, moves: &[Move]) -> Result<(), AxigenError> {
        for step in moves {
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Move) -> Result<(), AxigenError> {
        let command = step.command();
        let makes = command.told.starts_with("RESET");
        if makes || matches!(step, Move::Keep(_)) {
            self.touched = true;
            self.made_connector |= makes;
            self.connector_kept |= self.open.last() == Some(&"oauthConnector");
        }
        let before = Place { context: self.open.join(" / "), command: command.told.clone() };
        self.run(&command).await?;
        match step {
            Move::Enter(_, name) => self.open.push(name),
            Move::Do(_) => {}
            Move::Keep(_) => drop(self.open.pop()),
        }
        match self.at_root == self.open.is_empty() {
            true => Ok(()),
            false => Err(AxigenError::Unexpected { place: before }),
        }
    }

    /// Leaves every open context without keeping anything; false where the line did not let it.
    pub(super) async fn back_out(&mut self) -> bool {
        for _ in 0..DEEPEST {
            if self.at_root || !self.line.is_alive() {
                break;
            }
            if self.run(&Command::bare("BACK")).await.is_err() {
                return false;
            }
        }
        self.open.clear();
        self.line.is_alive() && self.at_root
    }
}

async fn enter_with(line: &mut Line, target: &Target, admin: &Admin) -> Result<(), AxigenError> {
    let name = Command::with("USER", "admin's name", Value::Open(admin.name.clone())).line()?;
    let password = password_line(&admin.password)
        .map_err(|fault| AxigenError::Value { field: "password".to_owned(), fault })?;
    let asked = line.ask(&name, Stage::SignIn).await.map_err(|broken| closed(target, broken, "USER"))?;
    if !asked.ok || asked.prompt != "password" {
        line.leave().await;
        return Err(AxigenError::WrongPassword);
    }
    let answer =
        line.ask(&password, Stage::SignIn).await.map_err(|broken| closed(target, broken, "password"))?;
    if answer.ok && answer.prompt == "#" {
        return Ok(());
    }
    line.leave().await;
    Err(AxigenError::WrongPassword)
}

fn closed(target: &Target, broken: Broken, command: &str) -> AxigenError {
    match broken {
        Broken::Dropped { refused: true } => AxigenError::TooManySignIns,
        broken => told(target, broken, sign_in(command)),
    }
}
