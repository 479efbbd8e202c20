//! Points in time as Graph writes and reads them, and `xs:duration` in days.
//!
//! Nothing here asks what time it is.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

/// Whole seconds in UTC, as in `2026-01-31T08:00:00Z`.
pub(crate) fn write(at: OffsetDateTime) -> String {
    let text = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    at.to_offset(UtcOffset::UTC).format(&text).unwrap_or_default()
}

/// With seven decimals, as answers to a POST carry it.
pub(crate) fn write_exact(at: OffsetDateTime) -> String {
    let text = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");
    at.to_offset(UtcOffset::UTC).format(&text).unwrap_or_default()
}

/// Without a zone, as in `innerError.date`.
pub(crate) fn write_bare(at: OffsetDateTime) -> String {
    let text = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    at.to_offset(UtcOffset::UTC).format(&text).unwrap_or_default()
}

/// RFC 3339.
pub(crate) fn read(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// A duration such as `P90D` or `P1DT12H` (XML Schema `dayTimeDuration`).
pub(crate) fn read_duration(text: &str) -> Option<Duration> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').unwrap_or((rest, ""));
    let mut total = Duration::ZERO;
    for (part, units) in [
        (days, [('D', 86_400), ('W', 604_800), ('Y', 31_536_000)]),
        (clock, [('H', 3_600), ('M', 60), ('S', 1)]),
    ] {
        let mut number = String::new();
        for letter in part.chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
                continue;
            }
            let seconds = units.iter().find(|(unit, _)| *unit == letter)?.1;
            total += Duration::seconds(number.parse::<i64>().ok()?.checked_mul(seconds)?);
            number.clear();
        }
        if !number.is_empty() {
            return None;
        }
    }
    (!rest.is_empty() && rest != "T").then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_out_as_graph_writes_them() {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1500);
        assert_eq!(write(at), "1970-01-01T00:00:01Z");
        assert_eq!(write_exact(at), "1970-01-01T00:00:01.5000000Z");
        assert_eq!(write_bare(at), "1970-01-01T00:00:01");
    }

    #[test]
    fn durations_are_read_or_refused() {
        assert_eq!(read_duration("P90D"), Some(Duration::days(90)));
        assert_eq!(read_duration("P1DT12H"), Some(Duration::hours(36)));
        assert_eq!(read_duration("PT30M"), Some(Duration::minutes(30)));
        for wrong in ["", "P", "90D", "P90", "P9X", "PT"] {
            assert_eq!(read_duration(wrong), None, "{wrong}");
        }
    }
}
