//! `footbridge many`: one guide at many tenants with one sign-in. Shows the plan of each before anything is written, asks
//! once, and tells how each ended. Ctrl+C asks to stop; what is being written is finished.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::guide::{Action, Guide, Step};
use engine::{Aim, Code, Desk, ManyRun, ManyState, ManyTick, ManyView, Stop, Trouble};
use rehearsal::{ManyOpening, ManyRehearsal};
use time::format_description::well_known::Rfc3339;

use super::renewals;
use crate::arguments::Room;
use crate::arguments::many::{ManyCommand, ManyExpiry, ManyRunning, Tenants};
use crate::events::Event;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::opening;
use crate::pretend_tenant::own_id;
use crate::private_file;
use crate::signing_in::locale;
use crate::voice::Voice;
use crate::walk::plain;
use crate::words::{self, Word};

/// People in each pretend tenant: enough to choose operators from.
const PEOPLE: usize = 20;

pub async fn carry_out(room: &Room, command: &ManyCommand, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        ManyCommand::Plan(plan) => {
            let at = At::open(room, &plan.tenants, voice).await?;
            at.sign_in(&plan.tenants, voice).await?;
            let views = at.plan(&plan.tenants, voice, &stop_at_interrupt(voice)).await?;
            told_plan(&views, voice);
            Ok(ended(&views, false, voice))
        }
        ManyCommand::Run(run) => running(room, run, voice).await,
        ManyCommand::Overview(_) => {
            let desk = opening::desk_of_none(room, voice)?;
            let views = desk.many_overview(&desk.many_aims()?)?;
            Ok(ended(&views, false, voice))
        }
        ManyCommand::Expiry(expiry) => expiries(room, expiry, voice),
    }
}

async fn running(room: &Room, run: &ManyRunning, voice: &Voice) -> Result<Exit, Failure> {
    let at = At::open(room, &run.tenants, voice).await?;
    let account = at.sign_in(&run.tenants, voice).await?;
    let stop = stop_at_interrupt(voice);
    let mut has_read = run.yes;
    if !run.yes {
        let views = at.plan(&run.tenants, voice, &stop).await?;
        told_plan(&views, voice);
        let exit = ended(&views, stop.is_asked(), voice);
        if stop.is_asked() || !voice.asks(voice.word(Word::SetUpAll)) {
            return Ok(exit);
        }
        has_read = at.shows_notices(voice) && voice.asks(voice.word(Word::DidReadNotice));
    }
    let (looks, pause) = match (run.wait, at.pretend.is_some()) {
        (true, false) => (40, Duration::from_secs(60)),
        // A turned clock costs nothing.
        (_, true) => (4, Duration::from_secs(31 * 60)),
        (false, false) => (0, Duration::ZERO),
    };
    let how = ManyRun {
        at_once: usize::from(run.tenants.at_once),
        notices: has_read.then(|| (account, voice.word(Word::ByYes).to_owned())),
        scripts: run.scripts,
        looks,
        pause,
    };
    let ticks = at.ticks(voice);
    let views = at.desk.many_run(&at.aims, &how, &ticks, &stop).await?;
    Ok(ended(&views, stop.is_asked(), voice))
}

fn expiries(room: &Room, expiry: &ManyExpiry, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk_of_none(room, voice)?;
    let aims = desk.many_aims()?;
    let is_one = |connection: &str| aims.iter().any(|aim| aim.connection == connection);
    let ledger: Vec<_> = desk
        .ledger()?
        .into_iter()
        .filter(|entry| is_one(&entry.connection) || entry.customer.is_some())
        .collect();
    for entry in ledger.iter().filter(|entry| renewals::is_within(entry, expiry.within)) {
        renewals::tell(entry, voice);
    }
    Ok(renewals::exit(ledger.iter().filter(|entry| entry.matters()).map(|entry| entry.standing)))
}

/// A desk with its connections, and the pretend tenants in a rehearsal.
struct At {
    desk: Desk,
    guide: &'static Guide,
    aims: Vec<Aim>,
    names: BTreeMap<String, String>,
    pretend: Option<ManyRehearsal>,
}

impl At {
    async fn open(room: &Room, tenants: &Tenants, voice: &Voice) -> Result<Self, Failure> {
        let (desk, pretend) = match tenants.rehearsal {
            Some(number) => {
                let pretend = pretended(room, usize::from(number), voice).await?;
                (pretend.desk.clone(), Some(pretend))
            }
            None => (opening::desk(room, opening::place(room, &tenants.sign_in)?, voice)?, None),
        };
        let unknown = || Trouble::new(Code::GuideUnknown).with("name", &tenants.guide).in_field("guide");
        let guide = desk.guide_named(&tenants.guide).ok_or_else(unknown)?;
        let aims = aims(&desk, guide, tenants, pretend.as_ref())?;
        let names = desk.many_overview(&aims)?.into_iter().map(|view| (view.connection, view.name)).collect();
        Ok(Self { desk, guide, aims, names, pretend })
    }

    async fn sign_in(&self, tenants: &Tenants, voice: &Voice) -> Result<String, Failure> {
        if let Some(pretend) = &self.pretend {
            voice.line(voice.word(Word::Pretend));
            return Ok(pretend.sign_in().await?);
        }
        voice.line(voice.word(Word::AtHome));
        let home = tenants.sign_in.tenant.as_deref();
        if tenants.sign_in.browser {
            let door = self.desk.begin_home_browser(home).await?;
            voice.browser(door.authorize_url.as_str());
            return Ok(self.desk.finish_home_browser(door).await?);
        }
        let code = self.desk.begin_home_code(home, locale(voice.language())).await?;
        voice.device_code(&code, opening::now());
        Ok(self.desk.finish_home_code(code, &|waiting| voice.waiting(waiting)).await?)
    }

    /// Shows the guide's notices; whether there is one.
    fn shows_notices(&self, voice: &Voice) -> bool {
        let words = self.guide.texts.of(voice.language());
        let is_notice = |step: &&Step| matches!(step.action, Action::ConfirmNotice {});
        let mut shown = false;
        for step in self.guide.steps.iter().filter(is_notice) {
            for words in step.rows.iter().filter_map(|row| words.rows.get(&row.id)) {
                voice.line(&format!("      {}", plain(&words.says)));
            }
            shown = true;
        }
        shown
    }

    async fn plan(&self, tenants: &Tenants, voice: &Voice, stop: &Stop) -> Result<Vec<ManyView>, Failure> {
        let at_once = usize::from(tenants.at_once);
        Ok(self.desk.many_plan(&self.aims, at_once, &self.ticks(voice), stop).await?)
    }

    fn ticks<'a>(&'a self, voice: &'a Voice) -> impl Fn(&str, ManyTick) + Send + Sync + 'a {
        move |connection, tick| {
            let name = self.names.get(connection).cloned().unwrap_or_default();
            let (state, step, done, total) = match tick {
                ManyTick::SigningIn => ("signing-in", None, None, None),
                ManyTick::Step { step, state, done, total } => {
                    (state.name(), Some(step), Some(done), Some(total))
                }
                ManyTick::Ended { state } => (state.name(), None, None, None),
                ManyTick::Inside { .. } => return,
            };
            let is_end = step.is_none() && state != "signing-in";
            let event = Event::ManyTick { connection: name.clone(), state, step, done, total };
            if voice.is_json() || is_end {
                voice.tell(&event, || format!("  {name:<40} {state}"));
            }
        }
    }
}

/// The tenants of the list, of the rehearsal, or those that were listed before.
fn aims(
    desk: &Desk,
    guide: &Guide,
    tenants: &Tenants,
    pretend: Option<&ManyRehearsal>,
) -> Result<Vec<Aim>, Failure> {
    if let Some(pretend) = pretend {
        return Ok(desk.many_prepare(&guide.id, &pretend.tenants(guide))?);
    }
    if let Some(path) = &tenants.tenants {
        let list = engine::read_tenants(guide, &private_file::read_open(path)?, &tenants.customer_column)?;
        return Ok(desk.many_prepare(&guide.id, &list)?);
    }
    let mut known = Vec::new();
    for aim in desk.many_aims()? {
        if desk.guide_of(&aim.connection)?.id == guide.id {
            known.push(aim);
        }
    }
    Ok(known)
}

async fn pretended(room: &Room, customers: usize, voice: &Voice) -> Result<ManyRehearsal, Failure> {
    let folder = std::env::temp_dir().join(format!("footbridge-rehearsal-{}", own_id()));
    let tenant = simulator::Settings {
        users: PEOPLE,
        service_principals: 2,
        throttle: Some(simulator::Throttle { every: 9, retry_after: 3 }),
        ..simulator::Settings::default()
    };
    let estate = simulator::EstateSettings { tenant, customers, ..simulator::EstateSettings::default() };
    let opening = ManyOpening {
        folder,
        vault: engine::vault::VaultMode::Memory,
        estate,
        guides: opening::guides(room)?,
        policy: room.policy.clone(),
    };
    let pretend = rehearsal::start_many(opening).await?;
    opening::warned(&pretend.desk, voice);
    Ok(pretend)
}

/// The first Ctrl+C asks to stop; a second one ends the program as usual.
fn stop_at_interrupt(voice: &Voice) -> Stop {
    let (stop, voice) = (Stop::default(), *voice);
    let asked = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            voice.warning(voice.word(Word::StopAsked).to_owned());
            asked.ask();
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(Exit::Pending as i32);
            }
        }
    });
    stop
}

fn told_plan(views: &[ManyView], voice: &Voice) {
    let changes: usize = views.iter().flat_map(|view| view.changes.values()).sum();
    let later: usize = views.iter().map(|view| view.later).sum();
    voice.line(&format!(
        "\n{} {}, {} {}, {} {}",
        views.len(),
        voice.word(Word::Tenants),
        changes,
        voice.word(Word::Changes),
        later,
        voice.word(Word::Later)
    ));
}

/// Tells how each stands, and how all of them end the command.
fn ended(views: &[ManyView], stopped: bool, voice: &Voice) -> Exit {
    let mut states: BTreeMap<&'static str, usize> = BTreeMap::new();
    for view in views {
        *states.entry(view.state.name()).or_default() += 1;
        told(view, voice);
    }
    let sum = |count: fn(&ManyView) -> u64| views.iter().map(count).sum();
    let (requests, writes) = (sum(|view| view.tally.requests), sum(|view| view.tally.writes));
    let event = Event::ManyDone { tenants: views.len(), states: states.clone(), requests, writes, stopped };
    voice.tell(&event, || {
        let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        format!(
            "\n{} {}: {}. {requests} {}, {writes} {}",
            views.len(),
            voice.word(Word::Tenants),
            states.join(", "),
            voice.word(Word::Requests),
            voice.word(Word::Writes)
        )
    });
    views.iter().map(exit_of).max().unwrap_or(Exit::Done)
}

fn told(view: &ManyView, voice: &Voice) {
    let event = Event::Tenant {
        connection: view.name.clone(),
        customer: view.customer.clone(),
        tenant: view.tenant.clone(),
        state: view.state.name(),
        done: view.done,
        steps: view.steps.iter().map(|(step, state)| (step.clone(), state.name())).collect(),
        changes: view.changes.clone(),
        later: view.later,
        waits_for: view.waits_for.clone(),
        requests: view.tally.requests,
        writes: view.tally.writes,
        next_expiry: view.next_expiry.and_then(|end| end.format(&Rfc3339).ok()),
    };
    voice.tell(&event, || line(view, voice));
    for (step, trouble) in &view.troubles {
        voice.trouble(step.as_deref(), trouble);
    }
}

fn line(view: &ManyView, voice: &Voice) -> String {
    let whose = view.customer.as_ref().unwrap_or(&view.name);
    let state = words::many_state(view.state, voice.language());
    let mut line =
        format!("{whose:<32} {:<32} {:>2}/{:<2} {state}", view.tenant, view.done, view.steps.len());
    let changes: usize = view.changes.values().sum();
    if changes > 0 {
        line.push_str(&format!(", {changes} {}", voice.word(Word::Changes)));
    }
    let waits: Vec<&str> = view.waits_for.iter().map(|waits| waits.step.as_str()).collect();
    if !waits.is_empty() {
        line.push_str(&format!(": {}", waits.join(", ")));
    }
    if let Some(end) = view.next_expiry {
        line.push_str(&format!(", {} {}", voice.word(Word::NextExpiry), end.date()));
    }
    line
}

/// As for a single connection; a sign-in of its own is another's part.
fn exit_of(view: &ManyView) -> Exit {
    match view.state {
        ManyState::Done => Exit::Done,
        ManyState::NeedsOwnSignIn => Exit::AnotherAdmin,
        ManyState::Failed => {
            view.troubles.iter().map(|(_, trouble)| exit::of_code(trouble.code)).max().unwrap_or(Exit::Failed)
        }
        ManyState::Ready | ManyState::Waiting | ManyState::NeedsAPerson | ManyState::Stopped => Exit::Pending,
    }
}
