//! Control of a running rehearsal from inside the process: approve, decline, turn the clock, set faults, look
//! and reset. The control address does the same over HTTP, through this.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::directory::conditional_access;
use crate::exchange::find;
use crate::faults::{Armed, Faults, Match};
use crate::login::state::{Outcome, SignIns};
use crate::login::{authorize, device};
use crate::rehearsal::{Rehearsal, held};
use crate::seeding;
use crate::settings::CredentialPolicy;
use crate::traffic::Exchange;
use crate::world::World;

/// A handle on a running rehearsal. Clones control the same one.
#[derive(Clone)]
pub struct Control {
    pub(crate) rehearsal: Arc<Rehearsal>,
}

/// Why a control request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No device code is waiting under this user code.
    #[error("no sign-in is waiting for this code")]
    UnknownCode,
    /// The device code has run out.
    #[error("this code has expired")]
    Expired,
    /// The device code was approved, declined or refused before.
    #[error("this code was already used")]
    AlreadyDecided,
    /// No such account; the announcement lists them.
    #[error("there is no account {0} in the rehearsal tenant")]
    UnknownAccount(String),
    /// The sign-in itself was refused, as the real service would refuse it.
    #[error("AADSTS{code}: {message}")]
    Refused {
        /// The AADSTS number.
        code: u32,
        /// Its text.
        message: String,
    },
    /// The address is not one of this tenant's authorize endpoints.
    #[error("this is not an authorize address of the rehearsal tenant")]
    NotAuthorize,
    /// The page answered with an error instead of sending the browser back.
    #[error("the sign-in page refused: {0}")]
    Page(String),
}

impl Control {
    /// Approves a waiting device code as an account (user principal name, or its part before the `@`).
    pub fn approve(&self, user_code: &str, account: &str) -> Result<(), ControlError> {
        device::approve(&self.rehearsal, user_code, account)
    }

    /// Declines a waiting device code.
    pub fn decline(&self, user_code: &str) -> Result<(), ControlError> {
        device::decline(&self.rehearsal, user_code)
    }

    /// The user codes that are waiting, newest last.
    pub fn waiting(&self) -> Vec<String> {
        let now = self.rehearsal.clock.now();
        held(&self.rehearsal.sign_ins)
            .devices
            .iter()
            .filter(|device| device.expires_at > now && matches!(device.outcome, Outcome::Pending))
            .map(|device| device.user_code.clone())
            .collect()
    }

    /// Does what the browser would do with an authorize address: signs in as the account, or cancels without
    /// one, and answers the address that the browser is sent back to.
    pub fn authorize(&self, authorize_url: &str, account: Option<&str>) -> Result<String, ControlError> {
        let url = Url::parse(authorize_url).map_err(|_| ControlError::NotAuthorize)?;
        let reply = authorize::by_hand(&self.rehearsal, &url, account).ok_or(ControlError::NotAuthorize)?;
        match find(&reply.headers, "location") {
            Some(location) => Ok(location.to_owned()),
            None => Err(ControlError::Page(spoken(&reply.body))),
        }
    }

    /// Pushes the tenant's clock ahead.
    pub fn advance(&self, by: Duration) {
        self.rehearsal.clock.advance(by);
    }

    /// Moves the tenant's clock on to a moment, unless it is past already.
    pub fn advance_to(&self, moment: OffsetDateTime) {
        self.rehearsal.clock.advance_to(moment);
    }

    /// Whether the tenant has an application with this client id.
    pub fn has_application(&self, app_id: &str) -> bool {
        self.rehearsal.world().application_by_app_id(app_id).is_some()
    }

    /// The tenant's time.
    pub fn now(&self) -> OffsetDateTime {
        self.rehearsal.clock.now()
    }

    /// Replaces all faults; their counts start again.
    pub fn set_faults(&self, faults: Faults) {
        *held(&self.rehearsal.armed) = Armed::new(faults);
    }

    /// How many requests the present faults have struck.
    pub fn struck(&self) -> u64 {
        held(&self.rehearsal.armed).struck()
    }

    /// Sets the tenant's app management policy from now on.
    pub fn restrict_credentials(&self, policy: CredentialPolicy) {
        seeding::restrict(&mut self.rehearsal.world(), policy);
    }

    /// Demands an authentication context (`c1` to `c25`) of a person for every change from now on, or none.
    pub fn demand_step_up(&self, context: Option<&str>) {
        *held(&self.rehearsal.step_up) = context.map(str::to_owned);
    }

    /// Switches security defaults on or off.
    pub fn set_security_defaults(&self, on: bool) {
        conditional_access::set_security_defaults(&mut self.rehearsal.world(), on);
    }

    /// Sets how long changes need from now on until every replica shows them.
    pub fn set_replication_delay(&self, delay: Duration) {
        self.rehearsal.world().settings.replication_delay = delay;
    }

    /// The state of the tenant as JSON, without secrets.
    pub fn dump(&self) -> Value {
        let rehearsal = &self.rehearsal;
        let devices: Vec<Value> = held(&rehearsal.sign_ins)
            .devices
            .iter()
            .map(|device| {
                let state = match device.outcome {
                    Outcome::Pending => "pending",
                    Outcome::Approved(_) => "approved",
                    Outcome::Declined => "declined",
                    Outcome::Refused(_) => "refused",
                    Outcome::Spent => "spent",
                };
                json!({"user_code": device.user_code, "client_id": device.client_id, "scopes": device.scopes, "state": state})
            })
            .collect();
        let now =
            rehearsal.clock.now().format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        json!({"now": now, "devices": devices, "world": rehearsal.world().dump()})
    }

    /// Lets somebody else change an application just before the next request of this kind is answered. The change is made
    /// to the document itself: Graph's checks are for Graph's callers.
    pub fn meanwhile(
        &self,
        request: Match,
        application: &str,
        change: impl FnOnce(&mut Value) + Send + 'static,
    ) {
        let id = application.to_owned();
        let deed = Box::new(move |world: &mut World| world.amend_application(&id, change));
        held(&self.rehearsal.meanwhile).push((request, deed));
    }

    /// Lets somebody else change an application now; as [`Control::meanwhile`].
    pub fn amend_application(&self, application: &str, change: impl FnOnce(&mut Value)) {
        self.rehearsal.world().amend_application(application, change);
    }

    /// The dump's `world` with what it leaves out: owners, members, groups and the links of policies by object id, and a
    /// digest of the key bytes of each certificate. For whoever has to show that nothing else was touched.
    pub fn deep_dump(&self) -> Value {
        self.rehearsal.world().deep_dump()
    }

    /// Puts the directory back to what it was before the first request and forgets sign-ins and traffic. The
    /// clock and the announced credentials stay.
    pub fn reset(&self) {
        let rehearsal = &self.rehearsal;
        *held(&rehearsal.world) = rehearsal.fresh.clone();
        *held(&rehearsal.sign_ins) = SignIns::default();
        *held(&rehearsal.armed) = Armed::new(rehearsal.settings.faults.clone());
        rehearsal.graph_requests.store(0, Ordering::SeqCst);
        *held(&rehearsal.step_up) = None;
        held(&rehearsal.traffic).clear();
    }

    /// Runs a Teams PowerShell command of the stand-in: `{"cmdlet": …, "parameters": {…}}`.
    pub fn teams(&self, command: &Value) -> Value {
        self.rehearsal.world().teams(command)
    }

    /// What the directory holds in one field of each enabled member, at most so many, in order; empty ones are left out.
    pub fn people(&self, field: &str, most: usize) -> Vec<String> {
        let world = self.rehearsal.world();
        world.people.values_of_members(field).take(most).collect()
    }

    /// Runs an Exchange Online PowerShell command of the stand-in: `{"cmdlet": …, "parameters": {…}}`.
    pub fn exchange(&self, command: &Value) -> Value {
        self.rehearsal.world().exchange(command)
    }

    /// Whether the tenant assigns Teams policies through Graph from now on.
    pub fn offer_teams_by_graph(&self, offered: bool) {
        self.rehearsal.world().offer_teams_by_graph(offered);
    }

    /// Lets somebody's Teams client say a presence (availability and activity), or sign out without one.
    pub fn set_presence(&self, user: &str, presence: Option<(&str, &str)>) -> Result<(), ControlError> {
        let mut world = self.rehearsal.world();
        let id = world.id_of(user).ok_or_else(|| ControlError::UnknownAccount(user.to_owned()))?;
        world.set_session(&id, presence);
        Ok(())
    }

    /// Prefers a presence for somebody as a telephone system does through Graph, or clears it without one.
    pub fn prefer_presence(
        &self,
        user: &str,
        presence: Option<(&str, &str)>,
        life: Duration,
    ) -> Result<(), ControlError> {
        let mut world = self.rehearsal.world();
        let id = world.id_of(user).ok_or_else(|| ControlError::UnknownAccount(user.to_owned()))?;
        let life = time::Duration::try_from(life).unwrap_or(time::Duration::MAX);
        match presence {
            Some((availability, activity)) => world.prefer_presence(&id, availability, activity, life),
            None => world.clear_preferred_presence(&id),
        }
        Ok(())
    }

    /// What lies in somebody's mailbox: `{"address", "inbox": […], "sent": […]}`.
    pub fn mailbox(&self, user: &str) -> Result<Value, ControlError> {
        let found = self.rehearsal.world().mailbox(user);
        found.ok_or_else(|| ControlError::UnknownAccount(user.to_owned()))
    }

    /// Everything that was asked and answered so far, without secrets.
    pub fn traffic(&self) -> Vec<Exchange> {
        held(&self.rehearsal.traffic).kept(0)
    }

    /// The same without the first so many, see [`Control::exchanges`]; all of it where it was reset since.
    pub fn traffic_since(&self, exchanges: usize) -> Vec<Exchange> {
        held(&self.rehearsal.traffic).kept(exchanges)
    }

    /// How many exchanges there were so far.
    pub fn exchanges(&self) -> usize {
        held(&self.rehearsal.traffic).count()
    }
}

/// The spoken part of a page, for an error message.
fn spoken(page: &[u8]) -> String {
    let text = String::from_utf8_lossy(page);
    let heading = text.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap_or_default();
    let alert = text.split("role=alert>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    format!("{heading} {alert}").trim().to_owned()
}
