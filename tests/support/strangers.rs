//! Programs of others that judge what we made. Where one is missing its judgement is left out and named, save where
//! FOOTBRIDGE_REQUIRE_STRANGERS=1 says that all of them have to be here, as in CI.

/// Whether a missing stranger is a failure.
#[must_use]
pub fn strangers_are_required() -> bool {
    std::env::var_os("FOOTBRIDGE_REQUIRE_STRANGERS").is_some_and(|value| value == "1")
}

/// Whether a program is on the search path; names it where it is not.
///
/// # Panics
/// When it is missing and required.
#[must_use]
pub fn stranger(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path)
        .any(|folder| folder.join(program).is_file() || folder.join(format!("{program}.exe")).is_file());
    assert!(there || !strangers_are_required(), "`{program}` is missing, and all strangers are required");
    if !there {
        eprintln!("LEFT OUT: `{program}` is not installed here");
    }
    there
}
