//! The words of a line: bare, within single quotes (kept as they are), within double quotes, or with a backslash
//! before a space or a quote.

/// A quote was opened and never closed, or a backslash stands before nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unclosed;

#[derive(Clone, Copy)]
enum Within {
    Nothing,
    Bare,
    Single,
    Double,
}

pub(super) fn words(line: &str) -> Result<Vec<String>, Unclosed> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut within = Within::Nothing;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        within = match (within, letter) {
            (Within::Single, '\'') | (Within::Double, '"') => Within::Bare,
            (Within::Single | Within::Double, _) => {
                word.push(letter);
                within
            }
            (Within::Nothing, ' ' | '\t') => Within::Nothing,
            (Within::Bare, ' ' | '\t') => {
                found.push(std::mem::take(&mut word));
                Within::Nothing
            }
            (_, '\'') => Within::Single,
            (_, '"') => Within::Double,
            (_, '\\') => {
                word.push(letters.next().ok_or(Unclosed)?);
                Within::Bare
            }
            (_, _) => {
                word.push(letter);
                Within::Bare
            }
        };
    }
    match within {
        Within::Single | Within::Double => Err(Unclosed),
        Within::Bare => {
            found.push(word);
            Ok(found)
        }
        Within::Nothing => Ok(found),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_one_word() {
        let line = r#"SET a  'it is "so" \' "it's" it\'s\ so "" x"#;
        let wanted = ["SET", "a", r#"it is "so" \"#, "it's", "it's so", "", "x"];
        assert_eq!(words(line).unwrap(), wanted);
        assert_eq!(words("   ").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_open_is_refused() {
        for line in ["a 'b", "a \"b", "a \\"] {
            assert_eq!(words(line), Err(Unclosed), "{line}");
        }
    }
}
