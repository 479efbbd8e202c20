//! What nextest's report says of each test. It must never take a test for run that is not in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::trouble::Trouble;

/// The words with which a test says that it could not judge here, and why.
const LEFT_OUT: &str = "LEFT OUT: ";

/// One test that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Nextest's id of the binary.
    pub binary: String,
    /// The test's path in it.
    pub test: String,
    pub took: Duration,
    pub passed: bool,
    /// Why it judged nothing, in its own words.
    pub left_out: Option<String>,
}

/// Where nextest puts the report of a profile: below the workspace, wherever it is built.
pub fn report(workspace: &Path, profile: &str) -> PathBuf {
    workspace.join("target").join("nextest").join(profile).join("junit.xml")
}

/// The tests of a report.
pub fn read(path: &Path) -> Result<Vec<Case>, Trouble> {
    let text =
        std::fs::read_to_string(path).map_err(|cause| Trouble::File { path: path.to_owned(), cause })?;
    Ok(cases(&text))
}

fn cases(report: &str) -> Vec<Case> {
    let starts: Vec<usize> = report.match_indices("<testcase ").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([report.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| case(&report[*start..end])).collect()
}

fn case(part: &str) -> Option<Case> {
    let (head, body) = part.split_once('>')?;
    let seconds: f64 = attribute(head, "time")?.parse().ok()?;
    let left_out = body.split_once(LEFT_OUT).map(|(_, why)| {
        let line = why.lines().next().unwrap_or_default();
        plain(line.split("</").next().unwrap_or_default())
    });
    Some(Case {
        binary: attribute(head, "classname")?,
        test: attribute(head, "name")?,
        took: Duration::from_secs_f64(seconds.max(0.0)),
        // What a test prints is escaped in the report, so neither word can come from there.
        passed: !body.contains("<failure") && !body.contains("<error"),
        left_out,
    })
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

fn plain(escaped: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(escaped.to_owned(), |text, (mark, sign)| text.replace(mark, sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<testsuites><testsuite name="cloud" tests="3">
        <testcase name="graph::a" classname="cloud" timestamp="2026" time="0.250">
            <system-out>running 1 test &lt;failure</system-out><system-err></system-err>
        </testcase>
        <testcase name="b" classname="cloud::tls" timestamp="2026" time="1.5">
            <failure type="test failure">x</failure>
        </testcase>
        <testcase name="c" classname="delivery::sftp" timestamp="2026" time="0.001">
            <system-err>LEFT OUT: `sshd` isn&apos;t here</system-err>
        </testcase></testsuite></testsuites>"#;

    #[test]
    fn each_test_has_its_end_and_its_time() {
        let found = cases(REPORT);
        let told: Vec<(&str, &str, bool)> =
            found.iter().map(|case| (case.binary.as_str(), case.test.as_str(), case.passed)).collect();
        assert_eq!(
            told,
            [("cloud", "graph::a", true), ("cloud::tls", "b", false), ("delivery::sftp", "c", true)]
        );
        assert_eq!(found[0].took, Duration::from_millis(250));
        assert_eq!(found[2].left_out.as_deref(), Some("`sshd` isn't here"));
        assert_eq!(found[0].left_out, None);
    }

    #[test]
    fn an_empty_report_has_no_test() {
        assert!(cases("<testsuites></testsuites>").is_empty());
    }
}
