//! The forms that a text answer can be asked to have. A closed list, so that no guide brings a pattern of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest redirect address that Microsoft Entra takes, in characters (learn.microsoft.com/entra/identity-platform/reply-url).
const LONGEST_REDIRECT: usize = 256;
/// What Entra refuses in a redirect address (the same page).
const FORBIDDEN_IN_REDIRECT: [char; 7] = ['!', '$', '\'', '(', ')', ',', ';'];

/// The form that a text must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Letters `a-z`, `A-Z` and digits.
    LettersAndDigits,
    /// A DNS name in lower case, without scheme and port.
    HostName,
    /// An https address.
    HttpsAddress,
    /// An address to which Microsoft sends a person back after sign-in.
    RedirectUri,
    /// Numbers and dots, such as `10.6.9`.
    Version,
    /// A name without a dot: `pbx`, not `pbx.example.org`.
    PlainName,
    /// One part of an address between two slashes.
    PathSegment,
    /// A user principal name, such as `anna@example.org`.
    UserPrincipalName,
}

impl Form {
    /// What is wrong with a text, as a sentence for people; `None` where it has the form.
    pub fn fault(self, text: &str) -> Option<&'static str> {
        let fits = match self {
            Self::LettersAndDigits => text.chars().all(|letter| letter.is_ascii_alphanumeric()),
            Self::HostName => is_host(text),
            Self::HttpsAddress => text.strip_prefix("https://").is_some_and(is_rest_of_address),
            Self::RedirectUri => is_redirect(text),
            Self::Version => text.split('.').all(|part| part.len() <= 6 && part.parse::<u32>().is_ok()),
            Self::PlainName => {
                text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
            }
            Self::PathSegment => text.chars().all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-_".contains(letter)
            }),
            Self::UserPrincipalName => text
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && is_host(&host.to_ascii_lowercase())),
        };
        (!fits || text.is_empty() || text.chars().any(char::is_whitespace)).then(|| self.hint())
    }

    /// What a text of this form looks like, as a sentence for people.
    pub fn hint(self) -> &'static str {
        match self {
            Self::LettersAndDigits => "Use only letters from a to z and digits.",
            Self::HostName => {
                "Write a name such as `mail.example.org`, in lower case, without `https://` and without a port."
            }
            Self::HttpsAddress => "Write an address that begins with `https://`.",
            Self::RedirectUri => {
                "Write the whole address as the product shows it: it begins with `https://`, has at most 256 characters, \
                 no `#`, and none of `! $ ' ( ) , ;`."
            }
            Self::Version => "Write numbers and dots, such as `10.6.9`.",
            Self::PlainName => "Write the name only, without a dot: `pbx`, not `pbx.example.org`.",
            Self::PathSegment => "Use lower-case letters, digits, dots, hyphens and underscores.",
            Self::UserPrincipalName => "Write it like `anna@example.org`.",
        }
    }
}

/// Labels of letters, digits and inner hyphens, at least two of them, at most 253 characters (RFC 1123, section 2.1).
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

fn is_rest_of_address(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    is_host(&name.to_ascii_lowercase())
        && port.parse::<u16>().is_ok_and(|port| port > 0)
        && rest.chars().all(|letter| letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter))
}

fn is_redirect(text: &str) -> bool {
    let is_local = ["http://localhost/", "http://localhost:"].iter().any(|start| text.starts_with(start));
    let is_address = text.strip_prefix("https://").is_some_and(is_rest_of_address);
    (is_address || is_local)
        && text.chars().count() <= LONGEST_REDIRECT
        && !text.contains('#')
        && !text.contains('*')
        && !text.contains(FORBIDDEN_IN_REDIRECT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_takes_what_it_is_for_and_refuses_what_it_is_not() {
        let cases: [(Form, &[&str], &[&str]); 8] = [
            (Form::LettersAndDigits, &["Portal1"], &["", "a b", "a-b", "ä"]),
            (
                Form::HostName,
                &["mail.example.org"],
                &["https://mail.example.org", "mail", "Mail.example.org", "a..b", "-a.b", "a.b:1"],
            ),
            (
                Form::HttpsAddress,
                &["https://a.example/b?c"],
                &[
                    "http://a.example",
                    "https://",
                    "https://a",
                    "https://a.example/ b",
                    "https://a.example/\"",
                    "https://x@a.example",
                ],
            ),
            (
                Form::RedirectUri,
                &["https://a.example/Path/x", "http://localhost:8080/x", "https://a.example:8443/x"],
                &[
                    "http://a.example/x",
                    "https://a.example/#x",
                    "https://a.example/$",
                    "https://*.example/x",
                    "https://a.example/(x)",
                ],
            ),
            (Form::Version, &["10", "10.6.9"], &["10.6.", "v10", "10.6.x", "10..6", "99999999999"]),
            (Form::PlainName, &["pbx", "pbx-1"], &["pbx.domain.tld", "p x"]),
            (Form::PathSegment, &["microsoft365"], &["a/b", "A", "a b", "ä"]),
            (
                Form::UserPrincipalName,
                &["anna@example.org", "Anna@Example.org"],
                &["anna", "@example.org", "anna@x", "an na@example.org"],
            ),
        ];
        for (form, good, bad) in cases {
            for text in good {
                assert_eq!(form.fault(text), None, "{form:?} {text}");
            }
            for text in bad {
                assert!(form.fault(text).is_some(), "{form:?} {text}");
            }
        }
        assert!(Form::RedirectUri.fault(&format!("https://a.example/{}", "x".repeat(250))).is_some());
    }
}
