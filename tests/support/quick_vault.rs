//! A vault that opens at once. Its cost stands in its file, so that vaults of other versions open; one with the least cost
//! spares a test that starts the program a thousand times the third of a second that each passphrase takes.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use secrecy::SecretString;
use vault::{Vault, VaultMode};

use crate::child::CHILD_PASSPHRASE;

/// For [`CHILD_PASSPHRASE`]: argon2id (RFC 9106) with the salt 00 … 0f, and the check word sealed by the key that comes of it
/// (HKDF-SHA-256 and AES-256-GCM). Made with the `cryptography` package for Python, so these also show that others can open a vault.
const SETTINGS: [(&str, &str); 3] = [
    ("salt", "AAECAwQFBgcICQoLDA0ODw"),
    ("cost", "argon2id 8 1 1"),
    ("check", "KZ_wLVMm9IoeAMopMJlYp3veGAjPM88Qx23cMjAkN7hXSYAv_-s5f6L7H0PYc-Nd1KA"),
];

static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    drop(Vault::open(folder.path(), VaultMode::Passphrase(SecretString::from(CHILD_PASSPHRASE))).unwrap());
    let file = folder.path().join("vault.db");
    let database = Connection::open(&file).unwrap();
    for (name, value) in SETTINGS {
        let changed = database.execute("UPDATE settings SET value = ?2 WHERE name = ?1", [name, value]);
        assert_eq!(changed.unwrap(), 1, "{name}");
    }
    drop(database);
    std::fs::read(file).unwrap()
});

/// Lays the vault into a data folder that is made, or empty.
///
/// # Panics
/// When it cannot be written.
pub fn lay(data: &Path) {
    std::fs::create_dir_all(data).unwrap();
    let file = data.join("vault.db");
    std::fs::write(&file, &*FILE).unwrap();
    #[cfg(unix)]
    for (path, mode) in [(data, 0o700), (file.as_path(), 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_with_its_passphrase_alone() {
        let folder = tempfile::tempdir().unwrap();
        lay(folder.path());
        let open = |text: &str| Vault::open(folder.path(), VaultMode::Passphrase(SecretString::from(text)));
        assert!(open(CHILD_PASSPHRASE).is_ok());
        assert!(matches!(open("another"), Err(vault::VaultError::WrongPassphrase)));
    }
}
