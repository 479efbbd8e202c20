//! The values that go to the product, in the product's own order, and the sealed bundle that carries them.
//! A secret is read from the vault at the last moment and never becomes part of a value that can be shown.

use guide::{AskKind, Guide, Part, Reference};
use secrecy::SecretString;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::credential::{Credential, credential_steps, key_of_step};
use crate::history::History;
use crate::plan::hex;
use crate::trouble::{Code, Trouble};

/// A field of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The field's id in the guide.
    pub id: String,
    /// The documented row.
    pub row: String,
    /// Its value.
    pub value: Shown,
}

/// A value as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Open.
    Text(String),
    /// In the vault.
    Secret,
    /// Not there yet.
    Missing,
}

/// Where the secret of a field comes from: the step that added it.
pub(crate) fn secret_step(guide: &Guide, field: &guide::Field) -> Option<String> {
    let reference = match field.value.parts() {
        [Part::Reference(Reference::Output { step, name })] => (step, name),
        _ => return None,
    };
    let outputs = guide.step(reference.0)?.action.outputs();
    outputs.iter().any(|output| output.secret && output.name == reference.1).then(|| reference.0.clone())
}

/// The fields that a hand-over step names; none for one that names all.
pub(crate) fn named(step: &guide::Step) -> Option<&[String]> {
    match &step.action {
        guide::Action::HandOver { fields } => fields.named(),
        _ => None,
    }
}

/// The step that hands the credential of a step over: the one whose fields carry it, else the first.
pub(crate) fn hand_over_of<'g>(
    guide: &'g Guide,
    history: &History,
    credential: &str,
) -> Option<&'g guide::Step> {
    let mut steps = guide.steps.iter().filter(|step| {
        matches!(step.action, guide::Action::HandOver { .. }) && history.applies(guide, &step.when)
    });
    let carries = |step: &&guide::Step| {
        fields(guide, history, named(step))
            .any(|field| secret_step(guide, field).as_deref() == Some(credential))
    };
    steps.clone().find(carries).or_else(|| steps.next())
}

/// The fields that the answers make necessary, in the product's own order; only those that are named, where some are.
pub(crate) fn fields<'a>(
    guide: &'a Guide,
    history: &'a History,
    named: Option<&'a [String]>,
) -> impl Iterator<Item = &'a guide::Field> {
    guide
        .fields
        .iter()
        .filter(move |field| named.is_none_or(|ids| ids.contains(&field.id)))
        .filter(|field| history.applies(guide, &field.when) && !is_blank(guide, history, field))
}

/// Whether a field rests on an answer that need not be given, and was not.
fn is_blank(guide: &Guide, history: &History, field: &guide::Field) -> bool {
    field.value.references().any(|reference| match reference {
        Reference::Answer(ask) => {
            guide.ask(ask).is_some_and(|ask| !ask.required)
                && answer(guide, history, ask).is_none_or(|text| text.trim().is_empty())
        }
        Reference::Output { .. } => false,
    })
}

/// The required asks of a step that have no answer.
pub(crate) fn open_asks(guide: &Guide, history: &History, step: &guide::Step) -> Vec<String> {
    let required = step.asks.iter().filter(|id| guide.ask(id).is_some_and(|ask| ask.required));
    let is_open = |id: &&String| answer(guide, history, id).is_none_or(|text| text.trim().is_empty());
    required.filter(is_open).cloned().collect()
}

/// The fields with their values, in the product's own order.
pub(crate) fn values(guide: &Guide, history: &History, named: Option<&[String]>) -> Vec<FieldValue> {
    fields(guide, history, named)
        .map(|field| {
            let value = match secret_step(guide, field) {
                Some(step) if key_of_step(guide, history, &step).is_some() => Shown::Secret,
                Some(_) => Shown::Missing,
                None => render(guide, history, &field.value).map_or(Shown::Missing, Shown::Text),
            };
            FieldValue { id: field.id.clone(), row: field.row.clone(), value }
        })
        .collect()
}

pub(crate) fn render(guide: &Guide, history: &History, template: &guide::Template) -> Option<String> {
    template
        .render(&|reference| match reference {
            Reference::Answer(ask) => answer(guide, history, ask),
            Reference::Output { step, name } => history.output(step, name).map(str::to_owned),
        })
        .ok()
        .filter(|text| !text.trim().is_empty())
}

/// An answer as text, or the ask's default.
pub(crate) fn answer(guide: &Guide, history: &History, ask: &str) -> Option<String> {
    let answered =
        history.answers.get(ask).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    answered.or_else(|| guide.ask(ask)?.default.clone()).filter(|text| text != "[]")
}

/// Asks that a field needs and that have no answer.
pub(crate) fn missing_answers(guide: &Guide, history: &History, named: Option<&[String]>) -> Vec<String> {
    let asked = fields(guide, history, named).flat_map(|field| field.value.references());
    asked
        .filter_map(|reference| match reference {
            Reference::Answer(ask)
                if answer(guide, history, ask).is_none_or(|text| text.trim().is_empty()) =>
            {
                Some(ask.clone())
            }
            _ => None,
        })
        .collect()
}

/// SHA-256 over what would be handed over; the secret is represented by its key id.
pub(crate) fn digest(guide: &Guide, history: &History, named: Option<&[String]>) -> String {
    let parts: Vec<_> = fields(guide, history, named)
        .map(|field| match secret_step(guide, field) {
            Some(step) => json!([field.id, key_of_step(guide, history, &step)]),
            None => json!([field.id, render(guide, history, &field.value)]),
        })
        .collect();
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, json!(parts).to_string().as_bytes()).as_ref())
}

/// What a bundle is filled with, beside the secret.
pub(crate) struct Filling<'a> {
    pub guide: &'a Guide,
    pub history: &'a History,
    /// The fields, where not all are handed over.
    pub named: Option<&'a [String]>,
    pub domain: String,
    pub now: OffsetDateTime,
}

/// Fills the payload of a bundle.
pub(crate) fn payload(filling: &Filling<'_>, sealed: &Sealed<'_>) -> Result<bundle::Payload, Trouble> {
    let Filling { guide, history, .. } = filling;
    let (register, added) = sources(guide, history, filling.named)?;
    let output = |step: &str, name: &str| {
        history
            .output(step, name)
            .map(str::to_owned)
            .ok_or_else(|| Trouble::new(Code::NotYet).with("step", step).in_field(name))
    };
    let mut settings = bundle::Settings::new();
    let mut fields = Vec::new();
    for value in values(guide, history, filling.named) {
        let label = guide
            .texts
            .english
            .fields
            .get(&value.id)
            .map_or_else(|| value.id.clone(), |words| words.label.clone());
        let value = match (value.value, value.id) {
            (Shown::Text(text), id) => {
                settings.set(&id, json!(text));
                bundle::Field { id, label, value: bundle::FieldValue::Plain(text) }
            }
            (Shown::Secret, id) => {
                let field = guide.fields.iter().find(|field| field.id == id);
                let step = field.and_then(|field| secret_step(guide, field)).unwrap_or_default();
                bundle::Field { id, label, value: bundle::FieldValue::Secret((sealed.text)(&step)?) }
            }
            (Shown::Missing, id) => return Err(Trouble::new(Code::NotYet).with("step", &id).in_field(id)),
        };
        fields.push(value);
    }
    Ok(bundle::Payload {
        jti: bundle::new_jti()?,
        issued_at: filling.now,
        nonce: None,
        product: guide.id.clone(),
        install_id: None,
        tool: bundle::Tool { name: "Footbridge".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        tenant: bundle::Tenant {
            id: output(&register, "directory-id")?,
            domain: filling.domain.clone(),
            cloud: history.place.clone(),
        },
        app: bundle::App {
            client_id: output(&register, "application-id")?,
            object_id: output(&register, "application-object-id")?,
            uri: None,
        },
        credential: match &added {
            Some(added) => credential(added, sealed, &output)?,
            None => bundle::Credential::None { cert_pem: None, thumbprint_s256: None },
        },
        settings,
        fields,
        permissions: permissions(guide, history),
        rehearsal: history.rehearsal,
    })
}

/// How the secrets of a step leave the vault; asked for at the last moment.
pub(crate) struct Sealed<'a> {
    /// As the product takes it, for a field.
    pub text: &'a dyn Fn(&str) -> Result<SecretString, Trouble>,
    /// As the bundle carries it.
    pub credential: &'a dyn Fn(&str) -> Result<Credential, Trouble>,
}

fn credential(
    step: &str,
    sealed: &Sealed<'_>,
    output: &dyn Fn(&str, &str) -> Result<String, Trouble>,
) -> Result<bundle::Credential, Trouble> {
    Ok(match (sealed.credential)(step)? {
        Credential::Secret(secret) => bundle::Credential::Secret {
            secret,
            expires: OffsetDateTime::parse(&output(step, "secret-expires")?, &Rfc3339)
                .map_err(|_| Trouble::defect("secret-expires"))?,
        },
        Credential::Certificate(pair) => bundle::Credential::Certificate {
            cert_pem: pair.certificate.pem(),
            key_pkcs8_pem: pair.key_pem(),
            thumbprint_s256: pair.certificate.thumbprints().x5t_s256(),
        },
    })
}

/// The steps that registered the application and added the credential: the one that a field names, else the first. A
/// product that brings its own certificate, or whose users sign in themselves, has no credential to hand over.
pub(crate) fn sources(
    guide: &Guide,
    history: &History,
    named: Option<&[String]>,
) -> Result<(String, Option<String>), Trouble> {
    let carried = fields(guide, history, named).find_map(|field| secret_step(guide, field));
    let mut steps = credential_steps(guide).filter(|(step, ..)| history.applies(guide, &step.when));
    let found = match (carried, named) {
        (Some(carried), _) => steps.find(|(step, ..)| step.id == carried),
        (None, None) => steps.next(),
        // A hand-over of named fields carries no credential that none of them names.
        (None, Some(_)) => None,
    };
    if let Some((step, _, register)) = found {
        return Ok((register.to_owned(), Some(step.id.clone())));
    }
    let registers = crate::wanting::applications(guide, history);
    let mut steps = guide.steps.iter().filter(|step| registers.contains(step.id.as_str()));
    let register = steps.next().ok_or_else(|| Trouble::defect("hand-over"))?;
    Ok((register.id.clone(), None))
}

/// The permissions of every application of the guide, each once.
fn permissions(guide: &Guide, history: &History) -> Vec<bundle::Permission> {
    let mut list: Vec<bundle::Permission> = Vec::new();
    for application in crate::wanting::applications(guide, history) {
        let wanted = crate::wanting::wanting_of_application(guide, history, application);
        let permission = |name: &String, kind| bundle::Permission { name: name.clone(), kind };
        let roles = wanted.roles.iter().map(|name| permission(name, bundle::PermissionKind::Application));
        let delegated =
            wanted.delegated.iter().map(|name| permission(name, bundle::PermissionKind::Delegated));
        for found in roles.chain(delegated) {
            if !list.iter().any(|known| known.name == found.name && known.kind == found.kind) {
                list.push(found);
            }
        }
    }
    list
}

/// Whether an ask is about users; its answer is a list.
pub(crate) fn is_list(kind: &AskKind) -> bool {
    matches!(kind, AskKind::Users { .. } | AskKind::Choices { .. } | AskKind::Permissions { .. })
}
