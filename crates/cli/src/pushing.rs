//! The push of a sealed bundle to the product's end point, shown before it is sent, and waited for where a person at the
//! product has to approve it.

use std::time::Duration;

use engine::{Desk, PushPreview, Pushed, Trouble};

use crate::events::Event;
use crate::failure::Failure;
use crate::voice::Voice;
use crate::words::Word;

/// How long is waited in all for a person at the product.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// How a push ended for the command line.
pub enum Outcome {
    /// The receipt was verified.
    Taken,
    /// Nobody at the product has approved it yet.
    Waits,
    /// The person here said no.
    Declined,
}

/// Shows what goes where, asks where that is wanted, pushes, and waits for the product.
///
/// # Errors
/// Whatever keeps the bundle from arriving.
pub async fn push(
    desk: &Desk,
    connection: &str,
    step: &str,
    this_computer: bool,
    asks: bool,
    voice: &Voice,
) -> Result<Outcome, Failure> {
    let preview = desk.push_preview(connection, step, this_computer).await?;
    voice.tell(&shown(step, &preview), || lines(&preview, voice));
    if asks && !voice.asks(voice.word(Word::SendNow)) {
        return Ok(Outcome::Declined);
    }
    let mut waited = Duration::ZERO;
    loop {
        match desk.push(connection, step, this_computer).await? {
            Pushed::Taken(receipt) => {
                let event = Event::Delivered {
                    step: step.to_owned(),
                    how: "https",
                    place: receipt.endpoint.clone(),
                    sha256: receipt.sha256.clone(),
                };
                voice.tell(&event, || format!("{} {}", voice.word(Word::Taken), receipt.endpoint));
                return Ok(Outcome::Taken);
            }
            Pushed::Waiting { .. } if waited >= LONGEST_WAIT => return Ok(Outcome::Waits),
            Pushed::Waiting { again_in } => {
                if waited.is_zero() {
                    voice.line(voice.word(Word::WaitsAtProduct));
                }
                let pause = again_in.clamp(Duration::from_secs(1), Duration::from_secs(30));
                tokio::time::sleep(pause).await;
                waited += pause;
            }
        }
    }
}

/// What a waiting or declined push means for whoever wanted it.
pub fn not_taken(step: &str) -> Failure {
    Trouble::new(engine::Code::NotYet).with("step", step).into()
}

fn shown(step: &str, preview: &PushPreview) -> Event {
    Event::Delivery {
        step: step.to_owned(),
        place: preview.endpoint.clone(),
        addresses: preview.places.iter().map(|place| place.address.to_string()).collect(),
        pinned: preview.pinned.clone(),
        bytes: preview.bytes,
        sha256: preview.sha256.clone(),
    }
}

fn lines(preview: &PushPreview, voice: &Voice) -> String {
    let places = preview.places.iter().map(|place| format!("{} ({})", place.address, place.class.words()));
    let trust = preview.pinned.as_deref().map_or_else(
        || voice.word(Word::TrustedBySystem).to_owned(),
        |pin| format!("{} {pin}", voice.word(Word::TrustedByPin)),
    );
    format!(
        "{} {}\n      {}\n      {trust}\n      {} B, SHA-256 {}",
        voice.word(Word::GoesTo),
        preview.endpoint,
        places.collect::<Vec<_>>().join(", "),
        preview.bytes,
        preview.sha256
    )
}
