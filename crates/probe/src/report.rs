//! What a probe found, step by step.

use url::Url;

use crate::device::Device;
use crate::fault::{Fault, Value};
use crate::question::Expects;

/// The steps, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The address has the right form.
    Address,
    /// The name resolves.
    Name,
    /// The server accepts a connection.
    Connection,
    /// Encryption is agreed.
    Encryption,
    /// The chain of certificates is complete and ends at a public authority.
    Chain,
    /// The certificate names the host.
    HostName,
    /// The certificate is within its dates.
    Dates,
    /// A web server answers.
    Answer,
    /// The validation token comes back; only where it is asked for.
    Echo,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Step; 9] = [
        Step::Address,
        Step::Name,
        Step::Connection,
        Step::Encryption,
        Step::Chain,
        Step::HostName,
        Step::Dates,
        Step::Answer,
        Step::Echo,
    ];

    /// The stable name for words and reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Step::Address => "address",
            Step::Name => "name",
            Step::Connection => "connection",
            Step::Encryption => "encryption",
            Step::Chain => "chain",
            Step::HostName => "host-name",
            Step::Dates => "dates",
            Step::Answer => "answer",
            Step::Echo => "echo",
        }
    }
}

/// How a step came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// As Microsoft's cloud needs it.
    Good,
    /// It may be wrong; the desk cannot tell.
    Warned(Fault),
    /// Wrong.
    Bad(Fault),
    /// Not tried, because an earlier step is bad.
    NotTried,
}

/// One step's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which step.
    pub step: Step,
    /// How it came out.
    pub state: State,
    /// What was seen: `addresses`, `address`, `version`, `subject`, `issuer`, `names`, `not-before`, `not-after`,
    /// `status`; moments in RFC 3339.
    pub seen: Vec<Value>,
}

impl Finding {
    /// What is wrong or may be.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        match &self.state {
            State::Warned(fault) | State::Bad(fault) => Some(fault),
            State::Good | State::NotTried => None,
        }
    }

    /// The device likely at fault.
    #[must_use]
    pub fn device(&self) -> Option<Device> {
        self.fault().map(Fault::device)
    }

    /// Whether the step is wrong, not only doubtful.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self.state, State::Bad(_))
    }
}

/// All steps of one probe, each exactly once and in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The address that was looked at.
    pub address: Url,
    /// The steps.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(address: &Url) -> Report {
        Report { address: address.clone(), findings: Vec::new() }
    }

    /// Whether every step was tried and none is bad. Warnings do not count against it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| matches!(finding.state, State::Good | State::Warned(_)))
    }

    /// One step's finding; none for [`Step::Echo`] where no echo was asked for.
    #[must_use]
    pub fn finding(&self, step: Step) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.step == step)
    }

    /// What is wrong, in order.
    pub fn bad(&self) -> impl Iterator<Item = &Fault> {
        self.findings.iter().filter(|finding| finding.is_bad()).filter_map(Finding::fault)
    }

    /// What may be wrong, in order.
    pub fn warned(&self) -> impl Iterator<Item = &Fault> {
        self.findings.iter().filter(|finding| !finding.is_bad()).filter_map(Finding::fault)
    }

    pub(crate) fn good(&mut self, step: Step, seen: Vec<Value>) {
        self.findings.push(Finding { step, state: State::Good, seen });
    }

    pub(crate) fn note(&mut self, step: Step, fault: Option<Fault>, seen: Vec<Value>) -> Option<()> {
        let bad = fault.is_some();
        self.findings.push(Finding { step, state: fault.map_or(State::Good, State::Bad), seen });
        (!bad).then_some(())
    }

    pub(crate) fn warn(&mut self, step: Step, fault: Fault, seen: Vec<Value>) {
        self.findings.push(Finding { step, state: State::Warned(fault), seen });
    }

    /// Adds the steps that were not reached.
    pub(crate) fn close(&mut self, expects: Expects) {
        let asked = |step: &Step| *step != Step::Echo || expects == Expects::ValidationToken;
        for step in Step::ALL.into_iter().filter(asked) {
            if self.finding(step).is_none() {
                self.findings.push(Finding { step, state: State::NotTried, seen: Vec::new() });
            }
        }
        self.findings.sort_by_key(|finding| finding.step);
    }
}
