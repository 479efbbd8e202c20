//! The rehearsal tenant as one value: its directory, its Teams policies, its clock reading.
//!
//! Pure and synchronous: no I/O, no sleeping, no clock of its own. Whoever holds it sets `now` first.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::directory::credentials::{self, Secret};
use crate::directory::exchange::Exchange;
use crate::directory::people::People;
use crate::directory::presence::Presences;
use crate::directory::shelf::Shelf;
use crate::directory::teams::PolicySet;
use crate::directory::{meeting_policies, moments, seed};
use crate::random::Random;

/// The organisation that the directory belongs to.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Tenant id.
    pub id: String,
    /// Name of the organisation.
    pub display_name: String,
    /// Initial domain, as in `contoso.onmicrosoft.com`.
    pub domain: String,
}

/// How the tenant behaves.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// How long a change needs until every replica shows it. Zero: everybody sees everything at once.
    pub replication_delay: Duration,
    /// Inside the window, each read asks a replica of its own (seeded). False: all lag as far as they can.
    pub flapping: bool,
    /// How long a Teams application access policy needs until Graph heeds it (documented: up to 30 minutes).
    pub teams_delay: Duration,
    /// At most this many rows a page, whatever was asked for.
    pub page_size: Option<usize>,
    /// `$batch` answers come in another order than the requests.
    pub shuffle_batch: bool,
}

impl Default for WorldSettings {
    fn default() -> Self {
        WorldSettings {
            replication_delay: Duration::ZERO,
            flapping: true,
            teams_delay: Duration::from_secs(30 * 60),
            page_size: None,
            shuffle_batch: true,
        }
    }
}

/// What was asked of the directory so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// GET requests, items of batches included.
    pub reads: u64,
    /// All other requests, items of batches included.
    pub writes: u64,
}

/// What became of a client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretVerdict {
    /// It belongs to the application and is valid now.
    Good,
    /// No secret of this application.
    Wrong,
    /// It was one until its end.
    Expired,
    /// It is one, but the sign-in side does not see it yet.
    NotYetVisible,
}

/// A certificate that an application lists.
#[derive(Clone, Debug)]
pub struct ListedCertificate {
    /// The certificate.
    pub der: Vec<u8>,
    /// Begin of the listed validity.
    pub not_before: OffsetDateTime,
    /// End of the listed validity.
    pub not_after: OffsetDateTime,
}

/// The rooms of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Applications,
    Principals,
    /// appRoleAssignments, by assignment id.
    Assignments,
    /// oauth2PermissionGrants.
    Grants,
    Groups,
    /// Soft-deleted objects, each with its `@odata.type`.
    Deleted,
    /// Policies: `default`, `authorization`, and app management policies by id.
    Policies,
    /// Object id to a list of owners' ids.
    Owners,
    /// Group id to a list of members' ids.
    Members,
    /// Application object id to a list of app management policy ids.
    PolicyLinks,
    Meetings,
    ConditionalAccess,
}

const TABLES: usize = 12;

/// One pretend tenant.
#[derive(Clone)]
pub struct World {
    /// The organisation.
    pub tenant: Tenant,
    /// The time of the tenant; set before each call.
    pub now: OffsetDateTime,
    /// How it behaves.
    pub settings: WorldSettings,
    /// What was asked so far.
    pub counters: Counters,
    pub(crate) random: Random,
    pub(crate) people: People,
    pub(crate) secrets: Vec<Secret>,
    /// Application access policies.
    pub(crate) teams: PolicySet,
    pub(crate) meeting_policies: PolicySet,
    /// Whether Graph assigns Teams policies here.
    pub(crate) teams_by_graph: bool,
    pub(crate) exchange: Exchange,
    pub(crate) presences: Presences,
    /// How far the replica is that answers the present request.
    pub(crate) view: OffsetDateTime,
    tables: [Shelf; TABLES],
}

impl World {
    /// A tenant with its seeded people, applications and groups. The same arguments give the same tenant.
    pub fn seeded(seed: u64, users: usize, service_principals: usize, now: OffsetDateTime) -> World {
        World::seeded_as(
            ("Contoso Hochschule", "contoso.onmicrosoft.com"),
            seed,
            users,
            service_principals,
            now,
        )
    }

    /// The same for an organisation of this name and initial domain.
    pub fn seeded_as(
        (name, domain): (&str, &str),
        seed: u64,
        users: usize,
        service_principals: usize,
        now: OffsetDateTime,
    ) -> World {
        let mut random = Random::new(seed ^ 0x0064_6972_6563_746f);
        let tenant = Tenant { id: random.guid(), display_name: name.to_owned(), domain: domain.to_owned() };
        let mut world = World {
            people: People::seeded(seed, users, &tenant.domain),
            tenant,
            now,
            settings: WorldSettings::default(),
            counters: Counters::default(),
            random,
            secrets: Vec::new(),
            teams: PolicySet::default(),
            meeting_policies: meeting_policies::seeded(seed, now),
            teams_by_graph: true,
            exchange: Exchange::default(),
            presences: Presences::default(),
            view: now,
            tables: Default::default(),
        };
        seed::furnish(&mut world, service_principals);
        world
    }

    /// The application behind a client id, as far as the sign-in side sees it.
    pub fn application_by_app_id(&self, app_id: &str) -> Option<&Value> {
        let settled = self.settled();
        self.shelf(Table::Applications).all_seen(settled).find(|found| same(&found["appId"], app_id))
    }

    /// The service principal behind an app id, as far as the sign-in side sees it.
    pub fn service_principal_of(&self, app_id: &str) -> Option<&Value> {
        let settled = self.settled();
        self.shelf(Table::Principals).all_seen(settled).find(|found| same(&found["appId"], app_id))
    }

    /// The app id of the API that goes by this name: an app id or one of its service principal names.
    pub fn resource_named(&self, name: &str) -> Option<String> {
        let name = name.trim_end_matches('/');
        let named = |found: &&Value| {
            same(&found["appId"], name)
                || list(&found["servicePrincipalNames"]).any(|one| {
                    one.as_str().is_some_and(|one| one.trim_end_matches('/').eq_ignore_ascii_case(name))
                })
        };
        let settled = self.settled();
        self.shelf(Table::Principals)
            .all_seen(settled)
            .find(named)
            .and_then(|found| found["appId"].as_str())
            .map(str::to_owned)
    }

    /// Whether a secret lets this application in.
    pub fn check_secret(&self, app_id: &str, secret: &str) -> SecretVerdict {
        let lists = |application: Option<&Value>, key_id: &str| {
            application.is_some_and(|found| {
                list(&found["passwordCredentials"]).any(|one| same(&one["keyId"], key_id))
            })
        };
        let hash = credentials::hash(secret);
        let Some(kept) =
            self.secrets.iter().find(|kept| same_text(&kept.app_id, app_id) && kept.hash == hash)
        else {
            return SecretVerdict::Wrong;
        };
        let newest = self.shelf(Table::Applications).all_latest().find(|found| same(&found["appId"], app_id));
        if !lists(self.application_by_app_id(app_id), &kept.key_id) {
            return if lists(newest, &kept.key_id) {
                SecretVerdict::NotYetVisible
            } else {
                SecretVerdict::Wrong
            };
        }
        if kept.ends_at <= self.now { SecretVerdict::Expired } else { SecretVerdict::Good }
    }

    /// The certificates that the sign-in side sees for an application.
    pub fn certificates_of(&self, app_id: &str) -> Vec<ListedCertificate> {
        let Some(application) = self.application_by_app_id(app_id) else { return Vec::new() };
        list(&application["keyCredentials"])
            .filter_map(|listed| {
                Some(ListedCertificate {
                    der: base64::engine::general_purpose::STANDARD.decode(listed["key"].as_str()?).ok()?,
                    not_before: moments::read(listed["startDateTime"].as_str()?)?,
                    not_after: moments::read(listed["endDateTime"].as_str()?)?,
                })
            })
            .collect()
    }

    /// Values of the application roles of a resource that a fresh token of this client carries.
    pub fn granted_app_roles(&self, app_id: &str, resource_app_id: &str) -> Vec<String> {
        let (Some(client), Some(resource)) =
            (self.service_principal_of(app_id), self.service_principal_of(resource_app_id))
        else {
            return Vec::new();
        };
        let mut roles: Vec<String> = self
            .shelf(Table::Assignments)
            .all_seen(self.settled())
            .filter(|found| found["principalId"] == client["id"] && found["resourceId"] == resource["id"])
            .filter_map(|found| list(&resource["appRoles"]).find(|role| role["id"] == found["appRoleId"]))
            .filter_map(|role| role["value"].as_str().map(str::to_owned))
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// Values of the delegated permissions granted to a client for a user, for everybody or for that user.
    pub fn granted_scopes(&self, app_id: &str, user_object_id: &str, resource_app_id: &str) -> Vec<String> {
        let (Some(client), Some(resource)) =
            (self.service_principal_of(app_id), self.service_principal_of(resource_app_id))
        else {
            return Vec::new();
        };
        let covers = |found: &&Value| {
            found["clientId"] == client["id"]
                && found["resourceId"] == resource["id"]
                && (found["consentType"] == "AllPrincipals" || same(&found["principalId"], user_object_id))
        };
        let mut scopes: Vec<String> = self
            .shelf(Table::Grants)
            .all_seen(self.settled())
            .filter(covers)
            .flat_map(|found| found["scope"].as_str().unwrap_or_default().split_whitespace())
            .map(str::to_owned)
            .collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// Puts an account into the directory with its active directory roles (template id and name), and
    /// answers its object id. Somebody of another tenant's domain without `home_mail` in this one gets an id only.
    pub fn settle_person(
        &mut self,
        upn: &str,
        name: &str,
        home_mail: Option<&str>,
        roles: &[(&str, &str)],
    ) -> String {
        let id = self.random.guid();
        if upn.to_lowercase().ends_with(&format!("@{}", self.tenant.domain)) {
            self.people.settle(&id, upn, name, home_mail, roles);
        }
        id
    }

    /// The stand-in for the Teams PowerShell module: `{"cmdlet": "…", "parameters": {…}}` in, and
    /// `{"ok": true, "output": […]}` or `{"ok": false, "error": {"message", "category"}}` out. Knows New-, Set-, Get-, Grant- and
    /// Remove- of CsApplicationAccessPolicy and CsTeamsMeetingPolicy, and Get-CsOnlineUser.
    pub fn teams(&mut self, command: &Value) -> Value {
        crate::directory::cmdlets::run(self, command)
    }

    /// The same for the Exchange Online PowerShell module: New-, Get- and Remove-ServicePrincipal, New-, Get-, Set- and
    /// Remove-ManagementScope, New-, Get- and Remove-ManagementRoleAssignment, Test-ServicePrincipalAuthorization,
    /// Get-Mailbox.
    pub fn exchange(&mut self, command: &Value) -> Value {
        crate::directory::exchange_cmdlets::run(self, command)
    }

    /// Whether Graph assigns Teams policies from now on; where it does not, the path is unknown.
    pub fn offer_teams_by_graph(&mut self, offered: bool) {
        self.teams_by_graph = offered;
    }

    /// The object id behind an id, a user principal name, or its part before the `@`.
    pub(crate) fn id_of(&self, user: &str) -> Option<String> {
        let whole = format!("{user}@{}", self.tenant.domain);
        let seat = self.people.find(user).or_else(|| self.people.find(&whole))?;
        self.people.field(seat, "id").as_str().map(str::to_owned)
    }

    /// Replaces the tenant's app management policy: no new secrets, longest life of a secret or certificate
    /// in days, no self-signed certificates. All false and `None` switches it off.
    pub fn restrict_credentials(
        &mut self,
        no_secrets: bool,
        secret_days: Option<u32>,
        certificate_days: Option<u32>,
        no_self_signed: bool,
    ) {
        let policy =
            crate::directory::app_policy::compose(no_secrets, secret_days, certificate_days, no_self_signed);
        self.put(Table::Policies, "default", Some(policy));
    }

    /// The state for a test or a person to look at. Holds no secret and no key material.
    pub fn dump(&self) -> Value {
        let all = |table: Table| -> Vec<Value> { self.shelf(table).all_latest().cloned().collect() };
        let principals: Vec<Value> = self
            .shelf(Table::Principals)
            .all_latest()
            .map(|found| {
                json!({"id": found["id"], "appId": found["appId"], "displayName": found["displayName"],
                "accountEnabled": found["accountEnabled"]})
            })
            .collect();
        json!({
            "now": moments::write(self.now),
            "tenant": {"id": self.tenant.id, "displayName": self.tenant.display_name, "domain": self.tenant.domain},
            "users": self.people.len(),
            "applications": all(Table::Applications).into_iter().map(credentials::masked).collect::<Vec<_>>(),
            "servicePrincipals": principals,
            "appRoleAssignments": all(Table::Assignments),
            "oauth2PermissionGrants": all(Table::Grants),
            "deletedItems": all(Table::Deleted).into_iter().map(credentials::masked).collect::<Vec<_>>(),
            "policies": all(Table::Policies),
            "onlineMeetings": all(Table::Meetings).len(),
            "teams": self.teams.dump(),
            "meetingPolicies": self.meeting_policies.dump(),
            "exchange": self.exchange.dump(),
            "counters": {"reads": self.counters.reads, "writes": self.counters.writes},
        })
    }

    /// Puts a changed document in the place of an application, as somebody with tools of their own does.
    pub(crate) fn amend_application(&mut self, id: &str, change: impl FnOnce(&mut Value)) {
        let Some(mut document) = self.latest(Table::Applications, id).cloned() else { return };
        change(&mut document);
        self.put(Table::Applications, id, Some(document));
    }

    /// The dump with links between objects, groups, whole service principals, and digests of key bytes.
    pub fn deep_dump(&self) -> Value {
        let mut dump = self.dump();
        let links = |table: Table| -> Value {
            self.shelf(table).all_latest_by_id().map(|(id, list)| (id.to_owned(), list.clone())).collect()
        };
        dump["owners"] = links(Table::Owners);
        dump["members"] = links(Table::Members);
        dump["policyLinks"] = links(Table::PolicyLinks);
        dump["groups"] = self.shelf(Table::Groups).all_latest().cloned().collect();
        dump["servicePrincipals"] = self.shelf(Table::Principals).all_latest().cloned().collect();
        dump["teams"]["people"] = self.teams.assignments();
        dump["meetingPolicies"]["people"] = self.meeting_policies.assignments();
        let digested = |application: &Value| {
            let mut application = application.clone();
            for key in application["keyCredentials"].as_array_mut().into_iter().flatten() {
                let bytes = key["key"].as_str().unwrap_or_default().to_owned();
                key["key"] = json!(credentials::thumbprint(bytes.as_bytes()));
            }
            application
        };
        dump["applications"] = self.shelf(Table::Applications).all_latest().map(digested).collect();
        dump
    }

    /// What every replica shows by now.
    pub(crate) fn settled(&self) -> OffsetDateTime {
        self.now - self.settings.replication_delay
    }

    /// Chooses the replica that answers the present request.
    pub(crate) fn choose_replica(&mut self) {
        let lag = self.settings.replication_delay;
        let quarters =
            if self.settings.flapping && !lag.is_zero() { (self.random.next() % 4) as u32 + 1 } else { 4 };
        let quarters = if quarters == 1 { 0 } else { quarters };
        self.view = self.now - lag * quarters / 4;
    }

    pub(crate) fn shelf(&self, table: Table) -> &Shelf {
        &self.tables[table as usize]
    }

    pub(crate) fn seen(&self, table: Table, id: &str) -> Option<&Value> {
        self.shelf(table).seen(id, self.view)
    }

    pub(crate) fn latest(&self, table: Table, id: &str) -> Option<&Value> {
        self.shelf(table).latest(id)
    }

    pub(crate) fn put(&mut self, table: Table, id: &str, document: Option<Value>) {
        let horizon = self.settled();
        self.tables[table as usize].put(id, document, self.now, horizon);
    }

    /// The ids kept in a list under an id (owners, members, policy links).
    pub(crate) fn ids(&self, table: Table, id: &str) -> Vec<String> {
        list(self.seen(table, id).unwrap_or(&Value::Null))
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// The ids of the groups that somebody is a member of.
    pub(crate) fn groups_of(&self, user: &str) -> Vec<String> {
        let ids = self.shelf(Table::Groups).all_latest().filter_map(|group| group["id"].as_str());
        let has = |group: &&str| {
            list(self.latest(Table::Members, group).unwrap_or(&Value::Null)).any(|member| same(member, user))
        };
        ids.filter(has).map(str::to_owned).collect()
    }

    /// Adds to or takes from such a list. False: it was (not) there already.
    pub(crate) fn link(&mut self, table: Table, id: &str, other: &str, there: bool) -> bool {
        let mut ids: Vec<Value> = list(self.latest(table, id).unwrap_or(&Value::Null)).cloned().collect();
        let found = ids.iter().position(|one| same(one, other));
        match (found, there) {
            (Some(place), false) => {
                ids.remove(place);
            }
            (None, true) => ids.push(json!(other)),
            _ => return false,
        }
        self.put(table, id, Some(Value::Array(ids)));
        true
    }
}

/// The items of an array, none of anything else.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Ids and names compare without case in the directory.
pub(crate) fn same(value: &Value, text: &str) -> bool {
    value.as_str().is_some_and(|value| same_text(value, text))
}

fn same_text(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
