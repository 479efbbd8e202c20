//! `footbridge deliver`: takes the sealed values of a connection to the product, over HTTPS or SFTP, without walking the
//! guide again and without a sign-in.

use std::path::Path;

use engine::guide::Action;
use engine::{Desk, Recipient, SftpAccount, SftpAddress, SftpSignIn, SftpTo};

use crate::arguments::Room;
use crate::arguments::delivery::{DeliverCommand, OverHttps, OverSftp, TakeOffer};
use crate::crash_point;
use crate::events::Event;
use crate::exit::Exit;
use crate::failure::{Failure, Usage};
use crate::giving::Receiver;
use crate::opening;
use crate::private_file;
use crate::pushing::{self, Outcome};
use crate::voice::Voice;
use crate::words::Word;

pub async fn carry_out(room: &Room, command: &DeliverCommand, voice: &Voice) -> Result<Exit, Failure> {
    match command {
        DeliverCommand::Offer(take) => offer(room, take, voice).await,
        DeliverCommand::Https(over) => https(room, over, voice).await,
        DeliverCommand::Sftp(over) => sftp(room, over, voice).await,
    }
}

async fn offer(room: &Room, take: &TakeOffer, voice: &Voice) -> Result<Exit, Failure> {
    let desk = opening::desk_of_none(room, voice)?;
    let connection = opening::connection(&desk, &take.connection)?;
    let text = match take.from.starts_with("https://") {
        true => desk.fetch_offer(&take.from, take.this_computer).await?,
        false => private_file::read_open(Path::new(&take.from))?,
    };
    let seen = desk.see_offer(&connection, &text)?;
    let event = Event::OfferSeen {
        install_id: seen.install_id.clone(),
        fingerprint: seen.fingerprint.clone(),
        endpoint: seen.endpoint.clone(),
    };
    voice.tell(&event, || {
        let endpoint = seen.endpoint.as_deref().unwrap_or("-");
        format!(
            "{} {}\n      {}\n      {endpoint}",
            voice.word(Word::OfferOf),
            seen.install_id,
            seen.fingerprint
        )
    });
    let is_same = match &take.fingerprint {
        Some(told) if bare(told) == bare(&seen.fingerprint) => true,
        Some(_) => return Err(Usage::OtherFingerprint.into()),
        None => voice.asks(voice.word(Word::SameFingerprint)),
    };
    if !is_same {
        return Ok(Exit::Pending);
    }
    desk.take_offer(&connection, &text)?;
    Ok(Exit::Done)
}

/// A fingerprint without its grouping.
fn bare(fingerprint: &str) -> String {
    fingerprint.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}

async fn https(room: &Room, over: &OverHttps, voice: &Voice) -> Result<Exit, Failure> {
    crash_point::arm(over.this_computer)?;
    let desk = opening::desk_of_none(room, voice)?;
    let connection = opening::connection(&desk, &over.connection)?;
    if let Some(path) = &over.offer {
        desk.take_offer(&connection, &private_file::read_open(path)?)?;
    }
    let step = step_of(&desk, &connection, over.step.as_deref())?;
    let asks = !over.yes;
    match pushing::push(&desk, &connection, &step, over.this_computer, asks, voice).await? {
        Outcome::Taken => Ok(Exit::Done),
        Outcome::Waits | Outcome::Declined => Ok(Exit::Pending),
    }
}

async fn sftp(room: &Room, over: &OverSftp, voice: &Voice) -> Result<Exit, Failure> {
    let SftpAddress { user, line, folder } = SftpAddress::parse(&over.to).ok_or(Usage::SftpAddress)?;
    crash_point::arm(line.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()))?;
    let desk = opening::desk_of_none(room, voice)?;
    let connection = opening::connection(&desk, &over.connection)?;
    let recipient = match Receiver::read(&over.recipient)? {
        Receiver::Key(key) => Recipient::Key(key),
        Receiver::Offer(text) => {
            desk.take_offer(&connection, &text)?;
            Recipient::Offer
        }
    };
    if let Some(fingerprint) = &over.host_key {
        desk.pin_host_key(&connection, &line, fingerprint, None)?;
    }
    let step = step_of(&desk, &connection, over.step.as_deref())?;
    let account = SftpAccount { user, sign_in: sign_in(over)? };
    let to = SftpTo { line, account, folder, recipient, replace: over.replace };
    let receipt = desk.deliver_by_sftp(&connection, &step, &to).await?;
    let place = format!("sftp://{}:{}{}", receipt.host, receipt.port, receipt.path);
    let event = Event::Delivered { step, how: "sftp", place: place.clone(), sha256: receipt.sha256.clone() };
    voice.tell(&event, || format!("{} {place}\n      SHA-256 {}", voice.word(Word::Placed), receipt.sha256));
    Ok(Exit::Done)
}

fn sign_in(over: &OverSftp) -> Result<SftpSignIn, Failure> {
    let secret = |path: &Path| private_file::read_secret(path);
    Ok(match (&over.identity, &over.password_file) {
        (Some(path), _) => SftpSignIn::Key {
            private: secret(path)?,
            passphrase: over.identity_passphrase_file.as_deref().map(secret).transpose()?,
        },
        (None, Some(path)) => SftpSignIn::Password(secret(path)?),
        (None, None) => SftpSignIn::Agent { at: None, only: None },
    })
}

/// The step that was named, else the guide's first hand-over.
fn step_of(desk: &Desk, connection: &str, named: Option<&str>) -> Result<String, Failure> {
    if let Some(step) = named {
        return Ok(step.to_owned());
    }
    let guide = desk.guide_of(connection)?;
    let mut steps = guide.steps.iter().filter(|step| matches!(step.action, Action::HandOver { .. }));
    steps.next().map(|step| step.id.clone()).ok_or_else(|| Usage::NoHandOver.into())
}
