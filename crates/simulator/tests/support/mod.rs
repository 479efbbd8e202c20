//! A running tenant and a plain HTTP client that knows nothing of it but what is announced.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use simulator::{Control, Running, Settings};
use time::OffsetDateTime;

pub const GRAPH_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
pub const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub const SIGN_IN: &str = "openid profile offline_access User.Read Application.ReadWrite.All";

pub struct Site {
    pub running: Running,
    pub http: Client,
}

/// Small tenants, and a clock that stands still unless it is turned.
pub fn settings() -> Settings {
    static START: OnceLock<OffsetDateTime> = OnceLock::new();
    let start = *START.get_or_init(OffsetDateTime::now_utc);
    Settings { users: 20, service_principals: 5, now: Arc::new(move || start), ..Settings::default() }
}

impl Site {
    pub async fn start(settings: Settings) -> Site {
        let running = simulator::start(settings).await.unwrap();
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = match &running.announcement.ca {
            Some(ca) => {
                let pem = std::fs::read(ca).unwrap();
                http.tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            }
            None => http,
        };
        Site { running, http: http.build().unwrap() }
    }

    pub fn control(&self) -> Control {
        self.running.control()
    }

    pub fn tenant(&self) -> &str {
        &self.running.announcement.tenant
    }

    pub fn login(&self, path: &str) -> String {
        format!("{}{path}", self.running.announcement.login)
    }

    pub fn graph(&self, path: &str) -> String {
        format!("{}/v1.0{path}", self.running.announcement.graph)
    }

    pub async fn form(&self, path: &str, members: &[(&str, &str)]) -> (u16, Value) {
        read(self.http.post(self.login(path)).form(members)).await
    }

    pub async fn token(&self, members: &[(&str, &str)]) -> (u16, Value) {
        self.form(&format!("/{}/oauth2/v2.0/token", self.tenant()), members).await
    }

    pub async fn device(&self, client: &str, scope: &str) -> Value {
        let path = format!("/{}/oauth2/v2.0/devicecode", self.tenant());
        let (status, body) = self.form(&path, &[("client_id", client), ("scope", scope)]).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn poll(&self, client: &str, device: &Value) -> (u16, Value) {
        let code = device["device_code"].as_str().unwrap();
        self.token(&[
            ("grant_type", DEVICE_GRANT),
            ("client_id", client),
            ("device_code", code),
            ("client_info", "1"),
        ])
        .await
    }

    /// A whole device-code sign-in.
    pub async fn sign_in(&self, account: &str, scope: &str) -> Value {
        let device = self.device(GRAPH_TOOLS, scope).await;
        self.control().approve(device["user_code"].as_str().unwrap(), account).unwrap();
        let (status, body) = self.poll(GRAPH_TOOLS, &device).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn app_token(&self) -> String {
        let confidential = &self.running.announcement.confidential;
        let (status, body) = self
            .token(&[
                ("grant_type", "client_credentials"),
                ("client_id", &confidential.client_id),
                ("client_secret", &confidential.secret),
                ("scope", "https://graph.microsoft.com/.default"),
            ])
            .await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

pub async fn read(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The payload of a JWT, unverified.
pub fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
