//! Draws the ledger and a renewal. Decides nothing: the desk says whose turn it is.

use engine::{Desk, Ending, LedgerEntry, Renewal, Stage, StageState, guide::Action};
use time::OffsetDateTime;

use super::{
    moment, plan, trouble,
    workshop::{ending, whole},
};
use crate::{
    told::speech,
    view::{self, Language},
};

/// One credential, at the time of its own tenant.
pub fn line(
    desk: &Desk,
    entry: &LedgerEntry,
    now: OffsetDateTime,
    language: Language,
) -> view::CredentialLine {
    let guide = desk.guide_of(&entry.connection).ok();
    let label = |field: &String| {
        let key = format!("fields.{field}.label");
        let text = guide.and_then(|guide| guide.texts.of(speech(language)).get(&key));
        text.unwrap_or(field).to_owned()
    };
    view::CredentialLine {
        connection: entry.connection.clone(),
        connection_name: entry.connection_name.clone(),
        rehearsal: entry.rehearsal,
        tenant: entry.tenant.clone(),
        application: entry.application.clone(),
        kind: kind(entry.kind),
        key: entry.key.clone(),
        name: entry.name.clone(),
        start: entry.start.map(moment),
        end: entry.end.map(moment),
        days_left: entry.days_left.map(whole),
        standing: ending(entry.end, now),
        ours: entry.ours,
        matters: entry.matters(),
        used_in: entry.used_in.iter().map(label).collect(),
        proven: entry.proof.as_ref().map(|proof| moment(proof.at)),
        renewing: entry.renewing,
        step: entry.step.clone().filter(|_| entry.ours && entry.current),
    }
}

fn kind(kind: engine::CredentialKind) -> view::CredentialKind {
    match kind {
        engine::CredentialKind::Secret => view::CredentialKind::Secret,
        engine::CredentialKind::Certificate => view::CredentialKind::Certificate,
    }
}

/// A renewal as it stands.
pub fn pane(
    desk: &Desk,
    renewal: &Renewal,
    language: Language,
) -> Result<view::RenewalPane, engine::Trouble> {
    let list = desk.checklist(&renewal.connection)?;
    let guide = desk.guide_of(&renewal.connection)?;
    let mut hands_over = guide.steps.iter().filter(|step| matches!(step.action, Action::HandOver { .. }));
    Ok(view::RenewalPane {
        connection: renewal.connection.clone(),
        name: list.name.clone(),
        tenant: list.who.as_ref().map(|who| who.domain.clone()),
        rehearsal: list.rehearsal,
        step: renewal.step.clone(),
        kind: kind(renewal.kind),
        old: renewal.old.clone(),
        new: renewal.new.clone(),
        stages: renewal.stages.iter().map(|one| stage_line(one, language)).collect(),
        next: renewal.next.map(stage),
        trouble: renewal.trouble.as_ref().map(|wrong| trouble(wrong, language)),
        begun: renewal.begun,
        undoable: renewal.can_be_undone,
        ended: renewal.ended.map(|(how, _)| match how {
            Ending::Removed => view::RenewalEnd::Removed,
            Ending::Kept => view::RenewalEnd::Kept,
            Ending::Undone => view::RenewalEnd::Undone,
        }),
        ended_at: renewal.ended.map(|(_, at)| moment(at)),
        needs_sign_in: list.who.is_none(),
        hand_over_step: hands_over.next().map(|step| step.id.clone()),
        said: Vec::new(),
    })
}

fn stage_line(one: &engine::StageView, language: Language) -> view::StageLine {
    view::StageLine {
        stage: stage(one.stage),
        state: match one.state {
            StageState::Open => view::StageState::Open,
            StageState::Planned => view::StageState::Planned,
            StageState::Waiting => view::StageState::Waiting,
            StageState::Failed => view::StageState::Failed,
            StageState::Done => view::StageState::Done,
            StageState::NotNeeded => view::StageState::NotNeeded,
        },
        at: one.at.map(moment),
        plan: one.plan.as_ref().map(|one| plan(one, language)),
    }
}

fn stage(stage: Stage) -> view::RenewalStage {
    match stage {
        Stage::Add => view::RenewalStage::Add,
        Stage::HandOver => view::RenewalStage::HandOver,
        Stage::Prove => view::RenewalStage::Prove,
        Stage::Remove => view::RenewalStage::Remove,
    }
}
