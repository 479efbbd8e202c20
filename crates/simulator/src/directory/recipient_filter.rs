//! Exchange's recipient filters (OPATH), as far as a management scope for a few mailboxes needs them: `-eq`, `-ne`
//! and `-like` on a property, joined by `-and`, `-or`, `-not` and parentheses (page "Recipient filter properties").

use serde_json::Value;

use crate::world::{list, same};

/// Properties that a filter may name.
const PROPERTIES: [&str; 8] = [
    "PrimarySmtpAddress",
    "UserPrincipalName",
    "Alias",
    "DisplayName",
    "ExternalDirectoryObjectId",
    "DistinguishedName",
    "MemberOfGroup",
    "CustomAttribute",
];

/// A filter that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Equals(String, String),
    Like(String, String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

/// Reads a filter; none when it cannot be understood.
pub(crate) fn read(text: &str) -> Option<Filter> {
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let filter = any(&mut rest)?;
    rest.is_empty().then_some(filter)
}

impl Filter {
    /// Whether a recipient, as a document of its properties, is in.
    pub fn holds(&self, recipient: &Value) -> bool {
        match self {
            Filter::All(parts) => parts.iter().all(|part| part.holds(recipient)),
            Filter::Any(parts) => parts.iter().any(|part| part.holds(recipient)),
            Filter::Not(part) => !part.holds(recipient),
            Filter::Equals(name, text) => {
                let found = member(recipient, name);
                same(found, text) || list(found).any(|one| same(one, text))
            }
            Filter::Like(name, text) => {
                let wanted = text.to_lowercase();
                let found = member(recipient, name).as_str().unwrap_or_default().to_lowercase();
                match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
                    (Some(_), Some(_)) => found.contains(wanted.trim_matches('*')),
                    (Some(end), None) => found.ends_with(end),
                    (None, Some(start)) => found.starts_with(start),
                    (None, None) => found == wanted,
                }
            }
        }
    }
}

fn member<'a>(recipient: &'a Value, name: &str) -> &'a Value {
    let members = recipient.as_object().into_iter().flatten();
    members
        .into_iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map_or(&Value::Null, |(_, value)| value)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' | '\r' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '\'' | '"' => {
                let mut literal = String::new();
                loop {
                    match letters.next()? {
                        end if end == letter && letters.peek() == Some(&letter) => {
                            letters.next();
                            literal.push(letter);
                        }
                        end if end == letter => break,
                        other => literal.push(other),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            first => {
                let mut word = String::from(first);
                while let Some(next) = letters.next_if(|next| next.is_alphanumeric() || *next == '-') {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

fn any(rest: &mut &[Token]) -> Option<Filter> {
    joined(rest, "-or", all, Filter::Any)
}

fn all(rest: &mut &[Token]) -> Option<Filter> {
    joined(rest, "-and", single, Filter::All)
}

fn joined(
    rest: &mut &[Token],
    word: &str,
    part: fn(&mut &[Token]) -> Option<Filter>,
    join: fn(Vec<Filter>) -> Filter,
) -> Option<Filter> {
    let mut parts = vec![part(rest)?];
    while let [Token::Word(next), others @ ..] = *rest
        && next.eq_ignore_ascii_case(word)
    {
        *rest = others;
        parts.push(part(rest)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { join(parts) })
}

fn single(rest: &mut &[Token]) -> Option<Filter> {
    match *rest {
        [Token::Open, others @ ..] => {
            *rest = others;
            let inner = any(rest)?;
            let [Token::Close, others @ ..] = *rest else { return None };
            *rest = others;
            Some(inner)
        }
        [Token::Word(word), others @ ..] if word.eq_ignore_ascii_case("-not") => {
            *rest = others;
            Some(Filter::Not(Box::new(single(rest)?)))
        }
        [Token::Word(name), Token::Word(by), Token::Text(text), others @ ..] => {
            let bare = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
            if !PROPERTIES.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
                return None;
            }
            *rest = others;
            let (name, text) = (name.clone(), text.clone());
            match by.to_lowercase().as_str() {
                "-eq" => Some(Filter::Equals(name, text)),
                "-ne" => Some(Filter::Not(Box::new(Filter::Equals(name, text)))),
                "-like" => Some(Filter::Like(name, text)),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_hold_or_not() {
        let one = json!({"PrimarySmtpAddress": "O'Brien@contoso.example", "Alias": "obrien", "CustomAttribute1": "mail",
            "MemberOfGroup": ["CN=Senders"]});
        for (text, wanted) in [
            ("PrimarySmtpAddress -eq 'o''brien@contoso.example'", true),
            ("PrimarySmtpAddress -eq 'other@contoso.example'", false),
            ("primarysmtpaddress -ne 'other@contoso.example'", true),
            ("MemberOfGroup -eq 'CN=Senders'", true),
            ("CustomAttribute1 -eq 'mail' -and Alias -like 'ob*'", true),
            ("CustomAttribute1 -eq 'x' -or (Alias -like '*rien' -and -not (Alias -eq 'x'))", true),
            ("CustomAttribute1 -eq 'x' -and Alias -eq 'obrien'", false),
        ] {
            assert_eq!(read(text).unwrap().holds(&one), wanted, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for text in [
            "",
            "Alias",
            "Alias -eq",
            "Alias -eq 'open",
            "Nonsense -eq 'x'",
            "Alias -eq 'x' Alias -eq 'y'",
            "(Alias -eq 'x'",
            "Alias -foo 'x'",
            "Alias -eq 'x' -and",
            "Alias -eq 'x'; Remove-Mailbox",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
