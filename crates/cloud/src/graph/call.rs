//! A call and its answer, as values. What may be shown is here; a body with a secret never comes this way.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use super::Reply;
use super::fault::{Context, GraphError, GraphFault};
use crate::text::scrub;

/// The four methods that Graph is called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Makes, or acts.
    Post,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    pub(crate) fn on_the_wire(self) -> reqwest::Method {
        match self {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One call to Graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// From `/applications…` on; values inside are encoded with [`literal`].
    pub path: String,
    /// The JSON body.
    pub body: Option<Value>,
    /// Further headers, such as `Prefer` or `ConsistencyLevel`.
    pub headers: Vec<(String, String)>,
    /// In a batch: places, from 0, of earlier calls that have to succeed first.
    pub depends_on: Vec<usize>,
}

impl Call {
    /// A read.
    pub fn get(path: impl Into<String>) -> Call {
        Call::new(Method::Get, path, None)
    }

    /// A creation or action.
    pub fn post(path: impl Into<String>, body: Value) -> Call {
        Call::new(Method::Post, path, Some(body))
    }

    /// A change.
    pub fn patch(path: impl Into<String>, body: Value) -> Call {
        Call::new(Method::Patch, path, Some(body))
    }

    /// A removal.
    pub fn delete(path: impl Into<String>) -> Call {
        Call::new(Method::Delete, path, None)
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Call {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// To be sent only after the calls at these places of the batch succeeded.
    #[must_use]
    pub fn after(mut self, places: impl IntoIterator<Item = usize>) -> Call {
        self.depends_on.extend(places);
        self
    }

    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Call {
        Call { method, path: path.into(), body, headers: Vec::new(), depends_on: Vec::new() }
    }

    pub(crate) fn fault(&self, kind: GraphFault, message: &str) -> GraphError {
        GraphError {
            kind,
            status: None,
            code: None,
            message: message.to_owned(),
            request_id: None,
            client_request_id: String::new(),
            date: None,
            claims: None,
            path: self.path.split('?').next().unwrap_or("").to_owned(),
            method: self.method,
            retry_after: None,
            barrier: None,
        }
    }

    /// A secret comes back from this action, so it has its own way that keeps the answer out of plain values.
    pub(crate) fn refuse_shown_once(&self) -> Result<(), GraphError> {
        let path = self.path.split('?').next().unwrap_or("").trim_end_matches('/');
        let shown_once = ["/addpassword", "/microsoft.graph.addpassword"];
        if shown_once.iter().any(|action| path.to_ascii_lowercase().ends_with(action)) {
            return Err(self.fault(
                GraphFault::Other,
                "a secret is added with Graph::add_password only; nothing was sent",
            ));
        }
        Ok(())
    }
}

/// A good answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 200, 201, 202 or 204.
    pub status: u16,
    /// The JSON body; none with 204.
    pub body: Option<Value>,
    /// Microsoft's id of the request.
    pub request_id: Option<String>,
    /// Our id of the request.
    pub client_request_id: String,
    /// The `Location` header. To be shown, never to be followed.
    pub location: Option<String>,
    /// When it came.
    pub at: OffsetDateTime,
}

impl Answer {
    /// An answer with nothing but a status and a moment.
    pub fn without_body(status: u16, at: OffsetDateTime) -> Answer {
        Answer { status, body: None, request_id: None, client_request_id: String::new(), location: None, at }
    }

    /// The body as a type.
    ///
    /// # Errors
    /// [`GraphFault::MissingField`] when there is no body or a required field is missing.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        let body = self.body.as_ref().unwrap_or(&Value::Null);
        T::deserialize(body).map_err(|error| {
            let context = Context {
                method: Method::Get,
                path: String::new(),
                client_request_id: self.client_request_id.clone(),
                at: self.at,
            };
            GraphError {
                request_id: self.request_id.clone(),
                status: Some(self.status),
                ..context.error(GraphFault::MissingField, &scrub(&error.to_string()))
            }
        })
    }
}

/// Turns a 2xx answer into a value.
pub(crate) fn answer(reply: &Reply) -> Result<Answer, GraphError> {
    let incoming = &reply.incoming;
    let context = &reply.context;
    let body = if incoming.body.is_empty() {
        None
    } else if incoming.is_json() {
        let read = serde_json::from_slice(&incoming.body);
        Some(read.map_err(|_| reply.error(GraphFault::NotJson, "the answer is broken JSON"))?)
    } else {
        return Err(reply.error(
            GraphFault::NotJson,
            "the answer is not JSON; something between here and Graph answered",
        ));
    };
    Ok(Answer {
        status: incoming.status,
        body,
        request_id: incoming.header("request-id").map(scrub),
        client_request_id: context.client_request_id.clone(),
        location: incoming.header("location").map(scrub),
        at: context.at,
    })
}

impl Reply {
    pub(crate) fn error(&self, kind: GraphFault, message: &str) -> GraphError {
        GraphError {
            status: Some(self.incoming.status),
            request_id: self.incoming.header("request-id").map(scrub),
            ..self.context.error(kind, message)
        }
    }
}

/// A text as an OData literal for a path or filter: in quotes, quotes doubled, encoded for an address.
pub fn literal(text: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    format!("'{}'", utf8_percent_encode(&text.replace('\'', "''"), NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_cannot_end_early() {
        assert_eq!(literal("o'neil"), "'o%27%27neil'");
        assert_eq!(literal("a&b=c#d/e?f+g h"), "'a%26b%3Dc%23d%2Fe%3Ff%2Bg%20h'");
    }

    #[test]
    fn the_secret_has_its_own_way() {
        for path in [
            "/applications/1/addPassword",
            "/servicePrincipals/1/ADDPASSWORD/",
            "/applications/1/addPassword?x",
        ] {
            assert!(Call::post(path, Value::Null).refuse_shown_once().is_err(), "{path}");
        }
        assert!(Call::post("/applications/1/removePassword", Value::Null).refuse_shown_once().is_ok());
    }
}
