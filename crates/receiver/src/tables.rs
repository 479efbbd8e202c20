//! The tables of the receiver's memory. A damaged file is refused and left alone: with a new one, bundles that were taken
//! could be taken again.

use own_files::Schema;

pub(crate) const TABLES: Schema = Schema {
    version: 1,
    tables: &["endpoints", "offers", "questions", "signers", "taken", "writes"],
    statements: "
        CREATE TABLE offers (
            nonce TEXT PRIMARY KEY, product TEXT NOT NULL, install_id TEXT NOT NULL, kid TEXT NOT NULL UNIQUE,
            accepts TEXT NOT NULL, own_key TEXT NOT NULL, certificate TEXT, certificate_key BLOB, expires INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE endpoints (
            path TEXT PRIMARY KEY, certificate TEXT, certificate_key BLOB
        ) STRICT;
        CREATE TABLE signers (
            product TEXT NOT NULL, tenant TEXT NOT NULL, fingerprint TEXT NOT NULL, first_seen INTEGER NOT NULL,
            PRIMARY KEY (product, tenant, fingerprint)
        ) STRICT;
        CREATE TABLE taken (
            jti TEXT PRIMARY KEY, kid TEXT NOT NULL, digest BLOB NOT NULL, total INTEGER NOT NULL, receipt TEXT NOT NULL
        ) STRICT;
        CREATE TABLE questions (
            jti TEXT PRIMARY KEY, asked_at INTEGER NOT NULL, tenant TEXT NOT NULL, domain TEXT NOT NULL,
            fingerprint TEXT NOT NULL, answer INTEGER
        ) STRICT;
        CREATE TABLE writes (
            jti TEXT NOT NULL, temporary TEXT NOT NULL, target TEXT NOT NULL, settled INTEGER NOT NULL,
            PRIMARY KEY (jti, target)
        ) STRICT;",
};
