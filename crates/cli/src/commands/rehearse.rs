//! `footbridge rehearse`: a whole guide in a pretend tenant inside this process, twice: once to do it, once to show that a
//! second run changes nothing. Nothing of it reaches Microsoft.

use std::path::PathBuf;

use engine::cloud::Tally;
use engine::{Code, Stage, Trouble};
use rehearsal::{Rehearsal, UnknownAccount};
use simulator::ControlError;

use super::renew::tell_end;
use super::run::with_files;
use crate::arguments::{Rehearse, Room};
use crate::crash_point;
use crate::events::Done;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::giving::{Giving, To};
use crate::lending::Lending;
use crate::opening;
use crate::pretend_tenant::{self, own_id};
use crate::renewing::Renewing;
use crate::signing_in::locale;
use crate::voice::Voice;
use crate::walk::{Patience, Walk, Yes};
use crate::words::Word;

/// Who confirms what a person would.
const CONFIRMED_BY: &str = "Rehearsal";

pub async fn carry_out(room: &Room, rehearse: &Rehearse, voice: &Voice) -> Result<Exit, Failure> {
    crash_point::arm(true)?;
    let pretend = pretend_tenant::start(room, rehearse, voice).await?;
    let tenant = &pretend.rehearsal;
    let guide = tenant
        .desk
        .guide_named(&rehearse.guide)
        .ok_or_else(|| Trouble::new(Code::GuideUnknown).with("name", &rehearse.guide).in_field("guide"))?;
    let account = tenant.account(rehearse.account.as_deref())?;
    voice.line(voice.word(Word::Pretend));
    let connection = tenant.desk.connect(&guide.id, &format!("Rehearsal {}", own_id()))?;
    for (ask, value) in tenant.answers(guide, rehearse.seed) {
        tenant.desk.answer(&connection, &ask, value)?;
    }
    tenant.desk.expect_steps(&connection);
    sign_in(tenant, &connection, &account, voice).await?;
    let giving = giving(rehearse);
    giving.begin(&tenant.desk, &connection)?;
    let lending = Lending::Pretend(tenant);
    let walk = Walk {
        desk: &tenant.desk,
        clock: &*tenant.clock,
        voice,
        connection: &connection,
        guide,
        yes: Some(Yes { by: CONFIRMED_BY.to_owned(), note: CONFIRMED_BY.to_owned() }),
        until: None,
        patience: Patience::TURNED,
        giving: &giving,
        lending: &lending,
        adopt: Vec::new(),
        beside: Vec::new(),
    };
    let first = walk.go().await?;
    let after_first = tenant.desk.tally(&connection);
    let mut done = Done::of(&first.checklist, Tally::default(), after_first);
    done.product_writes = Some(tenant.product_writes());
    with_files(&mut done, first.given.as_ref());
    voice.done(done);
    let first_exit = exit::of_checklist(&first.checklist);
    if first_exit != Exit::Done {
        return Ok(first_exit);
    }
    if rehearse.renew {
        let exit = renew(tenant, &connection, rehearse, voice).await?;
        if exit != Exit::Done {
            return Ok(exit);
        }
    }
    let after_first = tenant.desk.tally(&connection);
    voice.line(voice.word(Word::SecondPass));
    let written = tenant.product_writes();
    tenant.desk.look_anew(&connection).await;
    let second = walk.go().await?;
    let mut done = Done::of(&second.checklist, after_first, tenant.desk.tally(&connection));
    done.pass = 2;
    done.product_writes = Some(tenant.product_writes().saturating_sub(written));
    with_files(&mut done, second.given.as_ref().or(first.given.as_ref()));
    voice.done(done);
    Ok(exit::of_checklist(&second.checklist))
}

/// Renews the guide's credential through all stages, without a question.
async fn renew(
    tenant: &Rehearsal,
    connection: &str,
    rehearse: &Rehearse,
    voice: &Voice,
) -> Result<Exit, Failure> {
    voice.line(voice.word(Word::RenewPass));
    let step = tenant.desk.renewal_step(connection, None)?;
    let giving = giving(rehearse);
    let renewing = Renewing {
        desk: &tenant.desk,
        clock: &*tenant.clock,
        voice,
        connection,
        step: &step,
        yes: true,
        until: Stage::Remove,
        keep_old: false,
        giving: &giving,
        patience: Patience::TURNED,
    };
    let renewed = renewing.go().await?;
    tell_end(&tenant.desk, connection, &step, renewed.given.as_ref(), voice)?;
    Ok(renewed.exit)
}

/// Signs in by a code that is approved in the same breath, as the account.
async fn sign_in(tenant: &Rehearsal, connection: &str, account: &str, voice: &Voice) -> Result<(), Failure> {
    let control = tenant.tenant.control();
    let code = tenant.desk.begin_device_code(connection, None, locale(voice.language())).await?;
    voice.device_code(&code, control.now());
    match control.approve(&code.user_code, account) {
        // The refusal reaches whoever polls, as it would in earnest.
        Ok(()) | Err(ControlError::Refused { .. }) => {}
        Err(_) => return Err(UnknownAccount(account.to_owned()).into()),
    }
    let who = tenant.desk.finish_device_code(connection, code, &|waiting| voice.waiting(waiting)).await?;
    voice.signed_in(&who);
    Ok(())
}

/// A new folder here, or the one that was named; the passphrase file lies beside the bundle.
fn giving(rehearse: &Rehearse) -> Giving {
    let mark = own_id();
    let today = opening::now().date();
    let folder = rehearse
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("rehearsal-{}-{today}-{mark}", rehearse.guide)));
    let passphrase = folder.join(format!("passphrase-{mark}.txt"));
    let to = rehearse.recipient.clone().map_or(To::PassphraseFile(passphrase), To::Key);
    Giving { folder, to, push: rehearse.push.clone() }
}
