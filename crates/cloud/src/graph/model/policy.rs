//! The tenant's rules for credentials of applications (resource type tenantAppManagementPolicy).

use serde::{Deserialize, Serialize};
use time::serde::rfc3339;
use time::{Duration, OffsetDateTime};

use super::list;

/// The default app management policy of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantAppManagementPolicy {
    /// Whether it is in force.
    #[serde(default)]
    pub is_enabled: bool,
    /// Rules for applications.
    #[serde(default)]
    pub application_restrictions: Option<AppManagementRestrictions>,
    /// Rules for service principals.
    #[serde(default)]
    pub service_principal_restrictions: Option<AppManagementRestrictions>,
}

/// A policy that is assigned to applications and wins over the tenant's (resource type appManagementPolicy).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppManagementPolicy {
    /// Its id.
    pub id: String,
    /// Whether it is in force.
    #[serde(default)]
    pub is_enabled: bool,
    /// Its rules.
    #[serde(default)]
    pub restrictions: Option<AppManagementRestrictions>,
}

/// Rules for credentials.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppManagementRestrictions {
    /// Rules for secrets.
    #[serde(default, deserialize_with = "list")]
    pub password_credentials: Vec<PasswordRestriction>,
    /// Rules for certificates.
    #[serde(default, deserialize_with = "list")]
    pub key_credentials: Vec<KeyRestriction>,
}

/// A rule for secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordRestriction {
    /// `passwordAddition`, `passwordLifetime`, `symmetricKeyAddition`, `symmetricKeyLifetime` or
    /// `customPasswordAddition`.
    #[serde(default)]
    pub restriction_type: Option<String>,
    /// `enabled` or `disabled`; counts as enabled when absent.
    #[serde(default)]
    pub state: Option<String>,
    /// The longest life, as ISO 8601, such as `P90D`.
    #[serde(default)]
    pub max_lifetime: Option<String>,
    /// Applications made before this moment are exempt.
    #[serde(default, with = "rfc3339::option")]
    pub restrict_for_apps_created_after_date_time: Option<OffsetDateTime>,
}

/// A rule for certificates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRestriction {
    /// `asymmetricKeyLifetime` or `trustedCertificateAuthority`.
    #[serde(default)]
    pub restriction_type: Option<String>,
    /// `enabled` or `disabled`; counts as enabled when absent.
    #[serde(default)]
    pub state: Option<String>,
    /// The longest life, as ISO 8601.
    #[serde(default)]
    pub max_lifetime: Option<String>,
    /// Applications made before this moment are exempt.
    #[serde(default, with = "rfc3339::option")]
    pub restrict_for_apps_created_after_date_time: Option<OffsetDateTime>,
}

impl PasswordRestriction {
    /// The longest life, read; `None` when there is none or it cannot be read.
    pub fn longest_life(&self) -> Option<Duration> {
        self.max_lifetime.as_deref().and_then(lifetime)
    }

    /// Whether the rule counts for an application made at `created`.
    pub fn applies_to(&self, created: OffsetDateTime) -> bool {
        let enabled = self.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("enabled"));
        enabled && self.restrict_for_apps_created_after_date_time.is_none_or(|after| created >= after)
    }
}

impl KeyRestriction {
    /// The longest life, read; `None` when there is none or it cannot be read.
    pub fn longest_life(&self) -> Option<Duration> {
        self.max_lifetime.as_deref().and_then(lifetime)
    }
}

/// An ISO 8601 duration; a year counts 365 days and a month 30, so that a credential never outlives the rule.
fn lifetime(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('P').filter(|rest| !rest.is_empty() && rest.is_ascii())?;
    let (days, clock) = text.split_once('T').map_or((text, ""), |(days, clock)| (days, clock));
    let day_units = [('Y', 365 * 86_400), ('M', 30 * 86_400), ('W', 7 * 86_400), ('D', 86_400)];
    let clock_units = [('H', 3600), ('M', 60), ('S', 1)];
    Some(Duration::seconds(sum(days, &day_units)?.checked_add(sum(clock, &clock_units)?)?))
}

fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut total, mut number) = (0_i64, String::new());
    for character in text.chars() {
        if character.is_ascii_digit() || character == '.' {
            number.push(character);
            continue;
        }
        let (_, seconds) = units.iter().find(|(unit, _)| *unit == character)?;
        let whole: i64 = number.split('.').next()?.parse().ok()?;
        total = total.checked_add(whole.checked_mul(*seconds)?)?;
        number.clear();
    }
    number.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::datetime;

    use super::*;

    #[test]
    fn lifetimes_are_read() {
        for (text, days) in [
            ("P90D", Some(90)),
            ("P1Y", Some(365)),
            ("P6M", Some(180)),
            ("P4DT24H0M0S", Some(5)),
            ("P2W", Some(14)),
        ] {
            assert_eq!(lifetime(text), days.map(Duration::days), "{text}");
        }
        for text in ["", "P", "90", "P90", "PD", "P1X", "-P1D", "P99999999999999999D"] {
            assert_eq!(lifetime(text), None, "{text}");
        }
    }

    #[test]
    fn a_rule_counts_from_its_date_on() {
        let rule: PasswordRestriction = serde_json::from_str(
            r#"{"restrictionType":"passwordLifetime","state":"enabled","maxLifetime":"P90D",
                "restrictForAppsCreatedAfterDateTime":"2026-01-01T00:00:00Z","excludeActors":null}"#,
        )
        .unwrap();
        assert!(rule.applies_to(datetime!(2026-06-01 0:00 UTC)));
        assert!(!rule.applies_to(datetime!(2025-06-01 0:00 UTC)));
        assert_eq!(rule.longest_life(), Some(Duration::days(90)));
        let off = PasswordRestriction { state: Some("disabled".into()), ..rule };
        assert!(!off.applies_to(datetime!(2026-06-01 0:00 UTC)));
    }
}
