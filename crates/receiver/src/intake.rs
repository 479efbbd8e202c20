//! The desk at which bundles arrive: judged, asked about, taken. It knows nothing of HTTP; whoever calls it may be on any
//! thread. A question holds the sealed text in memory only, so after a restart the sender sends it again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use certs::Passphrase;
use time::OffsetDateTime;
use tokio::sync::mpsc;

use crate::judging::{self, JudgeError, Judged, Standing};
use crate::memory::{Memory, MemoryError};
use crate::questions::Answer;
use crate::taking::{self, Owner, Taking, TakingError, Took, Wanted};

/// The most bundles that wait for a person at once.
const MOST_WAITING: usize = 16;

/// The time, as an argument.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// What is written, and who is asked.
pub struct Terms {
    /// The files.
    pub wanted: Vec<Wanted>,
    /// Whom they belong to.
    pub owner: Owner,
    /// Their mode.
    pub mode: u32,
    /// The passphrase of PFX files.
    pub passphrase: Option<Passphrase>,
    /// Whether a rehearsal's bundle is taken, too; for tests.
    pub rehearsals: bool,
    /// Fingerprints of signers to whom the answer is yes.
    pub yes_from: Vec<String>,
    /// Whether a person can be asked about any other signer. If not, it is refused.
    pub asks: bool,
}

impl Terms {
    /// What step 12 needs of it.
    pub fn taking(&self) -> Taking<'_> {
        Taking {
            wanted: &self.wanted,
            owner: self.owner,
            mode: self.mode,
            passphrase: self.passphrase.as_ref(),
            rehearsals: self.rehearsals,
            crash: &|_| false,
        }
    }

    /// Whether nobody has to be asked: the signer was agreed to before, or is named in `yes_from`.
    pub fn is_agreed(&self, judged: &Judged) -> bool {
        let plain = |text: &str| text.replace(['-', ' '], "").to_ascii_uppercase();
        let signer = plain(&judged.overview.signer_fingerprint);
        judged.standing == Standing::Known || self.yes_from.iter().any(|given| plain(given) == signer)
    }
}

/// What happened, for the person at the server. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A person has to answer.
    Asked(Box<Judged>),
    /// A bundle was taken.
    Taken(Box<Took>),
    /// The receipt of this bundle went to its sender.
    Receipt {
        /// The bundle's own number.
        jti: String,
    },
    /// A bundle was refused; the sender was told nothing more.
    Refused {
        /// The number that its sender gave it.
        jti: String,
        /// The step of the format that failed, where one did.
        step: Option<u8>,
        /// Why.
        why: String,
    },
    /// Something here stands in the way; the sender was told to come back.
    Failed {
        /// What.
        why: String,
    },
    /// Files that a crash had left got their final names.
    Completed {
        /// The files.
        files: Vec<PathBuf>,
    },
}

/// How things stand with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Taken: the receipt.
    Taken(String),
    /// A person has to answer.
    Waiting,
    /// Refused.
    Refused,
    /// Other bytes are known under this number, so many.
    Conflict(usize),
    /// Nothing is known.
    Unknown,
    /// Too much waits already.
    Full,
    /// Something here stands in the way.
    Failed,
}

/// The desk.
pub struct Intake {
    memory: Mutex<Memory>,
    terms: Terms,
    held: Mutex<BTreeMap<String, String>>,
    notices: mpsc::Sender<Notice>,
    clock: Clock,
}

impl Intake {
    /// A desk over this memory. What a crash left is completed first. Notices that nobody takes off the channel are dropped.
    ///
    /// # Errors
    /// [`TakingError`], where what a crash left cannot be completed.
    pub fn new(
        mut memory: Memory,
        terms: Terms,
        clock: Clock,
        notices: mpsc::Sender<Notice>,
    ) -> Result<Intake, TakingError> {
        let left = taking::finish(&mut memory)?;
        memory.forget_questions(clock())?;
        let intake = Intake { memory: Mutex::new(memory), terms, held: Mutex::default(), notices, clock };
        if !left.placed.is_empty() {
            intake.tell(Notice::Completed { files: left.placed });
        }
        if !left.lost.is_empty() {
            let why =
                format!("files of a taken bundle were removed before they were in place: {:?}", left.lost);
            intake.tell(Notice::Failed { why });
        }
        Ok(intake)
    }

    /// Answers a question, and takes the bundle where the answer is yes. `false` where none of this number stands open.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn answer(&self, jti: &str, yes: bool) -> Result<bool, MemoryError> {
        let known = self.memory().answer(jti, yes)?;
        if known {
            self.look(jti);
        }
        Ok(known)
    }

    /// Does what was answered elsewhere since the last time, by `receive approve`.
    pub fn carry_out_answers(&self) {
        let waiting: Vec<String> = self.held().keys().cloned().collect();
        for jti in waiting {
            self.look(&jti);
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    pub(crate) fn serves(&self, path: &str) -> bool {
        self.memory().serves(path).unwrap_or(false)
    }

    /// The length of what is here whole: taken, or waiting for a person.
    pub(crate) fn length(&self, jti: &str) -> Option<usize> {
        let taken = self.memory().taken(jti).ok().flatten().map(|taken| taken.total);
        taken.or_else(|| self.held().get(jti).map(String::len))
    }

    /// A whole text arrived under this number.
    pub(crate) fn arrived(&self, jti: &str, text: String) -> Outcome {
        let mut memory = self.memory();
        let known = match memory.taken(jti) {
            Ok(taken) => taken,
            Err(why) => return self.fail(&why),
        };
        if let Some(taken) = known {
            return match digest(&SHA256, text.as_bytes()).as_ref() == taken.digest {
                true => self.receipt(&mut memory, taken.receipt),
                false => Outcome::Conflict(taken.total),
            };
        }
        let held = self.held().get(jti).map(|held| (held.len(), *held == text));
        match held {
            Some((length, false)) => return Outcome::Conflict(length),
            Some((_, true)) => return self.stand(&mut memory, jti),
            None => {}
        }
        let judged = match judging::judge(&memory, &text, self.now(), self.terms.rehearsals) {
            Ok(judged) if judged.overview.jti == jti => judged,
            Ok(_) => return self.refuse(jti, None, "it was sent under another number than its own"),
            Err(JudgeError::Memory(why)) => return self.fail(&why),
            Err(why) => return self.refuse(jti, why.step(), &why.to_string()),
        };
        if self.terms.is_agreed(&judged) {
            return self.take(&mut memory, jti, &text);
        }
        self.ask(&mut memory, judged, text)
    }

    /// How things stand; carries out what was answered.
    pub(crate) fn look(&self, jti: &str) -> Outcome {
        let mut memory = self.memory();
        match memory.taken(jti) {
            Ok(Some(taken)) => self.receipt(&mut memory, taken.receipt),
            Ok(None) => self.stand(&mut memory, jti),
            Err(why) => self.fail(&why),
        }
    }

    fn ask(&self, memory: &mut Memory, judged: Judged, text: String) -> Outcome {
        let jti = judged.overview.jti.clone();
        if !self.terms.asks {
            return self.refuse(
                &jti,
                Some(11),
                "its signer was not agreed to yet and nobody can be asked; say --yes-from or --wait",
            );
        }
        if self.held().len() >= MOST_WAITING {
            return Outcome::Full;
        }
        if let Err(why) = memory.ask(&judged, self.now()) {
            return self.fail(&why);
        }
        self.held().insert(jti.clone(), text);
        let outcome = self.stand(memory, &jti);
        if outcome == Outcome::Waiting {
            self.tell(Notice::Asked(Box::new(judged)));
        }
        outcome
    }

    /// How things stand with a bundle that was not taken.
    fn stand(&self, memory: &mut Memory, jti: &str) -> Outcome {
        let text = self.held().get(jti).cloned();
        match (memory.answered(jti), text) {
            (Ok(Some(Answer::Yes)), Some(text)) => {
                let outcome = self.take(memory, jti, &text);
                if outcome != Outcome::Failed {
                    self.held().remove(jti);
                }
                outcome
            }
            (Ok(Some(Answer::No)), held) => {
                self.held().remove(jti);
                if held.is_some() {
                    self.tell_refused(jti, Some(11), "the answer was no");
                }
                Outcome::Refused
            }
            (Ok(_), Some(_)) => Outcome::Waiting,
            (Ok(_), None) => Outcome::Unknown,
            (Err(why), _) => self.fail(&why),
        }
    }

    fn take(&self, memory: &mut Memory, jti: &str, text: &str) -> Outcome {
        match taking::take(memory, text, &self.terms.taking(), self.now()) {
            Ok(took) => {
                let receipt = took.receipt.clone();
                self.tell(Notice::Taken(Box::new(took)));
                Outcome::Taken(receipt)
            }
            Err(TakingError::Judge(JudgeError::Memory(why))) => self.fail(&why),
            Err(TakingError::Judge(why)) => self.refuse(jti, why.step(), &why.to_string()),
            Err(TakingError::Faster) => self.refuse(jti, Some(12), &TakingError::Faster.to_string()),
            Err(other) => self.fail(&other),
        }
    }

    /// A receipt leaves only when its files are in their places.
    fn receipt(&self, memory: &mut Memory, receipt: String) -> Outcome {
        match taking::finish(memory) {
            Ok(_) => Outcome::Taken(receipt),
            Err(why) => self.fail(&why),
        }
    }

    fn refuse(&self, jti: &str, step: Option<u8>, why: &str) -> Outcome {
        self.tell_refused(jti, step, why);
        Outcome::Refused
    }

    fn tell_refused(&self, jti: &str, step: Option<u8>, why: &str) {
        self.tell(Notice::Refused { jti: jti.to_owned(), step, why: why.to_owned() });
    }

    fn fail(&self, why: &dyn std::fmt::Display) -> Outcome {
        self.tell(Notice::Failed { why: why.to_string() });
        Outcome::Failed
    }

    pub(crate) fn tell(&self, notice: Notice) {
        // Strangers can make notices faster than anybody reads them; those beyond the channel's room are dropped.
        let _ = self.notices.try_send(notice);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
