//! One connection: banner, sign-in, commands, and how awkwardly it all arrives.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::configuration::Configuration;
use super::contexts::{Contexts, Ground, Outcome};
use super::settings::{Awkward, Kind, Mishap, Settings};
use super::words::words;
use crate::random::Random;

const LONGEST_LINE: usize = 8 * 1024;

/// What all connections share.
pub(super) struct Server {
    pub settings: Settings,
    pub state: Mutex<State>,
}

pub(super) struct State {
    pub running: Configuration,
    pub saved: Configuration,
    pub awkward: Awkward,
    pub heard: Vec<String>,
    pub counted: u32,
    pub gone: bool,
}

impl Server {
    pub(super) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A test that failed while it looked leaves the state as it was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of a command.
enum Fate {
    Done(Outcome),
    Refused,
    Dropped,
}

/// The connection ended.
struct Ended;

struct Dialogue<S> {
    server: Arc<Server>,
    stream: S,
    waiting: Vec<u8>,
    awkward: Awkward,
    random: Random,
    colours: bool,
    quiet: bool,
}

pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(server: Arc<Server>, stream: S) {
    let awkward = server.state().awkward.clone();
    if server.state().gone {
        return;
    }
    let mut dialogue = Dialogue {
        random: Random::new(awkward.split.unwrap_or(0)),
        colours: awkward.colours,
        server,
        stream,
        waiting: Vec::new(),
        awkward,
        quiet: false,
    };
    let _ = dialogue.run().await;
    // An orderly end, so that what was sent before it arrives.
    let _ = dialogue.stream.shutdown().await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    async fn run(&mut self) -> Result<(), Ended> {
        if self.awkward.echo {
            // IAC WILL ECHO, IAC WILL SUPPRESS-GO-AHEAD (RFC 854, RFC 857, RFC 858).
            self.send(&[0xff, 0xfb, 0x01, 0xff, 0xfb, 0x03]).await?;
        }
        let banner = "Welcome to AXIGEN's Command Line Interface\r\nYou are connected to 127.0.0.1\r\n\r\n";
        self.send(banner.as_bytes()).await?;
        self.sign_in().await?;
        let mut contexts = Contexts::default();
        loop {
            let line = self.line().await?;
            let Ok(words) = words(&line) else {
                self.refuse("unclosed quote", &contexts.prompt()).await?;
                continue;
            };
            match words.first().map(|word| word.to_lowercase()).as_deref() {
                None => self.refuse("empty command", &contexts.prompt()).await?,
                Some("exit" | "quit") => return self.goodbye().await,
                Some("help") => {
                    self.answer(&Ok(vec!["see the reference".to_owned()]), &contexts.prompt()).await?
                }
                Some(_) => self.command(&line, &words, &mut contexts).await?,
            }
        }
    }

    async fn command(&mut self, line: &str, words: &[String], contexts: &mut Contexts) -> Result<(), Ended> {
        match self.decide(line, words, contexts) {
            Fate::Done(outcome) => self.answer(&outcome, &contexts.prompt()).await,
            Fate::Refused => self.refuse("refused for the rehearsal's sake", &contexts.prompt()).await,
            Fate::Dropped => Err(Ended),
        }
    }

    fn decide(&self, line: &str, words: &[String], contexts: &mut Contexts) -> Fate {
        let mut state = self.server.state();
        state.heard.push(line.to_owned());
        state.counted += 1;
        let counted = state.counted;
        let due = |mishap: &Mishap| match mishap.kind {
            Kind::RefuseFromHere => counted >= mishap.at,
            _ => counted == mishap.at,
        };
        let kind = state.awkward.mishap.filter(due).map(|mishap| mishap.kind);
        match kind {
            Some(Kind::Refuse | Kind::RefuseFromHere) => return Fate::Refused,
            Some(Kind::Drop) => return Fate::Dropped,
            Some(Kind::DropForGood) => {
                state.gone = true;
                return Fate::Dropped;
            }
            Some(Kind::DropAfter) | None => {}
        }
        let settings = &self.server.settings;
        let State { running, saved, .. } = &mut *state;
        let outcome = contexts.execute(
            words,
            &mut Ground {
                running,
                saved,
                ready_made_name: &settings.ready_made_name,
                masks_secret: settings.masks_secret,
                commits_at_once: settings.commits_at_once,
            },
        );
        if kind.is_some() { Fate::Dropped } else { Fate::Done(outcome) }
    }

    /// Until somebody is signed in.
    async fn sign_in(&mut self) -> Result<(), Ended> {
        let settings = self.server.settings.clone();
        let (mut failed, mut commands) = (0, 0);
        self.prompt("login").await?;
        loop {
            let line = self.line().await?;
            commands += 1;
            if commands > settings.most_commands_before_sign_in {
                return self.close_with("too many commands before a sign-in").await;
            }
            let words = words(&line).unwrap_or_default();
            let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
            match lower.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["exit" | "quit"] => {
                    self.goodbye().await?;
                    return Err(Ended);
                }
                ["get", "version"] => {
                    let line = format!("{}|Linux|x86_64", settings.version);
                    // The published client takes the first line, so nothing stands before it.
                    let quiet = std::mem::replace(&mut self.quiet, true);
                    self.answer(&Ok(vec![line]), "login").await?;
                    self.quiet = quiet;
                }
                ["set", "console-codes", word @ ("on" | "off")] => {
                    self.colours = self.awkward.colours && *word == "on";
                    self.answer(&Ok(Vec::new()), "login").await?;
                }
                ["set", "quiet", word @ ("on" | "off")] => {
                    self.quiet = *word == "on";
                    self.answer(&Ok(Vec::new()), "login").await?;
                }
                ["user", _] => {
                    self.answer(&Ok(Vec::new()), "password").await?;
                    // A password is a whole line: no words, no quotes.
                    let password = self.line().await?;
                    if words[1] == "admin" && password == settings.password {
                        return self.answer(&Ok(Vec::new()), "#").await;
                    }
                    failed += 1;
                    if failed >= settings.most_failed_sign_ins {
                        return self.close_with("too many failed sign-ins").await;
                    }
                    self.refuse("wrong user name or password", "login").await?;
                }
                _ => self.refuse("sign in first", "login").await?,
            }
        }
    }

    async fn close_with(&mut self, why: &str) -> Result<(), Ended> {
        self.send(format!("-ERR: {why}\r\n").as_bytes()).await?;
        Err(Ended)
    }

    async fn goodbye(&mut self) -> Result<(), Ended> {
        let line = self.coloured("+OK: have a nice day");
        self.send(format!("{line}\r\n").as_bytes()).await
    }

    async fn refuse(&mut self, why: &str, prompt: &str) -> Result<(), Ended> {
        let status = self.coloured(&format!("-ERR: {why}"));
        self.finish(&[], &status, prompt).await
    }

    async fn answer(&mut self, outcome: &Outcome, prompt: &str) -> Result<(), Ended> {
        match outcome {
            Err(refusal) => self.refuse(&refusal.to_string(), prompt).await,
            Ok(lines) => {
                let status = self.coloured("+OK: command successful");
                self.finish(lines, &status, prompt).await
            }
        }
    }

    async fn finish(&mut self, lines: &[String], status: &str, prompt: &str) -> Result<(), Ended> {
        if !self.awkward.slow.is_zero() {
            tokio::time::sleep(self.awkward.slow).await;
        }
        let mut text = String::new();
        if !self.quiet && !lines.is_empty() {
            text.push_str("The answer:\r\n\r\n");
        }
        for line in lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
        if !self.quiet && !lines.is_empty() {
            text.push_str("\r\n");
        }
        text.push_str(status);
        text.push_str("\r\n");
        text.push_str(&self.coloured(&format!("<{prompt}> ")));
        self.send(text.as_bytes()).await
    }

    async fn prompt(&mut self, name: &str) -> Result<(), Ended> {
        let prompt = self.coloured(&format!("<{name}> "));
        self.send(prompt.as_bytes()).await
    }

    fn coloured(&self, text: &str) -> String {
        if self.colours { format!("\u{1b}[1;32m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let most =
                if self.awkward.split.is_some() { (self.random.next() % 6 + 1) as usize } else { rest.len() };
            let (piece, later) = rest.split_at(most.min(rest.len()));
            self.stream.write_all(piece).await.map_err(|_| Ended)?;
            self.stream.flush().await.map_err(|_| Ended)?;
            // Lets the other side read before the next piece.
            tokio::task::yield_now().await;
            rest = later;
        }
        Ok(())
    }

    async fn line(&mut self) -> Result<String, Ended> {
        loop {
            if let Some(end) = self.waiting.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.waiting.drain(..=end).collect();
                line.truncate(end);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                if self.awkward.echo {
                    let echoed = [line.as_slice(), b"\r\n"].concat();
                    self.send(&echoed).await?;
                }
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            let mut packet = [0_u8; 1024];
            let count = self.stream.read(&mut packet).await.unwrap_or(0);
            if count == 0 || self.waiting.len() > LONGEST_LINE {
                return Err(Ended);
            }
            self.waiting.extend_from_slice(&packet[..count]);
        }
    }
}
