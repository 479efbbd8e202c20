//! The table at the end of the tests: each part, its seconds, and how it ended.
//! It must never hide a part: what did not run is listed as left out, with the reason.

use std::fmt::Write;
use std::time::Duration;

/// How a part ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Passed,
    LeftOut(String),
    Failed(String),
}

/// One line of the table.
#[derive(Debug)]
pub struct Line {
    pub part: &'static str,
    pub took: Duration,
    pub ending: Ending,
}

/// The table as text, and one line that counts.
pub fn draw(lines: &[Line]) -> String {
    let mut text = String::from("\npart             seconds  result\n");
    for line in lines {
        let result = match &line.ending {
            Ending::Passed => "passed".to_owned(),
            Ending::LeftOut(why) => format!("left out: {why}"),
            Ending::Failed(why) => format!("FAILED: {why}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<16} {:>7.1}  {result}", line.part, line.took.as_secs_f64());
    }
    let passed = lines.iter().filter(|line| line.ending == Ending::Passed).count();
    let failed = failures(lines);
    let left = lines.len() - passed - failed;
    let _ = write!(text, "{} parts: {passed} passed, {left} left out, {failed} failed", lines.len());
    text
}

/// How many parts failed.
pub fn failures(lines: &[Line]) -> usize {
    lines.iter().filter(|line| matches!(line.ending, Ending::Failed(_))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(part: &'static str, ending: Ending) -> Line {
        Line { part, took: Duration::from_millis(1500), ending }
    }

    #[test]
    fn each_part_has_its_line_and_its_reason() {
        let lines = [
            line("format", Ending::Passed),
            line("advisories", Ending::LeftOut("no database".into())),
            line("clippy", Ending::Failed("code 101".into())),
        ];
        let text = draw(&lines);
        assert!(text.contains("format               1.5  passed"), "{text}");
        assert!(text.contains("left out: no database"), "{text}");
        assert!(text.contains("FAILED: code 101"), "{text}");
        assert!(text.ends_with("3 parts: 1 passed, 1 left out, 1 failed"), "{text}");
        assert_eq!(failures(&lines), 1);
    }
}
