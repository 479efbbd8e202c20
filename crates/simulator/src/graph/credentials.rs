//! Secrets and certificates of applications: addPassword, removePassword, and keyCredentials in a PATCH.
//!
//! The text of a secret leaves in one answer and is kept as a hash; keys are kept as DER.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::access;
use super::audiences;
use super::operations::Key;
use super::refusal::Refusal;
use super::site::{Outcome, Site, id_of};
use crate::directory::app_policy::{self, Breach};
use crate::directory::credentials::{Secret, hash, secret_text, thumbprint};
use crate::directory::moments;
use crate::world::{Table, World, list, same};

pub(crate) fn add_password(site: &mut Site, key: &Key) -> Outcome {
    let mut application = site.keyed_latest(Table::Applications, key)?;
    let id = id_of(&application);
    access::may_change(site.world, site.caller, &id)?;
    let now = site.world.now;
    let wanted = site.body()["passwordCredential"].clone();
    if !wanted["secretText"].is_null() || !wanted["keyId"].is_null() || !wanted["hint"].is_null() {
        return Err(Refusal::bad(
            "The secretText, keyId and hint of a password credential are made by the service.",
        ));
    }
    let start = wanted["startDateTime"].as_str().and_then(moments::read).unwrap_or(now);
    let end =
        wanted["endDateTime"].as_str().and_then(moments::read).unwrap_or_else(|| two_years_after(start));
    if end <= start {
        return Err(Refusal::bad(
            "Password credential end date is invalid: it must be after the start date.",
        ));
    }
    audiences::may_have_another_secret(&application)?;
    app_policy::secret(site.world, &application, end - start).map_err(|breach| breached(&breach))?;
    let name = wanted["displayName"].clone();
    let (key_id, text) = (site.world.random.guid(), secret_text(&mut site.world.random));
    let custom = wanted["customKeyIdentifier"].clone();
    let shown = json!({"customKeyIdentifier": custom, "displayName": name, "endDateTime": moments::write_exact(end),
        "hint": text.get(..3), "keyId": key_id, "secretText": null, "startDateTime": moments::write_exact(start)});
    let mut answer = shown.clone();
    answer["secretText"] = json!(text);
    site.world.secrets.push(Secret {
        app_id: application["appId"].as_str().unwrap_or_default().to_owned(),
        key_id,
        hash: hash(&text),
        ends_at: end,
    });
    if let Some(all) = application["passwordCredentials"].as_array_mut() {
        all.push(shown);
    }
    site.world.put(Table::Applications, &id, Some(application));
    Ok(site.acted("microsoft.graph.passwordCredential", answer))
}

pub(crate) fn remove_password(site: &mut Site, key: &Key) -> Outcome {
    let mut application = site.keyed_latest(Table::Applications, key)?;
    let id = id_of(&application);
    access::may_change(site.world, site.caller, &id)?;
    let key_id = site.body_text("keyId").to_owned();
    let mut found = false;
    if let Some(all) = application["passwordCredentials"].as_array_mut() {
        let before = all.len();
        all.retain(|one| !same(&one["keyId"], &key_id));
        found = all.len() < before;
    }
    if !found {
        return Err(Refusal::bad("No password credential found with keyId."));
    }
    site.world.secrets.retain(|secret| !secret.key_id.eq_ignore_ascii_case(&key_id));
    site.world.put(Table::Applications, &id, Some(application));
    Ok(site.done())
}

/// The whole collection as a PATCH replaces it: known entries come back with `key: null` and stay to the byte,
/// new ones are read as DER or PEM.
pub(crate) fn merge_keys(world: &mut World, application: &Value, sent: &Value) -> Result<Value, Refusal> {
    let known: Vec<Value> = list(&application["keyCredentials"]).cloned().collect();
    let mut merged = Vec::new();
    for entry in list(sent) {
        let old = entry["keyId"].as_str().and_then(|id| known.iter().find(|one| same(&one["keyId"], id)));
        let usage = entry["usage"].as_str().unwrap_or_default();
        if usage != "Verify" && usage != "Sign" {
            return Err(Refusal::bad(
                "The value for the property \"usage\" in one of your credentials is invalid. Acceptable values are Sign, Verify.",
            ));
        }
        match old {
            Some(old) => {
                unaltered(old, entry)?;
                merged.push(old.clone());
            }
            None => merged.push(new_key(world, application, entry)?),
        }
    }
    Ok(Value::Array(merged))
}

fn unaltered(old: &Value, entry: &Value) -> Result<(), Refusal> {
    let moment = |value: &Value| value.as_str().and_then(moments::read).map(OffsetDateTime::unix_timestamp);
    let same_key = entry["key"]
        .as_str()
        .is_none_or(|key| der(key).map(|der| STANDARD.encode(der)).as_deref() == old["key"].as_str());
    let same_time = |name: &str| entry[name].is_null() || moment(&entry[name]) == moment(&old[name]);
    let same_text = |name: &str| entry[name].is_null() || entry[name] == old[name];
    if same_key
        && same_time("startDateTime")
        && same_time("endDateTime")
        && same_text("type")
        && same_text("usage")
    {
        return Ok(());
    }
    let id = old["keyId"].as_str().unwrap_or_default();
    Err(Refusal::bad(format!("Update to existing credential with KeyId '{id}' is not allowed.")))
}

fn new_key(world: &mut World, application: &Value, entry: &Value) -> Result<Value, Refusal> {
    let invalid = |what: &str| Refusal::bad(format!("Key credential is invalid: {what}."));
    let kind = entry["type"].as_str().unwrap_or_default();
    if kind != "AsymmetricX509Cert" {
        return Err(invalid("the type must be AsymmetricX509Cert"));
    }
    let sent = entry["key"].as_str().ok_or_else(|| invalid("a new credential needs a key"))?;
    let der = der(sent).ok_or_else(|| invalid("the key is not a certificate in DER or PEM"))?;
    let (_, certificate) =
        X509Certificate::from_der(&der).map_err(|_| invalid("the key is not an X.509 certificate"))?;
    let (from, until) =
        (certificate.validity().not_before.to_datetime(), certificate.validity().not_after.to_datetime());
    let start = entry["startDateTime"].as_str().and_then(moments::read).unwrap_or(from);
    let end = entry["endDateTime"].as_str().and_then(moments::read).unwrap_or(until);
    if end.unix_timestamp() > until.unix_timestamp() || end <= start || end <= world.now {
        return Err(Refusal::new(400, "KeyCredentialsInvalidEndDate", "Key credential end date is invalid."));
    }
    let self_signed = certificate.issuer() == certificate.subject();
    app_policy::certificate(world, application, end - start, self_signed)
        .map_err(|breach| breached(&breach))?;
    let subject = certificate.subject().to_string();
    let name: String = entry["displayName"].as_str().unwrap_or(&subject).chars().take(90).collect();
    let key_id = match entry["keyId"].as_str() {
        Some(id) => id.to_owned(),
        None => world.random.guid(),
    };
    Ok(
        json!({"customKeyIdentifier": thumbprint(&der), "displayName": name, "endDateTime": moments::write(end),
        "key": STANDARD.encode(&der), "keyId": key_id, "startDateTime": moments::write(start), "type": kind,
        "usage": entry["usage"]}),
    )
}

/// Base64 of DER, with line breaks or without, or base64 of the PEM text.
fn der(sent: &str) -> Option<Vec<u8>> {
    let bare = |text: &str| -> String {
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        text.replace('-', "+").replace('_', "/")
    };
    let bytes = decode(&bare(sent))?;
    if !bytes.starts_with(b"-----BEGIN") {
        return Some(bytes);
    }
    let text = String::from_utf8(bytes).ok()?;
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    decode(&bare(&body))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(unpadded).ok()
}

fn two_years_after(start: OffsetDateTime) -> OffsetDateTime {
    start.replace_year(start.year() + 2).unwrap_or(start + Duration::days(730))
}

fn breached(breach: &Breach) -> Refusal {
    match breach {
        Breach::Kind => Refusal::new(
            400,
            "CredentialTypeNotAllowedAsPerAppPolicy",
            "Credential type not allowed as per assigned policy '00000000-0000-0000-0000-000000000000'.",
        ),
        Breach::Lifetime(policy) => {
            let message = format!(
                "Credential lifetime exceeds the max value allowed as per assigned policy '{policy}'."
            );
            let details = json!([{"code": "InvalidKeyEndDate", "message": message, "target": "EndDate"}]);
            Refusal::new(400, "CredentialInvalidLifetimeAsPerAppPolicy", message).with_details(details)
        }
    }
}
