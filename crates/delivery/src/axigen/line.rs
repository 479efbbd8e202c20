//! One line to the server: a command goes out, its whole answer comes back, within a bound of time and size.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::target::Stream;
use super::wire::{Answer, Incoming, Outgrown, Stage};

/// What went wrong on the line, without where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The line ended; whether a refusal was the last that it said.
    Dropped {
        refused: bool,
    },
    Silent,
    TooLong,
}

/// A connection with what has come in so far.
pub(crate) struct Line {
    stream: Box<dyn Stream>,
    incoming: Incoming,
    patience: Duration,
    alive: bool,
}

impl Line {
    pub(crate) fn new(stream: Box<dyn Stream>, patience: Duration) -> Self {
        Self { stream, incoming: Incoming::new(), patience, alive: true }
    }

    /// Whether a further command makes sense. A late answer would be taken for that of the next command.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Waits for the banner and the first prompt.
    pub(crate) async fn greeting(&mut self) -> Result<Answer, Broken> {
        self.exchange("", Stage::SignIn).await
    }

    /// Sends one line and waits for its answer.
    pub(crate) async fn ask(&mut self, sent: &str, stage: Stage) -> Result<Answer, Broken> {
        self.exchange(sent, stage).await
    }

    /// Says good-bye. What comes back changes nothing any more.
    pub(crate) async fn leave(&mut self) {
        if self.alive {
            let _ = self.exchange("EXIT", Stage::Commands).await;
            let _ = timeout(self.patience, self.stream.shutdown()).await;
            self.alive = false;
        }
    }

    async fn exchange(&mut self, sent: &str, stage: Stage) -> Result<Answer, Broken> {
        let patience = self.patience;
        let outcome = match timeout(patience, self.dialogue(sent, stage)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Broken::Silent),
        };
        self.alive &= outcome.is_ok();
        outcome
    }

    async fn dialogue(&mut self, sent: &str, stage: Stage) -> Result<Answer, Broken> {
        if !self.alive {
            return Err(Broken::Dropped { refused: false });
        }
        if !sent.is_empty() {
            let mut line = Zeroizing::new(Vec::with_capacity(sent.len() + 2));
            line.extend_from_slice(sent.as_bytes());
            line.extend_from_slice(b"\r\n");
            let out = async {
                self.stream.write_all(&line).await?;
                self.stream.flush().await
            };
            // The server may have said why before it closed, so what it said is still read.
            let _ = out.await;
        }
        let mut packet = Zeroizing::new([0_u8; 4096]);
        loop {
            let count = self.stream.read(&mut *packet).await.unwrap_or(0);
            if count == 0 {
                return Err(Broken::Dropped { refused: self.incoming.holds_a_refusal() });
            }
            self.incoming.take(&packet[..count]).map_err(|Outgrown| Broken::TooLong)?;
            if let Some(answer) = self.incoming.answer(sent, stage) {
                return Ok(answer);
            }
        }
    }
}

#[cfg(test)]
mod tests;
