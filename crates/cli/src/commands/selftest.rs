//! `footbridge bundle selftest`: sends bundles that a product's test end point has to refuse, and one that it has to take.
//! It opens no desk and no vault; everything that it sends is a sample and says that it comes from a rehearsal.

use engine::bundle::Offer;
use engine::{Happened, SelfTest, SelfTestTarget, Tried, Verdict, Wanted};

use crate::arguments::selftest::SelfTestOptions;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::private_file;
use crate::voice::Voice;
use crate::words::Word;

pub async fn carry_out(options: &SelfTestOptions, voice: &Voice) -> Result<Exit, Failure> {
    let offer = Offer::parse(&private_file::read_open(&options.offer)?)?;
    let target = SelfTestTarget { offer, address: options.url.clone(), loopback: options.this_machine };
    let report = engine::self_test(&target, engine::Means::default(), &mut |one| tell(one, voice)).await?;
    sum_up(&report, voice);
    Ok(if report.is_good() { Exit::Done } else { Exit::Failed })
}

fn tell(one: &Tried, voice: &Voice) {
    let (happened, status, why) = match &one.happened {
        Happened::Taken => ("taken", None, None),
        Happened::Asked => ("asked", None, None),
        Happened::Refused(status) => ("refused", Some(*status), None),
        Happened::Strange(status) => ("strange", Some(*status), None),
        Happened::Unproven => ("taken-without-receipt", None, None),
        Happened::NoAnswer(why) => ("no-answer", None, Some(why.clone())),
    };
    let event = Event::Tried {
        name: one.name,
        what: one.what,
        wanted: match one.wanted {
            Wanted::Refused(_) => "refused",
            Wanted::Taken => "taken",
            Wanted::Either => "either",
        },
        step: match one.wanted {
            Wanted::Refused(step) => Some(step),
            _ => None,
        },
        happened,
        status,
        why: why.clone(),
        verdict: match one.verdict {
            Verdict::Right => "right",
            Verdict::Wrong => "wrong",
            Verdict::Unclear => "unclear",
        },
    };
    voice.tell(&event, || {
        let word = voice.word(word(&one.happened));
        let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
        let line = format!("{} {:<36} {word}{status}", mark(one.verdict), one.name);
        match (one.verdict, why) {
            (Verdict::Right, _) => line,
            (_, Some(why)) => format!("{line}\n    {}\n    {why}", one.what),
            (_, None) => format!("{line}\n    {}", one.what),
        }
    });
}

fn sum_up(report: &SelfTest, voice: &Voice) {
    let [right, wrong, unclear] =
        [Verdict::Right, Verdict::Wrong, Verdict::Unclear].map(|verdict| report.count(verdict));
    voice.tell(&Event::SelfTest { good: report.is_good(), right, wrong, unclear }, || {
        let words = [Word::TriedRight, Word::TriedWrong, Word::TriedUnclear].map(|word| voice.word(word));
        format!("\n{right} {}, {wrong} {}, {unclear} {}.", words[0], words[1], words[2])
    });
}

fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Right => '✔',
        Verdict::Wrong => '✘',
        Verdict::Unclear => '?',
    }
}

fn word(happened: &Happened) -> Word {
    match happened {
        Happened::Taken => Word::TriedTaken,
        Happened::Asked => Word::TriedAsked,
        Happened::Refused(_) => Word::TriedRefused,
        Happened::Strange(_) => Word::TriedStrange,
        Happened::Unproven => Word::TriedUnproven,
        Happened::NoAnswer(_) => Word::TriedNoAnswer,
    }
}
