//! The properties of Graph's types, embedded as `shapes.json`, and whether a JSON value fits one.
//!
//! A property is written as a kind with marks: `?` may be null, `!` is computed by the service, `~` alone is
//! a navigation property, `[]` in front is a collection, `T:` a named type, `enum:` its members.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde_json::Value;

use super::refusal::Refusal;
use crate::directory::moments;

type Properties = BTreeMap<String, String>;

static SHAPES: LazyLock<HashMap<String, Properties>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../shapes.json")).unwrap_or_default());

/// Types that stand behind `directoryObject`.
const DIRECTORY_OBJECTS: [&str; 6] =
    ["directoryObject", "user", "group", "application", "servicePrincipal", "directoryRole"];

/// A property of a type.
pub(crate) struct Property {
    kind: &'static str,
    pub nullable: bool,
    pub computed: bool,
}

impl Property {
    fn read(written: &'static str) -> Property {
        let computed = written.ends_with('!');
        let rest = written.trim_end_matches('!');
        let nullable = rest.ends_with('?');
        Property { kind: rest.trim_end_matches('?'), nullable, computed }
    }

    pub fn is_navigation(&self) -> bool {
        self.kind == "~"
    }

    pub fn is_collection(&self) -> bool {
        self.kind.starts_with("[]")
    }

    /// The type of a member or of the items.
    pub fn named_type(&self) -> Option<&'static str> {
        self.kind.trim_start_matches("[]").strip_prefix("T:")
    }

    /// What a literal in a filter must be: `string`, `boolean`, `integer`, or nothing in particular.
    pub fn literal(&self) -> Option<&'static str> {
        match self.kind {
            "string" | "boolean" | "integer" => Some(self.kind),
            _ => None,
        }
    }

    /// What stands in an answer when nothing is kept.
    pub fn empty(&self) -> Value {
        if self.is_collection() { Value::Array(Vec::new()) } else { Value::Null }
    }
}

/// A property by name; `directoryObject` has those of every directory object.
pub(crate) fn property(shape: &str, name: &str) -> Option<Property> {
    let own = |shape: &str| SHAPES.get(shape)?.get(name).map(|written| Property::read(written));
    match own(shape) {
        Some(found) => Some(found),
        None if shape == "directoryObject" => DIRECTORY_OBJECTS.into_iter().find_map(own),
        None => None,
    }
}

/// Whether values that were never declared may stand in this type (extensions).
pub(crate) fn is_extension(name: &str) -> bool {
    let Some((first, rest)) = name.split_once('_') else { return false };
    !rest.is_empty() && first.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

/// Refuses what does not fit: unknown members, wrong types, nulls, computed members.
pub(crate) fn check(shape: &str, value: &Value) -> Result<(), Refusal> {
    object(shape, value, "")
}

fn object(shape: &str, value: &Value, place: &str) -> Result<(), Refusal> {
    let Some(members) = value.as_object() else {
        return Err(Refusal::query(format!("Invalid JSON: expected an object{}.", at(place))));
    };
    let Some(properties) = SHAPES.get(shape) else { return Ok(()) };
    let open = properties.contains_key("*");
    for (name, member) in members {
        if name.contains('@') && shape != "$ref" {
            annotation(properties, name, member)?;
            continue;
        }
        let Some(written) = properties.get(name).filter(|_| name != "*") else {
            if open && is_extension(name) {
                continue;
            }
            return Err(Refusal::bad(format!("Property '{name}' is invalid{}.", at(place))));
        };
        let property = Property::read(written);
        if property.is_navigation() {
            return Err(Refusal::bad(format!(
                "Property '{name}' is a navigation property and cannot be set inline."
            )));
        }
        if property.computed && !member.is_null() {
            return Err(Refusal::bad(format!("Property '{name}' is read-only and cannot be set.")));
        }
        if member.is_null() {
            if !property.nullable {
                return Err(invalid(name));
            }
            continue;
        }
        value_of(property.kind, member, name)?;
    }
    Ok(())
}

/// `@odata.type` and its kin are read over; a bind must name a navigation property by an absolute address.
fn annotation(properties: &Properties, name: &str, member: &Value) -> Result<(), Refusal> {
    let Some(bound) = name.strip_suffix("@odata.bind") else { return Ok(()) };
    if properties.get(bound).is_none_or(|written| written != "~") {
        return Err(Refusal::bad(format!("Property '{bound}' is invalid.")));
    }
    let one_or_many = member.as_array().cloned().unwrap_or_else(|| vec![member.clone()]);
    if one_or_many.iter().all(|url| url.as_str().is_some_and(|url| url.starts_with("http"))) {
        Ok(())
    } else {
        Err(invalid(name))
    }
}

fn value_of(kind: &str, value: &Value, name: &str) -> Result<(), Refusal> {
    if let Some(item) = kind.strip_prefix("[]") {
        let Some(items) = value.as_array() else { return Err(invalid(name)) };
        return items
            .iter()
            .try_for_each(|one| if one.is_null() { Err(invalid(name)) } else { value_of(item, one, name) });
    }
    if let Some(shape) = kind.strip_prefix("T:") {
        return object(shape, value, name);
    }
    if let Some(members) = kind.strip_prefix("enum:") {
        return one_of(members, value, name);
    }
    let fits = match kind {
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        "uuid" => text(value, |text| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()),
        "date-time" => text(value, |text| moments::read(text).is_some()),
        "duration" => text(value, |text| moments::read_duration(text).is_some()),
        "base64url" => text(value, |text| {
            text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+/_-= \r\n\t".contains(letter))
        }),
        _ => true,
    };
    if fits { Ok(()) } else { Err(invalid(name)) }
}

fn one_of(members: &str, value: &Value, name: &str) -> Result<(), Refusal> {
    let Some(text) = value.as_str() else { return Err(invalid(name)) };
    let (members, chosen): (&str, Vec<&str>) = match members.strip_prefix('*') {
        Some(flags) => (flags, text.split(',').map(str::trim).collect()),
        None => (members, vec![text]),
    };
    let known = |one: &str| {
        one != "unknownFutureValue" && members.split('|').any(|member| member.eq_ignore_ascii_case(one))
    };
    if chosen.into_iter().all(known) { Ok(()) } else { Err(invalid(name)) }
}

fn text(value: &Value, fits: impl Fn(&str) -> bool) -> bool {
    value.as_str().is_some_and(fits)
}

fn invalid(name: &str) -> Refusal {
    Refusal::bad(format!("Invalid value specified for property '{name}' of resource."))
}

fn at(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" in '{place}'") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_named_type_is_there() {
        assert!(SHAPES.len() > 90);
        for properties in SHAPES.values() {
            for written in properties.values() {
                if let Some(name) = Property::read(written).named_type() {
                    assert!(SHAPES.contains_key(name), "{name}");
                }
            }
        }
    }

    #[test]
    fn good_bodies_pass() {
        let body = json!({"@odata.type": "#microsoft.graph.application", "displayName": "x", "tags": ["a"],
            "web": {"redirectUris": ["https://x"], "homePageUrl": null}, "signInAudience": "AzureADMyOrg"});
        assert_eq!(check("application", &body), Ok(()));
    }

    #[test]
    fn bad_bodies_are_refused() {
        for body in [
            json!({"displayname": "x"}),
            json!({"displayName": 5}),
            json!({"id": "x"}),
            json!({"tags": null}),
            json!({"tags": "a"}),
            json!({"tags": [null]}),
            json!({"web": {"redirects": []}}),
            json!({"owners": []}),
            json!({"tokenEncryptionKeyId": "no guid"}),
            json!({"owners@odata.bind": ["users/x"]}),
            json!([]),
        ] {
            assert_eq!(check("application", &body).map_err(|refusal| refusal.status), Err(400), "{body}");
        }
    }

    #[test]
    fn enums_and_durations_are_looked_at() {
        let restriction = |kind: &str, life: &str| json!({"applicationRestrictions": {"passwordCredentials": [{"restrictionType": kind, "maxLifetime": life}]}});
        assert_eq!(check("tenantAppManagementPolicy", &restriction("passwordLifetime", "P90D")), Ok(()));
        assert!(check("tenantAppManagementPolicy", &restriction("nonsense", "P90D")).is_err());
        assert!(check("tenantAppManagementPolicy", &restriction("passwordLifetime", "90 days")).is_err());
    }
}
