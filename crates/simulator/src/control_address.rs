//! The control address: what [`Control`] does, over plain HTTP on loopback.
//!
//! Every request must carry the token of the announcement. Nothing here is part of the pretend Microsoft.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::control::{Control, ControlError};
use crate::exchange::{Reply, Request};
use crate::faults::Faults;
use crate::settings::CredentialPolicy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    user_code: String,
    account: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decline {
    user_code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorize {
    url: String,
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replication {
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepUp {
    context: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    user: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    user: String,
    by: String,
    availability: Option<String>,
    activity: Option<String>,
    minutes: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    advance_seconds: f64,
}

/// A control request that was not done, and why.
struct NotDone {
    status: u16,
    what: String,
}

fn not_done(status: u16, what: impl Into<String>) -> NotDone {
    NotDone { status, what: what.into() }
}

pub(crate) fn answer(control: &Control, token: &str, request: &Request) -> Reply {
    let given =
        request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), token.as_bytes()).is_err() {
        let body = json!({"error": "the control token of the announcement is missing or wrong"});
        return Reply::json(401, &body).with("www-authenticate", "Bearer");
    }
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let done = match (request.method.as_str(), path.as_slice()) {
        ("GET" | "POST", ["state"]) => Ok(control.dump()),
        ("GET" | "POST", ["traffic"]) => Ok(json!({"traffic": control.traffic()})),
        ("GET", ["devices"]) => Ok(json!({"waiting": control.waiting()})),
        ("GET", ["clock"]) => Ok(json!({"now": now(control)})),
        ("POST", ["approve"]) => read::<Approve>(request).and_then(|asked| {
            control
                .approve(&asked.user_code, &asked.account)
                .map(|()| json!({"approved": true}))
                .map_err(told)
        }),
        ("POST", ["decline"]) => read::<Decline>(request).and_then(|asked| {
            control.decline(&asked.user_code).map(|()| json!({"declined": true})).map_err(told)
        }),
        ("POST", ["authorize"]) => read::<Authorize>(request).and_then(|asked| {
            control
                .authorize(&asked.url, asked.account.as_deref())
                .map(|to| json!({"redirect": to}))
                .map_err(told)
        }),
        ("POST", ["clock"]) => read::<Turn>(request).and_then(|asked| {
            let by = Duration::try_from_secs_f64(asked.advance_seconds).map_err(|_| {
                not_done(400, "advance_seconds must be zero or more; the clock never runs backwards")
            })?;
            control.advance(by);
            Ok(json!({"now": now(control)}))
        }),
        ("POST", ["faults"]) => read::<Faults>(request).map(|faults| {
            control.set_faults(faults);
            json!({"set": true})
        }),
        ("POST", ["credential-policy"]) => read::<CredentialPolicy>(request).map(|policy| {
            control.restrict_credentials(policy);
            json!({"set": true})
        }),
        ("POST", ["step-up"]) => read::<StepUp>(request).map(|asked| {
            control.demand_step_up(asked.context.as_deref());
            json!({"set": true})
        }),
        ("POST", ["security-defaults"]) => read::<Switch>(request).map(|asked| {
            control.set_security_defaults(asked.on);
            json!({"set": true})
        }),
        ("POST", ["replication"]) => read::<Replication>(request).and_then(|asked| {
            let delay = Duration::try_from_secs_f64(asked.seconds)
                .map_err(|_| not_done(400, "seconds must be zero or more"))?;
            control.set_replication_delay(delay);
            Ok(json!({"set": true}))
        }),
        ("POST", ["reset"]) => {
            control.reset();
            Ok(json!({"reset": true}))
        }
        ("POST", ["exchange"]) => read::<Value>(request).map(|command| control.exchange(&command)),
        ("POST", ["teams-by-graph"]) => read::<Switch>(request).map(|asked| {
            control.offer_teams_by_graph(asked.on);
            json!({"set": true})
        }),
        ("POST", ["presence"]) => read::<Shown>(request).and_then(|asked| show(control, &asked)),
        ("POST", ["mailbox"]) => {
            read::<Whose>(request).and_then(|asked| control.mailbox(&asked.user).map_err(told))
        }
        ("POST", ["teams"]) => read::<Value>(request).map(|command| control.teams(&command)),
        _ => Err(not_done(404, "the control address has no such path; see docs/rehearsal.md")),
    };
    match done {
        Ok(body) => Reply::json(200, &body),
        Err(NotDone { status, what }) => Reply::json(status, &json!({"error": what})),
    }
}

fn show(control: &Control, asked: &Shown) -> Result<Value, NotDone> {
    let presence = asked.availability.as_deref().zip(asked.activity.as_deref());
    if presence.is_none() && (asked.availability.is_some() || asked.activity.is_some()) {
        return Err(not_done(400, "availability and activity go together"));
    }
    let done = match asked.by.as_str() {
        "teams" => control.set_presence(&asked.user, presence),
        "product" => {
            let life = Duration::from_secs(asked.minutes.unwrap_or(24 * 60).saturating_mul(60));
            control.prefer_presence(&asked.user, presence, life)
        }
        _ => return Err(not_done(400, "by must be teams or product")),
    };
    done.map(|()| json!({"set": true})).map_err(told)
}

fn now(control: &Control) -> String {
    control.now().format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, NotDone> {
    serde_json::from_slice(&request.body)
        .map_err(|error| not_done(400, format!("the body is not what this path takes: {error}")))
}

fn told(error: ControlError) -> NotDone {
    let status = match error {
        ControlError::UnknownCode | ControlError::UnknownAccount(_) => 404,
        ControlError::Expired | ControlError::AlreadyDecided => 409,
        ControlError::Refused { .. } | ControlError::Page(_) => 403,
        ControlError::NotAuthorize => 400,
    };
    NotDone { status, what: error.to_string() }
}
