//! Reads a cloud file. Refuses unknown keys, addresses without https, and addresses that hold more than a host.
//! Every refusal says the file, the line and the column, and what to write instead.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::{GRAPH_COMMAND_LINE_TOOLS, Patience, Place, PlaceKind, is_loopback, plain};

const LARGEST_FILE: u64 = 64 * 1024;

/// Why a cloud file was refused.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The file could not be read.
    #[error("{path}: the cloud file cannot be read: {reason}. Check the path and the permissions.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file is larger than any cloud file.
    #[error("{path}: the cloud file is larger than 64 KiB. A cloud file has at most five lines.")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The text is not TOML, or a key is missing, unknown or of the wrong kind.
    #[error(
        "{path}:{line}:{column}: {what}. A cloud file knows login, graph, portal, ca_file and client_id."
    )]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// A value cannot be used.
    #[error("{path}:{line}:{column}: {field}: {what}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The key.
        field: &'static str,
        /// What is wrong, and what to write instead.
        what: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudFile {
    login: Spanned<String>,
    graph: Spanned<String>,
    portal: Spanned<String>,
    ca_file: Option<Spanned<PathBuf>>,
    client_id: Option<Spanned<String>>,
}

pub(super) fn read(path: &Path) -> Result<Place, PlaceError> {
    let unreadable =
        |error: std::io::Error| PlaceError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST_FILE {
        return Err(PlaceError::TooLarge { path: path.to_owned() });
    }
    parse(path, &std::fs::read_to_string(path).map_err(unreadable)?)
}

fn parse(path: &Path, text: &str) -> Result<Place, PlaceError> {
    let file: CloudFile = toml::from_str(text).map_err(|error| {
        let (line, column) = position(text, error.span().unwrap_or(0..0));
        PlaceError::Syntax {
            path: path.to_owned(),
            line,
            column,
            what: error.message().trim().replace('\n', " "),
        }
    })?;
    let refuse = |field: &'static str, span: Range<usize>, what: &'static str| {
        let (line, column) = position(text, span);
        PlaceError::Value { path: path.to_owned(), line, column, field, what }
    };
    let login = address(&file.login, true).map_err(|what| refuse("login", file.login.span(), what))?;
    let graph = address(&file.graph, true).map_err(|what| refuse("graph", file.graph.span(), what))?;
    let portal = address(&file.portal, false).map_err(|what| refuse("portal", file.portal.span(), what))?;
    let ca_file = match file.ca_file {
        None => None,
        Some(told) => {
            let beside = path.parent().unwrap_or(Path::new("")).join(told.get_ref());
            if !beside.is_file() {
                return Err(refuse(
                    "ca_file",
                    told.span(),
                    "no such file. Write the path of a certificate in PEM.",
                ));
            }
            Some(beside)
        }
    };
    let client_id = match file.client_id {
        None => GRAPH_COMMAND_LINE_TOOLS.to_owned(),
        Some(told) if uuid::Uuid::try_parse(told.get_ref()).is_ok() => told.into_inner(),
        Some(told) => {
            return Err(refuse(
                "client_id",
                told.span(),
                "not a client id. Write the GUID of the application.",
            ));
        }
    };
    let name =
        path.file_stem().map_or_else(|| "custom".to_owned(), |stem| stem.to_string_lossy().into_owned());
    Ok(Place {
        name,
        kind: PlaceKind::Custom,
        login,
        graph,
        entra: portal.clone(),
        portal,
        client_id,
        ca_file,
        teams_environment: None,
        patience: Patience::default(),
    })
}

fn address(told: &Spanned<String>, host_only: bool) -> Result<Url, &'static str> {
    let address = Url::parse(told.get_ref().trim())
        .map_err(|_| "not an address. Write one such as https://login.example.com.")?;
    let protected = address.scheme() == "https" || (address.scheme() == "http" && is_loopback(&address));
    if !protected {
        return Err("not https. Write an https address; http is accepted for this computer only.");
    }
    if address.host_str().is_none_or(str::is_empty) {
        return Err("no host. Write an address such as https://login.example.com.");
    }
    if !plain(&address) {
        return Err("holds a user name or password. Write the address without them.");
    }
    if address.query().is_some() || address.fragment().is_some() || (host_only && address.path() != "/") {
        return Err("holds more than a host. Write scheme, host and port only.");
    }
    Ok(address)
}

/// Line and column, both from 1, of a byte range's beginning.
fn position(text: &str, span: Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(text: &str) -> String {
        parse(Path::new("my.toml"), text).unwrap_err().to_string()
    }

    const GOOD: &str = "login = \"https://localhost:8443/\"\ngraph = \"https://localhost:8444\"\nportal = \"https://localhost:8443/portal/\"\n";

    #[test]
    fn a_good_file_becomes_a_place() {
        let place = parse(Path::new("/x/my.toml"), GOOD).unwrap();
        assert_eq!(place.name, "my");
        assert_eq!(place.login.as_str(), "https://localhost:8443/");
        assert_eq!(place.graph.port(), Some(8444));
        assert_eq!(place.kind, PlaceKind::Custom);
        assert_eq!(place.client_id, GRAPH_COMMAND_LINE_TOOLS);
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        let with = parse(Path::new("a"), GOOD).unwrap();
        let without = parse(Path::new("a"), &GOOD.replace("8443/\"", "8443\"")).unwrap();
        assert_eq!(with.login, without.login);
        assert_eq!(with.default_scope(), "https://localhost:8444/.default");
    }

    #[test]
    fn an_unknown_key_is_named_with_line_and_column() {
        let text = format!("{GOOD}portl = \"x\"\n");
        let message = told(&text);
        assert!(message.starts_with("my.toml:4:1:"), "{message}");
        assert!(message.contains("portl"), "{message}");
    }

    #[test]
    fn a_missing_key_is_named() {
        assert!(told("login = \"https://a.example\"\n").contains("graph"));
    }

    #[test]
    fn values_are_refused_where_they_stand() {
        for (wrong, why) in [
            ("http://login.example.com", "not https"),
            ("ftp://localhost", "not https"),
            ("https://a.example/tenant", "more than a host"),
            ("https://a.example/?x", "more than a host"),
            ("https://user:x@a.example/", "user name"),
            ("login.example.com", "not an address"),
        ] {
            let message = told(&GOOD.replace("https://localhost:8443/\"\ng", &format!("{wrong}\"\ng")));
            assert!(message.starts_with("my.toml:1:9: login:"), "{message}");
            assert!(message.contains(why), "{wrong}: {message}");
        }
        assert!(
            parse(Path::new("a"), &GOOD.replace("https://localhost:8443/\"\ng", "http://127.0.0.1:1\"\ng"))
                .is_ok()
        );
        assert!(told(&format!("{GOOD}client_id = \"me\"")).starts_with("my.toml:4:13: client_id:"));
        assert!(told(&format!("{GOOD}ca_file = \"/nowhere/ca.pem\"")).contains("no such file"));
    }
}
