//! The diary as lines of JSON that anybody can read and that whoever holds the key can verify.
//! With names struck out it is still readable, but no longer verifiable, and says so.

use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::{Journal, JournalError, Signer, Stored, Verdict, verdict};

impl Journal {
    /// Writes the rows, of one connection or all, one JSON object a line.
    ///
    /// # Errors
    /// When the database or the writer refuses.
    pub fn export(
        &self,
        connection: Option<&str>,
        out: &mut dyn Write,
        strike_names: bool,
    ) -> Result<(), JournalError> {
        let file = |why| JournalError::File { path: "export".to_owned(), why };
        for row in self.stored(connection)? {
            let event: Value = serde_json::from_str(&row.event).map_err(|_| JournalError::Row { seq: row.seq })?;
            let line = match strike_names {
                true => json!({ "seq": row.seq, "at": row.at, "connection": row.connection, "event": struck(event), "struck": true }),
                false => json!({
                    "seq": row.seq, "at": row.at, "connection": row.connection, "event": row.event,
                    "tag": URL_SAFE_NO_PAD.encode(&row.tag),
                }),
            };
            writeln!(out, "{line}").map_err(file)?;
        }
        Ok(())
    }
}

/// Checks a whole export (one that was made without a connection and without struck names).
///
/// # Errors
/// When a line cannot be read.
pub fn verify_export(lines: &mut dyn BufRead, signer: &dyn Signer) -> Result<Verdict, JournalError> {
    let mut rows = Vec::new();
    for (index, line) in lines.lines().enumerate() {
        let bad = || JournalError::Export { line: index + 1 };
        let row: Value = serde_json::from_str(&line.map_err(|_| bad())?).map_err(|_| bad())?;
        let text = |name: &str| row[name].as_str().map(str::to_owned).ok_or_else(bad);
        rows.push(Stored {
            seq: row["seq"].as_u64().ok_or_else(bad)?,
            at: text("at")?,
            connection: text("connection")?,
            event: text("event")?,
            tag: URL_SAFE_NO_PAD.decode(text("tag")?).map_err(|_| bad())?,
        });
    }
    Ok(verdict(&rows, 0, signer))
}

/// Names of people, tenants and connections are replaced; ids, times and what was done stay.
fn struck(mut event: Value) -> Value {
    const NAMES: [&str; 7] = ["account", "tenant-name", "name", "by", "note", "value", "what"];
    if let Some(event) = event.as_object_mut() {
        for (key, value) in event.iter_mut() {
            if NAMES.contains(&key.as_str()) && value.is_string() {
                *value = json!("(struck out)");
            }
        }
        if event.get("kind").is_some_and(|kind| kind == "answered") {
            event.insert("value".to_owned(), json!("(struck out)"));
        }
    }
    event
}
