//! Whom a certificate names: the subject in the comma form people type, and the other names servers are found by.
//! Both are checked here against X.509's limits, so that no other program refuses the file later.

use std::net::IpAddr;

use rcgen::string::{Ia5String, PrintableString};
use rcgen::{DistinguishedName, DnType, DnValue, SanType};

/// The subject of a certificate: a common name and at most one of each of O, OU, L, ST and C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    parts: Vec<(Part, String)>,
}

/// Another name of the subject (RFC 5280 §4.2.1.6), needed by browsers and servers, not by Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherName {
    /// A host name in ASCII, with at most one `*` as its first label.
    Host(String),
    /// An IP address.
    Address(IpAddr),
    /// An address with a scheme, such as `https://server/path`.
    Uri(String),
    /// A mail address.
    Mail(String),
}

/// Which field of a name does not serve.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum NameError {
    /// Something between two commas has no `=`.
    #[error("`{0}` in the subject is not a field; write fields as CN=Name, O=Company")]
    NotAField(String),
    /// A field that Footbridge does not write.
    #[error("the subject field `{0}` is not known; use CN, O, OU, L, ST and C")]
    UnknownField(String),
    /// The same field twice.
    #[error("the subject field {0} is there twice; keep one")]
    Twice(&'static str),
    /// No common name.
    #[error("the subject has no common name; add CN=Name")]
    NoCommonName,
    /// Empty, too long, or with a character that is not allowed there.
    #[error("the subject field {field} must have {rule}")]
    Value {
        /// The short name of the field.
        field: &'static str,
        /// What would be right.
        rule: &'static str,
    },
    /// Not a host name, IP address, URI or mail address in ASCII.
    #[error("`{0}` is not a host name, an IP address, a URI or a mail address; write other letters as xn--")]
    OtherName(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    CommonName,
    Organization,
    Unit,
    Locality,
    State,
    Country,
}

impl Subject {
    /// A subject of a common name alone.
    ///
    /// # Errors
    /// [`NameError::Value`] when it is empty, too long or has control characters.
    pub fn common_name(name: &str) -> Result<Subject, NameError> {
        Part::CommonName.check(name.trim())?;
        Ok(Subject { parts: vec![(Part::CommonName, name.trim().to_owned())] })
    }

    /// Reads `CN=Name, O=Company, C=DE`. A backslash takes the next character as it is: `O=Sons\, Ltd`.
    /// Text without any `=` is taken as the common name.
    ///
    /// # Errors
    /// A [`NameError`] that names the field.
    pub fn read(text: &str) -> Result<Subject, NameError> {
        if !text.contains('=') {
            return Subject::common_name(text);
        }
        let mut parts: Vec<(Part, String)> = Vec::new();
        for field in split(text) {
            let (name, value) =
                field.split_once('=').ok_or_else(|| NameError::NotAField(field.trim().to_owned()))?;
            let part = Part::read(name.trim())?;
            let value = plain(value.trim());
            part.check(&value)?;
            if parts.iter().any(|(known, _)| *known == part) {
                return Err(NameError::Twice(part.short()));
            }
            parts.push((part, value));
        }
        match parts.iter().any(|(part, _)| *part == Part::CommonName) {
            true => Ok(Subject { parts }),
            false => Err(NameError::NoCommonName),
        }
    }

    /// The common name.
    pub fn name(&self) -> &str {
        self.parts.iter().find(|(part, _)| *part == Part::CommonName).map_or("", |(_, value)| value)
    }

    pub(crate) fn distinguished(&self) -> Result<DistinguishedName, NameError> {
        let mut name = DistinguishedName::new();
        for (part, value) in &self.parts {
            name.push(part.kind(), part.value(value)?);
        }
        Ok(name)
    }
}

impl OtherName {
    /// Reads a host name, an IP address, a URI (it has `://`) or a mail address (it has `@`).
    ///
    /// # Errors
    /// [`NameError::OtherName`] with the text that does not serve.
    pub fn read(text: &str) -> Result<OtherName, NameError> {
        let text = text.trim();
        let wrong = || NameError::OtherName(text.to_owned());
        if let Ok(address) = text.parse() {
            return Ok(OtherName::Address(address));
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong());
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
            let fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(letters)
                && !rest.is_empty();
            return if fits { Ok(OtherName::Uri(text.to_owned())) } else { Err(wrong()) };
        }
        if let Some((local, host)) = text.split_once('@') {
            let fits = !local.is_empty() && is_host(host);
            return if fits { Ok(OtherName::Mail(text.to_owned())) } else { Err(wrong()) };
        }
        match is_host(text.strip_prefix("*.").unwrap_or(text)) {
            true => Ok(OtherName::Host(text.to_ascii_lowercase())),
            false => Err(wrong()),
        }
    }

    pub(crate) fn san(&self) -> Result<SanType, NameError> {
        let ascii = |text: &str| Ia5String::try_from(text).map_err(|_| NameError::OtherName(text.to_owned()));
        Ok(match self {
            OtherName::Host(host) => SanType::DnsName(ascii(host)?),
            OtherName::Address(address) => SanType::IpAddress(*address),
            OtherName::Uri(uri) => SanType::URI(ascii(uri)?),
            OtherName::Mail(mail) => SanType::Rfc822Name(ascii(mail)?),
        })
    }
}

impl Part {
    const ALL: [Part; 6] =
        [Part::CommonName, Part::Organization, Part::Unit, Part::Locality, Part::State, Part::Country];

    fn read(name: &str) -> Result<Part, NameError> {
        let found = Part::ALL.into_iter().find(|part| part.short().eq_ignore_ascii_case(name));
        found.ok_or_else(|| NameError::UnknownField(name.to_owned()))
    }

    fn short(self) -> &'static str {
        match self {
            Part::CommonName => "CN",
            Part::Organization => "O",
            Part::Unit => "OU",
            Part::Locality => "L",
            Part::State => "ST",
            Part::Country => "C",
        }
    }

    fn kind(self) -> DnType {
        match self {
            Part::CommonName => DnType::CommonName,
            Part::Organization => DnType::OrganizationName,
            Part::Unit => DnType::OrganizationalUnitName,
            Part::Locality => DnType::LocalityName,
            Part::State => DnType::StateOrProvinceName,
            Part::Country => DnType::CountryName,
        }
    }

    /// The upper bounds of RFC 5280 Appendix A.1 (ub-common-name and its neighbours).
    fn check(self, value: &str) -> Result<(), NameError> {
        let (fits, rule) = match self {
            Part::Country => (
                value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase()),
                "two capital letters, such as DE",
            ),
            Part::Locality | Part::State => (is_line(value, 128), "1 to 128 characters without line ends"),
            Part::CommonName | Part::Organization | Part::Unit => {
                (is_line(value, 64), "1 to 64 characters without line ends")
            }
        };
        if fits { Ok(()) } else { Err(NameError::Value { field: self.short(), rule }) }
    }

    fn value(self, value: &str) -> Result<DnValue, NameError> {
        if self != Part::Country {
            return Ok(DnValue::Utf8String(value.to_owned()));
        }
        // RFC 5280 Appendix A.1 allows only PrintableString for the country.
        PrintableString::try_from(value)
            .map(DnValue::PrintableString)
            .map_err(|_| NameError::Value { field: self.short(), rule: "two capital letters, such as DE" })
    }
}

fn is_line(value: &str, longest: usize) -> bool {
    (1..=longest).contains(&value.chars().count()) && !value.chars().any(char::is_control)
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits alone is an address that is not one, such as 10.0.0.256.
    let last_is_number = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(label) && !last_is_number
}

/// Splits at commas that no backslash precedes; the backslashes stay.
fn split(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            ',' if !escaped => fields.push(String::new()),
            _ => fields.last_mut().into_iter().for_each(|field| field.push(letter)),
        }
        escaped = letter == '\\' && !escaped;
    }
    fields
}

fn plain(value: &str) -> String {
    let mut out = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        out.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_bare_name_is_the_common_name() {
        assert_eq!(Subject::read(" Footbridge ").unwrap(), Subject::common_name("Footbridge").unwrap());
    }

    #[test]
    fn fields_are_read_in_any_case_and_order() {
        let subject = Subject::read("o=Sons\\, Ltd, cn=Minutes \\\\ App,C=DE").unwrap();
        assert_eq!(subject.name(), "Minutes \\ App");
        assert_eq!(subject.parts[0], (Part::Organization, "Sons, Ltd".to_owned()));
        assert_eq!(subject.parts.len(), 3);
    }

    #[test]
    fn each_fault_names_its_field() {
        let fault = |text: &str| Subject::read(text).err().unwrap();
        assert_eq!(fault("CN=a, b"), NameError::NotAField("b".into()));
        assert_eq!(fault("CN=a, DC=b"), NameError::UnknownField("DC".into()));
        assert_eq!(fault("CN=a, cn=b"), NameError::Twice("CN"));
        assert_eq!(fault("O=a"), NameError::NoCommonName);
        assert!(matches!(fault("CN=a, C=Deu"), NameError::Value { field: "C", .. }));
        assert!(matches!(fault("CN=a, C=de"), NameError::Value { field: "C", .. }));
        assert!(matches!(fault("CN="), NameError::Value { field: "CN", .. }));
        assert!(matches!(fault(""), NameError::Value { field: "CN", .. }));
        assert!(matches!(fault("CN=a\nb"), NameError::Value { field: "CN", .. }));
    }

    #[test]
    fn a_common_name_has_at_most_64_characters() {
        assert!(Subject::common_name(&"ü".repeat(64)).is_ok());
        assert!(Subject::common_name(&"u".repeat(65)).is_err());
    }

    #[test]
    fn other_names_are_told_apart() {
        let read = |text: &str| OtherName::read(text).unwrap();
        assert_eq!(read("Server.Contoso.example"), OtherName::Host("server.contoso.example".into()));
        assert_eq!(read("*.contoso.example"), OtherName::Host("*.contoso.example".into()));
        assert_eq!(read("localhost"), OtherName::Host("localhost".into()));
        assert_eq!(read("10.0.0.7"), OtherName::Address([10, 0, 0, 7].into()));
        assert_eq!(read("::1"), OtherName::Address("::1".parse().unwrap()));
        assert_eq!(read("https://a.example/x"), OtherName::Uri("https://a.example/x".into()));
        assert_eq!(read("it@a.example"), OtherName::Mail("it@a.example".into()));
    }

    #[test]
    fn other_names_that_serve_nobody_are_refused() {
        let long = format!("{}.example", "a".repeat(64));
        for text in [
            "",
            "a b",
            "münchen.example",
            "-a.example",
            "a..example",
            "a.*.example",
            "*",
            "*.",
            "10.0.0.256",
            "@a.example",
            "a@",
            "://x",
            "https://",
            "1s://x",
            long.as_str(),
        ] {
            assert_eq!(OtherName::read(text), Err(NameError::OtherName(text.to_owned())), "{text:?}");
        }
    }
}
