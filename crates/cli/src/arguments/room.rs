//! The options of every command: where things are kept, the way to Microsoft, and the language.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use engine::MachinePolicy;
use engine::guide::Language;

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Room {
    /// Where journal and vault live
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Where the vault's key comes from [default: keyring; rehearse: memory]
    #[arg(long, global = true, value_name = "MODE")]
    pub vault: Option<VaultChoice>,
    /// A file that holds the passphrase of the vault
    #[arg(long, global = true, value_name = "FILE")]
    pub vault_passphrase_file: Option<PathBuf>,
    /// A folder with further guides, a folder or file each; only signed ones may ask for what can take over a tenant
    #[arg(long, global = true, value_name = "FOLDER")]
    pub guides: Option<PathBuf>,
    /// The proxy to Microsoft: system, none, or http://HOST:PORT
    #[arg(long, global = true, value_name = "PROXY", default_value = "system")]
    pub proxy: String,
    /// Who signs in at that proxy
    #[arg(long, global = true, value_name = "NAME")]
    pub proxy_user: Option<String>,
    /// A file that holds the password of the proxy's user [default: asked for without echo]
    #[arg(long, global = true, value_name = "FILE")]
    pub proxy_password_file: Option<PathBuf>,
    /// Certificates (PEM) of a further authority that is trusted beside the system's own, such as your company's
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// A policy file that adds to the one of this machine, to try it out; it takes nothing away
    #[arg(long = "policy", global = true, value_name = "FILE")]
    pub policy_file: Option<PathBuf>,
    /// The language of what is shown: en or de [default: en]
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    pub lang: Option<Language>,
    /// What is laid down for this machine; no option sets it.
    #[arg(skip)]
    pub policy: Arc<MachinePolicy>,
}

/// Where the vault's key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VaultChoice {
    /// The system's keyring
    Keyring,
    /// A passphrase, asked for or from --vault-passphrase-file
    Passphrase,
    /// Memory: everything is forgotten at the end
    Memory,
}

/// A language that is not one of the two.
#[derive(Debug, thiserror::Error)]
#[error("say en or de")]
struct UnknownLanguage;

fn language(text: &str) -> Result<Language, UnknownLanguage> {
    Language::ALL.into_iter().find(|language| language.code() == text).ok_or(UnknownLanguage)
}
