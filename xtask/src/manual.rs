//! `cargo xtask manual`: the manual as a small site in `target/manual`, from the project's own Markdown.
//! It must never let a dead link pass: the builder stops at one.

use std::process::ExitCode;

use crate::ask::Order;
use crate::ground::Ground;
use crate::node;
use crate::page;
use crate::shell::Shell;
use crate::trouble::Trouble;

const FOLDER: &str = "docs/manual";

/// Prepares Node alone, builds, and tells where the site lies.
pub fn write(shell: &mut Shell, order: &Order) -> Result<ExitCode, Trouble> {
    let ground = Ground::look(shell);
    node::ready(shell, &ground, order.yes)?;
    build(shell)?;
    let site = shell.root.join("target").join("manual");
    println!("\nThe manual lies in {}. Any web server can show it; to read it here:", site.display());
    println!("  npm --prefix {FOLDER} run preview");
    Ok(ExitCode::SUCCESS)
}

/// Builds the site.
pub fn build(shell: &Shell) -> Result<(), Trouble> {
    page::lay_packages(shell, FOLDER)?;
    shell.run(FOLDER, "npm", &["run", "build"])
}
