//! The one place that prints. People get lines, programs get one JSON object a line; troubles of people go to stderr.
//! What is printed never comes out of a secret type: there is no function here that takes one.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use std::io::Write as _;

use engine::cloud::{DeviceCode, Waiting};
use engine::guide::{Guide, Language};
use engine::{Checklist, Code, PlanView, SignedIn, Stage, StepView, Tick, Trouble};
use time::OffsetDateTime;

use crate::events::{Done, Event};
use crate::failure::Failure;
use crate::words::{self, Word};

/// Speaks to a person or to a program.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    json: bool,
    language: Language,
}

impl Voice {
    pub fn new(json: bool, language: Language) -> Self {
        Self { json, language }
    }

    pub fn language(&self) -> Language {
        self.language
    }

    pub fn is_json(&self) -> bool {
        self.json
    }

    /// An event for programs; people get the line.
    pub fn tell(&self, event: &Event, line: impl FnOnce() -> String) {
        match self.json {
            true => out(&serde_json::to_string(event).unwrap_or_default()),
            false => out(&line()),
        }
    }

    /// A line for people only.
    pub fn line(&self, line: &str) {
        if !self.json {
            out(line);
        }
    }

    /// Text that is the result itself, such as a template.
    pub fn text(&self, text: &str) {
        out(text.trim_end());
    }

    /// A word of the command line's own.
    pub fn word(&self, word: Word) -> &'static str {
        words::say(word, self.language)
    }

    pub fn device_code(&self, code: &DeviceCode, now: OffsetDateTime) {
        let minutes = (code.expires_at - now).whole_minutes();
        self.tell(&Event::device_code(code, now), || {
            let (open, address) = (self.word(Word::OpenPage), &code.verification_uri);
            let (enter, user_code) = (self.word(Word::EnterCode), &code.user_code);
            format!("{open} {address}\n{enter} {user_code}  ({minutes} min)\n{}", self.word(Word::Phishing))
        });
    }

    pub fn browser(&self, address: &str) {
        self.tell(&Event::Browser { authorize_url: address.to_owned() }, || {
            format!("{}\n{address}", self.word(Word::OpenBrowser))
        });
    }

    pub fn signed_in(&self, who: &SignedIn) {
        self.tell(&Event::signed_in(who), || {
            let roles: Vec<&str> = who.roles.iter().map(|role| role.name()).collect();
            let roles = if roles.is_empty() { self.word(Word::NoRoles).to_owned() } else { roles.join(", ") };
            let guest = if who.guest { self.word(Word::Guest) } else { "" };
            let (signed_in, tenant) = (self.word(Word::SignedIn), self.word(Word::Tenant));
            let (named, id) = (&who.tenant_name, &who.tenant_id);
            let clock = who.clock_ahead.map(|ahead| format!("\n{}", self.clock(ahead))).unwrap_or_default();
            format!(
                "{signed_in} {}{guest}\n{tenant} {named} ({id})\n{} {roles}{clock}",
                who.account,
                self.word(Word::Roles)
            )
        });
    }

    fn clock(&self, ahead: time::Duration) -> String {
        let word = if ahead.is_negative() { Word::ClockFast } else { Word::ClockSlow };
        self.word(word).replace("{minutes}", &ahead.whole_minutes().unsigned_abs().to_string())
    }

    pub fn waiting(&self, waiting: Waiting) {
        if self.json {
            self.tell(&Event::waiting(waiting), String::new);
        }
    }

    /// A sign of life. People see only what takes time.
    pub fn tick(&self, step: &str, tick: Tick) {
        if self.json {
            return self.tell(&Event::tick(step, tick), String::new);
        }
        match tick {
            Tick::Waiting { seconds } if seconds > 0 => out(&format!("      … {seconds} s")),
            Tick::Sent { what, status } => out(&format!("      {status} {what}")),
            _ => {}
        }
    }

    /// A step as it stands, with what was seen.
    pub fn step(&self, guide: &Guide, checklist: &Checklist, step: &StepView) {
        let title = self.title(guide, &step.id);
        self.tell(&Event::step(step, title), || {
            let mark = mark(step);
            let state = words::state(step.state, self.language);
            let mut lines = format!("{mark} {:>2}/{} {title}: {state}", step.number, checklist.total);
            for phrase in step.evidence.iter().filter(|_| step.state.is_done()) {
                lines.push_str(&format!("\n        {}", phrase.in_language(self.language)));
            }
            lines
        });
        for trouble in stands_in_the_way(step) {
            self.trouble(Some(&step.id), &trouble);
        }
    }

    /// What a step would change.
    pub fn plan(&self, guide: &Guide, step: &StepView) {
        let Some(event) = Event::plan(step, self.language) else { return };
        self.tell(&event, || {
            let mut lines = format!("  {}", self.title(guide, &step.id));
            for change in step.plan.iter().flat_map(|plan| &plan.changes) {
                let sign = words::sign(change.sign);
                lines.push_str(&format!(
                    "\n      {sign} {}: {}",
                    change.name,
                    change.note.in_language(self.language)
                ));
            }
            lines
        });
    }

    /// What a stage of a renewal would change.
    pub fn renewal_plan(&self, step: &str, stage: Stage, plan: &PlanView) {
        self.tell(&Event::stage_plan(step, stage, plan, self.language), || {
            let mut lines = format!("  {}", self.word(words::stage(stage)));
            for change in &plan.changes {
                let note = change.note.in_language(self.language);
                lines.push_str(&format!("\n      {} {}: {note}", words::sign(change.sign), change.name));
            }
            lines
        });
    }

    pub fn trouble(&self, step: Option<&str>, trouble: &Trouble) {
        if self.json {
            return self.tell(&Event::trouble(step, trouble, self.language), String::new);
        }
        let field = trouble.field.as_ref().map(|field| format!(" [{field}]")).unwrap_or_default();
        err(&format!("      {}{field}\n      {}", trouble.what(self.language), trouble.next(self.language)));
        if let Some(id) = &trouble.technical.request_id {
            err(&format!("      request-id {id}"));
        }
    }

    pub fn failure(&self, failure: &Failure) {
        let (what, next) = (failure.what(self.language), failure.next(self.language));
        if !self.json {
            return err(&format!("footbridge: {what}\n{next}"));
        }
        let (code, field, request_id) = (failure.code(), failure.field(), failure.request_id());
        self.tell(&Event::Trouble { code, what, field, next, request_id, step: None }, String::new);
    }

    pub fn warning(&self, what: String) {
        match self.json {
            true => self.tell(&Event::Warning { what }, String::new),
            false => err(&what),
        }
    }

    /// The end of a pass.
    pub fn done(&self, done: Done) {
        let line = self.done_line(&done);
        self.tell(&Event::Done(Box::new(done)), || line);
    }

    fn done_line(&self, done: &Done) -> String {
        let counted =
            |(state, count): (&&str, &usize)| format!("{count} {}", words::state_named(state, self.language));
        let states: Vec<String> = done.states.iter().map(counted).collect();
        let mut line = format!(
            "\n{}. {} {} ({} {}, {} {})",
            states.join(", "),
            done.requests,
            self.word(Word::Requests),
            done.reads,
            self.word(Word::Reads),
            done.writes,
            self.word(Word::Writes)
        );
        if let Some(writes) = done.product_writes.filter(|writes| *writes > 0) {
            line.push_str(&format!(" {writes} {}.", self.word(Word::ProductWrites)));
        }
        let files = [
            (Word::Bundle, &done.bundle),
            (Word::Sheet, &done.sheet),
            (Word::Report, &done.report),
            (Word::PassphraseFile, &done.passphrase_file),
            (Word::Folder, &done.folder),
        ];
        for (word, path) in files {
            if let Some(path) = path {
                line.push_str(&format!("\n{:<20} {}", self.word(word), path.display()));
            }
        }
        line
    }

    /// Asks a person yes or no; without a terminal the answer is no.
    pub fn asks(&self, question: &str) -> bool {
        use std::io::IsTerminal as _;
        if self.json || !std::io::stdin().is_terminal() {
            return false;
        }
        print!("{question} {} ", self.word(Word::YesNo));
        let _ = std::io::stdout().flush();
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja")
    }

    /// The title of a step in the guide.
    pub fn title<'a>(&self, guide: &'a Guide, step: &'a str) -> &'a str {
        guide.texts.of(self.language).steps.get(step).map_or(step, |words| words.title.as_str())
    }
}

/// What a step lacks, each with what to do now.
fn stands_in_the_way(step: &StepView) -> Vec<Trouble> {
    if step.state.is_done() {
        return Vec::new();
    }
    let answers = step.missing_answers.iter().map(|ask| Trouble::new(Code::AnswerMissing).in_field(ask));
    let roles: Vec<&str> = step.missing_role.iter().map(|role| role.name()).collect();
    let role = (!roles.is_empty() && step.trouble.is_none()).then(|| {
        Trouble::new(Code::NeedsAnotherAdmin).with("name", roles.join(", ")).in_field(roles.join(", "))
    });
    let passwords = step
        .missing_passwords
        .iter()
        .map(|name| Trouble::new(Code::PasswordMissing).with("name", name).in_field(name.clone()));
    step.trouble.iter().cloned().chain(answers).chain(passwords).chain(role).collect()
}

fn mark(step: &StepView) -> &'static str {
    use engine::State;
    match step.state {
        State::Confirmed => "☑",
        state if state.is_done() => "✔",
        State::Failed => "✘",
        State::NeedsAnotherAdmin | State::Taken | State::ChangedSince => "!",
        State::Pending => "…",
        _ => "·",
    }
}

// A reader that went away is no reason to stop half-way through a change.
fn out(line: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}");
    let _ = stdout.flush();
}

fn err(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
