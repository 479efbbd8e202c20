//! G-20: nothing that gets into the page can run, reach a server, or lead the window away. The same ways are tried on a bare
//! page without a policy in a browser of the same engine, where each of them has to reach the server that listens.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use footbridge_tests::goal::{Target, reached};
use serde_json::json;

use crate::driven::Driven;

/// A server that answers anything and notes what it was asked for.
struct Canary {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let notes = Arc::clone(&notes);
                std::thread::spawn(move || answer(stream, &notes));
            }
        });
        Self { address, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn has_heard(&self, way: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|path| path.split(['?', '.']).next() == Some(way))
    }

    fn heard(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|path| !path.is_empty() && *path != "favicon.ico")
            .cloned()
            .collect()
    }
}

/// One connection: the first line is noted, the answer fits what was asked for.
fn answer(mut stream: std::net::TcpStream, notes: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let kind = match path.rsplit_once('.').map(|(_, end)| end) {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        _ => "text/html",
    };
    notes.lock().unwrap().push(path);
    let body = if kind == "text/html" { "<!doctype html><title>bare</title><body>" } else { "" };
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// A way out: its name, what does it, and whether the policy itself stands against it (else the window's own refusals do).
/// `U` is the server, `RUN` is a text of a program that reaches it.
const WAYS: &[(&str, &str, bool)] = &[
    (
        "inline-script",
        "const it = document.createElement('script'); it.append(document.createTextNode(RUN)); document.head.append(it)",
        true,
    ),
    (
        "attribute",
        "const it = document.createElement('button'); it.setAttribute('onclick', RUN); document.body.append(it); it.click()",
        true,
    ),
    ("eval", "(0, eval)(RUN)", true),
    ("function", "new Function(RUN)()", true),
    ("timer", "setTimeout(RUN, 0)", true),
    (
        "remote-script",
        "const it = document.createElement('script'); it.setAttribute('src', U + '.js'); document.head.append(it)",
        true,
    ),
    (
        "inner-html",
        "const it = document.createElement('div'); it.innerHTML = '<img src=\"' + U + '\">'; document.body.append(it)",
        true,
    ),
    ("fetch", "fetch(U, { mode: 'no-cors' }).catch(() => 0)", true),
    ("xhr", "const it = new XMLHttpRequest(); it.open('GET', U); it.send()", true),
    ("web-socket", "new WebSocket(U.replace('http', 'ws'))", true),
    ("beacon", "navigator.sendBeacon(U, 'x')", true),
    ("image", "new Image().src = U", true),
    (
        "style",
        "const it = document.createElement('link'); it.rel = 'stylesheet'; it.href = U + '.css'; document.head.append(it)",
        true,
    ),
    ("font", "new FontFace('x', 'url(' + U + ')').load().catch(() => 0)", true),
    ("frame", "const it = document.createElement('iframe'); it.src = U; document.body.append(it)", true),
    (
        "object",
        "const it = document.createElement('object'); it.type = 'text/html'; it.data = U; document.body.append(it)",
        true,
    ),
    (
        "form",
        "const it = document.createElement('form'); it.action = U; document.body.append(it); it.submit()",
        true,
    ),
    ("import", "import(U + '.js').catch(() => 0)", true),
    ("location", "location.href = U", false),
    (
        "new-window",
        "const it = document.createElement('button'); it.id = 'way-out'; it.style.cssText = 'position:fixed;top:60px;left:60px;width:90px;height:40px;z-index:9999'; it.addEventListener('click', () => window.open(U)); document.body.append(it)",
        false,
    ),
    (
        "download",
        "const it = document.createElement('a'); it.href = U; it.download = 'x'; document.body.append(it); it.click()",
        false,
    ),
    (
        "refresh",
        "const it = document.createElement('meta'); it.httpEquiv = 'refresh'; it.content = '0;url=' + U; document.head.append(it)",
        false,
    ),
    ("service-worker", "navigator.serviceWorker.register(U + '.js').catch(() => 0)", false),
];

/// The way as a script that tries it and tells whether it was stopped at once.
fn attempt(way: &str, script: &str, canary: &Canary) -> String {
    let url = json!(canary.url(way));
    let run = json!(format!("(window.ran ??= []).push('{way}'); new Image().src = {url}"));
    format!(
        "window.way = '{way}'; const U = {url}, RUN = {run}; try {{ {script} }} catch (fault) {{ return String(fault) }} return null"
    )
}

const LISTEN: &str = "window.ran = []; window.stopped = {}; \
    document.addEventListener('securitypolicyviolation', (event) => { (window.stopped[window.way] ??= []).push(event.effectiveDirective); }); \
    return null";

#[tokio::test]
async fn g20_window_is_contained() {
    let canary = Canary::new();
    let window = Driven::open("en", "light").await;
    window.wait_for("#door-rehearse").await;
    let home = window.run("return location.href").await;
    window.run(LISTEN).await;
    let mut covered = 0;
    for (way, script, policy) in WAYS {
        let said = window.run(&attempt(way, script, &canary)).await;
        clicked(&window, way).await;
        if *policy {
            // What the policy stops it also reports; only when it has was the attempt a real one.
            window
                .until(&format!("the policy to stop {way} ({said})"), &format!("window.stopped['{way}']"))
                .await;
            covered += 1;
        }
    }
    // What would still be on its way is behind these: the page has drawn twice, and the server has answered once more.
    window.settle().await;
    let reached_server: Vec<String> = canary.heard();
    let ran = window.run("return window.ran").await;
    assert_eq!(ran, json!([]), "these ran");
    assert!(reached_server.is_empty(), "these reached the server: {reached_server:?}");
    assert_eq!(window.run("return location.href").await, home, "the window was led away");
    reached("G-20", "ways that ran, reached the server or led away, of 23", 0, Target::Exactly(0));
    reached("G-20", "ways the policy reported", covered, Target::AtLeast(18));
    window.click("#door-rehearse").await;
    window.close().await;
}

#[tokio::test]
async fn g20_control_each_way_reaches_the_server_from_a_bare_page_beside_the_window() {
    let canary = Canary::new();
    let page = Driven::bare().await;
    let mut silent = Vec::new();
    for (way, script, _) in WAYS {
        page.go(&canary.url("")).await;
        page.run(&attempt(way, script, &canary)).await;
        clicked(&page, way).await;
        if !heard_in_time(&canary, way).await {
            silent.push(*way);
        }
    }
    assert!(silent.is_empty(), "the control does not work for {silent:?}; heard: {:?}", canary.heard());
    reached("G-20", "ways that reach the server from a bare page", 23, Target::Exactly(23));
    page.close().await;
}

/// A window opens only under somebody's hand.
async fn clicked(page: &Driven, way: &str) {
    if way == "new-window" {
        page.click("#way-out").await;
        page.run("document.querySelector('#way-out')?.remove(); return null").await;
    }
}

async fn heard_in_time(canary: &Canary, way: &str) -> bool {
    let begin = std::time::Instant::now();
    while !canary.has_heard(way) {
        if begin.elapsed() > std::time::Duration::from_secs(12) {
            return false;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    true
}
