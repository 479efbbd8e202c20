//! The journal as JSON lines that can be checked elsewhere with the same key: a header, one line a row, an end.
//! Rows of other connections are kept as bare tags, so that the chain still shows a missing row.
//! It must never change the journal, and must not hide that a line was struck.

use std::io::{BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::{self, Row, START, Signer, Tag, Walk};
use crate::error::{ExportError, JournalError};
use crate::event::canonical;
use crate::rows::{Journal, judge, read};
use crate::strike::Strike;

const FORMAT: &str = "footbridge-journal/1";

/// What the check of an export found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportVerdict {
    /// Every line is as it was exported, none is missing, and the journal's chain holds.
    Intact {
        /// Rows that are shown.
        shown: u64,
        /// Rows of other connections, present as tags only.
        hidden: u64,
        /// True when names were struck: those lines are vouched for by the export, not by the journal's chain.
        struck: bool,
    },
    /// The export was changed, cut, or is of another key; or the journal was broken when it was exported.
    Broken {
        /// The line, from 1 on, at which it was noticed.
        line: u64,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    connection: Option<String>,
    names_struck: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    seq: u64,
    at: String,
    connection: String,
    kind: String,
    event: Value,
    content: String,
    link: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    seq: u64,
    content: String,
    link: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    shown: u64,
    hidden: u64,
    end_seq: u64,
    end: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Header(Header),
    Entry(Shown),
    Elsewhere(Hidden),
    End(End),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagged {
    line: Line,
    tag: String,
}

impl Journal {
    /// Writes the journal, or one connection's part of it, as JSON lines. With `strike_names` the names of people,
    /// tenants and connections are replaced by stand-ins; ids stay, because without them it proves nothing.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when the chain does not hold, [`JournalError::Output`] when `out` fails.
    pub fn export(
        &self,
        connection: Option<&str>,
        out: &mut dyn Write,
        strike_names: bool,
    ) -> Result<(), JournalError> {
        let (rows, end) = self.snapshot()?;
        if !self.is_read_only() {
            judge(self.signer(), &rows, end)?;
        }
        let mut strike = strike_names.then(|| Strike::new(&rows.iter().filter_map(read).collect::<Vec<_>>()));
        let named =
            connection.map(|name| strike.as_mut().map_or(name.to_owned(), |strike| strike.stand_in(name)));
        let mut writer = Writer { signer: self.signer(), previous: START, out };
        writer.line(Line::Header(Header {
            format: FORMAT.to_owned(),
            connection: named,
            names_struck: strike_names,
        }))?;
        let (mut shown, mut hidden) = (0, 0);
        for row in &rows {
            if connection.is_none_or(|wanted| wanted == row.connection) {
                shown += 1;
                writer.line(Line::Entry(shown_row(row, strike.as_mut())?))?;
            } else {
                hidden += 1;
                writer.line(Line::Elsewhere(Hidden {
                    seq: row.seq,
                    content: text(&row.content),
                    link: text(&row.link),
                }))?;
            }
        }
        let (end_seq, end) = end.map_or((0, START), |end| (end.seq, end.tag));
        writer.line(Line::End(End { shown, hidden, end_seq, end: text(&end) }))?;
        Ok(writer.out.flush()?)
    }
}

/// Checks an export under the key it was made with.
///
/// # Errors
/// [`ExportError`] when it cannot be read or is no export at all; a changed one is a verdict.
pub fn verify_export(read: &mut dyn BufRead, signer: &dyn Signer) -> Result<ExportVerdict, ExportError> {
    let mut check = Check { walk: Walk::new(signer), struck: false, shown: 0, hidden: 0, ended: false };
    let mut previous = START;
    let mut number = 0;
    let mut buffer = String::new();
    loop {
        buffer.clear();
        let size = read.read_line(&mut buffer).map_err(|error| ExportError::Input { kind: error.kind() })?;
        if size == 0 {
            break;
        }
        number += 1;
        let tagged: Tagged =
            serde_json::from_str(buffer.trim_end()).map_err(|_| ExportError::NotAnExport { line: number })?;
        let value =
            serde_json::to_value(&tagged.line).map_err(|_| ExportError::NotAnExport { line: number })?;
        let expected = chain::line_tag(signer, &previous, &canonical(&value));
        let in_place = matches!(tagged.line, Line::Header(_)) == (number == 1);
        if text(&expected) != tagged.tag || !in_place || !check.line(&tagged.line) {
            return Ok(ExportVerdict::Broken { line: number });
        }
        previous = expected;
    }
    if !check.ended {
        return Ok(ExportVerdict::Broken { line: number + 1 });
    }
    Ok(ExportVerdict::Intact { shown: check.shown, hidden: check.hidden, struck: check.struck })
}

struct Check<'a> {
    walk: Walk<'a>,
    struck: bool,
    shown: u64,
    hidden: u64,
    ended: bool,
}

impl Check<'_> {
    fn line(&mut self, line: &Line) -> bool {
        if self.ended {
            return false;
        }
        match line {
            Line::Header(header) => {
                self.struck = header.names_struck;
                header.format == FORMAT
            }
            Line::Entry(row) => {
                self.shown += 1;
                let event = canonical(&row.event);
                let texts = [row.at.as_str(), &row.connection, &row.kind, &event];
                self.row(row.seq, (!self.struck).then_some(texts), &row.content, &row.link)
            }
            Line::Elsewhere(row) => {
                self.hidden += 1;
                self.row(row.seq, None, &row.content, &row.link)
            }
            Line::End(end) => {
                self.ended = true;
                let nothing = end.end_seq == 0 && self.shown + self.hidden == 0;
                let holds =
                    nothing || tag(&end.end).is_some_and(|tag| self.walk.finish(end.end_seq, &tag).is_ok());
                holds && (end.shown, end.hidden) == (self.shown, self.hidden)
            }
        }
    }

    fn row(&mut self, seq: u64, texts: Option<[&str; 4]>, content: &str, link: &str) -> bool {
        let (Some(content), Some(link)) = (tag(content), tag(link)) else { return false };
        self.walk.step(seq, texts, &content, &link).is_ok()
    }
}

struct Writer<'a> {
    signer: &'a dyn Signer,
    previous: Tag,
    out: &'a mut dyn Write,
}

impl Writer<'_> {
    fn line(&mut self, line: Line) -> Result<(), JournalError> {
        let line = canonical(&serde_json::to_value(&line).map_err(|_| JournalError::NotWritable)?);
        self.previous = chain::line_tag(self.signer, &self.previous, &line);
        Ok(writeln!(self.out, r#"{{"line":{line},"tag":"{}"}}"#, text(&self.previous))?)
    }
}

fn shown_row(row: &Row, strike: Option<&mut Strike>) -> Result<Shown, JournalError> {
    let event: Value = serde_json::from_str(&row.event).map_err(|_| JournalError::NotWritable)?;
    let (connection, event) = match strike {
        Some(strike) => (strike.stand_in(&row.connection), strike.value(&event)),
        None => (row.connection.clone(), event),
    };
    Ok(Shown {
        seq: row.seq,
        at: row.at.clone(),
        connection,
        kind: row.kind.clone(),
        event,
        content: text(&row.content),
        link: text(&row.link),
    })
}

fn text(tag: &Tag) -> String {
    URL_SAFE_NO_PAD.encode(tag)
}

fn tag(text: &str) -> Option<Tag> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}
