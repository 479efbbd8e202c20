//! The real window under WebKit's own driver: the whole guide, click by click, in both languages, with axe on each
//! screen. Needs a display and a session bus, which `cargo xtask test` gives, and a build of the window with its
//! page inside, named by FOOTBRIDGE_DESKTOP. With FOOTBRIDGE_WRITE_SCREENS=1 the pictures go to docs/screens/.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod contained;
mod driven;
mod fits;
mod keyboard;
mod managed;
mod others;
mod payloads;
mod products;
mod regard;
mod renewing;
mod screens;
mod unconfirmed;
mod walk;
mod workshop;

use driven::Driven;

#[tokio::test]
async fn window_walks_the_whole_guide_in_english() {
    walk::whole_guide("en", "light").await;
}

#[tokio::test]
async fn window_walks_the_whole_guide_in_german() {
    walk::whole_guide("de", "dark").await;
}

#[tokio::test]
async fn window_opens_each_section_of_the_five_products_in_english() {
    products::each_section("en", "light").await;
}

#[tokio::test]
async fn window_opens_each_section_of_the_five_products_in_german() {
    products::each_section("de", "dark").await;
}

#[tokio::test]
async fn window_walks_axigen_to_its_end() {
    products::to_the_end("axigen", "en", "light").await;
}

#[tokio::test]
async fn window_walks_innovaphone_to_its_end() {
    products::to_the_end("innovaphone", "de", "dark").await;
}

#[tokio::test]
async fn window_opens_a_guide_of_another_maker() {
    others::own_guide("en", "light").await;
}

#[tokio::test]
async fn window_opens_a_guide_of_another_maker_in_german() {
    others::own_guide("de", "dark").await;
}

#[tokio::test]
async fn window_passes_a_step_on_and_takes_it_over() {
    others::pass_on("en", "light").await;
}

#[tokio::test]
async fn window_passes_a_step_on_in_german() {
    others::pass_on("de", "dark").await;
}

#[tokio::test]
async fn window_offers_nothing_that_a_policy_switches_off() {
    managed::machine("en", "light").await;
}

#[tokio::test]
async fn window_offers_nothing_that_a_policy_switches_off_in_german() {
    managed::machine("de", "dark").await;
}

#[tokio::test]
async fn window_completes_targetconnect_with_the_keyboard_alone() {
    keyboard::completes_targetconnect().await;
}

#[tokio::test]
async fn window_cuts_no_german_text_at_900_by_600_and_at_200_percent() {
    fits::german_everywhere().await;
}

#[tokio::test]
async fn window_is_brought_forward_by_a_second_start_and_stays() {
    let window = Driven::open("en", "light").await;
    window.wait_for("#door-rehearse").await;
    assert!(window.second_start().success(), "the second start did not hand itself to the first");
    window.click("#nav-settings").await;
    window.wait_for("#language").await;
    window.close().await;
}

#[tokio::test]
async fn window_stops_a_running_step_and_goes_on() {
    walk::a_step_that_is_stopped().await;
}

#[tokio::test]
async fn window_opens_again_where_it_was() {
    let window = Driven::open("en", "light").await;
    window.wait_for("#door-rehearse").await;
    window.click("#nav-settings").await;
    window.wait_for("#language").await;
    window.resize(1000, 700).await;
    window.size_is_kept(1000, 700).await;
    let window = window.reopened().await;
    window.wait_for("#language").await;
    let size = window.run("return `${innerWidth} x ${innerHeight}`").await;
    assert_eq!(size, "1000 x 700");
    window.close().await;
}

#[tokio::test]
async fn window_moves_to_the_browser_where_codes_are_blocked() {
    let window = Driven::open("en", "light").await;
    window.click("#door-rehearse").await;
    window.click("#rehearse-targetconnect").await;
    window.click("#sign-in").await;
    window.click("#show-code").await;
    window.wait_for("#pretend option[value^='d.browser']").await;
    let account =
        window.run("return document.querySelector(\"#pretend option[value^='d.browser']\").value").await;
    window.enter("#pretend", account.as_str().unwrap()).await;
    window.click("#approve").await;
    let explained = "document.querySelector('dialog').innerText.includes('blocks sign-in with a code')";
    window.until("the explanation", explained).await;
    window
        .until("the browser way", "document.querySelector('dialog').innerText.includes('Your browser shows')")
        .await;
    assert!(!window.is_there("dialog [role=alert]").await, "no trouble stands beside the explanation");
    window.no_fault("sign-in, blocked").await;
    window.picture("sign-in-blocked").await;
    let browsed = window.browsed().expect("the browser was opened");
    for part in ["/oauth2/v2.0/authorize?", "code_challenge_method=S256", "redirect_uri=http%3A%2F%2F"] {
        assert!(browsed.contains(part), "{part} is not in {browsed}");
    }
    window.close().await;
}

#[tokio::test]
async fn window_stays_on_its_own_page() {
    let window = Driven::open("en", "light").await;
    window.wait_for("#door-rehearse").await;
    for leak in ["location.href = 'http://127.0.0.1:9/?leak'", "window.open('http://127.0.0.1:9/?leak')"] {
        let _ = window.run(&format!("{leak}; return null")).await;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        let at = window.run("return location.href").await;
        assert!(at.as_str().unwrap().starts_with("tauri://localhost"), "{leak} led to {at}");
    }
    window.wait_for("#door-rehearse").await;
    window.close().await;
}

#[tokio::test]
async fn window_lets_no_text_become_a_page_or_a_program() {
    let window = Driven::open("en", "light").await;
    window.wait_for("#door-rehearse").await;
    let attempts = [
        ("Trusted Types", "document.createElement('div').innerHTML = '<b>x</b>'"),
        ("eval", "(0, eval)('1')"),
        ("new Function", "new Function('return 1')()"),
        ("a frozen prototype", "Object.prototype.planted = 1; if (({}).planted !== 1) throw 0"),
    ];
    for (what, script) in attempts {
        let caught = window
            .run(&format!("try {{ {script}; return 'went through' }} catch (fault) {{ return 'refused' }}"))
            .await;
        assert_eq!(caught, "refused", "{what}");
    }
    // The control: a script that is allowed does go through.
    assert_eq!(
        window.run("try { JSON.parse('1'); return 'went through' } catch (fault) { return 'refused' }").await,
        "went through"
    );
    let foreign = "return Promise.race([\
                   window.__TAURI_INTERNALS__.invoke('plugin:opener|open_url', { url: 'http://127.0.0.1:9' }), \
                   new Promise((_, no) => setTimeout(no, 1500))]).then(() => 'went through', () => 'refused')";
    assert_eq!(window.run(foreign).await, "refused", "a command that is not on the list");
    let stored = window.run("return [Object.keys(localStorage).length, document.cookie].join()").await;
    assert_eq!(stored, "0,");
    window.close().await;
}
