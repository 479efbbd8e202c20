//! G-30: a guide is what its maker signed, byte for byte, or it is not taken. The guide of these tests asks for a permission
//! that takes over a tenant, which only a pinned maker's guide may: a guide that fell back to "nobody vouches for it"
//! would be refused as well, so each case also says with which word it is refused.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bundle::{SigningKey, sign_statement};
use engine::{Code, MachinePolicy, Maker, PinnedKey, Trouble, open_guide, pack_guide, sign_guide, signer_of};
use footbridge_tests::goal::{Target, reached};
use serde_json::{Value, json};

const FILES: [&str; 3] = ["guide.toml", "en.toml", "de.toml"];
const KIND: &str = "footbridge-guide+jws";

/// A signed guide with the highest power, its maker's key, and the list on which that key is pinned.
struct Signed {
    folder: tempfile::TempDir,
    key: SigningKey,
    pins: Vec<PinnedKey>,
}

impl Signed {
    fn new() -> Self {
        let folder = unsigned("1.0");
        let key = SigningKey::generate().unwrap();
        sign_guide(folder.path(), &key).unwrap();
        let signer = signer_of(folder.path()).unwrap();
        let pins = vec![PinnedKey {
            name: "Harbour".into(),
            thumbprint: signer.thumbprint(),
            fingerprint: signer.fingerprint(),
        }];
        Self { folder, key, pins }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.at(name), bytes).unwrap();
    }

    fn opened(&self) -> Result<Maker, Code> {
        self.opened_at(self.folder.path())
    }

    fn opened_at(&self, path: &Path) -> Result<Maker, Code> {
        open_guide(path, &self.pins, &MachinePolicy::default())
            .map(|own| own.maker)
            .map_err(|trouble: Trouble| trouble.code)
    }

    /// What its signature says.
    fn said(&self) -> Value {
        let signature = self.read("guide.sig");
        let body = signature.split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64.decode(body).unwrap()).unwrap()
    }

    /// Signs another statement with the pinned key.
    fn say(&self, kind: &str, statement: &Value) {
        self.write("guide.sig", sign_statement(kind, &statement.to_string(), &self.key).unwrap());
    }

    /// Puts another header before the signature.
    fn head(&self, change: impl Fn(&mut Value)) {
        let signature = self.read("guide.sig");
        let (header, rest) = signature.split_once('.').unwrap();
        let mut header: Value = serde_json::from_slice(&BASE64.decode(header).unwrap()).unwrap();
        change(&mut header);
        self.write("guide.sig", format!("{}.{rest}", BASE64.encode(header.to_string())));
    }
}

fn unsigned(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides/targetconnect");
    for name in FILES {
        let text = std::fs::read_to_string(from.join(name)).unwrap();
        let text = text
            .replace("\"User.ReadBasic.All\"]", "\"RoleManagement.ReadWrite.Directory\"]")
            .replace("version = \"1.0\"", &format!("version = \"{version}\""));
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

type Case = (&'static str, Code, fn(&Signed));

/// Each changes one thing of a guide that was good.
const CASES: &[Case] = &[
    ("a bad signature", Code::GuideSignature, |signed| {
        let mut text = signed.read("guide.sig").trim().to_owned().into_bytes();
        let at = text.len() - 20;
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        signed.write("guide.sig", text);
    }),
    ("a key that is not pinned", Code::GuideTooPowerful, |signed| {
        sign_guide(signed.folder.path(), &SigningKey::generate().unwrap()).unwrap();
    }),
    ("the pinned key named over another's signature", Code::GuideSignature, |signed| {
        let pinned = signed.read("guide.sig");
        sign_guide(signed.folder.path(), &SigningKey::generate().unwrap()).unwrap();
        let other = signed.read("guide.sig");
        let (header, _) = pinned.split_once('.').unwrap();
        let (_, rest) = other.split_once('.').unwrap();
        signed.write("guide.sig", format!("{header}.{rest}"));
    }),
    ("another key named over the pinned key's signature", Code::GuideSignature, |signed| {
        let other = SigningKey::generate().unwrap();
        let statement = sign_statement(KIND, "{}", &other).unwrap();
        let header = BASE64.decode(statement.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        signed.head(|own| own["jwk"] = header["jwk"].clone());
    }),
    ("an older form of statement", Code::GuideSignature, |signed| {
        let mut said = signed.said();
        said["format"] = json!("footbridge-guide/0");
        signed.say(KIND, &said);
    }),
    ("a signature for another purpose", Code::GuideSignature, |signed| {
        signed.say("footbridge-step+jws", &signed.said());
    }),
    ("no algorithm", Code::GuideSignature, |signed| signed.head(|header| header["alg"] = json!("none"))),
    ("a member nobody knows in the header", Code::GuideSignature, |signed| {
        signed.head(|header| header["kid"] = json!("Harbour"));
    }),
    ("bytes after the signature", Code::GuideSignature, |signed| {
        signed.write("guide.sig", format!("{}.e30", signed.read("guide.sig").trim()));
    }),
    ("bytes after the guide", Code::GuideSignature, |signed| {
        signed.write("guide.toml", signed.read("guide.toml") + "# more\n");
    }),
    ("the signature of another guide", Code::GuideSignature, |signed| {
        let other = unsigned("1.1");
        sign_guide(other.path(), &signed.key).unwrap();
        std::fs::copy(other.path().join("guide.sig"), signed.at("guide.sig")).unwrap();
    }),
    ("an older version under the newer one's signature", Code::GuideSignature, |signed| {
        let older = unsigned("0.9");
        std::fs::copy(older.path().join("guide.toml"), signed.at("guide.toml")).unwrap();
    }),
    ("a byte order mark", Code::GuideSignature, |signed| {
        signed.write("en.toml", format!("\u{feff}{}", signed.read("en.toml")));
    }),
    ("other ends of lines", Code::GuideSignature, |signed| {
        signed.write("de.toml", signed.read("de.toml").replace('\n', "\r\n"));
    }),
    ("the texts exchanged", Code::GuideSignature, |signed| {
        let (en, de) = (signed.read("en.toml"), signed.read("de.toml"));
        signed.write("en.toml", de);
        signed.write("de.toml", en);
    }),
    ("a statement that says more", Code::GuideSignature, |signed| {
        let mut said = signed.said();
        said["also"] = json!("en.toml");
        signed.say(KIND, &said);
    }),
    ("a statement about nothing", Code::GuideSignature, |signed| signed.say(KIND, &json!({}))),
    ("the signature left out", Code::GuideTooPowerful, |signed| {
        std::fs::remove_file(signed.at("guide.sig")).unwrap();
    }),
    ("an empty signature", Code::GuideSignature, |signed| signed.write("guide.sig", "")),
];

#[test]
fn g30_only_what_its_maker_signed_is_taken() {
    let mut refused = 0;
    for (what, code, change) in CASES {
        let signed = Signed::new();
        // The good case next to it: the same guide, before the change.
        assert!(matches!(signed.opened(), Ok(Maker::Signed { .. })), "{what}");
        change(&signed);
        assert_eq!(signed.opened(), Err(*code), "{what}");
        refused += 1;
    }
    for (what, change) in PACKED {
        let signed = Signed::new();
        let file = signed.at("sent.footbridge-guide");
        let text = pack_guide(signed.folder.path()).unwrap();
        std::fs::write(&file, &text).unwrap();
        assert!(matches!(signed.opened_at(&file), Ok(Maker::Signed { .. })), "{what}");
        std::fs::write(&file, change(&text)).unwrap();
        let found = signed.opened_at(&file);
        assert!(matches!(found, Err(Code::FileInvalid | Code::GuideSignature)), "{what}: {found:?}");
        refused += 1;
    }
    reached("G-30", "forged guides that were refused, of 23", refused, Target::Exactly(23));
}

type Change = fn(&str) -> String;

/// The same for a guide in one file.
const PACKED: &[(&str, Change)] = &[
    ("a second guide in the file", |text| text.replacen('{', "{\n  \"guide\": \"id = 1\",", 1)),
    ("a member nobody knows", |text| text.replacen('{', "{\n  \"trust\": \"built-in\",", 1)),
    ("bytes after the file", |text| format!("{text}{{}}")),
    ("a text that was changed", |text| {
        text.replacen("Reference", "Reverence", 1).replacen("secret", "sacred", 1)
    }),
];

/// What was verified is what is parsed: between the two the file is not read again. A named pipe can be read once only;
/// a second read would wait for ever or see something else.
#[cfg(unix)]
#[test]
fn g30_the_bytes_that_were_verified_are_the_bytes_that_are_parsed() {
    let signed = Signed::new();
    let text = pack_guide(signed.folder.path()).unwrap();
    let pipe = signed.at("once.footbridge-guide");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let through = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::write(pipe, text))
    };
    // Straight from the pipe, as `/dev/fd` and process substitution give files.
    let found = open_guide(&pipe, &signed.pins, &MachinePolicy::default());
    through.join().unwrap().unwrap();
    let once = found.is_ok_and(|own| matches!(own.maker, Maker::Signed { .. }));
    reached("G-30", "guides read once and taken", u64::from(once), Target::Exactly(1));
}
