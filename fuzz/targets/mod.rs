//! What each target does with its bytes. The fuzzing programs beside this folder call these, and so does the catalogue of
//! goals in every run of the tests (tests/catalogue/surface/fuzzed.rs), over the seeds and over changes of them.
//! A target fails by a panic; a refusal is what it looks for.

mod graph;

use std::sync::Arc;

use secrecy::{SecretBox, SecretString};
use time::OffsetDateTime;

pub use graph::{graph_error, graph_page, next_link, retry_after};

/// A target: what it is called, as its folder of seeds, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 15] = [
    ("guide", guide),
    ("guide_plan", guide_plan),
    ("offer", offer),
    ("bundle", bundle),
    ("graph_error", graph_error),
    ("graph_page", graph_page),
    ("next_link", next_link),
    ("retry_after", retry_after),
    ("axigen", axigen),
    ("journal", journal),
    ("csr", csr),
    ("der", der),
    ("pem", pem),
    ("pfx", pfx),
    ("pkcs7", pkcs7),
];

/// The files of a guide as one text: three parts, with this line between.
const NEXT_FILE: &str = "\n#### next file\n";

fn read_guide(bytes: &[u8]) -> Option<guide::Guide> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.splitn(3, NEXT_FILE);
    let [guide, en, de] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let sources = guide::Sources { guide: guide.as_bytes(), en: en.as_bytes(), de: de.as_bytes() };
    match guide::read(&sources) {
        Ok(guide) => Some(guide),
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            for fault in faults {
                assert!(fault.line > 0 && fault.column > 0 && !fault.what.is_empty(), "{fault:?}");
            }
            None
        }
    }
}

/// The reader of guides: bytes that are no UTF-8, no TOML, or no guide are refused with a place and a sentence.
pub fn guide(bytes: &[u8]) {
    let _ = read_guide(bytes);
}

/// What a guide that was read leads to before anything is asked: the permissions, the roles, the texts and the answers.
pub fn guide_plan(bytes: &[u8]) {
    let Some(guide) = read_guide(bytes) else { return };
    for asked in engine::permissions_of(&guide) {
        assert!(
            asked.risk < engine::Risk::Highest,
            "nobody vouches for this guide, and it asks for {}",
            asked.name
        );
    }
    let _ = guide.coverage();
    for step in &guide.steps {
        let _ = (engine::scopes(&step.action), engine::roles(&step.action), step.action.outputs().len());
    }
    for language in guide::Language::ALL {
        let words = guide.texts.of(language);
        for row in words.rows.values() {
            for text in [Some(&row.says), row.by_hand.as_ref(), row.newer.as_ref()].into_iter().flatten() {
                let _ = guide::markup::draw(text, &|_| Some("<value>".to_owned()));
            }
        }
        let asks = guide::asks_template(&guide, language);
        let _ = guide::read_answers(&guide, asks.as_bytes());
    }
    for ask in &guide.asks {
        for value in [ask.proposed(), ask.exampled()].into_iter().flatten() {
            let _ = guide::judge_answer(ask, &value);
        }
    }
}

/// The reader of offers and of keys to seal to.
pub fn offer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = bundle::RecipientKey::read(&text);
    if let Ok(offer) = bundle::Offer::parse(&text) {
        assert!(!offer.nonce.is_empty() && !offer.accepts.is_empty(), "{offer:?}");
    }
}

/// The key of the vendor kit's vectors.
const KEY: &str = r#"{"crv":"P-256","d":"Z8tp6piUfOjzguH1_smaJ8tNf0y2zglggfUeoyV7j6k","kty":"EC","x":"UQjhizsVF86OUno6XvMSbHGUOT-XgAKD3dFUs-lrUto","y":"-3_mEoM4LR2C6b2Io6aDjkKv2A_WaokLC1lkG3gmM9M"}"#;

/// The opener of bundles and of signed texts.
pub fn bundle(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(own) = bundle::OwnKey::from_jwk(&SecretString::from(KEY)) else { return };
    let now = OffsetDateTime::from_unix_timestamp(1_795_262_400).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let _ = bundle::inspect(&text);
    let _ = bundle::verify(&text, &own, now, &bundle::SeenInMemory::default());
    let _ = bundle::read_statement("footbridge-guide+jws", &text);
    let receipt = bundle::ReceiptKey::from_text(&SecretString::from("A".repeat(43)));
    if let Some(receipt) = receipt {
        let _ = bundle::Acknowledgement::verify(&text, &receipt, "FOEqhz4gjvZZIx_a2jcR-A");
    }
}

/// The words that Axigen's command line reads from a line, by the rules of its manual: bare, within single or double
/// quotes, or with a backslash before a space or a quote. `None` where the line does not end where it should.
fn axigen_words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut begun) = (Vec::new(), String::new(), false);
    let mut signs = line.chars();
    while let Some(sign) = signs.next() {
        match sign {
            ' ' => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            '\'' | '"' => loop {
                match signs.next()? {
                    end if end == sign => break,
                    inner => word.push(inner),
                }
            },
            '\\' => word.push(signs.next()?),
            other if other.is_control() => return None,
            other => word.push(other),
        }
        begun = true;
    }
    if begun {
        words.push(word);
    }
    Some(words)
}

/// A value as a word of Axigen's command line: one word, the same text, or a refusal.
pub fn axigen(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(word) = delivery::axigen::quoted(&text) else { return };
    let line = format!("SET value {word} last");
    let wanted = ["SET", "value", &text, "last"].map(str::to_owned);
    assert_eq!(axigen_words(&line).as_deref(), Some(&wanted[..]), "{text:?} became {word:?}");
}

struct Tags;

impl journal::Signer for Tags {
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = [7_u8; 32];
        for (place, byte) in message.iter().enumerate() {
            tag[place % 32] = tag[place % 32].wrapping_mul(31).wrapping_add(*byte);
        }
        tag
    }
}

/// A journal's database that is damaged, of another version or of another make; and an export of one.
pub fn journal(bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let home = folder.path().join("home");
    let path = home.join("journal.db");
    let signer: Arc<dyn journal::Signer> = Arc::new(Tags);
    let now = OffsetDateTime::UNIX_EPOCH;
    // The first opening makes the folder as it has to be; the bytes then take the place of what it made.
    drop(journal::Journal::open_at(&path, Arc::clone(&signer), now));
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    for more in ["journal.db-wal", "journal.db-shm"] {
        let _ = std::fs::remove_file(home.join(more));
    }
    if let Ok(opened) = journal::Journal::open_at(&path, Arc::clone(&signer), now) {
        let _ = opened.journal.verify();
    }
    let _ = journal::verify_export(&mut &*bytes, signer.as_ref());
}

/// Certificate requests.
pub fn csr(bytes: &[u8]) {
    if let Ok(request) = certs::Request::from_der(bytes) {
        let _ = (request.subject().len(), request.key().len(), request.pem().len());
    }
    let _ = certs::read(bytes, None);
}

/// DER of every kind: certificates, and keys in PKCS#8, PKCS#1 and SEC 1, encrypted or not.
pub fn der(bytes: &[u8]) {
    if let Ok(certificate) = certs::Certificate::from_der(bytes) {
        let _ = (certificate.thumbprints(), certificate.key_id());
        let _ = certs::Chain::build(&certificate, std::slice::from_ref(&certificate));
    }
    let _ = certs::PrivateKey::from_pkcs8(&SecretBox::new(Box::new(bytes.to_vec())));
    let _ = certs::read(bytes, Some(&SecretString::from("pass")));
}

/// PEM text with any blocks; the input stands as it is, and once more inside an honest frame.
pub fn pem(bytes: &[u8]) {
    let passphrase = SecretString::from("pass");
    let _ = certs::read(bytes, Some(&passphrase));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = certs::Certificate::from_pem(text);
        for label in ["CERTIFICATE", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let framed = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
            let _ = certs::read(framed.as_bytes(), Some(&passphrase));
        }
    }
}

/// PFX files: what shows from outside, and opening under a passphrase.
pub fn pfx(bytes: &[u8]) {
    let _ = certs::Pfx::inspect(bytes);
    let _ = certs::read(bytes, Some(&SecretString::from("pass")));
}

/// PKCS#7 envelopes, and the chains out of what they hold.
pub fn pkcs7(bytes: &[u8]) {
    if let Ok(found) = certs::read(bytes, None)
        && let Some(first) = found.certificates.first()
    {
        let _ = certs::Chain::build(first, &found.certificates);
    }
}
