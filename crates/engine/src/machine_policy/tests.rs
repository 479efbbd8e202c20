//! What a policy file may say, what it may not, and who may have written it.
#![allow(clippy::unwrap_used)]

use cloud::ProxyAddress;

use super::*;

const CLIENT: &str = "6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b";

fn read(text: &str) -> Result<MachinePolicy, Trouble> {
    file::parse(Path::new("/etc/footbridge/policy.toml"), text)
}

fn policy(lines: &str) -> MachinePolicy {
    read(&format!("format = 1\n{lines}\n")).unwrap()
}

/// A refusal is whole in both languages: no gap, no key, and its place.
fn told(trouble: &Trouble) -> String {
    for language in Language::ALL {
        let said = format!("{} {}", trouble.what(language), trouble.next(language));
        assert!(!said.contains('…') && !said.contains(" policy."), "{language:?}: {said}");
        assert!(said.contains(&trouble.values["place"]), "{language:?}: {said}");
    }
    trouble.what(Language::English)
}

#[test]
fn each_key_is_read_with_its_line() {
    let text = format!(
        "# managed\nformat = 1\ncloud = \"china\"\nclient_id = \"{}\"\nlanguage = \"de\"\nguides_folder = \"/srv/guides\"\noff = [\n  \"push\",\n  \"own-guides\",\n]\n",
        CLIENT.to_uppercase()
    );
    let policy = read(&text).unwrap();
    let cloud = policy.cloud().unwrap();
    assert_eq!((cloud.value.as_str(), cloud.line), ("china", 3));
    let client = policy.client_id().unwrap();
    assert_eq!((client.value.as_str(), client.line), (CLIENT, 4));
    let language = policy.language().unwrap();
    assert_eq!((language.value, language.line), (Language::German, 5));
    let folder = policy.guides_folder().unwrap();
    assert_eq!((folder.value.as_path(), folder.line), (Path::new("/srv/guides"), 6));
    let off: Vec<_> = policy.off().iter().map(|off| (off.value, off.line)).collect();
    assert_eq!(off, [(Feature::Push, 8), (Feature::OwnGuides, 9)]);
    assert_eq!(policy.files(), [PathBuf::from("/etc/footbridge/policy.toml")]);
    assert_eq!(cloud.place(), "/etc/footbridge/policy.toml:3");
}

#[test]
fn each_cloud_that_is_built_in_and_each_language_can_be_laid_down() {
    for name in ["global", "us-government", "us-dod", "china"] {
        assert_eq!(policy(&format!("cloud = \"{name}\"")).place(None, None).unwrap().name, name);
    }
    for language in Language::ALL {
        let policy = policy(&format!("language = \"{}\"", language.code()));
        assert_eq!(policy.speech(None).unwrap(), language);
    }
}

#[test]
fn each_feature_has_a_name_and_a_sentence_and_is_refused_where_it_is_off() {
    for feature in Feature::ALL {
        assert_eq!(Feature::named(feature.name()), Some(feature));
        assert!(crate::phrase::is_known(&feature.phrase().key), "{feature:?}");
        let policy = policy(&format!("off = [\"{}\"]", feature.name()));
        for other in Feature::ALL {
            assert_eq!(policy.permits(other).is_err(), other == feature, "{feature:?} {other:?}");
        }
        let refused = policy.permits(feature).unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (Code::PolicyForbids, Some("off")));
        let said = told(&refused);
        assert!(
            said.contains("policy.toml:2") && said.contains(&feature.phrase().in_language(Language::English))
        );
        assert!(MachinePolicy::default().permits(feature).is_ok());
    }
}

#[test]
fn what_is_not_in_order_is_refused_with_line_and_key() {
    for (text, line, key, named) in [
        ("", 1, "format", "format = 1"),
        ("cloud = \"china\"", 1, "format", "format = 1"),
        ("format = 2\nnew = true", 1, "format", "format = 1"),
        ("format = 1\ncloud = \"mars\"", 2, "cloud", "mars"),
        ("format = 1\ncloud = \"\"", 2, "cloud", "us-dod"),
        ("format = 1\ncloud = \"/etc/cloud.toml\"", 2, "cloud", "/etc/cloud.toml"),
        ("format = 1\n\nclient_id = \"my client\"", 3, "client_id", "my client"),
        ("format = 1\nclient_id = \"{6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b}\"", 2, "client_id", "{6f0a1b2c"),
        ("format = 1\nclient_id = \"6f0a1b2c3d4e4f508a9b0c1d2e3f4a5b\"", 2, "client_id", "6f0a1b2c3d4e"),
        ("format = 1\nlanguage = \"fr\"", 2, "language", "fr"),
        ("format = 1\nlanguage = \"DE\"", 2, "language", "DE"),
        ("format = 1\nguides_folder = \"guides\"", 2, "guides_folder", "guides"),
        ("format = 1\noff = [\n  \"push\",\n  \"everything\",\n]", 4, "off", "everything"),
        ("format = 1\noff = [\"Push\"]", 2, "off", "own-guides"),
        ("format = 1\noff = \"push\"", 2, "off", "off"),
        ("format = 1\ncolour = \"red\"", 2, "colour", "colour"),
        ("format = 1\ncloud = 7", 2, "cloud", "cloud"),
        ("format = 1\ncloud = \"china\"\ncloud = \"global\"", 3, "cloud", "cloud"),
        ("format = 1\n# language = \"de\"\ncloud = \"china", 3, "cloud", "cloud"),
        ("format = \"1\"", 1, "format", "format"),
        ("[policy]\nformat = 1", 1, "format", "format = 1"),
    ] {
        let refused = read(text).unwrap_err();
        assert_eq!(refused.code, Code::PolicyInvalid, "{text}");
        assert_eq!(refused.field.as_deref(), Some(key), "{text}: {refused:?}");
        let place = format!("/etc/footbridge/policy.toml:{line}");
        assert_eq!(refused.values["place"], place, "{text}");
        let said = told(&refused);
        assert!(said.contains(&place) && said.contains(named), "{text}: {said}");
    }
}

#[test]
fn what_is_laid_down_counts_before_what_is_asked_for() {
    let policy = policy(&format!("cloud = \"us-dod\"\nclient_id = \"{CLIENT}\"\nlanguage = \"de\""));
    let place = policy.place(None, None).unwrap();
    assert_eq!((place.name.as_str(), place.client_id.as_str()), ("us-dod", CLIENT));
    assert!(policy.place(Place::named("us-dod"), Some(&CLIENT.to_uppercase())).is_ok());
    let mut custom = Place::named("us-dod").unwrap();
    custom.kind = PlaceKind::Custom;
    for (refused, key) in [
        (policy.place(Place::named("global"), None), "cloud"),
        (policy.place(Some(custom), None), "cloud"),
        (policy.place(None, Some("another")), "client_id"),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (Code::PolicyForbids, Some(key)));
        told(&refused);
    }
    assert_eq!(policy.speech(Some(Language::German)).unwrap(), Language::German);
    let refused = policy.speech(Some(Language::English)).unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (Code::PolicyForbids, Some("language")));
    assert!(told(&refused).contains("de"));
}

#[test]
fn without_a_policy_nothing_changes() {
    let none = MachinePolicy::default();
    assert_eq!(none.place(None, None).unwrap(), Place::global());
    assert_eq!(none.place(Place::named("china"), Some("id")).unwrap().client_id, "id");
    assert_eq!(none.speech(None).unwrap(), Language::English);
    assert_eq!(none.speech(Some(Language::German)).unwrap(), Language::German);
    assert!(none.judge(&Place::china(), &Network::direct()).is_ok());
}

#[test]
fn cloud_files_proxies_and_authorities_are_judged_wherever_they_come_from() {
    let mut custom = Place::global();
    custom.kind = PlaceKind::Custom;
    let no_files = policy("off = [\"cloud-file\"]");
    assert_eq!(no_files.place(Some(custom.clone()), None).unwrap_err().code, Code::PolicyForbids);
    assert!(no_files.judge(&custom, &Network::default()).is_err());
    assert!(no_files.judge(&Place::china(), &Network::direct()).is_ok());

    let no_proxies = policy("off = [\"proxy-settings\"]");
    assert!(no_proxies.judge(&Place::global(), &Network::default()).is_ok());
    let address = Proxy::Address(ProxyAddress::read("http://p.example:8080").unwrap());
    let ca_file = Some(PathBuf::from("ca.pem"));
    for network in [
        Network::direct(),
        Network { proxy: address, ..Network::default() },
        Network { ca_file: ca_file.clone(), ..Network::default() },
    ] {
        assert!(no_proxies.judge(&Place::global(), &network).is_err(), "{network:?}");
    }
    custom.ca_file = ca_file;
    assert!(no_proxies.judge(&custom, &Network::default()).is_err());
}

#[test]
fn a_further_file_adds_and_takes_nothing_away() {
    let machine = policy("cloud = \"china\"\noff = [\"push\"]");
    let both =
        machine.clone().and(policy("language = \"de\"\noff = [\"support-report\", \"push\"]")).unwrap();
    assert_eq!(both.cloud(), machine.cloud());
    assert_eq!(both.language().unwrap().value, Language::German);
    let off: Vec<_> = both.off().iter().map(|off| off.value).collect();
    assert_eq!(off, [Feature::Push, Feature::SupportReport]);
    assert_eq!(both.files().len(), 2);
    assert_eq!(machine.clone().and(policy("")).unwrap().off(), machine.off());
    let refused = machine.clone().and(policy("cloud = \"global\"")).unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (Code::PolicyForbids, Some("cloud")));
    assert!(machine.and(policy("cloud = \"china\"")).is_ok());
    for (one, other) in [
        ("language = \"de\"", "language = \"en\""),
        ("guides_folder = \"/a\"", "guides_folder = \"/b\""),
        (
            "client_id = \"6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b\"",
            "client_id = \"6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5c\"",
        ),
    ] {
        let refused = policy(one).and(policy(other)).unwrap_err();
        assert_eq!(refused.code, Code::PolicyForbids, "{one}");
    }
}

#[test]
fn the_machines_file_has_no_place_that_a_user_names() {
    let place = MachinePolicy::usual_file();
    assert!(place.is_absolute() && place.ends_with("policy.toml"));
    #[cfg(target_os = "linux")]
    assert_eq!(place, Path::new("/etc/footbridge/policy.toml"));
    #[cfg(unix)]
    assert_eq!(guarded::places(), [place]);
}

#[cfg(unix)]
mod owners {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn me() -> Owner {
        Owner::of_user(rustix::process::getuid().as_raw())
    }

    /// A folder as a machine has it, with a policy in it.
    fn machine() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, "format = 1\ncloud = \"china\"\n").unwrap();
        mode(folder.path(), 0o755);
        mode(&path, 0o644);
        (folder, path)
    }

    fn refused(path: &Path, owner: Owner) -> String {
        let refused = MachinePolicy::of_the_machine(path, owner).unwrap_err();
        assert_eq!(refused.code, Code::PolicyInvalid);
        told(&refused)
    }

    #[test]
    fn a_file_that_its_owner_alone_can_change_is_in_force() {
        let (_folder, path) = machine();
        for open in [0o644, 0o444, 0o640, 0o600] {
            mode(&path, open);
            let policy = MachinePolicy::of_the_machine(&path, me()).unwrap();
            assert_eq!(policy.cloud().unwrap().value, "china");
        }
    }

    #[test]
    fn no_file_and_no_folder_lay_nothing_down() {
        let (folder, path) = machine();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(MachinePolicy::of_the_machine(&path, me()).unwrap(), MachinePolicy::default());
        let deeper = folder.path().join("none").join("policy.toml");
        assert_eq!(MachinePolicy::of_the_machine(&deeper, me()).unwrap(), MachinePolicy::default());
    }

    #[test]
    fn a_file_or_folder_that_others_can_change_is_refused() {
        let (folder, path) = machine();
        for open in [0o664, 0o646, 0o666, 0o622] {
            mode(&path, open);
            let said = refused(&path, me());
            assert!(said.contains("chmod go-w") && said.contains("policy.toml"), "{open:o}: {said}");
        }
        mode(&path, 0o644);
        for open in [0o775, 0o757, 0o1777] {
            mode(folder.path(), open);
            assert!(refused(&path, me()).contains(&folder.path().display().to_string()), "{open:o}");
        }
        // Somebody may have taken the file away.
        std::fs::remove_file(&path).unwrap();
        refused(&path, me());
    }

    #[test]
    fn a_file_of_somebody_else_is_refused() {
        let (_folder, path) = machine();
        let somebody = Owner::of_user(rustix::process::getuid().as_raw().wrapping_add(1));
        assert!(refused(&path, somebody).contains("chown"));
        assert_eq!(Owner::ADMINISTRATOR, Owner::of_user(0));
    }

    #[test]
    fn a_link_a_folder_and_a_file_of_any_size_are_refused() {
        let (folder, path) = machine();
        let link = folder.path().join("link.toml");
        symlink(&path, &link).unwrap();
        assert!(refused(&link, me()).contains("plain file"));
        std::fs::remove_file(&path).unwrap();
        symlink(folder.path().join("nowhere"), &path).unwrap();
        refused(&path, me());
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        mode(&path, 0o755);
        assert!(refused(&path, me()).contains("plain file"));
        std::fs::remove_dir(&path).unwrap();
        for (length, taken) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
            std::fs::write(&path, format!("format = 1\n{}", "#".repeat(length - 11))).unwrap();
            mode(&path, 0o644);
            let read = MachinePolicy::of_the_machine(&path, me());
            assert_eq!(read.is_ok(), taken, "{length}");
        }
        assert!(refused(&path, me()).contains("64 KiB"));
        std::fs::write(&path, [b'#', 0xff, b'\n']).unwrap();
        refused(&path, me());
    }

    #[test]
    fn a_file_to_be_tried_out_needs_no_owner() {
        let (_folder, path) = machine();
        mode(&path, 0o666);
        assert_eq!(MachinePolicy::read(&path).unwrap().cloud().unwrap().value, "china");
        let refused = MachinePolicy::read(Path::new("/no/such/policy.toml")).unwrap_err();
        assert!(told(&refused).contains("/no/such/policy.toml"));
    }
}

mod at_the_desk {
    use std::sync::Arc;

    use certs::{Destination, KeyKind, Order, Purpose, Subject};
    use cloud::SystemClock;

    use super::*;
    use crate::{
        Approval, AskedBy, Desk, HandOverTo, PowerShell, Quiet, Reach, Recipient, SealedFor, Settings,
        SftpAccount, SftpLine, SftpSignIn, SftpTo, SystemRandomness, WorkshopError,
    };

    fn settings(folder: &Path, policy: MachinePolicy) -> Settings {
        Settings {
            folder: folder.to_owned(),
            vault: vault::VaultMode::Memory,
            place: Place::global(),
            network: Network::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandomness),
            teams: Arc::new(PowerShell::in_folders(Arc::new(SystemRandomness), Vec::new())),
            reach: Reach::Network,
            rehearsal: false,
            policy: Arc::new(policy),
        }
    }

    fn custom() -> Place {
        Place { kind: PlaceKind::Custom, ..Place::global() }
    }

    /// Every way of this room in which a feature begins, and what came of each.
    async fn ways(feature: Feature, policy: MachinePolicy) -> Vec<Option<Trouble>> {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(settings(folder.path(), policy.clone())).unwrap();
        let connection = desk.connect("targetconnect", "x").unwrap();
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/lighthouse");
        let to = |recipient| HandOverTo {
            folder: folder.path().to_owned(),
            recipient,
            language: Language::English,
        };
        match feature {
            Feature::OwnGuides => vec![crate::open_guide(&guide, &[], &policy).err()],
            Feature::CloudFile => vec![
                Desk::open(Settings { place: custom(), ..settings(folder.path(), policy.clone()) }).err(),
                desk.moved_to(custom()).err(),
            ],
            Feature::ProxySettings => vec![
                Desk::open(Settings {
                    network: Network::direct(),
                    ..settings(folder.path(), policy.clone())
                })
                .err(),
                desk.moved_by(Place::global(), Network::direct()).err(),
            ],
            Feature::DeviceCode => {
                let nowhere = ProxyAddress::read("http://127.0.0.1:9").unwrap();
                let network = Network { proxy: Proxy::Address(nowhere), ..Network::default() };
                let desk = desk.moved_by(Place::global(), network).unwrap();
                vec![
                    desk.begin_device_code(&connection, None, "en").await.err(),
                    desk.begin_home_code(None, "en").await.err(),
                ]
            }
            Feature::Push => {
                let line = SftpLine { host: "127.0.0.1".to_owned(), port: 9 };
                let account = SftpAccount { user: "a".to_owned(), sign_in: SftpSignIn::Password("x".into()) };
                let folder = String::new();
                let to = SftpTo { line, account, folder, recipient: Recipient::Offer, replace: false };
                vec![
                    desk.push_preview(&connection, "hand-over", true).await.err(),
                    desk.push(&connection, "hand-over", true).await.err(),
                    desk.deliver_by_sftp(&connection, "hand-over", &to).await.err(),
                ]
            }
            Feature::SecretExport => {
                let order = Order {
                    subject: Subject::read("CN=Minutes").unwrap(),
                    other_names: Vec::new(),
                    days: 30,
                    purpose: Purpose::CompanyAuthority,
                };
                let key = desk.make_certificate("minutes", KeyKind::P256, &order).unwrap();
                let public = desk.export_certificate(&key, Destination::Public, folder.path(), None);
                assert!(public.is_ok(), "what is public is no secret");
                let out = desk.export_certificate(&key, Destination::OpenSsl, folder.path(), None);
                let refused = match out {
                    Err(WorkshopError::Policy(trouble)) => Some(*trouble),
                    _ => None,
                };
                // Before anything else is asked: no new one is made that could not be handed over.
                let renewed = desk
                    .renew_next(&connection, "secret", Approval::Any, SealedFor::Passphrase, &Quiet)
                    .await
                    .err();
                let for_the_product =
                    desk.renew_next(&connection, "secret", Approval::Any, SealedFor::Product, &Quiet).await;
                assert_eq!(for_the_product.err().unwrap().code, Code::SignInNeeded);
                vec![
                    renewed,
                    desk.secret_value(&connection, "secret").err(),
                    desk.passphrase(&connection).err(),
                    desk.hand_over(&connection, "hand-over", &to(Recipient::Passphrase)).err(),
                    refused,
                ]
            }
            Feature::SupportReport => {
                vec![desk.support_report(AskedBy { program: "window", version: "1" }).err()]
            }
        }
    }

    #[tokio::test]
    async fn each_feature_that_is_off_is_refused_at_every_way_and_no_other() {
        let forbidden = |trouble: &Option<Trouble>| {
            trouble.as_ref().is_some_and(|trouble| trouble.code == Code::PolicyForbids)
        };
        for feature in Feature::ALL {
            let off = policy(&format!("off = [\"{}\"]", feature.name()));
            for (number, refused) in ways(feature, off).await.iter().enumerate() {
                assert!(forbidden(refused), "{feature:?} {number}: {refused:?}");
            }
            for (number, free) in ways(feature, MachinePolicy::default()).await.iter().enumerate() {
                assert!(!forbidden(free), "{feature:?} {number}: {free:?}");
            }
        }
    }

    #[test]
    fn a_desk_opens_in_no_other_cloud_and_with_no_other_client() {
        let folder = tempfile::tempdir().unwrap();
        for (lines, key) in [
            ("cloud = \"china\"", "cloud"),
            ("client_id = \"6f0a1b2c-3d4e-4f50-8a9b-0c1d2e3f4a5b\"", "client_id"),
        ] {
            let policy = policy(lines);
            let place = policy.place(None, None).unwrap();
            let refused = Desk::open(settings(folder.path(), policy.clone())).err().unwrap();
            assert_eq!((refused.code, refused.field.as_deref()), (Code::PolicyForbids, Some(key)));
            let desk = Desk::open(Settings { place, ..settings(folder.path(), policy.clone()) }).unwrap();
            assert_eq!(desk.moved_to(Place::global()).err().unwrap().code, Code::PolicyForbids);
            // A rehearsal goes to its own pretend tenant.
            let rehearsal = Settings { place: custom(), rehearsal: true, ..settings(folder.path(), policy) };
            assert!(Desk::open(rehearsal).is_ok());
        }
        assert!(!folder.path().join("vault.db").exists());
    }

    #[tokio::test]
    async fn the_connection_test_asks_nobody_else() {
        let policy = policy("off = [\"proxy-settings\"]");
        let clock = Arc::new(SystemClock);
        let tried = crate::try_network(Place::global(), Network::direct(), clock, &policy).await;
        assert_eq!(tried.err().unwrap().code, Code::PolicyForbids);
    }
}
