//! What the tenant's policy for credentials will refuse or shorten later: told in the plan that makes the application, so that
//! it is known before anything was changed.

use guide::{Action, Step};

use crate::phrase::Phrase;
use crate::plan::{Change, Sign};
use crate::policy::Limits;
use crate::site::Site;
use crate::trouble::Trouble;

/// Lines for the plan of a new application.
pub(super) async fn lines(site: &Site<'_>) -> Result<Vec<Change>, Trouble> {
    let here = |step: &&Step| !site.is_left_out(&step.id);
    let steps: Vec<&Step> =
        site.guide.steps.iter().filter(here).filter(|step| adds_to(step, &site.step.id)).collect();
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let Some(policy) = site.seat()?.sights.lock().await.policy.clone() else { return Ok(Vec::new()) };
    let Some(policy) = policy else {
        return Ok(vec![line("defaultAppManagementPolicy", Phrase::new("change.policy-unreadable"))]);
    };
    let limits = Limits::of_new(Some(&policy));
    let mut lines = Vec::new();
    for step in steps {
        lines.extend(of_step(site, step, &limits));
    }
    Ok(lines)
}

fn adds_to(step: &Step, register: &str) -> bool {
    match &step.action {
        Action::AddSecret { application, .. }
        | Action::AddCertificate { application, .. }
        | Action::UploadCertificate { application, .. } => application == register,
        _ => false,
    }
}

fn of_step(site: &Site<'_>, step: &Step, limits: &Limits) -> Vec<Change> {
    let shortened = |name: &str, months: &guide::Template, most: Option<i64>| {
        // An answer that is still missing is asked for by the step itself.
        let asked = super::asked_days(site, months).ok()?;
        let most = most.filter(|most| *most < asked)?;
        Some(line(name, Phrase::new("change.policy-shorter").with("days", most).with("asked", asked)))
    };
    match &step.action {
        Action::AddSecret { .. } if limits.secrets_forbidden => {
            vec![line("passwordAddition", Phrase::new("change.policy-no-secrets"))]
        }
        Action::AddSecret { months, .. } => {
            shortened("passwordLifetime", months, limits.secret_days).into_iter().collect()
        }
        Action::AddCertificate { months, .. } => {
            let self_signed = limits
                .self_signed_forbidden
                .then(|| line("trustedCertificateAuthority", Phrase::new("change.policy-no-self-signed")));
            let shorter = shortened("asymmetricKeyLifetime", months, limits.certificate_days);
            self_signed.into_iter().chain(shorter).collect()
        }
        Action::UploadCertificate { .. } if limits.self_signed_forbidden => {
            vec![line("trustedCertificateAuthority", Phrase::new("change.policy-no-self-signed"))]
        }
        _ => Vec::new(),
    }
}

fn line(rule: &str, note: Phrase) -> Change {
    Change::new(Sign::Keep, rule, note)
}
