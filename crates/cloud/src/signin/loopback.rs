//! The door for the browser's answer: one port on 127.0.0.1, one path, one matching request.
//! Speaks just enough HTTP for that, always with the same page, and never runs or reflects what it reads.

use std::collections::VecDeque;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use url::Url;
use zeroize::Zeroizing;

use super::SignInError;
use crate::clock::Clock;

const LONGEST_HEAD: usize = 16 * 1024;
const MOST_GUESTS: usize = 64;

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Footbridge</title>\
<h1>Footbridge</h1><p>Footbridge has the answer. Close this page and go back to Footbridge.</p>\
<p lang=\"de\">Footbridge hat die Antwort. Diese Seite schließen und zu Footbridge zurückkehren.</p></html>";

pub(super) enum Knock {
    Code(SecretString),
    Error { error: String, description: Option<String> },
}

pub(super) struct Door {
    listener: TcpListener,
    port: u16,
}

impl Door {
    pub(super) async fn open() -> Result<Door, SignInError> {
        let closed = |error: std::io::Error| SignInError::NoLocalPort { reason: error.to_string() };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(closed)?;
        let port = listener.local_addr().map_err(closed)?.port();
        Ok(Door { listener, port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The first request that carries `state`. The port is closed when this returns or is dropped.
    pub(super) async fn first_knock(
        self,
        clock: &dyn Clock,
        state: &SecretString,
        open_for: Duration,
    ) -> Result<Knock, SignInError> {
        let mut guests: JoinSet<Option<Knock>> = JoinSet::new();
        let mut oldest: VecDeque<AbortHandle> = VecDeque::new();
        let mut end = clock.sleep(open_for);
        loop {
            tokio::select! {
                () = &mut end => return Err(SignInError::Expired),
                Some(outcome) = guests.join_next(), if !guests.is_empty() => {
                    oldest.retain(|guest| !guest.is_finished());
                    if let Ok(Some(knock)) = outcome {
                        return Ok(knock);
                    }
                }
                Ok((stream, _)) = self.listener.accept() => {
                    // Browsers open connections in advance and leave them silent; the oldest one makes room.
                    if oldest.len() >= MOST_GUESTS && let Some(silent) = oldest.pop_front() {
                        silent.abort();
                    }
                    oldest.push_back(guests.spawn(hear(stream, self.port, state.clone())));
                }
            }
        }
    }
}

async fn hear(mut stream: TcpStream, port: u16, state: SecretString) -> Option<Knock> {
    let head = head(&mut stream).await?;
    let knock = read_knock(std::str::from_utf8(&head).ok()?, port, &state);
    let status = if knock.is_some() { "200 OK" } else { "404 Not Found" };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\r\n{PAGE}",
        PAGE.len()
    );
    // A browser that went away has still given its answer.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    knock
}

async fn head(stream: &mut TcpStream) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::with_capacity(LONGEST_HEAD));
    let mut piece = Zeroizing::new([0_u8; 1024]);
    while read.len() + piece.len() <= LONGEST_HEAD {
        let count = stream.read(piece.as_mut_slice()).await.ok()?;
        if count == 0 {
            return None;
        }
        read.extend_from_slice(piece.get(..count)?);
        if read.windows(4).any(|mark| mark == b"\r\n\r\n") {
            return Some(read);
        }
    }
    None
}

/// What a request says, if it is the one that is waited for.
fn read_knock(head: &str, port: u16, state: &SecretString) -> Option<Knock> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target, version) = (first.next()?, first.next()?, first.next()?);
    let host = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim().to_owned())?;
    let ours = host == format!("127.0.0.1:{port}") || host == format!("localhost:{port}");
    if method != "GET" || !version.starts_with("HTTP/1.") || !ours || !target.starts_with("/?") {
        return None;
    }
    let address = Url::parse(&format!("http://127.0.0.1:{port}{target}")).ok()?;
    let told =
        |name: &str| address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if told("state")?.as_str() != state.expose_secret() {
        return None;
    }
    match told("error") {
        Some(error) => Some(Knock::Error { error, description: told("error_description") }),
        None => told("code").filter(|code| !code.is_empty()).map(|code| Knock::Code(code.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knock(first: &str, host: &str) -> Option<Knock> {
        read_knock(&format!("{first}\r\nUser-Agent: x\r\nHost: {host}\r\n\r\n"), 7, &"right".into())
    }

    #[test]
    fn the_matching_request_is_taken() {
        let Some(Knock::Code(code)) = knock("GET /?code=a%2Bb&state=right HTTP/1.1", "127.0.0.1:7") else {
            panic!("not taken")
        };
        assert_eq!(code.expose_secret(), "a+b");
        assert!(knock("GET /?code=a&state=right HTTP/1.1", "localhost:7").is_some());
        assert!(matches!(
            knock("GET /?error=access_denied&state=right HTTP/1.1", "localhost:7"),
            Some(Knock::Error { .. })
        ));
    }

    #[test]
    fn every_other_request_is_not() {
        for first in [
            "GET /?code=a&state=wrong HTTP/1.1",
            "GET /?code=a HTTP/1.1",
            "GET /?state=right HTTP/1.1",
            "GET /?code=&state=right HTTP/1.1",
            "POST /?code=a&state=right HTTP/1.1",
            "GET /other?code=a&state=right HTTP/1.1",
            "GET //?code=a&state=right HTTP/1.1",
            "GET /favicon.ico HTTP/1.1",
            "GET http://127.0.0.1:7/?code=a&state=right HTTP/1.1",
            "nonsense",
        ] {
            assert!(knock(first, "127.0.0.1:7").is_none(), "{first}");
        }
        for host in ["evil.example", "127.0.0.1:8", "127.0.0.1", "[::1]:7", ""] {
            assert!(knock("GET /?code=a&state=right HTTP/1.1", host).is_none(), "{host}");
        }
    }

    #[test]
    fn the_page_has_no_script() {
        for active in ["<script", "javascript:", "onload", "onclick", "<iframe", "src=", "href="] {
            assert!(!PAGE.contains(active), "{active}");
        }
    }
}
