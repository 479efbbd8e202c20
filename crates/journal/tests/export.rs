//! An export proves what the journal proves: whole, in part, and with names struck.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use journal::{Event, ExportError, ExportVerdict, Journal, JournalError, verify_export};
use support::{AT, Key, change, filled, noted, open};

fn export(journal: &Journal, connection: Option<&str>, strike: bool) -> String {
    let mut text = Vec::new();
    journal.export(connection, &mut text, strike).unwrap();
    String::from_utf8(text).unwrap()
}

fn verify(text: &str, key: u8) -> Result<ExportVerdict, ExportError> {
    verify_export(&mut text.as_bytes(), &Key(key))
}

#[test]
fn a_whole_and_a_partial_export_are_intact() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    let whole = export(&journal, None, false);
    assert_eq!(verify(&whole, 1).unwrap(), ExportVerdict::Intact { shown: 5, hidden: 0, struck: false });
    let part = export(&journal, Some("two"), false);
    assert_eq!(verify(&part, 1).unwrap(), ExportVerdict::Intact { shown: 2, hidden: 3, struck: false });
    assert!(whole.contains("ccc") && !part.contains("ccc") && part.contains("dddd"));
}

#[test]
fn an_empty_export_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    let text = export(&open(folder.path()), None, false);
    assert_eq!(verify(&text, 1).unwrap(), ExportVerdict::Intact { shown: 0, hidden: 0, struck: false });
}

#[test]
fn a_line_changed_dropped_swapped_doubled_or_cut_off_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    for strike in [false, true] {
        let text = export(&journal, Some("one"), strike);
        let lines: Vec<&str> = text.lines().collect();
        let mut altered: Vec<Vec<&str>> = Vec::new();
        for index in 0..lines.len() {
            let (mut dropped, mut doubled) = (lines.clone(), lines.clone());
            dropped.remove(index);
            doubled.insert(index, lines[index]);
            altered.extend([dropped, doubled, lines[..index].to_vec()]);
            if index + 1 < lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(index, index + 1);
                altered.push(swapped);
            }
        }
        for lines in altered {
            let verdict = verify(&lines.join("\n"), 1).unwrap();
            assert!(matches!(verdict, ExportVerdict::Broken { .. }), "{lines:#?}");
        }
        let edited = text.replacen("\"n\":3", "\"n\":4", 1);
        assert_ne!(edited, text);
        assert_eq!(verify(&edited, 1).unwrap(), ExportVerdict::Broken { line: 4 });
    }
}

#[test]
fn another_key_does_not_vouch_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = export(&filled(folder.path()), None, false);
    assert_eq!(verify(&text, 2).unwrap(), ExportVerdict::Broken { line: 1 });
}

#[test]
fn something_else_is_not_an_export() {
    assert!(matches!(verify("{\"a\":1}\n", 1), Err(ExportError::NotAnExport { line: 1 })));
    assert_eq!(verify("", 1).unwrap(), ExportVerdict::Broken { line: 1 });
}

#[test]
fn names_are_struck_out_and_the_export_still_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    let signed_in = Event::SignedIn {
        account: "anna.weber@uni.example".into(),
        tenant_id: "11111111-2222-4333-8444-555555555555".into(),
        tenant_name: "Musteruni".into(),
        roles: vec!["Application Administrator".into()],
        scopes: vec![],
        how: "browser".into(),
    };
    let confirmed =
        Event::Confirmed { step: "notice".into(), by: "Anna Weber".into(), note: "seen in Musteruni".into() };
    for event in [&signed_in, &confirmed] {
        journal.append(AT, "Weber's connection", event).unwrap();
    }
    let text = export(&journal, None, true);
    assert_eq!(verify(&text, 1).unwrap(), ExportVerdict::Intact { shown: 7, hidden: 0, struck: true });
    let plain = export(&journal, None, false);
    for name in ["Weber", "weber", "Musteruni", "uni.example"] {
        assert!(plain.contains(name), "the control {name} is missing");
        assert!(!text.contains(name), "{name} stands in {text}");
    }
    for kept in ["notice", "11111111-2222-4333-8444-555555555555", "Application Administrator", "browser"] {
        assert!(text.contains(kept), "{kept} is missing");
    }
}

#[test]
fn a_broken_journal_is_not_exported_as_if_it_were_whole() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    change(folder.path(), "DELETE FROM entries WHERE seq = 2");
    let refused = journal.export(None, &mut Vec::new(), false);
    assert!(matches!(refused, Err(JournalError::Broken { at_seq: 2, .. })));
}

#[test]
fn a_failing_writer_is_told() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path());
    journal.append(AT, "one", &noted("x")).unwrap();
    let refused = journal.export(None, &mut Full, false);
    assert!(matches!(refused, Err(JournalError::Output { kind: std::io::ErrorKind::StorageFull })));
}
