//! G-13: what reads bytes from outside takes any bytes. The same targets that a fuzzing program feeds for hours (fuzz/) get
//! their seeds here, and changes of them from a generator whose beginning is printed: FOOTBRIDGE_SEED runs one again.
#![allow(clippy::print_stderr)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use footbridge_tests::Dice;
use footbridge_tests::goal::{Target as Aim, reached, scale};

#[path = "../../../fuzz/targets/mod.rs"]
mod targets;

use targets::TARGETS;

/// Pieces that readers stumble over.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"\r\n",
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}}",
    b"[[",
    b"]]]",
    b"=",
    b"\\u0000",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x30\x80",
    b"\x02\x00",
    b"../",
];

/// One to four changes of a seed.
fn changed(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = dice.one_of(seeds).clone();
    for _ in 0..=dice.below(4) {
        let at = dice.place(bytes.len() + 1);
        let end = (at + 1 + dice.place(24)).min(bytes.len());
        match dice.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            2 if at < end => drop(bytes.drain(at..end)),
            3 if at < end => {
                let again = bytes[at..end].repeat(1 + dice.place(40));
                bytes.splice(at..at, again);
            }
            4 => bytes.truncate(at),
            5 => {
                let other = dice.one_of(seeds);
                let from = dice.place(other.len() + 1);
                bytes.splice(at.., other[from..].to_vec());
            }
            _ => drop(bytes.splice(at..at, dice.one_of(&PIECES).to_vec())),
        }
    }
    bytes.truncate(64 * 1024);
    bytes
}

/// Feeds the seeds and so many changes; the first input that brings the target down, or nothing.
fn feed(run: fn(&[u8]), seeds: &[Vec<u8>], dice: &mut Dice, changes: usize) -> Option<Vec<u8>> {
    let falls = |bytes: &[u8]| catch_unwind(AssertUnwindSafe(|| run(bytes))).is_err();
    if let Some(seed) = seeds.iter().find(|seed| falls(seed)) {
        return Some(seed.clone());
    }
    (0..changes).map(|_| changed(seeds, dice)).find(|bytes| falls(bytes))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name)
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder(name)).unwrap().flatten().map(|file| file.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn fuzz(name: &str, slice: usize, whole: usize) {
    let (_, run) = TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    let begin: u64 =
        std::env::var("FOOTBRIDGE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            // Another beginning each day, the same for everybody on that day.
            u64::try_from(time::OffsetDateTime::now_utc().unix_timestamp() / 86_400).unwrap()
        });
    eprintln!("{name}: FOOTBRIDGE_SEED={begin}");
    let changes = scale(slice, whole);
    let seeds = seeds(name);
    assert!(!seeds.is_empty(), "fuzz/seeds/{name} is empty");
    let fell = feed(*run, &seeds, &mut Dice(begin), changes);
    if let Some(bytes) = fell {
        let kept = std::env::temp_dir().join(format!("{name}-{begin}"));
        std::fs::write(&kept, &bytes).unwrap();
        panic!(
            "{name} falls over {} (FOOTBRIDGE_SEED={begin}): {:?}",
            kept.display(),
            String::from_utf8_lossy(&bytes)
        );
    }
    let count = u64::try_from(changes + seeds.len()).unwrap();
    reached(
        "G-13",
        &format!("inputs that {name} took or refused"),
        count,
        Aim::AtLeast(u64::try_from(slice).unwrap()),
    );
}

macro_rules! goals {
    ($($test:ident $name:literal $slice:literal $whole:literal,)*) => {
        $(#[test]
        fn $test() {
            fuzz($name, $slice, $whole);
        })*

        #[test]
        fn g13_every_target_has_seeds_a_program_and_a_test() {
            let tested = [$($name),*];
            for (name, _) in TARGETS {
                assert!(tested.contains(&name), "{name} has no test here");
                assert!(!seeds(name).is_empty(), "{name} has no seeds");
                let programs = include_str!("../../../fuzz/Cargo.toml");
                assert!(programs.contains(&format!("name = \"{name}\"")), "{name} has no program in fuzz/");
            }
            reached("G-13", "targets with seeds and a program", u64::try_from(TARGETS.len()).unwrap(), Aim::AtLeast(15));
        }
    };
}

goals! {
    g13_guide "guide" 60 2_500,
    g13_guide_plan "guide_plan" 60 2_500,
    g13_offer "offer" 2_000 200_000,
    g13_bundle "bundle" 600 30_000,
    g13_graph_error "graph_error" 150 10_000,
    g13_graph_page "graph_page" 300 20_000,
    g13_next_link "next_link" 300 20_000,
    g13_retry_after "retry_after" 150 10_000,
    g13_axigen "axigen" 10_000 500_000,
    g13_journal "journal" 40 2_000,
    g13_csr "csr" 1_000 60_000,
    g13_der "der" 300 15_000,
    g13_pem "pem" 300 15_000,
    g13_pfx "pfx" 150 8_000,
    g13_pkcs7 "pkcs7" 600 40_000,
}

/// The control: a reader that forgets that a piece may be cut short is found by as many changes as the whole catalogue makes of a guide.
#[test]
fn g13_control_a_planted_bug_is_found() {
    fn careless(bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for line in text.lines().filter(|line| line.contains("= \"")) {
            // Takes for granted that a text that begins also ends.
            let (_, rest) = line.split_once("= \"").unwrap();
            assert!(!rest.is_empty(), "a text without an end");
        }
    }
    let found = feed(careless, &seeds("guide"), &mut Dice(1), 2_500);
    assert!(found.is_some(), "the planted bug was not found");
    reached("G-13", "planted bugs found, of 1", 1, Aim::Exactly(1));
}
