//! Signing in at a connection, by device code or browser. Before any change the tenant, the account, its active roles and
//! the granted scopes are known; tokens stay in memory and end with the process.

use std::sync::Arc;

use cloud::model::{Organization, Page, User};
use cloud::signin::{browser, device_code};
use cloud::{BrowserSignIn, Call, DeviceCode, Graph, Session, SignInError, Tally, Waiting};
use guide::{Action, Step};
use journal::Event;
use serde_json::Value;
use time::OffsetDateTime;

use crate::ahead::Outcome;
use crate::bringing_back::is_over;
use crate::checklist::is_past;
use crate::crash;
use crate::desk::{Desk, FoundUser, lock};
use crate::look::{Sights, first_questions, quoted};
use crate::machine_policy::Feature;
use crate::role::DirectoryRole;
use crate::site::{Seat, SignedIn, Site};
use crate::tick::Quiet;
use crate::trouble::{Code, Trouble};
use crate::verbs::ASSIGNING;

/// A clock that is off by more makes signatures and ends of credentials fail in ways that name no clock.
const CLOCK_TOLERANCE: time::Duration = time::Duration::minutes(2);
/// A request holds twenty calls, of which two ask about tenant and account.
const MOST_AHEAD: usize = 18;

impl Desk {
    pub(crate) fn wanted_scopes(&self, connection: &str) -> Result<Vec<String>, Trouble> {
        let guide = self.guide_of(connection)?;
        let history = self.history(connection)?;
        let is_global = self.room.wire.place().teams_environment.is_none();
        let lobby = guide.steps.iter().filter(|step| matches!(step.action, Action::SetLobby { .. }));
        // Assigning policies is asked for only where it can be used: it is Teams' own, and in one cloud only.
        let assigns = is_global && lobby.into_iter().any(|step| !history.is_left_out(guide, &step.id));
        let scopes = Self::scopes(guide).into_iter().map(|need| need.scope);
        Ok(scopes.filter(|scope| assigns || scope != ASSIGNING).collect())
    }

    /// The tenant of the last sign-in, or the one asked for, or any.
    fn wanted_tenant(&self, connection: &str, tenant: Option<&str>) -> Result<String, Trouble> {
        let last = self.history(connection)?.signed_in.as_ref().map(|last| last.tenant_id.clone());
        Ok(tenant.map(str::to_owned).or(last).unwrap_or_else(|| "organizations".to_owned()))
    }

    /// The claims that the next sign-in has to answer: of a change that was refused, or of the last sign-in.
    fn wanted_claims(&self, connection: &str) -> Option<String> {
        let of_a_change = self.seat(connection).and_then(|seat| seat.graph.challenge());
        of_a_change.or_else(|| lock(&self.room.challenges).get(connection).cloned())
    }

    /// Remembers what a refused sign-in asked for, and forgets it once one went through.
    fn judged(&self, connection: &str, outcome: Result<Session, SignInError>) -> Result<Session, Trouble> {
        let mut challenges = lock(&self.room.challenges);
        match &outcome {
            Err(SignInError::ClaimsChallenge { claims }) => {
                challenges.insert(connection.to_owned(), claims.clone());
            }
            Err(_) => {}
            Ok(_) => {
                challenges.remove(connection);
            }
        }
        Ok(outcome?)
    }

    /// A rehearsal's code is of no use to anybody.
    pub(crate) fn may_take_codes(&self) -> Result<(), Trouble> {
        if self.room.rehearsal { Ok(()) } else { self.room.policy.permits(Feature::DeviceCode) }
    }

    /// Asks for a device code (RFC 8628 §3.1). Only to be called once the admin wants to see it.
    ///
    /// # Errors
    /// When Microsoft refuses or cannot be reached, or the policy of this machine allows no codes.
    pub async fn begin_device_code(
        &self,
        connection: &str,
        tenant: Option<&str>,
        locale: &str,
    ) -> Result<DeviceCode, Trouble> {
        self.may_take_codes()?;
        let scopes = self.wanted_scopes(connection)?;
        let tenant = self.wanted_tenant(connection, tenant)?;
        let claims = self.wanted_claims(connection);
        Ok(device_code::begin(&self.room.wire, &tenant, &scopes, locale, claims.as_deref()).await?)
    }

    /// Waits until the code was used. Dropping the future is the cancel.
    ///
    /// # Errors
    /// When the person declines, the code runs out, or the tenant blocks this way.
    pub async fn finish_device_code(
        &self,
        connection: &str,
        code: DeviceCode,
        on_tick: &(dyn Fn(Waiting) + Send + Sync),
    ) -> Result<SignedIn, Trouble> {
        let session = self.judged(connection, code.wait(&self.room.wire, on_tick).await)?;
        self.take_seat(connection, session, "device code").await
    }

    /// Opens the door for the browser's answer (RFC 8252 §7.3).
    ///
    /// # Errors
    /// When no local port can be opened.
    pub async fn begin_browser(
        &self,
        connection: &str,
        tenant: Option<&str>,
    ) -> Result<BrowserSignIn, Trouble> {
        let scopes = self.wanted_scopes(connection)?;
        let tenant = self.wanted_tenant(connection, tenant)?;
        let hint = self.history(connection)?.signed_in.as_ref().map(|last| last.account.clone());
        let claims = self.wanted_claims(connection);
        Ok(browser::begin(&self.room.wire, &tenant, &scopes, hint.as_deref(), claims.as_deref()).await?)
    }

    /// Waits for the browser's answer.
    ///
    /// # Errors
    /// When the person declines or five minutes have passed.
    pub async fn finish_browser(
        &self,
        connection: &str,
        sign_in: BrowserSignIn,
    ) -> Result<SignedIn, Trouble> {
        let session = self.judged(connection, sign_in.wait(&self.room.wire).await)?;
        self.take_seat(connection, session, "browser").await
    }

    pub(crate) async fn take_seat(
        &self,
        connection: &str,
        session: Session,
        how: &str,
    ) -> Result<SignedIn, Trouble> {
        let history = self.history(connection)?;
        if let Some(taken) = &history.taken_over
            && taken.tenant_id != session.account.tenant_id
        {
            let found = session.account.tenant_id;
            return Err(SignInError::WrongTenant { expected: taken.tenant_id.clone(), found }.into());
        }
        if let Some(last) = &history.signed_in
            && last.tenant_id != session.account.tenant_id
        {
            let found = session.account.tenant_id;
            return Err(SignInError::WrongTenant { expected: last.tenant_id.clone(), found }.into());
        }
        let mut who = SignedIn {
            account: session.account.user_principal_name.clone(),
            name: session.account.name.clone(),
            object_id: session.account.object_id.clone(),
            tenant_id: session.account.tenant_id.clone(),
            tenant_name: String::new(),
            domain: String::new(),
            guest: session.account.guest,
            roles: session.directory_roles.iter().filter_map(|id| DirectoryRole::of_template(id)).collect(),
            scopes: session.scopes.clone(),
            expires_at: session.expires_at,
            clock_ahead: self.room.wire.ahead().filter(|ahead| ahead.abs() > CLOCK_TOLERANCE),
        };
        let knows_roles = !session.directory_roles.is_empty();
        let graph = Graph::new(self.room.wire.clone(), Arc::new(tokio::sync::Mutex::new(session)));
        let questions = self.questions_ahead(connection)?;
        let calls = questions.iter().map(|question| question.call.clone()).collect();
        let answers = introduce(&graph, &mut who, knows_roles, calls).await?;
        let sights = read_ahead(questions, answers, self.room.clock.now());
        let event = Event::SignedIn {
            account: who.account.clone(),
            tenant_id: who.tenant_id.clone(),
            tenant_name: who.tenant_name.clone(),
            roles: who.roles.iter().map(|role| role.name().to_owned()).collect(),
            scopes: who.scopes.clone(),
            how: how.to_owned(),
        };
        self.note(connection, &event)?;
        crash::place("signed-in");
        let seat = Seat { graph, who: who.clone(), sights: Arc::new(tokio::sync::Mutex::new(sights)) };
        lock(&self.room.seats).insert(connection.to_owned(), seat);
        lock(&self.room.seen).retain(|(other, _), _| other != connection);
        Ok(who)
    }

    /// Says that the steps follow the next sign-in at once, as on a command line: what the first of them ask is then asked
    /// in the request that asks who the tenant is. In a window a person reads first, and the steps ask when they are due.
    pub fn expect_steps(&self, connection: &str) {
        lock(&self.room.expecting).insert(connection.to_owned());
    }

    /// What the steps that can begin now will ask first, where they were said to follow at once.
    fn questions_ahead(&self, connection: &str) -> Result<Vec<Question>, Trouble> {
        if !lock(&self.room.expecting).remove(connection) {
            return Ok(Vec::new());
        }
        // Where somebody else works on it, what is read now may be untrue by the time it is used.
        let Ok(_lease) = self.lease(connection) else { return Ok(Vec::new()) };
        let (guide, history) = (self.guide_of(connection)?, self.history(connection)?);
        let is_notice =
            |id: &String| matches!(guide.step(id).map(|step| &step.action), Some(Action::ConfirmNotice {}));
        let is_due = |step: &&Step| {
            let is_open = history.applies(guide, &step.when) && !history.is_for_another(&step.id);
            is_open
                && !is_over(guide, &history, step)
                && step.after.iter().all(|id| is_notice(id) || is_past(guide, &history, id))
        };
        let mut all: Vec<Question> = Vec::new();
        for step in guide.steps.iter().filter(is_due) {
            let site = Site::new(&self.room, connection, guide, step, None, history.clone(), &Quiet);
            let (calls, of_people) = match &step.action {
                Action::RegisterApplication { .. } => {
                    (first_questions(&site, &Sights::default(), &step.id), false)
                }
                Action::ChooseUsers { ask, .. } => (crate::verbs::questions_of_people(&site, ask), true),
                _ => continue,
            };
            let new = calls.into_iter().filter(|call| !all.iter().any(|known| known.call == *call));
            let new: Vec<Question> = new.map(|call| Question { call, of_people }).collect();
            if all.len() + new.len() <= MOST_AHEAD {
                all.extend(new);
            }
        }
        Ok(all)
    }

    /// Ends the session; nothing of it was ever written.
    ///
    /// # Errors
    /// When the journal refuses.
    pub fn sign_out(&self, connection: &str) -> Result<(), Trouble> {
        self.give_back(connection);
        if lock(&self.room.seats).remove(connection).is_some() {
            self.note(connection, &Event::SignedOut {})?;
        }
        Ok(())
    }

    /// The tenant that was pinned at sign-in is the one that is written to: a session of another one is refused.
    pub(crate) async fn renew(&self, connection: &str) -> Result<(), Trouble> {
        let Some(seat) = self.seat(connection) else { return Ok(()) };
        let history = self.history(connection)?;
        match &history.signed_in {
            Some(last) if last.tenant_id != seat.who.tenant_id => {
                Err(SignInError::WrongTenant { expected: last.tenant_id.clone(), found: seat.who.tenant_id }
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// Requests, reads and writes to Graph since somebody signed in.
    pub fn tally(&self, connection: &str) -> Tally {
        self.seat(connection).map(|seat| seat.graph.tally()).unwrap_or_default()
    }

    /// Users whose name or address begins with a text, at most 25.
    ///
    /// # Errors
    /// When nobody is signed in, or Graph refuses.
    pub async fn search_users(&self, connection: &str, text: &str) -> Result<Vec<FoundUser>, Trouble> {
        let seat = self.seat(connection).ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        let name = quoted(text.trim());
        let filter = ["displayName", "userPrincipalName", "mail"]
            .map(|field| format!("startswith({field},{name})"))
            .join("%20or%20");
        let path = format!(
            "/users?$filter={filter}&$select=id,displayName,userPrincipalName,accountEnabled&$top=25"
        );
        let page: Page<User> = seat.graph.get(&path).await?.read()?;
        let found = page.value.into_iter().map(|user| FoundUser {
            id: user.id,
            name: user.display_name.unwrap_or_default(),
            user_principal_name: user.user_principal_name.unwrap_or_default(),
            enabled: user.account_enabled,
        });
        Ok(found.collect())
    }
}

/// A question of a step, asked before its turn.
struct Question {
    call: Call,
    of_people: bool,
}

fn read_ahead(questions: Vec<Question>, answers: Vec<Outcome>, at: OffsetDateTime) -> Sights {
    let mut sights = Sights::default();
    for (question, answer) in questions.into_iter().zip(answers) {
        let ahead = if question.of_people { &mut sights.people } else { &mut sights.ahead };
        ahead.keep(question.call, answer, at);
    }
    sights
}

/// Asks who the tenant is and what the account may, and the given questions in the same request; answers these.
async fn introduce(
    graph: &Graph,
    who: &mut SignedIn,
    knows_roles: bool,
    ahead: Vec<Call>,
) -> Result<Vec<Outcome>, Trouble> {
    let mut calls = vec![Call::get("/organization?$select=id,displayName,verifiedDomains")];
    if !knows_roles {
        calls.push(Call::get(
            "/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,roleTemplateId",
        ));
    }
    calls.extend(ahead);
    let mut answers = graph.batch(calls).await?.into_iter();
    let organization = answers
        .next()
        .ok_or_else(|| Trouble::new(Code::UnexpectedAnswer).with("path", "/organization"))??;
    let page: Page<Organization> = organization.read()?;
    let Some(tenant) = page.value.into_iter().next() else {
        return Err(Trouble::new(Code::UnexpectedAnswer).with("path", "/organization"));
    };
    if !tenant.id.eq_ignore_ascii_case(&who.tenant_id) {
        return Err(SignInError::WrongTenant { expected: who.tenant_id.clone(), found: tenant.id }.into());
    }
    who.tenant_name = tenant.display_name.unwrap_or_default();
    let default =
        tenant.verified_domains.iter().find(|domain| domain.is_default).or(tenant.verified_domains.first());
    who.domain = default.map(|domain| domain.name.clone()).unwrap_or_default();
    // An account that may not read its own roles is taken as one without roles; each step says what it lacks.
    let roles = if knows_roles { None } else { answers.next() };
    if let Some(Ok(answer)) = roles
        && let Ok(page) = answer.read::<Page<Value>>()
    {
        let ids = page.value.iter().filter_map(|role| role["roleTemplateId"].as_str());
        who.roles = ids.filter_map(DirectoryRole::of_template).collect();
    }
    Ok(answers.collect())
}
