//! Allows the use of Axigen's Teams connector for a domain, an account class or one account, by the command line: reads,
//! sets, reads back, saves.

use delivery::axigen::Permission;
use guide::Action;
use journal::Event;
use serde_json::json;

use super::Applied;
use super::answering::{optional, unanswered};
use super::axigen::{ADMIN, Server, Terms, refused, said, stopped};
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

pub(super) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::AxigenPermission { version, level, domain, .. } = &site.step.action else {
        return Err(Trouble::defect("axigen-permission"));
    };
    let terms = Terms::of(site, version)?;
    let mut missing = terms.unanswered(site);
    missing
        .extend(unanswered(site, &[level, domain]).into_iter().filter(|ask| !site.open_asks().contains(ask)));
    if !missing.is_empty() {
        return Ok(Found::NeedsAnswers(missing));
    }
    if site.history().proof(version).is_none() {
        return Ok(Found::NeedsSteps(vec![version.clone()]));
    }
    let permission = match permission(site) {
        Err(trouble) if trouble.code == Code::AnswerMissing => {
            return Ok(Found::NeedsAnswers(trouble.field.into_iter().collect()));
        }
        other => other?,
    };
    let server = terms.server(site)?;
    let wanted = wanted(&server, &permission);
    let known = site.history().proof(&site.step.id).cloned();
    let known = known.filter(|proof| proof.found == wanted);
    if site.lent(ADMIN).is_none() {
        return Ok(match known {
            Some(proof) => Found::AsWanted(proof),
            None => Found::NeedsPasswords(vec![ADMIN.to_owned()]),
        });
    }
    let mut session = server.open(site, terms.least).await?;
    let plan = session.plan_permission(&permission).await;
    session.close().await;
    let plan = plan.map_err(|error| refused(&error).in_field(permission.subject()))?;
    if plan.allowed {
        return Ok(Found::AsWanted(known.unwrap_or_else(|| proof(&permission, wanted))));
    }
    let changes = vec![
        Change::new(
            Sign::Set,
            "enableTeams",
            Phrase::new("change.axigen-permission").with("name", permission.subject()),
        ),
        Change::new(Sign::Run, "SAVE CONFIG", Phrase::new("change.axigen-save")),
    ];
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, wanted).with_requests(0).that_stays()))
}

fn wanted(server: &Server, permission: &Permission) -> serde_json::Value {
    json!({ "server": server, "permission": permission })
}

/// Who gets it, as the answers say.
fn permission(site: &Site<'_>) -> Result<Permission, Trouble> {
    let Action::AxigenPermission { level, domain, name, .. } = &site.step.action else {
        return Err(Trouble::defect("axigen-permission"));
    };
    let domain = site.render(domain)?.trim().to_owned();
    let named = || -> Result<String, Trouble> {
        let found = optional(site, name.as_ref())?;
        let ask = name.as_ref().and_then(|template| template.references().next().cloned());
        let field = match ask {
            Some(guide::Reference::Answer(ask)) => ask,
            _ => "name".to_owned(),
        };
        found.ok_or_else(|| Trouble::new(Code::AnswerMissing).in_field(field))
    };
    let level = site.render(level)?;
    match level.trim() {
        "domain" => Ok(Permission::Domain { domain }),
        "account-class" => Ok(Permission::AccountClass { name: named()?, domain }),
        "account" => {
            let whole = named()?;
            // The command line takes the account without its domain; people type it either way.
            let local = whole.strip_suffix(&format!("@{domain}")).unwrap_or(&whole).to_owned();
            Ok(Permission::Account { name: local, domain })
        }
        other => Err(Trouble::new(Code::AnswerInvalid).with("value", other).in_field("level")),
    }
}

fn proof(permission: &Permission, wanted: serde_json::Value) -> Proof {
    let evidence = vec![Phrase::new("seen.axigen-permission").with("name", permission.subject())];
    Proof { evidence, found: wanted, ..Proof::default() }
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: serde_json::Value = plan.work()?;
    let Action::AxigenPermission { version, .. } = &site.step.action else {
        return Err(Trouble::defect("axigen-permission"));
    };
    let terms = Terms::of(site, version)?;
    let (server, permission) = (terms.server(site)?, permission(site)?);
    if wanted(&server, &permission) != work {
        return Err(Trouble::new(Code::PlanChanged));
    }
    let mut session = server.open(site, terms.least).await?;
    drop(site.take_lent(ADMIN));
    let outcome = session.allow(&permission).await;
    session.close().await;
    let receipt = outcome.map_err(|stop| stopped(&stop))?;
    let details = json!({ "step": site.step.id, "server": server, "receipt": receipt });
    site.note(&Event::Noted { what: "axigen".to_owned(), details })?;
    Ok(Applied::Proved(proof(&permission, work)))
}

/// The commands to paste.
pub(super) fn script(site: &Site<'_>) -> Result<String, Trouble> {
    let script = permission(site)?.script();
    script.map_err(|error| Trouble::new(Code::ProductStopped).with("product", "Axigen").because(said(&error)))
}
