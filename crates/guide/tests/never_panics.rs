//! Strange bytes and broken guides are refused or read; they never bring the reader down, and every fault
//! has a place, a sentence and a hint.
#![allow(clippy::unwrap_used)]

use guide::Sources;
use proptest::prelude::*;

const FILES: [&str; 3] = [
    include_str!("../../../guides/targetconnect/guide.toml"),
    include_str!("../../../guides/targetconnect/en.toml"),
    include_str!("../../../guides/targetconnect/de.toml"),
];

fn judge(which: usize, bytes: &[u8]) {
    let mut files = FILES.map(str::as_bytes);
    files[which] = bytes;
    let read = guide::read(&Sources { guide: files[0], en: files[1], de: files[2] });
    if let Err(faults) = read {
        assert!(!faults.is_empty() && faults.len() <= 100);
        for fault in faults {
            assert!(fault.line >= 1 && fault.column >= 1 && !fault.what.is_empty() && !fault.hint.is_empty());
        }
    }
}

const SNIPPETS: [&str; 16] = [
    "[",
    "]]",
    "{",
    "}",
    "\"",
    "'''",
    "=",
    "\n",
    "\u{202e}",
    "[[steps]]\n",
    "verb = \"hand-over\"\n",
    "{secret.secret}",
    "**",
    "after = [\"hand-over\"]\n",
    "é",
    "\\u0000",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(which in 0usize..3, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        judge(which, &bytes);
    }

    #[test]
    fn mutated_guides(which in 0usize..3, cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, 0usize..16), 1..4)) {
        let mut text: Vec<char> = FILES[which].chars().collect();
        for (at, length, snippet) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, SNIPPETS[snippet].chars());
        }
        judge(which, text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn any_text_as_template_and_markup(text in "[a-z.{}*`\\[\\]() ]{0,40}") {
        let _ = guide::markup::draw(&text, &|_| None);
        if let Ok(template) = text.parse::<guide::Template>() {
            prop_assert_eq!(template.source(), text);
        }
    }
}

/// The mutations reach both outcomes; otherwise the property above would say little.
#[test]
fn a_harmless_change_still_reads() {
    judge(0, format!("{}\n# a remark\n", FILES[0]).as_bytes());
    let remark = format!("{}\n# a remark\n", FILES[0]);
    assert!(
        guide::read(&Sources { guide: remark.as_bytes(), en: FILES[1].as_bytes(), de: FILES[2].as_bytes() })
            .is_ok()
    );
    assert!(guide::read(&Sources { guide: b"x", en: FILES[1].as_bytes(), de: FILES[2].as_bytes() }).is_err());
}
