//! What `--json` prints: one object a line, with an `event`. The names are part of docs/command-line.md.
//! No event has a member through which a secret could leave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::cloud::{DeviceCode, Tally, Waiting};
use engine::guide::Language;
use engine::{Change, Checklist, PlanView, SignedIn, Stage, StepView, Tick, Trouble};
use serde::Serialize;
use time::OffsetDateTime;

use crate::certificates::{CertificateLine, ContentsLine};
use crate::receiving::Told;

/// A permission that a guide can ask for.
#[derive(Debug, Serialize)]
pub struct AskedLine {
    pub name: String,
    pub application: bool,
    pub risk: &'static str,
    pub depends: bool,
}

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A code waits to be typed.
    DeviceCode { user_code: String, verification_uri: String, expires_in: i64 },
    /// An address waits to be opened in the browser.
    Browser { authorize_url: String },
    /// Somebody is signed in.
    SignedIn {
        account: String,
        tenant: String,
        tenant_name: String,
        guest: bool,
        roles: Vec<String>,
        scopes: Vec<String>,
        /// Seconds by which Microsoft's clock is ahead of this one, where it is more than two minutes.
        #[serde(skip_serializing_if = "Option::is_none")]
        clock_ahead: Option<i64>,
    },
    /// A product's offer, to be compared before it is taken.
    OfferSeen { install_id: String, fingerprint: String, endpoint: Option<String> },
    /// Where a sealed bundle would go.
    Delivery {
        step: String,
        place: String,
        addresses: Vec<String>,
        pinned: Option<String>,
        bytes: usize,
        sha256: String,
    },
    /// A sealed bundle arrived.
    Delivered { step: String, how: &'static str, place: String, sha256: String },
    /// What would change.
    Plan { step: String, changes: Vec<Line>, requests: u32, can_be_undone: bool },
    /// A step as it stands.
    Step { id: String, number: usize, state: &'static str, title: String },
    /// A sign of life.
    Tick {
        step: Option<String>,
        #[serde(flatten)]
        tick: Sign,
    },
    /// One host of the connection test.
    NetworkHost {
        role: &'static str,
        host: String,
        way: &'static str,
        proxy: Option<String>,
        by_system: bool,
        status: Option<u16>,
        issuer: Option<String>,
        public: Option<bool>,
        code: Option<String>,
        what: Option<String>,
        next: Option<String>,
    },
    /// The connection test as a whole.
    Network { good: bool, inspector: Option<String>, script: Option<String> },
    /// A policy file, or where one would lie.
    PolicyFile { path: String, found: bool },
    /// What a policy lays down.
    Policy { key: &'static str, value: String, path: String, line: usize },
    /// Something went wrong.
    Trouble {
        code: String,
        what: String,
        field: Option<String>,
        next: String,
        request_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<String>,
    },
    /// A pass over the steps has ended.
    Done(Box<Done>),
    /// A guide that is built in.
    Guide { id: String, version: String, product: String, vendor: String, steps: usize },
    /// A guide that is not built in.
    OwnGuide {
        id: String,
        version: String,
        product: String,
        vendor: String,
        signed_by: Option<String>,
        fingerprint: Option<String>,
        permissions: Vec<AskedLine>,
    },
    /// A key whose guides are trusted.
    PinnedKey { name: String, fingerprint: String },
    /// A step for another admin, or one that was taken over.
    PassedOn {
        step: String,
        fingerprint: String,
        asked_by: Option<String>,
        tenant: Option<String>,
        text: Option<String>,
    },
    /// A fault of a guide file.
    Fault { file: String, line: usize, column: usize, field: String, what: String, hint: String },
    /// A connection.
    Connection {
        id: String,
        name: String,
        guide: String,
        tenant: Option<String>,
        rehearsal: bool,
        done: usize,
        total: usize,
        next: Option<String>,
        states: BTreeMap<&'static str, usize>,
    },
    /// A secret or certificate of the ledger.
    Credential {
        connection: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        customer: Option<String>,
        product: String,
        tenant: Option<String>,
        application: String,
        application_id: String,
        credential: &'static str,
        key_id: String,
        name: Option<String>,
        thumbprint: Option<String>,
        start: Option<String>,
        end: Option<String>,
        days_left: Option<i64>,
        standing: &'static str,
        ours: bool,
        current: bool,
        used_in: Vec<String>,
        proven: Option<String>,
        proven_by: Option<&'static str>,
        seen: Option<String>,
        renewing: bool,
    },
    /// A sign of life of one of many.
    ManyTick {
        connection: String,
        state: &'static str,
        step: Option<String>,
        done: Option<usize>,
        total: Option<usize>,
    },
    /// One of many as it stands.
    Tenant {
        connection: String,
        customer: Option<String>,
        tenant: String,
        state: &'static str,
        done: usize,
        steps: BTreeMap<String, &'static str>,
        changes: BTreeMap<String, usize>,
        later: usize,
        waits_for: Vec<engine::WaitsForAPerson>,
        requests: u64,
        writes: u64,
        next_expiry: Option<String>,
    },
    /// The end of a command about many.
    ManyDone {
        tenants: usize,
        states: BTreeMap<&'static str, usize>,
        requests: u64,
        writes: u64,
        stopped: bool,
    },
    /// What a stage of a renewal would change.
    StagePlan { step: String, stage: &'static str, changes: Vec<Line> },
    /// A stage of a renewal as it stands.
    Stage {
        step: String,
        credential: &'static str,
        stage: &'static str,
        state: &'static str,
        old: String,
        new: Option<String>,
    },
    /// The end of a command about a renewal.
    Renewal {
        step: String,
        credential: &'static str,
        old: String,
        new: Option<String>,
        next: Option<&'static str>,
        ended: Option<engine::Ending>,
        bundle: Option<PathBuf>,
        sheet: Option<PathBuf>,
        report: Option<PathBuf>,
        passphrase_file: Option<PathBuf>,
    },
    /// Something to be taken back, or taken back.
    Undo { what: String, undone: bool },
    /// A file was written.
    File { what: &'static str, path: PathBuf, fingerprint: Option<String> },
    /// A bundle from outside.
    Inspection {
        form: &'static str,
        bytes: usize,
        ciphertext_bytes: usize,
        recipient: Option<String>,
        recipient_fingerprint: Option<String>,
        header: String,
    },
    /// What may be shown of a bundle that passed every check.
    Bundle {
        product: String,
        tool: String,
        tenant: String,
        tenant_domain: String,
        signer: String,
        credential: &'static str,
        credential_expires: Option<String>,
        issued_at: String,
        expires_at: String,
        rehearsal: bool,
    },
    /// A bundle of a self-test, with what was to be done and what was done.
    Tried {
        name: &'static str,
        what: &'static str,
        wanted: &'static str,
        step: Option<u8>,
        happened: &'static str,
        status: Option<u16>,
        why: Option<String>,
        verdict: &'static str,
    },
    /// The end of a self-test.
    SelfTest { good: bool, right: usize, wrong: usize, unclear: usize },
    /// A certificate, with every spelling of its thumbprints.
    Certificate(Box<CertificateLine>),
    /// What a certificate or key file holds.
    CertificateContents(ContentsLine),
    /// A request for a certificate.
    CertificateRequest { file: Option<PathBuf>, subject: String, key: String, other_names: Vec<String> },
    /// A chain, the certificate of the key first.
    CertificateChain { complete: bool, subjects: Vec<String>, missing: Option<String>, not_checked: usize },
    /// A file of an export was written and opened again.
    CertificateFile { path: PathBuf, destination: &'static str, kind: &'static str, algorithms: String },
    /// The journal is intact.
    Journal { intact: bool, entries: u64 },
    /// A notice that is no trouble, such as a damaged file that was set aside.
    Warning { what: String },
    /// What the receiver says, with the names of its own events.
    #[serde(untagged)]
    Receive(Box<Told>),
}

/// A line of a plan.
#[derive(Debug, Serialize)]
pub struct Line {
    pub sign: engine::Sign,
    pub name: String,
    pub note: String,
    pub risk: Option<engine::Risk>,
}

/// A sign of life: the engine's own, or one of the sign-in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Sign {
    /// From a step.
    Step(Tick),
    /// From the sign-in.
    SignIn { tick: &'static str, remaining: u64, unanswered: u32 },
}

/// The end of a pass.
#[derive(Debug, Default, Serialize)]
pub struct Done {
    pub connection: String,
    pub pass: u32,
    pub requests: u64,
    pub reads: u64,
    pub writes: u64,
    /// Commands that changed the pretend product, in a rehearsal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_writes: Option<usize>,
    pub states: BTreeMap<&'static str, usize>,
    pub bundle: Option<PathBuf>,
    pub sheet: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub passphrase_file: Option<PathBuf>,
    pub folder: Option<PathBuf>,
}

impl Event {
    pub fn device_code(code: &DeviceCode, now: OffsetDateTime) -> Self {
        Self::DeviceCode {
            user_code: code.user_code.clone(),
            verification_uri: code.verification_uri.to_string(),
            expires_in: (code.expires_at - now).whole_seconds(),
        }
    }

    pub fn signed_in(who: &SignedIn) -> Self {
        Self::SignedIn {
            account: who.account.clone(),
            tenant: who.tenant_id.clone(),
            tenant_name: who.tenant_name.clone(),
            guest: who.guest,
            roles: who.roles.iter().map(|role| role.name().to_owned()).collect(),
            scopes: who.scopes.clone(),
            clock_ahead: who.clock_ahead.map(time::Duration::whole_seconds),
        }
    }

    /// The plan of a step, where it has one.
    pub fn plan(step: &StepView, language: Language) -> Option<Self> {
        let plan = step.plan.as_ref()?;
        Some(Self::Plan {
            step: step.id.clone(),
            changes: plan.changes.iter().map(|change| Line::of(change, language)).collect(),
            requests: plan.requests,
            can_be_undone: plan.can_be_undone,
        })
    }

    /// The plan of a stage.
    pub fn stage_plan(step: &str, stage: Stage, plan: &PlanView, language: Language) -> Self {
        let changes = plan.changes.iter().map(|change| Line::of(change, language)).collect();
        Self::StagePlan { step: step.to_owned(), stage: stage.name(), changes }
    }

    pub fn step(step: &StepView, title: &str) -> Self {
        Self::Step {
            id: step.id.clone(),
            number: step.number,
            state: step.state.name(),
            title: title.to_owned(),
        }
    }

    pub fn tick(step: &str, tick: Tick) -> Self {
        Self::Tick { step: Some(step.to_owned()), tick: Sign::Step(tick) }
    }

    pub fn waiting(waiting: Waiting) -> Self {
        let (remaining, unanswered) = (waiting.remaining.as_secs(), waiting.unanswered);
        Self::Tick { step: None, tick: Sign::SignIn { tick: "sign-in", remaining, unanswered } }
    }

    pub fn trouble(step: Option<&str>, trouble: &Trouble, language: Language) -> Self {
        Self::Trouble {
            code: trouble.code.name(),
            what: trouble.what(language),
            field: trouble.field.clone(),
            next: trouble.next(language),
            request_id: trouble.technical.request_id.clone(),
            step: step.map(str::to_owned),
        }
    }

    pub fn file(what: &'static str, path: &Path) -> Self {
        Self::File { what, path: path.to_owned(), fingerprint: None }
    }
}

impl Line {
    fn of(change: &Change, language: Language) -> Self {
        Self {
            sign: change.sign,
            name: change.name.clone(),
            note: change.note.in_language(language),
            risk: change.risk,
        }
    }
}

impl Done {
    /// The end of a pass, with what went to Graph between two counts.
    pub fn of(checklist: &Checklist, before: Tally, after: Tally) -> Self {
        Self {
            connection: checklist.name.clone(),
            pass: 1,
            requests: after.requests.saturating_sub(before.requests),
            reads: after.reads.saturating_sub(before.reads),
            writes: after.writes.saturating_sub(before.writes),
            states: checklist.states(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use engine::Code;
    use serde_json::{Value, json};

    use super::*;

    fn shown(event: &Event) -> Value {
        serde_json::to_value(event).unwrap()
    }

    #[test]
    fn a_device_code_has_the_documented_members() {
        let event = Event::DeviceCode {
            user_code: "A".into(),
            verification_uri: "https://x".into(),
            expires_in: 900,
        };
        let wanted = json!({ "event": "device-code", "user_code": "A", "verification_uri": "https://x", "expires_in": 900 });
        assert_eq!(shown(&event), wanted);
    }

    #[test]
    fn a_trouble_has_the_documented_members() {
        let mut trouble = Trouble::new(Code::AnswerMissing).in_field("operators");
        trouble.technical.request_id = Some("r".to_owned());
        let event = shown(&Event::trouble(Some("operators"), &trouble, Language::English));
        assert_eq!(event["event"], "trouble");
        assert_eq!(event["code"], "answer-missing");
        assert_eq!(event["field"], "operators");
        assert_eq!(event["request_id"], "r");
        assert!(event["what"].as_str().unwrap().contains("operators"));
        assert!(!event["next"].as_str().unwrap().is_empty());
    }

    #[test]
    fn ticks_of_steps_and_of_the_sign_in_look_alike() {
        let step = shown(&Event::tick("register", Tick::Waiting { seconds: 5 }));
        assert_eq!(step, json!({ "event": "tick", "step": "register", "tick": "waiting", "seconds": 5 }));
        let waiting = Waiting { remaining: std::time::Duration::from_secs(60), polls: 1, unanswered: 0 };
        assert_eq!(
            shown(&Event::waiting(waiting)),
            json!({ "event": "tick", "step": null, "tick": "sign-in", "remaining": 60, "unanswered": 0 })
        );
    }

    #[test]
    fn done_counts_from_the_beginning_of_its_pass() {
        let tally = |requests, reads, writes| Tally { requests, reads, writes };
        let checklist = Checklist {
            connection: "id".into(),
            name: "n".into(),
            guide: "g".into(),
            rehearsal: true,
            who: None,
            sections: Vec::new(),
            steps: Vec::new(),
            done: 0,
            total: 0,
            next: None,
            ended: None,
        };
        let event = shown(&Event::Done(Box::new(Done::of(&checklist, tally(3, 2, 1), tally(5, 9, 1)))));
        assert_eq!(
            (&event["requests"], &event["reads"], &event["writes"]),
            (&json!(2), &json!(7), &json!(0))
        );
        for member in ["states", "bundle", "report", "pass"] {
            assert!(event.get(member).is_some(), "{member}");
        }
    }
}
