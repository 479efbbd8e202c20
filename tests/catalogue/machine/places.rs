//! G-01, by name: the program is killed at every named place in each of the three situations in which it is passed (a first
//! run, a run that resumes another one that was killed, and an undo that is followed by a new run), and run again.

use std::collections::BTreeMap;
use std::path::Path;

use footbridge_tests::child::{Home, program};
use footbridge_tests::goal::{Target, is_whole, reached};
use rusqlite::Connection;

/// How a place is come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Situation {
    Fresh,
    Resumed,
    Undone,
}

/// Two further runs at most until everything stands (`security.md`, G-01).
const FURTHER: usize = 2;

/// Places of a run of `southwind` (a secret) or `northwind` (a certificate), and those that only a renewal passes.
fn guide_of(place: &str) -> Option<&'static str> {
    match place {
        "register.application-made" | "consent.half" | "meeting.made" => None,
        place if place.starts_with("certificate.") => Some("northwind"),
        _ => Some("southwind"),
    }
}

pub struct Story<'a> {
    pub home: Home,
    pub program: &'a Path,
    pub guide: &'static str,
}

impl Story<'_> {
    fn name(&self) -> &'static str {
        if self.guide == "northwind" { "Northwind" } else { "Southwind" }
    }

    pub fn renew(&self, more: &[&str], crash_at: Option<&str>) -> footbridge_tests::child::Ended {
        let phrase =
            self.home.path().join(format!("phrase-{}", std::fs::read_dir(self.home.path()).unwrap().count()));
        let (out, phrase) =
            (self.home.path().join("out").display().to_string(), phrase.display().to_string());
        let given = [
            "renew",
            "--connection",
            "Pilot",
            "--out",
            &out,
            "--yes",
            "--json",
            "--until",
            "remove",
            "--passphrase-file",
            &phrase,
        ];
        self.home.run(self.program, &[given.as_slice(), more].concat(), crash_at)
    }

    pub fn undo(&self, crash_at: Option<&str>) -> footbridge_tests::child::Ended {
        self.home.run(self.program, &["undo", "--connection", "Pilot", "--yes", "--json"], crash_at)
    }

    /// What is wrong with what stands now (O1, O2, `integrity_check`, the chain); nothing when all is well.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let world = self.home.tenant.world();
        let applications = world.applications(self.name());
        if applications.len() != 1 {
            faults.push(format!("{} applications", applications.len()));
        }
        let mut live: Vec<String> = Vec::new();
        for application in applications {
            for list in ["passwordCredentials", "keyCredentials"] {
                let keys = application[list].as_array().into_iter().flatten();
                live.extend(keys.map(|key| key["keyId"].as_str().unwrap_or_default().to_lowercase()));
            }
            let principals =
                world.rows("servicePrincipals", "appId", application["appId"].as_str().unwrap_or_default());
            if principals.len() > 1 {
                faults.push(format!("{} service principals", principals.len()));
            }
        }
        let data = self.home.path().join("data");
        for file in ["vault.db", "journal.db"] {
            let database = Connection::open(data.join(file)).unwrap();
            let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            if verdict != "ok" {
                faults.push(format!("{file}: {verdict}"));
            }
        }
        let sql = "SELECT lower(name) FROM sealed WHERE purpose IN ('client-secret', 'client-certificate')";
        let vault = Connection::open(data.join("vault.db")).unwrap();
        let stored: Vec<String> = vault
            .prepare(sql)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let unexplained: Vec<&String> = live.iter().filter(|key| !stored.contains(key)).collect();
        if !unexplained.is_empty() || live.len() != 1 {
            faults.push(format!("live {live:?}, stored {stored:?}"));
        }
        let verdict = self.home.run(self.program, &["journal", "verify"], None);
        if verdict.code != Some(0) {
            faults.push(format!("journal: {}", verdict.told()));
        }
        faults
    }

    /// Runs again until it is done; how many runs that took.
    pub fn converge(&self) -> Result<usize, String> {
        for runs in 1..=FURTHER {
            let ended = self.home.product(self.program, self.guide, None);
            match ended.code {
                Some(0) => return Ok(runs),
                _ if runs == FURTHER => return Err(ended.told()),
                _ => {}
            }
        }
        Err("no run".to_owned())
    }
}

/// Whether the place was passed in this situation, and what was wrong after it.
async fn killed(
    program: &Path,
    place: &'static str,
    guide: &'static str,
    situation: Situation,
) -> Option<Vec<String>> {
    let story = Story { home: Home::open().await.with_quick_vault(), program, guide };
    let renews = place.starts_with("renewal.");
    let complete = |story: &Story<'_>| {
        let ended = story.home.product(program, guide, None);
        assert_eq!(ended.code, Some(0), "{}", ended.told());
    };
    let ended = match situation {
        Situation::Fresh if renews => {
            complete(&story);
            story.renew(&["--early"], Some(place))
        }
        Situation::Fresh => story.home.product(program, guide, Some(place)),
        Situation::Resumed if renews => {
            complete(&story);
            assert_eq!(story.renew(&["--early"], Some("renewal.begun")).code, None);
            story.renew(&[], Some(place))
        }
        Situation::Resumed => {
            assert_eq!(story.home.product(program, guide, Some("write.before")).code, None);
            story.home.product(program, guide, Some(place))
        }
        Situation::Undone => {
            complete(&story);
            let undone = story.undo(Some(place));
            match undone.code {
                None => undone,
                // The undo does not pass it; the run after it does.
                _ => story.home.product(program, guide, Some(place)),
            }
        }
    };
    if ended.code.is_some() {
        return None;
    }
    if situation == Situation::Undone {
        // Whatever of the undo was done: it can be finished, and what was taken back made anew.
        let undone = story.undo(None);
        if undone.code != Some(0) {
            return Some(vec![format!("the undo does not end: {}", undone.told())]);
        }
    }
    if renews && situation != Situation::Undone {
        let renewed = story.renew(&[], None);
        if renewed.code != Some(0) {
            return Some(vec![format!("the renewal does not end: {}", renewed.told())]);
        }
    }
    match story.converge() {
        Ok(_) => Some(story.faults()),
        Err(told) => Some(vec![format!("not done after {FURTHER} further runs: {told}")]),
    }
}

async fn all_in(situation: Situation) {
    let Some(program) = program() else { return };
    let mut passed = BTreeMap::new();
    let mut wrong = Vec::new();
    let slice = ["write.applied", "secret.answered"];
    for place in engine::crash::PLACES {
        let Some(guide) = guide_of(place) else { continue };
        let is_in_slice = slice.contains(&place) && situation != Situation::Fresh;
        if !is_whole() && !is_in_slice {
            continue;
        }
        if let Some(faults) = killed(&program, place, guide, situation).await {
            passed.insert(place, ());
            wrong.extend(faults.into_iter().map(|fault| format!("{situation:?} {place}: {fault}")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let least = match (is_whole(), situation) {
        (true, Situation::Fresh) => 21,
        (true, Situation::Resumed) => 17,
        (true, Situation::Undone) => 12,
        (false, Situation::Fresh) => 0,
        (false, _) => 2,
    };
    let name = format!("{situation:?}").to_lowercase();
    reached(
        "G-01",
        &format!("named places passed and killed at, {name}"),
        passed.len() as u64,
        Target::AtLeast(least),
    );
    reached(
        "G-01",
        &format!("lost, double or not converging, {name}"),
        wrong.len() as u64,
        Target::Exactly(0),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g01_killed_at_every_named_place_of_a_first_run() {
    all_in(Situation::Fresh).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g01_killed_at_every_named_place_of_a_resumed_run() {
    all_in(Situation::Resumed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g01_killed_at_every_named_place_of_an_undo_and_what_follows() {
    all_in(Situation::Undone).await;
}

/// The control: a second application, and a credential that the vault does not know, are reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g01_control_a_lost_secret_is_reported() {
    let Some(program) = program() else { return };
    let story = Story { home: Home::open().await, program: &program, guide: "southwind" };
    assert_eq!(story.home.product(&program, "southwind", None).code, Some(0));
    assert_eq!(story.faults(), Vec::<String>::new());
    let vault = Connection::open(story.home.path().join("data/vault.db")).unwrap();
    vault.execute("DELETE FROM sealed WHERE purpose = 'client-secret'", []).unwrap();
    drop(vault);
    let faults = story.faults();
    assert!(faults.iter().any(|fault| fault.starts_with("live ")), "{faults:?}");
}
