//! Proves by use that the application may send mail from a mailbox: one mail from it to itself (Graph page "user:
//! sendMail"). A refusal means *not yet* for two hours and a little: that long Exchange may remember an older answer
//! (learn.microsoft.com/exchange/permissions-exo/application-rbac: 30 minutes to 2 hours).

use cloud::model::User;
use cloud::{Call, GraphFault};
use guide::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Duration;

use super::Applied;
use super::confirm_grants::token_with;
use super::prove_presence::first;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// Two hours as documented, and a little.
pub(super) const PATIENCE: Duration = Duration::minutes(125);

#[derive(Serialize, Deserialize, PartialEq)]
struct Work {
    application: String,
    directory: String,
    key: String,
    mailbox: String,
    address: String,
}

pub(super) async fn check(site: &Site<'_>) -> Result<Found, Trouble> {
    let Action::ProveMail { application, secret, mailbox } = &site.step.action else {
        return Err(Trouble::defect("prove-mail"));
    };
    let (Some(client), Some(key), Some((user, name))) =
        (site.output(application, "application-id"), site.key_of_step(secret), first(site, mailbox))
    else {
        return Ok(Found::NeedsSteps(vec![application.clone(), secret.clone(), mailbox.clone()]));
    };
    let known = site.history().proof(&site.step.id).cloned();
    if let Some(proof) = known
        && proof.found["key"] == key.as_str()
        && proof.found["application"] == client.as_str()
        && proof.found["mailbox"] == user.as_str()
    {
        return Ok(Found::AsWanted(proof));
    }
    let answer = site.seat()?.graph.get(&format!("/users/{user}?$select=id,mail,userPrincipalName")).await?;
    let found: User = answer.read()?;
    let address = found.mail.or(found.user_principal_name).unwrap_or(name);
    let directory = site.needed(application, "directory-id")?;
    let work = Work { application: client, directory, key, mailbox: user, address };
    let changes = vec![Change::new(Sign::Run, &work.address, Phrase::new("change.test-mail"))];
    Ok(Found::Planned(Plan::draw(&site.step.id, changes, json!(work)).with_requests(1).that_stays()))
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    // A limit of Exchange gives the permission without any role in the token.
    let token = token_with(site, &work.directory, &work.application, &work.key, &[]).await?;
    let graph = site.as_application(token);
    let call = mail(&work);
    match graph.call(&call).await {
        Ok(answer) => {
            site.sent(&call, &answer, json!({ "kind": "mail", "user": work.mailbox }))?;
            let evidence = vec![Phrase::new("seen.mail").with("address", &work.address)];
            Ok(Applied::Proved(Proof { evidence, found: json!(work), ..Proof::default() }))
        }
        Err(error) if error.kind == GraphFault::Forbidden => wait(site, Trouble::from(error)),
        // A mail cannot be sent twice without anybody noticing: the plan asks again.
        Err(error) if error.effect_unknown() => {
            Err(Trouble::from(error).because(Phrase::new("wait.mail-perhaps").with("address", &work.address)))
        }
        Err(error) => Err(Trouble::from(error).in_field(work.address)),
    }
}

fn mail(work: &Work) -> Call {
    let body = json!({
        "message": {
            "subject": "Footbridge test",
            "body": { "contentType": "Text", "content": "This mail proves that the application may send from this mailbox. It can be deleted." },
            "toRecipients": [{ "emailAddress": { "address": work.address } }],
        },
        "saveToSentItems": false,
    });
    Call::post(format!("/users/{}/sendMail", work.mailbox), body)
}

fn wait(site: &Site<'_>, trouble: Trouble) -> Result<Applied, Trouble> {
    let since =
        site.history().step(&site.step.id).and_then(|step| step.pending_since).unwrap_or_else(|| site.now());
    let until = since + PATIENCE;
    if site.now() >= until {
        let mut ended = Trouble::new(Code::MailNotAllowed);
        ended.technical = trouble.technical;
        return Err(ended);
    }
    Ok(Applied::Found(Found::Pending { why: Phrase::new("wait.exchange-limit"), until }))
}
