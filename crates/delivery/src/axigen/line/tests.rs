//! The line against a server that is slow, mute or gone, on a clock that nobody waits for.
#![allow(clippy::unwrap_used)]

use tokio::io::DuplexStream;
use tokio::time::sleep;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

fn pair() -> (Line, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    (Line::new(Box::new(ours), PATIENCE), theirs)
}

#[tokio::test(start_paused = true)]
async fn a_mute_server_ends_the_line_after_the_patience() {
    let (mut line, _theirs) = pair();
    let begun = tokio::time::Instant::now();
    assert_eq!(line.ask("SHOW", Stage::Commands).await.err(), Some(Broken::Silent));
    assert_eq!(begun.elapsed(), PATIENCE);
    assert!(!line.is_alive(), "a late answer would be taken for that of the next command");
    assert_eq!(line.ask("SHOW", Stage::Commands).await.err(), Some(Broken::Dropped { refused: false }));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drips_cannot_hold_the_line_for_ever() {
    let (mut line, mut theirs) = pair();
    let dripping = tokio::spawn(async move {
        while theirs.write_all(b"x\r\n").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    assert_eq!(line.ask("SHOW", Stage::Commands).await.err(), Some(Broken::Silent));
    drop(line);
    dripping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for() {
    let (mut line, mut theirs) = pair();
    let slow = tokio::spawn(async move {
        for piece in ["+OK: at ", "last\r\n<", "#> "] {
            sleep(Duration::from_secs(9)).await;
            theirs.write_all(piece.as_bytes()).await.unwrap();
        }
        theirs
    });
    assert_eq!(line.ask("SHOW", Stage::Commands).await.unwrap().said, "at last");
    drop(slow.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_line_tells_whether_it_was_refused_first() {
    for (last, refused) in [("-ERR: too many\r\n", true), ("+OK: a\r\n", false), ("", false)] {
        let (mut line, mut theirs) = pair();
        theirs.write_all(last.as_bytes()).await.unwrap();
        drop(theirs);
        assert_eq!(line.ask("USER admin", Stage::SignIn).await.err(), Some(Broken::Dropped { refused }));
    }
}

#[tokio::test(start_paused = true)]
async fn an_endless_answer_is_not_kept() {
    let (mut line, mut theirs) = pair();
    let flood = tokio::spawn(async move { while theirs.write_all(&[b'a'; 4096]).await.is_ok() {} });
    assert_eq!(line.ask("SHOW", Stage::Commands).await.err(), Some(Broken::TooLong));
    drop(line);
    flood.await.unwrap();
}
