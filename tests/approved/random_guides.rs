//! Guides that nobody wrote: one or two applications, each with a secret, a certificate or neither, redirect addresses, the
//! public client switch, permissions out of the catalogue, and consent. Every number of the dice gives the same guide again.

use std::fmt::Write as _;

use engine::guide::{Guide, PermissionKind, Sources, permissions, read};
use footbridge_tests::Dice;

/// A guide under way: its three texts.
#[derive(Default)]
struct Draft {
    guide: String,
    texts: String,
    count: usize,
    last: Vec<String>,
}

const NAMES: [&str; 6] =
    ["Leuchtturm", "O'Brien & Söhne", "Ärger \\\"im\\\" Amt", "Übersee (Nord)", "a b  c", "Ελλάδα 7"];

impl Draft {
    /// Adds a step with one row; `after` names what comes before.
    fn step(&mut self, id: &str, after: &[&str], work: &str) {
        self.count += 1;
        let number = self.count;
        let after = after.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>().join(", ");
        write!(
            self.guide,
            "[[steps]]\nid = \"{id}\"\nsection = \"all\"\ndocumented = \"{number}\"\nafter = [{after}]\n\n[steps.do]\n{work}\n\n\
             [[steps.rows]]\nid = \"R-{number}\"\nkind = \"entra\"\nwho = \"app-registrar\"\n\n"
        )
        .unwrap();
        write!(
            self.texts,
            "[steps.{id}]\ntitle = \"Step {number}\"\nwhy = \"It is wanted.\"\ngreen = \"It is seen.\"\n\n\
             [rows.R-{number}]\nsays = \"Do it.\"\nby-hand = \"In the portal.\"\n\n"
        )
        .unwrap();
        self.last.push(id.to_owned());
    }

    fn application(&mut self, number: u64, dice: &mut Dice) {
        let id = |part: &str| format!("{part}-{number}");
        let register = id("register");
        let name = format!("{} {}", dice.one_of(&NAMES), dice.below(1_000_000));
        let audience = dice.one_of(&["single-tenant", "multiple-tenants"]);
        self.step(
            &register,
            &[],
            &format!("verb = \"register-application\"\nname = \"{name}\"\naudience = \"{audience}\""),
        );
        if dice.percent(60) {
            // Making the key of a certificate takes longer than all else in a case: a thousand of them are enough.
            let verb = if dice.percent(12) { "add-certificate" } else { "add-secret" };
            let months = 1 + dice.below(24);
            let work = format!(
                "verb = \"{verb}\"\napplication = \"{register}\"\nmonths = \"{months}\"\ndescription = \"Key {number}\""
            );
            self.step(&id("credential"), &[&register], &work);
        }
        if dice.percent(40) {
            let addresses: Vec<String> = (0..=dice.below(3))
                .map(|one| format!("\"https://r{one}.example.org/{}\"", dice.below(1000)))
                .collect();
            let work = format!(
                "verb = \"set-redirect-uris\"\napplication = \"{register}\"\naddresses = [{}]",
                addresses.join(", ")
            );
            self.step(&id("redirect"), &[&register], &work);
        }
        if dice.percent(30) {
            let allowed = dice.percent(50);
            self.step(
                &id("public"),
                &[&register],
                &format!("verb = \"set-public-client\"\napplication = \"{register}\"\nallowed = {allowed}"),
            );
        }
        let roles = wanted(dice, PermissionKind::Application);
        let scopes = wanted(dice, PermissionKind::Delegated);
        if roles.is_empty() && scopes.is_empty() {
            return;
        }
        let listed =
            |all: &[String]| all.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(", ");
        let work = format!(
            "verb = \"set-permissions\"\napplication = \"{register}\"\nresource = \"microsoft-graph\"\n\
             application-permissions = [{}]\ndelegated = [{}]{}",
            listed(&roles),
            listed(&scopes),
            if dice.percent(30) && !scopes.contains(&"User.Read".to_owned()) {
                "\nremove = [\"User.Read\"]"
            } else {
                ""
            }
        );
        let permissions = id("permissions");
        self.step(&permissions, &[&register], &work);
        if dice.percent(75) {
            let work = format!(
                "verb = \"grant-consent\"\napplication = \"{register}\"\npermissions = \"{permissions}\""
            );
            self.step(&id("consent"), &[&permissions], &work);
        }
    }
}

/// Up to four permissions of one kind that the pretend tenant offers and that are not of the highest class.
fn wanted(dice: &mut Dice, kind: PermissionKind) -> Vec<String> {
    let all: Vec<&str> = permissions()
        .filter(|one| one.kind == kind && one.risk != engine::guide::Risk::Highest)
        .map(|one| one.value.as_str())
        .collect();
    let mut chosen: Vec<String> = (0..dice.below(5)).map(|_| (*dice.one_of(&all)).to_owned()).collect();
    chosen.sort();
    chosen.dedup();
    chosen
}

/// The guide of this number.
pub fn random_guide(number: u64) -> &'static Guide {
    let mut dice = Dice(number);
    let mut draft = Draft {
        guide: format!(
            "id = \"random-{number}\"\nversion = \"1.0\"\nproduct = \"Random {number}\"\nvendor = \"Nobody\"\n\
             document = \"https://random.example/{number}\"\nminutes = 1\n\n[[sections]]\nid = \"all\"\n\n"
        ),
        texts: "[guide]\nsummary = \"Random.\"\n\n[sections]\nall.title = \"All\"\n\n".to_owned(),
        ..Draft::default()
    };
    for application in 0..=dice.below(2) {
        draft.application(application, &mut dice);
    }
    let after: Vec<String> = draft.last.clone();
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    draft.step("hand-over", &after, "verb = \"hand-over\"\nfields = \"all\"");
    draft.guide.push_str("[[steps.rows]]\nid = \"F-1\"\nkind = \"product\"\nwho = \"product-admin\"\n\n");
    draft.guide.push_str(
        "[[fields]]\nid = \"application-id\"\nrow = \"F-1\"\nvalue = \"{register-0.application-id}\"\n",
    );
    draft.texts.push_str("[rows.F-1]\nsays = \"Enter it.\"\nby-hand = \"In the product.\"\n\n[fields.application-id]\nlabel = \"Application ID\"\n");
    let texts = draft.texts.as_bytes();
    let sources = Sources { guide: draft.guide.as_bytes(), en: texts, de: texts };
    let guide = read(&sources).unwrap_or_else(|faults| panic!("{number}: {faults:#?}\n{}", draft.guide));
    Box::leak(Box::new(guide))
}
