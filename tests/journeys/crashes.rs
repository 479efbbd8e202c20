//! The program is killed at each named place of the journey and run again to the end: nothing doubled, nothing lost.

use footbridge_tests::APPLICATION;

use crate::child::{Home, program};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_and_run_again_nothing_is_doubled_or_lost() {
    let Some(program) = program() else { return };
    let mut struck = Vec::new();
    for place in engine::crash::PLACES {
        let home = Home::open().await;
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
        if ended.code.is_none() {
            struck.push(place);
        }
        home.to_the_end(&program);
        assert_eq!(home.tenant.world().doubles(APPLICATION), Vec::<String>::new(), "{place}");
        let verdict = home.run(&program, &["journal", "verify"], None);
        assert_eq!(verdict.code, Some(0), "{place}: {}", String::from_utf8_lossy(&verdict.stderr));
    }
    assert_eq!(struck, engine::crash::PLACES, "a place was never passed");
}
