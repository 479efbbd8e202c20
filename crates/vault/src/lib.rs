//! Secrets: one 32-byte key in the system's keyring, sealed rows in SQLite; or memory.
