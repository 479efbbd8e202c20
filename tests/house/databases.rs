//! Who may open a database: `own_files`, which looks first whose the file is and what lies beside it.

use crate::code::{bare, line_of, without_tests};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const OPENS: &str = "Connection::open";
const FLOOR: &str = "crates/own_files/src/";
const WHY: &str = "A database that is opened elsewhere is opened without the look for links, owners and what was planted beside it";

fn opened_elsewhere(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|s| s.is(".rs") && !s.path.starts_with(FLOOR)) {
        let code = without_tests(&bare(&source.text));
        for (at, _) in code.match_indices(OPENS) {
            breaches.push(Breach::new(
                format!("{}:{}", source.path, line_of(&code, at)),
                "opens a database",
                WHY,
            ));
        }
    }
    breaches
}

#[test]
fn databases_are_opened_in_one_place() {
    let sources = tree::product();
    let one = sources.iter().any(|s| s.path.starts_with(FLOOR) && s.text.contains(OPENS));
    assert!(one, "nothing opens a database: the rule looks at nothing");
    uphold(&opened_elsewhere(&sources));
}

#[test]
fn control_a_database_opened_elsewhere_is_seen() {
    let room = "fn a() {}\nfn b() { Connection::open_with_flags(file, flags) }\n";
    reported(&opened_elsewhere(&[Source::planted("crates/vault/src/rows.rs", room)]), "rows.rs:2");
    let test = "#[cfg(test)]\nmod tests { fn a() { Connection::open(file); } }\n";
    assert_eq!(opened_elsewhere(&[Source::planted("crates/vault/src/rows.rs", test)]), []);
    assert_eq!(opened_elsewhere(&[Source::planted("crates/own_files/src/database.rs", room)]), []);
}
