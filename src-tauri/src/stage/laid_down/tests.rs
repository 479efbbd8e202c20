//! What is laid down for a machine holds in its window, whatever the settings and the page say.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use tauri::ipc::Channel;

use super::*;
use crate::{
    keep::{self, Kept},
    view::{ProxyChoice, ProxyMode, Trouble, VaultMode},
};

const CLIENT: &str = "6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b";

fn policy(folder: &Path, lines: &str) -> Obeyed {
    let path = folder.join("policy.toml");
    std::fs::write(&path, format!("format = 1\n{lines}\n")).unwrap();
    MachinePolicy::read(&path).map(Arc::new).map_err(Box::new)
}

/// A window over a folder of its own, at a machine with this policy.
fn stage(folder: &Path, lines: &str) -> Stage {
    let home = folder.join("home");
    keep::make_folder(&home).unwrap();
    let kept = keep::read(&home);
    let settings = Settings { vault: VaultMode::Memory, ..kept.settings };
    Stage::new(home, Kept { settings, set_aside: None }, policy(folder, lines))
}

fn chosen(folder: &Path, settings: &Settings) {
    let home = folder.join("home");
    keep::make_folder(&home).unwrap();
    keep::write(&home, settings).unwrap();
}

/// The worked example, as an admin's own guide.
fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/lighthouse")
}

#[tokio::test]
async fn what_is_laid_down_is_shown_in_force_and_not_taken_for_the_admins_choice() {
    let folder = tempfile::tempdir().unwrap();
    let before = Settings {
        language: Language::En,
        cloud: "us-dod".to_owned(),
        client_id: Some("mine".to_owned()),
        ..Settings::default()
    };
    chosen(folder.path(), &before);
    let lines = format!("cloud = \"china\"\nclient_id = \"{CLIENT}\"\nlanguage = \"de\"\noff = [\"push\"]");
    let stage_of = stage(folder.path(), &lines);
    let home = stage_of.home().await.unwrap();
    assert_eq!((home.settings.cloud.as_str(), home.settings.language), ("china", Language::De));
    assert_eq!(home.settings.client_id.as_deref(), Some(CLIENT));
    let policy = home.policy.unwrap();
    assert!(policy.path.ends_with("policy.toml") && policy.cloud && policy.client_id && policy.language);
    assert_eq!(policy.off.len(), 1);
    assert_eq!(policy.off[0].name, view::Feature::Push);
    assert!(policy.off[0].what.starts_with("Abgeschaltet"), "{}", policy.off[0].what);

    // The page may say what it wants.
    let mut asked = home.settings.clone();
    asked.zoom = 150;
    (asked.cloud, asked.client_id, asked.language) = ("global".to_owned(), None, Language::En);
    let home = stage_of.set_settings(asked).await.unwrap();
    assert_eq!((home.settings.cloud.as_str(), home.settings.language), ("china", Language::De));
    assert_eq!((home.settings.client_id.as_deref(), home.settings.zoom), (Some(CLIENT), 150));
    let place = stage_of.real().unwrap().desk.place().clone();
    assert_eq!((place.name.as_str(), place.client_id.as_str()), ("china", CLIENT));

    // What the admin chose before is there again when the policy is gone.
    let kept = keep::read(&folder.path().join("home")).settings;
    assert_eq!((kept.cloud.as_str(), kept.language, kept.zoom), ("us-dod", Language::En, 150));
    assert_eq!(kept.client_id.as_deref(), Some("mine"));
    assert_eq!(stage(folder.path(), "").home().await.unwrap().settings.cloud, "us-dod");
}

#[tokio::test]
async fn without_a_policy_the_settings_show_none() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    keep::make_folder(&home).unwrap();
    let kept = keep::read(&home);
    let settings = Settings { vault: VaultMode::Memory, ..kept.settings };
    let stage = Stage::new(home, Kept { settings, set_aside: None }, Ok(Arc::default()));
    assert_eq!(stage.home().await.unwrap().policy, None);
}

/// Does what a feature is for, by the way of the window.
async fn tried(stage: &Stage, feature: Feature) -> Result<(), Trouble> {
    let connection = stage.start("targetconnect", false).await?.connection;
    let desk = stage.real()?.desk;
    let told = |wrong: Wrong| stage.trouble(&wrong);
    match feature {
        Feature::OwnGuides => stage.offer(&example()).map(drop),
        Feature::CloudFile => {
            let cloud_file = Some(stage.folder.join("cloud.toml").display().to_string());
            let text = "login = \"http://127.0.0.1:9\"\ngraph = \"http://127.0.0.1:9\"\nportal = \"https://portal.azure.com\"\n";
            std::fs::write(stage.folder.join("cloud.toml"), text).unwrap();
            let settings = super::super::lock(&stage.settings).clone();
            stage.move_real(&Settings { cloud: "custom".to_owned(), cloud_file, ..settings })
        }
        Feature::ProxySettings => {
            let choice = ProxyChoice { proxy: ProxyMode::None, address: None, user: None };
            stage.set_proxy(choice).await.map(drop)
        }
        Feature::DeviceCode => {
            // Nothing is asked of anybody where the way leads nowhere.
            let nowhere = ProxyChoice {
                proxy: ProxyMode::Address,
                address: Some("http://127.0.0.1:9".to_owned()),
                user: None,
            };
            stage.set_proxy(nowhere).await?;
            stage.sign_in_with_code(&connection, Channel::new(|_| Ok(()))).await.map(drop)
        }
        Feature::Push => desk.push_preview(&connection, "hand-over", false).await.map(drop).map_err(told),
        Feature::SecretExport => desk.passphrase(&connection).map(drop).map_err(told),
        Feature::SupportReport => stage.support_report().await.map(drop),
    }
}

#[test]
fn the_page_knows_each_feature_by_its_name_in_the_file() {
    for feature in Feature::ALL {
        let crossed = serde_json::to_value(view::Feature::from(feature)).unwrap();
        assert_eq!(crossed, feature.name());
    }
}

#[tokio::test]
async fn each_feature_that_is_switched_off_is_refused_with_file_and_line_and_no_other() {
    for feature in Feature::ALL {
        let folder = tempfile::tempdir().unwrap();
        let off = stage(folder.path(), &format!("off = [\"{}\"]", feature.name()));
        let refused = tried(&off, feature).await.unwrap_err();
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("policy-forbids", Some("off")));
        let place = format!("{}:2", folder.path().join("policy.toml").display());
        assert!(refused.what.contains(&place), "{feature:?}: {}", refused.what);

        let folder = tempfile::tempdir().unwrap();
        let others = Feature::ALL.into_iter().filter(|other| *other != feature);
        // Where a code leads is shown by a proxy that is set.
        let others =
            others.filter(|other| feature != Feature::DeviceCode || *other != Feature::ProxySettings);
        let names: Vec<String> = others.map(|other| format!("\"{}\"", other.name())).collect();
        let on = stage(folder.path(), &format!("off = [{}]", names.join(", ")));
        let code = tried(&on, feature).await.err().map(|trouble| trouble.code);
        assert_ne!(code.as_deref(), Some("policy-forbids"), "{feature:?}");
    }
}

#[tokio::test]
async fn settings_of_before_that_are_switched_off_now_are_not_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let network = NetworkSettings { proxy: ProxyMode::None, ..NetworkSettings::default() };
    let before = Settings {
        cloud: "custom".to_owned(),
        cloud_file: Some("/nowhere/cloud.toml".to_owned()),
        network,
        ..Settings::default()
    };
    chosen(folder.path(), &before);
    let home = stage(folder.path(), "off = [\"cloud-file\", \"proxy-settings\"]").home().await.unwrap();
    assert_eq!((home.settings.cloud.as_str(), home.settings.cloud_file.as_deref()), ("global", None));
    assert_eq!(home.settings.network, NetworkSettings::default());
}

#[tokio::test]
async fn a_policy_that_is_not_in_order_lets_nothing_happen() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), "colour = \"red\"");
    let settings = super::super::lock(&stage.settings).clone();
    let refusals = [
        stage.home().await.map(drop),
        stage.start("targetconnect", false).await.map(drop),
        stage.start("targetconnect", true).await.map(drop),
        stage.set_settings(settings).await.map(drop),
        stage.set_proxy(ProxyChoice { proxy: ProxyMode::None, address: None, user: None }).await.map(drop),
        stage.test_network().await.map(drop),
        stage.offer(&example()).map(drop),
        stage.support_report().await.map(drop),
        stage.journal(None).await.map(drop),
        stage.workshop().await.map(drop),
        stage.renewals().await.map(drop),
    ];
    for (number, refused) in refusals.into_iter().enumerate() {
        let refused = refused.unwrap_err();
        assert_eq!(refused.code, "policy-invalid", "{number}");
        let place = format!("{}:2", folder.path().join("policy.toml").display());
        assert!(refused.what.contains(&place) && refused.what.contains("colour"), "{}", refused.what);
        assert!(!refused.next.is_empty());
    }
    assert!(!folder.path().join("home").join("vault.db").exists());
}

#[tokio::test]
async fn the_guides_of_the_policy_are_there_and_stay_the_administrators() {
    let folder = tempfile::tempdir().unwrap();
    let guides = folder.path().join("guides");
    std::fs::create_dir_all(guides.join("lighthouse")).unwrap();
    std::fs::create_dir_all(guides.join("broken")).unwrap();
    for name in ["guide.toml", "en.toml", "de.toml"] {
        std::fs::copy(example().join(name), guides.join("lighthouse").join(name)).unwrap();
    }
    std::fs::write(guides.join("broken").join("guide.toml"), "no guide").unwrap();
    let lines = format!("guides_folder = '{}'\noff = [\"own-guides\"]", guides.display());
    let stage = stage(folder.path(), &lines);
    let home = stage.home().await.unwrap();
    let card = home.guides.iter().find(|card| card.id == "lighthouse").unwrap();
    assert!(card.laid_down && matches!(card.maker, view::Maker::NotVerified { .. }));
    assert!(home.guides.iter().filter(|card| card.laid_down).count() == 1);
    assert_eq!(home.lost_guides.len(), 1);
    assert!(home.lost_guides[0].path.ends_with("broken"));
    assert_eq!(home.policy.unwrap().guides_folder.unwrap(), guides.display().to_string());
    assert_eq!(stage.start("lighthouse", false).await.unwrap().product, card.product);
    assert!(keep::read_guides(&folder.path().join("home")).unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_of_guides_that_is_not_there_is_told_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "language = \"de\"\nguides_folder = '/no/such/folder'";
    let home = stage(folder.path(), lines).home().await.unwrap();
    let lost = &home.lost_guides[0];
    assert_eq!(lost.path, "/no/such/folder");
    let place = format!("{}:3: guides_folder: ", folder.path().join("policy.toml").display());
    assert!(
        lost.why.starts_with(&place) && lost.why.contains("/no/such/folder gibt es nicht"),
        "{}",
        lost.why
    );
}
