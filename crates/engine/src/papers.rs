//! Two papers to print: the hand-over sheet for the product's admin, and the evidence report. Both are HTML of their own,
//! without script and without a secret; every text from outside is escaped.

use std::fmt::Write as _;

use guide::{Guide, Language};
use time::macros::format_description;

use crate::checklist::Checklist;
use crate::handing::{FieldValue, Shown};
use crate::history::History;
use crate::phrase::Phrase;

/// What both papers tell.
pub(crate) struct Paper<'a> {
    pub guide: &'a Guide,
    pub history: &'a History,
    pub checklist: &'a Checklist,
    pub values: Vec<FieldValue>,
    pub language: Language,
    pub now: time::OffsetDateTime,
}

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;color:#17202b}\
h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}\
td,th{border-top:1px solid #cfd6de;padding:.35rem .5rem;text-align:left;vertical-align:top}\
code{font-family:ui-monospace,monospace;font-size:.92em;word-break:break-all}.note{color:#55606d}\
.rehearsal{border:2px solid #a15c00;padding:.4rem .8rem}@media print{body{margin:0}}";

impl Paper<'_> {
    fn say(&self, key: &str) -> String {
        escape(&Phrase::new(key).in_language(self.language))
    }

    fn head(&self, title: &str) -> String {
        let product = escape(&self.guide.product);
        let code = self.language.code();
        let mut page = format!(
            "<!doctype html><html lang=\"{code}\"><meta charset=\"utf-8\"><title>{title}: {product}</title><style>{STYLE}</style><h1>{title}: {product}</h1>"
        );
        if self.history.rehearsal {
            let _ = write!(page, "<p class=\"rehearsal\">{}</p>", self.say("paper.rehearsal"));
        }
        let tenant = self.history.signed_in.as_ref();
        let stamp = self
            .now
            .format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC"))
            .unwrap_or_default();
        let _ = write!(
            page,
            "<p class=\"note\">{} · {} · {}</p>",
            escape(&self.history.name),
            tenant
                .map(|tenant| format!("{} ({})", escape(&tenant.tenant_name), escape(&tenant.tenant_id)))
                .unwrap_or_default(),
            escape(&stamp)
        );
        page
    }

    /// The sheet for whoever types the values in or opens the bundle; it holds no secret.
    pub fn sheet(&self) -> String {
        let mut page = self.head(&self.say("paper.sheet"));
        let words = self.guide.texts.of(self.language);
        page.push_str("<table>");
        for value in &self.values {
            let label = words.fields.get(&value.id).map_or(value.id.as_str(), |field| field.label.as_str());
            let shown = match &value.value {
                Shown::Text(text) => format!("<code>{}</code>", escape(text)),
                Shown::Secret => self.say("paper.in-the-bundle"),
                Shown::Missing => self.say("paper.missing"),
            };
            let _ = write!(
                page,
                "<tr><th>{}</th><td>{shown}</td><td class=\"note\">{}</td></tr>",
                escape(label),
                escape(&value.row)
            );
        }
        page.push_str("</table>");
        if let Some(handed) = &self.history.handed_over {
            let file = handed.receipt["path"].as_str().unwrap_or_default();
            let digest = handed.receipt["sha256"].as_str().unwrap_or_default();
            let signer = handed.receipt["signer"].as_str().unwrap_or_default();
            let _ = write!(
                page,
                "<h2>{}</h2><p><code>{}</code></p><p>SHA-256 <code>{}</code></p><p>{} <code>{}</code></p>",
                self.say("paper.bundle"),
                escape(file),
                escape(digest),
                self.say("paper.signer"),
                escape(signer)
            );
        }
        if let Some(support) = &self.guide.support {
            let _ = write!(page, "<p>{} {}</p>", self.say("paper.support"), escape(support));
        }
        page
    }

    /// What was done and how each step was proven.
    pub fn report(&self) -> String {
        let mut page = self.head(&self.say("paper.report"));
        let words = self.guide.texts.of(self.language);
        for step in &self.checklist.steps {
            let title = words.steps.get(&step.id).map_or(step.id.as_str(), |step| step.title.as_str());
            let documented =
                self.guide.step(&step.id).map(|step| step.documented.as_str()).unwrap_or_default();
            let state = self.say(&format!("state.{}", step.state.name()));
            let _ = write!(
                page,
                "<h2>{}. {} <span class=\"note\">· {state} · {}</span></h2><ul>",
                step.number,
                escape(title),
                escape(documented)
            );
            for line in &step.evidence {
                let _ = write!(page, "<li>{}</li>", escape(&line.in_language(self.language)));
            }
            if let Some(confirmed) = &step.confirmed {
                let by =
                    Phrase::new("paper.confirmed").with("by", &confirmed.by).with("note", &confirmed.note);
                let _ = write!(page, "<li>{}</li>", escape(&by.in_language(self.language)));
            }
            page.push_str("</ul>");
        }
        page
    }
}

/// Text as text, whatever it holds.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        assert_eq!(escape("<b a=\"x\">&"), "&lt;b a=&quot;x&quot;&gt;&amp;");
    }
}
