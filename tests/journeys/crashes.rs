//! The program is killed at each named place of the journey and run again to the end: nothing doubled, nothing lost.

use footbridge_tests::APPLICATION;

use crate::child::{Home, program};

/// Kills the program at the place, as often as the Teams admin's part stands before it, and runs it to the end.
async fn killed_at(place: &str) {
    let Some(program) = program() else { return };
    let home = Home::open().await.with_quick_vault();
    let mut ended = home.guide(&program, Some(place));
    for _ in 0..3 {
        if ended.code.is_none() {
            break;
        }
        // The place lies behind the Teams admin's part.
        for step in ["policy", "assign"] {
            home.teams(&program, step);
        }
        ended = home.guide(&program, Some(place));
    }
    assert_eq!(ended.code, None, "{place} was never passed");
    home.to_the_end(&program);
    assert_eq!(home.tenant.world().doubles(APPLICATION), Vec::<String>::new(), "{place}");
    let verdict = home.run(&program, &["journal", "verify"], None);
    assert_eq!(verdict.code, Some(0), "{place}: {}", String::from_utf8_lossy(&verdict.stderr));
}

macro_rules! places {
    ($($test:ident: $place:literal,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                killed_at($place).await;
            }
        )*

        #[test]
        fn every_named_place_is_tried() {
            let elsewhere = ["renewal.", "certificate.", "push.", "sftp."];
            let renewing = |place: &&str| elsewhere.iter().any(|begin| place.starts_with(begin));
            let here: Vec<&str> = engine::crash::PLACES.into_iter().filter(|place| !renewing(place)).collect();
            assert_eq!([$($place),*], here.as_slice());
        }
    };
}

places! {
    connected: "connected",
    signed_in: "signed-in",
    intended: "intended",
    write_before: "write.before",
    write_applied: "write.applied",
    write_journalled: "write.journalled",
    register_application_made: "register.application-made",
    secret_before: "secret.before",
    secret_answered: "secret.answered",
    secret_sealed: "secret.sealed",
    consent_half: "consent.half",
    meeting_made: "meeting.made",
    settled: "settled",
    hand_over_before: "hand-over.before",
    hand_over_written: "hand-over.written",
    hand_over_journalled: "hand-over.journalled",
}
