//! The first segment of a sign-in path: which tenant, or which kind of account, is meant.
//! It reads names only; whether an account may sign in there is decided elsewhere.

use super::refusal::Refusal;
use crate::rehearsal::Rehearsal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// This tenant, by its id or one of its domains.
    This,
    Organizations,
    Common,
    Consumers,
}

pub(crate) fn authority(rehearsal: &Rehearsal, segment: &str) -> Result<Authority, Refusal> {
    match segment {
        "common" => return Ok(Authority::Common),
        "organizations" => return Ok(Authority::Organizations),
        "consumers" => return Ok(Authority::Consumers),
        _ => {}
    }
    if segment.eq_ignore_ascii_case(&rehearsal.tenant_id) || segment.eq_ignore_ascii_case(&rehearsal.domain) {
        return Ok(Authority::This);
    }
    let is_domain = segment.contains('.')
        && segment.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-');
    if uuid::Uuid::try_parse(segment).is_err() && !is_domain {
        return Err(Refusal::request(
            900023,
            format!(
                "Specified tenant identifier '{segment}' is neither a valid DNS name, nor a valid external domain."
            ),
        ));
    }
    Err(Refusal::new(
        400,
        "invalid_tenant",
        90002,
        format!(
            "Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        ),
    ))
}
