//! A product that takes bundles by docs/receiver-api.md, written for the tests from that page alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use delivery::https::{LARGEST_BUNDLE, ReceiptFault, Trust};
use time::OffsetDateTime;

use crate::server::{Behaviour, Conversation, Head, Server, json, serve};
use crate::{JTI, NOW, bundle};

/// What is known of one id.
#[derive(Default, Clone)]
struct Upload {
    bytes: Vec<u8>,
    whole: bool,
}

/// What the product does beside the contract, or does not do.
#[derive(Default, Clone)]
pub struct Whims {
    /// The first upload is cut after so many bytes of its body.
    pub cut: Option<usize>,
    /// Every upload is cut after so many bytes of its body.
    pub always_cut: Option<usize>,
    /// The answers to the first uploads that arrive whole are lost.
    pub lose_answers: usize,
    /// A person has to approve, and does so after being asked so many times.
    pub approve_after: Option<usize>,
    /// The receipt speaks of another bundle, or is proven with another key.
    pub forge: Option<ReceiptFault>,
    /// Whole bundles by POST only: no other method is known, or everything else is not found.
    pub plain: Option<u16>,
    /// The first requests are put off with this status and headers.
    pub busy: Option<(usize, u16, &'static str)>,
    /// The bundle is refused.
    pub refuse: bool,
}

#[derive(Default)]
pub struct State {
    uploads: BTreeMap<String, Upload>,
    whims: Whims,
    /// The bundles that were opened and written, each as often as it was.
    pub taken: Vec<Vec<u8>>,
    /// Bytes of bodies that arrived, sent twice or not.
    pub arrived: usize,
}

pub type Product = Arc<Mutex<State>>;

/// Starts a product with a pinned certificate.
pub async fn start(whims: Whims) -> (Server, Trust, Product) {
    let own = crate::authority::self_signed();
    let state: Product = Arc::new(Mutex::new(State { whims, ..State::default() }));
    let server = serve(vec![own.configuration()], behaviour(state.clone())).await;
    (server, own.pinned(), state)
}

pub fn behaviour(state: Product) -> Behaviour {
    Arc::new(move |conversation| {
        let state = state.clone();
        Box::pin(async move { respond(conversation, state).await })
    })
}

async fn respond(mut conversation: Conversation, state: Product) {
    let Some(head) = conversation.head().await else { return };
    let cut = {
        let mut state = state.lock().unwrap();
        let uploading = head.line.starts_with('P');
        if uploading { state.whims.cut.take().or(state.whims.always_cut) } else { None }
    };
    let body = conversation.body(head.length().min(cut.unwrap_or(usize::MAX))).await;
    let whole = body.len() == head.length();
    let said = state.lock().unwrap().answer(&head, &body, whole);
    // Dropped without a word, as a cable that is pulled.
    if let Some(said) = said {
        conversation.say(&said).await;
        conversation.close().await;
    }
}

fn refused() -> Vec<u8> {
    json(400, "", r#"{"error":"refused"}"#)
}

fn waiting() -> Vec<u8> {
    json(202, "Retry-After: 7\r\n", r#"{"state":"waiting"}"#)
}

impl State {
    fn answer(&mut self, head: &Head, body: &[u8], whole: bool) -> Option<Vec<u8>> {
        self.arrived += body.len();
        if let Some((times, status, headers)) = self.whims.busy.filter(|(times, ..)| *times > 0) {
            self.whims.busy = Some((times - 1, status, headers));
            return Some(json(status, headers, r#"{"error":"busy"}"#));
        }
        let mut words = head.line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let jti = path.strip_prefix("/footbridge/v1/bundles").unwrap().trim_start_matches('/').to_owned();
        if let Some(status) = self.whims.plain.filter(|_| !matches!(method, "POST" | "GET")) {
            return whole.then(|| json(status, "", r#"{"error":"unknown"}"#));
        }
        match method {
            "HEAD" => Some(self.head(&jti)),
            "GET" => Some(self.get(&jti)),
            "PUT" => self.put(&jti, head, body),
            "POST" => self.post(head, body, whole),
            other => panic!("{other}"),
        }
    }

    fn head(&self, jti: &str) -> Vec<u8> {
        match self.uploads.get(jti) {
            Some(upload) => json(200, &format!("Upload-Offset: {}\r\n", upload.bytes.len()), ""),
            None => json(404, "", ""),
        }
    }

    fn get(&mut self, jti: &str) -> Vec<u8> {
        match self.uploads.get(jti).filter(|upload| upload.whole).cloned() {
            Some(_) if self.whims.refuse => json(403, "", r#"{"error":"refused"}"#),
            Some(upload) => self.take(jti, upload),
            None => json(404, "", r#"{"error":"unknown"}"#),
        }
    }

    fn put(&mut self, jti: &str, head: &Head, body: &[u8]) -> Option<Vec<u8>> {
        assert_eq!(head.header("content-type"), Some("application/jose"));
        let range = head.header("content-range").unwrap().strip_prefix("bytes ").unwrap();
        let (span, total) = range.split_once('/').unwrap();
        let (first, last) = span.split_once('-').unwrap();
        let [first, last, total] = [first, last, total].map(|number| number.parse::<usize>().unwrap());
        assert_eq!((last + 1 - first, last + 1), (head.length(), total));
        assert!(total <= LARGEST_BUNDLE);
        let upload = self.uploads.entry(jti.to_owned()).or_default();
        if first != upload.bytes.len() {
            let there = format!("Upload-Offset: {}\r\n", upload.bytes.len());
            return Some(json(409, &there, r#"{"error":"conflict"}"#));
        }
        upload.bytes.extend_from_slice(body);
        upload.whole = upload.bytes.len() == total;
        let upload = upload.clone();
        upload.whole.then(|| self.finish(jti, upload)).flatten()
    }

    fn post(&mut self, head: &Head, body: &[u8], whole: bool) -> Option<Vec<u8>> {
        let jti = head.header("footbridge-jti").unwrap().to_owned();
        if !whole {
            return None;
        }
        let upload = Upload { bytes: body.to_vec(), whole };
        self.uploads.insert(jti.clone(), upload.clone());
        self.finish(&jti, upload)
    }

    fn finish(&mut self, jti: &str, upload: Upload) -> Option<Vec<u8>> {
        let said = if self.whims.refuse { refused() } else { self.take(jti, upload) };
        if self.whims.lose_answers > 0 {
            self.whims.lose_answers -= 1;
            return None;
        }
        Some(said)
    }

    /// Opens the bundle once; the same again gets the same receipt.
    fn take(&mut self, jti: &str, upload: Upload) -> Vec<u8> {
        if let Some(left) = self.whims.approve_after.filter(|left| *left > 0) {
            self.whims.approve_after = Some(left - 1);
            return waiting();
        }
        if !self.taken.contains(&upload.bytes) {
            self.taken.push(upload.bytes);
        }
        json(200, "", &receipt(jti, self.whims.forge))
    }
}

fn key(forge: Option<ReceiptFault>) -> hmac::Key {
    let text = if forge == Some(ReceiptFault::Proof) { "stored, and not opened" } else { "the signed text" };
    hmac::Key::new(hmac::HMAC_SHA256, digest(&SHA256, text.as_bytes()).as_ref())
}

pub fn receipt(jti: &str, forge: Option<ReceiptFault>) -> String {
    let jti = if forge == Some(ReceiptFault::OtherBundle) { "another" } else { jti };
    let taken = NOW.unix_timestamp();
    let proof = hmac::sign(&key(forge), format!("receipt/1.{jti}.{taken}").as_bytes());
    let proof = URL_SAFE_NO_PAD.encode(proof);
    match forge {
        Some(ReceiptFault::Form) => "{}".to_owned(),
        _ => format!(r#"{{"v":1,"jti":"{jti}","taken":{taken},"proof":"{proof}"}}"#),
    }
}

/// What the sender does with the key that it kept.
pub fn verify(text: &str) -> Result<OffsetDateTime, ReceiptFault> {
    let read: serde_json::Value = serde_json::from_str(text).map_err(|_| ReceiptFault::Form)?;
    let word = |name: &str| read.get(name).and_then(|value| value.as_str()).ok_or(ReceiptFault::Form);
    let taken = read.get("taken").and_then(serde_json::Value::as_i64).ok_or(ReceiptFault::Form)?;
    if word("jti")? != JTI {
        return Err(ReceiptFault::OtherBundle);
    }
    let proof = URL_SAFE_NO_PAD.decode(word("proof")?).map_err(|_| ReceiptFault::Proof)?;
    let message = format!("receipt/1.{JTI}.{taken}");
    hmac::verify(&key(None), message.as_bytes(), &proof).map_err(|_| ReceiptFault::Proof)?;
    OffsetDateTime::from_unix_timestamp(taken).map_err(|_| ReceiptFault::Form)
}

impl State {
    /// Exactly this bundle, exactly once.
    pub fn assert_taken_once(&self) {
        assert_eq!(self.taken.len(), 1, "taken {} times", self.taken.len());
        assert!(self.taken[0] == bundle().as_bytes(), "what was taken is not what was sent");
    }
}

impl State {
    /// Ends every whim.
    pub fn mend(&mut self) {
        self.whims = Whims::default();
    }

    /// Puts bytes there as if somebody else had sent them.
    pub fn plant(&mut self, jti: &str, bytes: &[u8], whole: bool) {
        self.uploads.insert(jti.to_owned(), Upload { bytes: bytes.to_vec(), whole });
    }
}
