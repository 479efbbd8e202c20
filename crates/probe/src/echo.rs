//! Telling apart what came back instead of the decoded token.

use percent_encoding::percent_decode_str;

use crate::device::Device;

/// What came back, other than the decoded token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Echo {
    /// Nothing.
    Empty,
    /// The token as it stood in the address, or encoded once more.
    StillEncoded,
    /// Decoded, but for the plus signs that stand for blanks.
    PlusesKept,
    /// Escaped for HTML, as with `&#58;`.
    HtmlEscaped,
    /// Escaped for JavaScript, as with `\u003a`.
    ScriptEscaped,
    /// As a JSON text, in quotation marks.
    JsonQuoted,
    /// The token with white space around it, such as a line end.
    Padded,
    /// The token inside something longer, such as a page or an object.
    Wrapped,
    /// Something in which the token does not stand.
    Other,
}

impl Echo {
    /// Every kind.
    pub const ALL: [Echo; 9] = [
        Echo::Empty,
        Echo::StillEncoded,
        Echo::PlusesKept,
        Echo::HtmlEscaped,
        Echo::ScriptEscaped,
        Echo::JsonQuoted,
        Echo::Padded,
        Echo::Wrapped,
        Echo::Other,
    ];

    /// The stable name for words and reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Echo::Empty => "echo-empty",
            Echo::StillEncoded => "echo-still-encoded",
            Echo::PlusesKept => "echo-pluses-kept",
            Echo::HtmlEscaped => "echo-html-escaped",
            Echo::ScriptEscaped => "echo-script-escaped",
            Echo::JsonQuoted => "echo-json-quoted",
            Echo::Padded => "echo-padded",
            Echo::Wrapped => "echo-wrapped",
            Echo::Other => "echo-other",
        }
    }

    /// Where to look first: what encodes an address once more is what passes it on.
    #[must_use]
    pub const fn device(self) -> Device {
        match self {
            Echo::StillEncoded => Device::ReverseProxy,
            _ => Device::AppPlatform,
        }
    }
}

/// What an answer is, given the token that had to come back; none when it is the token itself.
pub(crate) fn wrong(body: &[u8], token: &str) -> Option<Echo> {
    if body == token.as_bytes() {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    let blanks = |text: &str| text.replace('+', " ");
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let once = decoded(&blanks(trimmed));
    Some(if trimmed.is_empty() {
        Echo::Empty
    } else if trimmed == token {
        Echo::Padded
    } else if blanks(trimmed) == token {
        Echo::PlusesKept
    } else if once == token || decoded(&blanks(&once)) == token {
        Echo::StillEncoded
    } else if trimmed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) == Some(token) {
        Echo::JsonQuoted
    } else if unescaped_page(trimmed) == token {
        Echo::HtmlEscaped
    } else if unescaped_script(trimmed) == token {
        Echo::ScriptEscaped
    } else if trimmed.contains(token) {
        Echo::Wrapped
    } else {
        Echo::Other
    })
}

/// With numbered references for HTML put back: `&#58;` and `&#x3a;`.
fn unescaped_page(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let number = inner.find(';').and_then(|end| {
            let digits = &inner[..end];
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            number.ok().and_then(char::from_u32).map(|c| (c, end + 1))
        });
        match number {
            Some((c, end)) => {
                out.push(c);
                rest = &inner[end..];
            }
            None => {
                out.push_str("&#");
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

/// With escapes of JavaScript put back: `\x3a` and `\u003a`, with or without quotation marks around the text.
fn unescaped_script(text: &str) -> String {
    let text = text.trim_matches(['"', '\'']);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        let digits = match inner.chars().next() {
            Some('x') => inner.get(1..3),
            Some('u') => inner.get(1..5),
            _ => None,
        };
        let c = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match (c, digits) {
            (Some(c), Some(digits)) => {
                out.push(c);
                rest = &inner[1 + digits.len()..];
            }
            _ => {
                out.push('\\');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "Validation: Testing reachability Request-Id: 25460109-0e8b";

    #[test]
    fn the_decoded_token_is_right_and_nothing_else() {
        assert_eq!(wrong(TOKEN.as_bytes(), TOKEN), None);
        assert_eq!(wrong(b"OK", TOKEN), Some(Echo::Other));
        assert_eq!(wrong(&TOKEN.as_bytes()[1..], TOKEN), Some(Echo::Other));
    }

    #[test]
    fn each_kind_is_told_apart() {
        let kinds: [(&str, Echo); 13] = [
            ("", Echo::Empty),
            (" \r\n", Echo::Empty),
            ("Validation%3a+Testing+reachability+Request-Id%3A+25460109-0e8b", Echo::StillEncoded),
            (
                "Validation%253a%2BTesting%2Breachability%2BRequest-Id%253A%2B25460109-0e8b",
                Echo::StillEncoded,
            ),
            ("Validation:+Testing+reachability+Request-Id:+25460109-0e8b", Echo::PlusesKept),
            ("Validation&#58; Testing reachability Request-Id&#x3a; 25460109&#45;0e8b", Echo::HtmlEscaped),
            ("Validation\\x3a Testing reachability Request\\u002dId: 25460109-0e8b", Echo::ScriptEscaped),
            ("\"Validation: Testing reachability Request-Id: 25460109-0e8b\"", Echo::JsonQuoted),
            ("Validation: Testing reachability Request-Id: 25460109-0e8b\n", Echo::Padded),
            ("\u{feff}Validation: Testing reachability Request-Id: 25460109-0e8b", Echo::Padded),
            ("<p>Validation: Testing reachability Request-Id: 25460109-0e8b</p>", Echo::Wrapped),
            ("<html>Sign in</html>", Echo::Other),
            ("&#;&#x;\\x\\u12\\", Echo::Other),
        ];
        for (body, echo) in kinds {
            assert_eq!(wrong(body.as_bytes(), TOKEN), Some(echo), "{body}");
        }
    }
}
