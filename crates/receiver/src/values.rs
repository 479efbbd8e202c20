//! The bundle's values under the names that templates use, secrets in secret types. Names are dotted: `tenant.id`,
//! `app.client_id`, `credential.secret`, `settings.…` and `fields.…` with the product's own ids.

use bundle::{Credential, FieldValue, Opened};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use time::format_description::well_known::Rfc3339;

use crate::memory::OwnCertificate;

/// One value.
#[derive(Debug)]
pub(crate) enum Held {
    /// May be shown.
    Open(String),
    /// Goes into the files that were asked for and nowhere else.
    Secret(SecretString),
}

impl Held {
    /// The text, on its way into a file.
    pub(crate) fn text(&self) -> &str {
        match self {
            Held::Open(text) => text,
            Held::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// All values of a bundle, in its order.
#[derive(Debug)]
pub struct Values {
    list: Vec<(String, Held)>,
}

impl Values {
    /// Takes the values out of a bundle that holds. Where the offer brought an own certificate, its key joins them here.
    pub(crate) fn of(opened: &Opened, own: Option<&OwnCertificate>) -> Values {
        let payload = &opened.payload;
        let mut values = Values { list: Vec::new() };
        values.open("product", &payload.product);
        values.open("tenant.id", &payload.tenant.id);
        values.open("tenant.domain", &payload.tenant.domain);
        values.open("tenant.cloud", &payload.tenant.cloud);
        values.open("app.client_id", &payload.app.client_id);
        values.open("app.object_id", &payload.app.object_id);
        if let Some(uri) = &payload.app.uri {
            values.open("app.uri", uri);
        }
        values.credential(&payload.credential, own);
        for (id, value) in payload.settings.iter() {
            values.list.push((format!("settings.{id}"), Held::Open(plain(value))));
        }
        for field in &payload.fields {
            let held = match &field.value {
                FieldValue::Plain(text) => Held::Open(text.clone()),
                FieldValue::Secret(secret) => Held::Secret(secret.clone()),
            };
            values.list.push((format!("fields.{}", field.id), held));
        }
        values
    }

    fn credential(&mut self, credential: &Credential, own: Option<&OwnCertificate>) {
        self.open("credential.kind", credential.kind());
        match credential {
            Credential::None { cert_pem, thumbprint_s256 } => {
                let pem = own.map(|own| &own.pem).or(cert_pem.as_ref());
                if let Some(pem) = pem {
                    self.open("credential.certificate", pem);
                }
                let read = pem.and_then(|pem| certs::Certificate::from_pem(pem).ok());
                let computed = read.map(|read| read.thumbprints().x5t_s256());
                if let Some(thumbprint) = computed.or_else(|| thumbprint_s256.clone()) {
                    self.open("credential.thumbprint", &thumbprint);
                }
                if let Some(own) = own {
                    self.list.push(("credential.key".to_owned(), Held::Secret(key_pem(own))));
                }
            }
            Credential::Certificate { cert_pem, key_pkcs8_pem, thumbprint_s256 } => {
                self.open("credential.certificate", cert_pem);
                self.open("credential.thumbprint", thumbprint_s256);
                self.list.push(("credential.key".to_owned(), Held::Secret(key_pkcs8_pem.clone())));
            }
            Credential::Secret { secret, expires } => {
                self.list.push(("credential.secret".to_owned(), Held::Secret(secret.clone())));
                self.open("credential.expires", &expires.format(&Rfc3339).unwrap_or_default());
            }
        }
    }

    fn open(&mut self, name: &str, text: &str) {
        self.list.push((name.to_owned(), Held::Open(text.to_owned())));
    }

    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Held> {
        self.list.iter().find(|(there, _)| there == name).map(|(_, held)| held)
    }

    /// Every name with its value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Held)> {
        self.list.iter().map(|(name, held)| (name.as_str(), held))
    }

    /// As `iter`, without fields that repeat a setting of the same id and value.
    pub(crate) fn once(&self) -> impl Iterator<Item = (&str, &Held)> {
        self.iter().filter(|(name, held)| {
            let setting = name.strip_prefix("fields.").and_then(|id| self.get(&format!("settings.{id}")));
            setting.is_none_or(|setting| setting.text() != held.text())
        })
    }

    /// How many bytes all texts have together, to reserve a buffer that never grows.
    pub(crate) fn room(&self) -> usize {
        self.list.iter().map(|(name, held)| name.len() + held.text().len() + 16).sum()
    }

    #[cfg(test)]
    pub(crate) fn planted(list: &[(&str, &str)]) -> Values {
        let secret = |name: &str| name.ends_with("secret") || name.ends_with("key");
        let held = |name: &str, text: &str| match secret(name) {
            true => Held::Secret(SecretString::from(text)),
            false => Held::Open(text.to_owned()),
        };
        Values { list: list.iter().map(|(name, text)| ((*name).to_owned(), held(name, text))).collect() }
    }
}

/// A setting as text: a text as it is, nothing as an empty one, anything else as JSON.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The key as `PRIVATE KEY` in PEM (RFC 7468 §10).
fn key_pem(own: &OwnCertificate) -> SecretString {
    use base64::Engine as _;
    let body =
        Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(own.key.pkcs8().expose_secret()));
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / 64 + 80));
    text.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    SecretString::from(text.as_str())
}
