//! `footbridge guide new|show|key|sign|pack|pin|unpin|pins`: guides that are not built in, who made them, and whom one trusts.

use std::path::{Path, PathBuf};

use engine::guide::Language;
use engine::{
    AskedPermission, Maker, OwnGuide, PinnedKey, Risk, new_guide_key, open_guide, pack_guide, pin_key,
    pinned_keys, read_guide_key, sign_guide, signer_of,
};

use crate::arguments::Room;
use crate::arguments::guide::{New, Pin};
use crate::events::{AskedLine, Event};
use crate::exit::Exit;
use crate::failure::{Failure, Usage};
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

/// The guide that `new` writes, with another name: the worked example of docs/guide-authoring.md.
const EXAMPLE: [(&str, &str); 3] = [
    ("guide.toml", include_str!("../../../../docs/examples/lighthouse/guide.toml")),
    ("en.toml", include_str!("../../../../docs/examples/lighthouse/en.toml")),
    ("de.toml", include_str!("../../../../docs/examples/lighthouse/de.toml")),
];

/// Writes the template into a new folder.
///
/// # Errors
/// A name that is no id, or a folder that exists.
pub fn new(new: &New, voice: &Voice) -> Result<Exit, Failure> {
    let name = new.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_id = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= 64
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !is_id {
        return Err(Usage::NoGuideId.into());
    }
    let product = new.product.clone().unwrap_or_else(|| name.to_owned());
    for text in [&product, &new.vendor] {
        if text.contains(['"', '\\', '{', '}', '*', '`', '['])
            || text.chars().any(char::is_control)
            || text.len() > 60
        {
            return Err(Usage::NoGuideName.into());
        }
    }
    private_file::new_folder(&new.folder)?;
    for (file, text) in EXAMPLE {
        let text = text
            .lines()
            .filter(|line| !line.starts_with("#:schema"))
            .map(|line| line.replace("lighthouse", name).replace("Lighthouse", &product))
            .map(|line| line.replace("Harbour Works", &new.vendor) + "\n")
            .collect::<String>();
        private_file::write_open(&new.folder.join(file), text.trim_start())?;
    }
    voice.line(&new.folder.display().to_string());
    Ok(Exit::Done)
}

/// Shows who made a guide and what it asks for.
///
/// # Errors
/// A guide that is refused.
pub fn show(path: &Path, room: &Room, voice: &Voice) -> Result<Exit, Failure> {
    let own = open_guide(path, &pins(room)?, &room.policy)?;
    let permissions = own.permissions.iter().map(asked).collect();
    let event = Event::OwnGuide {
        id: own.guide.id.clone(),
        version: own.guide.version.clone(),
        product: own.guide.product.clone(),
        vendor: own.guide.vendor.clone(),
        signed_by: match &own.maker {
            Maker::Signed { name, .. } => Some(name.clone()),
            _ => None,
        },
        fingerprint: fingerprint(&own.maker),
        permissions,
    };
    voice.tell(&event, || lines(&own, voice.language()));
    Ok(Exit::Done)
}

fn asked(permission: &AskedPermission) -> AskedLine {
    AskedLine {
        name: permission.name.clone(),
        application: permission.application,
        risk: risk(permission.risk, Language::English),
        depends: permission.depends,
    }
}

fn fingerprint(maker: &Maker) -> Option<String> {
    match maker {
        Maker::Signed { fingerprint, .. } => Some(fingerprint.clone()),
        Maker::NotVerified { fingerprint } => fingerprint.clone(),
        Maker::BuiltIn => None,
    }
}

fn lines(own: &OwnGuide, language: Language) -> String {
    let say = |english: &'static str, german: &'static str| match language {
        Language::English => english,
        Language::German => german,
    };
    let guide = &own.guide;
    let maker = match &own.maker {
        Maker::BuiltIn => say("built in", "eingebaut").to_owned(),
        Maker::Signed { name, fingerprint } => {
            format!("{} {name} ({fingerprint})", say("signed by", "signiert von"))
        }
        Maker::NotVerified { fingerprint: None } => {
            say("not verified: it is not signed", "nicht geprüft: sie ist nicht signiert").to_owned()
        }
        Maker::NotVerified { fingerprint: Some(fingerprint) } => format!(
            "{} {fingerprint}",
            say(
                "not verified: signed by a key that you have not pinned,",
                "nicht geprüft: signiert mit einem Schlüssel, den Sie nicht angeheftet haben,"
            )
        ),
    };
    let mut text = format!(
        "{} {} ({}), {} {}\n{maker}\n",
        guide.product,
        guide.version,
        guide.vendor,
        guide.steps.len(),
        say("steps", "Schritte")
    );
    for permission in &own.permissions {
        let kind = match permission.application {
            true => say("application", "Anwendung"),
            false => say("delegated", "delegiert"),
        };
        let depends =
            if permission.depends { say(", depends on the answers", ", je nach Antworten") } else { "" };
        text.push_str(&format!(
            "  {:<8} {} ({kind}{depends})\n",
            risk(permission.risk, language),
            permission.name
        ));
    }
    text.trim_end().to_owned()
}

fn risk(risk: Risk, language: Language) -> &'static str {
    match (risk, language) {
        (Risk::Low, Language::English) => "low",
        (Risk::Medium, Language::English) => "medium",
        (Risk::High, Language::English) => "high",
        (Risk::Highest, Language::English) => "highest",
        (Risk::Low, Language::German) => "gering",
        (Risk::Medium, Language::German) => "mittel",
        (Risk::High, Language::German) => "hoch",
        (Risk::Highest, Language::German) => "höchst",
    }
}

/// Makes a signing key.
///
/// # Errors
/// A file that exists.
pub fn key(out: &Path, voice: &Voice) -> Result<Exit, Failure> {
    let (secret, fingerprint) = new_guide_key()?;
    private_file::write_secret(out, &secret)?;
    voice.line(&fingerprint);
    Ok(Exit::Done)
}

/// Signs a folder.
///
/// # Errors
/// A guide with faults, or a file that is no key.
pub fn sign(folder: &Path, key: &Path, voice: &Voice) -> Result<Exit, Failure> {
    let key = read_guide_key(&private_file::read_secret(key)?)?;
    voice.line(&sign_guide(folder, &key)?);
    Ok(Exit::Done)
}

/// Puts a folder into one file.
///
/// # Errors
/// A file that exists.
pub fn pack(folder: &Path, out: &Path, voice: &Voice) -> Result<Exit, Failure> {
    private_file::write_open(out, &pack_guide(folder)?)?;
    voice.line(&out.display().to_string());
    Ok(Exit::Done)
}

/// Pins the key that signed a guide: only with the fingerprint that the maker told, typed or confirmed.
///
/// # Errors
/// A guide without a fitting signature, or another fingerprint.
pub fn pin(pin: &Pin, room: &Room, voice: &Voice) -> Result<Exit, Failure> {
    let signer = signer_of(&pin.from.path)?;
    let shown = signer.fingerprint();
    let agrees = match &pin.fingerprint {
        Some(told) => told.trim().eq_ignore_ascii_case(&shown),
        None => {
            voice.line(&shown);
            voice.asks(match voice.language() {
                Language::English => "Is this the fingerprint that the maker told you?",
                Language::German => "Ist das der Fingerabdruck, den Ihnen der Hersteller genannt hat?",
            })
        }
    };
    if !agrees {
        return Err(Usage::OtherFingerprint.into());
    }
    let folder = home(room)?;
    pin_key(&folder, &signer, Some(&pin.name))?;
    voice.line(&shown);
    Ok(Exit::Done)
}

/// Takes a pin away.
///
/// # Errors
/// A guide without a fitting signature.
pub fn unpin(path: &Path, room: &Room, voice: &Voice) -> Result<Exit, Failure> {
    let signer = signer_of(path)?;
    pin_key(&home(room)?, &signer, None)?;
    voice.line(&signer.fingerprint());
    Ok(Exit::Done)
}

/// Lists the pinned keys.
///
/// # Errors
/// A list that cannot be read.
pub fn list(room: &Room, voice: &Voice) -> Result<Exit, Failure> {
    for pin in pins(room)? {
        let event = Event::PinnedKey { name: pin.name.clone(), fingerprint: pin.fingerprint.clone() };
        voice.tell(&event, || format!("{}  {}", pin.fingerprint, pin.name));
    }
    Ok(Exit::Done)
}

/// The keys that are pinned in the folder of real connections.
///
/// # Errors
/// A list that cannot be read.
pub fn pins(room: &Room) -> Result<Vec<PinnedKey>, Failure> {
    Ok(pinned_keys(&opening::folder(room)?)?)
}

fn home(room: &Room) -> Result<PathBuf, Failure> {
    let folder = opening::folder(room)?;
    private_file::make_folder(&folder)?;
    Ok(folder)
}
