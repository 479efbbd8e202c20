//! The TARGETconnect guide's own steps and fields, and the answers file, for which it is the example.
#![allow(clippy::unwrap_used)]

use guide::{Action, Guide, Language, Mark, Template};

fn targetconnect() -> &'static Guide {
    guide::find("targetconnect").unwrap()
}

#[test]
fn the_steps_and_fields_are_the_vendors() {
    let guide = targetconnect();
    let verbs: Vec<&str> = guide.steps.iter().map(|step| step.action.verb()).collect();
    let wanted = "confirm-notice register-application note-ids add-secret set-permissions grant-consent confirm-grants \
        create-access-policy choose-users assign-access-policy prove-meeting match-fields hand-over";
    assert_eq!(verbs, wanted.split_whitespace().collect::<Vec<_>>());
    let labels: Vec<&str> =
        guide.fields.iter().map(|field| guide.texts.english.fields[&field.id].label.as_str()).collect();
    let wanted = [
        "Application ID",
        "Directory (Tenant) ID",
        "Client Secret",
        "Operator Identity Local Match Field",
        "Operator Identity Remote Match Field",
        "User Identity Local Match Field",
        "User Identity Remote Match Field",
    ];
    assert_eq!(labels, wanted);
    let Action::SetPermissions { roles, delegated, remove, .. } = &guide.step("permissions").unwrap().action
    else {
        unreachable!()
    };
    assert_eq!(roles, &["OnlineMeetings.ReadWrite.All", "User.ReadBasic.All"]);
    assert!(delegated.is_empty());
    assert_eq!(remove, &["User.Read"]);
    let outdated: Vec<&str> =
        guide.rows().filter(|row| row.mark == Mark::Outdated).map(|row| row.id.as_str()).collect();
    assert_eq!(outdated, ["TC-P-5"]);
}

#[test]
fn by_hand_texts_fill_in_what_is_known() {
    let by_hand = targetconnect().texts.english.get("rows.TC-P-3b.by-hand").unwrap();
    let shown = by_hand
        .parse::<Template>()
        .unwrap()
        .show(&|reference| (reference.name() == "application-id").then(|| "7d1c1f0a".to_owned()));
    assert!(shown.contains("-Identity \"‹policy-name›\" -AppIds @{Add=\"7d1c1f0a\"}"), "{shown}");
}

#[test]
fn the_answers_template_is_read_back() {
    let guide = targetconnect();
    for language in Language::ALL {
        let template = guide::asks_template(guide, language);
        for ask in &guide.asks {
            assert!(template.contains(&format!("{} = ", ask.id)), "{}", ask.id);
            assert!(template.contains(&guide.texts.of(language).asks[&ask.id].label), "{}", ask.id);
        }
        let answers = guide::read_answers(guide, template.as_bytes()).unwrap();
        assert_eq!(answers["secret-months"], 12);
        assert_eq!(answers["policy-name"], "TARGETconnect");
        assert!(!answers.contains_key("operators"));
        let filled = template.lines().map(|line| {
            let key = line.strip_prefix("# ").and_then(|line| line.split_once(" = "));
            if key.is_some_and(|(key, _)| key == "operators") { line.trim_start_matches("# ") } else { line }
        });
        let filled: Vec<&str> = filled.collect();
        let answers = guide::read_answers(guide, filled.join("\n").as_bytes()).unwrap();
        assert_eq!(answers["operators"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_bad_answers_file_is_refused_at_its_place() {
    let cases = [
        ("secret-month = 3", 1, 1, "secret-month", "`secret-months`"),
        ("secret-months = 25", 1, 17, "secret-months", "from 1 to 24"),
        ("secret-months = \"3\"", 1, 17, "secret-months", "whole number"),
        ("\npolicy-scope = \"user\"", 2, 16, "policy-scope", "`users`"),
        ("operators = [\"nobody\"]", 1, 1, "operators", "object ids"),
        ("operators = []", 1, 1, "operators", "object ids"),
        ("operator-remote-field = \"phone\"", 1, 25, "operator-remote-field", "mail"),
        ("policy-name = \"a\\nb\"", 1, 15, "policy-name", "one line"),
        ("policy-name = ", 1, 15, "", "Correct"),
    ];
    for (text, line, column, field, hint) in cases {
        let faults = guide::read_answers(targetconnect(), text.as_bytes()).unwrap_err();
        let fault = &faults[0];
        assert_eq!((fault.line, fault.column, fault.field.as_str()), (line, column, field), "{fault}");
        assert!(fault.hint.contains(hint) && fault.file == "answers.toml", "{fault}");
    }
}
