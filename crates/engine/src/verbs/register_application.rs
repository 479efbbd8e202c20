//! Registers an application with its service principal and makes the signed-in admin its owner.
//! Natural key: `uniqueName` (Graph page "Upsert application"); an application of the same name that this
//! connection did not make is shown as taken and never touched without being adopted.

use cloud::{Answer, Call};
use guide::{Audience, Template};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Applied;
use crate::crash;
use crate::look::Look;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign, Taken, TakenObject};
use crate::role::REGISTRARS;
use crate::site::{Site, Write};
use crate::trouble::{Code, Trouble};

#[derive(Serialize, Deserialize)]
struct Work {
    name: String,
    audience: String,
    object: Option<String>,
    application: Option<String>,
    patch: bool,
    principal: bool,
    owner: bool,
}

pub(super) async fn check(site: &Site<'_>, name: &Template, audience: &Template) -> Result<Found, Trouble> {
    let name = site.render(name)?;
    let word = site.render(audience)?;
    let audience = Audience::of_word(&word)
        .map(audience_name)
        .ok_or_else(|| Trouble::new(Code::AnswerInvalid).with("value", &word).in_field("audience"))?;
    let look = site.look(&site.step.id).await?;
    let decided = site.history().step(&site.step.id).and_then(|step| step.adopted.clone());
    let adopted = decided.as_ref().is_some_and(|object| !object.is_null());
    // What was pointed at is looked at as it stands, also by somebody who does not own it.
    let pointed = decided.as_ref().is_some_and(|object| object["pointed"] == true);
    if look.application.is_none() && !look.same_name.is_empty() && decided.is_none() {
        return Ok(Found::Taken(taken(&name, &look)));
    }
    let me = &site.seat()?.who.object_id;
    let work = Work {
        patch: look.application.as_ref().is_none_or(|application| {
            !adopted
                && (application.display_name.as_deref() != Some(name.as_str())
                    || application.sign_in_audience.as_deref() != Some(audience))
        }),
        principal: look.service_principal.is_none(),
        owner: !pointed && look.application.is_some() && !look.owners.iter().any(|owner| owner == me),
        object: look.application.as_ref().map(|application| application.id.clone()),
        application: look.application.as_ref().map(|application| application.app_id.clone()),
        name,
        audience: audience.to_owned(),
    };
    if !(work.patch || work.principal || work.owner) {
        let mut proof = proof(site, &look, pointed)?;
        proof.evidence.extend(differences(&work, &look));
        return Ok(Found::AsWanted(proof));
    }
    let mut changes = changes(&work, &site.seat()?.who.account);
    if work.object.is_none() {
        changes.extend(super::forewarning::lines(site).await?);
    }
    let requests = u32::from(work.patch) + u32::from(work.principal || work.owner);
    Ok(Found::Planned(
        Plan::draw(&site.step.id, changes, json!(work)).with_requests(requests).by_any_of(&REGISTRARS),
    ))
}

fn changes(work: &Work, account: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    if work.patch {
        let sign = if work.object.is_none() { Sign::Add } else { Sign::Set };
        changes.push(Change::new(
            sign,
            &work.name,
            Phrase::new("change.application").with("audience", &work.audience),
        ));
    }
    if work.principal {
        changes.push(Change::new(Sign::Add, &work.name, Phrase::new("change.service-principal")));
    }
    if work.owner || work.object.is_none() {
        changes.push(Change::new(Sign::Add, account, Phrase::new("change.owner")));
    }
    changes
}

fn taken(name: &str, look: &Look) -> Taken {
    Taken {
        what: Phrase::new("taken.application").with("name", name).with("count", look.same_name.len()),
        objects: look
            .same_name
            .iter()
            .map(|other| TakenObject {
                id: other.id.clone(),
                name: other.display_name.clone().unwrap_or_default(),
                made: other.created_date_time.map(|made| made.date().to_string()),
                application_id: Some(other.app_id.clone()),
            })
            .collect(),
    }
}

/// What an adopted application has otherwise than the guide would make it; it stays so.
fn differences(work: &Work, look: &Look) -> Vec<Phrase> {
    let Some(application) = &look.application else { return Vec::new() };
    let differ = |key: &str, found: Option<&str>, wanted: &str| {
        let found = found.unwrap_or_default();
        (found != wanted).then(|| Phrase::new(key).with("found", found).with("wanted", wanted))
    };
    let name = differ("seen.differs-name", application.display_name.as_deref(), &work.name);
    let audience = differ("seen.differs-audience", application.sign_in_audience.as_deref(), &work.audience);
    [name, audience].into_iter().flatten().collect()
}

fn proof(site: &Site<'_>, look: &Look, pointed: bool) -> Result<Proof, Trouble> {
    let (Some(application), Some(principal)) = (&look.application, &look.service_principal) else {
        return Err(Trouble::defect("register-application"));
    };
    let who = &site.seat()?.who;
    let outputs = [
        ("application-id", &application.app_id),
        ("application-object-id", &application.id),
        ("service-principal-id", &principal.id),
        ("directory-id", &who.tenant_id),
    ];
    Ok(Proof {
        outputs: outputs.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
        evidence: [
            Some(
                Phrase::new("seen.application")
                    .with("name", application.display_name.as_deref().unwrap_or_default())
                    .with("tenant", &who.tenant_name),
            ),
            Some(Phrase::new("seen.service-principal").with("id", &principal.id)),
            (!pointed).then(|| Phrase::new("seen.owner").with("account", &who.account)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        found: Value::Null,
    })
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let mut work: Work = plan.work()?;
    let is_new = work.object.is_none();
    if work.patch {
        upsert(site, &mut work).await?;
        crash::place("register.application-made");
    }
    let mut writes = Vec::new();
    if work.principal
        && let Some(application) = work.application.clone()
    {
        let call = Call::post("/servicePrincipals".to_owned(), json!({ "appId": application }));
        writes.push(Write::new(call, |answer| made("service-principal", answer)));
        // Whether Microsoft makes the one who registers an owner hangs on the account: asking for it harms nothing.
        if is_new && let Some(object) = &work.object {
            writes.push(Write { fresh: false, may_be_there: true, ..owning(site, object)? });
        }
    }
    let count = writes.len();
    if count > 0 {
        // Another admin, or an answer that got lost, may have made it: the tenant is looked at, never the error's text.
        match site.write_and_look(writes, &site.step.id).await {
            Ok(answers) if answers.len() == count && is_new => return Ok(Applied::Look),
            Ok(_) => {}
            Err(trouble) => {
                site.forget_sights().await;
                if site.look(&site.step.id).await?.service_principal.is_none() {
                    return Err(trouble);
                }
            }
        }
    }
    own(site, &work).await?;
    Ok(Applied::Look)
}

async fn upsert(site: &Site<'_>, work: &mut Work) -> Result<(), Trouble> {
    let mut body = json!({ "displayName": work.name, "signInAudience": work.audience });
    let path = match &work.object {
        Some(id) => format!("/applications/{id}"),
        None => {
            body["notes"] = json!(format!("Made with Footbridge for {}.", site.guide.product));
            format!("/applications(uniqueName='{}')", site.unique_name(&site.step.id))
        }
    };
    let mut call = Call::patch(path, body);
    if work.object.is_none() {
        call.headers.push(("Prefer".to_owned(), "create-if-missing".to_owned()));
    }
    let is_new = work.object.is_none();
    let mut write = Write::new(call, move |answer| match is_new && answer.status == 201 {
        true => made("application", answer),
        false => json!({ "kind": "application-set" }),
    });
    write.fresh = !is_new;
    let answer = match site.write(vec![write]).await {
        Ok(mut answers) => answers.pop(),
        // The upsert is found again by its unique name, so a lost answer is answered by looking.
        Err(trouble) if trouble.code == crate::trouble::Code::AnswerLost => None,
        Err(trouble) => return Err(trouble),
    };
    if let Some(body) = answer.as_ref().and_then(|answer| answer.body.as_ref()) {
        work.object = body["id"].as_str().map(str::to_owned);
        work.application = body["appId"].as_str().map(str::to_owned);
    }
    let mut pause = crate::site::Pause::default();
    while work.application.is_none() {
        site.forget_sights().await;
        if let Some(application) = site.look(&site.step.id).await?.application {
            work.object = Some(application.id);
            work.application = Some(application.app_id);
        } else {
            let Some(duration) = pause.next() else {
                return Err(Trouble::new(crate::trouble::Code::AnswerLost));
            };
            site.sleep(duration).await;
        }
    }
    Ok(())
}

async fn own(site: &Site<'_>, work: &Work) -> Result<(), Trouble> {
    let me = site.seat()?.who.object_id.clone();
    site.forget_sights().await;
    let look = site.look(&site.step.id).await?;
    let Some(object) = &work.object else { return Ok(()) };
    if look.owners.contains(&me) || look.application.is_none() {
        return Ok(());
    }
    let outcome = site.write_and_look(vec![owning(site, object)?], &site.step.id).await;
    if let Err(trouble) = outcome {
        site.forget_sights().await;
        if !site.look(&site.step.id).await?.owners.contains(&me) {
            return Err(trouble);
        }
    }
    Ok(())
}

/// Makes the signed-in account an owner.
fn owning(site: &Site<'_>, object: &str) -> Result<Write, Trouble> {
    let me = &site.seat()?.who.object_id;
    let graph = &site.room.wire.place().graph;
    let reference = format!("{}/v1.0/directoryObjects/{me}", graph.as_str().trim_end_matches('/'));
    let call = Call::post(format!("/applications/{object}/owners/$ref"), json!({ "@odata.id": reference }));
    let kept = json!({ "kind": "owner", "application": object, "user": me });
    Ok(Write::new(call, move |_| kept.clone()))
}

fn made(kind: &str, answer: &Answer) -> Value {
    let body = answer.body.clone().unwrap_or_default();
    json!({ "kind": kind, "id": body["id"], "application-id": body["appId"] })
}

fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::SingleTenant => "AzureADMyOrg",
        Audience::MultipleTenants => "AzureADMultipleOrgs",
        Audience::MultipleTenantsAndPersonal => "AzureADandPersonalMicrosoftAccount",
        Audience::Personal => "PersonalMicrosoftAccount",
    }
}

/// The application that was registered last before this step.
fn last_registered<'a>(site: &Site<'a>) -> Option<&'a guide::Step> {
    site.guide
        .steps
        .iter()
        .take_while(|step| step.id != site.step.id)
        .filter(|step| matches!(step.action, guide::Action::RegisterApplication { .. }))
        .last()
}

/// Notes the ids of the application that an earlier step registered.
pub(super) async fn note_ids(site: &Site<'_>, application: Option<&str>) -> Result<Found, Trouble> {
    let named = application.and_then(|step| site.guide.step(step));
    let Some(register) = named.or_else(|| last_registered(site)) else {
        return Err(Trouble::defect("note-ids"));
    };
    let noted = site.needed(&register.id, "application-id")?;
    let look = site.look(&register.id).await?;
    let Some(application) = look.application.filter(|application| application.app_id == noted) else {
        return Ok(Found::NeedsSteps(vec![register.id.clone()]));
    };
    let tenant = site.seat()?.who.tenant_id.clone();
    let evidence =
        vec![Phrase::new("seen.ids").with("application", &application.app_id).with("directory", &tenant)];
    let outputs = [("application-id", application.app_id), ("directory-id", tenant)];
    Ok(Found::AsWanted(Proof {
        outputs: outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        evidence,
        found: Value::Null,
    }))
}
