//! Guides that are not built in: a folder with `guide.toml`, `en.toml` and `de.toml`, or the three in one file. Each tells
//! who made it (signed by a key that was pinned here, or not verified) and which permissions it will ask for. A guide for
//! which nobody vouches cannot ask for what takes over a tenant: the reader refuses it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bundle::{SigningKey, read_statement, sign_statement};
use guide::{Action, AskKind, Guide, PermissionKind, Sources, Trust};
use serde::{Deserialize, Serialize};

use crate::desk::{Desk, lock};
use crate::machine_policy::{Feature, MachinePolicy};
use crate::own_file;
use crate::plan::{Risk, hex};
use crate::trouble::{Code, Trouble};

/// The purpose that stands in a guide's signature.
const KIND: &str = "footbridge-guide+jws";
/// The signature's file in a guide's folder.
const SIGNATURE: &str = "guide.sig";
/// How a guide in one file begins.
const FORMAT: &str = "footbridge-guide/1";
/// The pinned keys' file in Footbridge's folder.
const PINS: &str = "guide-keys.json";
/// How the file of a packed guide ends.
const PACKED: &str = "footbridge-guide";
/// The files of a guide's folder.
const FILES: [&str; 4] = ["guide.toml", "en.toml", "de.toml", SIGNATURE];
/// More than the reader takes, so that it can say that a file is too large.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Who made a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// It came with Footbridge.
    BuiltIn,
    /// Somebody whose key was pinned here, under this name.
    Signed {
        /// The name under which the key was pinned.
        name: String,
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// Nobody vouches for it.
    NotVerified {
        /// The fingerprint of the key that signed it, where one did.
        fingerprint: Option<String>,
    },
}

/// A permission that a guide can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedPermission {
    /// Its published value.
    pub name: String,
    /// Whether the application holds it itself.
    pub application: bool,
    /// How much power it gives.
    pub risk: Risk,
    /// Whether it depends on the answers.
    pub depends: bool,
}

/// A guide that was opened, before anything is done with it.
#[derive(Debug, Clone)]
pub struct OwnGuide {
    /// The guide.
    pub guide: Guide,
    /// Who made it.
    pub maker: Maker,
    /// What it can ask for, the most powerful first.
    pub permissions: Vec<AskedPermission>,
    /// SHA-256 over its three texts, in hexadecimal: another digest is another guide.
    pub digest: String,
}

/// A key whose guides are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedKey {
    /// The name that the admin gave it.
    pub name: String,
    /// RFC 7638 SHA-256 thumbprint, base64url.
    pub thumbprint: String,
    /// Five groups of four, as it was compared.
    pub fingerprint: String,
}

/// The bytes of a guide and its signature.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    format: String,
    guide: String,
    en: String,
    de: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// What a signature says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    format: String,
    guide: String,
    en: String,
    de: String,
}

/// The bytes of a guide whose signature, where it has one, was held against exactly these bytes. What is parsed comes from
/// here, never from a second look at the file.
struct Verified {
    packed: Packed,
    maker: Maker,
}

impl Verified {
    fn new(packed: Packed, path: &Path, pins: &[PinnedKey]) -> Result<Self, Trouble> {
        let signer = packed.signer(path)?;
        let pinned = signer.as_ref().and_then(|signer| {
            pins.iter().find(|pin| pin.thumbprint == signer.thumbprint()).map(|pin| pin.name.clone())
        });
        let fingerprint = signer.map(|signer| signer.fingerprint());
        let maker = match (pinned, fingerprint) {
            (Some(name), Some(fingerprint)) => Maker::Signed { name, fingerprint },
            (_, fingerprint) => Maker::NotVerified { fingerprint },
        };
        Ok(Self { packed, maker })
    }
}

impl Packed {
    fn sources(&self) -> Sources<'_> {
        Sources { guide: self.guide.as_bytes(), en: self.en.as_bytes(), de: self.de.as_bytes() }
    }

    fn statement(&self) -> Statement {
        Statement {
            format: FORMAT.to_owned(),
            guide: digest(&self.guide),
            en: digest(&self.en),
            de: digest(&self.de),
        }
    }

    fn digest(&self) -> String {
        let said = self.statement();
        digest(&[said.guide, said.en, said.de].concat())
    }

    /// The key that signed exactly these texts; nothing where there is no signature.
    fn signer(&self, path: &Path) -> Result<Option<bundle::Signer>, Trouble> {
        let Some(signature) = &self.signature else { return Ok(None) };
        let refused = |why: &str| {
            Trouble::new(Code::GuideSignature).with("why", why).in_field(path.display().to_string())
        };
        let (text, signer) = read_statement(KIND, signature).map_err(|fault| refused(&fault.to_string()))?;
        let said: Statement = serde_json::from_str(&text).map_err(|_| refused("it says something else"))?;
        let is = self.statement();
        if said.format != is.format || (said.guide, said.en, said.de) != (is.guide, is.en, is.de) {
            return Err(refused("the guide was changed after it was signed"));
        }
        Ok(Some(signer))
    }
}

/// Opens a guide's folder, its `guide.toml`, or a guide in one file.
///
/// # Errors
/// A policy of this machine that allows no guides of one's own, a file that cannot be read, a signature that does not fit, or
/// the first fault of the guide.
pub fn open_guide(path: &Path, pins: &[PinnedKey], policy: &MachinePolicy) -> Result<OwnGuide, Trouble> {
    policy.permits(Feature::OwnGuides)?;
    read_guide(path, pins)
}

/// Every guide in a folder, a folder or a packed file each, in the order of their names.
///
/// # Errors
/// A folder that cannot be read.
pub fn guides_in(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let failed = |error: std::io::Error| file_failed(folder, &error);
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.join("guide.toml").is_file() || path.extension().is_some_and(|end| end == PACKED) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The guides of the policy's own folder, each with its path. They are trusted no more than others: what nobody vouches for
/// cannot ask for what takes over a tenant.
pub fn guides_of_policy(
    policy: &MachinePolicy,
    pins: &[PinnedKey],
) -> Vec<(PathBuf, Result<OwnGuide, Trouble>)> {
    let Some(folder) = policy.guides_folder().map(|told| &told.value) else { return Vec::new() };
    let paths =
        match policy.guides_folder_in_order().and_then(|folder| folder.map_or(Ok(Vec::new()), guides_in)) {
            Ok(paths) => paths,
            Err(why) => return vec![(folder.clone(), Err(why))],
        };
    let read = |path: PathBuf| {
        let guide = guarded(policy, &path).and_then(|()| read_guide(&path, pins));
        (path, guide)
    };
    paths.into_iter().map(read).collect()
}

/// Whether nobody else could have put this guide there. On Windows the folder above tells.
fn guarded(policy: &MachinePolicy, path: &Path) -> Result<(), Trouble> {
    if cfg!(windows) {
        return Ok(());
    }
    policy.guards(path)?;
    let mut parts = FILES.iter().map(|name| path.join(name)).filter(|part| part.exists());
    parts.try_for_each(|part| policy.guards(&part))
}

fn read_guide(path: &Path, pins: &[PinnedKey]) -> Result<OwnGuide, Trouble> {
    let Verified { packed, maker } = Verified::new(read_packed(path)?, path, pins)?;
    let trust = if matches!(maker, Maker::Signed { .. }) { Trust::Signed } else { Trust::Unverified };
    let guide = guide::read_trusted(&packed.sources(), trust).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        let code = match faults.first().map(|fault| fault.kind) {
            Some(guide::FaultKind::RiskyPermission) => Code::GuideTooPowerful,
            _ => Code::FileInvalid,
        };
        Trouble::new(code).with("why", first).in_field(path.display().to_string())
    })?;
    let permissions = permissions_of(&guide);
    Ok(OwnGuide { guide, maker, permissions, digest: packed.digest() })
}

impl Desk {
    /// Lets connections be begun with a further guide, or with another version of one that is known already. A built-in
    /// guide of the same id stays in force.
    pub fn take_guide(&self, guide: &'static Guide) {
        let mut guides = lock(&self.room.guides);
        guides.retain(|known| known.id != guide.id);
        guides.push(guide);
    }
}

/// Every permission that a guide can ask for, the most powerful first. What the admin may paste in addition is not known.
pub fn permissions_of(guide: &Guide) -> Vec<AskedPermission> {
    let mut found: Vec<AskedPermission> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |name: &str, kind: PermissionKind, depends: bool| {
        let Some(known) = guide::permission(name, kind) else { return };
        if seen.insert((name.to_owned(), kind)) {
            let application = kind == PermissionKind::Application;
            found.push(AskedPermission {
                name: name.to_owned(),
                application,
                risk: known.risk.into(),
                depends,
            });
        }
    };
    for step in &guide.steps {
        let Action::SetPermissions { roles, delegated, optional, asked, .. } = &step.action else { continue };
        let depends = !step.when.is_empty();
        roles.iter().for_each(|name| add(name, PermissionKind::Application, depends));
        delegated.iter().for_each(|name| add(name, PermissionKind::Delegated, depends));
        optional.iter().for_each(|each| add(&each.permission, each.kind.into(), true));
        for ask in asked.iter().filter_map(|id| guide.ask(id)) {
            let AskKind::Permissions { permission } = ask.kind else { continue };
            let proposed = ask.proposed().unwrap_or_default();
            let names = proposed.as_array().into_iter().flatten().filter_map(|name| name.as_str());
            names.for_each(|name| add(name, permission.into(), true));
        }
    }
    found.sort_by(|one, other| other.risk.cmp(&one.risk).then(one.name.cmp(&other.name)));
    found
}

/// Signs a guide's folder: writes `guide.sig` beside it. Gives back the key's fingerprint.
///
/// # Errors
/// A guide with faults, or a file that cannot be written.
pub fn sign_guide(folder: &Path, key: &SigningKey) -> Result<String, Trouble> {
    let mut packed = read_packed(folder)?;
    packed.signature = None;
    if let Err(faults) = guide::read_trusted(&packed.sources(), Trust::Signed) {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        return Err(Trouble::new(Code::FileInvalid)
            .with("why", first)
            .in_field(folder.display().to_string()));
    }
    let text = serde_json::to_string(&packed.statement()).map_err(|_| Trouble::defect("sign-guide"))?;
    let signature = sign_statement(KIND, &text, key)?;
    let path = folder_of(folder).join(SIGNATURE);
    std::fs::write(&path, format!("{signature}\n")).map_err(|error| file_failed(&path, &error))?;
    Ok(key.signer()?.fingerprint())
}

/// The guide of a folder as one text, to be sent to others.
///
/// # Errors
/// A file that cannot be read.
pub fn pack_guide(folder: &Path) -> Result<String, Trouble> {
    let packed = read_packed(folder)?;
    serde_json::to_string_pretty(&packed).map(|text| text + "\n").map_err(|_| Trouble::defect("pack-guide"))
}

/// The public thumbprint of a signed guide's key, to be pinned after its fingerprint was compared with the maker's.
///
/// # Errors
/// A guide that is not signed, or whose signature does not fit.
pub fn signer_of(path: &Path) -> Result<bundle::Signer, Trouble> {
    let signer = read_packed(path)?.signer(path)?;
    signer.ok_or_else(|| {
        Trouble::new(Code::GuideSignature)
            .with("why", "the guide is not signed")
            .in_field(path.display().to_string())
    })
}

/// The keys that were pinned in Footbridge's folder.
///
/// # Errors
/// A file that cannot be read or is of another form; it is never taken as empty.
pub fn pinned_keys(folder: &Path) -> Result<Vec<PinnedKey>, Trouble> {
    let path = folder.join(PINS);
    match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| {
            Trouble::new(Code::FileInvalid).with("why", error).in_field(path.display().to_string())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(file_failed(&path, &error)),
    }
}

/// Pins a key under a name, or takes the pin away where `name` is nothing. A key has one name.
///
/// # Errors
/// As [`pinned_keys`], or a file that cannot be written.
pub fn pin_key(folder: &Path, signer: &bundle::Signer, name: Option<&str>) -> Result<(), Trouble> {
    let mut pins = pinned_keys(folder)?;
    let thumbprint = signer.thumbprint();
    pins.retain(|pin| pin.thumbprint != thumbprint);
    if let Some(name) = name {
        pins.push(PinnedKey { name: name.to_owned(), thumbprint, fingerprint: signer.fingerprint() });
    }
    let text = serde_json::to_string_pretty(&pins).map_err(|_| Trouble::defect("pins"))?;
    let path = folder.join(PINS);
    let beside = folder.join(format!("{PINS}.new"));
    // Renamed into place, so that an interruption leaves the old list.
    // What an interrupted run left there.
    let _ = std::fs::remove_file(&beside);
    own_file::write(&beside, text.as_bytes())
        .and_then(|()| std::fs::rename(&beside, &path))
        .map_err(|error| file_failed(&path, &error))
}

fn digest(text: &str) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref())
}

fn read_packed(path: &Path) -> Result<Packed, Trouble> {
    // A pipe is a file too, and can be read only once.
    let is_one_file = path.exists() && !path.is_dir() && path.extension().is_none_or(|end| end != "toml");
    if is_one_file {
        let packed: Packed = serde_json::from_str(&read(path)?).map_err(|error| {
            Trouble::new(Code::FileInvalid).with("why", error).in_field(path.display().to_string())
        })?;
        if packed.format != FORMAT {
            let why = format!("its format is not {FORMAT}");
            return Err(Trouble::new(Code::FileInvalid)
                .with("why", why)
                .in_field(path.display().to_string()));
        }
        return Ok(packed);
    }
    let folder = folder_of(path);
    let signature = folder.join(SIGNATURE);
    Ok(Packed {
        format: FORMAT.to_owned(),
        guide: read(&folder.join("guide.toml"))?,
        en: read(&folder.join("en.toml"))?,
        de: read(&folder.join("de.toml"))?,
        signature: if signature.is_file() { Some(read(&signature)?) } else { None },
    })
}

fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.to_owned() } else { path.parent().map(Path::to_owned).unwrap_or_default() }
}

fn read(path: &Path) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|error| file_failed(path, &error))?;
    String::from_utf8(bytes).map_err(|_| {
        Trouble::new(Code::FileInvalid).with("why", "it is not UTF-8").in_field(path.display().to_string())
    })
}

fn file_failed(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(Code::FileFailed).with("why", error).in_field(path.display().to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXTS: [&str; 3] = ["guide.toml", "en.toml", "de.toml"];

    fn folder_with(change: impl Fn(String) -> String) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../guides/targetconnect"));
        for name in TEXTS {
            let text = std::fs::read_to_string(from.join(name)).unwrap();
            std::fs::write(folder.path().join(name), change(text)).unwrap();
        }
        folder
    }

    fn open(path: &Path, pins: &[PinnedKey]) -> Result<OwnGuide, Trouble> {
        open_guide(path, pins, &MachinePolicy::default())
    }

    fn powerful(text: String) -> String {
        text.replace("\"User.ReadBasic.All\"]", "\"RoleManagement.ReadWrite.Directory\"]")
    }

    #[test]
    fn an_unsigned_guide_is_not_verified_and_shows_what_it_asks_for() {
        let folder = folder_with(|text| text);
        let own = open(folder.path(), &[]).unwrap();
        assert_eq!(own.maker, Maker::NotVerified { fingerprint: None });
        let names: Vec<_> = own.permissions.iter().map(|each| (each.name.as_str(), each.risk)).collect();
        assert_eq!(
            names,
            [("OnlineMeetings.ReadWrite.All", Risk::Medium), ("User.ReadBasic.All", Risk::Low)]
        );
        assert_eq!(open(&folder.path().join("guide.toml"), &[]).unwrap().digest, own.digest);
        let other = folder_with(|text| text + "\n");
        assert_ne!(open(other.path(), &[]).unwrap().digest, own.digest);
        assert_eq!(signer_of(folder.path()).unwrap_err().code, Code::GuideSignature);
    }

    #[test]
    fn only_a_pinned_key_makes_a_guide_signed_and_lets_it_ask_for_the_highest() {
        let folder = folder_with(powerful);
        let refused = open(folder.path(), &[]).unwrap_err();
        assert_eq!(refused.code, Code::GuideTooPowerful);
        let key = SigningKey::generate().unwrap();
        let fingerprint = sign_guide(folder.path(), &key).unwrap();
        assert_eq!(open(folder.path(), &[]).unwrap_err().code, Code::GuideTooPowerful);
        let home = tempfile::tempdir().unwrap();
        pin_key(home.path(), &signer_of(folder.path()).unwrap(), Some("Lighthouse Ltd")).unwrap();
        let pins = pinned_keys(home.path()).unwrap();
        let own = open(folder.path(), &pins).unwrap();
        assert_eq!(own.maker, Maker::Signed { name: "Lighthouse Ltd".into(), fingerprint });
        assert_eq!(own.permissions[0].risk, Risk::Highest);
        pin_key(home.path(), &signer_of(folder.path()).unwrap(), None).unwrap();
        assert!(pinned_keys(home.path()).unwrap().is_empty());
    }

    #[test]
    fn a_guide_that_was_changed_after_signing_is_refused() {
        let folder = folder_with(|text| text);
        sign_guide(folder.path(), &SigningKey::generate().unwrap()).unwrap();
        assert!(open(folder.path(), &[]).is_ok());
        for name in TEXTS {
            let path = folder.path().join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, format!("{text}\n")).unwrap();
            assert_eq!(open(folder.path(), &[]).unwrap_err().code, Code::GuideSignature, "{name}");
            std::fs::write(&path, text).unwrap();
        }
        let other = folder_with(|text| text.replace("1.0", "1.1"));
        std::fs::copy(folder.path().join(SIGNATURE), other.path().join(SIGNATURE)).unwrap();
        assert_eq!(open(other.path(), &[]).unwrap_err().code, Code::GuideSignature);
    }

    #[test]
    fn a_guide_in_one_file_is_the_same_guide() {
        let folder = folder_with(|text| text);
        sign_guide(folder.path(), &SigningKey::generate().unwrap()).unwrap();
        let file = folder.path().join("targetconnect.footbridge-guide");
        std::fs::write(&file, pack_guide(folder.path()).unwrap()).unwrap();
        let (one, two) = (open(folder.path(), &[]).unwrap(), open(&file, &[]).unwrap());
        assert_eq!((one.guide, one.maker), (two.guide, two.maker));
        std::fs::write(&file, "{}").unwrap();
        assert_eq!(open(&file, &[]).unwrap_err().code, Code::FileInvalid);
    }

    #[test]
    fn a_broken_list_of_keys_is_told_and_not_taken_as_empty() {
        let home = tempfile::tempdir().unwrap();
        assert!(pinned_keys(home.path()).unwrap().is_empty());
        std::fs::write(home.path().join(PINS), "[{").unwrap();
        assert_eq!(pinned_keys(home.path()).unwrap_err().code, Code::FileInvalid);
    }

    fn policy_of(folder: &Path, off: &str) -> MachinePolicy {
        let file = folder.join("policy.toml");
        let guides = folder.join("guides");
        let text = format!("format = 1\nguides_folder = '{}'\noff = [{off}]\n", guides.display());
        std::fs::write(&file, text).unwrap();
        MachinePolicy::read(&file).unwrap()
    }

    #[test]
    fn a_policy_can_keep_own_guides_out_and_bring_its_own() {
        let home = tempfile::tempdir().unwrap();
        let guides = home.path().join("guides");
        let policy = policy_of(home.path(), "\"own-guides\"");
        let own = folder_with(|text| text);
        let refused = open_guide(own.path(), &[], &policy).unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (Code::PolicyForbids, Some("off")));

        let missing = guides_of_policy(&policy, &[]);
        assert_eq!(missing.len(), 1);
        let is_told = |wrong: &Trouble| {
            assert_eq!((wrong.code, wrong.field.as_deref()), (Code::PolicyInvalid, Some("guides_folder")));
            let place = format!("{}:2", home.path().join("policy.toml").display());
            for language in guide::Language::ALL {
                let said = wrong.what(language);
                assert!(said.contains(&place) && said.contains(&guides.display().to_string()), "{said}");
                assert!(said.contains("guides_folder") && !said.contains(" policy."), "{said}");
            }
        };
        is_told(missing[0].1.as_ref().unwrap_err());
        std::fs::write(&guides, "no folder").unwrap();
        is_told(guides_of_policy(&policy, &[])[0].1.as_ref().unwrap_err());
        std::fs::remove_file(&guides).unwrap();
        std::fs::create_dir_all(guides.join("b")).unwrap();
        for name in TEXTS {
            std::fs::copy(own.path().join(name), guides.join("b").join(name)).unwrap();
        }
        let more = folder_with(powerful);
        std::fs::write(guides.join("a.footbridge-guide"), pack_guide(more.path()).unwrap()).unwrap();
        std::fs::write(guides.join("readme.txt"), "no guide").unwrap();
        let found = guides_of_policy(&policy, &[]);
        assert_eq!(found.len(), 2);
        // What the administrator laid down is not thereby trusted more.
        assert_eq!(found[0].1.as_ref().unwrap_err().code, Code::GuideTooPowerful);
        assert_eq!(found[1].0, guides.join("b"));
        assert_eq!(found[1].1.as_ref().unwrap().maker, Maker::NotVerified { fingerprint: None });
        assert!(guides_of_policy(&MachinePolicy::default(), &[]).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn what_the_machines_policy_brings_can_be_changed_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;

        use crate::machine_policy::Owner;

        let mode = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let home = tempfile::tempdir().unwrap();
        policy_of(home.path(), "");
        let (guides, file) = (home.path().join("guides"), home.path().join("policy.toml"));
        std::fs::create_dir_all(guides.join("b")).unwrap();
        let own = folder_with(|text| text);
        for name in TEXTS {
            std::fs::copy(own.path().join(name), guides.join("b").join(name)).unwrap();
            mode(&guides.join("b").join(name), 0o644);
        }
        for folder in [home.path(), &guides, &guides.join("b")] {
            mode(folder, 0o755);
        }
        mode(&file, 0o644);
        let me = Owner::of_user(rustix::process::getuid().as_raw());
        let policy = MachinePolicy::of_the_machine(&file, me).unwrap();
        assert!(guides_of_policy(&policy, &[])[0].1.is_ok());
        for part in [guides.clone(), guides.join("b"), guides.join("b").join("en.toml")] {
            let before = part.metadata().unwrap().permissions().mode();
            mode(&part, before | 0o002);
            let found = guides_of_policy(&policy, &[]);
            assert_eq!(found.len(), 1, "{}", part.display());
            assert_eq!(found[0].1.as_ref().unwrap_err().code, Code::PolicyInvalid, "{}", part.display());
            mode(&part, before);
        }
    }
}
