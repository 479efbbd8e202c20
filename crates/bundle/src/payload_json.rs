//! The payload's JSON: written into a buffer that wipes itself, read back from the exact bytes that were verified.
//! It must never hand the text to anything but `seal` and `open`.

use secrecy::{ExposeSecret as _, SecretString};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::error::{BundleError, Refusal};
use crate::payload::{
    App, Credential, Field, FieldValue, Payload, Permission, PermissionKind, Settings, Tenant, Tool,
};
use crate::wiping::Wiped;
use crate::{LIFETIME, compact};

/// The only version that is written and read.
const VERSION: u64 = 1;

/// The payload as JSON. `audience` is `None` in the passphrase form.
pub(crate) fn write(payload: &Payload, audience: Option<&str>) -> Result<Wiped, BundleError> {
    if compact::decode_exact::<16>(&payload.jti).is_none() {
        return Err(BundleError::Payload { field: "jti" });
    }
    if payload.product.is_empty() {
        return Err(BundleError::Payload { field: "product" });
    }
    let iat = payload.issued_at.unix_timestamp();
    let text = PayloadText {
        v: VERSION,
        jti: &payload.jti,
        iat,
        exp: iat.saturating_add(LIFETIME.whole_seconds()),
        aud: audience,
        nonce: payload.nonce.as_deref(),
        product: &payload.product,
        install_id: payload.install_id.as_deref(),
        tool: ToolText { name: &payload.tool.name, version: &payload.tool.version },
        tenant: TenantText {
            id: &payload.tenant.id,
            domain: &payload.tenant.domain,
            cloud: &payload.tenant.cloud,
        },
        app: AppText {
            client_id: &payload.app.client_id,
            object_id: &payload.app.object_id,
            uri: payload.app.uri.as_deref(),
        },
        credential: CredentialText::of(&payload.credential),
        settings: SettingsText(&payload.settings),
        fields: payload.fields.iter().map(FieldText::of).collect(),
        permissions: payload
            .permissions
            .iter()
            .map(|one| PermissionText { name: &one.name, kind: one.kind.into() })
            .collect(),
        rehearsal: payload.rehearsal,
    };
    let mut json = Wiped::with_room(4096);
    serde_json::to_writer(&mut json, &text).map_err(|_| BundleError::Payload { field: "payload" })?;
    Ok(json)
}

/// What was read, beside the payload itself.
pub(crate) struct Written {
    pub(crate) payload: Payload,
    pub(crate) audience: Option<String>,
    pub(crate) expires_at: OffsetDateTime,
}

/// Reads the JSON; unknown members are ignored, an unknown version is refused.
pub(crate) fn read(json: &[u8]) -> Result<Written, Refusal> {
    let version: VersionOnly = serde_json::from_slice(json).map_err(|_| Refusal::PayloadForm)?;
    if version.v != VERSION {
        return Err(Refusal::Version);
    }
    let read: PayloadRead = serde_json::from_slice(json).map_err(|_| Refusal::PayloadForm)?;
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| Refusal::PayloadForm);
    if compact::decode_exact::<16>(&read.jti).is_none() {
        return Err(Refusal::PayloadForm);
    }
    Ok(Written {
        audience: read.aud,
        expires_at: at(read.exp)?,
        payload: Payload {
            jti: read.jti,
            issued_at: at(read.iat)?,
            nonce: read.nonce,
            product: read.product,
            install_id: read.install_id,
            tool: Tool { name: read.tool.name, version: read.tool.version },
            tenant: Tenant { id: read.tenant.id, domain: read.tenant.domain, cloud: read.tenant.cloud },
            app: App { client_id: read.app.client_id, object_id: read.app.object_id, uri: read.app.uri },
            credential: read.credential.into_credential().ok_or(Refusal::PayloadForm)?,
            settings: read.settings.0,
            fields: read.fields.into_iter().map(FieldRead::into_field).collect(),
            permissions: read
                .permissions
                .into_iter()
                .map(|one| Permission { name: one.name, kind: one.kind.into() })
                .collect(),
            rehearsal: read.rehearsal,
        },
    })
}

#[derive(Serialize)]
struct PayloadText<'a> {
    v: u64,
    jti: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    install_id: Option<&'a str>,
    tool: ToolText<'a>,
    tenant: TenantText<'a>,
    app: AppText<'a>,
    credential: CredentialText<'a>,
    settings: SettingsText<'a>,
    fields: Vec<FieldText<'a>>,
    permissions: Vec<PermissionText<'a>>,
    rehearsal: bool,
}

#[derive(Serialize)]
struct ToolText<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct TenantText<'a> {
    id: &'a str,
    domain: &'a str,
    cloud: &'a str,
}

#[derive(Serialize)]
struct AppText<'a> {
    client_id: &'a str,
    object_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum CredentialText<'a> {
    None {
        #[serde(skip_serializing_if = "Option::is_none")]
        cert_pem: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        thumbprint_s256: Option<&'a str>,
    },
    Certificate {
        cert_pem: &'a str,
        key_pkcs8_pem: Exposed<'a>,
        thumbprint_s256: &'a str,
    },
    Secret {
        secret: Exposed<'a>,
        expires: i64,
    },
}

impl<'a> CredentialText<'a> {
    fn of(credential: &'a Credential) -> CredentialText<'a> {
        match credential {
            Credential::None { cert_pem, thumbprint_s256 } => CredentialText::None {
                cert_pem: cert_pem.as_deref(),
                thumbprint_s256: thumbprint_s256.as_deref(),
            },
            Credential::Certificate { cert_pem, key_pkcs8_pem, thumbprint_s256 } => {
                CredentialText::Certificate {
                    cert_pem,
                    key_pkcs8_pem: Exposed(key_pkcs8_pem),
                    thumbprint_s256,
                }
            }
            Credential::Secret { secret, expires } => {
                CredentialText::Secret { secret: Exposed(secret), expires: expires.unix_timestamp() }
            }
        }
    }
}

/// A secret on its way into the wiping buffer.
struct Exposed<'a>(&'a SecretString);

impl Serialize for Exposed<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose_secret())
    }
}

struct SettingsText<'a>(&'a Settings);

impl Serialize for SettingsText<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct FieldText<'a> {
    id: &'a str,
    label: &'a str,
    value: FieldValueText<'a>,
    secret: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FieldValueText<'a> {
    Plain(&'a str),
    Secret(Exposed<'a>),
}

impl<'a> FieldText<'a> {
    fn of(field: &'a Field) -> FieldText<'a> {
        let (value, secret) = match &field.value {
            FieldValue::Plain(text) => (FieldValueText::Plain(text), false),
            FieldValue::Secret(secret) => (FieldValueText::Secret(Exposed(secret)), true),
        };
        FieldText { id: &field.id, label: &field.label, value, secret }
    }
}

#[derive(Serialize)]
struct PermissionText<'a> {
    name: &'a str,
    kind: KindText,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum KindText {
    Application,
    Delegated,
}

impl From<PermissionKind> for KindText {
    fn from(kind: PermissionKind) -> KindText {
        match kind {
            PermissionKind::Application => KindText::Application,
            PermissionKind::Delegated => KindText::Delegated,
        }
    }
}

impl From<KindText> for PermissionKind {
    fn from(kind: KindText) -> PermissionKind {
        match kind {
            KindText::Application => PermissionKind::Application,
            KindText::Delegated => PermissionKind::Delegated,
        }
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u64,
}

#[derive(Deserialize)]
struct PayloadRead {
    jti: String,
    iat: i64,
    exp: i64,
    aud: Option<String>,
    nonce: Option<String>,
    product: String,
    install_id: Option<String>,
    tool: ToolRead,
    tenant: TenantRead,
    app: AppRead,
    credential: CredentialRead,
    #[serde(default)]
    settings: SettingsRead,
    #[serde(default)]
    fields: Vec<FieldRead>,
    #[serde(default)]
    permissions: Vec<PermissionRead>,
    #[serde(default)]
    rehearsal: bool,
}

#[derive(Deserialize)]
struct ToolRead {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct TenantRead {
    id: String,
    domain: String,
    cloud: String,
}

#[derive(Deserialize)]
struct AppRead {
    client_id: String,
    object_id: String,
    uri: Option<String>,
}

#[derive(Deserialize)]
struct CredentialRead {
    kind: String,
    cert_pem: Option<String>,
    thumbprint_s256: Option<String>,
    #[serde(default, deserialize_with = "secret_text::optional")]
    key_pkcs8_pem: Option<SecretString>,
    #[serde(default, deserialize_with = "secret_text::optional")]
    secret: Option<SecretString>,
    expires: Option<i64>,
}

impl CredentialRead {
    fn into_credential(self) -> Option<Credential> {
        match self.kind.as_str() {
            "none" => {
                Some(Credential::None { cert_pem: self.cert_pem, thumbprint_s256: self.thumbprint_s256 })
            }
            "certificate" => Some(Credential::Certificate {
                cert_pem: self.cert_pem?,
                key_pkcs8_pem: self.key_pkcs8_pem?,
                thumbprint_s256: self.thumbprint_s256?,
            }),
            "secret" => Some(Credential::Secret {
                secret: self.secret?,
                expires: OffsetDateTime::from_unix_timestamp(self.expires?).ok()?,
            }),
            _ => None,
        }
    }
}

#[derive(Default)]
struct SettingsRead(Settings);

impl<'de> Deserialize<'de> for SettingsRead {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<SettingsRead, D::Error> {
        struct Entries;
        impl<'de> serde::de::Visitor<'de> for Entries {
            type Value = SettingsRead;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<SettingsRead, A::Error> {
                let mut settings = Settings::new();
                while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                    if settings.get(&name).is_some() {
                        return Err(serde::de::Error::custom("a name is there twice"));
                    }
                    settings.set(name, value);
                }
                Ok(SettingsRead(settings))
            }
        }
        from.deserialize_map(Entries)
    }
}

#[derive(Deserialize)]
struct FieldRead {
    id: String,
    label: String,
    #[serde(deserialize_with = "secret_text::required")]
    value: SecretString,
    #[serde(default)]
    secret: bool,
}

impl FieldRead {
    fn into_field(self) -> Field {
        let value = match self.secret {
            true => FieldValue::Secret(self.value),
            false => FieldValue::Plain(self.value.expose_secret().to_owned()),
        };
        Field { id: self.id, label: self.label, value }
    }
}

#[derive(Deserialize)]
struct PermissionRead {
    name: String,
    kind: KindText,
}

/// Reads text straight into a secret type, without a plain `String` in between.
pub(crate) mod secret_text {
    use secrecy::SecretString;
    use serde::de::{Deserializer, Error, Visitor};

    struct Text;

    impl Visitor<'_> for Text {
        type Value = SecretString;

        fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("text")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<SecretString, E> {
            Ok(SecretString::from(text))
        }
    }

    pub(crate) fn required<'de, D: Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
        from.deserialize_str(Text)
    }

    pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
        required(from).map(Some)
    }
}
