//! Makes text from the network fit to be shown and kept.
//! Cuts, strips control marks and strikes out whatever looks like a credential; it never parses meaning out of text.

const LONGEST: usize = 512;
const SUSPICIOUS_RUN: usize = 32;

/// At most 512 characters, on one line, with runs that look like a token or secret replaced by `[removed]`.
pub(crate) fn scrub(text: &str) -> String {
    let flat: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !misleads(*c)).collect();
    let mut clean = String::with_capacity(flat.len().min(LONGEST * 4));
    let mut run = String::new();
    for character in flat.chars() {
        if belongs_to_run(character) {
            run.push(character);
        } else {
            finish_run(&mut clean, &mut run);
            clean.push(character);
        }
    }
    finish_run(&mut clean, &mut run);
    cut(&clean)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

fn finish_run(clean: &mut String, run: &mut String) {
    if looks_secret(run) {
        clean.push_str("[removed]");
    } else {
        clean.push_str(run);
    }
    run.clear();
}

fn belongs_to_run(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-~+=.".contains(character)
}

fn looks_secret(run: &str) -> bool {
    if run.starts_with("eyJ") && run.len() > 16 {
        return true;
    }
    let has = |test: fn(&char) -> bool| run.chars().any(|c| test(&c));
    run.len() >= SUSPICIOUS_RUN
        && has(char::is_ascii_digit)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
}

/// Marks that reorder or hide text on a screen.
fn misleads(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn keeps_what_an_admin_needs_to_read() {
        let told =
            "AADSTS700016: Application with identifier '6ec7af10-331f-4f93-ab3c-aa073ee64c91' was not found.";
        assert_eq!(scrub(told), told);
        assert_eq!(scrub("AppRoleAssignment.ReadWrite.All"), "AppRoleAssignment.ReadWrite.All");
    }

    #[test]
    fn strikes_out_tokens_and_secrets() {
        assert_eq!(scrub("got eyJhbGciOiJub25lIn0.eyJ0aWQiOiJ4In0.sig here"), "got [removed] here");
        assert_eq!(scrub("x=Abc8Q~aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"), "[removed]");
    }

    #[test]
    fn strikes_out_before_it_cuts() {
        let long = format!("{} Abc8Q~aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", "word ".repeat(100));
        assert!(!scrub(&long).contains("Abc8Q"));
        assert!(scrub(&"word ".repeat(400)).chars().count() <= 512);
    }

    #[test]
    fn stays_on_one_line_and_reads_left_to_right() {
        assert_eq!(scrub("a\r\nb\u{202e}c\u{1b}[31m"), "a  bc [31m");
    }
}
