//! First names, surnames, departments and titles of invented people.
//!
//! Lists only. Umlauts, apostrophes, hyphens and particles are in there on purpose.

pub(crate) const GIVEN: [&str; 64] = [
    "Anna",
    "Jürgen",
    "Björn",
    "Käthe",
    "Sönke",
    "Müşra",
    "Zoë",
    "Renée",
    "Lukas",
    "Emma",
    "Mia",
    "Ben",
    "Paul",
    "Hannah",
    "Leon",
    "Sophie",
    "Jonas",
    "Marie",
    "Felix",
    "Lena",
    "Max",
    "Lea",
    "Tim",
    "Laura",
    "Jan",
    "Sarah",
    "Finn",
    "Julia",
    "Moritz",
    "Lisa",
    "Simon",
    "Katharina",
    "David",
    "Johanna",
    "Philipp",
    "Clara",
    "Niklas",
    "Charlotte",
    "Tobias",
    "Ida",
    "Sean",
    "Aoife",
    "Grace",
    "Oliver",
    "Amelia",
    "Harry",
    "Isla",
    "George",
    "Ava",
    "Jack",
    "Emily",
    "Thomas",
    "Freya",
    "William",
    "Chloë",
    "André",
    "Øyvind",
    "Łukasz",
    "Günther",
    "Ulrike",
    "Dörte",
    "Hans-Peter",
    "Eva-Maria",
    "Mary Ann",
];

pub(crate) const SURNAMES: [&str; 64] = [
    "Müller",
    "Schäfer",
    "Weiß",
    "Groß",
    "Köhler",
    "Jäger",
    "Krüger",
    "Böhm",
    "Schröder",
    "Vogel",
    "Weber",
    "Becker",
    "Hoffmann",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Hartmann",
    "Lange",
    "Werner",
    "Krause",
    "Lehmann",
    "Maier",
    "Köster",
    "Nußbaum",
    "von Bülow",
    "van der Berg",
    "O'Brien",
    "O'Connor",
    "D'Angelo",
    "McCarthy",
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Wilson",
    "Evans",
    "Thomas",
    "Roberts",
    "Johnson",
    "Walker",
    "Wright",
    "Robinson",
    "Thompson",
    "White",
    "Hughes",
    "Edwards",
    "Green",
    "Hall",
    "Wood",
    "Öztürk",
    "Yıldız",
    "Nowak",
    "Müller-Lüdenscheidt",
    "Ångström",
    "Sørensen",
    "Núñez",
    "Dvořák",
    "Ó Briain",
];

pub(crate) const DEPARTMENTS: [&str; 8] = [
    "Rechenzentrum",
    "Verwaltung",
    "Bibliothek",
    "Informatik",
    "Maschinenbau",
    "International Office",
    "Prüfungsamt",
    "Students' Union",
];

pub(crate) const TITLES: [&str; 6] = [
    "Sachbearbeiterin",
    "Referent",
    "Professorin",
    "Technician",
    "Head of Department",
    "Wissenschaftliche Mitarbeiterin",
];

pub(crate) const PRODUCTS: [&str; 8] = [
    "Travel Desk",
    "Meal Plan",
    "Timesheet Connector",
    "Raumbuchung",
    "Signature Cloud",
    "Bücherportal",
    "Print & Copy",
    "Survey Tool",
];

/// A name as it stands in an address: lower case, umlauts written out, no blanks. An apostrophe stays.
pub(crate) fn address(name: &str) -> String {
    let mut out = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'ø' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'å' | 'á' => out.push('a'),
            'é' | 'ë' => out.push('e'),
            'ı' | 'í' => out.push('i'),
            'ó' => out.push('o'),
            'ú' => out.push('u'),
            'ř' => out.push('r'),
            'ñ' => out.push('n'),
            'ł' => out.push('l'),
            'ş' => out.push('s'),
            letter if letter.is_ascii_alphanumeric() || letter == '\'' || letter == '-' => out.push(letter),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_ascii_and_never_empty() {
        for name in GIVEN.iter().chain(&SURNAMES) {
            let address = address(name);
            assert!(address.is_ascii() && !address.is_empty(), "{name} {address}");
        }
        assert_eq!(address("Müller-Lüdenscheidt"), "mueller-luedenscheidt");
        assert_eq!(address("O'Brien"), "o'brien");
    }
}
