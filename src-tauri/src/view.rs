//! The frontier: the only types that cross from Rust to the web view and back.
//! Nothing here can carry a secret: a secret is named by its field and stays in the core.
//! Times are RFC 3339 text in UTC; counts are whole numbers that fit a JavaScript number.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

mod asks;
mod checklist;
mod deliveries;
mod machine_policy;
mod network;
mod opened;
mod own_guides;
mod pieces;
mod renewals;
mod sign_in;
mod step;
mod workshop;

pub use asks::*;
pub use checklist::*;
pub use deliveries::*;
pub use machine_policy::*;
pub use network::*;
pub use opened::*;
pub use own_guides::*;
pub use pieces::*;
pub use renewals::*;
pub use sign_in::*;
pub use step::*;
pub use workshop::*;

/// The languages the interface and the guides speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English, also the fallback.
    #[default]
    En,
    /// German.
    De,
}

/// Which colours are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// What the desktop says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum VaultMode {
    /// The key lies in the keyring of the operating system.
    #[default]
    Keyring,
    /// The key is made from a passphrase that is asked for natively.
    Passphrase,
    /// Nothing outlives this process.
    Memory,
}

/// What the admin may change about the app itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Language of the interface.
    pub language: Language,
    /// Colours.
    pub theme: Theme,
    /// Name of the cloud that new connections use: `global`, `us-government`, `us-dod`, `china` or `custom`.
    pub cloud: String,
    /// The custom cloud's file, when `cloud` is `custom`.
    pub cloud_file: Option<String>,
    /// The admin's own public client; `None` means Microsoft Graph Command Line Tools.
    pub client_id: Option<String>,
    /// Where secrets are kept, from the next start on.
    pub vault: VaultMode,
    /// The screen that was open last.
    pub last_screen: Option<String>,
    /// Whether the system's notifications tell of credentials that end.
    #[serde(default = "told_of")]
    pub reminders: bool,
    /// How Microsoft is reached; commands of their own change it.
    #[serde(default)]
    pub network: NetworkSettings,
    /// How large everything is drawn, in percent.
    #[serde(default = "as_drawn")]
    pub zoom: u32,
}

impl Settings {
    /// How small and how large everything can be drawn, in percent.
    pub const ZOOM: std::ops::RangeInclusive<u32> = 100..=200;
}

fn told_of() -> bool {
    true
}

fn as_drawn() -> u32 {
    *Settings::ZOOM.start()
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::default(),
            theme: Theme::default(),
            cloud: String::new(),
            cloud_file: None,
            client_id: None,
            vault: VaultMode::default(),
            last_screen: None,
            reminders: told_of(),
            network: NetworkSettings::default(),
            zoom: as_drawn(),
        }
    }
}

/// One cloud the admin can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CloudChoice {
    /// Name as in [`Settings::cloud`].
    pub name: String,
    /// The host that tokens come from.
    pub login_host: String,
    /// The host that is asked.
    pub graph_host: String,
}

/// Everything outside a connection: what the window shows first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// Version of the app.
    pub version: String,
    /// The settings in force.
    pub settings: Settings,
    /// The clouds that can be chosen.
    pub clouds: Vec<CloudChoice>,
    /// What is laid down for this machine.
    pub policy: Option<MachinePolicy>,
    /// Client id that is used when the admin sets none.
    pub default_client_id: String,
    /// The connections, newest first.
    pub connections: Vec<ConnectionCard>,
    /// The guides that can be started.
    pub guides: Vec<GuideCard>,
    /// Guides that were in use and cannot be read any more.
    pub lost_guides: Vec<LostGuide>,
    /// Where the secrets of this process are really kept.
    pub vault: VaultMode,
    /// Whether a password is lent for the proxy.
    pub proxy_password: bool,
    /// Whether this system's window can ask for a password.
    pub can_ask: bool,
    /// Where secrets can be kept on this system.
    pub vaults: Vec<VaultMode>,
    /// Why the vault is not the one that was set, if so.
    pub vault_trouble: Option<Trouble>,
    /// A damaged database was moved here at the start.
    pub set_aside: Option<String>,
    /// Folder that holds everything.
    pub data_folder: String,
    /// How many credentials are due or have ended.
    pub due: u32,
    /// How many keys the workshop keeps.
    pub kept: u32,
}

/// One connection on the first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionCard {
    /// Stable name of the connection.
    pub id: String,
    /// What the admin sees.
    pub name: String,
    /// The product that is connected.
    pub product: String,
    /// For whom it is, where the admin said so.
    pub customer: Option<String>,
    /// The tenant's domain, once known.
    pub tenant: Option<String>,
    /// True when nothing of it is real.
    pub rehearsal: bool,
    /// Steps that are proven, confirmed or not applicable.
    pub done: u32,
    /// All steps.
    pub total: u32,
    /// In one word.
    pub standing: Standing,
    /// Title of the next step.
    pub next: Option<String>,
    /// When anything happened last.
    pub last: Option<String>,
    /// When its first credential ends.
    pub expires: Option<String>,
}

/// How a connection stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing was done yet.
    New,
    /// On the way.
    InProgress,
    /// Made, not yet seen everywhere.
    Pending,
    /// All is proven or confirmed.
    Working,
    /// The tenant shows something else than what was made.
    Changed,
    /// A step failed.
    Failed,
}

/// A guide that can be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GuideCard {
    /// Name of the guide's folder.
    pub id: String,
    /// The product.
    pub product: String,
    /// Who makes the product.
    pub vendor: String,
    /// What the connection is for, in a few words.
    pub purpose: String,
    /// Version of the guide.
    pub version: String,
    /// Number of steps.
    pub steps: u32,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// How much of it the app does.
    pub coverage: Coverage,
    /// Who made it.
    pub maker: Maker,
    /// Whether the policy of this machine brings it.
    pub laid_down: bool,
}

/// What happens while a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Tick {
    /// Step that runs.
    pub step: String,
    /// What is being done, in the admin's language.
    pub what: String,
    /// Done so far, where it can be counted.
    pub done: Option<u32>,
    /// Of how many.
    pub total: Option<u32>,
}

/// What went wrong, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// From a closed list.
    pub code: String,
    /// What happened.
    pub what: String,
    /// In which field.
    pub field: Option<String>,
    /// Why, if known.
    pub why: Option<String>,
    /// What to do now.
    pub next: String,
    /// The id that Microsoft's support asks for.
    pub request_id: Option<String>,
}

/// The diary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// Entries, newest first.
    pub entries: Vec<JournalEntry>,
    /// Whether the chain holds.
    pub verdict: Verdict,
}

/// One entry of the diary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// Number in the chain.
    pub number: u32,
    /// When.
    pub at: String,
    /// Connection's stable name.
    pub connection: String,
    /// Connection's name for people.
    pub name: String,
    /// Kind of event, such as `sent`.
    pub kind: String,
    /// What happened, in the admin's language.
    pub what: String,
    /// Small print, label and text.
    pub details: Vec<Detail>,
}

/// A label and a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Label.
    pub label: String,
    /// Text.
    pub text: String,
}

/// Whether the chain of the diary holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Verdict {
    /// It holds.
    Intact {
        /// How many entries were tried.
        entries: u32,
    },
    /// It does not.
    Broken {
        /// First entry that does not fit.
        at: u32,
        /// Why.
        why: String,
    },
}

/// Whether something was put on the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Copied {
    /// It was; not, where the question before a secret was answered with no.
    pub done: bool,
    /// Seconds until it is taken away again, for a secret.
    pub cleared_after: Option<u32>,
}

/// That a file was written; `None` when the admin closed the dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// Where.
    pub path: Option<String>,
}
