//! How long files and functions may be.

use crate::code::{bare, functions, length, without_tests};
use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const FILE: usize = 600;
const FILE_MEDIAN: usize = 150;
const FUNCTION: usize = 120;
const FUNCTION_NINTH: usize = 40;

const FILE_WHY: &str = "A file is read from top to bottom in one sitting; above 600 lines nobody does";
const MEDIAN_WHY: &str =
    "Half of all files fit on three screens; when they do not, rooms are growing into heaps";
const FUNCTION_WHY: &str = "A function above 120 lines does several things and can be tested as none of them";
const NINTH_WHY: &str = "Nine functions out of ten fit on one screen; a long one is the exception";

fn files(sources: &[Source]) -> Vec<Breach> {
    let long = |s: &Source| (code_of(s), s.path.clone());
    let mut lengths: Vec<(usize, String)> =
        sources.iter().map(long).map(|(code, path)| (length(&code), path)).collect();
    lengths.sort();
    let mut breaches: Vec<Breach> = lengths
        .iter()
        .filter(|(lines, _)| *lines > FILE)
        .map(|(lines, path)| Breach::new(path, format!("{lines} lines"), FILE_WHY))
        .collect();
    if let Some((median, _)) = lengths.get(lengths.len() / 2).filter(|(median, _)| *median > FILE_MEDIAN) {
        breaches.push(Breach::new("all files", format!("the median is {median} lines"), MEDIAN_WHY));
    }
    breaches
}

fn function_lengths(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut lengths = Vec::new();
    for source in sources.iter().filter(|s| s.is(".rs")) {
        for function in functions(&code_of(source)) {
            lengths.push(function.lines);
            if function.lines > FUNCTION {
                let what = format!("fn {} has {} lines", function.name, function.lines);
                breaches.push(Breach::new(format!("{}:{}", source.path, function.line), what, FUNCTION_WHY));
            }
        }
    }
    lengths.sort_unstable();
    if let Some(ninth) = lengths.get(lengths.len() * 9 / 10).filter(|ninth| **ninth > FUNCTION_NINTH) {
        breaches.push(Breach::new(
            "all functions",
            format!("one in ten has {ninth} lines or more"),
            NINTH_WHY,
        ));
    }
    breaches
}

fn code_of(source: &Source) -> String {
    if !source.is(".rs") {
        return source.text.clone();
    }
    // Comments count as lines of a file, so only the place of the tests is taken from the bare code.
    let code = without_tests(&bare(&source.text));
    let last = length(&code);
    let tests_removed = source.text.contains("#[cfg(test)]");
    if tests_removed { code } else { source.text.lines().take(last).collect::<Vec<_>>().join("\n") }
}

fn measured() -> Vec<Source> {
    let page = |s: &Source| s.path.starts_with("ui/src/") && (s.is(".ts") || s.is(".svelte") || s.is(".css"));
    let own = |s: &Source| !s.is(".gen.ts") && !s.is(".test.ts");
    let mut found = tree::product();
    found.extend(tree::sources().into_iter().filter(|s| page(s) && own(s)));
    found
}

#[test]
fn file_lengths() {
    uphold(&files(&measured()));
}

#[test]
fn function_lengths_in_rust() {
    uphold(&function_lengths(&measured()));
}

fn planted(functions: usize, lines: usize) -> Vec<Source> {
    let body = "    step();\n".repeat(lines);
    let text = format!("fn planted() {{\n{body}}}\n").repeat(functions);
    vec![Source::planted("crates/x/src/planted.rs", &text)]
}

#[test]
fn control_a_long_file_is_seen() {
    reported(&files(&planted(100, 5)), "700 lines");
    reported(&files(&planted(30, 4)), "median is 180");
}

#[test]
fn control_tests_do_not_count() {
    let mut long = planted(1, 10);
    long[0].text.push_str(&format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn a() {}\n".repeat(700)));
    assert_eq!(files(&long), []);
    assert_eq!(function_lengths(&planted(10, 20)), []);
}

#[test]
fn control_a_long_function_is_seen() {
    reported(&function_lengths(&planted(1, 130)), "planted has 132 lines");
    reported(&function_lengths(&planted(10, 50)), "52 lines or more");
}
