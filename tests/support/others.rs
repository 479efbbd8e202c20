//! Another admin of the tenant, with tools of their own: puts credentials on an application that Footbridge did not make.

use std::sync::Arc;

use cloud::signin::device_code;
use cloud::{Call, Graph, Wire};
use serde_json::{Value, json};
use time::Duration;

use crate::TestDesk;

/// Somebody else, signed in.
pub struct Other {
    graph: Graph,
    clock: Arc<crate::TenantClock>,
}

impl Other {
    /// Signs in as an application administrator.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn sign_in(at: &TestDesk) -> Self {
        let wire = Wire::new(at.place(), at.clock.clone()).unwrap();
        let scopes = [
            "User.Read",
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
        ];
        let scopes = scopes.map(str::to_owned);
        let code =
            device_code::begin(&wire, &at.tenant.announcement().tenant, &scopes, "en", None).await.unwrap();
        at.control().approve(&code.user_code, "a.weber").unwrap();
        let session = code.wait(&wire, &|_| {}).await.unwrap();
        Self { graph: Graph::new(wire, Arc::new(tokio::sync::Mutex::new(session))), clock: at.clock.clone() }
    }

    /// Adds a secret of their own; answers its key id.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn adds_secret(&self, object: &str) -> String {
        let now = cloud::Clock::now(self.clock.as_ref());
        let added = self.graph.add_password(object, "theirs", now, now + Duration::days(20)).await.unwrap();
        added.0.key_id
    }

    /// Removes a secret of ours, as somebody in the portal can.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn removes_secret(&self, object: &str, key_id: &str) {
        let path = format!("/applications/{object}/removePassword");
        self.graph.call(&Call::post(path, json!({ "keyId": key_id }))).await.unwrap();
    }

    /// Asks for a permission of another API on an application, keeping what is there; answers that API's id.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn asks_for_more(&self, object: &str) -> String {
        const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
        let read = Call::get(format!("/applications/{object}?$select=requiredResourceAccess"));
        let mut body = self.graph.call(&read).await.unwrap().body.unwrap();
        let mut all: Vec<Value> =
            body["requiredResourceAccess"].as_array_mut().map(std::mem::take).unwrap_or_default();
        all.push(json!({ "resourceAppId": EXCHANGE, "resourceAccess": [
            { "id": "dc890d15-9560-4a4c-9b7f-a736ec74ec40", "type": "Role" },
        ] }));
        let write = Call::patch(format!("/applications/{object}"), json!({ "requiredResourceAccess": all }));
        self.graph.call(&write).await.unwrap();
        EXCHANGE.to_owned()
    }

    /// Forbids public client flows, as the portal's switch does.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn forbids_public_flows(&self, object: &str) {
        let body = json!({ "isFallbackPublicClient": false });
        self.graph.call(&Call::patch(format!("/applications/{object}"), body)).await.unwrap();
    }

    /// Takes `Mail.Send` (Graph permissions reference) away from an application.
    ///
    /// # Panics
    /// When the tenant refuses, or it was not granted.
    pub async fn revokes_mail(&self, principal: &str) {
        let path = format!("/servicePrincipals/{principal}/appRoleAssignments");
        let granted = self.graph.get(&path).await.unwrap().body.unwrap();
        let mail = |one: &&Value| one["appRoleId"] == "b633e1c5-b582-4048-a93e-9f11b44c7e96";
        let found = granted["value"].as_array().unwrap().iter().find(mail).unwrap();
        let id = found["id"].as_str().unwrap();
        self.graph.call(&Call::delete(format!("{path}/{id}"))).await.unwrap();
    }

    /// Grants scopes of Microsoft Graph (Graph permissions reference) to an application for everybody, as the portal does.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn grants(&self, principal: &str, scopes: &str) {
        let path = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id";
        let graph = self.graph.get(path).await.unwrap().body.unwrap();
        let body = json!({ "clientId": principal, "consentType": "AllPrincipals", "principalId": null,
            "resourceId": graph["id"], "scope": scopes });
        self.graph.call(&Call::post("/oauth2PermissionGrants".to_owned(), body)).await.unwrap();
    }

    /// Adds a certificate of their own, keeping what is there; answers its key id.
    ///
    /// # Panics
    /// When the tenant refuses.
    pub async fn adds_certificate(&self, object: &str, key_id: &str) {
        let key = certs::PrivateKey::make(certs::KeyKind::Rsa2048).unwrap();
        let order = certs::Order {
            subject: certs::Subject::common_name("theirs").unwrap(),
            other_names: Vec::new(),
            days: 400,
            purpose: certs::Purpose::AppSignIn,
        };
        let now = cloud::Clock::now(self.clock.as_ref());
        let certificate = certs::Certificate::self_signed(&key, &order, now).unwrap();
        let read = Call::get(format!("/applications/{object}?$select=keyCredentials"));
        let mut body = self.graph.call(&read).await.unwrap().body.unwrap();
        let mut all: Vec<Value> =
            body["keyCredentials"].as_array_mut().map(std::mem::take).unwrap_or_default();
        for one in &mut all {
            one["key"] = Value::Null;
        }
        use base64::Engine as _;
        all.push(json!({
            "type": "AsymmetricX509Cert", "usage": "Verify", "keyId": key_id, "displayName": "theirs",
            "key": base64::engine::general_purpose::STANDARD.encode(certificate.der()),
        }));
        let write = Call::patch(format!("/applications/{object}"), json!({ "keyCredentials": all }));
        self.graph.call(&write).await.unwrap();
    }
}
