//! Lays what the first screen shows into the page itself, so that it is drawn as the admin left it, in his language and theme,
//! without a question to the core before. It must never lay in anything that the page could not ask for, nor anything twice.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use tauri::http::{Request, Response, StatusCode};

use crate::view::Home;

/// The page looks for this element; see `ui/src/laid-in.ts`.
const ELEMENT: &str = "laid-in";

/// What stands in the page after everything else of it.
const END: &[u8] = b"</body>";

/// What the first screen shows, until the page is handed to the web view.
#[derive(Debug, Default)]
pub struct FirstPage(Mutex<Laid>);

#[derive(Debug, Default)]
enum Laid {
    /// The core still reads; a page that comes now asks by itself.
    #[default]
    Awaited,
    /// Markup that waits for its page.
    Ready(String),
    /// The page is there. What a later one would find here may be old.
    Over,
}

impl FirstPage {
    /// Keeps what the first screen shows, unless its page was handed out before.
    pub fn keep(&self, home: &Home) {
        if let Ok(json) = serde_json::to_string(home) {
            self.keep_json(&json);
        }
    }

    fn keep_json(&self, json: &str) {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*laid, Laid::Awaited) {
            *laid = Laid::Ready(markup(json));
        }
    }

    /// Lays it into the page, the first time that one is asked for.
    pub fn lay_into(&self, request: &Request<Vec<u8>>, response: &mut Response<Cow<'static, [u8]>>) {
        if !matches!(request.uri().path(), "" | "/" | "/index.html") || response.status() != StatusCode::OK {
            return;
        }
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Laid::Ready(markup) = std::mem::replace(&mut *laid, Laid::Over)
            && let Some(page) = with(response.body(), &markup)
        {
            *response.body_mut() = Cow::Owned(page);
        }
    }
}

/// A data block, which no browser runs (HTML, 4.12.1). Without a `<`, no text in it can end it or begin another element.
fn markup(json: &str) -> String {
    format!(r#"<script type="application/json" id="{ELEMENT}">{}</script>"#, json.replace('<', r"\u003c"))
}

fn with(page: &[u8], markup: &str) -> Option<Vec<u8>> {
    let end = page.windows(END.len()).rposition(|window| window == END)?;
    let (before, after) = page.split_at(end);
    Some([before, markup.as_bytes(), after].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PAGE: &[u8] = include_bytes!("../../ui/index.html");

    fn asked(first: &FirstPage, path: &str, status: StatusCode) -> String {
        let request = Request::builder().uri(format!("tauri://localhost{path}")).body(Vec::new()).unwrap();
        let mut response = Response::builder().status(status).body(Cow::Borrowed(PAGE)).unwrap();
        first.lay_into(&request, &mut response);
        String::from_utf8(response.into_body().into_owned()).unwrap()
    }

    fn ready(json: &str) -> FirstPage {
        let first = FirstPage::default();
        first.keep_json(json);
        first
    }

    #[test]
    fn the_first_page_carries_it_and_no_later_one() {
        for path in ["/", "/index.html"] {
            let first = ready(r#"{"version":"1"}"#);
            let page = asked(&first, path, StatusCode::OK);
            let block = r#"<script type="application/json" id="laid-in">{"version":"1"}</script></body>"#;
            assert!(page.contains(block), "{page}");
            assert_eq!(page.replace(block, "</body>").as_bytes(), PAGE);
            assert_eq!(asked(&first, path, StatusCode::OK).as_bytes(), PAGE);
        }
    }

    #[test]
    fn the_page_looks_for_the_same_element() {
        assert!(include_str!("../../ui/src/laid-in.ts").contains(&format!("getElementById('{ELEMENT}')")));
    }

    #[test]
    fn nothing_else_carries_it() {
        let first = ready("{}");
        assert_eq!(asked(&first, "/assets/index.js", StatusCode::OK).as_bytes(), PAGE);
        assert_eq!(asked(&first, "/", StatusCode::NOT_FOUND).as_bytes(), PAGE);
        assert_ne!(asked(&first, "/", StatusCode::OK).as_bytes(), PAGE);
    }

    #[test]
    fn a_page_that_came_before_asks_by_itself() {
        let first = FirstPage::default();
        assert_eq!(asked(&first, "/", StatusCode::OK).as_bytes(), PAGE);
        first.keep_json("{}");
        assert_eq!(asked(&first, "/", StatusCode::OK).as_bytes(), PAGE);
    }

    #[test]
    fn no_text_ends_the_block() {
        let name = serde_json::to_string("</script><img src=x onerror=alert(1)><!--").unwrap();
        let markup = markup(&name);
        let text = markup
            .strip_prefix(r#"<script type="application/json" id="laid-in">"#)
            .and_then(|rest| rest.strip_suffix("</script>"))
            .unwrap();
        assert!(!text.contains('<'), "{text}");
        assert_eq!(
            serde_json::from_str::<String>(text).unwrap(),
            "</script><img src=x onerror=alert(1)><!--"
        );
    }
}
