//! Measures Footbridge side by side with its peers: `cargo xtask bench` lays the ground, starts this and keeps the table.
//! Each row is a file here. What is measured are the programs as they are handed out; a peer that is not on this machine is told
//! as left out.
//!
//! `speed ROW...` measures these rows. FOOTBRIDGE, FOOTBRIDGE_DESKTOP, FOOTBRIDGE_EMPTY_WINDOW, FOOTBRIDGE_PACKAGE, FOOTBRIDGE_AZURE
//! and FOOTBRIDGE_M365 say where things are, FOOTBRIDGE_BENCH_OUT where the lines go, and FOOTBRIDGE_BENCH_TIMES how often each
//! thing is done, for whoever wants a quick look.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod azure;
mod bytes;
mod footbridge;
mod installer;
mod keys;
mod latency;
mod m365;
mod matching;
mod memory;
mod pages;
mod process;
mod row;
mod scene;
mod screen;
mod second_run;
mod set_up;
mod window;

use row::Line;

type Row = (&'static str, fn() -> Vec<Line>);

const ROWS: &[Row] = &[
    ("set-up", set_up::measure),
    ("latency", latency::measure),
    ("second-run", second_run::measure),
    ("match", matching::measure),
    ("window", window::measure),
    ("keys", keys::measure),
    ("installer", installer::measure),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().map(String::as_str) == Some(pages::CALL) {
        return pages::read(&words[1..]);
    }
    if let Some(unknown) = words.iter().find(|word| ROWS.iter().all(|(row, _)| row != word)) {
        panic!("there is no row `{unknown}`");
    }
    let mut told = String::new();
    for (row, measure) in
        ROWS.iter().filter(|(row, _)| words.is_empty() || words.iter().any(|word| word == row))
    {
        println!("\n== {row}");
        for line in measure() {
            println!("{line}");
            told.push_str(&line.cells());
            told.push('\n');
        }
    }
    if let Some(path) = std::env::var_os("FOOTBRIDGE_BENCH_OUT") {
        std::fs::write(path, told).unwrap();
    }
}
