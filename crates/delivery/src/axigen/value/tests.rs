//! Values, judged by readers that were written from the rules and share nothing with the writer.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// How a reader may understand what the rules leave open: a backslash within double quotes, and a doubled one.
#[derive(Clone, Copy, Debug)]
enum Reading {
    /// A backslash within double quotes stands for itself.
    Literal,
    /// A backslash within double quotes takes the meaning from what follows.
    Escaping,
}

/// The words of a command line; None where a quote is left open.
fn words(line: &str, reading: Reading) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\r' | '\n' => return None,
            '\'' => loop {
                match characters.next()? {
                    '\'' => {
                        word.get_or_insert_default();
                        break;
                    }
                    c => word.get_or_insert_default().push(c),
                }
            },
            '"' => loop {
                match (characters.next()?, reading) {
                    ('"', _) => {
                        word.get_or_insert_default();
                        break;
                    }
                    ('\\', Reading::Escaping) => word.get_or_insert_default().push(characters.next()?),
                    (c, _) => word.get_or_insert_default().push(c),
                }
            },
            '\\' => word.get_or_insert_default().push(characters.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.take());
    Some(words)
}

fn stays_one_word(value: &str) -> Result<bool, TestCaseError> {
    let Ok(word) = quoted(value) else { return Ok(false) };
    for reading in [Reading::Literal, Reading::Escaping] {
        let line = format!("SET clientSecret {word} END");
        let read = words(&line, reading);
        let wanted = ["SET", "clientSecret", value, "END"].map(str::to_owned).to_vec();
        prop_assert_eq!(read, Some(wanted), "{:?} reads {}", reading, line);
    }
    Ok(true)
}

/// Mostly characters that could break out, beside any others.
fn awkward() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(vec![
        '\'', '"', '\\', ' ', '\t', '\r', '\n', '\0', '#', '<', '>', ';', '$', '`', '(', ')', '\u{85}',
        '\u{a0}', '\u{2028}', '\u{1b}', 'a', 'Z', '7', '~', '.', '-', 'ß',
    ]);
    prop::collection::vec(prop_oneof![6 => hostile, 1 => any::<char>()], 0..24)
        .prop_map(|characters| characters.into_iter().collect())
}

#[test]
fn a_hundred_thousand_values_never_break_out_of_their_quotes() {
    let mut runner =
        TestRunner::new(Config { cases: 100_000, failure_persistence: None, ..Config::default() });
    let taken = std::cell::Cell::new(0_u32);
    runner
        .run(&awkward(), |value| {
            taken.set(taken.get() + u32::from(stays_one_word(&value)?));
            Ok(())
        })
        .unwrap();
    assert!(taken.get() > 10_000, "only {} values were taken, so little was tried", taken.get());
}

#[test]
fn control_a_value_that_is_only_put_in_quotes_breaks_out() {
    let naive = |value: &str| format!("SET clientSecret \"{value}\" END");
    let read = words(&naive("a\" b"), Reading::Literal);
    assert_ne!(read.map(|w| w.len()), Some(4));
    assert_eq!(words("SET a \"b", Reading::Literal), None);
    assert_eq!(words("SET a b\r\nEXIT", Reading::Literal), None);
}

#[test]
fn each_form_has_its_place() {
    let forms = [
        ("10.6.30", "10.6.30"),
        ("Ab8~x.Y_z-1", "Ab8~x.Y_z-1"),
        ("", "\"\""),
        ("User.Read offline_access", "\"User.Read offline_access\""),
        ("a\"b\\c", "'a\"b\\c'"),
        ("it's", "\"it's\""),
        ("it's \"so\"", "it\\'s\\ \\\"so\\\""),
        ("a;b", "'a;b'"),
    ];
    for (value, word) in forms {
        assert_eq!(quoted(value).as_deref(), Ok(word));
    }
}

#[test]
fn what_no_form_holds_is_refused() {
    for (value, fault) in [
        ("a\r\nEXIT", ValueFault::Control),
        ("a\nb", ValueFault::Control),
        ("a\0b", ValueFault::Control),
        ("a\tb", ValueFault::Control),
        ("\u{1b}[0m", ValueFault::Control),
        ("it's \\", ValueFault::NoForm),
    ] {
        assert_eq!(quoted(value), Err(fault), "{value:?}");
        let line = password_line(&SecretString::from(value)).err();
        assert_eq!(line, Some(fault).filter(|f| *f == ValueFault::Control), "{value:?}");
    }
    assert_eq!(quoted(&"a".repeat(LONGEST_VALUE + 1)), Err(ValueFault::TooLong));
    assert!(quoted(&"a".repeat(LONGEST_VALUE)).is_ok());
}

#[test]
fn quotes_around_what_is_shown_are_taken_off() {
    assert_eq!(unquoted(" \"User.Read\" "), "User.Read");
    assert_eq!(unquoted("'a b'"), "a b");
    assert_eq!(unquoted("\"a\" \"b\""), "\"a\" \"b\"");
    assert_eq!(unquoted("plain"), "plain");
}
