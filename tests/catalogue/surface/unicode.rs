//! G-29: a text from outside comes back letter for letter, or it is refused with a reason; nothing in between. What makes
//! text look like other text cannot stand in a guide, and a host is shown as it is resolved.

use engine::guide::{self, Sources, markup};
use footbridge_tests::goal::{Target, reached};
use footbridge_tests::{Scene, TestDesk};
use serde_json::json;

/// A text, and whether a guide may say it.
fn texts() -> Vec<(&'static str, String, bool)> {
    let long = |letter: &str, count: usize| letter.repeat(count);
    vec![
        ("plain", "Lighthouse".into(), true),
        ("umlauts, composed", "Überbrückung für Straße".into(), true),
        ("umlauts, decomposed", "U\u{308}berbru\u{308}ckung".into(), false),
        ("Turkish i", "İstanbul ıyı I i".into(), true),
        ("emoji of several parts", "👩‍🚒 🇩🇪 👍🏽".into(), false),
        ("emoji", "🦀 and 🌉".into(), true),
        ("right to left override", "invoice\u{202e}gpj.exe".into(), false),
        ("right to left isolate", "a\u{2067}b\u{2069}c".into(), false),
        ("left to right mark", "a\u{200e}b".into(), false),
        ("zero width space", "pass\u{200b}word".into(), false),
        ("zero width joiner", "a\u{200d}b".into(), false),
        ("soft hyphen", "foot\u{ad}bridge".into(), false),
        ("byte order mark", "\u{feff}text".into(), false),
        ("Arabic", "جسر المشاة".into(), true),
        ("Hebrew", "גשר להולכי רגל".into(), true),
        ("Chinese beyond the first plane", "𠮷野家".into(), true),
        ("null", "a\0b".into(), false),
        ("bell", "a\u{7}b".into(), false),
        ("escape", "\u{1b}[31mred".into(), false),
        ("next line", "a\u{85}b".into(), false),
        ("line separator", "a\u{2028}b".into(), false),
        ("a private letter", "\u{e000}x".into(), true),
        ("not a letter", "a\u{ffff}b".into(), true),
        ("replacement", "a\u{fffd}b".into(), true),
        ("256 letters", long("ä", 256), false),
        ("full width", "ＡＢＣ".into(), true),
        ("look-alikes", "раураl".into(), true),
        ("many marks on one letter", format!("a{}", long("\u{301}", 40)), false),
    ]
}

/// The example of the authors' page with another title of its first step: as it is typed, or with each letter as an escape.
fn guide_says(text: &str, escaped: bool) -> Result<String, String> {
    let at = |name: &str| {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/lighthouse").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let written: String = text
        .chars()
        .map(|letter| match letter {
            _ if escaped || letter.is_control() => format!("\\U{:08X}", u32::from(letter)),
            _ => letter.to_string(),
        })
        .collect();
    let title = "title = \"Read what Lighthouse needs\"";
    let other = at("en.toml").replace(title, &format!("title = \"{written}\""));
    assert_ne!(other, at("en.toml"));
    let guide = at("guide.toml");
    let sources = Sources { guide: guide.as_bytes(), en: other.as_bytes(), de: other.as_bytes() };
    let read = guide::read(&sources).map_err(|faults| faults[0].to_string())?;
    Ok(read.say(guide::Language::English, "steps.notice.title").to_owned())
}

#[test]
fn g29_a_guide_s_text_is_exact_or_refused() {
    let mut judged = 0;
    for (what, text, allowed) in texts() {
        for escaped in [false, true] {
            match guide_says(&text, escaped) {
                Ok(said) => assert!(allowed && said == text, "{what}: {said:?} for {text:?}"),
                Err(why) => assert!(!allowed && !why.is_empty(), "{what} is refused: {why}"),
            }
            judged += 1;
        }
    }
    reached("G-29", "texts of a guide that came back exact or were refused", judged, Target::AtLeast(56));
}

#[tokio::test]
async fn g29_a_name_that_an_admin_types_is_exact_or_refused() {
    let at = TestDesk::open(Scene::default()).await;
    let (mut judged, mut exact) = (0, 0);
    for (what, text, _) in texts() {
        judged += 2;
        if let Ok(connection) = at.desk.connect("targetconnect", &text) {
            let found = at.desk.connections().unwrap().into_iter().find(|one| one.id == connection).unwrap();
            assert_eq!(found.name, text, "{what}");
            assert_eq!(at.desk.find(&text).unwrap(), Some(connection.clone()), "{what}");
            exact += 1;
        }
        let connection = at.desk.connect("targetconnect", what).unwrap();
        if at.desk.answer(&connection, "operator-local-field", json!(text)).is_ok() {
            let entries = at.desk.journal_entries(Some(&connection)).unwrap();
            let kept = entries.iter().rev().find_map(|entry| match &entry.event {
                engine::journal::Event::Answered { value, .. } => Some(value.clone()),
                _ => None,
            });
            assert_eq!(kept, Some(json!(text)), "{what}");
            exact += 1;
        }
    }
    assert!(exact > 20, "only {exact} texts were taken at all");
    reached("G-29", "typed texts that came back exact or were refused", judged, Target::AtLeast(56));
}

#[test]
fn g29_a_host_is_one_of_plain_letters_and_so_shown_as_it_is_resolved() {
    let good = [
        ("https://entra.microsoft.com/x", "entra.microsoft.com"),
        ("https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"),
    ];
    for (address, host) in good {
        assert_eq!(markup::link_host(address), Some(host));
    }
    let foreign = [
        "https://münchen.example/",
        "https://mіcrosoft.com/",
        "https://microsoft.com\u{2024}evil.example/",
        "https://micro\u{200b}soft.com/",
        "https://microsoft。com/",
        "https://ｍicrosoft.com/",
        "https://microsoft.com\u{ff0f}@evil.example/",
        "https://İstanbul.example/",
        "https://MICROSOFT.com/",
        "https://microsoft.com\\@evil.example/",
        "https://evil.example\u{202e}moc.tfosorcim/",
    ];
    for address in foreign {
        assert_eq!(markup::link_host(address), None, "{address}");
        assert!(markup::lines(&format!("[words]({address})")).is_err(), "{address}");
    }
    reached(
        "G-29",
        "look-alike hosts refused, of 11",
        u64::try_from(foreign.len()).unwrap(),
        Target::Exactly(11),
    );
}
