//! `cargo xtask bench`: Footbridge measured side by side with its peers in one run, and the table of it.
//! The measuring itself is a program of the tests (tests/bench); here its ground is laid and its table kept. A row that was
//! not measured, a peer that is missing and a target that is missed are told as such.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::ask::Order;
use crate::desktop::{self, Build};
use crate::ground::Ground;
use crate::needs::Purpose;
use crate::package;
use crate::page;
use crate::record::{self, Kept, PERFORMANCE, cell};
use crate::setup;
use crate::shell::{self, Shell};
use crate::strangers;
use crate::trouble::Trouble;

/// The part of the page that is written.
const PART: &str = "bench";

/// What a row needs beside the program that measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The programs as they are handed out.
    Programs,
    /// The Azure CLI and the CLI for Microsoft 365.
    Peers,
    /// The window that the window is compared with.
    EmptyWindow,
    /// The packages for Debian.
    Package,
}

/// Every row by its name, in the order of the page.
const ROWS: &[(&str, &[Need])] = &[
    ("set-up", &[Need::Programs, Need::Peers]),
    ("latency", &[Need::Programs]),
    ("second-run", &[Need::Programs]),
    ("match", &[Need::Programs]),
    ("window", &[Need::Programs, Need::EmptyWindow]),
    ("keys", &[]),
    ("installer", &[Need::Programs, Need::Package]),
];

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    key: String,
    work: String,
    ours: String,
    peer: String,
    ratio: String,
    target: String,
    outcome: String,
}

const MISSED: &str = "missed";

/// Prepares, builds, measures, prints the table and keeps it.
pub fn measure(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    if !cfg!(target_os = "linux") {
        return Err(Trouble::Missing(
            "speed is measured on Linux only: memory is read from /proc, and the pretend tenant takes a second loopback address"
                .into(),
        ));
    }
    let rows = chosen(&order.only)?;
    let is_needed = |need: Need| rows.iter().any(|(_, needs)| needs.contains(&need));
    setup::prepare(shell, order, Purpose::Test)?;
    if is_needed(Need::Package) {
        setup::prepare(shell, order, Purpose::Package)?;
    }
    if is_needed(Need::Programs) && !order.built {
        page::build(shell)?;
        desktop::build(shell, Build::Release, order.unattended)?;
    }
    if is_needed(Need::EmptyWindow) && !order.built {
        desktop::build_empty_window(shell, order.unattended)?;
    }
    if is_needed(Need::Peers) {
        for reason in strangers::lay_peers(shell)? {
            println!("left out: {reason}");
        }
    }
    let package = if is_needed(Need::Package) {
        let debs = package::debs(shell, &desktop::target(shell).join("bench-package"))?;
        // Each of them has the same target.
        debs.into_iter().max_by_key(|deb| std::fs::metadata(deb).map_or(0, |about| about.len()))
    } else {
        None
    };
    let lines = run(shell, order, &rows, package)?;
    let commit = record::commit(shell, PERFORMANCE);
    let heading = heading(shell, &commit);
    let reasons = record::by_hand(&shell.root, PERFORMANCE, PART)?;
    println!("\n{heading}\n\n{HEAD}");
    lines.iter().for_each(|line| println!("{}", line.told(&reasons, &commit)));
    let kept = Kept::read(&shell.root, PERFORMANCE, PART)?;
    let text = format!("{heading}\n\n{}", table(&lines, &reasons, &kept, &commit));
    record::write(&shell.root, PERFORMANCE, PART, &text)?;
    match lines.iter().filter(|line| line.outcome == MISSED && !line.is_explained(&reasons)).count() {
        0 => Ok(ExitCode::SUCCESS),
        count => Err(Trouble::Targets(count)),
    }
}

fn chosen(only: &[String]) -> Result<Vec<(&'static str, &'static [Need])>, Trouble> {
    if let Some(unknown) = only.iter().find(|name| ROWS.iter().all(|(row, _)| row != name)) {
        let names: Vec<&str> = ROWS.iter().map(|(row, _)| *row).collect();
        return Err(Trouble::Usage(format!("There is no row `{unknown}`. The rows: {}.", names.join(", "))));
    }
    let is_meant = |row: &&str| only.is_empty() || only.iter().any(|name| name == row);
    Ok(ROWS.iter().filter(|(row, _)| is_meant(row)).copied().collect())
}

/// Builds the program that measures, runs it, and reads what it wrote.
fn run(
    shell: &Shell,
    order: &Order,
    rows: &[(&str, &[Need])],
    package: Option<PathBuf>,
) -> Result<Vec<Line>, Trouble> {
    let locked = if order.unattended { &["--locked"][..] } else { &[] };
    let bench = [&["bench", "--package", "footbridge-tests", "--bench", "speed"][..], locked].concat();
    // Compiling is no part of what is measured, and nothing else may run beside it.
    shell.run("", "cargo", &[&bench[..], &["--no-run"]].concat())?;
    let out = desktop::target(shell).join("bench.tsv");
    // Lines of an earlier run must not stand for a run that never began.
    let _ = std::fs::remove_file(&out);
    let mut words = [&["cargo"], &bench[..], &["--"]].concat();
    words.extend(rows.iter().map(|(row, _)| *row));
    let mut command = desktop::command(shell, "", &words);
    desktop::name_programs(shell, Build::Release, &mut command);
    command
        .env("FOOTBRIDGE_BENCH_OUT", &out)
        .env("FOOTBRIDGE_EMPTY_WINDOW", desktop::empty_window(shell))
        .env("FOOTBRIDGE_AZURE", shell.tools().join(strangers::AZURE))
        .env("FOOTBRIDGE_M365", shell.tools().join(strangers::M365));
    if let Some(package) = package {
        command.env("FOOTBRIDGE_PACKAGE", package);
    }
    shell::finish(command)?;
    let text = std::fs::read_to_string(&out).map_err(|cause| Trouble::File { path: out.clone(), cause })?;
    text.lines()
        .enumerate()
        .map(|(index, line)| Line::read(line).ok_or(Trouble::Line { path: out.clone(), line: index + 1 }))
        .collect()
}

impl Line {
    fn read(line: &str) -> Option<Self> {
        let [key, work, ours, peer, ratio, target, outcome] =
            line.split('\t').collect::<Vec<_>>().try_into().ok()?;
        let [key, work, ours, peer, ratio, target, outcome] =
            [key, work, ours, peer, ratio, target, outcome].map(str::to_owned);
        Some(Self { key, work, ours, peer, ratio, target, outcome })
    }

    /// Whether a person wrote on the page why this target is missed.
    fn is_explained(&self, by_hand: &str) -> bool {
        by_hand.lines().any(|line| line.starts_with(&format!("- `{}`:", self.key)))
    }

    fn told(&self, by_hand: &str, commit: &str) -> String {
        let outcome = match self.outcome.as_str() {
            MISSED if self.is_explained(by_hand) => "**missed**, the reason stands below",
            MISSED => "**missed**",
            other => other,
        };
        let cells = [&self.key, &self.work, &self.ours, &self.peer, &self.ratio, &self.target];
        let cells: Vec<String> = cells.into_iter().map(|text| cell(text)).collect();
        format!("| {} | {} | {commit} |", cells.join(" | "), cell(outcome))
    }
}

fn heading(shell: &Shell, commit: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| processor(&text));
    let processor = processor.map(|name| format!(" ({name})")).unwrap_or_default();
    let system = Ground::look(shell).system;
    format!("Last run: {cores} cores{processor}, {system}, at commit {commit}.")
}

fn processor(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

const HEAD: &str = "| row | work | Footbridge | against | ratio | target | result | measured at |\n\
    |---|---|---|---|---|---|---|---|";

/// Every row that there is: as it was measured now, as it was measured before, or not at all.
fn table(lines: &[Line], by_hand: &str, kept: &Kept, commit: &str) -> String {
    let mut text = HEAD.to_owned();
    for (row, _) in ROWS {
        let is_of = |line: &&Line| {
            line.key.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut told: Vec<String> =
            lines.iter().filter(is_of).map(|line| line.told(by_hand, commit)).collect();
        if told.is_empty() {
            told = kept.group(row).map(str::to_owned).collect();
        }
        if told.is_empty() {
            told.push(format!("| {row} |  |  |  |  |  | **not measured yet** |  |"));
        }
        text.push('\n');
        text.push_str(&told.join("\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, outcome: &str) -> Line {
        let text = [key, "work", "1 s", "a|b: 2 s", "2.0", "at least 2", outcome].join("\t");
        Line::read(&text).unwrap_or_else(|| line("none", ""))
    }

    #[test]
    fn a_line_has_seven_cells() {
        assert_eq!(line("keys/2048", "met").key, "keys/2048");
        assert_eq!(Line::read("a\tb"), None);
        assert_eq!(Line::read("1\t2\t3\t4\t5\t6\t7\t8"), None);
    }

    #[test]
    fn a_missed_target_says_whether_a_person_gave_a_reason() {
        let reasons = "# Page\n- `set-up/bytes`: TLS alone takes that much.\n";
        let (good, bad) = (line("set-up/bytes", MISSED), line("set-up", MISSED));
        assert!(good.is_explained(reasons) && !bad.is_explained(reasons));
        assert!(good.told(reasons, "abc").ends_with("| **missed**, the reason stands below | abc |"));
        assert!(bad.told(reasons, "abc").contains("a\\|b: 2 s"), "{}", bad.told(reasons, "abc"));
    }

    #[test]
    fn the_table_keeps_the_rows_that_were_not_measured_and_tells_those_that_never_were() {
        let lines = [line("keys/2048", "met")];
        let fresh = table(&lines, "", &Kept::default(), "abc");
        assert!(fresh.contains("| keys/2048 | work |") && fresh.contains("| match |  |"), "{fresh}");
        assert!(chosen(&["match".into()]).is_ok_and(|rows| rows.len() == 1));
        assert!(chosen(&["matches".into()]).is_err());
    }

    #[test]
    fn the_processor_is_named_as_the_system_names_it() {
        assert_eq!(
            processor("processor : 0\nmodel name\t: Some CPU @ 2 GHz\n").as_deref(),
            Some("Some CPU @ 2 GHz")
        );
        assert_eq!(processor("processor : 0\n"), None);
    }
}
