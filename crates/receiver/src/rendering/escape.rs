//! How a value is written so that it stays one value in the form around it. What a form cannot hold is refused; nothing
//! is dropped or guessed.

use super::Bytes;

/// Why a value cannot stand in a form. It never holds the value.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
pub enum EscapeFault {
    /// A control character other than tab and line end, or in a form of one line any.
    #[error("it holds a control character")]
    Control,
    /// A character that means something in most forms, and no filter says which form this is.
    #[error(
        "it holds a character that may mean something there; name a filter, such as {{{{ name | env }}}}"
    )]
    NeedsFilter,
    /// A single quote, for which Axigen's command line documents no form within single quotes.
    #[error("it holds a single quote, which this script cannot carry; use another value")]
    Quote,
}

/// How a placeholder writes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Letters, digits and `-._~:/@+=,` only: what means nothing in any form.
    Plain,
    /// Within double quotes, as systemd's `EnvironmentFile=` and POSIX shells read it.
    Env,
    /// A JSON text with its quotes (RFC 8259 §7).
    Json,
    /// The value side of a line in Java's `.properties`.
    Properties,
    /// Text or attribute of an XML file (XML 1.0 §2.4).
    Xml,
    /// One word of a command of Axigen's.
    Axigen,
    /// As it is, where it is PEM: several lines of base64 between dashes.
    Pem,
}

impl Filter {
    pub(crate) fn named(name: &str) -> Option<Filter> {
        Some(match name {
            "env" => Filter::Env,
            "json" => Filter::Json,
            "properties" => Filter::Properties,
            "xml" => Filter::Xml,
            "axigen" => Filter::Axigen,
            "pem" => Filter::Pem,
            _ => return None,
        })
    }

    /// Writes the value behind `out`, which has room for it.
    pub(crate) fn write(self, text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
        match self {
            Filter::Plain => plain(text, out),
            Filter::Env => env(text, out),
            Filter::Json => {
                json(text, out);
                Ok(())
            }
            Filter::Properties => properties(text, out),
            Filter::Xml => xml(text, out),
            Filter::Axigen => axigen(text, out),
            Filter::Pem => pem(text, out),
        }
    }
}

/// The most bytes that any filter makes of one byte: a `\uXXXX` each.
pub(crate) const GROWTH: usize = 6;

fn put(out: &mut Bytes, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn put_char(out: &mut Bytes, c: char) {
    put(out, c.encode_utf8(&mut [0; 4]));
}

/// What no form around it can take for something else.
fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/@+=,".contains(c)
}

fn plain(text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
    if !text.chars().all(is_harmless) {
        return Err(EscapeFault::NeedsFilter);
    }
    put(out, text);
    Ok(())
}

/// systemd takes tab and line end in a value and no other control character (systemd.exec(5), `EnvironmentFile=`);
/// within double quotes a backslash stands before `"`, `\`, `` ` `` and `$` (POSIX 2.2.3).
fn env(text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
    if text.chars().any(|c| c.is_control() && !"\n\t".contains(c)) {
        return Err(EscapeFault::Control);
    }
    put(out, "\"");
    for c in text.chars() {
        if "\"\\`$".contains(c) {
            put(out, "\\");
        }
        put_char(out, c);
    }
    put(out, "\"");
    Ok(())
}

pub(crate) fn json(text: &str, out: &mut Bytes) {
    put(out, "\"");
    for c in text.chars() {
        match c {
            '"' => put(out, "\\\""),
            '\\' => put(out, "\\\\"),
            '\n' => put(out, "\\n"),
            '\r' => put(out, "\\r"),
            '\t' => put(out, "\\t"),
            c if c.is_control() || c == '\u{2028}' || c == '\u{2029}' => {
                put(out, &format!("\\u{:04x}", u32::from(c)));
            }
            c => put_char(out, c),
        }
    }
    put(out, "\"");
}

/// Every character beyond ASCII as `\uXXXX`, so that each version of Java reads the same (java.util.Properties).
fn properties(text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
    for (at, c) in text.chars().enumerate() {
        match c {
            '\n' => put(out, "\\n"),
            '\r' => put(out, "\\r"),
            '\t' => put(out, "\\t"),
            ' ' if at == 0 => put(out, "\\ "),
            '\\' | '=' | ':' | '#' | '!' => {
                put(out, "\\");
                put_char(out, c);
            }
            ' '..='~' => put_char(out, c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    put(out, &format!("\\u{unit:04x}"));
                }
            }
        }
    }
    Ok(())
}

fn xml(text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
    if text.chars().any(|c| c.is_control() && !"\n\t".contains(c)) {
        return Err(EscapeFault::Control);
    }
    for c in text.chars() {
        match c {
            '&' => put(out, "&amp;"),
            '<' => put(out, "&lt;"),
            '>' => put(out, "&gt;"),
            '"' => put(out, "&#34;"),
            '\'' => put(out, "&#39;"),
            // An attribute would turn both into spaces.
            '\n' => put(out, "&#10;"),
            '\t' => put(out, "&#9;"),
            c => put_char(out, c),
        }
    }
    Ok(())
}

/// Bare where nothing in it means anything, else within single quotes, which keep everything but themselves.
fn axigen(text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
    if text.chars().any(char::is_control) {
        return Err(EscapeFault::Control);
    }
    if text.contains('\'') {
        return Err(EscapeFault::Quote);
    }
    let bare = |c: char| c.is_ascii_alphanumeric() || "._-:/@~".contains(c);
    if !text.is_empty() && text.chars().all(bare) {
        put(out, text);
        return Ok(());
    }
    put(out, "'");
    put(out, text);
    put(out, "'");
    Ok(())
}

fn pem(text: &str, out: &mut Bytes) -> Result<(), EscapeFault> {
    let good = |line: &str| {
        let rim = line.starts_with("-----BEGIN ") || line.starts_with("-----END ");
        let body = line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        body || (rim && line.bytes().all(|byte| byte.is_ascii_uppercase() || b"- ".contains(&byte)))
    };
    if !text.starts_with("-----BEGIN ") || !text.lines().all(good) {
        return Err(EscapeFault::NeedsFilter);
    }
    put(out, text.trim_end());
    put(out, "\n");
    Ok(())
}
