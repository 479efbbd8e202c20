//! What the tenant forbids or limits for credentials of applications (Graph pages "tenantAppManagementPolicy" and
//! "appManagementPolicy"). Read before anything is asked for; Footbridge never changes such a policy.

use cloud::model::{
    AppManagementPolicy, AppManagementRestrictions, Application, KeyRestriction, PasswordRestriction,
    TenantAppManagementPolicy,
};
use time::OffsetDateTime;

/// What is left of the two kinds of credentials. Symmetric keys (`symmetricKeyAddition`) are never added here.
#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Limits {
    /// `passwordAddition`.
    pub secrets_forbidden: bool,
    /// `passwordLifetime`, in whole days.
    pub secret_days: Option<i64>,
    /// `trustedCertificateAuthority`: only certificates of a known authority.
    pub self_signed_forbidden: bool,
    /// `asymmetricKeyLifetime`, in whole days.
    pub certificate_days: Option<i64>,
}

/// The one shape of both kinds of rules.
trait Rule {
    fn kind(&self) -> Option<&str>;
    fn counts_for(&self, made: Option<OffsetDateTime>) -> bool;
    fn days(&self) -> Option<i64>;
}

macro_rules! rule {
    ($type:ty) => {
        impl Rule for $type {
            fn kind(&self) -> Option<&str> {
                self.restriction_type.as_deref()
            }

            fn counts_for(&self, made: Option<OffsetDateTime>) -> bool {
                let is_off =
                    self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("disabled"));
                let is_spared = match (self.restrict_for_apps_created_after_date_time, made) {
                    (Some(after), Some(made)) => made < after,
                    _ => false,
                };
                !is_off && !is_spared
            }

            fn days(&self) -> Option<i64> {
                self.longest_life().map(time::Duration::whole_days)
            }
        }
    };
}

rule!(PasswordRestriction);
rule!(KeyRestriction);

impl Limits {
    /// What will count for an application that is yet to be made.
    pub fn of_new(tenant: Option<&TenantAppManagementPolicy>) -> Self {
        Self::for_one(tenant, &[], None)
    }

    /// Reads both policies for one application: its own wins over the tenant's, restriction by restriction.
    pub fn of(
        tenant: Option<&TenantAppManagementPolicy>,
        own: &[AppManagementPolicy],
        application: &Application,
    ) -> Self {
        Self::for_one(tenant, own, application.created_date_time)
    }

    fn for_one(
        tenant: Option<&TenantAppManagementPolicy>,
        own: &[AppManagementPolicy],
        made: Option<OffsetDateTime>,
    ) -> Self {
        let tenant = tenant
            .filter(|policy| policy.is_enabled)
            .and_then(|policy| policy.application_restrictions.as_ref());
        let own: Vec<&AppManagementRestrictions> = own
            .iter()
            .filter(|policy| policy.is_enabled)
            .filter_map(|policy| policy.restrictions.as_ref())
            .collect();
        let passwords = |kind: &str| {
            let lists = own.iter().copied().chain(tenant).map(|rules| rules.password_credentials.as_slice());
            in_force(lists, kind, made)
        };
        let keys = |kind: &str| {
            let lists = own.iter().copied().chain(tenant).map(|rules| rules.key_credentials.as_slice());
            in_force(lists, kind, made)
        };
        Self {
            secrets_forbidden: passwords("passwordAddition").is_some(),
            secret_days: passwords("passwordLifetime").and_then(Rule::days),
            self_signed_forbidden: keys("trustedCertificateAuthority").is_some(),
            certificate_days: keys("asymmetricKeyLifetime").and_then(Rule::days),
        }
    }
}

/// The first rule of that kind decides, also when it is switched off: that is how an application is exempted.
fn in_force<'a, R: Rule + 'a>(
    mut lists: impl Iterator<Item = &'a [R]>,
    kind: &str,
    made: Option<OffsetDateTime>,
) -> Option<&'a R> {
    let first = lists.find_map(|rules| rules.iter().find(|rule| rule.kind() == Some(kind)))?;
    first.counts_for(made).then_some(first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn rules(list: &str, kind: &str, state: &str, life: Option<&str>, after: Option<&str>) -> Value {
        let rule = json!({ "restrictionType": kind, "state": state, "maxLifetime": life,
            "restrictForAppsCreatedAfterDateTime": after });
        let mut rules = json!({ "passwordCredentials": [], "keyCredentials": [] });
        rules[list] = json!([rule]);
        rules
    }

    fn tenant(rules: Value) -> TenantAppManagementPolicy {
        serde_json::from_value(json!({ "isEnabled": true, "applicationRestrictions": rules })).unwrap()
    }

    fn own(rules: Value) -> Vec<AppManagementPolicy> {
        vec![serde_json::from_value(json!({ "id": "p", "isEnabled": true, "restrictions": rules })).unwrap()]
    }

    fn application() -> Application {
        serde_json::from_value(json!({ "id": "o", "appId": "a", "createdDateTime": "2026-11-21T09:00:00Z" }))
            .unwrap()
    }

    const SECRETS: &str = "passwordCredentials";
    const KEYS: &str = "keyCredentials";

    #[test]
    fn each_restriction_is_read_from_the_tenants_policy() {
        let limits = |rules: Value| Limits::of(Some(&tenant(rules)), &[], &application());
        assert!(limits(rules(SECRETS, "passwordAddition", "enabled", None, None)).secrets_forbidden);
        assert_eq!(
            limits(rules(SECRETS, "passwordLifetime", "enabled", Some("P90D"), None)).secret_days,
            Some(90)
        );
        assert!(
            limits(rules(KEYS, "trustedCertificateAuthority", "enabled", None, None)).self_signed_forbidden
        );
        assert_eq!(
            limits(rules(KEYS, "asymmetricKeyLifetime", "enabled", Some("P180D"), None)).certificate_days,
            Some(180)
        );
        assert_eq!(limits(rules(SECRETS, "symmetricKeyAddition", "enabled", None, None)), Limits::default());
    }

    #[test]
    fn what_is_off_or_only_for_later_applications_does_not_count() {
        let limits = |rules: Value| Limits::of(Some(&tenant(rules)), &[], &application());
        assert_eq!(limits(rules(SECRETS, "passwordAddition", "disabled", None, None)), Limits::default());
        let later = rules(SECRETS, "passwordAddition", "enabled", None, Some("2027-01-01T00:00:00Z"));
        assert_eq!(limits(later), Limits::default());
        assert_eq!(Limits::of(None, &[], &application()), Limits::default());
    }

    #[test]
    fn an_applications_own_policy_wins_restriction_by_restriction() {
        let mut strict = tenant(rules(SECRETS, "passwordAddition", "enabled", None, None));
        let all = strict.application_restrictions.as_mut().unwrap();
        all.password_credentials.extend(
            tenant(rules(SECRETS, "passwordLifetime", "enabled", Some("P90D"), None))
                .application_restrictions
                .unwrap()
                .password_credentials,
        );
        let exempt = own(rules(SECRETS, "passwordAddition", "disabled", None, None));
        let limits = Limits::of(Some(&strict), &exempt, &application());
        assert!(!limits.secrets_forbidden, "the application is exempted");
        assert_eq!(limits.secret_days, Some(90), "of the life it says nothing, so the tenant's rule stays");
        let stricter = own(rules(SECRETS, "passwordAddition", "enabled", None, None));
        assert!(Limits::of(None, &stricter, &application()).secrets_forbidden);
    }
}
