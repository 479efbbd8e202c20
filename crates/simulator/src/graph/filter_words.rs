//! The words of a `$filter`: names, literals, operators and parentheses.
//!
//! It knows no grammar; a text that cannot be cut into words is refused.

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    /// A property path, an operator, `true`, `false` or `null`.
    Name(String),
    /// A string in quotes, doubled quotes undone.
    Text(String),
    /// A number.
    Number(i64),
    /// A GUID or a time without quotes.
    Bare(String),
    /// `(`, `)`, `,` or `:`.
    Mark(char),
}

/// Cuts a filter into words; the place of the first letter that fits nowhere is the error.
pub(crate) fn cut(text: &str) -> Result<Vec<Word>, usize> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        if letter.is_whitespace() {
            at += 1;
        } else if "(),:".contains(letter) {
            words.push(Word::Mark(letter));
            at += 1;
        } else if letter == '\'' {
            let (word, next) = quoted(&letters, at)?;
            words.push(word);
            at = next;
        } else {
            let start = at;
            let bare = letter.is_ascii_digit() || letter == '-';
            // A colon belongs to a time, and ends a lambda's variable.
            while letters.get(at).is_some_and(|one| {
                one.is_alphanumeric()
                    || "_./-$+".contains(*one)
                    || (*one == ':' && bare && looks_like_time(&letters[start..at]))
            }) {
                at += 1;
            }
            if at == start {
                return Err(at);
            }
            words.push(plain(&letters[start..at].iter().collect::<String>()));
        }
    }
    Ok(words)
}

fn quoted(letters: &[char], start: usize) -> Result<(Word, usize), usize> {
    let mut text = String::new();
    let mut at = start + 1;
    loop {
        match (letters.get(at), letters.get(at + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                at += 2;
            }
            (Some('\''), _) => return Ok((Word::Text(text), at + 1)),
            (Some(letter), _) => {
                text.push(*letter);
                at += 1;
            }
            (None, _) => return Err(start),
        }
    }
}

fn looks_like_time(letters: &[char]) -> bool {
    letters.contains(&'T')
}

fn plain(text: &str) -> Word {
    if let Ok(number) = text.parse() {
        return Word::Number(number);
    }
    let is_guid = text.len() == 36 && uuid::Uuid::try_parse(text).is_ok();
    if is_guid || text.starts_with(|letter: char| letter.is_ascii_digit()) {
        Word::Bare(text.to_owned())
    } else {
        Word::Name(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_of_every_kind() {
        let words = cut("a/any(c:c eq 'O''Hara') and n ge -5 and t le 2026-01-01T10:00:00Z").unwrap();
        assert_eq!(words[0], Word::Name("a/any".to_owned()));
        assert_eq!(words[3], Word::Mark(':'));
        assert_eq!(words[6], Word::Text("O'Hara".to_owned()));
        assert!(words.contains(&Word::Number(-5)));
        assert!(words.contains(&Word::Bare("2026-01-01T10:00:00Z".to_owned())));
    }

    #[test]
    fn an_open_quote_is_refused_where_it_opens() {
        assert_eq!(cut("a eq 'b"), Err(5));
        assert_eq!(cut("a eq ;"), Err(5));
    }
}
