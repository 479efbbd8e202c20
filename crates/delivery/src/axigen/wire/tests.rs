//! Answers, split in every place and wrapped in what a terminal would want.
#![allow(clippy::unwrap_used)]

use super::*;

fn read_whole(bytes: &[u8], sent: &str, stage: Stage) -> Option<Answer> {
    let mut incoming = Incoming::new();
    incoming.take(bytes).unwrap();
    incoming.answer(sent, stage)
}

/// The answer when the bytes come in two packets; the first must not be taken for an answer unless it is the whole.
fn read_split(bytes: &[u8], at: usize, sent: &str, stage: Stage) -> Option<Answer> {
    let mut incoming = Incoming::new();
    incoming.take(&bytes[..at]).unwrap();
    if let Some(early) = incoming.answer(sent, stage) {
        return Some(early);
    }
    incoming.take(&bytes[at..]).unwrap();
    incoming.answer(sent, stage)
}

const SHOW: &str = "clientId = a\r\nclientSecret = +OK <b> \r\n+OK: command successful\r\n<server-userdb#> ";

#[test]
fn an_answer_is_whole_only_with_its_prompt_wherever_it_is_split() {
    for at in 0..=SHOW.len() {
        let answer = read_split(SHOW.as_bytes(), at, "SHOW", Stage::Commands).unwrap();
        assert_eq!(*answer.lines, ["clientId = a", "clientSecret = +OK <b>"], "split at {at}");
        assert!(answer.ok);
        assert_eq!((answer.said.as_str(), answer.prompt.as_str()), ("command successful", "server-userdb#"));
    }
    for end in 0..SHOW.len() {
        assert!(read_whole(&SHOW.as_bytes()[..end], "SHOW", Stage::Commands).is_none(), "{end} bytes");
    }
}

#[test]
fn echo_colours_and_telnet_leave_no_trace_wherever_they_are_split() {
    let bytes = b"\xff\xfb\x01SET clientId x\r\n\x1b]0;title\x07\x1b[1;32m-ERR: no\x1b[0m\r\n\xff\xfa\x18\x01\xff\xf0\x1b[1m<#> \x1b[0m";
    for at in 0..=bytes.len() {
        let answer = read_split(bytes, at, "SET clientId x", Stage::Commands).unwrap();
        assert_eq!(*answer.lines, Vec::<String>::new(), "split at {at}");
        assert_eq!((answer.ok, answer.said.as_str(), answer.prompt.as_str()), (false, "no", "#"));
    }
}

#[test]
fn what_trails_the_prompt_does_not_spoil_the_next_answer() {
    let mut incoming = Incoming::new();
    incoming.take(b"+OK: a\r\n\x1b[1m<#> ").unwrap();
    assert!(incoming.answer("A", Stage::Commands).is_some());
    incoming.take(b"\x1b[0m").unwrap();
    assert!(incoming.answer("B", Stage::Commands).is_none());
    incoming.take(b"+OK: b\r\n<#> ").unwrap();
    assert_eq!(incoming.answer("B", Stage::Commands).unwrap().said, "b");
}

#[test]
fn before_the_sign_in_only_known_prompts_count() {
    let banner = "Welcome <anybody> \r\n<login> ";
    let answer = read_whole(banner.as_bytes(), "", Stage::SignIn).unwrap();
    assert_eq!((answer.prompt.as_str(), answer.ok), ("login", true));
    assert!(read_whole(b"<strange> ", "", Stage::SignIn).is_none());
    assert!(read_whole(b"220 mail.example ESMTP\r\n", "", Stage::SignIn).is_none());
    assert!(
        read_whole(b"<login> ", "x", Stage::Commands).is_none(),
        "a prompt alone is no answer to a command"
    );
}

#[test]
fn the_echo_of_a_password_is_not_in_the_answer() {
    let answer = read_whole(b"hunter2\r\n+OK: command successful\r\n<#> ", "hunter2", Stage::SignIn).unwrap();
    assert!(answer.lines.is_empty() && !answer.said.contains("hunter2"));
}

#[test]
fn nothing_grows_without_a_bound() {
    let mut incoming = Incoming::new();
    assert_eq!(incoming.take(&vec![b'a'; LONGEST_LINE + 1]), Err(Outgrown));
    let mut incoming = Incoming::new();
    let line = [vec![b'a'; 1023], vec![b'\n']].concat();
    let taken = (0..LARGEST_ANSWER / 1024 + 1).map(|_| incoming.take(&line)).collect::<Vec<_>>();
    assert_eq!(taken.last(), Some(&Err(Outgrown)));
    assert!(taken[..LARGEST_ANSWER / 1024].iter().all(Result::is_ok));
}

#[test]
fn what_the_server_says_is_short_and_plain() {
    let long = format!("-ERR: {}\r\n<#> ", "x".repeat(900));
    assert_eq!(read_whole(long.as_bytes(), "", Stage::Commands).unwrap().said.len(), 200);
    assert!(read_whole(b"+OKAY\r\n<#> ", "", Stage::Commands).is_none());
    let answer = read_whole(b"+OK\r\n<#> ", "", Stage::Commands).unwrap();
    assert!(answer.ok && answer.said.is_empty() && answer.lines.is_empty());
}

#[test]
fn a_refusal_before_the_end_is_noticed() {
    let mut incoming = Incoming::new();
    incoming.take(b"-ERR: too many\r\n").unwrap();
    assert!(incoming.holds_a_refusal());
    assert!(!Incoming::new().holds_a_refusal());
}
