//! The sign-in: what it would ask for, the code or the browser, and its end. Tokens stay in `cloud`; the web view
//! sees the code, which is of no use without the admin, and the page's host.

use std::sync::Arc;

use engine::{Code, Desk, Feature, Trouble as Wrong};
use qrcodegen::{QrCode, QrCodeEcc};
use tauri::{AppHandle, ipc::Channel};
use tauri_plugin_opener::OpenerExt as _;
use tokio::sync::Notify;

use super::{Given, Place, Stage, lock};
use crate::{
    told,
    view::{Checklist, PretendAccount, ScopeNeed, SignInCode, SignInOffer, SignInTick, Tenant},
};

/// The browser way listens this long.
const BROWSER_WAITS: u32 = 300;

impl Stage {
    /// What a sign-in would ask for; nothing is asked of Microsoft.
    pub async fn sign_in_offer(&self, connection: &str) -> Given<SignInOffer> {
        let place = self.place(connection)?;
        let language = self.language();
        let guide = place.desk.guide_of(connection).map_err(|wrong| self.trouble(&wrong))?;
        let list = place.desk.checklist(connection).map_err(|wrong| self.trouble(&wrong))?;
        let number = |id: &String| list.step(id).map(|step| crate::shown::small(step.number));
        let needs = Desk::scopes(guide).into_iter().map(|need| ScopeNeed {
            reason: need
                .steps
                .first()
                .map(|step| told::step_title(Some(guide), step, language))
                .unwrap_or_default(),
            steps: need.steps.iter().filter_map(number).collect(),
            scope: need.scope,
        });
        let cloud = place.desk.place();
        let shared = engine::cloud::Place::global().client_id == cloud.client_id;
        Ok(SignInOffer {
            connection: connection.to_owned(),
            tenant: list.who.as_ref().map(|who| Tenant {
                id: who.tenant_id.clone(),
                name: who.tenant_name.clone(),
                domain: who.domain.clone(),
            }),
            client_name: match (place.rehearsal, shared) {
                (false, true) => "Microsoft Graph Command Line Tools".to_owned(),
                (true, _) => self.say("Footbridge's rehearsal", "Footbridge-Probe").to_owned(),
                (false, false) => self.say("your own client", "Ihr eigener Client").to_owned(),
            },
            client_id: cloud.client_id.clone(),
            host: cloud.login.host_str().unwrap_or_default().to_owned(),
            scopes: needs.collect(),
            accounts: self.accounts(&place),
            browser_first: !place.rehearsal && self.permits(Feature::DeviceCode).is_err(),
        })
    }

    /// Makes a code, shows it, and waits until it was used.
    pub async fn sign_in_with_code(&self, connection: &str, ticks: Channel<SignInTick>) -> Given<Checklist> {
        let place = self.place(connection)?;
        let stop = self.stopper(connection);
        let locale = told::either(self.language(), "en-US", "de-DE");
        let signed_in = async {
            let code = place.desk.begin_device_code(connection, None, locale).await?;
            let lives = seconds(code.expires_at - place.now());
            {
                let mut open = lock(&self.open);
                let mine = open.entry(connection.to_owned()).or_default();
                mine.code = Some(code.user_code.clone());
                mine.links.insert("sign-in".to_owned(), code.verification_uri.clone());
            }
            let address = code.verification_uri.to_string();
            let _ = ticks.send(SignInTick::Code(SignInCode {
                code: code.user_code.clone(),
                host: code.verification_uri.host_str().unwrap_or_default().to_owned(),
                qr: qr(&address),
                address,
                lives,
            }));
            let interval = code.interval;
            let told = |waiting: engine::cloud::Waiting| {
                let left = u32::try_from(waiting.remaining.as_secs()).unwrap_or(u32::MAX);
                let _ = ticks.send(SignInTick::Waiting { left, slowed: interval.as_secs() > 5 });
            };
            place.desk.finish_device_code(connection, code, &told).await
        };
        let outcome = tokio::select! {
            outcome = signed_in => outcome,
            () = stop.notified() => Err(Wrong::new(Code::SignInDeclined)),
        };
        self.forget_code(connection);
        if outcome.as_ref().is_err_and(|wrong| wrong.code == Code::SignInBlocked) {
            let _ = ticks.send(SignInTick::Blocked {});
        }
        outcome.map_err(|wrong| self.trouble(&wrong))?;
        self.again(connection).await
    }

    /// Opens the system's browser and waits for it to come back.
    pub async fn sign_in_with_browser(
        &self,
        app: &AppHandle,
        connection: &str,
        ticks: Channel<SignInTick>,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let stop = self.stopper(connection);
        let signed_in = async {
            let sign_in = place.desk.begin_browser(connection, None).await?;
            let host = sign_in.authorize_url.host_str().unwrap_or_default().to_owned();
            let _ = ticks.send(SignInTick::Browser { host, left: BROWSER_WAITS });
            let opened = app.opener().open_url(sign_in.authorize_url.as_str(), None::<&str>);
            opened.map_err(|why| Wrong::new(Code::FileFailed).with("why", why))?;
            place.desk.finish_browser(connection, sign_in).await
        };
        let outcome = tokio::select! {
            outcome = signed_in => outcome,
            () = stop.notified() => Err(Wrong::new(Code::SignInDeclined)),
        };
        outcome.map_err(|wrong| self.trouble(&wrong))?;
        self.again(connection).await
    }

    /// Stops waiting.
    pub async fn stop_sign_in(&self, connection: &str) -> Given<()> {
        self.stop(connection).await
    }

    /// In rehearsal: enters the code that waits as one of the pretend accounts.
    pub async fn approve_as(&self, connection: &str, account: &str) -> Given<()> {
        let code = lock(&self.open).get(connection).and_then(|open| open.code.clone());
        let (Some(code), Some(rehearsal)) = (code, self.rehearsal.get()) else {
            return Err(self.trouble(&Wrong::new(Code::SignInExpired)));
        };
        let entered = rehearsal.tenant.control().approve(&code, account);
        entered.map_err(|why| self.plain_trouble("rehearsal", &why.to_string(), "account"))
    }

    /// Forgets the session.
    pub async fn sign_out(&self, connection: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        place.desk.sign_out(connection).map_err(|wrong| self.trouble(&wrong))?;
        self.again(connection).await
    }

    /// Stops whatever runs at a connection.
    pub async fn stop(&self, connection: &str) -> Given<()> {
        if let Some(open) = lock(&self.open).get(connection) {
            open.stop.notify_waiters();
        }
        Ok(())
    }

    pub(super) fn stopper(&self, connection: &str) -> Arc<Notify> {
        lock(&self.open).entry(connection.to_owned()).or_default().stop.clone()
    }

    /// The view once more, at the step that is open.
    pub(super) async fn again(&self, connection: &str) -> Given<Checklist> {
        let step = lock(&self.open).get(connection).map(|open| open.step.clone()).unwrap_or_default();
        if step.is_empty() { self.open(connection).await } else { self.look(connection, &step).await }
    }

    fn forget_code(&self, connection: &str) {
        if let Some(open) = lock(&self.open).get_mut(connection) {
            open.code = None;
            open.links.remove("sign-in");
        }
    }

    fn accounts(&self, place: &Place) -> Vec<PretendAccount> {
        let Some(rehearsal) = self.rehearsal.get().filter(|_| place.rehearsal) else { return Vec::new() };
        let accounts = rehearsal.tenant.announcement.accounts.iter().map(|account| PretendAccount {
            id: account.upn.clone(),
            name: account.name.clone(),
            user_principal_name: account.upn.clone(),
            role: if account.roles.is_empty() { account.note.clone() } else { account.roles.join(", ") },
        });
        accounts.collect()
    }
}

impl Place {
    pub(super) fn now(&self) -> time::OffsetDateTime {
        self.clock.now()
    }
}

fn seconds(span: time::Duration) -> u32 {
    u32::try_from(span.whole_seconds()).unwrap_or_default()
}

/// The address as a QR code: rows of `0` and `1`. Never the code.
fn qr(address: &str) -> Vec<String> {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else { return Vec::new() };
    let row = |y| (0..code.size()).map(|x| if code.get_module(x, y) { '1' } else { '0' }).collect();
    (0..code.size()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_square_and_has_its_corners() {
        let rows = qr("https://microsoft.com/devicelogin");
        assert!(rows.len() >= 21 && rows.iter().all(|row| row.len() == rows.len()));
        assert!(rows[0].starts_with("1111111") && rows[0].ends_with("1111111"));
    }
}
