//! One step for another admin: a signed file with exactly that step, what it needs to know and who asks, and a text to mail
//! for whoever does it by hand. The other admin's Footbridge opens it as a connection that can run this step and no other; it
//! looks at the tenant itself and believes nothing but ids. The result comes back by `check` alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bundle::{read_statement, sign_statement};
use guide::{AskKind, Guide, Language, Reference, Template};
use journal::Event;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::handing;
use crate::history::History;
use crate::phrase::Phrase;
use crate::plan::Proof;
use crate::trouble::{Code, Trouble};

/// The purpose that stands in the file's signature.
const KIND: &str = "footbridge-step+jws";
/// The form of the file.
const FORMAT: &str = "footbridge-step/1";
/// The note under which the journal keeps what was taken over.
pub(crate) const TAKEN_OVER: &str = "step-taken-over";

/// A step as it is passed on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Letter {
    format: String,
    guide: String,
    guide_version: String,
    connection: String,
    place: String,
    rehearsal: bool,
    tenant_id: String,
    tenant_name: String,
    step: String,
    asked_by: String,
    answers: BTreeMap<String, Value>,
    /// What earlier steps found: ids only.
    earlier: BTreeMap<String, Proof>,
}

/// What a connection is that was made out of such a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct TakenOver {
    /// The only step that can be run.
    pub step: String,
    /// The tenant to which it belongs.
    pub tenant_id: String,
    /// What earlier steps found, as the other admin tells it.
    pub earlier: BTreeMap<String, Proof>,
}

/// A step that is ready to be sent.
#[derive(Debug, Clone)]
pub struct PassedOn {
    /// The file's text.
    pub file: String,
    /// The fingerprint of this installation's key, to be told to the other admin.
    pub fingerprint: String,
}

/// A step that was taken over.
#[derive(Debug, Clone)]
pub struct Received {
    /// The new connection.
    pub connection: String,
    /// The step.
    pub step: String,
    /// Who asks.
    pub asked_by: String,
    /// The tenant for which it is.
    pub tenant: String,
    /// The fingerprint of the sender's key; nobody vouches for it until it is compared.
    pub fingerprint: String,
}

impl Desk {
    /// Puts a step into a file for another admin.
    ///
    /// # Errors
    /// Unknown step, nobody has signed in yet, or earlier steps are open.
    pub fn pass_on(&self, connection: &str, step: &str) -> Result<PassedOn, Trouble> {
        let (guide, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        if let Some(open) = self.open_steps(guide, &history, found).first() {
            return Err(Trouble::new(Code::NotYet).with("step", open).in_field(step));
        }
        let tenant = history.signed_in.clone().ok_or_else(|| Trouble::new(Code::SignInNeeded))?;
        let is_told = |ask: &String| {
            guide.ask(ask).is_some_and(|ask| !matches!(ask.kind, AskKind::Csv {} | AskKind::File {}))
        };
        let letter = Letter {
            format: FORMAT.to_owned(),
            guide: guide.id.clone(),
            guide_version: guide.version.clone(),
            connection: history.name.clone(),
            place: history.place.clone(),
            rehearsal: history.rehearsal,
            tenant_id: tenant.tenant_id,
            tenant_name: tenant.tenant_name,
            step: step.to_owned(),
            asked_by: tenant.account,
            answers: history
                .answers
                .iter()
                .filter(|(ask, _)| is_told(ask))
                .map(|(ask, value)| (ask.clone(), value.clone()))
                .collect(),
            earlier: earlier(guide, &history, step),
        };
        let text = serde_json::to_string(&letter).map_err(|_| Trouble::defect("pass-on"))?;
        let key = self.signing_key()?;
        Ok(PassedOn {
            file: sign_statement(KIND, &text, &key)? + "\n",
            fingerprint: key.signer()?.fingerprint(),
        })
    }

    /// The same step as a text to mail, with the clicks for whoever does it by hand.
    ///
    /// # Errors
    /// Unknown connection or step.
    pub fn pass_on_text(&self, connection: &str, step: &str, language: Language) -> Result<String, Trouble> {
        let (guide, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let view = self.checklist(connection)?.step(step).cloned();
        let words = guide.texts.of(language);
        let say = |key: &str| Phrase::new(key).in_language(language);
        let mut text = String::new();
        let mut line = |line: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line}");
        };
        if history.rehearsal {
            line(say("paper.rehearsal"));
        }
        if let Some(words) = words.steps.get(step) {
            line(format!("{}: {}", guide.product, words.title));
            line(words.why.clone());
        }
        if let Some(tenant) = &history.signed_in {
            line(format!("{} {} ({})", say("pass-on.tenant"), tenant.tenant_name, tenant.tenant_id));
        }
        let plan = view.as_ref().and_then(|view| view.plan.as_ref());
        let roles = plan
            .map(|plan| plan.roles.clone())
            .unwrap_or_else(|| crate::verbs::roles(&found.action).to_vec());
        if !roles.is_empty() {
            let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            line(format!("{} {}", say("pass-on.roles"), names.join(", ")));
        }
        for change in plan.iter().flat_map(|plan| &plan.changes) {
            line(format!("- {}: {}", change.name, change.note.in_language(language)));
        }
        for row in &found.rows {
            let Some(by_hand) = words.rows.get(&row.id).and_then(|row| row.by_hand.as_ref()) else {
                continue;
            };
            line(format!("{}:", row.id));
            for clicks in filled(guide, &history, by_hand).lines() {
                line(format!("  {}", plain(clicks)));
            }
        }
        if let Some(portal) = view.and_then(|view| view.portal) {
            line(portal.to_string());
        }
        Ok(text)
    }

    /// Opens a step that another admin passed on, as a connection of its own that can run this step only.
    ///
    /// # Errors
    /// A file that was changed or is of another kind, a guide that is not here in this version, another cloud, or a name
    /// that is taken.
    pub fn take_over(&self, file: &str, name: Option<&str>, language: Language) -> Result<Received, Trouble> {
        let invalid = |why: String| Trouble::new(Code::FileInvalid).with("why", why);
        let (text, signer) = read_statement(KIND, file).map_err(|fault| invalid(fault.to_string()))?;
        let letter: Letter = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        if letter.format != FORMAT {
            return Err(invalid(format!("its format is not {FORMAT}")));
        }
        let guide = self
            .guide_named(&letter.guide)
            .ok_or_else(|| Trouble::new(Code::GuideUnknown).with("name", &letter.guide))?;
        if guide.version != letter.guide_version {
            return Err(invalid(format!("it was made with version {} of the guide", letter.guide_version)));
        }
        if letter.rehearsal != self.room.rehearsal || letter.place != self.place().name {
            return Err(invalid(format!("it is for the cloud {}", letter.place)).in_field("place"));
        }
        guide.step(&letter.step).ok_or_else(|| Trouble::new(Code::StepUnknown).with("name", &letter.step))?;
        let title =
            guide.texts.of(language).steps.get(&letter.step).map_or(&letter.step, |words| &words.title);
        let own_name = format!("{} · {title}", letter.connection);
        let connection = self.connect(&letter.guide, name.unwrap_or(&own_name))?;
        for (ask, value) in letter.answers {
            self.answer(&connection, &ask, value)?;
        }
        let taken =
            TakenOver { step: letter.step.clone(), tenant_id: letter.tenant_id, earlier: letter.earlier };
        let mut details = json!(taken);
        details["asked-by"] = json!(letter.asked_by);
        details["tenant"] = json!(format!("{} ({})", letter.tenant_name, taken.tenant_id));
        details["signer"] = json!(signer.fingerprint());
        self.note(&connection, &Event::Noted { what: TAKEN_OVER.to_owned(), details })?;
        Ok(Received {
            connection,
            step: letter.step,
            asked_by: letter.asked_by,
            tenant: letter.tenant_name,
            fingerprint: signer.fingerprint(),
        })
    }
}

/// What the steps before this one found; the named results are ids and names, never a secret.
fn earlier(guide: &Guide, history: &History, step: &str) -> BTreeMap<String, Proof> {
    let before = guide.steps.iter().take_while(|other| other.id != step);
    before
        .filter_map(|other| {
            let proof = history.proof(&other.id)?;
            let told =
                Proof { outputs: proof.outputs.clone(), evidence: Vec::new(), found: proof.found.clone() };
            Some((other.id.clone(), told))
        })
        .collect()
}

fn filled(guide: &Guide, history: &History, text: &str) -> String {
    let Ok(template) = text.parse::<Template>() else { return text.to_owned() };
    template.show(&|reference: &Reference| match reference {
        Reference::Answer(ask) => handing::answer(guide, history, ask),
        Reference::Output { step, name } => history.output(step, name).map(str::to_owned),
    })
}

/// A line without marks; a link keeps its address.
fn plain(text: &str) -> String {
    use guide::markup::{Piece, lines};
    let piece = |piece: &Piece| match piece {
        Piece::Plain(text) | Piece::Strong(text) | Piece::Code(text) => text.clone(),
        Piece::Link { words, address } => format!("{words} ({address})"),
    };
    lines(text).map_or_else(|_| text.to_owned(), |lines| lines.iter().flatten().map(piece).collect())
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_line_to_mail_has_no_marks() {
        let line = "Open **Users**, see [the page](https://learn.microsoft.com/x) and `User.Read`.";
        assert_eq!(plain(line), "Open Users, see the page (https://learn.microsoft.com/x) and User.Read.");
        assert_eq!(plain("**broken"), "**broken");
    }
}
