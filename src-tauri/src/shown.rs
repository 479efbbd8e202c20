//! Turns what the engine knows into what is shown. Only reads; no secret is asked for here.

mod asks;
pub mod permissions;
mod pieces;
pub mod renewals;
mod rows;
pub mod workshop;

use std::collections::{BTreeMap, HashMap};

use engine::{
    Checklist, Code, Desk, Phrase, SignedIn, StepView, Trouble,
    guide::{Action, Guide, Step},
    journal::{Entry, Event},
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    told::{self, either, speech},
    view::{self, Language},
};

pub use rows::Links;

/// Everything about a connection that is needed to show it.
pub struct Sight<'a> {
    /// The desk.
    pub desk: &'a Desk,
    /// The guide.
    pub guide: &'static Guide,
    /// The steps as they stand.
    pub list: Checklist,
    /// The connection's own journal, oldest first.
    pub entries: Vec<Entry>,
    /// The language.
    pub language: Language,
    /// What was found out about the Teams shell: program and version.
    pub teams: Option<(String, String)>,
    /// Who made the guide.
    pub maker: view::Maker,
    /// Since when a person waits for the product, by step.
    pub waits: HashMap<String, OffsetDateTime>,
}

impl<'a> Sight<'a> {
    /// Takes a look at a connection.
    ///
    /// # Errors
    /// When the connection or its guide is not known, or the journal cannot be read.
    pub fn of(desk: &'a Desk, list: Checklist, language: Language) -> Result<Self, Trouble> {
        let guide = desk.guide_of(&list.connection)?;
        let entries = desk.journal_entries(Some(&list.connection))?;
        Ok(Self {
            desk,
            guide,
            list,
            entries,
            language,
            teams: None,
            maker: view::Maker::BuiltIn {},
            waits: HashMap::new(),
        })
    }

    /// The guide's text under a key.
    pub fn say(&self, key: &str) -> String {
        self.guide.texts.of(speech(self.language)).get(key).unwrap_or_default().to_owned()
    }

    /// The answer in force.
    pub fn answer(&self, ask: &str) -> Option<Value> {
        let given = self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Answered { ask: other, value } if other == ask => Some(value.clone()),
            _ => None,
        });
        given.filter(|value| !value.is_null())
    }

    fn output(&self, step: &str, name: &str) -> Option<String> {
        self.list.step(step)?.outputs.get(name).cloned()
    }

    fn phrase(&self, phrase: &Phrase) -> String {
        phrase.in_language(speech(self.language))
    }

    fn title(&self, step: &str) -> String {
        told::step_title(Some(self.guide), step, self.language)
    }

    /// The whole view, with one step open.
    pub fn checklist(&self, open: &str) -> view::Checklist {
        let sections = self.guide.sections.iter().map(|section| view::Section {
            id: section.id.clone(),
            title: self.say(&format!("sections.{}.title", section.id)),
            steps: self
                .list
                .steps
                .iter()
                .filter(|step| step.section == section.id)
                .map(|step| self.line(step))
                .collect(),
        });
        view::Checklist {
            connection: self.list.connection.clone(),
            name: self.list.name.clone(),
            product: self.guide.product.clone(),
            guide_version: self.guide.version.clone(),
            maker: self.maker.clone(),
            taken_over: self.taken_over(),
            document: self.guide.document.clone(),
            support: self.guide.support.clone(),
            rehearsal: self.list.rehearsal,
            customer: self.desk.customer(&self.list.connection).ok().flatten(),
            offer: self.desk.offer(&self.list.connection).ok().flatten().map(|offer| self.offer(&offer)),
            cloud: self.desk.place().name.clone(),
            tenant: self.list.who.as_ref().map(tenant),
            session: self.list.who.as_ref().map(|who| session(who, self.guide)),
            sections: sections.collect(),
            done: small(self.list.done),
            total: small(self.list.total),
            next: self.list.next.clone(),
            undoable: self
                .desk
                .undo_plan(&self.list.connection)
                .is_ok_and(|lines| lines.iter().any(|line| line.can)),
            permissions: self.permissions(),
            values: self.values(),
            activity: self.activity(),
            step: self.list.step(open).zip(self.guide.step(open)).map(|(step, guide)| self.step(step, guide)),
        }
    }

    /// Who passed this step on, as the journal tells.
    fn taken_over(&self) -> Option<view::TakenOver> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Noted { what, details } if what == "step-taken-over" => {
                let text = |key: &str| details[key].as_str().unwrap_or_default().to_owned();
                Some(view::TakenOver {
                    asked_by: text("asked-by"),
                    tenant: text("tenant"),
                    fingerprint: text("signer"),
                })
            }
            _ => None,
        })
    }

    fn line(&self, step: &StepView) -> view::StepLine {
        view::StepLine {
            id: step.id.clone(),
            number: small(step.number),
            title: self.title(&step.id),
            state: state(step.state),
            note: self.note(step),
        }
    }

    fn note(&self, step: &StepView) -> Option<String> {
        let say = |english: &'static str, german: &'static str| either(self.language, english, german);
        if step.state == engine::State::NotApplicable {
            return None;
        }
        if let Some(confirmed) = &step.confirmed {
            return Some(format!("{} {}", say("Confirmed by", "Bestätigt von"), confirmed.by));
        }
        if let Some(guide) = self.guide.step(&step.id)
            && let Some(first) = self.undecided(step, guide).first()
        {
            return Some(format!(
                "{} {}",
                say("Waits for your answer to", "Wartet auf Ihre Antwort auf"),
                asks::quoted(&first.label, self.language)
            ));
        }
        if !step.missing_role.is_empty() {
            let roles: Vec<&str> = step.missing_role.iter().map(|role| role.name()).collect();
            return Some(format!("{} {}", say("Needs", "Braucht"), roles.join(say(" or ", " oder "))));
        }
        if let (engine::State::Planned | engine::State::ChangedSince, Some(plan)) = (step.state, &step.plan) {
            let count = plan.changes.iter().filter(|change| change.sign != engine::Sign::Keep).count();
            return Some(format!(
                "{count} {}",
                if count == 1 { say("change", "Änderung") } else { say("changes", "Änderungen") }
            ));
        }
        if let Some(name) = step.outputs.get("policy-name") {
            return Some(name.clone());
        }
        None
    }

    fn values(&self) -> Vec<view::Value> {
        let mut values: Vec<view::Value> = Vec::new();
        let mut seen: Vec<(&str, &String)> = Vec::new();
        for step in &self.list.steps {
            if step.outputs.contains_key("secret-key-id") {
                values.push(self.value(&step.id, "secret", None));
            }
            for name in ["application-id", "directory-id", "secret-expires", "policy-name"] {
                let Some(text) = step.outputs.get(name) else { continue };
                if seen.contains(&(name, text)) {
                    continue;
                }
                seen.push((name, text));
                values.push(self.value(&step.id, name, Some(text.clone())));
            }
        }
        // Two applications of one connection are told apart by the steps that made them.
        let labels: Vec<String> = values.iter().map(|value| value.label.clone()).collect();
        for value in &mut values {
            if labels.iter().filter(|label| **label == value.label).count() > 1 {
                let step = value.id.split(':').nth(1).unwrap_or_default();
                value.of = Some(self.title(step));
            }
        }
        values
    }

    fn value(&self, step: &str, name: &str, text: Option<String>) -> view::Value {
        let expires = text.clone().filter(|_| name == "secret-expires");
        view::Value {
            id: format!("value:{step}:{name}"),
            label: told::value_label(name, self.language).unwrap_or(name).to_owned(),
            of: None,
            secret: name == "secret",
            text,
            expires,
        }
    }

    fn activity(&self) -> Vec<view::Activity> {
        let told = self
            .entries
            .iter()
            .rev()
            .filter(|entry| !matches!(entry.event, Event::Intended { .. } | Event::Answered { .. }));
        let lines = told.take(40).map(|entry| {
            let (what, _) = told::event(&entry.event, Some(self.guide), self.language);
            let what = told::short_ids(&what);
            let (detail, bad) = match &entry.event {
                Event::Sent { status, .. } => (Some(status.to_string()), *status >= 400),
                Event::Settled { state, .. } => (None, state == "failed"),
                _ => (None, false),
            };
            view::Activity { at: moment(entry.at), what, detail, bad }
        });
        lines.collect()
    }

    fn step(&self, step: &StepView, guide: &Step) -> view::Step {
        let signed_in = self.list.who.is_some();
        let missing_steps: Vec<view::StepName> = step
            .missing_steps
            .iter()
            .map(|id| view::StepName { id: id.clone(), title: self.title(id) })
            .collect();
        let piece = self.piece(step, guide);
        view::Step {
            id: step.id.clone(),
            number: small(step.number),
            documented: guide.documented.clone(),
            title: self.title(&step.id),
            why: self.say(&format!("steps.{}.why", step.id)),
            doing: match guide.action.work() {
                engine::guide::Work::Automatic => view::Doing::Automatic,
                engine::guide::Work::Checked => view::Doing::Checked,
                engine::guide::Work::ByHand => view::Doing::ByHand,
            },
            state: state(step.state),
            note: self.note(step).filter(|_| step.confirmed.is_none()),
            green: self.say(&format!("steps.{}.green", step.id)),
            clock: clock(step),
            roles: self.roles(step, guide),
            hand_over_text: self.hand_over_text(step),
            not_needed: self.not_needed(step, guide),
            undecided: self.undecided(step, guide),
            passwords: step.missing_passwords.clone(),
            asks: guide.asks.iter().filter_map(|id| self.guide.ask(id)).map(|ask| self.ask(ask)).collect(),
            plan: step.plan.as_ref().map(|plan| self.plan(plan)),
            rows: self.rows(guide),
            unconfirmed: guide
                .unconfirmed
                .iter()
                .map(|key| self.say(&format!("unconfirmed.{key}")))
                .collect(),
            trouble: step
                .trouble
                .as_ref()
                .filter(|trouble| trouble.code != Code::SignInNeeded)
                .map(|trouble| self.trouble(trouble)),
            evidence: self.evidence(step),
            taken: step.taken.iter().flat_map(|taken| &taken.objects).map(taken).collect(),
            can: self.can(step, guide, &piece, signed_in, missing_steps.is_empty()),
            waits_for: missing_steps,
            off: self.desk.off_for(&self.list.connection, &step.id).map(Into::into),
            piece,
        }
    }

    fn can(
        &self,
        step: &StepView,
        guide: &Step,
        piece: &view::Piece,
        signed_in: bool,
        free: bool,
    ) -> view::Can {
        let notice = engine::is_for_a_person(&guide.action);
        let hand_over = matches!(guide.action, Action::HandOver { .. });
        let looks = !notice && !hand_over;
        let no_teams = matches!(piece, view::Piece::Teams(teams) if teams.powershell.is_none());
        let signed_in = signed_in || !asks_microsoft(&guide.action);
        let needed = step.state != engine::State::NotApplicable;
        let settled = (step.confirmed.is_some() && step.state != engine::State::Proven) || !needed;
        view::Can {
            check: looks && signed_in && free && !settled,
            apply: looks
                && signed_in
                && free
                && step.plan.is_some()
                && step.missing_role.is_empty()
                && !no_teams,
            confirm: needed && (notice || (step.confirmed.is_none() && !step.state.is_done() && !hand_over)),
            needs_sign_in: needed && looks && !signed_in,
            pass_on: needed && looks && free && self.is_for_another(step, guide),
            take_offer: makes_credential(&guide.action) && needed && !step.state.is_done(),
            lend: crate::prompt::CAN_ASK || self.list.rehearsal,
            point_at: matches!(guide.action, Action::RegisterApplication { .. })
                && signed_in
                && needed
                && !step.state.is_done()
                && step.state != engine::State::Pending,
            bring_back: matches!(guide.action, Action::TakeDown { .. })
                && signed_in
                && step.state == engine::State::Proven,
            take_back_script: engine::Script::of(&guide.action).is_some()
                && self.desk.undo_packet(&self.list.connection, &step.id).is_ok(),
        }
    }

    fn evidence(&self, step: &StepView) -> Vec<String> {
        let taken = step.taken.iter().map(|taken| self.phrase(&taken.what));
        taken.chain(step.evidence.iter().map(|phrase| self.phrase(phrase))).collect()
    }

    fn roles(&self, step: &StepView, guide: &Step) -> Vec<view::NeededRole> {
        let needed = match (&step.plan, step.missing_role.is_empty()) {
            (_, false) => step.missing_role.clone(),
            (Some(plan), _) => plan.roles.clone(),
            _ => engine::roles(&guide.action).to_vec(),
        };
        let holds = |role| self.list.who.as_ref().is_some_and(|who| who.roles.contains(role));
        let teams = engine::Script::of(&guide.action).is_some();
        // The script signs in by itself, perhaps as somebody else.
        needed
            .iter()
            .filter(|_| !teams)
            .map(|role| view::NeededRole { name: role.name().to_owned(), held: holds(role) })
            .collect()
    }

    /// Whether somebody else has to do it: Microsoft refused for want of a role, or the account has none of those that the
    /// plan needs. Who may register an application is the tenant's own decision, so that is not known beforehand.
    fn is_for_another(&self, step: &StepView, guide: &Step) -> bool {
        if !step.missing_role.is_empty() {
            return true;
        }
        let Some(who) = &self.list.who else { return false };
        let needed = step.plan.as_ref().map(|plan| plan.roles.as_slice()).unwrap_or_default();
        let by_script = engine::Script::of(&guide.action).is_some();
        let anybody = by_script || matches!(guide.action, Action::RegisterApplication { .. });
        !anybody && !needed.is_empty() && !needed.iter().any(|role| who.roles.contains(role))
    }

    /// A text for the admin who has the role; only when one is missing.
    pub fn hand_over_text(&self, step: &StepView) -> Option<String> {
        let guide = self.guide.step(&step.id)?;
        if !self.is_for_another(step, guide) {
            return None;
        }
        self.desk.pass_on_text(&self.list.connection, &step.id, speech(self.language)).ok()
    }

    fn plan(&self, plan: &engine::PlanView) -> view::Plan {
        self::plan(plan, self.language)
    }

    fn trouble(&self, trouble: &Trouble) -> view::Trouble {
        self::trouble(trouble, self.language)
    }
}

/// A plan as it is drawn.
pub fn plan(plan: &engine::PlanView, language: Language) -> view::Plan {
    let changes = plan.changes.iter().map(|change| view::Change {
        sign: match change.sign {
            engine::Sign::Add => view::Sign::Add,
            engine::Sign::Remove => view::Sign::Remove,
            engine::Sign::Set => view::Sign::Change,
            engine::Sign::Keep => view::Sign::Keep,
            engine::Sign::Run => view::Sign::Run,
        },
        what: change.name.clone(),
        kind: None,
        detail: Some(change.note.in_language(speech(language))).filter(|text| !text.is_empty()),
        risk: change.risk.map(risk),
    });
    view::Plan {
        hash: plan.hash.clone(),
        changes: changes.collect(),
        requests: plan.requests,
        undoable: plan.can_be_undone,
    }
}

/// How much a permission allows.
pub fn risk(risk: engine::Risk) -> view::Risk {
    match risk {
        engine::Risk::Low => view::Risk::Low,
        engine::Risk::Medium => view::Risk::Medium,
        engine::Risk::High => view::Risk::High,
        engine::Risk::Highest => view::Risk::Highest,
    }
}

/// A trouble as people read it.
pub fn trouble(trouble: &Trouble, language: Language) -> view::Trouble {
    let technical = &trouble.technical;
    let why: Vec<&str> =
        [technical.microsoft_code.as_deref(), technical.message.as_deref()].into_iter().flatten().collect();
    view::Trouble {
        code: trouble.code.name(),
        what: trouble.what(speech(language)),
        field: trouble.field.clone(),
        why: Some(why.join(" · ")).filter(|text| !text.is_empty()),
        next: trouble.next(speech(language)),
        request_id: technical.request_id.clone().or_else(|| technical.correlation_id.clone()),
    }
}

/// A moment as RFC 3339.
pub fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// A count as JavaScript can hold it without loss.
pub fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A connection in one word.
pub fn standing(states: &BTreeMap<&'static str, usize>, done: usize, total: usize) -> view::Standing {
    let has = |name: &str| states.get(name).is_some_and(|count| *count > 0);
    match () {
        () if has("changed-since") => view::Standing::Changed,
        () if has("failed") || has("taken") => view::Standing::Failed,
        () if done == total => view::Standing::Working,
        () if has("pending") => view::Standing::Pending,
        () if done == 0 => view::Standing::New,
        () => view::Standing::InProgress,
    }
}

fn tenant(who: &SignedIn) -> view::Tenant {
    view::Tenant { id: who.tenant_id.clone(), name: who.tenant_name.clone(), domain: who.domain.clone() }
}

fn session(who: &SignedIn, guide: &Guide) -> view::Session {
    let asked: Vec<String> = Desk::scopes(guide).into_iter().map(|need| need.scope).collect();
    view::Session {
        account: who.name.clone(),
        user_principal_name: who.account.clone(),
        guest: who.guest,
        roles: who.roles.iter().map(|role| role.name().to_owned()).collect(),
        surplus: Desk::surplus(guide, who),
        scopes: asked
            .into_iter()
            .map(|scope| view::GrantedScope { granted: who.scopes.contains(&scope), scope })
            .collect(),
        expires_at: moment(who.expires_at),
        clock_ahead: who.clock_ahead.map(|ahead| i32::try_from(ahead.whole_minutes()).unwrap_or(i32::MAX)),
    }
}

/// Whether the step makes what the product signs in with.
fn makes_credential(action: &Action) -> bool {
    matches!(
        action,
        Action::AddSecret { .. } | Action::AddCertificate { .. } | Action::UploadCertificate { .. }
    )
}

/// Whether a step asks the tenant anything, so that somebody has to be signed in.
fn asks_microsoft(action: &Action) -> bool {
    !matches!(
        action,
        Action::NoteAnswers {}
            | Action::ProbeAddress { .. }
            | Action::AxigenVersion { .. }
            | Action::AxigenConnector { .. }
            | Action::AxigenPermission { .. }
    )
}

fn taken(object: &engine::TakenObject) -> view::TakenObject {
    view::TakenObject {
        id: object.id.clone(),
        name: object.name.clone(),
        made: object.made.clone(),
        application_id: object.application_id.clone(),
    }
}

fn clock(step: &StepView) -> Option<view::Clock> {
    if let Some(confirmed) = &step.confirmed {
        return Some(view::Clock {
            since: moment(confirmed.at),
            until: None,
            looks: 0,
            by: Some(confirmed.by.clone()),
        });
    }
    let since = step.since?;
    Some(view::Clock { since: moment(since), until: step.pending_until.map(moment), looks: 0, by: None })
}

fn state(state: engine::State) -> view::State {
    match state {
        engine::State::NotYet => view::State::NotYet,
        engine::State::Planned => view::State::Planned,
        engine::State::Pending => view::State::Pending,
        engine::State::Proven => view::State::Proven,
        engine::State::Confirmed => view::State::Confirmed,
        engine::State::ChangedSince => view::State::ChangedSince,
        engine::State::NeedsAnotherAdmin => view::State::NeedsAnotherAdmin,
        engine::State::NotApplicable => view::State::NotApplicable,
        engine::State::DoneElsewhere => view::State::DoneElsewhere,
        engine::State::Failed => view::State::Failed,
        engine::State::Taken => view::State::Taken,
    }
}
