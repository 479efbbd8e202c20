//! An https address as somebody typed it or an offer names it, read strictly: what a browser would mend is refused.
//!
//! The reader of addresses drops line ends and tabs, turns `\` into `/` and `0x7f000001` into `127.0.0.1`. Whatever is
//! not spelled as it is meant is therefore refused, with the meant spelling, so that what is shown is what is called.

use url::{Host, Url};

/// The longest address that is read, in bytes.
const LONGEST: usize = 2048;

/// An https address without user, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It does not begin with `https://`.
    #[error("it does not begin with https://; a bundle is never sent without encryption")]
    NotHttps,
    /// It is empty or longer than 2048 bytes.
    #[error("it is empty or longer than 2048 characters")]
    Length,
    /// It holds a space, a line end, another control character or a letter outside ASCII.
    #[error(
        "it holds a space, a line end or a letter outside ASCII; names with such letters are written with xn--"
    )]
    Character,
    /// It holds a user name or password.
    #[error("it holds a user name or a password; leave out everything up to the @")]
    User,
    /// It holds `?`.
    #[error("it holds a ?; the product's end point has no query")]
    Query,
    /// It holds `#`.
    #[error("it holds a #; the product's end point has no fragment")]
    Fragment,
    /// It names no host, or one that cannot be.
    #[error("it names no host that can be; write a full name or an IP address")]
    Host,
    /// It is spelled in a way that would be read as something else.
    #[error("it would be read as {meant}; if that is meant, write it so")]
    Spelling {
        /// What it would be read as.
        meant: String,
    },
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`AddressFault`] with the part that is wrong.
    pub fn parse(text: &str) -> Result<Address, AddressFault> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(AddressFault::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AddressFault::Character);
        }
        let (scheme, rest) = text.split_once("://").ok_or(AddressFault::NotHttps)?;
        if !scheme.eq_ignore_ascii_case("https") {
            return Err(AddressFault::NotHttps);
        }
        for (sign, fault) in [('?', AddressFault::Query), ('#', AddressFault::Fragment)] {
            if rest.contains(sign) {
                return Err(fault);
            }
        }
        let url = Url::parse(text).map_err(|_| AddressFault::Host)?;
        if rest.split('/').next().unwrap_or("").contains('@') || !url.username().is_empty() {
            return Err(AddressFault::User);
        }
        let address = Address { url };
        if matches!(address.url.host(), Some(Host::Domain(name)) if !is_name(name)) {
            return Err(AddressFault::Host);
        }
        if address.url.host().is_none() || address.url.port() == Some(0) {
            return Err(AddressFault::Host);
        }
        match address.is_spelled(text) {
            true => Ok(address),
            false => Err(AddressFault::Spelling { meant: address.url.to_string() }),
        }
    }

    /// Only the letters' case, the default port and the slash behind a bare host may differ.
    fn is_spelled(&self, text: &str) -> bool {
        let read = self.url.as_str();
        let plain = text.replacen(":443/", "/", 1);
        let plain = plain.strip_suffix(":443").unwrap_or(&plain);
        [read, read.trim_end_matches('/')].iter().any(|read| read.eq_ignore_ascii_case(plain))
    }

    /// The host as it is called and as its certificate must name it; an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The address of one bundle below this one.
    pub(super) fn below(&self, jti: &str) -> Url {
        let mut url = self.url.clone();
        let path = format!("{}/{jti}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Letters, digits, hyphens and underscores between single dots, none at the end (RFC 1123 §2.1, RFC 1034 §3.1).
fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(good);
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn plain_addresses_are_read() {
        for (text, host, port) in [
            ("https://product.example.org:8443/footbridge/v1/bundles", "product.example.org", 8443),
            ("https://product.example.org", "product.example.org", 443),
            ("https://product.example.org:443/a", "product.example.org", 443),
            ("HTTPS://Product.Example.org/a/", "product.example.org", 443),
            ("https://192.168.1.7/a", "192.168.1.7", 443),
            ("https://[fd12::7]:8443/a", "fd12::7", 8443),
        ] {
            let address = Address::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!((address.host().as_str(), address.port()), (host, port), "{text}");
        }
    }

    #[test]
    fn a_bundle_lies_below_its_end_point() {
        for text in ["https://p.example/v1/bundles", "https://p.example/v1/bundles/"] {
            let below = Address::parse(text).unwrap().below("abc-_");
            assert_eq!(below.as_str(), "https://p.example/v1/bundles/abc-_");
        }
        assert_eq!(Address::parse("https://p.example").unwrap().below("a").as_str(), "https://p.example/a");
    }

    #[test]
    fn what_a_reader_would_mend_is_refused() {
        for (text, fault) in [
            ("", AddressFault::Length),
            ("http://p.example/a", AddressFault::NotHttps),
            ("ftp://p.example/a", AddressFault::NotHttps),
            ("p.example/a", AddressFault::NotHttps),
            ("https:p.example/a", AddressFault::NotHttps),
            ("https://p.example/a\r\nHost: other.example", AddressFault::Character),
            ("https://p.example/a\n", AddressFault::Character),
            ("https://p.ex\tample/a", AddressFault::Character),
            ("https://p.example /a", AddressFault::Character),
            ("https://pr\u{f6}dukt.example/a", AddressFault::Character),
            ("https://\u{ff11}27.0.0.1/a", AddressFault::Character),
            ("https://user@p.example/a", AddressFault::User),
            ("https://user:word@p.example/a", AddressFault::User),
            ("https://p.example@127.0.0.1/a", AddressFault::User),
            ("https://@p.example/a", AddressFault::User),
            ("https://p.example/a?b", AddressFault::Query),
            ("https://p.example?", AddressFault::Query),
            ("https://p.example/a#b", AddressFault::Fragment),
            ("https:///a", AddressFault::Host),
            ("https://p.example:0/a", AddressFault::Host),
            ("https://p.example:70000/a", AddressFault::Host),
            ("https://p..example/a", AddressFault::Host),
            ("https://p.example./a", AddressFault::Host),
            ("https://[fe80::1%25eth0]/a", AddressFault::Host),
            ("https://256.256.256.256/a", AddressFault::Host),
        ] {
            let refused = Address::parse(text).unwrap_err();
            let same = refused == fault || matches!(fault, AddressFault::Host) && spelled(&refused);
            assert!(same, "{text:?}: {refused}");
        }
        assert_eq!(
            Address::parse(&format!("https://p.example/{}", "a".repeat(2048))),
            Err(AddressFault::Length)
        );
    }

    fn spelled(fault: &AddressFault) -> bool {
        matches!(fault, AddressFault::Spelling { .. })
    }

    #[test]
    fn other_spellings_of_addresses_are_told_and_refused() {
        for (text, meant) in [
            ("https://2130706433/a", "https://127.0.0.1/a"),
            ("https://0177.0.0.1/a", "https://127.0.0.1/a"),
            ("https://0x7f.0.0.1/a", "https://127.0.0.1/a"),
            ("https://0x7f000001/a", "https://127.0.0.1/a"),
            ("https://127.1/a", "https://127.0.0.1/a"),
            ("https://0xa9fea9fe/a", "https://169.254.169.254/a"),
            ("https://2852039166/a", "https://169.254.169.254/a"),
            ("https://0251.0376.0251.0376/a", "https://169.254.169.254/a"),
            ("https://%31%32%37.0.0.1/a", "https://127.0.0.1/a"),
            ("https://127.0.0.1\\@p.example/a", "https://127.0.0.1/@p.example/a"),
            ("https://[0:0:0:0:0:0:0:1]/a", "https://[::1]/a"),
            ("https://[::ffff:127.0.0.1]/a", "https://[::ffff:7f00:1]/a"),
            ("https://p.example/a/../b", "https://p.example/b"),
            ("https:///p.example/a", "https://p.example/a"),
        ] {
            let refused = Address::parse(text).unwrap_err();
            let told = AddressFault::Spelling { meant: meant.to_owned() };
            assert!(refused == told || refused == AddressFault::User, "{text}: {refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            text in "(https|HTTPS|http)://[a-zA-Z0-9.%@:\\[\\]/\\\\?#\r\n\t -]{0,40}"
        ) {
            if let Ok(address) = Address::parse(&text) {
                let small = text.to_ascii_lowercase();
                let host = address.url.host_str().unwrap_or_default();
                proptest::prop_assert!(small.starts_with(&format!("https://{host}")), "{text:?} as {host}");
                let mended = ['?', '#', '\r', '\n', '\t', ' ', '\\'];
                proptest::prop_assert!(!text.contains(mended), "{text:?}");
            }
        }
    }
}
