//! `cargo xtask run`: the window where there is a display, the rehearsal in the terminal where there is none.
//! It must never touch a real tenant: without a display only the rehearsal is started.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::ask::Order;
use crate::ground::has_display;
use crate::needs::Purpose;
use crate::page;
use crate::setup;
use crate::shell::{self, Shell};
use crate::trouble::Trouble;

/// Prepares, builds and shows the product.
pub fn run(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    setup::prepare(shell, order, Purpose::Run)?;
    page::build(shell)?;
    if has_display() {
        window(shell)?
    } else {
        terminal(shell)?
    }
    Ok(ExitCode::SUCCESS)
}

fn window(shell: &Shell) -> Result<(), Trouble> {
    let product = ["-p", "footbridge-desktop", "--features", "custom-protocol"];
    shell.run("", "cargo", &[&["build"], &product[..]].concat())?;
    println!("\nFootbridge opens. Choose the rehearsal to walk through it in a pretend tenant.");
    let start = [&["cargo", "run", "--quiet"], &product[..]].concat();
    // A bare X session has no bus, and without one the window finds neither keyring nor file dialogs.
    let needs_bus = cfg!(target_os = "linux") && std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none();
    if needs_bus && shell.find("dbus-run-session").is_some() {
        return shell.run("", "dbus-run-session", &[&["--"], &start[..]].concat());
    }
    shell.run("", start[0], &start[1..])
}

fn terminal(shell: &Shell) -> Result<(), Trouble> {
    println!("\nThere is no display here, so the TARGETconnect rehearsal runs in the terminal.");
    // Built aloud: a first build takes minutes, and silence for minutes looks like a standstill.
    shell.run("", "cargo", &["build", "-p", "cli"])?;
    let folder = free_folder(shell);
    let out = folder.to_string_lossy().into_owned();
    let result = shell::finish(shell.command(
        "",
        "cargo",
        &[
            "run",
            "--quiet",
            "-p",
            "cli",
            "--bin",
            "footbridge",
            "--",
            "rehearse",
            "targetconnect",
            "--out",
            &out,
        ],
    ));
    if result.is_ok() {
        println!("\nIn {out}:");
        for name in names(&folder) {
            println!("  {name}");
        }
    }
    println!("\nTo see the window, call this on a desktop, or over ssh -X, or under a pretend display:");
    println!("  xvfb-run -a cargo xtask run");
    result
}

/// A folder that no earlier rehearsal has written to.
fn free_folder(shell: &Shell) -> PathBuf {
    let home = shell.root.join("target").join("rehearsal");
    let numbered = |number: u32| home.join(format!("targetconnect-{number}"));
    (1..).map(numbered).find(|folder| !folder.exists()).unwrap_or(home)
}

fn names(folder: &PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
