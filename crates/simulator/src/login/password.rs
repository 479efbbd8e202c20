//! Signing in with user name and password (RFC 6749 §4.3; page "Resource Owner Password Credentials").
//!
//! Nobody is asked anything, so consent, a second factor and a new password must have been settled before. Who
//! fails too often is locked for a minute, as smart lockout does.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::clients;
use super::grants::{asked_scopes, for_person};
use super::refusal::Refusal;
use super::resources::{Wish, wish};
use super::tenants::{Authority, authority};
use super::token::Asked;
use crate::directory::conditional_access::{Demand, demand};
use crate::rehearsal::{Rehearsal, held};

/// Smart lockout's defaults: ten wrong passwords, one minute.
const MOST_FAILURES: u32 = 10;
const LOCKED: Duration = Duration::minutes(1);

/// Wrong passwords of an account.
#[derive(Clone, Copy)]
pub(crate) struct Failures {
    count: u32,
    last: OffsetDateTime,
}

/// `grant_type=password`.
pub(crate) fn password(rehearsal: &Rehearsal, asked: &Asked<'_>) -> Result<Value, Refusal> {
    if matches!(authority(rehearsal, asked.tenant)?, Authority::Common | Authority::Consumers) {
        return Err(Refusal::request(
            9001023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
        ));
    }
    let user = asked.member("username").ok_or_else(|| Refusal::missing("username"))?.trim();
    let given = asked.member("password").ok_or_else(|| Refusal::missing("password"))?;
    let scopes = asked_scopes(asked).ok_or_else(|| Refusal::missing("scope"))?;
    let wish = wish(rehearsal, &scopes)?;
    let person = proven(rehearsal, user, given)?;
    admitted(rehearsal, person, &wish)?;
    let granted = consented(rehearsal, asked, person, &wish)?;
    for_person(rehearsal, asked, person, &wish, granted)
}

/// The account behind a name and its password.
fn proven(rehearsal: &Rehearsal, user: &str, given: &str) -> Result<usize, Refusal> {
    let found = rehearsal
        .people
        .iter()
        .position(|one| one.home.is_none() && one.account.upn.eq_ignore_ascii_case(user));
    let id = {
        let world = rehearsal.world();
        let seat = world.people.find(user).filter(|_| user.contains('@'));
        let seat = seat.ok_or_else(|| {
            Refusal::grant(
                50034,
                format!(
                    "The user account {{EmailHidden}} does not exist in the {} directory. To sign into this application, the account must be added to the directory.",
                    rehearsal.tenant_id
                ),
            )
        })?;
        world.people.field(seat, "id").as_str().unwrap_or_default().to_lowercase()
    };
    let now = rehearsal.clock.now();
    let before =
        held(&rehearsal.sign_ins).failures.get(&id).copied().filter(|known| now - known.last < LOCKED);
    if before.is_some_and(|known| known.count >= MOST_FAILURES) {
        return Err(Refusal::grant(
            50053,
            "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
        ));
    }
    if rehearsal.world().people.is_disabled(&id) {
        return Err(Refusal::grant(50057, "The user account is disabled."));
    }
    let right = found.filter(|person| rehearsal.people[*person].password.as_deref() == Some(given));
    let Some(person) = right else {
        let count = before.map_or(0, |known| known.count) + 1;
        held(&rehearsal.sign_ins).failures.insert(id, Failures { count, last: now });
        return Err(Refusal::grant(
            50126,
            "Error validating credentials due to invalid username or password.",
        ));
    };
    held(&rehearsal.sign_ins).failures.remove(&id);
    Ok(person)
}

/// The age of the password, and Conditional Access.
fn admitted(rehearsal: &Rehearsal, person: usize, wish: &Wish) -> Result<(), Refusal> {
    let id = &rehearsal.people[person].object_id;
    let world = rehearsal.world();
    let says = |name: &str| world.people.find(id).is_some_and(|seat| world.people.field(seat, name) == true);
    if says("passwordExpired") {
        let refusal = Refusal::grant(50055, "The password is expired.");
        return Err(Refusal { suberror: Some("user_password_expired"), ..refusal });
    }
    let policy = match demand(&world, id) {
        Demand::Nothing => return Ok(()),
        Demand::Block => return Err(Refusal::blocked()),
        Demand::SecondFactor(policy) => policy,
    };
    let (code, what) = if says("secondFactor") { (50076, "use") } else { (50079, "enroll in") };
    let message = format!(
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must {what} multi-factor authentication to access '{}'.",
        wish.resource
    );
    let claims = policy.map(|policy| {
        json!({"access_token": {"capolids": {"essential": true, "values": [policy]}}}).to_string()
    });
    Err(Refusal { suberror: Some("basic_action"), claims, ..Refusal::grant(code, message) })
}

/// What was consented to before, if it holds everything that is asked for.
fn consented(
    rehearsal: &Rehearsal,
    asked: &Asked<'_>,
    person: usize,
    wish: &Wish,
) -> Result<Vec<String>, Refusal> {
    let user = &rehearsal.people[person].object_id;
    let mut granted = clients::granted_scopes(&rehearsal.world(), &asked.client, user, &wish.resource);
    let key = (asked.client.app_id.clone(), user.clone(), wish.resource.clone());
    granted.extend(held(&rehearsal.sign_ins).consents.get(&key).cloned().unwrap_or_default());
    let there = |value: &String| granted.iter().any(|one| one.eq_ignore_ascii_case(value));
    if granted.is_empty() || !wish.values.iter().all(there) {
        let refusal = Refusal::grant(
            65001,
            format!(
                "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an interactive authorization request for this user and resource.",
                asked.client.app_id, asked.client.name
            ),
        );
        return Err(Refusal { suberror: Some("consent_required"), ..refusal });
    }
    Ok(granted.into_iter().collect())
}
