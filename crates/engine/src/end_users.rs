//! The page for the end users of a product: what each of them does, step by step, to be printed or put on the intranet.
//! HTML of its own, without script and without a secret; every text is escaped, and a link is one of the guide's own.

use std::fmt::Write as _;

use guide::markup::{self, Piece};
use guide::{Guide, Language, Reference, Row, RowKind, Step};

use crate::desk::Desk;
use crate::handing::answer;
use crate::history::History;
use crate::papers::escape;
use crate::trouble::{Code, Trouble};

const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#17202b}\
h1{font-size:1.5rem}ol{padding-left:1.6rem}li{margin:.5rem 0}li ol{list-style:lower-alpha;color:#2c3744}\
code{font-family:ui-monospace,monospace;font-size:.92em;word-break:break-all}@media print{body{margin:0}}";

impl Desk {
    /// The page of a hand-out step: its end-user rows in a language, numbered.
    ///
    /// # Errors
    /// Unknown connection, or a step without a row for end users.
    pub fn page(&self, connection: &str, step: &str, language: Language) -> Result<String, Trouble> {
        let (guide, step) = self.step(connection, step)?;
        let history = self.history(connection)?;
        if rows(step).next().is_none() {
            return Err(Trouble::new(Code::StepUnknown).with("name", &step.id).in_field("step"));
        }
        Ok(draw(guide, &history, step, language))
    }
}

fn rows(step: &Step) -> impl Iterator<Item = &Row> {
    step.rows.iter().filter(|row| row.kind == RowKind::EndUser)
}

fn draw(guide: &Guide, history: &History, step: &Step, language: Language) -> String {
    let words = guide.texts.of(language);
    let title = words.steps.get(&step.id).map_or(step.id.as_str(), |step| step.title.as_str());
    let heading = escape(&format!("{}: {title}", guide.product));
    let mut page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{heading}</title><style>{STYLE}</style><h1>{heading}</h1><ol>",
        language.code()
    );
    let fill = |reference: &Reference| match reference {
        Reference::Answer(ask) => answer(guide, history, ask),
        Reference::Output { step, name } => history.output(step, name).map(str::to_owned),
    };
    for row in rows(step) {
        let Some(text) = words.rows.get(&row.id) else { continue };
        let says: Vec<String> = markup::draw(&text.says, &fill).iter().map(|line| inline(line)).collect();
        let _ = write!(page, "<li>{}", says.join("<br>"));
        let clicks = markup::draw(text.by_hand.as_deref().unwrap_or_default(), &fill);
        if !clicks.is_empty() {
            page.push_str("<ol>");
            for line in &clicks {
                let _ = write!(page, "<li>{}</li>", inline(line));
            }
            page.push_str("</ol>");
        }
        page.push_str("</li>");
    }
    page.push_str("</ol></html>\n");
    page
}

fn inline(line: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(text) => escape(text),
        Piece::Strong(text) => format!("<strong>{}</strong>", escape(text)),
        Piece::Code(text) => format!("<code>{}</code>", escape(text)),
        Piece::Link { words, address } => match markup::link_host(address) {
            Some(_) => format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", escape(address), escape(words)),
            None => escape(words),
        },
    };
    line.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_escaped_and_only_sound_links_lead_anywhere() {
        let link = |address: &str| Piece::Link { words: "<w>".into(), address: address.into() };
        let line = [
            Piece::Plain("<script>".into()),
            Piece::Strong("a&b".into()),
            Piece::Code("\"c\"".into()),
            link("https://example.org/x?a&b"),
            link("javascript:alert(1)"),
        ];
        assert_eq!(
            inline(&line),
            "&lt;script&gt;<strong>a&amp;b</strong><code>&quot;c&quot;</code>\
             <a href=\"https://example.org/x?a&amp;b\" rel=\"noreferrer\">&lt;w&gt;</a>&lt;w&gt;"
        );
    }
}
