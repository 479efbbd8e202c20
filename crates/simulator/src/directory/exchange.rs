//! Exchange Online's own list of applications and what they may do with which mailbox (page "Role Based Access
//! Control for Applications"), and the mail that was sent.
//!
//! A right that Exchange gives adds to what Entra granted and never takes from it.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{moments, recipient_filter};
use crate::world::{Table, World, list, same};

/// Exchange's state.
#[derive(Clone, Default)]
pub(crate) struct Exchange {
    /// `{"AppId", "ObjectId", "DisplayName", …}`: pointers to service principals of Entra.
    pub principals: Vec<Value>,
    /// `{"Name", "RecipientFilter", …}`
    pub scopes: Vec<Value>,
    /// `{"Name", "Role", "App", "CustomResourceScope", …}`; `App` is the object id of a service principal.
    pub assignments: Vec<Value>,
    pub mail: Vec<Mail>,
}

/// One message.
#[derive(Clone)]
pub(crate) struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub body: String,
    pub at: OffsetDateTime,
    pub saved: bool,
}

impl Exchange {
    /// Whether any assignment gives this application this role, whatever its scope.
    pub fn knows(&self, app_id: &str, principal: &str, role: &str) -> bool {
        self.assigned(app_id, principal, role).next().is_some()
    }

    /// Assignments of a role. Both ids must be right: a pointer with the wrong object id leads nowhere.
    fn assigned(&self, app_id: &str, principal: &str, role: &str) -> impl Iterator<Item = &Value> {
        let points = self
            .principals
            .iter()
            .any(|one| same(&one["AppId"], app_id) && same(&one["ObjectId"], principal));
        self.assignments
            .iter()
            .filter(move |one| points && same(&one["App"], principal) && same(&one["Role"], role))
    }

    /// Whether a scope holds a recipient; no scope holds everybody.
    pub fn in_scope(&self, scope: &Value, recipient: &Value) -> bool {
        let Some(name) = scope.as_str() else { return true };
        let found = self.scopes.iter().find(|one| same(&one["Name"], name));
        let filter = found.and_then(|one| recipient_filter::read(one["RecipientFilter"].as_str()?));
        filter.is_some_and(|filter| filter.holds(recipient))
    }

    pub fn dump(&self) -> Value {
        json!({"servicePrincipals": self.principals, "scopes": self.scopes, "assignments": self.assignments,
            "mail": self.mail.len()})
    }
}

impl World {
    /// Whether Exchange lets an application act in a mailbox by a role such as `Application Mail.Send`.
    pub(crate) fn exchange_allows(&self, app_id: &str, principal: &str, role: &str, user: &str) -> bool {
        let Some(recipient) = self.recipient(user) else { return false };
        let mut found = self.exchange.assigned(app_id, principal, role);
        found.any(|one| self.exchange.in_scope(&one["CustomResourceScope"], &recipient))
    }

    /// The mailbox of a person by id, user principal name or address; none without a licence.
    pub(crate) fn recipient(&self, user: &str) -> Option<Value> {
        let people = &self.people;
        let by_address = || (0..people.len()).find(|seat| same(&people.field(*seat, "mail"), user));
        let seat = people.find(user).or_else(by_address).filter(|seat| people.has_licence(*seat))?;
        let field = |name: &str| people.field(seat, name);
        let upn = field("userPrincipalName");
        let address = if field("mail").is_null() { upn.clone() } else { field("mail") };
        let id = field("id").as_str().unwrap_or_default().to_owned();
        let groups: Vec<String> = self
            .groups_of(&id)
            .iter()
            .filter_map(|group| self.latest(Table::Groups, group))
            .map(|group| self.distinguished_name(group["displayName"].as_str().unwrap_or_default()))
            .collect();
        let attributes = field("onPremisesExtensionAttributes");
        let mut recipient = json!({"Identity": id, "ExternalDirectoryObjectId": id, "PrimarySmtpAddress": address,
            "UserPrincipalName": upn, "DisplayName": field("displayName"), "RecipientTypeDetails": "UserMailbox",
            "Alias": address.as_str().and_then(|text| text.split('@').next()),
            "DistinguishedName": self.distinguished_name(&id), "MemberOfGroup": groups});
        for number in 1..=15 {
            recipient[format!("CustomAttribute{number}")] =
                attributes[format!("extensionAttribute{number}")].clone();
        }
        Some(recipient)
    }

    /// A name in Exchange's own directory.
    pub(crate) fn distinguished_name(&self, name: &str) -> String {
        format!(
            "CN={name},OU={},OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM",
            self.tenant.domain
        )
    }

    /// What lies in a mailbox: what came in, and what was kept of what was sent.
    pub(crate) fn mailbox(&self, user: &str) -> Option<Value> {
        let recipient = self.recipient(user)?;
        let own = |address: &String| {
            same(&recipient["PrimarySmtpAddress"], address) || same(&recipient["UserPrincipalName"], address)
        };
        let shown = |mail: &Mail| {
            json!({"from": mail.from, "to": mail.to, "subject": mail.subject, "body": mail.body,
                "at": moments::write(mail.at)})
        };
        let inbox: Vec<Value> =
            self.exchange.mail.iter().filter(|mail| mail.to.iter().any(own)).map(shown).collect();
        let sent: Vec<Value> =
            self.exchange.mail.iter().filter(|mail| mail.saved && own(&mail.from)).map(shown).collect();
        Some(json!({"address": recipient["PrimarySmtpAddress"], "inbox": inbox, "sent": sent}))
    }
}

/// The addresses in a list of recipients.
pub(crate) fn addresses(recipients: &Value) -> Vec<String> {
    list(recipients).filter_map(|one| one["emailAddress"]["address"].as_str()).map(str::to_owned).collect()
}
