//! Ends the process at a named place, so that tests can try every interruption. Only in a rehearsal or against a cloud
//! file on loopback: `FOOTBRIDGE_CRASH_AT=NAME` or `NAME:COUNT` ends it the COUNT-th time that the place is passed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::failure::{Failure, Usage};

const VARIABLE: &str = "FOOTBRIDGE_CRASH_AT";

struct Point {
    place: String,
    left: AtomicU32,
}

static POINT: OnceLock<Point> = OnceLock::new();

/// Arms the place that the environment names, if it names one.
///
/// # Errors
/// [`Usage`] where there is no such place, or where the tenant may be a real one.
pub fn arm(may: bool) -> Result<(), Failure> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(()) };
    if !may {
        return Err(Usage::CrashPoint.into());
    }
    let text = text.to_string_lossy();
    let (place, count) = read(&text).ok_or(Usage::CrashPointUnknown)?;
    // A second arming in one process would mean the same place.
    let _ = POINT.set(Point { place: place.to_owned(), left: AtomicU32::new(count) });
    engine::crash::set_hook(passed);
    Ok(())
}

fn read(text: &str) -> Option<(&str, u32)> {
    let (place, count) = match text.rsplit_once(':') {
        Some((place, count)) => (place, count.parse().ok().filter(|count| *count > 0)?),
        None => (text, 1),
    };
    engine::crash::PLACES.contains(&place).then_some((place, count))
}

fn passed(place: &str) {
    if let Some(point) = POINT.get().filter(|point| point.place == place)
        && point.left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        end();
    }
}

/// Ends the process without any cleaning up, as a power cut would.
fn end() -> ! {
    #[cfg(unix)]
    {
        let own = std::process::id().to_string();
        // Whether it starts or not: the process must not go on, so the abort below is the answer to both.
        let _ = std::process::Command::new("/bin/kill").args(["-9", &own]).status();
    }
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_count_are_read() {
        assert_eq!(read("secret.answered"), Some(("secret.answered", 1)));
        assert_eq!(read("write.applied:3"), Some(("write.applied", 3)));
        for wrong in ["nowhere", "secret.answered:", "secret.answered:0", "secret.answered:x", ":1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
