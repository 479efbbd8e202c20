//! What the tenant shows after an interruption although no receipt was written: its unique name, its mark or the approved
//! plan says that it is this connection's. It is journalled then, so that undo knows it.

use guide::Action;
use journal::Event;
use serde_json::{Value, json};

use crate::plan::Proof;
use crate::site::Site;
use crate::trouble::Trouble;
use crate::verbs::{ADDED, SWITCHED, TAKEN_DOWN, UPLOADED, receipt};

/// Journals what a step made and has no receipt for.
pub(crate) async fn claim(site: &Site<'_>, proof: &Proof) -> Result<(), Trouble> {
    let output = |name: &str| proof.outputs.get(name).cloned().unwrap_or_default();
    let step = &site.step.id;
    let made = match &site.step.action {
        Action::RegisterApplication { .. } => ["application", "service-principal"]
            .map(|kind| {
                (
                    kind,
                    output(if kind == "application" {
                        "application-object-id"
                    } else {
                        "service-principal-id"
                    }),
                )
            })
            .map(|(kind, id)| json!({ "kind": kind, "id": id, "application-id": output("application-id") }))
            .to_vec(),
        Action::AddSecret { application, .. } => {
            let object = site.output(application, "application-object-id");
            vec![json!({ "kind": "secret", "application": object, "id": output("secret-key-id") })]
        }
        Action::AddCertificate { application, .. } => {
            let object = site.output(application, "application-object-id");
            let (id, thumbprint) = (output("certificate-key-id"), output("certificate-thumbprint"));
            vec![json!({ "kind": "certificate", "application": object, "id": id, "thumbprint": thumbprint })]
        }
        Action::UploadCertificate { application, .. } => {
            let object = site.output(application, "application-object-id");
            let (id, thumbprint) = (output("certificate-key-id"), output("certificate-thumbprint"));
            interrupted(site, UPLOADED)
                .map(|_| json!({ "kind": UPLOADED, "application": object, "id": id, "thumbprint": thumbprint }))
                .into_iter()
                .collect()
        }
        Action::SetRedirectUris { application, .. } => {
            let object = site.output(application, "application-object-id");
            let added = interrupted(site, ADDED).map(|changes| names(&changes, "add"));
            added
                .map(|added| json!({ "kind": ADDED, "application": object, "added": added }))
                .into_iter()
                .collect()
        }
        Action::SetPublicClient { application, allowed } => {
            let object = site.output(application, "application-object-id");
            interrupted(site, SWITCHED)
                .map(|_| json!({ "kind": SWITCHED, "application": object, "before": !allowed }))
                .into_iter()
                .collect()
        }
        Action::TakeDown { application } => {
            let text = |name: &str| site.output(application, name);
            let object = text("application-object-id").unwrap_or_default();
            let client = text("application-id").unwrap_or_default();
            let principal = text("service-principal-id");
            interrupted(site, TAKEN_DOWN)
                .map(|_| receipt(&object, &client, principal.as_deref()))
                .into_iter()
                .collect()
        }
        Action::GrantConsent { application, permissions } => {
            // One answer of several may be lost, so receipts beside it say nothing of the others.
            let changes = site
                .history()
                .step(step)
                .and_then(|past| past.intended.as_ref())
                .map(|past| past.changes.clone());
            match changes {
                Some(changes) => {
                    crate::verbs::granted(site, application, permissions, &names(&changes, "add")).await?
                }
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    let adopted = site.history().step(step).and_then(|past| past.adopted.clone());
    for made in made {
        let kind = made["kind"].as_str().unwrap_or_default().to_owned();
        let is_noted = site.history().made(step, &kind).any(|known| is_same(known, &made));
        if is_noted || adopted.as_ref().is_some_and(|object| !object.is_null()) {
            continue;
        }
        site.note(&Event::Sent {
            step: step.clone(),
            operation: site.operation.clone(),
            method: "GET".to_owned(),
            path: "seen after an interruption".to_owned(),
            status: 200,
            request_id: None,
            made: Some(made),
        })?;
    }
    Ok(())
}

/// Two receipts of the same thing; what has no id is the same when it says the same.
fn is_same(one: &Value, other: &Value) -> bool {
    match one["id"].is_null() {
        true => one == other,
        false => one["id"] == other["id"],
    }
}

/// The plan of a run that set out to change something and left no receipt of this kind.
fn interrupted(site: &Site<'_>, kind: &str) -> Option<Value> {
    let history = site.history();
    let intended = history.step(&site.step.id)?.intended.as_ref()?;
    let has_receipt = history
        .sent
        .iter()
        .any(|sent| sent.step == site.step.id && sent.made["kind"] == kind && sent.at >= intended.at);
    (!has_receipt).then(|| intended.changes.clone())
}

fn names(changes: &Value, sign: &str) -> Vec<Value> {
    let lines = changes.as_array().into_iter().flatten();
    lines.filter(|line| line["sign"] == sign).map(|line| line["name"].clone()).collect()
}
