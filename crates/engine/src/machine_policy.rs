//! What whoever looks after this machine has laid down for everybody at it: cloud, client, language, a folder of guides, and
//! what is switched off. It is read once at the start and judged here, for window and command line alike. A file that is not
//! in order is never passed over, and nothing that a user gives can take away from what it says.

#[cfg(any(windows, test))]
mod descriptor;
mod features;
mod file;
mod guarded;

use std::path::{Path, PathBuf};

use cloud::{Network, Place, PlaceKind, Proxy};
use guide::Language;

pub use features::Feature;
pub use guarded::Owner;

use crate::phrase::Phrase;
use crate::trouble::{Code, Trouble};

/// A value, and where it is laid down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// The file.
    pub path: PathBuf,
    /// The line in it, from 1.
    pub line: usize,
}

impl<T> Told<T> {
    /// File and line, as compilers write them.
    pub fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.line)
    }
}

/// What is laid down. The default lays nothing down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachinePolicy {
    files: Vec<PathBuf>,
    cloud: Option<Told<String>>,
    client_id: Option<Told<String>>,
    language: Option<Told<Language>>,
    guides_folder: Option<Told<PathBuf>>,
    off: Vec<Told<Feature>>,
    /// Who has to own the machine's file, and what it leads to.
    owner: Option<Owner>,
}

impl MachinePolicy {
    /// The machine's own file, where there is one, and a further one that adds to it and takes nothing away.
    ///
    /// # Errors
    /// [`Code::PolicyInvalid`] for a file that is not in order or that others can change, [`Code::PolicyForbids`] for a further
    /// one that says something else than the machine's.
    pub fn in_force(further: Option<&Path>) -> Result<Self, Trouble> {
        let mut policy = Self::default();
        for place in guarded::places() {
            policy = policy.and(Self::of_the_machine(&place, Owner::ADMINISTRATOR)?)?;
        }
        match further {
            Some(path) => policy.and(Self::read(path)?),
            None => Ok(policy),
        }
    }

    /// Where the policy of this machine lies, whether there is one or not.
    pub fn usual_file() -> PathBuf {
        guarded::place()
    }

    /// The file of a machine; nothing is laid down where there is none.
    ///
    /// # Errors
    /// A file that is not in order, that somebody else owns, or that others can change.
    pub fn of_the_machine(path: &Path, owner: Owner) -> Result<Self, Trouble> {
        match guarded::read_owned(path, owner).map_err(|fault| fault.trouble(path))? {
            Some(text) => Ok(Self { owner: Some(owner), ..file::parse(path, &text)? }),
            None => Ok(Self::default()),
        }
    }

    /// A file as it stands, whoever owns it: to be tried out, or added to the machine's.
    ///
    /// # Errors
    /// A file that is not in order.
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        let text = guarded::read(path).map_err(|fault| fault.trouble(path))?;
        file::parse(path, &text)
    }

    /// The same with what another one adds. What stands here is not changed by it.
    ///
    /// # Errors
    /// Where the other one says something else about the same.
    pub fn and(mut self, other: Self) -> Result<Self, Trouble> {
        self.cloud = both(self.cloud, other.cloud, "cloud", String::clone)?;
        self.client_id = both(self.client_id, other.client_id, "client_id", String::clone)?;
        self.language = both(self.language, other.language, "language", |one| one.code().to_owned())?;
        let shown = |path: &PathBuf| path.display().to_string();
        self.guides_folder = both(self.guides_folder, other.guides_folder, "guides_folder", shown)?;
        for off in other.off {
            if self.off.iter().all(|known| known.value != off.value) {
                self.off.push(off);
            }
        }
        self.files.extend(other.files);
        self.owner = self.owner.or(other.owner);
        Ok(self)
    }

    /// The files that are in force; none where nothing is laid down.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The cloud, by its name.
    pub fn cloud(&self) -> Option<&Told<String>> {
        self.cloud.as_ref()
    }

    /// The public client to sign in with.
    pub fn client_id(&self) -> Option<&Told<String>> {
        self.client_id.as_ref()
    }

    /// The language of what is shown.
    pub fn language(&self) -> Option<&Told<Language>> {
        self.language.as_ref()
    }

    /// The folder of further guides.
    pub fn guides_folder(&self) -> Option<&Told<PathBuf>> {
        self.guides_folder.as_ref()
    }

    /// The same, where it is there and nobody else can change it.
    ///
    /// # Errors
    /// [`Code::PolicyInvalid`] with the line, where there is no such folder; with the folder, where others can change it.
    pub(crate) fn guides_folder_in_order(&self) -> Result<Option<&Path>, Trouble> {
        let Some(told) = &self.guides_folder else { return Ok(None) };
        if let Err(error) = std::fs::read_dir(&told.value) {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => Phrase::new("policy.no-guides-folder"),
                _ => Phrase::new("policy.guides-folder-unreadable").with("why", &error),
            };
            let trouble = Trouble::new(Code::PolicyInvalid).with("place", told.place());
            return Err(trouble.in_field("guides_folder").because(why.with("value", told.value.display())));
        }
        self.guards(&told.value)?;
        Ok(Some(&told.value))
    }

    /// What is switched off.
    pub fn off(&self) -> &[Told<Feature>] {
        &self.off
    }

    /// Whether something may be done here.
    ///
    /// # Errors
    /// [`Code::PolicyForbids`] with file and line, where it is switched off.
    pub fn permits(&self, feature: Feature) -> Result<(), Trouble> {
        match self.off.iter().find(|off| off.value == feature) {
            Some(off) => Err(forbidden(off, "off").because(feature.phrase())),
            None => Ok(()),
        }
    }

    /// The cloud to work in: the one that was asked for, the one that is laid down, else Microsoft's public one.
    ///
    /// # Errors
    /// Where something else is laid down than what was asked for.
    pub fn place(&self, asked: Option<Place>, client: Option<&str>) -> Result<Place, Trouble> {
        let laid_down = self.cloud.as_ref().and_then(|cloud| Place::named(&cloud.value));
        let place = asked.or(laid_down).unwrap_or_else(Place::global);
        let place = match (client, &self.client_id) {
            (Some(client), _) => place.with_client_id(client),
            (None, Some(laid_down)) => place.with_client_id(laid_down.value.as_str()),
            (None, None) => place,
        };
        self.judge_place(&place)?;
        Ok(place)
    }

    /// The language to speak: the one that was asked for, the one that is laid down, else English.
    ///
    /// # Errors
    /// Where another one is laid down than the one that was asked for.
    pub fn speech(&self, asked: Option<Language>) -> Result<Language, Trouble> {
        match (asked, &self.language) {
            (Some(asked), Some(told)) if asked != told.value => {
                Err(differs(told, "language", told.value.code()))
            }
            (asked, told) => Ok(asked.or(told.as_ref().map(|told| told.value)).unwrap_or(Language::English)),
        }
    }

    /// Whether a desk may go there; a rehearsal goes to its own pretend tenant and nowhere else.
    ///
    /// # Errors
    /// As [`MachinePolicy::judge`].
    pub(crate) fn may_go(&self, rehearsal: bool, place: &Place, network: &Network) -> Result<(), Trouble> {
        if rehearsal { Ok(()) } else { self.judge(place, network) }
    }

    /// Whether Microsoft may be reached there and by this way.
    ///
    /// # Errors
    /// [`Code::PolicyForbids`] for another cloud or client, a cloud file, a proxy or an authority that may not be set.
    pub fn judge(&self, place: &Place, network: &Network) -> Result<(), Trouble> {
        self.judge_place(place)?;
        let by_system =
            network.proxy == Proxy::System && network.ca_file.is_none() && place.ca_file.is_none();
        if by_system { Ok(()) } else { self.permits(Feature::ProxySettings) }
    }

    fn judge_place(&self, place: &Place) -> Result<(), Trouble> {
        if place.kind == PlaceKind::Custom {
            self.permits(Feature::CloudFile)?;
        }
        if let Some(cloud) = &self.cloud
            && (place.kind == PlaceKind::Custom || place.name != cloud.value)
        {
            return Err(differs(cloud, "cloud", &cloud.value));
        }
        if let Some(client) = &self.client_id
            && !place.client_id.eq_ignore_ascii_case(&client.value)
        {
            return Err(differs(client, "client_id", &client.value));
        }
        Ok(())
    }

    /// Whether what a value of the machine's file leads to can be changed by nobody else either.
    ///
    /// # Errors
    /// Where somebody else owns it, or others can change it.
    pub(crate) fn guards(&self, path: &Path) -> Result<(), Trouble> {
        match self.owner {
            Some(owner) => guarded::check(path, owner).map_err(|fault| fault.trouble(path)),
            None => Ok(()),
        }
    }
}

/// What is laid down twice has to be the same.
fn both<T: PartialEq>(
    one: Option<Told<T>>,
    other: Option<Told<T>>,
    key: &str,
    shown: impl Fn(&T) -> String,
) -> Result<Option<Told<T>>, Trouble> {
    match (one, other) {
        (Some(one), Some(other)) if one.value != other.value => Err(differs(&one, key, &shown(&one.value))),
        (one, other) => Ok(one.or(other)),
    }
}

fn differs<T>(told: &Told<T>, key: &str, value: &str) -> Trouble {
    let says = Phrase::new("policy.sets").with("field", key).with("value", value);
    forbidden(told, key).because(says)
}

fn forbidden<T>(told: &Told<T>, key: &str) -> Trouble {
    Trouble::new(Code::PolicyForbids).with("place", told.place()).in_field(key)
}

#[cfg(test)]
mod tests;
