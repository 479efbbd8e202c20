//! What every screen has to stand: axe, its whole width at two sizes of the window, and eyes that remember everything
//! the page holds, so that a secret in it would be found afterwards.

use std::{collections::BTreeSet, sync::Mutex};

use footbridge_tests::{Canary, scan_bytes};
use serde_json::Value;

use crate::driven::Driven;
use crate::screens;

/// The sizes, in CSS pixels: as it opens first, and the smallest that is promised.
const LARGE: (u32, u32) = (1480, 920);
const SMALL: (u32, u32) = (900, 600);

const THEMES: [&str; 2] = ["light", "dark"];

/// Notes every answer that the core gives to the page.
const LISTEN: &str = "if (window.heard) return null; const heard = []; const before = window.fetch; \
    window.fetch = (...given) => before(...given).then((answer) => { \
        answer.clone().text().then((text) => heard.push(text), () => null); return answer; }); \
    window.heard = heard; return null";

/// All that the page shows, holds or was told.
const HOLDS: &str = "return JSON.stringify({ \
    page: document.documentElement.outerHTML, \
    text: document.body.innerText, \
    fields: [...document.querySelectorAll('input, textarea, select')].map((field) => field.value), \
    stored: [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie], \
    heard: (window.heard ?? []).splice(0) })";

/// What sticks out of the window to the right, or can be scrolled sideways.
const SIDEWAYS: &str = "return [...document.querySelectorAll('*')].filter((one) => { \
        const style = getComputedStyle(one); const box = one.getBoundingClientRect(); \
        if (style.visibility === 'hidden' || style.clipPath !== 'none' || !box.width) return false; \
        const root = one === document.documentElement || one === document.body; \
        const scrolls = (root || ['auto', 'scroll'].includes(style.overflowX)) && one.scrollWidth > one.clientWidth + 1; \
        return scrolls || box.right > innerWidth + 1; \
    }).map((one) => { \
        const edge = one.getBoundingClientRect().left + one.clientWidth; \
        const out = [...one.querySelectorAll('*')].filter((it) => it.getBoundingClientRect().right > edge + 1).pop(); \
        return (out ?? one).outerHTML.slice(0, 200); \
    })";

/// The step that is open, when the list of steps has scrolled it out of its sight.
const OUT_OF_SIGHT: &str = "const step = document.querySelector('.steps [aria-current=step]'); \
    const list = step?.closest('.all').getBoundingClientRect(); const box = step?.getBoundingClientRect(); \
    return box?.width && (box.top < list.top - 1 || box.bottom > list.bottom + 1) ? step.id : null";

/// What was seen on the way.
#[derive(Default)]
pub struct Seen {
    screens: Mutex<Vec<(String, String)>>,
    files: Mutex<BTreeSet<&'static str>>,
}

impl Seen {
    /// Begins to listen to what the core answers.
    pub async fn listen(&self, window: &Driven) {
        window.run(LISTEN).await;
    }

    /// Remembers all that the page holds now.
    pub async fn remember(&self, window: &Driven, screen: &str) {
        let Value::String(text) = window.run(HOLDS).await else { panic!("{screen} cannot be read") };
        assert!(text.contains("<main"), "{screen} was not read: {text:.200}");
        self.screens.lock().unwrap().push((screen.to_owned(), text));
    }

    /// Looks at a screen with everything: axe, both sizes, and a picture of each where a name is given.
    pub async fn regard(&self, window: &Driven, screen: &str, picture: Option<&str>) {
        self.remember(window, screen).await;
        let own = self.in_both_themes(window, screen).await;
        for (width, height) in [SMALL, LARGE] {
            window.resize(width, height).await;
            fits(window, &format!("{screen} at {width} x {height}")).await;
            if let Some(picture) = picture {
                window.run("document.querySelector('main').scrollTop = 0; return null").await;
                let size = if (width, height) == SMALL { "-900x600" } else { "" };
                for theme in THEMES {
                    draw_in(window, theme).await;
                    window.picture(&format!("{}{size}", in_theme(picture, theme))).await;
                }
            }
        }
        draw_in(window, &own).await;
    }

    /// Shows a screen to axe, light and dark.
    pub async fn show(&self, window: &Driven, screen: &str) {
        let own = self.in_both_themes(window, screen).await;
        draw_in(window, &own).await;
    }

    async fn in_both_themes(&self, window: &Driven, screen: &str) -> String {
        self.note_what_is_there(window).await;
        let own = window.run("return document.documentElement.dataset.theme").await;
        let own = own.as_str().unwrap().to_owned();
        window.no_fault(&format!("{screen}, {own}")).await;
        for theme in THEMES.into_iter().filter(|theme| *theme != own) {
            draw_in(window, theme).await;
            window.no_fault_of_colour(&format!("{screen}, {theme}")).await;
        }
        own
    }

    /// Notes which of the screens' files drew something of what axe looks at.
    async fn note_what_is_there(&self, window: &Driven) {
        let selectors: Vec<&str> = screens::SCREENS.iter().map(|(_, selector, _)| *selector).collect();
        let ask = format!(
            "return {}.map((one) => Boolean(document.querySelector(one)))",
            serde_json::json!(selectors)
        );
        let Value::Array(there) = window.run(&ask).await else { panic!("the page does not answer") };
        let drawn = screens::SCREENS.iter().zip(there).filter(|(_, there)| *there == true);
        self.files.lock().unwrap().extend(drawn.map(|((file, _, _), _)| *file));
    }

    /// Fails when a screen that this walk has to show to axe was not there.
    pub fn has_shown(&self, walk: &str) {
        let files = self.files.lock().unwrap();
        let missing: Vec<&str> = screens::SCREENS
            .iter()
            .filter(|(file, _, by)| *by == walk && !files.contains(file))
            .map(|(file, _, _)| *file)
            .collect();
        assert!(missing.is_empty(), "{walk} showed nothing of {missing:?} to axe");
    }

    /// Fails when one of the secrets was anywhere in the page; the same search has to find each once it is planted there.
    pub async fn held_no(&self, window: &Driven, secrets: &[(&str, String)]) {
        let canaries: Vec<Canary> = secrets.iter().map(|(name, secret)| Canary::new(name, secret)).collect();
        let heard = |text: &str| text.contains("\\\"connection\\\"");
        let screens = std::mem::take(&mut *self.screens.lock().unwrap());
        assert!(screens.len() > 20, "{} screens were seen", screens.len());
        assert!(screens.iter().any(|(_, text)| heard(text)), "no answer of the core was heard");
        let search = |screens: &[(String, String)]| -> Vec<String> {
            screens.iter().flat_map(|(name, text)| scan_bytes(name, text.as_bytes(), &canaries)).collect()
        };
        assert_eq!(search(&screens), Vec::<String>::new());
        for (name, secret) in secrets {
            self.find_planted(window, name, secret, &search).await;
        }
    }

    async fn find_planted(
        &self,
        window: &Driven,
        name: &str,
        secret: &str,
        search: &impl Fn(&[(String, String)]) -> Vec<String>,
    ) {
        let plant = serde_json::json!(secret);
        let places = [
            format!(
                "const it = document.createElement('p'); it.id = 'planted'; it.textContent = {plant}; \
                 document.querySelector('main').append(it)"
            ),
            format!(
                "document.querySelector('input, select, textarea').setAttribute('data-planted', {plant})"
            ),
            format!("sessionStorage.setItem('planted', {plant})"),
            format!("window.heard.push({plant})"),
        ];
        for place in places {
            window.run(&format!("{place}; return null")).await;
            self.remember(window, "planted").await;
            let found = search(&std::mem::take(&mut *self.screens.lock().unwrap()));
            assert_eq!(found.len(), 1, "{name} is not found by: {}", place.replace(secret, "…"));
            let clean = "document.querySelector('#planted')?.remove(); sessionStorage.clear(); \
                         document.querySelectorAll('[data-planted]').forEach((one) => one.removeAttribute('data-planted')); return null";
            window.run(clean).await;
        }
    }
}

/// Draws the page in light or dark; the settings stay.
async fn draw_in(window: &Driven, theme: &str) {
    window.run(&format!("document.documentElement.dataset.theme = '{theme}'; return null")).await;
    window.settle().await;
}

/// The name of a picture with its last word, the theme, exchanged.
fn in_theme(picture: &str, theme: &str) -> String {
    let name = THEMES.iter().find_map(|known| picture.strip_suffix(known));
    name.map_or_else(|| picture.to_owned(), |name| format!("{name}{theme}"))
}

async fn fits(window: &Driven, screen: &str) {
    let out = window.run(SIDEWAYS).await;
    assert_eq!(out, serde_json::json!([]), "{screen} is wider than the window");
    window.settle().await;
    let hidden = window.run(OUT_OF_SIGHT).await;
    assert_eq!(hidden, Value::Null, "{screen}: the list of steps does not show the step that is open");
}

/// The control: what is too wide is found.
pub async fn a_planted_width_is_found(window: &Driven) {
    let plant = "const it = document.createElement('p'); it.id = 'planted'; it.textContent = 'x'; \
                 it.style.width = '4000px'; document.querySelector('main').append(it); return null";
    window.run(plant).await;
    let found = window.run(SIDEWAYS).await;
    window.run("document.getElementById('planted').remove(); return null").await;
    assert!(found.as_array().is_some_and(|found| !found.is_empty()), "{found}");
}

/// The control: the last step is open, and the list is scrolled away from it.
pub async fn a_step_out_of_sight_is_found(window: &Driven) {
    window.resize(SMALL.0, SMALL.1).await;
    window.settle().await;
    window.run("document.querySelector('.steps .all').scrollTop = 0; return null").await;
    let hidden = window.run(OUT_OF_SIGHT).await;
    window.resize(LARGE.0, LARGE.1).await;
    assert_ne!(hidden, Value::Null, "the list was scrolled away from the open step, and nobody noticed");
}
