//! Sealed rows: kept, bound to their place, gone when deleted, and never plain on disk.
#![allow(clippy::unwrap_used, missing_docs)]

use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretString};
use time::macros::datetime;
use vault::{FolderError, Label, Vault, VaultError, VaultMode};

const NOW: time::OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

fn label(name: &str) -> Label {
    Label {
        connection: "c".into(),
        purpose: "client-secret".into(),
        name: name.into(),
        details: serde_json::json!({"end": 1}),
    }
}

fn passphrase(text: &str) -> VaultMode {
    VaultMode::Passphrase(SecretString::from(text))
}

#[test]
fn a_passphrase_vault_keeps_its_rows_for_whoever_knows_the_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_at(folder.path(), passphrase("right"), NOW).unwrap();
    let id = vault.put(&label("k"), &SecretString::from("canary-4711"), NOW).unwrap();
    let tag = vault.tag("journal", b"m");
    drop(vault);
    assert!(matches!(
        Vault::open_at(folder.path(), passphrase("wrong"), NOW),
        Err(VaultError::WrongPassphrase)
    ));
    let vault = Vault::open_at(folder.path(), passphrase("right"), NOW).unwrap();
    assert_eq!(vault.get(&id).unwrap().expose_secret(), "canary-4711");
    assert_eq!((vault.tag("journal", b"m"), vault.rows("c").unwrap()[0].label.clone()), (tag, label("k")));
}

#[test]
fn nothing_plain_is_on_disk_and_a_deleted_row_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap();
    let id = vault.put(&label("canary-name"), &SecretString::from("canary-4711"), NOW).unwrap();
    let on_disk = || -> Vec<u8> {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    };
    let holds = |needle: &str| on_disk().windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("canary-name"), "the control was not found");
    assert!(!holds("canary-4711"));
    vault.delete(&id).unwrap();
    assert!(!holds("canary-name"), "the deleted row lives on in a free page or the log");
    assert!(matches!(vault.get(&id), Err(VaultError::NoSuchRow { .. })));
}

#[test]
fn a_row_that_was_moved_or_relabelled_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap();
    let id = vault.put(&label("k"), &SecretString::from("s"), NOW).unwrap();
    assert!(vault.get(&id).is_ok());
    for (change, back) in [
        ("name = 'other'", "name = 'k'"),
        ("connection = 'd'", "connection = 'c'"),
        ("purpose = 'signing-key'", "purpose = 'client-secret'"),
        ("details = '{}'", "details = '{\"end\":1}'"),
        ("made_at = '2020-01-01T00:00:00Z'", "made_at = '2026-11-21T09:00:00Z'"),
        ("seal = CAST(seal || x'00' AS BLOB)", "seal = substr(seal, 1, length(seal) - 1)"),
    ] {
        let other = Connection::open(folder.path().join("vault.db")).unwrap();
        other.execute(&format!("UPDATE sealed SET {change}"), []).unwrap();
        assert!(matches!(vault.get(&id), Err(VaultError::Altered { .. })), "{change}");
        other.execute(&format!("UPDATE sealed SET {back}"), []).unwrap();
        assert!(vault.get(&id).is_ok(), "{back}");
    }
}

#[test]
fn a_vault_is_not_opened_in_another_mode_and_memory_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_at(folder.path(), VaultMode::Memory, NOW).unwrap();
    let id = vault.put(&label("k"), &SecretString::from("s"), NOW).unwrap();
    assert_eq!(vault.get(&id).unwrap().expose_secret(), "s");
    vault.probe().unwrap();
    assert_eq!(vault.mode_name(), "memory");
    drop(vault);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    drop(Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap());
    let ring = VaultMode::Keyring { service: "s".into(), account: "a".into() };
    assert!(matches!(Vault::open_at(folder.path(), ring, NOW), Err(VaultError::OtherMode { .. })));
}

#[test]
fn a_damaged_file_is_set_aside_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vault.db"), vec![7_u8; 9000]).unwrap();
    let vault = Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap();
    let aside = vault.set_aside().unwrap();
    assert_eq!(aside.file_name().unwrap().to_str(), Some("vault-damaged-20261121-090000.db"));
    assert_eq!(std::fs::read(aside).unwrap(), vec![7_u8; 9000]);
}

#[cfg(unix)]
#[test]
fn the_file_belongs_to_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("deep/er");
    drop(Vault::open_at(&own, passphrase("p"), NOW).unwrap());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&own.join("vault.db")), mode(&own)), (0o600, 0o700));
}

#[cfg(unix)]
#[test]
fn planted_links_and_open_folders_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (planted, own) = (folder.path().join("planted"), folder.path().join("own"));
    std::fs::create_dir(&own).unwrap();
    symlink(&planted, own.join("vault.db")).unwrap();
    assert!(matches!(Vault::open_at(&own, passphrase("p"), NOW), Err(VaultError::Folder(_))));
    assert!(!planted.exists(), "the link was followed");
    std::fs::remove_file(own.join("vault.db")).unwrap();
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(Vault::open_at(&own, passphrase("p"), NOW), Err(VaultError::Folder(_))));
}

#[test]
fn an_empty_passphrase_is_refused_before_anything_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Vault::open_at(folder.path(), passphrase(""), NOW), Err(VaultError::EmptyPassphrase)));
    drop(Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap());
}

#[test]
fn a_secret_may_hold_any_text_of_any_length() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_at(folder.path(), VaultMode::Memory, NOW).unwrap();
    for secret in ["", "ä\n\0\"", &"x".repeat(100_000)] {
        let id = vault.put(&label("k"), &SecretString::from(secret), NOW).unwrap();
        assert_eq!(vault.get(&id).unwrap().expose_secret(), secret);
    }
    assert_eq!((vault.rows("c").unwrap().len(), vault.rows("d").unwrap().len()), (3, 0));
}

#[test]
fn settings_that_were_altered_are_told_and_nothing_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap();
    vault.put(&label("k"), &SecretString::from("s"), NOW).unwrap();
    drop(vault);
    let change = |sql: &str| {
        Connection::open(folder.path().join("vault.db")).unwrap().execute_batch(sql).unwrap();
    };
    change("UPDATE settings SET value = 'argon2id 4294967295 3 4' WHERE name = 'cost'");
    assert!(matches!(Vault::open_at(folder.path(), passphrase("p"), NOW), Err(VaultError::Altered { .. })));
    change("DELETE FROM settings WHERE name = 'cost'");
    assert!(matches!(Vault::open_at(folder.path(), passphrase("p"), NOW), Err(VaultError::Altered { .. })));
    change("INSERT INTO settings VALUES ('cost', 'argon2id 65536 3 4')");
    assert_eq!(Vault::open_at(folder.path(), passphrase("p"), NOW).unwrap().rows("c").unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn planted_links_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, "kept").unwrap();
    for name in ["vault.db", "vault.db-wal", "vault.lock"] {
        let data = folder.path().join(name.replace('.', "-"));
        drop(Vault::open_at(&data, passphrase("p"), NOW).unwrap());
        let planted = data.join(name);
        let _ = std::fs::remove_file(&planted);
        std::os::unix::fs::symlink(&elsewhere, &planted).unwrap();
        match Vault::open_at(&data, passphrase("p"), NOW) {
            Err(VaultError::Folder(FolderError::Link { path })) => assert!(path.ends_with(name), "{name}"),
            _ => panic!("{name} was not refused as a link"),
        }
    }
    assert_eq!(std::fs::read_to_string(elsewhere).unwrap(), "kept");
}
