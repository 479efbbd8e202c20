//! One look at the tenant: everything that the verbs check about an application, read in one batch.
//! A look is remembered until something is written, so that thirteen checks do not ask thirteen times.

use std::collections::HashMap;
use std::sync::Arc;

use cloud::model::{
    AppManagementPolicy, AppRoleAssignment, Application, OAuth2PermissionGrant, Page, ServicePrincipal,
    TenantAppManagementPolicy, User,
};
use cloud::{Answer, Call, Graph, GraphError, GraphFault};
use guide::Action;
use serde::de::DeserializeOwned;
use time::{Duration, OffsetDateTime};

use crate::ahead::{Ahead, Outcome};
use crate::published;
use crate::site::{Seat, Site};
use crate::trouble::{Code, Trouble};

/// Microsoft Graph's application id in every cloud (Graph page "Permissions reference").
pub(crate) const MICROSOFT_GRAPH: &str = "00000003-0000-0000-c000-000000000000";

const APPLICATION: &str = "id,appId,displayName,uniqueName,signInAudience,createdDateTime,requiredResourceAccess,passwordCredentials,keyCredentials,web,isFallbackPublicClient";

/// What the tenant shows of one application.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    pub application: Option<Application>,
    pub owners: Vec<String>,
    pub service_principal: Option<ServicePrincipal>,
    pub assignments: Vec<AppRoleAssignment>,
    pub grants: Vec<OAuth2PermissionGrant>,
    pub same_name: Vec<Application>,
    /// App management policies of its own, where the account may read them.
    pub policies: Vec<AppManagementPolicy>,
}

/// How old a reading of an application may be that came with something else.
const YOUNG: Duration = Duration::minutes(1);
/// How old one may be for somebody who asks what is now.
const A_MOMENT: Duration = Duration::seconds(10);

/// The application's own way to Graph.
pub(crate) struct OwnWay {
    /// The credential, by its key id.
    pub key: String,
    pub graph: Graph,
    pub until: OffsetDateTime,
}

/// What is remembered of the tenant while somebody is signed in.
#[derive(Default)]
pub(crate) struct Sights {
    looks: HashMap<String, Look>,
    /// What was read of applications together with a change or the sign-in, and was not looked at yet.
    pub ahead: Ahead,
    /// The same of people.
    pub people: Ahead,
    /// Microsoft Graph's own service principal with its permissions: does not change during a session.
    pub graph: Option<Arc<ServicePrincipal>>,
    /// Whether those are the tenant's own list of them, and not the published one.
    whole: bool,
    /// The application's own way in, with the credential that it was proven with.
    pub application: Option<OwnWay>,
    /// The tenant's policy for credentials, where the account may read it.
    pub policy: Option<Option<TenantAppManagementPolicy>>,
    /// Whether each thing is asked for twice in one batch, so that replicas that disagree are noticed.
    pub twice: bool,
    /// Whether the last look saw two different answers to the same question.
    pub wavered: bool,
}

impl Sights {
    pub fn remembered(&self, step: &str) -> Option<Look> {
        self.looks.get(step).cloned()
    }

    pub fn remember(&mut self, step: &str, look: Look) {
        self.looks.insert(step.to_owned(), look);
    }

    pub fn forget(&mut self) {
        self.looks.clear();
        self.ahead.clear();
    }

    /// The same, and people, and the application's own way in.
    pub fn forget_all(&mut self) {
        self.forget();
        self.people.clear();
        self.application = None;
    }

    /// Forgets what was looked at; what was read behind a change stays to be looked at.
    pub fn forget_looks(&mut self) {
        self.looks.clear();
    }

    /// Forgets everything but what the sign-in brought a moment ago, for somebody who wants to see what is now.
    pub fn look_now(&mut self, now: OffsetDateTime) {
        self.looks.clear();
        self.ahead.keep_younger(now, A_MOMENT);
        self.people.keep_younger(now, A_MOMENT);
    }
}

/// The ids under which an application is known so far.
#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    object: Option<String>,
    application: Option<String>,
}

impl Known {
    fn of(site: &Site<'_>, step: &str) -> Self {
        let history = site.history();
        let mut known = Self {
            object: history.output(step, "application-object-id").map(str::to_owned),
            application: history.output(step, "application-id").map(str::to_owned),
        };
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        if let Some(adopted) =
            history.step(step).and_then(|step| step.adopted.as_ref()).filter(|object| !object.is_null())
        {
            known.object = text(&adopted["id"]);
            known.application = text(&adopted["application-id"]);
        } else if let Some(made) = history.made(step, "application").next() {
            known.object = known.object.or_else(|| text(&made["id"]));
            known.application = known.application.or_else(|| text(&made["application-id"]));
        }
        known
    }

    fn learn(&mut self, look: &Look) {
        if let Some(application) = &look.application {
            self.object = Some(application.id.clone());
            self.application = Some(application.app_id.clone());
        }
    }
}

#[derive(Clone, Copy)]
enum Part {
    Application,
    Owners,
    Principal,
    Assignments,
    Grants,
    SameName,
    Graph,
    WholeGraph,
    Policy,
    OwnPolicies,
}

/// Looks at the application that `step` registers. Ids that are learnt on the way are followed up in a second
/// request.
pub(crate) async fn take(
    site: &Site<'_>,
    seat: &Seat,
    sights: &mut Sights,
    step: &str,
) -> Result<Look, Trouble> {
    let mut known = Known::of(site, step);
    let mut look = Look::default();
    let mut asked = Known::default();
    sights.wavered = false;
    for round in 0..2 {
        let parts = parts(site, sights, step, &known, (round > 0).then_some(&asked))?;
        if parts.is_empty() {
            break;
        }
        let (kinds, calls): (Vec<Part>, Vec<Call>) = parts.into_iter().unzip();
        let count = calls.len();
        let asked_for = if sights.twice { [calls.clone(), calls].concat() } else { calls };
        let mut answers = match sights.ahead.take(&asked_for, site.now(), YOUNG) {
            Some(answers) => answers,
            None => seat.graph.batch(asked_for).await?,
        };
        let second = answers.split_off(count);
        let mut other = look.clone();
        for (kind, answer) in kinds.iter().zip(answers) {
            read(*kind, answer, &mut look, sights)?;
        }
        for (kind, answer) in kinds.iter().zip(second) {
            read(*kind, answer, &mut other, sights)?;
        }
        if sights.twice && format!("{look:?}") != format!("{other:?}") {
            sights.wavered = true;
        }
        asked = known.clone();
        known.learn(&look);
        if known == asked {
            break;
        }
    }
    read_whole_list(seat, sights, &look).await?;
    let unique = site.unique_name(step);
    look.same_name.retain(|other| other.unique_name.as_deref() != Some(unique.as_str()));
    Ok(look)
}

/// The tenant's own list of permissions, where the published one does not name everything that the look showed.
async fn read_whole_list(seat: &Seat, sights: &mut Sights, look: &Look) -> Result<(), Trouble> {
    if sights.whole || !sights.graph.as_ref().is_some_and(|graph| published::lacks(graph, look)) {
        return Ok(());
    }
    let answer = seat.graph.call(&whole_list()).await;
    read(Part::WholeGraph, answer, &mut Look::default(), sights)
}

fn whole_list() -> Call {
    Call::get(format!(
        "/servicePrincipals(appId='{MICROSOFT_GRAPH}')?$select=id,appId,displayName,appRoles,oauth2PermissionScopes"
    ))
}

/// The questions of the first look at the application that `step` registers, to be asked together with something else.
pub(crate) fn first_questions(site: &Site<'_>, sights: &Sights, step: &str) -> Vec<Call> {
    let known = Known::of(site, step);
    let parts = parts(site, sights, step, &known, None).unwrap_or_default();
    parts.into_iter().map(|(_, call)| call).collect()
}

/// The questions of a look that asks twice, in an order in which a change can be followed by them one after the other:
/// what an account may not be allowed to read comes last, and once. None before the application is known.
pub(crate) fn questions_behind(site: &Site<'_>, sights: &Sights, step: &str) -> Vec<Call> {
    let known = Known::of(site, step);
    if known.object.is_none() || known.application.is_none() {
        return Vec::new();
    }
    let parts = parts(site, sights, step, &known, None).unwrap_or_default();
    let (policies, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, call)| is_policy(call));
    let calls = |parts: &[(Part, Call)]| parts.iter().map(|(_, call)| call.clone()).collect::<Vec<_>>();
    [calls(&others), calls(&others), calls(&policies)].concat()
}

/// Keeps the answers to `questions_behind` for the look that follows, if all of them came.
pub(crate) fn keep_behind(sights: &mut Sights, read: Vec<(Call, Outcome)>, at: OffsetDateTime) {
    let came = |outcome: &Outcome| match outcome {
        Ok(_) => true,
        Err(error) => matches!(error.kind, GraphFault::Forbidden | GraphFault::NotFound),
    };
    if !read.iter().all(|(_, outcome)| came(outcome)) {
        return;
    }
    for (call, outcome) in read {
        // A policy was asked for once: it says what may be added and proves nothing.
        if is_policy(&call) {
            sights.ahead.keep(call.clone(), outcome.clone(), at);
        }
        sights.ahead.keep(call, outcome, at);
    }
}

fn is_policy(call: &Call) -> bool {
    call.path.ends_with("Policies") || call.path.ends_with("Policy")
}

fn parts(
    site: &Site<'_>,
    sights: &Sights,
    step: &str,
    known: &Known,
    asked: Option<&Known>,
) -> Result<Vec<(Part, Call)>, Trouble> {
    let mut parts = Vec::new();
    let first = asked.is_none();
    let new = |now: &Option<String>, then: fn(&Known) -> &Option<String>| {
        now.clone().filter(|_| asked.is_none_or(|asked| then(asked).is_none()))
    };
    if first {
        let key = known
            .object
            .as_ref()
            .map_or_else(|| format!("(uniqueName='{}')", site.unique_name(step)), |id| format!("/{id}"));
        parts.push((Part::Application, Call::get(format!("/applications{key}?$select={APPLICATION}"))));
        if known.object.is_none() {
            let name = quoted(&wanted_name(site, step)?);
            let path = format!(
                "/applications?$filter=displayName%20eq%20{name}&$select=id,appId,displayName,uniqueName,createdDateTime"
            );
            parts.push((Part::SameName, Call::get(path)));
        }
        if sights.graph.is_none() {
            let path = format!("/servicePrincipals(appId='{MICROSOFT_GRAPH}')?$select=id,appId,displayName");
            parts.push(match published::holds_at(site.room.wire.place()) {
                true => (Part::Graph, Call::get(path)),
                false => (Part::WholeGraph, whole_list()),
            });
        }
        if sights.policy.is_none() {
            parts.push((Part::Policy, whole_enumeration(Call::get("/policies/defaultAppManagementPolicy"))));
        }
    }
    if let Some(id) = new(&known.object, |asked| &asked.object) {
        let own = Call::get(format!("/applications/{id}/appManagementPolicies"));
        parts.push((Part::OwnPolicies, whole_enumeration(own)));
        parts.push((Part::Owners, Call::get(format!("/applications/{id}/owners?$select=id"))));
    }
    if let Some(id) = new(&known.application, |asked| &asked.application) {
        let path = format!("/servicePrincipals(appId='{id}')?$select=id,appId,displayName,accountEnabled");
        parts.push((Part::Principal, Call::get(path)));
        let of_principal = |what: &str| Call::get(format!("/servicePrincipals(appId='{id}')/{what}"));
        parts.push((Part::Assignments, of_principal("appRoleAssignments")));
        parts.push((Part::Grants, of_principal("oauth2PermissionGrants")));
    }
    Ok(parts)
}

/// Without this, Graph hides `trustedCertificateAuthority` behind `unknownFutureValue` (Graph page "Best practices", on
/// evolvable enumerations).
fn whole_enumeration(call: Call) -> Call {
    call.header("Prefer", "include-unknown-enum-members")
}

fn wanted_name(site: &Site<'_>, step: &str) -> Result<String, Trouble> {
    match site.guide.step(step).map(|step| &step.action) {
        Some(Action::RegisterApplication { name, .. }) => site.render(name),
        _ => Err(Trouble::defect("look")),
    }
}

/// An OData string literal, percent-encoded for a query.
pub(crate) fn quoted(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    let encoded: String = url::form_urlencoded::byte_serialize(doubled.as_bytes()).collect();
    format!("'{}'", encoded.replace('+', "%20"))
}

fn read(
    part: Part,
    answer: Result<Answer, GraphError>,
    look: &mut Look,
    sights: &mut Sights,
) -> Result<(), Trouble> {
    match part {
        Part::Application => look.application = seen(answer)?,
        Part::Owners => {
            look.owners = listed::<User>(answer)?.into_iter().map(|owner| owner.id).collect();
        }
        Part::Principal => look.service_principal = seen(answer)?,
        Part::Assignments => look.assignments = listed(answer)?,
        Part::Grants => look.grants = listed(answer)?,
        Part::SameName => look.same_name = listed(answer)?,
        Part::Graph | Part::WholeGraph => {
            let graph: Option<ServicePrincipal> = seen(answer)?;
            let graph =
                graph.ok_or_else(|| Trouble::new(Code::ResourceMissing).with("api", "Microsoft Graph"))?;
            sights.whole = matches!(part, Part::WholeGraph);
            sights.graph =
                Some(Arc::new(if sights.whole { graph } else { published::with_published(graph) }));
        }
        Part::OwnPolicies => {
            look.policies = match answer {
                Err(error) if error.kind == GraphFault::Forbidden => Vec::new(),
                other => listed(other)?,
            };
        }
        Part::Policy => {
            sights.policy = Some(match answer {
                Err(error) if error.kind == GraphFault::Forbidden => None,
                other => seen(other)?,
            });
        }
    }
    Ok(())
}

fn seen<T: DeserializeOwned>(answer: Result<Answer, GraphError>) -> Result<Option<T>, Trouble> {
    match answer {
        Ok(answer) => Ok(Some(answer.read()?)),
        Err(error) if error.kind == GraphFault::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn listed<T: DeserializeOwned>(answer: Result<Answer, GraphError>) -> Result<Vec<T>, Trouble> {
    Ok(seen::<Page<T>>(answer)?.map(|page| page.value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_name_with_quotes_and_blanks_stays_one_literal() {
        assert_eq!(quoted("O'Neil & Söhne+"), "'O%27%27Neil%20%26%20S%C3%B6hne%2B'");
    }
}
