//! G-34: a clock that is wrong by minutes, days or years, and one whose zone changes. The tenant's clock is right. The
//! program comes to its end or explains itself, and leaves no credential that nobody can explain. Above two minutes of
//! difference to Microsoft's clock it tells so at the sign-in.

use footbridge_tests::child::program;
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::{child::Home, stranger};
use rusqlite::Connection;

/// Live credentials of the application that no row of the vault explains.
fn unexplained(home: &Home) -> Vec<String> {
    let world = home.tenant.world();
    let applications = world.applications("Southwind");
    let keys =
        applications.iter().flat_map(|one| one["passwordCredentials"].as_array().into_iter().flatten());
    let live: Vec<String> =
        keys.map(|key| key["keyId"].as_str().unwrap_or_default().to_lowercase()).collect();
    let vault = Connection::open(home.path().join("data/vault.db")).unwrap();
    let sql = "SELECT lower(name) FROM sealed WHERE purpose = 'client-secret'";
    let stored: Vec<String> =
        vault.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    live.into_iter().filter(|key| !stored.contains(key)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g34_a_wrong_clock_loses_nothing() {
    let Some(program) = program() else { return };
    if !stranger("faketime") {
        return;
    }
    let clocks = [
        ("+10m", "UTC"),
        ("-10m", "UTC"),
        ("+60s", "UTC"),
        ("+3y", "UTC"),
        ("-3y", "UTC"),
        ("+1d", "UTC"),
        ("-1d", "UTC"),
        ("+0", "Europe/Berlin"),
    ];
    let (mut harmless, mut told_of) = (0, 0);
    for (offset, zone) in clocks.into_iter().take(scale(4, 8)) {
        let mut home = Home::open().await.with_quick_vault();
        home.before = ["faketime", "-f", offset].map(str::to_owned).to_vec();
        home.environment = vec![("TZ".to_owned(), zone.to_owned())];
        let ended = home.product(&program, "southwind", None);
        let told = ended.told();
        assert!(!told.contains("stopped at") && !told.contains("panicked"), "{offset}: {told}");
        assert!(matches!(ended.code, Some(0 | 3 | 6)), "{offset}: {told}");
        assert_eq!(unexplained(&home), Vec::<String>::new(), "{offset}: {told}");
        // The sign-in says by how much, where it is more than two minutes; a zone is no difference.
        let is_told = told.contains("\"clock_ahead\":");
        assert_eq!(is_told, !["+60s", "+0"].contains(&offset), "{offset}: {told}");
        told_of += u64::from(is_told);
        // With the right clock again it comes to its end.
        home.before = Vec::new();
        let again = home.product(&program, "southwind", None);
        assert!(!again.told().contains("stopped at"), "{offset}: {}", again.told());
        assert_eq!(unexplained(&home), Vec::<String>::new(), "{offset}, then right again: {}", again.told());
        harmless += 1;
    }
    reached("G-34", "wrong clocks that lose nothing", harmless, Target::AtLeast(scale(4, 8)));
    reached(
        "G-34",
        "clocks off by more than two minutes, told at the sign-in",
        told_of,
        Target::AtLeast(scale(3, 6)),
    );
}
