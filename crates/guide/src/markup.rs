//! The small markup of guide texts: `**label**`, `` `value` ``, `[words](https://…)`, one line a click.
//! It becomes a tree of pieces, never HTML. Values are filled in after the markup was read, so that an
//! answer cannot make a link or a label.

use crate::{Reference, Template};

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Plain words.
    Plain(String),
    /// A label of a portal or a product, in its own spelling.
    Strong(String),
    /// A value, a name or a command, to be shown in a monospaced face.
    Code(String),
    /// Words that lead to an https address. The host is shown before it is opened.
    Link {
        /// The words.
        words: String,
        /// The address; `https://` with a host of plain letters.
        address: String,
    },
}

impl Piece {
    fn text_mut(&mut self) -> &mut String {
        match self {
            Piece::Plain(text)
            | Piece::Strong(text)
            | Piece::Code(text)
            | Piece::Link { words: text, .. } => text,
        }
    }
}

/// A text is not of the small markup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkupFault {
    /// `**` without its end on the same line.
    #[error("`**` is opened and not closed on the same line")]
    StrongNotClosed,
    /// A backtick without its end on the same line.
    #[error("a backtick is opened and not closed on the same line")]
    CodeNotClosed,
    /// Nothing between the marks.
    #[error("there is nothing between the marks")]
    Empty,
    /// A link that is not https, or whose host is not in plain letters.
    #[error("the link {0} is not an https address with a host in plain letters")]
    BadLink(String),
}

/// The lines of a text as pieces. Braces stay as they are.
///
/// # Errors
/// [`MarkupFault`] tells the first mark that is not right.
pub fn lines(text: &str) -> Result<Vec<Vec<Piece>>, MarkupFault> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(pieces).collect()
}

/// The lines of a text as pieces, with the values filled in; a value that is not known yet is shown as a gap.
/// A text that the reader would refuse is shown as it is.
pub fn draw(text: &str, fill: &dyn Fn(&Reference) -> Option<String>) -> Vec<Vec<Piece>> {
    let mut drawn = lines(text).unwrap_or_else(|_| vec![vec![Piece::Plain(text.to_owned())]]);
    for piece in drawn.iter_mut().flatten() {
        let text = piece.text_mut();
        if let Ok(template) = text.parse::<Template>() {
            *text = template.show(fill);
        }
    }
    drawn
}

/// The host of an https address, where it is one that may stand in a guide: no user part, plain letters.
pub fn link_host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '.'
    };
    let sound =
        host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && host.chars().all(plain);
    let visible = address.chars().all(|letter| letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter));
    (sound && visible).then_some(host)
}

fn pieces(line: &str) -> Result<Vec<Piece>, MarkupFault> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let (piece, after) = if let Some(inside) = rest.strip_prefix("**") {
            let (words, after) = inside.split_once("**").ok_or(MarkupFault::StrongNotClosed)?;
            (Some(Piece::Strong(filled(words)?)), after)
        } else if let Some(inside) = rest.strip_prefix('`') {
            let (value, after) = inside.split_once('`').ok_or(MarkupFault::CodeNotClosed)?;
            (Some(Piece::Code(filled(value)?)), after)
        } else if let Some((words, address, after)) = link(rest) {
            link_host(address).ok_or_else(|| MarkupFault::BadLink(address.to_owned()))?;
            (Some(Piece::Link { words: filled(words)?, address: address.to_owned() }), after)
        } else {
            plain.push(letter);
            (None, &rest[letter.len_utf8()..])
        };
        if let Some(piece) = piece {
            if !plain.is_empty() {
                found.push(Piece::Plain(std::mem::take(&mut plain)));
            }
            found.push(piece);
        }
        rest = after;
    }
    if !plain.is_empty() {
        found.push(Piece::Plain(plain));
    }
    Ok(found)
}

fn link(rest: &str) -> Option<(&str, &str, &str)> {
    let (words, tail) = rest.strip_prefix('[')?.split_once(']')?;
    let (address, after) = tail.strip_prefix('(')?.split_once(')')?;
    Some((words, address, after))
}

fn filled(words: &str) -> Result<String, MarkupFault> {
    if words.trim().is_empty() { Err(MarkupFault::Empty) } else { Ok(words.to_owned()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_labels_values_and_links() {
        let read = lines("Press **New** and type `a*b`.\n\nSee [the page](https://example.org/x).").unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0][1], Piece::Strong("New".into()));
        assert_eq!(read[0][3], Piece::Code("a*b".into()));
        let link = Piece::Link { words: "the page".into(), address: "https://example.org/x".into() };
        assert_eq!(read[1][1], link);
    }

    #[test]
    fn an_answer_cannot_become_markup() {
        let drawn =
            draw("Name: {answers.name}, `{answers.name}`", &|_| Some("**x** [a](https://b.c)".into()));
        assert_eq!(drawn[0][0], Piece::Plain("Name: **x** [a](https://b.c), ".into()));
        assert_eq!(drawn[0][1], Piece::Code("**x** [a](https://b.c)".into()));
    }

    #[test]
    fn refuses_open_marks_and_strange_links() {
        for bad in
            ["**a", "a ** b", "`a", "****", "``", "[a](http://b.c)", "[a](javascript:x)", "[a](https://ä.de)"]
        {
            assert!(lines(bad).is_err(), "{bad}");
        }
        for bad in
            ["https://user@host.de/", "https://host", "https://.de", "https://a.de/ x", "https://a.de:8/"]
        {
            assert_eq!(link_host(bad), None, "{bad}");
        }
        assert_eq!(link_host("https://a.de/x?y=z#q"), Some("a.de"));
        assert!(lines("an [int] and a [b] (c)").is_ok());
    }
}
