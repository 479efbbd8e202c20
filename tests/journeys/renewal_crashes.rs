//! The program is killed at each named place of a renewal and run again: at no moment is there no working credential, no
//! unknown one is left over, and nothing of others is removed.

use serde_json::Value;

use crate::child::{Ended, Home, program};

struct Renewing {
    home: Home,
    program: std::path::PathBuf,
    guide: &'static str,
}

impl Renewing {
    fn passphrase(&self) -> String {
        let count = std::fs::read_dir(self.home.path()).unwrap().count();
        self.home.path().join(format!("passphrase-{count}.txt")).display().to_string()
    }

    fn out(&self) -> String {
        self.home.path().join("out").display().to_string()
    }

    fn run(&self) -> Ended {
        self.carry_out(&["run", self.guide], &[], None)
    }

    fn renew(&self, more: &[&str], crash_at: Option<&str>) -> Ended {
        self.carry_out(&["renew"], more, crash_at)
    }

    fn carry_out(&self, command: &[&str], more: &[&str], crash_at: Option<&str>) -> Ended {
        let (out, passphrase) = (self.out(), self.passphrase());
        let shared =
            ["--connection", "Pilot", "--out", &out, "--yes", "--json", "--passphrase-file", &passphrase];
        self.home.run(&self.program, &[command, &shared, more].concat(), crash_at)
    }

    fn keys(&self) -> Vec<String> {
        let world = self.home.tenant.world();
        let name = if self.guide == "northwind" { "Northwind" } else { "Southwind" };
        let application = world.applications(name)[0].clone();
        let lists = ["passwordCredentials", "keyCredentials"];
        let all = lists.iter().flat_map(|list| application[*list].as_array().cloned().unwrap_or_default());
        all.map(|one| one["keyId"].as_str().unwrap().to_owned()).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The key ids that the command's last event names.
fn renewed(ended: &Ended) -> Option<Value> {
    let lines = text(&ended.stdout);
    let events = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.rev().find(|event| event["event"] == "renewal")
}

async fn killed_at(guide: &'static str, place: &str) {
    let Some(program) = program() else { return };
    let at = Renewing { home: Home::open().await.with_quick_vault(), program, guide };
    let first = at.run();
    assert_eq!(first.code, Some(0), "{}\n{}", text(&first.stdout), text(&first.stderr));
    let old = at.keys();
    assert_eq!(old.len(), 1);
    let killed = at.renew(&["--early", "--until", "remove"], Some(place));
    assert_eq!(
        killed.code,
        None,
        "{place} was never passed: {}{}",
        text(&killed.stdout),
        text(&killed.stderr)
    );
    let left = at.keys();
    let is_late = ["renewal.removed", "renewal.ended"].contains(&place);
    assert!(
        left.contains(&old[0]) || is_late,
        "{place}: the old one is gone although nothing new was proven"
    );
    assert!(!left.is_empty() && left.len() <= 2, "{place}: {left:?}");
    // Run again it goes on; where it was over already, nothing is due and nothing is done.
    let again = at.renew(&["--until", "remove"], None);
    let begun = place != "renewal.ended";
    assert_eq!(again.code, Some(0), "{place}: {}\n{}", text(&again.stdout), text(&again.stderr));
    if begun {
        assert_eq!(renewed(&again).unwrap()["ended"], "removed", "{place}");
    }
    let new = at.keys();
    assert_eq!(new.len(), 1, "{place}: {new:?}");
    assert_ne!(new, old, "{place}");
    let writes = at.home.tenant.world().writes();
    let second = at.run();
    assert_eq!(second.code, Some(0), "{place}: {}\n{}", text(&second.stdout), text(&second.stderr));
    assert_eq!(at.home.tenant.world().writes(), writes, "{place}: the run after it wrote");
    let verdict = at.home.run(&at.program, &["journal", "verify"], None);
    assert_eq!(verdict.code, Some(0), "{place}: {}", text(&verdict.stderr));
}

macro_rules! places {
    ($($test:ident: $guide:literal $place:literal,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                killed_at($guide, $place).await;
            }
        )*

        #[test]
        fn every_named_place_of_a_renewal_is_tried() {
            let tried = [$($place),*];
            for place in engine::crash::PLACES {
                let elsewhere = ["connected", "signed-in", "register.application-made", "consent.half", "meeting.made"];
                let of_delivery = place.starts_with("push.") || place.starts_with("sftp.");
                assert!(tried.contains(&place) || elsewhere.contains(&place) || of_delivery, "{place}");
            }
        }
    };
}

places! {
    secret_begun: "southwind" "renewal.begun",
    secret_intended: "southwind" "intended",
    secret_before: "southwind" "secret.before",
    secret_answered: "southwind" "secret.answered",
    secret_sealed: "southwind" "secret.sealed",
    secret_journalled: "southwind" "write.journalled",
    secret_settled: "southwind" "settled",
    secret_added: "southwind" "renewal.added",
    secret_hand_over_before: "southwind" "hand-over.before",
    secret_hand_over_written: "southwind" "hand-over.written",
    secret_hand_over_journalled: "southwind" "hand-over.journalled",
    secret_proven: "southwind" "renewal.proven",
    secret_removing: "southwind" "write.before",
    secret_removed: "southwind" "renewal.removed",
    secret_ended: "southwind" "renewal.ended",
    certificate_begun: "northwind" "renewal.begun",
    certificate_sealed: "northwind" "certificate.sealed",
    certificate_read: "northwind" "certificate.read",
    certificate_answered: "northwind" "certificate.answered",
    certificate_applied: "northwind" "write.applied",
    certificate_added: "northwind" "renewal.added",
    certificate_proven: "northwind" "renewal.proven",
    certificate_removed: "northwind" "renewal.removed",
    certificate_ended: "northwind" "renewal.ended",
}
