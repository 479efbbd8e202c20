//! What a bundle carries: the product's values, the credential, and where they come from.
//! These types have no `Serialize`: a secret becomes text only inside `seal`, in a buffer that wipes itself.

use secrecy::SecretString;
use time::OffsetDateTime;

/// Everything that is handed to the product. `seal` adds `v`, `exp` and `aud` itself.
#[derive(Debug)]
pub struct Payload {
    /// 128 random bits in base64url, see [`crate::new_jti`]. A receiver takes each value once.
    pub jti: String,
    /// When the bundle is made (`iat`), whole seconds. Its end (`exp`) is 24 hours later.
    pub issued_at: OffsetDateTime,
    /// The nonce of the product's offer; `None` where there was no offer.
    pub nonce: Option<String>,
    /// The product, as its offer names it.
    pub product: String,
    /// The product's installation, as its offer names it; `None` where there was no offer.
    pub install_id: Option<String>,
    /// What made the bundle.
    pub tool: Tool,
    /// The directory that the product is connected to.
    pub tenant: Tenant,
    /// The app registration.
    pub app: App,
    /// How the product proves to Microsoft that it is the app.
    pub credential: Credential,
    /// The product's fields by their id, in the guide's order. Secrets do not belong here.
    pub settings: Settings,
    /// The same values under the product's own labels, in its order, for a person who types them.
    pub fields: Vec<Field>,
    /// What was granted.
    pub permissions: Vec<Permission>,
    /// True in a rehearsal: the tenant is a pretend one, and no receiver may take the values for real.
    pub rehearsal: bool,
}

/// The program that made a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The directory id, a GUID.
    pub id: String,
    /// The default domain.
    pub domain: String,
    /// The cloud, such as `global`.
    pub cloud: String,
}

/// The app registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The application (client) id.
    pub client_id: String,
    /// The object id of the application.
    pub object_id: String,
    /// The application id URI, where the app has one.
    pub uri: Option<String>,
}

/// How the product signs in as the app (`credential.kind`).
#[derive(Debug)]
pub enum Credential {
    /// Nothing secret travels: the product brought its own certificate, or needs none.
    None {
        /// The certificate in PEM.
        cert_pem: Option<String>,
        /// Its SHA-256 thumbprint, base64url.
        thumbprint_s256: Option<String>,
    },
    /// A certificate with its private key.
    Certificate {
        /// The certificate in PEM.
        cert_pem: String,
        /// The private key, PKCS#8 in PEM.
        key_pkcs8_pem: SecretString,
        /// The certificate's SHA-256 thumbprint, base64url.
        thumbprint_s256: String,
    },
    /// A client secret.
    Secret {
        /// The secret's value.
        secret: SecretString,
        /// When Microsoft stops taking it, whole seconds.
        expires: OffsetDateTime,
    },
}

impl Credential {
    /// The word in `credential.kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Credential::None { .. } => "none",
            Credential::Certificate { .. } => "certificate",
            Credential::Secret { .. } => "secret",
        }
    }
}

/// One field of the product's own form.
#[derive(Debug)]
pub struct Field {
    /// The guide's id of the field.
    pub id: String,
    /// The label as the product shows it.
    pub label: String,
    /// What to type.
    pub value: FieldValue,
}

/// A field's value.
#[derive(Debug)]
pub enum FieldValue {
    /// May be shown.
    Plain(String),
    /// Is shown only on request.
    Secret(SecretString),
}

/// One granted permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name, such as `User.ReadBasic.All`.
    pub name: String,
    /// Application or delegated.
    pub kind: PermissionKind,
}

/// The two kinds of Microsoft's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionKind {
    /// Granted to the app itself.
    Application,
    /// Used in the name of a signed-in person.
    Delegated,
}

/// The product's values by field id; keeps the order in which they were put in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(Vec<(String, serde_json::Value)>);

impl Settings {
    /// No values yet.
    pub fn new() -> Settings {
        Settings::default()
    }

    /// Sets a value; a name that is there already keeps its place.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(there, _)| *there == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&serde_json::Value> {
        self.0.iter().find(|(there, _)| there == name).map(|(_, value)| value)
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &serde_json::Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn settings_keep_their_order_and_replace_in_place() {
        let mut settings = Settings::new();
        settings.set("zeta", "1");
        settings.set("alpha", "2");
        settings.set("zeta", "3");
        let names: Vec<_> = settings.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["zeta", "alpha"]);
        assert_eq!(settings.get("zeta").unwrap(), "3");
        assert_eq!(settings.len(), 2);
    }

    #[test]
    fn debug_of_a_credential_does_not_show_the_secret() {
        let credential = Credential::Secret {
            secret: SecretString::from("canary-7f3a"),
            expires: OffsetDateTime::UNIX_EPOCH,
        };
        let field = FieldValue::Secret(SecretString::from("canary-7f3a"));
        let plain = FieldValue::Plain("canary-7f3a".into());
        assert!(!format!("{credential:?}{field:?}").contains("canary-7f3a"));
        assert!(format!("{plain:?}").contains("canary-7f3a"));
    }
}
