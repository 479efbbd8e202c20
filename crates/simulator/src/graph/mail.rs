//! Sending mail (page "user: sendMail"). What arrives lies in the pretend Exchange.
//!
//! An application may send by what Entra granted, from every mailbox, or by a role that Exchange assigned, from the
//! mailboxes in its scope.

use serde_json::Value;

use super::refusal::Refusal;
use super::site::{Outcome, Site};
use super::{CallerKind, GraphAnswer, users};
use crate::directory::exchange::{Mail, addresses};

/// The role of Exchange that stands beside the permission.
pub(crate) const ROLE: &str = "Application Mail.Send";

pub(crate) fn send(site: &mut Site, user: &str) -> Outcome {
    may_send(site, user)?;
    let Some(mailbox) = site.world.recipient(user) else {
        return Err(Refusal::new(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        ));
    };
    let own = |address: &Value| {
        let text = address.as_str().unwrap_or_default().to_lowercase();
        ["PrimarySmtpAddress", "UserPrincipalName"]
            .iter()
            .any(|name| mailbox[*name].as_str().is_some_and(|own| own.to_lowercase() == text))
    };
    let message = ["message", "Message"].iter().find_map(|name| site.body().get(*name)).cloned();
    let message = message.unwrap_or_default();
    let from = &message["from"]["emailAddress"]["address"];
    if !from.is_null() && !own(from) {
        return Err(Refusal::new(
            403,
            "ErrorSendAsDenied",
            "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
        ));
    }
    let to: Vec<String> = ["toRecipients", "ccRecipients", "bccRecipients"]
        .iter()
        .flat_map(|name| addresses(&message[*name]))
        .collect();
    if to.is_empty() || to.iter().any(|address| !address.contains('@')) {
        return Err(Refusal::new(400, "ErrorInvalidRecipients", "At least one recipient is not valid."));
    }
    let saved = ["saveToSentItems", "SaveToSentItems"].iter().all(|name| site.body()[*name] != false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mail = Mail {
        from: text(&mailbox["PrimarySmtpAddress"]),
        to,
        subject: text(&message["subject"]),
        body: text(&message["body"]["content"]),
        at: site.world.now,
        saved,
    };
    site.world.exchange.mail.push(mail);
    Ok(GraphAnswer { status: 202, headers: Vec::new(), body: None })
}

fn may_send(site: &Site, user: &str) -> Result<(), Refusal> {
    let allowed = match &site.caller.kind {
        CallerKind::User { .. } => users::is_caller(site, user),
        CallerKind::Application { app_id, service_principal_id, roles } => {
            roles.iter().any(|role| role == "Mail.Send")
                || site.world.exchange_allows(app_id, service_principal_id, ROLE, user)
        }
    };
    if allowed { Ok(()) } else { Err(Refusal::mailbox_denied()) }
}
