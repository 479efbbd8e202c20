//! How many requests and how much time two hundred tenants take. Prints; asserts nothing of the time, which is the
//! machine's.

use std::time::Instant;

use engine::Stop;

use crate::scene::{Scene, Seen, all, throttled};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures for docs/performance.md"]
async fn two_hundred_tenants() {
    eprintln!(
        "| at once | set-up of the pretend tenants | first run | requests | of them 429 | second run | requests |"
    );
    for at_once in [1, 4, 16] {
        let began = Instant::now();
        let at = Scene::open(throttled(200)).await;
        let ready = began.elapsed();
        let mut row = format!("| {at_once} | {:.1} s ", ready.as_secs_f64());
        let mut before = at.requests();
        for _ in 0..2 {
            let began = Instant::now();
            at.many.desk.many_run(&at.aims, &all(at_once), &Seen::default(), &Stop::default()).await.unwrap();
            let (requests, refused) = at.requests();
            let (new, of_them) = (requests - before.0, refused - before.1);
            row.push_str(&format!("| {:.1} s | {new} | {of_them} ", began.elapsed().as_secs_f64()));
            before = (requests, refused);
        }
        eprintln!("{row}|");
    }
}
