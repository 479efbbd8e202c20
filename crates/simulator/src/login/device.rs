//! The device code flow (RFC 8628): the code endpoint, the page on which a person approves, and what that
//! approval means for the waiting client.
//!
//! Approving here and approving through the control address are the same call.

use serde_json::json;

use super::refusal::Refusal;
use super::resources::wish;
use super::state::{Device, Outcome};
use super::tenants::{Authority, authority};
use super::{clients, contexts, issue, pages};
use crate::accounts::Obstacle;
use crate::control::ControlError;
use crate::exchange::{Reply, Request, find};
use crate::rehearsal::{Rehearsal, held};

/// `POST /{tenant}/oauth2/v2.0/devicecode`, and its v1 sister that asks for a `resource`.
pub(crate) fn code(
    rehearsal: &Rehearsal,
    request: &Request,
    tenant: &str,
    v1: bool,
) -> Result<Reply, Refusal> {
    authority(rehearsal, tenant)?;
    let form = request.form();
    let client_id = find(&form, "client_id")
        .or(request.asked("client_id"))
        .ok_or_else(|| Refusal::missing("client_id"))?;
    let scopes = scopes(&form, request, v1)?;
    let client = clients::find_client(rehearsal, client_id)?;
    wish(rehearsal, &scopes)?;
    let now = rehearsal.clock.now();
    let lifetime = rehearsal.settings.device_code_lifetime;
    let (user_code, device_code) = {
        let mut random = held(&rehearsal.random);
        (
            random.letters(b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 9),
            random.letters(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnopqrstuvwxyz23456789-_", 120),
        )
    };
    held(&rehearsal.sign_ins).devices.push(Device {
        device_code: device_code.clone(),
        user_code: user_code.clone(),
        client_id: client.app_id,
        tenant: tenant.to_owned(),
        scopes,
        contexts: contexts::asked(find(&form, "claims").or(request.asked("claims"))),
        expires_at: now + lifetime,
        last_poll: None,
        outcome: Outcome::Pending,
    });
    if let Some(account) = rehearsal.settings.approve_as.as_deref() {
        // The page would show why not; here the client learns it when it polls.
        let _ = approve(rehearsal, &user_code, account);
    }
    let address = format!("{}/device", request.origin);
    let german = request.asked("mkt").is_some_and(|market| market.to_lowercase().starts_with("de"));
    let message = if german {
        format!(
            "Öffnen Sie in einem Browser die Seite {address} und geben Sie den Code {user_code} ein, um sich anzumelden."
        )
    } else {
        format!(
            "To sign in, use a web browser to open the page {address} and enter the code {user_code} to authenticate."
        )
    };
    let mut body = json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": address,
        "expires_in": lifetime.as_secs(),
        "interval": rehearsal.settings.poll_interval.as_secs(),
        "message": message,
    });
    if v1 {
        body["verification_url"] = json!(address);
    }
    Ok(Reply::json(200, &body))
}

/// The scopes of a request; v1 names a resource instead and gets all that is granted there.
pub(crate) fn scopes(form: &[(String, String)], request: &Request, v1: bool) -> Result<Vec<String>, Refusal> {
    if v1 {
        let resource = find(form, "resource")
            .or(request.asked("resource"))
            .ok_or_else(|| Refusal::missing("resource"))?;
        return Ok(vec![
            format!("{}/.default", resource.trim_end_matches('/')),
            "openid".into(),
            "offline_access".into(),
        ]);
    }
    let scopes: Vec<String> = find(form, "scope")
        .or(request.asked("scope"))
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() { Err(Refusal::missing("scope")) } else { Ok(scopes) }
}

/// Approves a device code as an account.
pub(crate) fn approve(rehearsal: &Rehearsal, user_code: &str, account: &str) -> Result<(), ControlError> {
    let person = rehearsal.person(account).ok_or_else(|| ControlError::UnknownAccount(account.to_owned()))?;
    let device = waiting(rehearsal, user_code)?;
    let decided = decide(rehearsal, person, &device);
    let outcome = match &decided {
        Ok(()) => Outcome::Approved(person),
        // The wrong account can be corrected on the page, so the client keeps waiting.
        Err(refusal) if refusal.code == 50020 => Outcome::Pending,
        Err(refusal) if refusal.code == 53003 && rehearsal.settings.silent_block => Outcome::Pending,
        Err(refusal) => Outcome::Refused(refusal.clone()),
    };
    settle(rehearsal, user_code, outcome);
    decided.map_err(|refusal| ControlError::Refused { code: refusal.code, message: refusal.message })
}

/// Declines a device code.
pub(crate) fn decline(rehearsal: &Rehearsal, user_code: &str) -> Result<(), ControlError> {
    waiting(rehearsal, user_code)?;
    settle(rehearsal, user_code, Outcome::Declined);
    Ok(())
}

fn decide(rehearsal: &Rehearsal, person: usize, device: &Device) -> Result<(), Refusal> {
    let authority = authority(rehearsal, &device.tenant)?;
    let blocked = rehearsal.settings.block_device_code
        || matches!(rehearsal.people[person].obstacle, Obstacle::Blocked | Obstacle::DeviceCodeBlocked);
    if blocked {
        return Err(Refusal::blocked());
    }
    admitted(rehearsal, person, authority)?;
    let client = clients::find_client(rehearsal, &device.client_id)?;
    let wish = wish(rehearsal, &device.scopes)?;
    issue::consent(rehearsal, &client, person, &wish).map(|_| ())
}

/// Whether an account may sign in under this authority at all.
pub(crate) fn admitted(rehearsal: &Rehearsal, person: usize, authority: Authority) -> Result<(), Refusal> {
    let person = &rehearsal.people[person];
    if authority == Authority::Consumers
        || (person.obstacle == Obstacle::Elsewhere && authority == Authority::This)
    {
        return Err(Refusal::grant(
            50020,
            format!(
                "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different account.",
                person.account.upn,
                person.home.as_ref().map_or(rehearsal.tenant_id.as_str(), |home| home.tenant_id.as_str()),
                rehearsal.domain
            ),
        ));
    }
    if person.obstacle == Obstacle::Blocked {
        return Err(Refusal::blocked());
    }
    Ok(())
}

fn waiting(rehearsal: &Rehearsal, user_code: &str) -> Result<Device, ControlError> {
    let now = rehearsal.clock.now();
    let wanted = user_code.trim().to_uppercase();
    let sign_ins = held(&rehearsal.sign_ins);
    let device =
        sign_ins.devices.iter().find(|device| device.user_code == wanted).ok_or(ControlError::UnknownCode)?;
    if device.expires_at <= now {
        return Err(ControlError::Expired);
    }
    match device.outcome {
        Outcome::Pending => Ok(device.clone()),
        _ => Err(ControlError::AlreadyDecided),
    }
}

fn settle(rehearsal: &Rehearsal, user_code: &str, outcome: Outcome) {
    let wanted = user_code.trim().to_uppercase();
    if let Some(device) =
        held(&rehearsal.sign_ins).devices.iter_mut().find(|device| device.user_code == wanted)
    {
        device.outcome = outcome;
    }
}

/// `GET|POST /device`: enter the code, choose the account, approve or decline.
pub(crate) fn page(rehearsal: &Rehearsal, request: &Request) -> Reply {
    let form = request.form();
    let code = find(&form, "code").or(request.asked("code")).unwrap_or_default().trim().to_uppercase();
    if request.method != "POST" || code.is_empty() {
        return pages::enter_code(&code, None);
    }
    let device = match waiting(rehearsal, &code) {
        Ok(device) => device,
        Err(error) => return pages::enter_code(&code, Some(&error.to_string())),
    };
    if find(&form, "decision") == Some("decline") {
        settle(rehearsal, &code, Outcome::Declined);
        return pages::declined();
    }
    match find(&form, "account") {
        Some(account) => match approve(rehearsal, &code, account) {
            Ok(()) => pages::approved(),
            Err(ControlError::Refused { code: number, message }) => {
                pages::refused(rehearsal, number, &message)
            }
            Err(error) => pages::enter_code(&code, Some(&error.to_string())),
        },
        None => {
            let name = clients::find_client(rehearsal, &device.client_id)
                .map(|client| client.name)
                .unwrap_or_default();
            pages::choose_account(
                rehearsal,
                &pages::Choice {
                    action: "/device",
                    hidden: &[("code", &code)],
                    client: &name,
                    scopes: &device.scopes,
                    hint: None,
                },
            )
        }
    }
}
