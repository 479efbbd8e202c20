//! The parts of a screen that only some kinds of step have: people, Teams, matching, hand-over.
//! Fields that are secret are named here and never read.

use engine::{
    Script, Shown, State, StepView,
    guide::{Action, AskKind, Step},
    journal::Event,
};
use serde_json::Value;
use time::Duration;

use super::{Sight, moment, small};
use crate::{
    told::{self, either},
    view,
};

impl Sight<'_> {
    pub(super) fn piece(&self, step: &StepView, guide: &Step) -> view::Piece {
        match &guide.action {
            Action::ChooseUsers { ask, .. } => view::Piece::People(self.people(step, ask)),
            action if Script::of(action).is_some() => self.teams(step),
            Action::AxigenConnector { .. } | Action::AxigenPermission { .. } => self.commands(),
            Action::MatchFields { .. } => view::Piece::Match(self.matched(guide)),
            Action::HandOver { .. } => view::Piece::HandOver(self.hand_over(&step.id)),
            Action::ConfirmDone { minutes } => view::Piece::Done(self.done(step, *minutes)),
            Action::NoteAnswers {} => view::Piece::Answers {},
            Action::HandOut {} => view::Piece::HandOut {},
            _ => view::Piece::Plain {},
        }
    }

    /// The chosen people, with what the directory said about them where it was asked.
    fn people(&self, step: &StepView, ask: &str) -> view::People {
        let known = step.found["users"].as_array().cloned().unwrap_or_default();
        let chosen = self.answer(ask).and_then(|value| value.as_array().cloned()).unwrap_or_default();
        let person = |name: &Value| {
            let name = name.as_str().unwrap_or_default().to_owned();
            let same = |user: &&Value| user["id"] == name.as_str() || user["user"] == name.as_str();
            let text = |user: &Value, key: &str| user[key].as_str().map(str::to_owned);
            match known.iter().find(same) {
                Some(user) => view::Person {
                    id: name.clone(),
                    name: text(user, "name").unwrap_or_else(|| name.clone()),
                    user_principal_name: text(user, "user").unwrap_or(name),
                    enabled: true,
                    guest: false,
                    teams: None,
                },
                None => view::Person {
                    id: name.clone(),
                    user_principal_name: name.clone(),
                    name,
                    enabled: true,
                    guest: false,
                    teams: None,
                },
            }
        };
        let most = self.guide.ask(ask).and_then(|ask| match ask.kind {
            AskKind::Users { most } => most,
            _ => None,
        });
        view::People { chosen: chosen.iter().map(person).collect(), most }
    }

    fn done(&self, step: &StepView, minutes: Option<u32>) -> view::Done {
        let since = self.waits.get(&step.id).filter(|_| !step.state.is_done());
        let until = since.zip(minutes).map(|(since, minutes)| *since + Duration::minutes(minutes.into()));
        view::Done { minutes, since: since.copied().map(moment), until: until.map(moment) }
    }

    fn teams(&self, step: &StepView) -> view::Piece {
        let Ok(packet) = self.desk.teams_packet(&self.list.connection, &step.id) else {
            return view::Piece::Plain {};
        };
        let parameters = serde_json::to_string_pretty(&packet.parameters).unwrap_or_default();
        let result =
            step.evidence.first().filter(|_| step.state == State::Proven).map(|phrase| self.phrase(phrase));
        view::Piece::Teams(view::Teams {
            script: format!("# parameters.json\n{parameters}\n\n{}", packet.script),
            for_exchange: packet.kind == Script::Exchange,
            file_name: packet.kind.file_name().to_owned(),
            module_name: packet.kind.module().to_owned(),
            powershell: self.teams.as_ref().map(|(program, _)| program.clone()),
            module: self.teams.as_ref().map(|(_, version)| version.clone()),
            overwritten: Vec::new(),
            result,
        })
    }

    /// What the product's admin can paste at its command line instead.
    fn commands(&self) -> view::Piece {
        match self.desk.axigen_script(&self.list.connection) {
            Ok(text) if !text.is_empty() => view::Piece::Commands(view::Commands { text }),
            _ => view::Piece::Plain {},
        }
    }

    fn matched(&self, guide: &Step) -> view::Match {
        let Action::MatchFields { pairs, .. } = &guide.action else {
            return view::Match { pairs: Vec::new() };
        };
        let lines = self.desk.matches(&self.list.connection).unwrap_or_default();
        let readable =
            self.list.step(&guide.id).is_some_and(|step| step.state == State::Proven).then_some(true);
        let text = |ask: &str| {
            let given = self.answer(ask).and_then(|value| value.as_str().map(str::to_owned));
            given.or_else(|| self.guide.ask(ask)?.default.clone())
        };
        let shown = pairs.iter().enumerate().map(|(place, pair)| {
            let line = lines.get(place);
            let fit = line.map(|line| view::FieldFit {
                field: line.field.clone(),
                filled: small(line.users.saturating_sub(line.empty)),
                empty: small(line.empty),
                doubled: small(line.doubled.len()),
                readable,
            });
            let missed = |why: &str, values: &[String]| -> Vec<view::MissedLine> {
                let lines = values.iter().enumerate();
                lines
                    .map(|(line, text)| view::MissedLine {
                        line: small(line + 1),
                        text: text.clone(),
                        why: why.to_owned(),
                    })
                    .collect()
            };
            view::MatchPair {
                ask: pair.remote.clone(),
                label: self.say(&format!("asks.{}.label", pair.remote)),
                local: text(&pair.local),
                remote: text(&pair.remote),
                people: line.map(|line| small(line.users)).unwrap_or_default(),
                fields: fit.into_iter().collect(),
                import: line.filter(|line| line.listed > 0).map(|line| view::ImportFit {
                    rows: small(line.listed),
                    matched: small(line.listed.saturating_sub(line.unmatched.len())),
                    missed: missed(
                        either(self.language, "nobody has this value", "niemand hat diesen Wert"),
                        &line.unmatched,
                    ),
                }),
            }
        });
        view::Match { pairs: shown.collect() }
    }

    fn hand_over(&self, step: &str) -> view::HandOver {
        let values = self.desk.values_of(&self.list.connection, step).unwrap_or_default();
        let fields = values.into_iter().map(|field| view::HandOverField {
            label: self.say(&format!("fields.{}.label", field.id)),
            place: Some(self.say(&format!("fields.{}.place", field.id))).filter(|place| !place.is_empty()),
            filled: field.value != Shown::Missing,
            secret: self.guide.fields.iter().any(|other| other.id == field.id && other.secret),
            text: match field.value {
                Shown::Text(text) => Some(text),
                Shown::Secret | Shown::Missing => None,
            },
            row: field.row,
            id: field.id,
        });
        let proofs = self.guide.steps.iter().zip(&self.list.steps).filter(|(guide, _)| {
            matches!(
                guide.action,
                Action::ConfirmGrants { .. } | Action::ProveMeeting { .. } | Action::MatchFields { .. }
            )
        });
        let proof = |step: &StepView| view::Proof {
            what: step.evidence.first().map_or_else(|| self.title(&step.id), |phrase| self.phrase(phrase)),
            at: step.since.filter(|_| step.state == State::Proven).map(moment),
        };
        view::HandOver {
            fields: fields.collect(),
            proofs: proofs.map(|(_, step)| proof(step)).collect(),
            receipts: self.receipts(step),
            passphrase_ready: self.desk.passphrase(&self.list.connection).is_ok(),
            push_begun: self.desk.push_begun(&self.list.connection, step).unwrap_or_default(),
        }
    }

    /// An offer without what only its answer may know.
    pub(super) fn offer(&self, offer: &engine::TakenOffer) -> view::Offer {
        let accepted = offer.accepts.iter().map(|kind| match kind {
            engine::bundle::Accepts::PublicCert => view::Accepted::OwnCertificate,
            engine::bundle::Accepts::Certificate => view::Accepted::Certificate,
            engine::bundle::Accepts::Secret => view::Accepted::Secret,
        });
        view::Offer {
            installation: offer.install_id.clone(),
            fingerprint: offer.fingerprint.clone(),
            accepts: accepted.collect(),
            endpoint: offer.endpoint.clone(),
            ends: moment(offer.expires_at),
            ended: offer.ended,
            used: offer.used,
            certificate: offer.certificate.is_some(),
        }
    }

    fn receipts(&self, step: &str) -> Vec<view::Receipt> {
        let handed = self.entries.iter().rev().filter_map(|entry| match &entry.event {
            Event::HandedOver { step: other, how, receipt } if other == step => Some(view::Receipt {
                at: moment(entry.at),
                how: told::way(how, self.language).to_owned(),
                path: told::place_of(receipt),
                sha256: receipt["sha256"].as_str().map(str::to_owned),
            }),
            _ => None,
        });
        handed.collect()
    }
}
