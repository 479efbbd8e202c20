//! The payload that the tests seal: every kind of member, one secret that can be searched for.
#![allow(dead_code)]

use bundle::{
    App, Credential, Field, FieldValue, Payload, Permission, PermissionKind, Settings, Tenant, Tool, new_jti,
};
use secrecy::SecretString;
use time::{Duration, OffsetDateTime, macros::datetime};

pub const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
pub const NONCE: &str = "q83vEjRWeJCrze8SNFZ4kA";
pub const SECRET: &str = "canary~Zm9vdGJyaWRnZQ.secret";

pub fn payload() -> Payload {
    let mut settings = Settings::new();
    settings.set("client-id", "11111111-2222-3333-4444-555555555555");
    settings.set("operators", 3);
    Payload {
        jti: new_jti().expect("random numbers"),
        issued_at: NOW,
        nonce: Some(NONCE.into()),
        product: "targetconnect".into(),
        install_id: Some("example".into()),
        tool: Tool { name: "footbridge".into(), version: "0.1.0".into() },
        tenant: Tenant { id: "t".into(), domain: "contoso.onmicrosoft.com".into(), cloud: "global".into() },
        app: App { client_id: "c".into(), object_id: "o".into(), uri: None },
        credential: Credential::Secret {
            secret: SecretString::from(SECRET),
            expires: NOW + Duration::days(180),
        },
        settings,
        fields: vec![
            Field {
                id: "client-id".into(),
                label: "Zürich \"ID\"".into(),
                value: FieldValue::Plain("c".into()),
            },
            Field {
                id: "client-secret".into(),
                label: "Secret".into(),
                value: FieldValue::Secret(SecretString::from(SECRET)),
            },
        ],
        permissions: vec![Permission {
            name: "User.ReadBasic.All".into(),
            kind: PermissionKind::Application,
        }],
        rehearsal: false,
    }
}
