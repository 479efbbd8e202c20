//! The pretend tenant of one test, served in process over plain HTTP, and questions to its state.
//! Questions are answered from the tenant's own dump, never from what the desk believes.

use std::path::Path;

use engine::cloud::Place;
use serde_json::Value;
use simulator::{Control, Running, Settings};

/// The name that TARGETconnect's guide gives its application.
pub const APPLICATION: &str = "targetconnectMSTeamsIntegration";

/// A tenant that is being served.
pub struct Tenant {
    running: Running,
}

impl Tenant {
    /// Starts a tenant.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(settings: Settings) -> Self {
        Self { running: simulator::start(settings).await.unwrap() }
    }

    /// Control of it.
    #[must_use]
    pub fn control(&self) -> Control {
        self.running.control()
    }

    /// The tenant itself.
    #[must_use]
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// What it announced.
    #[must_use]
    pub fn announcement(&self) -> &simulator::Announcement {
        &self.running.announcement
    }

    /// The custom cloud file for it, written into a folder.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn cloud_file(&self, folder: &Path) -> std::path::PathBuf {
        let told = self.announcement();
        let path = folder.join("pretend.toml");
        let text = format!(
            "login = \"{login}\"\ngraph = \"{graph}\"\nportal = \"{login}\"\nclient_id = \"{client}\"\n",
            login = told.login,
            graph = told.graph,
            client = told.client_id
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The tenant as a place, through the cloud file.
    ///
    /// # Panics
    /// When the file is refused.
    pub fn place(&self, folder: &Path) -> Place {
        Place::read(&self.cloud_file(folder)).unwrap()
    }

    /// The state as it is now.
    #[must_use]
    pub fn world(&self) -> World {
        World::of(self.control().dump())
    }

    /// Requests to Graph so far; a `$batch` counts once.
    #[must_use]
    pub fn graph_requests(&self) -> usize {
        self.control().traffic().iter().filter(|exchange| exchange.kind == simulator::Kind::Graph).count()
    }

    /// Whether a client secret signs its application in; asked without anything of ours.
    ///
    /// # Panics
    /// When the tenant does not answer.
    pub async fn signs_in(&self, client_id: &str, secret: &str) -> bool {
        self.client_credentials(client_id, secret).await["access_token"].is_string()
    }

    /// What the token end point answers to client credentials (RFC 6749 section 4.4).
    async fn client_credentials(&self, client_id: &str, secret: &str) -> Value {
        let told = self.announcement();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("scope", &format!("{}/.default", told.graph)),
        ];
        let mut filled = reqwest::Url::parse(&told.login).unwrap();
        filled.query_pairs_mut().extend_pairs(form);
        let body = filled.query().unwrap_or_default().to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        http.post(format!("{}/{}/oauth2/v2.0/token", told.login, told.tenant))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Enabled members with a mailbox address and a Teams licence, in the directory's order. Asked as the
    /// confidential client, so that nothing of ours chooses them.
    ///
    /// # Panics
    /// When the tenant does not answer.
    pub async fn operators(&self, count: usize) -> Vec<String> {
        let told = self.announcement();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let token = self.client_credentials(&told.confidential.client_id, &told.confidential.secret).await;
        let token = token["access_token"].as_str().unwrap_or_else(|| panic!("no token: {token}"));
        let path =
            "/v1.0/users?$top=100&$select=id,userPrincipalName,accountEnabled,assignedPlans,userType,mail";
        let page: Value = http
            .get(format!("{}{path}", told.graph))
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let has_teams = |user: &Value| {
            user["assignedPlans"].as_array().into_iter().flatten().any(|plan| {
                plan["servicePlanId"] == "57ff2da0-773e-42df-b2af-ffb7a2317929"
                    && plan["capabilityStatus"] == "Enabled"
            })
        };
        let good = |user: &&Value| {
            user["accountEnabled"] == true
                && user["userType"] == "Member"
                && user["mail"].is_string()
                && has_teams(user)
        };
        let users = page["value"].as_array().unwrap_or_else(|| panic!("no users: {page}"));
        let chosen: Vec<String> = users
            .iter()
            .filter(good)
            .take(count)
            .map(|user| user["userPrincipalName"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(chosen.len(), count, "the tenant has too few users with Teams");
        chosen
    }
}

/// The tenant's state at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct World(Value);

impl World {
    /// The state in a control's dump.
    #[must_use]
    pub fn of(mut dump: Value) -> Self {
        Self(dump["world"].take())
    }

    /// Rows of a table whose member has this value.
    #[must_use]
    pub fn rows(&self, table: &str, member: &str, value: &str) -> Vec<&Value> {
        self.0[table].as_array().into_iter().flatten().filter(|row| row[member] == value).collect()
    }

    /// The applications of a name.
    #[must_use]
    pub fn applications(&self, name: &str) -> Vec<&Value> {
        self.rows("applications", "displayName", name)
    }

    /// The whole state.
    #[must_use]
    pub fn all(&self) -> &Value {
        &self.0
    }

    /// The state without what may differ when nothing differs: the time, counters.
    #[must_use]
    pub fn lasting(&self) -> Value {
        let mut lasting = self.0.clone();
        for member in ["now", "counters"] {
            lasting[member] = Value::Null;
        }
        lasting
    }

    /// How often anything was changed through Graph.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.0["counters"]["writes"].as_u64().unwrap()
    }

    /// What must not have doubled, by natural key (O1), as the list of what did.
    #[must_use]
    pub fn doubles(&self, name: &str) -> Vec<String> {
        let mut doubles = Vec::new();
        let mut exactly = |what: &str, found: usize, wanted: usize| {
            if found != wanted {
                doubles.push(format!("{found} {what} instead of {wanted}"));
            }
        };
        let applications = self.applications(name);
        exactly("applications", applications.len(), 1);
        for application in applications {
            let app_id = application["appId"].as_str().unwrap_or_default();
            let principals = self.rows("servicePrincipals", "appId", app_id);
            exactly("service principals", principals.len(), 1);
            let live = application["passwordCredentials"].as_array().map_or(0, Vec::len);
            exactly("client secrets", live, 1);
            for principal in principals {
                let id = principal["id"].as_str().unwrap_or_default();
                exactly("app role assignments", self.rows("appRoleAssignments", "principalId", id).len(), 2);
                exactly("delegated grants", self.rows("oauth2PermissionGrants", "clientId", id).len(), 0);
            }
        }
        exactly(
            "meetings left behind",
            usize::try_from(self.0["onlineMeetings"].as_u64().unwrap_or(0)).unwrap(),
            0,
        );
        doubles
    }
}
