//! Removes one credential of this connection from its application, and says whether the tenant still lists it. Nothing of
//! anybody else's is ever named here: the key ids come from this connection's own journal and vault.

use cloud::{Answer, Call};
use serde_json::{Value, json};

use crate::credential::CredentialKind;
use crate::key_credentials::{self, Wanted};
use crate::site::{Site, Write};
use crate::trouble::{Code, Trouble};

/// Whether the application lists a credential that has not ended.
pub(crate) async fn lists(
    site: &Site<'_>,
    register: &str,
    kind: CredentialKind,
    key: &str,
) -> Result<bool, Trouble> {
    let Some(application) = site.look(register).await?.application else { return Ok(false) };
    Ok(match kind {
        CredentialKind::Secret => {
            application.password_credentials.iter().any(|one| one.key_id.eq_ignore_ascii_case(key))
        }
        CredentialKind::Certificate => application
            .key_credentials
            .iter()
            .any(|one| one.key_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(key))),
    })
}

fn made(kind: CredentialKind, object: &str, key: &str) -> Value {
    json!({ "kind": kind.removal(), "application": object, "id": key })
}

/// Removes it, and journals that.
pub(crate) async fn remove(
    site: &Site<'_>,
    register: &str,
    kind: CredentialKind,
    key: &str,
) -> Result<(), Trouble> {
    let object = site.needed(register, "application-object-id")?;
    let made = made(kind, &object, key);
    match kind {
        CredentialKind::Secret => {
            let call = Call::post(format!("/applications/{object}/removePassword"), json!({ "keyId": key }));
            let mut write = Write::new(call, move |_| made.clone());
            write.fresh = false;
            site.write(vec![write]).await?;
        }
        CredentialKind::Certificate => {
            let graph = site.seat()?.graph.clone();
            site.forget_sights().await;
            let wanted = Wanted::Gone(key);
            let written = key_credentials::change(site.room, &graph, &object, &wanted, &|_| false).await?;
            site.forget_sights().await;
            match written {
                Some(written) => site.sent(&written.call, &written.answer, made)?,
                None => removed(site, register, kind, key)?,
            }
        }
    }
    Ok(())
}

/// Journals a removal whose own answer never came: the tenant does not list it any more.
pub(crate) fn removed(
    site: &Site<'_>,
    register: &str,
    kind: CredentialKind,
    key: &str,
) -> Result<(), Trouble> {
    let object = site.output(register, "application-object-id").ok_or_else(|| Trouble::new(Code::NotYet))?;
    let call = Call::get("seen after an interruption");
    let known = site.history().sent.iter().any(|sent| {
        sent.made["kind"] == kind.removal() && sent.made["id"].as_str().is_some_and(|id| id == key)
    });
    if known {
        return Ok(());
    }
    site.sent(&call, &Answer::without_body(200, site.now()), made(kind, &object, key))
}
