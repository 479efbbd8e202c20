//! Every rule of the reader, as a case: a small change to the good guide, and the fault it must give.
//! The good guide beside them passes, so that no rule is passed by refusing everything.
#![allow(clippy::unwrap_used)]

use guide::FaultKind::{self, *};
use guide::{Fault, Sources, Trust};

const GUIDE: &str = include_str!("../../../guides/targetconnect/guide.toml");
const ENGLISH: &str = include_str!("../../../guides/targetconnect/en.toml");
const GERMAN: &str = include_str!("../../../guides/targetconnect/de.toml");

#[derive(Clone, Copy, PartialEq)]
enum File {
    Guide,
    English,
    German,
}

impl File {
    fn name(self) -> &'static str {
        match self {
            File::Guide => "guide.toml",
            File::English => "en.toml",
            File::German => "de.toml",
        }
    }

    fn text(self) -> &'static str {
        match self {
            File::Guide => GUIDE,
            File::English => ENGLISH,
            File::German => GERMAN,
        }
    }
}

fn read(file: File, bytes: &[u8]) -> Result<guide::Guide, Vec<Fault>> {
    let mut sources = Sources { guide: GUIDE.as_bytes(), en: ENGLISH.as_bytes(), de: GERMAN.as_bytes() };
    match file {
        File::Guide => sources.guide = bytes,
        File::English => sources.en = bytes,
        File::German => sources.de = bytes,
    }
    guide::read(&sources)
}

/// Replaces the first `old` by `new`; the fault must stand at the first `place` after that, in the changed file.
struct Case {
    file: File,
    old: &'static str,
    new: &'static str,
    place: &'static str,
    field: &'static str,
    kind: FaultKind,
    hint: &'static str,
}

const fn case(
    file: File,
    old: &'static str,
    new: &'static str,
    place: &'static str,
    field: &'static str,
    kind: FaultKind,
    hint: &'static str,
) -> Case {
    Case { file, old, new, place, field, kind, hint }
}

use File::{English as E, German as D, Guide as G};

#[rustfmt::skip]
const CASES: &[Case] = &[
    // syntax and shape
    case(G, "minutes = 40", "minutes = = 40", "= 40", "", Syntax, "Correct"),
    case(G, "minutes = 40", "minutes = 40\nminutes = 41", "minutes = 41", "", Syntax, "Correct"),
    case(G, "minutes = 40", "minuts = 40", "minuts", "minuts", UnknownKey, "`minutes`"),
    case(G, "minutes = 40", "", "#:schema", "", MissingKey, "Add `minutes`"),
    case(G, "minutes = 40", "minutes = \"40\"", "\"40\"", "minutes", WrongType, "a whole number"),
    case(G, "minutes = 40", "minutes = 40.5", "40.5", "minutes", WrongType, "a whole number"),
    case(G, "minutes = 40", "minutes = 1979-05-27", "1979", "minutes", WrongType, "a whole number"),
    case(G, "minutes = 40", "minutes = 0", "0\n", "minutes", BadValue, "from 1 to 600"),
    case(G, "minutes = 40", "minutes = 99999999999999999999", "9999", "minutes", BadValue, "from 1 to 600"),
    case(G, "product = \"TARGETconnect\"", "product = \"\"", "\"\"", "product", BadValue, "Write one"),
    case(G, "id = \"targetconnect\"", "id = \"Target Connect\"", "\"Target", "id", BadValue, "lower-case"),
    case(G, "\"https://targetconnectsupport", "\"http://targetconnectsupport", "\"http:", "document", BadValue, "https"),
    case(G, "version = \"1.0\"", "version = \"newest\"", "\"newest\"", "version", BadValue, "1.0"),
    case(G, "support = \"targetconnect.integrations@groupgti.com\"", "support = \"ask us\"", "\"ask us\"", "support", BadValue, "Write one of the two"),
    case(G, "verb = \"add-secret\"", "verb = \"add-secert\"", "\"add-secert\"", "steps[3].do.verb", UnknownValue, "`add-secret`"),
    case(G, "verb = \"add-secret\"\n", "", "do]\napplication = \"register\"\nmonths", "steps[3].do", MissingKey, "Add `verb`"),
    case(G, "verb = \"note-ids\"", "verb = \"note-ids\"\nshell = \"rm\"", "shell", "steps[2].do.shell", UnknownKey, "`verb`"),
    case(G, "audience = \"single-tenant\"", "audience = \"singletenant\"", "\"singletenant\"", "steps[1].do.audience", UnknownValue, "`single-tenant`"),
    case(G, "resource = \"microsoft-graph\"", "resource = \"00000003-0000-0000-c000-000000000000\"", "\"0000", "steps[4].do.resource", UnknownValue, "`microsoft-graph`"),
    case(G, "fields = \"all\"", "fields = \"some\"", "\"some\"", "steps[12].do.fields", UnknownValue, "`all`"),
    case(G, "fields = \"all\"", "fields = []", "fields = []", "steps[12].do.fields", Count, "At least 1"),
    case(G, "fields = \"all\"", "fields = [\"client-secert\"]", "\"client-secert\"", "steps[12].do.fields[0]", Dangling, "`client-secret`"),
    case(G, "fields = \"all\"", "fields = [\"client-secret\", \"client-secret\"]", "", "steps[12].do.fields[1]", Twice, "fields[0]"),
    case(G, "portal = \"overview\"", "portal = \"https://evil.example\"", "\"https://evil", "steps[2].portal", UnknownValue, "Known are"),
    case(G, "kind = \"verify\"", "kind = \"verfy\"", "\"verfy\"", "steps[0].rows[12].kind", UnknownValue, "`verify`"),
    case(G, "mark = \"outdated\"", "mark = \"old\"", "\"old\"", "steps[9].rows[0].mark", UnknownValue, "Known are"),
    case(G, "who = \"anyone\"", "who = \"anybody\"", "\"anybody\"", "steps[0].rows[0].who", UnknownValue, "Known are"),
    case(G, "id = \"TC-O-1\"", "id = \"TC O 1\"", "\"TC O", "steps[0].rows[0].id", BadValue, "letters"),
    case(G, "kind = { type = \"csv\" }", "kind = { type = \"csv\", max = 3 }", "max = 3", "asks[12].kind.max", UnknownKey, "type"),
    case(G, "required = false", "required = \"no\"", "\"no\"", "asks[0].required", WrongType, "true or false"),
    case(G, "after = [\"notice\"]", "after = \"notice\"", "\"notice\"\n", "steps[1].after", WrongType, "a list"),
    case(G, "id = \"azure\"\n", "id = \"azure\"\nwhen = \"x\"\n", "when", "sections[0].when", UnknownKey, "`id`"),
    // characters
    case(G, "vendor = \"Group GTI\"", "vendor = \"Group\u{202e} GTI\"", "\u{202e}", "", Character, "Remove"),
    case(G, "vendor = \"Group GTI\"", "vendor = \"Group\\u202E GTI\"", "\"Group\\u", "vendor", Character, "Remove"),
    case(G, "vendor = \"Group GTI\"", "vendor = \"Group\\u0000 GTI\"", "\"Group\\u", "vendor", Character, "Remove"),
    case(G, "vendor = \"Group GTI\"", "vendor = \"Group\u{7} GTI\"", "\u{7}", "", Character, "Remove"),
    case(E, "title = \"Read", "title = \"Re\u{0301}ad", "\u{0301}", "", Character, "composed"),
    // names
    case(G, "id = \"operators\"\nkind", "id = \"operator-guide\"\nkind", "\"operator-guide\"\nkind = { type = \"users\" }", "asks[5].id", Twice, "asks[0].id"),
    case(G, "id = \"TC-O-2\"", "id = \"TC-O-1\"", "\"TC-O-1\"\nkind = \"read\"\nwho = \"product", "steps[0].rows[1].id", Twice, "steps[0].rows[0].id"),
    case(G, "id = \"TC-17\"", "id = \"TC-16\"", "\"TC-16\"\nkind = \"verify\"", "steps[6].rows[0].id", Twice, "steps[5].rows[0].id"),
    case(G, "section = \"azure\"", "section = \"azur\"", "\"azur\"", "steps[0].section", Dangling, "`azure`"),
    case(G, "section = \"azure\"\ndocumented = \"Indepth Technical Guide 4\"", "section = \"teams\"\ndocumented = \"Indepth Technical Guide 4\"", "\"azure\"\ndocumented = \"Indepth Technical Guide 5", "steps[3].section", Order, "together"),
    case(G, "id = \"teams\"\n", "id = \"teams\"\n\n[[sections]]\nid = \"empty\"\n", "\"empty\"", "sections[2].id", Dangling, "remove"),
    case(G, "after = [\"notice\"]", "after = [\"notce\"]", "\"notce\"", "steps[1].after[0]", Dangling, "`notice`"),
    case(G, "after = []", "after = [\"notice\"]", "\"notice\"]", "steps[0].after[0]", Cycle, "Remove"),
    case(G, "after = []", "after = [\"secret\"]", "\"secret\"]", "steps[0].after[0]", Cycle, "Remove"),
    case(G, "after = [\"consent\", \"secret\"]", "after = [\"consent\"]", "\"secret\"\n\n[[steps.rows]]\nid = \"TC-17\"", "steps[6].do.secret", Order, "Add `secret`"),
    case(G, "asks = [\"application-name\"]", "asks = [\"aplication-name\"]", "\"aplication-name\"", "steps[1].asks[0]", Dangling, "`application-name`"),
    case(G, "asks = [\"operator-guide\"]\n", "", "\"operator-guide\"\nkind", "asks[0].id", Dangling, "asks"),
    case(G, "asks = [\"policy-name\"]", "asks = [\"policy-name\", \"operator-guide\"]", "\"operator-guide\"]", "steps[7].asks[1]", Twice, "one step"),
    case(G, "application = \"register\"", "application = \"registre\"", "\"registre\"", "steps[3].do.application", Dangling, "`register`"),
    case(G, "application = \"register\"", "application = \"notice\"", "\"notice\"\nmonths", "steps[3].do.application", WrongKind, "`register`"),
    case(G, "permissions = \"permissions\"", "permissions = \"register\"", "\"register\"\n\n[[steps.rows]]\nid = \"TC-16\"", "steps[5].do.permissions", WrongKind, "`permissions`"),
    case(G, "policy = \"policy\"", "policy = \"polcy\"", "\"polcy\"", "steps[9].do.policy", Dangling, "`policy`"),
    case(G, "users = \"operators\"", "users = \"assign\"", "\"assign\"\nto", "steps[9].do.users", WrongKind, "`operators`"),
    case(G, "ask = \"operators\"", "ask = \"policy-name\"", "\"policy-name\"\n\n[[steps.rows]]", "steps[8].do.ask", WrongKind, "users"),
    case(G, "remote = \"operator-remote-field\"", "remote = \"policy-name\"", "\"policy-name\"\nusers", "steps[11].do.pairs[0].remote", WrongKind, "user-field"),
    case(G, "csv = \"product-csv\"", "csv = \"product-cvs\"", "\"product-cvs\"", "steps[11].do.pairs[1].csv", Dangling, "`product-csv`"),
    case(G, "row = \"TC-F-1\"", "row = \"TC-F-9\"", "\"TC-F-9\"", "fields[0].row", Dangling, "TC-F-"),
    // values
    case(G, "{answers.application-name}", "{answers.aplication-name}", "\"{answers.apl", "steps[1].do.name", Dangling, "`application-name`"),
    case(G, "{answers.application-name}", "{answers.application-name", "\"{answers.app", "steps[1].do.name", Markup, "twice"),
    case(G, "{answers.application-name}", "{env}", "\"{env}", "steps[1].do.name", Markup, "twice"),
    case(G, "\"{answers.policy-group}\"", "\"{secret.secret}\"", "\"{secret.secret}\"", "steps[9].do.group", OpenSecret, "secret = true"),
    case(G, "{note-ids.application-id}", "{note-ids.aplication-id}", "\"{note-ids.apl", "fields[0].value", Dangling, "`application-id`"),
    case(G, "{note-ids.application-id}", "{notes.application-id}", "\"{notes.", "fields[0].value", Dangling, "no"),
    case(G, "secret = true\n", "", "\"{secret.secret}\"", "fields[2].value", OpenSecret, "secret = true"),
    case(G, "value = \"{answers.operator-local-field}\"", "value = \"{answers.operator-local-field}\"\nsecret = true", "true", "fields[3].secret", BadValue, "secret"),
    case(G, "{answers.secret-months}", "25", "\"25\"", "steps[3].do.months", BadValue, "number"),
    case(G, "\"{answers.secret-months}\"", "\"{answers.policy-name}\"", "\"{answers.policy-name}\"", "steps[3].do.months", BadValue, "number"),
    case(G, "to = \"{answers.policy-scope}\"", "to = \"nobody\"", "\"nobody\"", "steps[9].do.to", UnknownValue, "choice"),
    case(G, "group = \"{answers.policy-group}\"\n", "", "do]\nverb = \"assign", "steps[9].do", MissingKey, "Add `group`"),
    case(G, "default = \"12\"", "default = \"36\"", "\"36\"", "asks[3].default", BadValue, "from 1 to 24"),
    case(G, "default = \"users\"", "default = \"user\"", "\"user\"", "asks[6].default", BadValue, "`users`"),
    case(G, "default = \"mail\"", "default = \"Mail\"", "\"Mail\"", "asks[9].default", BadValue, "`mail`"),
    case(G, "min = 1, max = 24", "min = 24, max = 1", "24, max", "asks[3].kind.min", BadValue, "Swap"),
    case(G, "[\"users\", \"group\", \"everyone\"]", "[\"users\", \"group\", \"everyone\", \"users\"]", "\"users\"] }", "asks[6].kind.options[3]", Twice, "Remove"),
    // permissions
    case(G, "\"User.ReadBasic.All\"]", "\"User.ReadBasics.All\"]", "\"User.ReadBasics.All\"", "steps[4].do.application-permissions[1]", UnknownPermission, "`User.ReadBasic.All`"),
    case(G, "\"User.ReadBasic.All\"]", "\"user.readbasic.all\"]", "\"user.readbasic.all\"", "steps[4].do.application-permissions[1]", UnknownPermission, "`User.ReadBasic.All`"),
    case(G, "\"User.ReadBasic.All\"]", "\"User.Read\"]", "\"User.Read\"]", "steps[4].do.application-permissions[1]", UnknownPermission, "other kind"),
    case(G, "\"User.ReadBasic.All\"]", "\"97235f07-e226-4f63-ace3-39588e11d3a1\"]", "\"97235f07", "steps[4].do.application-permissions[1]", UnknownPermission, "reference"),
    case(G, "\"User.ReadBasic.All\"]", "\"OnlineMeetings.ReadWrite.All\"]", "\"OnlineMeetings.ReadWrite.All\"]", "steps[4].do.application-permissions[1]", Twice, "once"),
    case(G, "\"User.ReadBasic.All\"]", "\"RoleManagement.ReadWrite.Directory\"]", "\"RoleManagement", "steps[4].do.application-permissions[1]", RiskyPermission, "narrower"),
    case(G, "[\"OnlineMeetings.ReadWrite.All\", \"User.ReadBasic.All\"]", "[]", "do]\nverb = \"set-permissions\"", "steps[4].do", BadValue, "Name one"),
    // texts
    case(E, "[steps.secret]", "[steps.secrets]", "secrets]", "steps.secrets", OrphanText, "`secret`"),
    case(D, "[rows.TC-9]\n", "[rows.TC-99]\n", "TC-99", "rows.TC-99", OrphanText, "`TC-"),
    case(E, "green = \"A person", "gren = \"A person", "gren", "steps.notice.gren", UnknownKey, "`green`"),
    case(E, "users = \"The chosen", "user = \"The chosen", "\"The chosen", "asks.policy-scope.options.user", OrphanText, "`users`"),
    case(D, "by-hand = \"Wählen Sie **Microsoft Graph**.\"\n", "", "TC-11", "rows.TC-11.by-hand", MissingText, "by-hand"),
    case(D, "newer = ", "older = ", "older", "rows.TC-P-5.older", UnknownKey, "says"),
    case(G, "mark = \"outdated\"\n", "", "", "rows.TC-P-5.newer", OrphanText, "mark"),
    case(G, "unconfirmed = [\"account-type\"]\n", "", "", "unconfirmed.account-type", OrphanText, ""),
    case(E, "account-type = ", "acount-type = ", "\"The document does not name", "unconfirmed.acount-type", OrphanText, "`account-type`"),
    case(E, "**Microsoft Graph**", "**Microsoft Graph", "\"Choose **Microsoft Graph.", "rows.TC-11.by-hand", Markup, "closed"),
    case(E, "(https://portal.azure.com/)", "(javascript:alert)", "\"Sign in to", "rows.TC-1.says", Markup, "address"),
    case(E, "(https://portal.azure.com/)", "(https://portal.azure.com@evil.example/)", "\"Sign in to", "rows.TC-1.says", Markup, "address"),
    case(E, "title = \"Choose the operators\"", "title = \"Choose {answers.operators}\"", "\"Choose {", "steps.operators.title", Markup, "by-hand"),
    case(E, "`{answers.operator-local-field}`", "`{secret.secret}`", "\"Enter `{secret", "rows.TC-F-4.by-hand", OpenSecret, "secret = true"),
    case(D, "Geben Sie dem Teams-Administrator die Anwendungs-ID `{register.application-id}`.", "Fertig.", "\"\"\"\nDas geschieht", "rows.TC-O-10.by-hand", Placeholders, "both"),
    case(E, "`{note-ids.directory-id}`", "`{note-ids.directory}`", "\"Enter `{note-ids.dir", "rows.TC-F-2.by-hand", Dangling, "`directory-id`"),
];

#[test]
fn the_good_guide_passes() {
    assert_eq!(read(G, GUIDE.as_bytes()).map(|guide| guide.steps.len()), Ok(13));
}

#[test]
fn every_bad_guide_is_refused_at_its_place() {
    let wrong: Vec<String> = CASES.iter().filter_map(|case| judged(case).err().map(|told| told.0)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n\n"));
}

/// What was told instead of the fault that was wanted.
struct Told(String);

impl From<String> for Told {
    fn from(told: String) -> Told {
        Told(told)
    }
}

fn judged(case: &Case) -> Result<(), Told> {
    let about = format!("{:?} → {:?}", case.old, case.new);
    let start = case.file.text().find(case.old).ok_or(format!("{about}: not in the guide"))?;
    let changed = case.file.text().replacen(case.old, case.new, 1);
    let faults = read(case.file, changed.as_bytes()).err().ok_or(format!("{about}: was read"))?;
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let about = format!("{about}\n{}", told.join("\n"));
    let found = faults.iter().find(|fault| fault.kind == case.kind && fault.field == case.field);
    let fault = found.ok_or(format!("{about}\nwanted {:?} at {:?}", case.kind, case.field))?;
    if !fault.hint.contains(case.hint) || fault.what.is_empty() || fault.hint.is_empty() {
        return Err(Told(format!("{about}\nwanted the hint {}", case.hint)));
    }
    if !case.place.is_empty() {
        let from = if changed[start..].contains(case.place) { start } else { 0 };
        let at = from + changed[from..].find(case.place).ok_or(format!("{about}: no {}", case.place))?;
        if fault.file != case.file.name() || (fault.line, fault.column) != place(&changed, at) {
            return Err(Told(format!("{about}\nwanted {}:{:?}", case.file.name(), place(&changed, at))));
        }
    }
    Ok(())
}

fn place(text: &str, at: usize) -> (usize, usize) {
    let line = text[..at].matches('\n').count() + 1;
    let column = text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at].chars().count() + 1;
    (line, column)
}

#[test]
fn a_missing_text_is_told_for_its_language() {
    let english = ENGLISH.replacen("[rows.TC-9]\nsays = \"Go to API permissions.\"\nby-hand = \"Choose **API permissions** on the left.\"\n", "", 1);
    assert_ne!(english, ENGLISH);
    let faults = read(E, english.as_bytes()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(
        (faults[0].kind, faults[0].file.as_str(), faults[0].field.as_str()),
        (MissingText, "en.toml", "rows.TC-9")
    );
}

#[test]
fn several_faults_are_told_at_once_in_order() {
    let changed =
        GUIDE.replacen("minutes = 40", "minuts = 40", 1).replacen("\"add-secret\"", "\"ad-secret\"", 1);
    let german = GERMAN.replacen("[guide]", "[gide]", 1);
    let sources = Sources { guide: changed.as_bytes(), en: ENGLISH.as_bytes(), de: german.as_bytes() };
    let faults = guide::read(&sources).unwrap_err();
    let told: Vec<(&str, FaultKind)> = faults.iter().map(|fault| (fault.file.as_str(), fault.kind)).collect();
    let (g, d) = ("guide.toml", "de.toml");
    assert_eq!(told, [(g, MissingKey), (g, UnknownKey), (g, UnknownValue), (d, MissingKey), (d, UnknownKey)]);
}

#[test]
fn a_built_in_guide_may_ask_for_more_than_a_stranger() {
    let changed = GUIDE.replacen("\"User.ReadBasic.All\"]", "\"Application.ReadWrite.All\"]", 1);
    let sources = Sources { guide: changed.as_bytes(), en: ENGLISH.as_bytes(), de: GERMAN.as_bytes() };
    assert!(guide::read_trusted(&sources, Trust::BuiltIn).is_ok());
    assert_eq!(guide::read(&sources).unwrap_err()[0].kind, RiskyPermission);
}

#[test]
fn oversize_encoding_and_depth_are_refused() {
    let one = |bytes: &[u8]| {
        let faults = read(G, bytes).unwrap_err();
        (faults[0].kind, faults[0].line, faults[0].column)
    };
    let large = format!("{GUIDE}#{}", "x".repeat(1024 * 1024));
    assert_eq!(one(large.as_bytes()), (TooLarge, 1, 1));
    assert_eq!(one(format!("\u{feff}{GUIDE}").as_bytes()), (Encoding, 1, 1));
    assert_eq!(one(b"id = \"a\"\nx = \"\xff\""), (Encoding, 2, 6));
    assert_eq!(one(b"id = 1\rx = 2"), (Character, 1, 7));
    assert_eq!(one(format!("{GUIDE}x = {}1{}", "[".repeat(40), "]".repeat(40)).as_bytes()).0, TooDeep);
    for deep in [
        "[".repeat(100_000),
        format!("x = {}", "[".repeat(100_000)),
        format!("x = {}", "{a=".repeat(100_000)),
    ] {
        assert_eq!(one(deep.as_bytes()).0, Syntax);
    }
    let dotted = format!("{}b = 1", "a.".repeat(200_000));
    assert_eq!(one(dotted.as_bytes()).0, Syntax);
}

#[test]
fn five_hundred_steps_are_read_and_no_more() {
    let step = |number: usize| {
        format!(
            "[[steps]]\nid = \"s{number}\"\nsection = \"s\"\ndocumented = \"x\"\ndo = {{ verb = \"note-ids\" }}\nrows = [{{ id = \"R{number}\", kind = \"read\", who = \"anyone\" }}]\n"
        )
    };
    let whole = |count: usize| {
        let head = "id = \"big\"\nversion = \"1.0\"\nproduct = \"P\"\nvendor = \"V\"\ndocument = \"https://example.org/\"\nminutes = 5\n[[sections]]\nid = \"s\"\n";
        let steps: String = (0..count).map(step).collect();
        let texts = |number: usize| {
            format!(
                "[steps.s{number}]\ntitle = \"t\"\nwhy = \"w\"\ngreen = \"g\"\n[rows.R{number}]\nsays = \"s\"\nby-hand = \"b\"\n"
            )
        };
        let words: String = (0..count).map(texts).collect();
        (format!("{head}{steps}"), format!("[guide]\nsummary = \"s\"\n[sections.s]\ntitle = \"t\"\n{words}"))
    };
    let (guide, words) = whole(500);
    let sources = Sources { guide: guide.as_bytes(), en: words.as_bytes(), de: words.as_bytes() };
    assert_eq!(guide::read(&sources).map(|guide| guide.steps.len()), Ok(500));
    let (guide, words) = whole(501);
    let sources = Sources { guide: guide.as_bytes(), en: words.as_bytes(), de: words.as_bytes() };
    let faults = guide::read(&sources).unwrap_err();
    assert_eq!((faults[0].kind, faults[0].field.as_str()), (Count, "steps"));
}
