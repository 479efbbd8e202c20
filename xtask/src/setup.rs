//! Prepares the machine: system packages, Node, and for tests and packages cargo's own tools.
//! It must never build the product; it ends where building can start.

use crate::ask::Order;
use crate::ground::Ground;
use crate::install;
use crate::needs::{self, Purpose};
use crate::node;
use crate::shell::{self, Shell};
use crate::trouble::Trouble;

/// Cargo's tools with what they are for, and the versions that are installed when they are missing.
const TOOLS: &[(&str, &str, Purpose)] = &[
    ("cargo-nextest", "0.9.143", Purpose::Test),
    ("cargo-deny", "0.20.2", Purpose::Test),
    ("cargo-deb", "3.8.0", Purpose::Package),
    ("cargo-generate-rpm", "0.21.1", Purpose::Package),
];

/// Looks for what is missing and installs it after asking.
pub fn prepare(shell: &mut Shell, order: &Order, purpose: Purpose) -> Result<(), Trouble> {
    let ground = Ground::look(shell);
    let missing = needs::missing(shell, purpose);
    install::supply(shell, &ground, &missing, order.yes)?;
    let node = node::ready(shell, &ground, order.yes)?;
    println!("{}: system packages in place, Node {node}", ground.system);
    for (tool, version, for_what) in TOOLS {
        if purpose.takes_in(*for_what) {
            lay_tool(shell, tool, version)?;
        }
    }
    Ok(())
}

fn lay_tool(shell: &Shell, tool: &str, version: &str) -> Result<(), Trouble> {
    let verb = tool.trim_start_matches("cargo-");
    if shell.answer("cargo", &[verb, "--version"]).is_some() {
        return Ok(());
    }
    println!("\n{tool} is missing; it is compiled now, which takes a few minutes.");
    let mut command = shell.command("", "cargo", &["install", "--locked", tool, "--version", version]);
    // A tool that runs for seconds need not be optimised for minutes.
    for (name, value) in [("LTO", "off"), ("OPT_LEVEL", "1"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0")] {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    shell::finish(command)
}
