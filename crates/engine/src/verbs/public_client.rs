//! Sets whether the application allows public client flows (Graph page "application", `isFallbackPublicClient`): without
//! them nobody can sign in with user name and password, and with them no secret is asked for.

use cloud::Call;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Applied;
use crate::phrase::Phrase;
use crate::plan::{Change, Found, Plan, Proof, Sign};
use crate::role::REGISTRARS;
use crate::site::{Site, Write};
use crate::trouble::{Code, Trouble};

/// What the journal calls the change.
pub(crate) const SWITCHED: &str = "public-client";

#[derive(Serialize, Deserialize)]
struct Work {
    object: String,
    before: bool,
    after: bool,
}

pub(super) async fn check(site: &Site<'_>, application: &str, allowed: bool) -> Result<Found, Trouble> {
    let Some(object) = site.output(application, "application-object-id") else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    let look = site.look(application).await?;
    let Some(registered) = look.application else {
        return Ok(Found::NeedsSteps(vec![application.to_owned()]));
    };
    // Graph tells null where nobody ever chose, and treats that as "no".
    let before = registered.is_fallback_public_client.unwrap_or(false);
    if before == allowed {
        let key = if allowed { "seen.public-client" } else { "seen.no-public-client" };
        return Ok(Found::AsWanted(Proof { evidence: vec![Phrase::new(key)], ..Proof::default() }));
    }
    let note = if allowed { "change.public-client" } else { "change.no-public-client" };
    let change = Change::new(Sign::Set, "Allow public client flows", Phrase::new(note));
    let work = Work { object, before, after: allowed };
    Ok(Found::Planned(Plan::draw(&site.step.id, vec![change], json!(work)).by_any_of(&REGISTRARS)))
}

pub(super) async fn apply(site: &Site<'_>, plan: Plan) -> Result<Applied, Trouble> {
    let work: Work = plan.work()?;
    let body = json!({ "isFallbackPublicClient": work.after });
    let call = Call::patch(format!("/applications/{}", work.object), body);
    let kept = json!({ "kind": SWITCHED, "application": work.object, "before": work.before });
    match site.write(vec![Write::new(call, move |_| kept.clone())]).await {
        // A repeated PATCH of the same value does no harm, and the look that follows tells whether it arrived.
        Err(trouble) if trouble.code == Code::AnswerLost => Ok(Applied::Look),
        other => other.map(|_| Applied::Look),
    }
}
