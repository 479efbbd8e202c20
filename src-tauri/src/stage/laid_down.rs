//! What is laid down for this machine, in the window: it takes the place of what the admin chose, and a policy that is not in
//! order lets nothing happen. What it forbids is refused by the engine; here it is only shown and carried there.

use std::path::PathBuf;
use std::sync::Arc;

use engine::{Feature, MachinePolicy, Trouble as Wrong, cloud};

use super::{Given, Stage};
use crate::{
    told::speech,
    view::{self, Language, NetworkSettings, Settings, SwitchedOff},
};

/// The policy, or why nothing may be done.
pub type Obeyed = Result<Arc<MachinePolicy>, Box<Wrong>>;

/// Names a further policy file, which only adds to what is laid down for this machine: to see a policy before it is rolled out.
const FURTHER: &str = "FOOTBRIDGE_POLICY";

/// Reads the policy of this machine, and what a further file adds.
pub fn obeyed() -> Obeyed {
    let further = std::env::var_os(FURTHER).filter(|path| !path.is_empty()).map(PathBuf::from);
    MachinePolicy::in_force(further.as_deref()).map(Arc::new).map_err(Box::new)
}

impl Stage {
    /// The policy of this machine. Where it is not in order, nothing goes on.
    pub(super) fn policy(&self) -> Given<Arc<MachinePolicy>> {
        self.policy.clone().map_err(|wrong| self.trouble(&wrong))
    }

    pub(super) fn permits(&self, feature: Feature) -> Given<()> {
        self.policy()?.permits(feature).map_err(|wrong| self.trouble(&wrong))
    }

    /// The settings as they are written: what is laid down is not the admin's choice, and is gone with the policy.
    pub(super) fn to_keep(&self, settings: &Settings) -> Settings {
        let mut kept = settings.clone();
        let Ok(policy) = &self.policy else { return kept };
        let chosen = self.chosen.clone();
        if policy.language().is_some() {
            kept.language = chosen.language;
        }
        if policy.cloud().is_some() {
            (kept.cloud, kept.cloud_file) = (chosen.cloud, chosen.cloud_file);
        }
        if policy.client_id().is_some() {
            kept.client_id = chosen.client_id;
        }
        if policy.permits(Feature::ProxySettings).is_err() {
            kept.network = chosen.network;
        }
        kept
    }
}

/// Puts what is laid down in the place of what was chosen.
pub(super) fn put_in_force(policy: &MachinePolicy, settings: &mut Settings) {
    if let Some(language) = policy.language() {
        settings.language = match language.value {
            engine::guide::Language::English => Language::En,
            engine::guide::Language::German => Language::De,
        };
    }
    if policy.permits(Feature::CloudFile).is_err() {
        settings.cloud_file = None;
        if settings.cloud == "custom" {
            settings.cloud = cloud::Place::global().name;
        }
    }
    if let Some(cloud) = policy.cloud() {
        settings.cloud.clone_from(&cloud.value);
        settings.cloud_file = None;
    }
    if let Some(client_id) = policy.client_id() {
        settings.client_id = Some(client_id.value.clone());
    }
    if policy.permits(Feature::ProxySettings).is_err() {
        settings.network = NetworkSettings::default();
    }
}

/// The policy as the settings show it; nothing where there is none.
pub(super) fn drawn(policy: &MachinePolicy, language: Language) -> Option<view::MachinePolicy> {
    let file = policy.files().first()?;
    let off = policy.off().iter().map(|off| SwitchedOff {
        name: off.value.into(),
        what: off.value.phrase().in_language(speech(language)),
    });
    Some(view::MachinePolicy {
        path: file.display().to_string(),
        cloud: policy.cloud().is_some(),
        client_id: policy.client_id().is_some(),
        language: policy.language().is_some(),
        guides_folder: policy.guides_folder().map(|folder| folder.value.display().to_string()),
        off: off.collect(),
    })
}

#[cfg(test)]
mod tests;
