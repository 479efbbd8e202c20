//! Adds and removes an application's secret. The answer of addPassword is the only copy there will ever be:
//! it goes from a wiped buffer into a secret type, and nothing else keeps it.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::call::{Answer, Call, Method};
use super::fault::{GraphError, GraphFault};
use super::model::PasswordCredential;
use super::{Graph, NOT_A_PATH, Reply, Request, permitted};
use crate::text::scrub;

/// Only the secret. What is kept beside it is read in a second pass, so that no generic value ever holds the secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownOnce {
    #[serde(deserialize_with = "crate::signin::secret_text")]
    secret_text: SecretString,
}

impl Graph {
    /// Adds a secret (Graph page "application: addPassword") and hands it over in a secret type.
    ///
    /// # Errors
    /// Where [`GraphError::effect_unknown`] holds, a secret may exist that nobody knows: find it by `display_name` and
    /// remove it before trying again. This is never repeated here.
    pub async fn add_password(
        &self,
        application_object_id: &str,
        display_name: &str,
        start: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Result<(PasswordCredential, SecretString), GraphError> {
        let (credential, secret, _) =
            self.add_password_answered(application_object_id, display_name, start, end).await?;
        Ok((credential, secret))
    }

    /// As [`Graph::add_password`], with the answer's status and ids for the journal; that answer has no body.
    ///
    /// # Errors
    /// As [`Graph::add_password`].
    pub async fn add_password_answered(
        &self,
        application_object_id: &str,
        display_name: &str,
        start: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Result<(PasswordCredential, SecretString, Answer), GraphError> {
        let call = Call::post(format!("/applications/{application_object_id}/addPassword"), json!(null));
        let moment = |at: OffsetDateTime| {
            let whole = at.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
            whole.format(&Rfc3339).map_err(|_| call.fault(GraphFault::Other, "a date cannot be written"))
        };
        let wanted = json!({"passwordCredential": {
            "displayName": display_name, "startDateTime": moment(start)?, "endDateTime": moment(end)?,
        }});
        let address =
            self.address(&call.path).ok_or_else(|| call.fault(GraphFault::ForeignLink, NOT_A_PATH))?;
        permitted::check(self.permitted, &call, &address)?;
        let request = Request {
            method: Method::Post,
            address,
            headers: Vec::new(),
            body: Some(wanted.to_string().into_bytes()),
            harmless: false,
            secret: true,
        };
        self.counter.count(Method::Post, 1);
        let reply = self.exchange(request).await?;
        let (credential, secret) = read(&reply)?;
        let answer = Answer {
            request_id: reply.incoming.header("request-id").map(scrub),
            client_request_id: reply.context.client_request_id.clone(),
            ..Answer::without_body(reply.incoming.status, reply.context.at)
        };
        Ok((credential, secret, answer))
    }

    /// Removes a secret by its key id (Graph page "application: removePassword").
    ///
    /// # Errors
    /// As [`Graph::post`].
    pub async fn remove_password(
        &self,
        application_object_id: &str,
        key_id: &str,
    ) -> Result<Answer, GraphError> {
        let path = format!("/applications/{application_object_id}/removePassword");
        self.post(&path, &json!({"keyId": key_id})).await
    }
}

fn read(reply: &Reply) -> Result<(PasswordCredential, SecretString), GraphError> {
    if !reply.incoming.is_json() {
        return Err(reply.error(GraphFault::NotJson, "the answer is not JSON"));
    }
    let unusable = || reply.error(GraphFault::MissingField, "the answer holds no usable secret");
    let secret: ShownOnce = serde_json::from_slice(&reply.incoming.body).map_err(|_| unusable())?;
    let credential: PasswordCredential =
        serde_json::from_slice(&reply.incoming.body).map_err(|_| unusable())?;
    Ok((credential, secret.secret_text))
}
