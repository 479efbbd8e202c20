//! Everything that answering one request needs, in one hand, and the answers that look alike everywhere.
//!
//! It decides nothing about a resource.

use serde_json::{Value, json};

use super::operations::{Key, Operation};
use super::query::Options;
use super::refusal::Refusal;
use super::{Caller, GraphAnswer, GraphRequest};
use crate::world::{Table, World, same};

/// What an endpoint gets.
pub(crate) struct Site<'a> {
    pub world: &'a mut World,
    pub request: &'a GraphRequest,
    pub caller: &'a Caller,
    pub version: &'static str,
    pub options: Options,
    pub operation: &'static Operation,
}

/// What an endpoint gives.
pub(crate) type Outcome = Result<GraphAnswer, Refusal>;

const JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

impl Site<'_> {
    pub fn body(&self) -> &Value {
        self.request.body.as_ref().unwrap_or(&Value::Null)
    }

    pub fn body_text(&self, name: &str) -> &str {
        self.body()[name].as_str().unwrap_or_default()
    }

    /// The address of a `$metadata` fragment.
    pub fn context(&self, fragment: &str) -> String {
        format!("{}/{}/$metadata#{fragment}", self.request.origin, self.version)
    }

    /// A JSON answer with its context.
    pub fn json(&self, status: u16, fragment: &str, body: Value) -> GraphAnswer {
        let mut whole = json!({"@odata.context": self.context(fragment)});
        if let (Some(whole), Value::Object(body)) = (whole.as_object_mut(), body) {
            whole.extend(body);
        }
        GraphAnswer {
            status,
            headers: vec![header("content-type", JSON), header("odata-version", "4.0")],
            body: Some(whole),
        }
    }

    /// 201 with the address of what was made, as the real service gives it.
    pub fn created(&self, fragment: &str, id: &str, kind: &str, body: Value) -> GraphAnswer {
        let mut answer = self.json(201, fragment, body);
        let tenant = &self.world.tenant.id;
        let place = match kind {
            "" => format!("{}/{}/{fragment}", self.request.origin, self.version)
                .replace("/$entity", &format!("/{id}")),
            kind => format!(
                "{}/v2/{tenant}/directoryObjects/{id}/Microsoft.DirectoryServices.{kind}",
                self.request.origin
            ),
        };
        answer.headers.push(header("location", &place));
        answer
    }

    /// An action's answer; the real service names only its own address.
    pub fn acted(&self, fragment: &str, body: Value) -> GraphAnswer {
        let mut answer = self.json(200, fragment, body);
        answer.headers.push(header("location", &self.request.origin));
        answer
    }

    /// 204.
    pub fn done(&self) -> GraphAnswer {
        GraphAnswer { status: 204, headers: Vec::new(), body: None }
    }

    /// A bare number.
    pub fn number(&self, count: usize) -> GraphAnswer {
        GraphAnswer {
            status: 200,
            headers: vec![header("content-type", "text/plain"), header("odata-version", "4.0")],
            body: Some(Value::String(count.to_string())),
        }
    }

    /// An application or service principal by any of its keys, as the present replica sees it. Graph's own principal
    /// holds some seven hundred permissions: what only reads does not copy it.
    pub fn shown(&self, table: Table, key: &Key) -> Result<&Value, Refusal> {
        let world = &*self.world;
        let property = match key.by.as_str() {
            "id" => return world.seen(table, &key.value).ok_or_else(|| Refusal::absent(&key.value)),
            "appid" => "appId",
            "uniquename" if table == Table::Applications => "uniqueName",
            _ => return Err(Refusal::query("The key is not one of this resource.")),
        };
        world
            .shelf(table)
            .all_seen(world.view)
            .find(|found| same(&found[property], &key.value))
            .ok_or_else(|| Refusal::absent(&key.value))
    }

    /// The newest version of an object that the present replica knows, to change it.
    pub fn keyed_latest(&self, table: Table, key: &Key) -> Result<Value, Refusal> {
        let seen = self.shown(table, key)?;
        let id = seen["id"].as_str().unwrap_or_default();
        self.world.latest(table, id).cloned().ok_or_else(|| Refusal::absent(id))
    }
}

pub(crate) fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The id of a document.
pub(crate) fn id_of(document: &Value) -> String {
    document["id"].as_str().unwrap_or_default().to_owned()
}
