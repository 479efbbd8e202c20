//! Where an exported certificate will be opened, and what each place reads: the one table behind the command line, the
//! window and docs/certificates.md. It decides; it writes nothing.

use crate::pfx::Form;

/// Where the files will be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// Windows Server 2019 or later, Windows 11.
    Windows2019,
    /// Windows Server 2016 and older.
    Windows2016,
    /// The macOS keychain.
    MacOs,
    /// Java's keytool and key stores.
    Java,
    /// OpenSSL and what is built on it, Linux servers.
    OpenSsl,
    /// Azure Key Vault.
    KeyVault,
    /// The public part only: for the upload to Entra and for whoever checks.
    Public,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Key and chain in a PFX of this form.
    Pfx(Form),
    /// The key as encrypted PKCS#8 in PEM.
    EncryptedKey,
    /// The chain in PEM, that of the key first.
    ChainPem,
    /// The certificate of the key in DER.
    Certificate,
    /// The chain in a PKCS#7 envelope in DER.
    Pkcs7,
    /// A request in PEM.
    Request,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The destination.
    pub destination: Destination,
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The files, each with the end of its name.
    pub files: &'static [(Kind, &'static str)],
}

const MODERN: Kind = Kind::Pfx(Form::Modern);
const COMPATIBLE: Kind = Kind::Pfx(Form::Compatible);

/// The whole table. The keychain of every macOS reads 3DES, while AES fails in those before 15 and where later ones guess the
/// file's form; for Key Vault Microsoft documents no algorithm, and imports of AES-256 are reported to fail while 3DES is
/// taken. So both get the compatible form (docs/certificates.md has the sources).
pub const TABLE: [Line; 7] = [
    line(
        Destination::Windows2019,
        "windows-2019",
        "Windows Server 2019 or later, Windows 11",
        &[(MODERN, "pfx")],
    ),
    line(Destination::Windows2016, "windows-2016", "Windows Server 2016 and older", &[(COMPATIBLE, "pfx")]),
    line(Destination::MacOs, "macos", "macOS Keychain", &[(COMPATIBLE, "p12")]),
    line(Destination::Java, "java", "Java", &[(MODERN, "p12")]),
    line(
        Destination::OpenSsl,
        "openssl",
        "OpenSSL, Linux",
        &[(MODERN, "pfx"), (Kind::EncryptedKey, "key.pem"), (Kind::ChainPem, "crt.pem")],
    ),
    line(Destination::KeyVault, "key-vault", "Azure Key Vault", &[(COMPATIBLE, "pfx")]),
    line(
        Destination::Public,
        "public",
        "Public part only",
        &[(Kind::Certificate, "cer"), (Kind::ChainPem, "pem"), (Kind::Pkcs7, "p7b")],
    ),
];

const fn line(
    destination: Destination,
    name: &'static str,
    title: &'static str,
    files: &'static [(Kind, &'static str)],
) -> Line {
    Line { destination, name, title, files }
}

impl Destination {
    /// The destination of a name.
    pub fn named(name: &str) -> Option<Destination> {
        TABLE.iter().find(|line| line.name == name).map(|line| line.destination)
    }

    /// Its line of the table.
    pub fn line(self) -> &'static Line {
        // The order of the table is that of the enum, which a test holds.
        &TABLE[self as usize]
    }

    /// Whether its files carry the key.
    pub fn carries_key(self) -> bool {
        self != Destination::Public
    }
}

impl Kind {
    /// Whether such a file carries the key.
    pub fn carries_key(self) -> bool {
        matches!(self, Kind::Pfx(_) | Kind::EncryptedKey)
    }

    /// The name in events.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Pfx(_) => "pfx",
            Kind::EncryptedKey => "encrypted-key",
            Kind::ChainPem => "chain",
            Kind::Certificate => "certificate",
            Kind::Pkcs7 => "pkcs7",
            Kind::Request => "request",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_each_place_once() {
        for (at, line) in TABLE.iter().enumerate() {
            assert_eq!(line.destination as usize, at);
            assert_eq!(line.destination.line(), line);
            assert_eq!(Destination::named(line.name), Some(line.destination));
            assert_eq!(line.files.iter().any(|(kind, _)| kind.carries_key()), line.destination.carries_key());
        }
        assert_eq!(Destination::named("windows-95"), None);
    }
}
