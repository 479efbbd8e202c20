//! Waits until a step is seen as wanted several times running: right after a change Microsoft's replicas may disagree.
//! Each look asks twice. One look suffices where the first one was right; where one was wrong, five are wanted.

use crate::plan::{Found, Proof};
use crate::site::{Pause, Site};
use crate::tick::Tick;
use crate::trouble::Trouble;
use crate::verbs;

/// How it ended.
pub(crate) enum Steady {
    /// Seen as wanted.
    Right(Proof),
    /// Something else that a person has to see: pending, taken, or more to do than was planned.
    Other(Found),
    /// Not seen within the patience.
    NotSeen,
}

const CALM: u32 = 1;
const AFTER_TROUBLE: u32 = 5;

/// Looks until the step is right.
pub(crate) async fn steady(site: &Site<'_>) -> Result<Steady, Trouble> {
    site.look_twice(true).await;
    let outcome = until_right(site).await;
    site.look_twice(false).await;
    outcome
}

async fn until_right(site: &Site<'_>) -> Result<Steady, Trouble> {
    let mut wanted = CALM;
    let mut running = 0;
    let mut pause = Pause::default();
    // What was read in the change's own request, behind the change, is the first look.
    site.forget_looks().await;
    loop {
        match verbs::check(site).await {
            Ok(Found::AsWanted(proof)) if !site.wavered().await => {
                running += 1;
                site.ticks.tick(Tick::Seen { times: running, of: wanted });
                if running >= wanted {
                    return Ok(Steady::Right(proof));
                }
                if wanted == AFTER_TROUBLE {
                    site.sleep(std::time::Duration::from_secs(1)).await;
                }
                site.forget_sights().await;
                continue;
            }
            Ok(Found::Planned(_) | Found::AsWanted(_) | Found::NeedsSteps(_)) => {}
            Ok(other) => return Ok(Steady::Other(other)),
            Err(trouble) if is_passing(&trouble) => {}
            Err(trouble) => return Err(trouble),
        }
        running = 0;
        wanted = AFTER_TROUBLE;
        site.forget_sights().await;
        match pause.next() {
            Some(duration) => site.sleep(duration).await,
            None => return Ok(Steady::NotSeen),
        }
    }
}

fn is_passing(trouble: &Trouble) -> bool {
    use crate::trouble::Code;
    matches!(
        trouble.code,
        Code::NotFound
            | Code::RefusedByMicrosoft
            | Code::MicrosoftBusy
            | Code::SecretNotAccepted
            | Code::CertificateNotAccepted
            | Code::RolesMissing
    )
}
