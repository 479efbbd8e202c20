//! Drives Graph without a server.

use serde_json::{Value, json};
use simulator::graph::{self, Caller, CallerKind, GraphAnswer, GraphRequest};
use simulator::world::World;
use time::{Duration, OffsetDateTime};

pub const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
pub const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
pub const APPLICATION: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
pub const PRIVILEGED: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
const ORIGIN: &str = "https://localhost:4443";
const SCOPES: [&str; 8] = [
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "User.Read",
    "User.Read.All",
];

/// A tenant and somebody who asks.
pub struct Drive {
    pub world: World,
    pub caller: Caller,
    pub me: String,
}

impl Drive {
    /// A tenant of 200 people and an administrator with these roles.
    pub fn new(roles: &[&str]) -> Drive {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_500);
        let mut world = World::seeded(1, 200, 20, now - Duration::hours(2));
        let named: Vec<(&str, &str)> = roles.iter().map(|id| (*id, "A role")).collect();
        let me = world.settle_person("a.weber@contoso.onmicrosoft.com", "Anna Weber", None, &named);
        world.now = now;
        let caller = person(&me, roles, &SCOPES);
        Drive { world, caller, me }
    }

    /// One request with a path and a query as they would stand in an address.
    pub fn call(
        &mut self,
        method: &str,
        address: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> GraphAnswer {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let request = GraphRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers,
            body,
            origin: ORIGIN.to_owned(),
        };
        graph::answer(&mut self.world, &request, &self.caller)
    }

    /// A GET that must succeed.
    pub fn get(&mut self, address: &str) -> Value {
        let answer = self.call("GET", address, None, &[]);
        assert_eq!(answer.status, 200, "{address}: {:?}", answer.body);
        answer.body.unwrap()
    }

    /// A write that must answer this status.
    pub fn send(&mut self, method: &str, address: &str, body: Value, status: u16) -> Value {
        let body = (!body.is_null()).then_some(body);
        let answer = self.call(method, address, body, &[]);
        assert_eq!(answer.status, status, "{method} {address}: {:?}", answer.body);
        answer.body.unwrap_or_default()
    }

    /// Status and code of a request that must be refused.
    pub fn refused(&mut self, method: &str, address: &str, body: Value) -> (u16, String) {
        let body = (!body.is_null()).then_some(body);
        let answer = self.call(method, address, body, &[]);
        assert!(answer.status >= 400, "{method} {address} was not refused: {:?}", answer.body);
        (answer.status, answer.body.unwrap()["error"]["code"].as_str().unwrap().to_owned())
    }

    /// Registers an application with its service principal: object id, app id, service principal id.
    pub fn register(&mut self, name: &str) -> (String, String, String) {
        let body = json!({"displayName": name, "signInAudience": "AzureADMyOrg"});
        let made = self.send("POST", "/v1.0/applications", body, 201);
        let app_id = text(&made["appId"]);
        let principal = self.send("POST", "/v1.0/servicePrincipals", json!({"appId": app_id}), 201);
        (text(&made["id"]), app_id, text(&principal["id"]))
    }

    /// The service principal of Microsoft Graph.
    pub fn graph(&mut self) -> Value {
        self.get(&format!(
            "/v1.0/servicePrincipals(appId='{GRAPH}')?$select=id,appRoles,oauth2PermissionScopes"
        ))
    }

    /// Grants an application role of Graph by its value.
    pub fn grant(&mut self, principal: &str, value: &str, status: u16) -> Value {
        let graph = self.graph();
        let role = graph["appRoles"].as_array().unwrap().iter().find(|role| role["value"] == value).unwrap()
            ["id"]
            .clone();
        let body = json!({"principalId": principal, "resourceId": graph["id"], "appRoleId": role});
        self.send(
            "POST",
            &format!("/v1.0/servicePrincipals/{}/appRoleAssignedTo", text(&graph["id"])),
            body,
            status,
        )
    }
}

/// A person with roles and scopes.
pub fn person(id: &str, roles: &[&str], scopes: &[&str]) -> Caller {
    let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    Caller { kind: CallerKind::User { object_id: id.to_owned(), roles: own(roles), scopes: own(scopes) } }
}

/// An application with application roles.
pub fn application(app_id: &str, principal: &str, roles: &[&str]) -> Caller {
    Caller {
        kind: CallerKind::Application {
            app_id: app_id.to_owned(),
            service_principal_id: principal.to_owned(),
            roles: roles.iter().map(|one| (*one).to_owned()).collect(),
        },
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
