//! Client credentials and the refusals of the token endpoint, with the bodies that clients rely on.
#![allow(clippy::unwrap_used, clippy::type_complexity, missing_docs)]

mod support;

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use simulator::Settings;
use support::{GRAPH_TOOLS, Site, claims, read, settings};

const GRAPH: &str = "https://graph.microsoft.com/.default";

#[tokio::test]
async fn a_secret_gets_a_token_and_nothing_else() {
    let site = Site::start(settings()).await;
    let token = Value::from(site.app_token().await);
    let claims = claims(&token);
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["appidacr"], "1");
    assert_eq!(claims["sub"], claims["oid"]);
    assert_eq!(claims["footbridge_rehearsal"], true);
    assert!(claims["roles"].as_array().unwrap().contains(&json!("User.Read.All")));
    let confidential = &site.running.announcement.confidential;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", confidential.client_id.as_str()),
        ("client_secret", confidential.secret.as_str()),
        ("scope", GRAPH),
        ("client_info", "1"),
        ("x-client-sku", "whatever"),
    ];
    let (_, body) = site.token(&form).await;
    let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["access_token", "expires_in", "ext_expires_in", "token_type"]);
}

#[tokio::test]
async fn refusals_have_status_error_number_and_shape() {
    let site = Site::start(settings()).await;
    let tenant = site.tenant().to_owned();
    let confidential = site.running.announcement.confidential.clone();
    let (id, secret) = (confidential.client_id.as_str(), confidential.secret.as_str());
    let unknown = "0f0f0f0f-0000-4000-8000-00000000dead";
    let cases: [(&str, &[(&str, &str)], u16, &str, u32); 12] = [
        (
            &tenant,
            &[("client_id", id), ("client_secret", "nope"), ("scope", GRAPH)],
            401,
            "invalid_client",
            7000215,
        ),
        (&tenant, &[("client_id", id), ("scope", GRAPH)], 401, "invalid_client", 7000218),
        (
            &tenant,
            &[("client_id", GRAPH_TOOLS), ("client_secret", "x"), ("scope", GRAPH)],
            401,
            "invalid_client",
            700025,
        ),
        (
            &tenant,
            &[("client_id", unknown), ("client_secret", "x"), ("scope", GRAPH)],
            400,
            "unauthorized_client",
            700016,
        ),
        (&tenant, &[("client_id", "nonsense"), ("scope", GRAPH)], 400, "unauthorized_client", 700038),
        (
            &tenant,
            &[("client_id", id), ("client_secret", secret), ("scope", "https://nowhere.example/.default")],
            400,
            "invalid_resource",
            500011,
        ),
        (
            &tenant,
            &[("client_id", id), ("client_secret", secret), ("scope", "User.Read")],
            400,
            "invalid_scope",
            1002012,
        ),
        (&tenant, &[("client_id", id), ("client_secret", secret)], 400, "invalid_request", 900144),
        (
            "common",
            &[("client_id", id), ("client_secret", secret), ("scope", GRAPH)],
            400,
            "invalid_request",
            9001023,
        ),
        ("0f0f0f0f-0000-4000-8000-00000000dead", &[("client_id", id)], 400, "invalid_tenant", 90002),
        ("not_a_name", &[("client_id", id)], 400, "invalid_request", 900023),
        (
            &tenant,
            &[("client_id", id), ("client_assertion", "a.b.c"), ("scope", GRAPH)],
            400,
            "invalid_request",
            900144,
        ),
    ];
    for (tenant, members, status, error, code) in cases {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend_from_slice(members);
        let (got, body) = site.form(&format!("/{tenant}/oauth2/v2.0/token"), &form).await;
        assert_eq!(
            (got, &body["error"], &body["error_codes"]),
            (status, &json!(error), &json!([code])),
            "{body}"
        );
        let text = body["error_description"].as_str().unwrap();
        assert!(
            text.starts_with(&format!("AADSTS{code}: "))
                && text.contains(" Trace ID: ")
                && text.contains(" Timestamp: ")
        );
        assert_eq!(body.get("error_uri").is_some(), code != 700038, "{body}");
        assert!(body["timestamp"].as_str().unwrap().ends_with('Z') && body["trace_id"].is_string());
    }
    let (status, body) = site.token(&[("grant_type", "magic"), ("client_id", id)]).await;
    assert_eq!((status, &body["error_codes"][0], body.get("error_uri")), (400, &json!(70003), None));
    let device = site.device(id, "User.Read").await;
    let (status, body) = site.poll(id, &device).await;
    assert_eq!((status, &body["error_codes"][0]), (401, &json!(7000218)));
}

struct Key {
    pair: RsaKeyPair,
    certificate: Vec<u8>,
}

fn key(pem: &[u8]) -> Key {
    let private = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let certificate = CertificateDer::from_pem_slice(pem).unwrap().to_vec();
    Key { pair: RsaKeyPair::from_pkcs8(private.secret_der()).unwrap(), certificate }
}

fn assertion(key: &Key, header: &Value, claims: &Value, how: &'static dyn RsaEncoding) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut tag = vec![0; key.pair.public_modulus_len()];
    key.pair.sign(how, &SystemRandom::new(), signed.as_bytes(), &mut tag).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

async fn present(site: &Site, assertion: &str) -> (u16, Value) {
    site.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", &site.running.announcement.confidential.client_id),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", GRAPH),
    ])
    .await
}

#[tokio::test]
async fn certificates_in_both_dresses_and_what_is_wrong_with_others() {
    let site = Site::start(settings()).await;
    let confidential = &site.running.announcement.confidential;
    let key = key(&std::fs::read(&confidential.certificate).unwrap());
    let now = site.control().now().unix_timestamp() as f64;
    let audience = site.login(&format!("/{}/oauth2/v2.0/token", site.tenant()));
    let good = json!({"aud": audience, "iss": confidential.client_id, "sub": confidential.client_id,
        "jti": "1", "iat": now + 0.25, "nbf": now, "exp": now + 600.75});
    let sha256 = digest(&SHA256, &key.certificate);
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, &key.certificate);
    let padded = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE.encode(sha256.as_ref())});
    let plain = json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(sha1.as_ref())});

    for (header, how) in [(&padded, &RSA_PSS_SHA256 as &'static dyn RsaEncoding), (&plain, &RSA_PKCS1_SHA256)]
    {
        let (status, body) = present(&site, &assertion(&key, header, &good, how)).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(claims(&body["access_token"])["appidacr"], "2");
    }

    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let other = json!({"alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode([7; 20])});
    let curve = json!({"alg": "ES256", "x5t": plain["x5t"]});
    let wrong: [(&Value, Value, &'static dyn RsaEncoding, u32); 6] = [
        (&other, good.clone(), &RSA_PKCS1_SHA256, 700027),
        (&plain, good.clone(), &RSA_PSS_SHA256, 700027),
        (&curve, good.clone(), &RSA_PKCS1_SHA256, 5002738),
        (&plain, with("aud", json!("https://elsewhere.example/token")), &RSA_PKCS1_SHA256, 700023),
        (&plain, with("exp", json!(now - 4000.0)), &RSA_PKCS1_SHA256, 700024),
        (&plain, with("sub", json!("somebody")), &RSA_PKCS1_SHA256, 700021),
    ];
    for (header, claims, how, code) in wrong {
        let (status, body) = present(&site, &assertion(&key, header, &claims, how)).await;
        assert_eq!((status, &body["error_codes"][0]), (401, &json!(code)), "{body}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_announced_key_is_for_its_owner_only_and_goes_with_the_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::start(settings()).await;
    let path = site.running.announcement.confidential.certificate.clone();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(site);
    assert!(!path.exists());
}

#[tokio::test]
async fn what_is_new_is_not_seen_by_the_sign_in_side_until_the_window_is_over() {
    let site =
        Site::start(Settings { replication_delay: Duration::from_secs(30), flapping: false, ..settings() })
            .await;
    let token = site.sign_in("g.admin", support::SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    let body = json!({"displayName": "Fresh", "signInAudience": "AzureADMyOrg"});
    let (status, made) =
        read(site.http.post(site.graph("/applications")).bearer_auth(&token).json(&body)).await;
    assert_eq!(status, 201, "{made}");
    let app_id = made["appId"].as_str().unwrap().to_owned();
    let ask = async |secret: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", app_id.as_str()),
            ("client_secret", secret),
            ("scope", GRAPH),
        ];
        site.token(&form).await.1
    };
    assert_eq!(ask("x").await["error_codes"][0], 700016);
    site.control().advance(Duration::from_secs(31));
    let add = site.graph(&format!("/applications/{}/addPassword", made["id"].as_str().unwrap()));
    let body = json!({"passwordCredential": {"displayName": "one"}});
    let (status, added) = read(site.http.post(add).bearer_auth(&token).json(&body)).await;
    assert_eq!(status, 200, "{added}");
    let secret = added["secretText"].as_str().unwrap();
    assert_eq!(ask(secret).await["error_codes"][0], 7000215);
    site.control().advance(Duration::from_secs(31));
    assert_eq!(ask(secret).await["error_codes"][0], 7000229);
    let body = json!({"appId": app_id});
    let principals = site.graph("/servicePrincipals");
    let (status, _) = read(site.http.post(principals).bearer_auth(&token).json(&body)).await;
    assert_eq!(status, 201);
    site.control().advance(Duration::from_secs(31));
    let body = ask(secret).await;
    assert!(claims(&body["access_token"]).get("roles").is_none());
}

#[tokio::test]
async fn the_same_seed_is_the_same_tenant_and_a_reset_brings_it_back() {
    let (one, two) = (Site::start(settings()).await, Site::start(settings()).await);
    let other = Site::start(Settings { seed: 2, ..settings() }).await;
    assert_eq!(one.tenant(), two.tenant());
    assert_ne!(one.tenant(), other.tenant());
    let confidential = |site: &Site| site.running.announcement.confidential.client_id.clone();
    assert_eq!(confidential(&one), confidential(&two));
    let token = one.sign_in("g.admin", support::SIGN_IN).await["access_token"].as_str().unwrap().to_owned();
    let before = one.control().dump()["world"]["applications"].clone();
    let body = json!({"displayName": "Gone again", "signInAudience": "AzureADMyOrg"});
    read(one.http.post(one.graph("/applications")).bearer_auth(&token).json(&body)).await;
    assert_ne!(one.control().dump()["world"]["applications"], before);
    one.control().reset();
    assert_eq!(one.control().dump()["world"]["applications"], before);
}
