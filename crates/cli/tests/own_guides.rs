//! A vendor's own guide by the program alone: written from the template, linted, rehearsed, signed, sent as one file,
//! trusted by its fingerprint. The worked example of docs/guide-authoring.md is rehearsed as it stands there.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Ended, run};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");

fn rehearse(guide: &str, guides: &str) -> Ended {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("out").display().to_string();
    run(&["rehearse", guide, "--guides", guides, "--out", &to, "--json"])
}

fn states(ended: &Ended) -> Vec<(String, String)> {
    let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    ended.events("step").iter().map(|event| (text(event, "id"), text(event, "state"))).collect()
}

fn assert_rehearsed(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let done = ended.events("done");
    assert_eq!(done.len(), 2);
    assert_eq!(done[1]["writes"], 0, "a second run has nothing to do");
    let last: std::collections::BTreeMap<_, _> = states(ended).into_iter().collect();
    assert_eq!(last.len(), 8);
    assert!(last.values().all(|state| state == "proven" || state == "confirmed"), "{last:?}");
    assert_eq!((last["confirm"].as_str(), last["rooms"].as_str()), ("proven", "confirmed"));
}

#[test]
fn the_worked_example_is_rehearsed_to_its_end() {
    assert_rehearsed(&rehearse("lighthouse", EXAMPLES));
}

#[test]
fn a_new_guide_passes_lint_and_is_rehearsed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("beacon");
    let path = folder.display().to_string();
    assert_eq!(
        run(&["guide", "new", &path, "--product", "Beacon Pro", "--vendor", "Beacon Ltd"]).code,
        Some(0)
    );
    let lint = run(&["guide", "lint", &path]);
    assert_eq!(lint.code, Some(0), "{}", lint.stdout);
    let text = std::fs::read_to_string(folder.join("guide.toml")).unwrap();
    assert!(text.contains("product = \"Beacon Pro\"") && !text.contains("ighthouse"), "{text}");
    assert_rehearsed(&rehearse("beacon", &home.path().display().to_string()));
    for bad in ["Beacon", "be acon", "1beacon"] {
        let path = home.path().join(bad).display().to_string();
        assert_eq!(run(&["guide", "new", &path]).code, Some(2), "{bad}");
    }
    assert_ne!(run(&["guide", "new", &path]).code, Some(0), "an existing folder is not written into");
    let quoted = home.path().join("quoted").display().to_string();
    assert_eq!(run(&["guide", "new", &quoted, "--product", "A\" = 1"]).code, Some(2));
}

fn copy_example(to: &Path, change: impl Fn(String) -> String) {
    std::fs::create_dir(to).unwrap();
    for name in ["guide.toml", "en.toml", "de.toml"] {
        let text = std::fs::read_to_string(Path::new(EXAMPLES).join("lighthouse").join(name)).unwrap();
        std::fs::write(to.join(name), change(text)).unwrap();
    }
}

#[test]
fn what_can_take_over_a_tenant_needs_a_maker_whose_fingerprint_was_compared() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).display().to_string();
    let data = at("data");
    copy_example(&home.path().join("lighthouse"), |text| {
        text.replace("[\"User.ReadBasic.All\"]", "[\"RoleManagement.ReadWrite.Directory\"]")
    });
    let show = |file: &str| run(&["guide", "show", file, "--json", "--data-dir", &data]);
    let refused = show(&at("lighthouse"));
    assert_ne!(refused.code, Some(0));
    assert_eq!(refused.events("trouble")[0]["code"], "guide-too-powerful", "{}", refused.stdout);
    assert_eq!(run(&["guide", "key", "--out", &at("key.pem")]).code, Some(0));
    let signed = run(&["guide", "sign", &at("lighthouse"), "--key", &at("key.pem")]);
    let fingerprint = signed.stdout.trim().to_owned();
    let packed = at("lighthouse.footbridge-guide");
    assert_eq!(run(&["guide", "pack", &at("lighthouse"), "--out", &packed]).code, Some(0));
    assert_eq!(show(&packed).events("trouble")[0]["code"], "guide-too-powerful");
    let pin = |told: &str| {
        run(&["guide", "pin", &packed, "--name", "Harbour", "--fingerprint", told, "--data-dir", &data])
    };
    assert_eq!(pin("AAAA-AAAA-AAAA-AAAA-AAAA").code, Some(2), "another fingerprint pins nothing");
    assert_eq!(show(&packed).events("trouble")[0]["code"], "guide-too-powerful");
    assert_eq!(pin(&fingerprint.to_lowercase()).code, Some(0));
    let shown = show(&packed);
    let own = &shown.events("own-guide")[0];
    assert_eq!(
        (own["signed_by"].as_str(), own["fingerprint"].as_str()),
        (Some("Harbour"), Some(fingerprint.as_str()))
    );
    assert_eq!(own["permissions"][0]["risk"], "highest");
    assert_eq!(run(&["guide", "unpin", &packed, "--data-dir", &data]).code, Some(0));
    assert_eq!(show(&packed).events("trouble")[0]["code"], "guide-too-powerful");
}

#[test]
fn an_unsigned_guide_says_so_in_both_languages() {
    let data = tempfile::tempdir().unwrap();
    let home = data.path().display().to_string();
    let path = format!("{EXAMPLES}/lighthouse");
    let english = run(&["guide", "show", &path, "--data-dir", &home]);
    assert!(
        english.stdout.contains("not verified") && english.stdout.contains("Place.Read.All"),
        "{}",
        english.stdout
    );
    let german = run(&["guide", "show", &path, "--data-dir", &home, "--lang", "de"]);
    assert!(
        german.stdout.contains("nicht geprüft") && german.stdout.contains("je nach Antworten"),
        "{}",
        german.stdout
    );
}
