//! Taking a bundle in: the files as wanted, everything once, and a crash at every moment.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use bundle::{Accepts, Acknowledgement, Credential};
use receiver::{
    JudgeError, Memory, Owner, Point, Standing, Taking, TakingError, Template, Wanted, finish, judge, take,
};
use secrecy::SecretString;
use support::{CANARY, House, NOW, Sender, offer, taking, wish};
use time::Duration;

const ENV: &str = "PRODUCT=\"minutes\"\n\
    TENANT_ID=\"2d1a7f9e\"\n\
    TENANT_DOMAIN=\"north.example\"\n\
    TENANT_CLOUD=\"global\"\n\
    APP_CLIENT_ID=\"c11e\"\n\
    APP_OBJECT_ID=\"0b1e\"\n\
    CREDENTIAL_KIND=\"secret\"\n\
    CREDENTIAL_SECRET=\"Canary~8Q.7f3a_secret-value\"\n\
    CREDENTIAL_EXPIRES=\"2028-05-04T10:00:00Z\"\n\
    SETTINGS_DIRECTORY_ID=\"2d1a7f9e-0000-4000-8000-000000000001\"\n\
    SETTINGS_DISPLAY_NAME=\"North \\\"University\\\" \\$HOME\"\n\
    FIELDS_CLIENT_SECRET=\"Canary~8Q.7f3a_secret-value\"\n";

/// The number of the step that refused.
fn step(outcome: Result<impl Sized, TakingError>) -> u8 {
    match outcome.err().unwrap() {
        TakingError::Judge(why) => why.step().unwrap_or_else(|| panic!("{why}")),
        other => panic!("{other}"),
    }
}

#[test]
fn the_files_hold_exactly_the_values_and_the_state_folder_none_of_them() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let (sealed, jti) = sender.seal(&offer, |_| {});
    let wanted = house.wanted();
    let mut memory = house.memory();
    let judged = judge(&memory, &sealed.text, NOW, false).unwrap();
    assert_eq!((judged.standing, judged.overview.signer_fingerprint), (Standing::New, sender.fingerprint()));
    let took = take(&mut memory, &sealed.text, &taking(&wanted), NOW).unwrap();

    assert_eq!(std::fs::read_to_string(house.at("product.env")).unwrap(), ENV);
    let json = std::fs::read_to_string(house.at("product.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["credential"]["secret"], CANARY);
    assert_eq!(read["settings"]["display name"], "North \"University\" $HOME");
    Acknowledgement::verify(&took.receipt, &sealed.receipt_key, &jti).unwrap();
    assert_eq!(took.files, [house.at("product.env"), house.at("product.json")]);
    drop(memory);
    assert_eq!(house.canaries(), ["product.env", "product.json"]);
}

#[cfg(unix)]
#[test]
fn mode_and_owner_are_the_wanted_ones() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let (house, sender) = (House::new(), Sender::new());
    let (sealed, _) = sender.seal(&house.offer(), |_| {});
    let wanted = house.wanted();
    let me = std::fs::metadata(house.folder.path()).unwrap();
    // Only root may give files away; others can give them to themselves.
    let root = me.uid() == 0;
    let owner = Owner { uid: Some(if root { 12_345 } else { me.uid() }), gid: root.then_some(23_456) };
    let wish = Taking { owner, mode: 0o640, ..taking(&wanted) };
    take(&mut house.memory(), &sealed.text, &wish, NOW).unwrap();
    for name in ["product.env", "product.json"] {
        let found = std::fs::metadata(house.at(name)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o640);
        assert_eq!(Some(found.uid()), owner.uid);
        assert!(owner.gid.is_none_or(|gid| gid == found.gid()));
    }
    assert_eq!(std::fs::metadata(house.at("state")).unwrap().permissions().mode() & 0o777, 0o700);
    for (path, _) in house.files().iter().filter(|(path, _)| path.starts_with(house.at("state"))) {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
}

#[cfg(unix)]
#[test]
fn owners_are_found_by_name_and_number() {
    assert_eq!(Owner::named("root:0").unwrap(), Owner { uid: Some(0), gid: Some(0) });
    assert_eq!(Owner::named("4711").unwrap(), Owner { uid: Some(4711), gid: None });
    assert!(Owner::named("nobody-of-this-name").unwrap_err().to_string().contains("nobody-of-this-name"));
    assert!(Owner::named("root:no-such-group").is_err());
}

#[test]
fn a_bundle_is_taken_once_and_an_offer_answered_once() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let (first, _) = sender.seal(&offer, |_| {});
    let (second, _) = sender.seal(&offer, |_| {});
    let wanted = house.wanted();
    let mut memory = house.memory();
    take(&mut memory, &first.text, &taking(&wanted), NOW).unwrap();
    let before = house.files();
    assert_eq!(step(take(&mut memory, &first.text, &taking(&wanted), NOW)), 9);
    assert_eq!(step(take(&mut memory, &second.text, &taking(&wanted), NOW)), 9);
    assert_eq!(house.files().len(), before.len());
}

#[test]
fn foreign_expired_and_rehearsal_bundles_are_refused_and_change_nothing() {
    let (house, sender) = (House::new(), Sender::new());
    let offer = house.offer();
    let foreign = House::new().offer();
    let wanted = house.wanted();
    let mut memory = house.memory();
    let mut refused = |text: &str, now| step(take(&mut memory, text, &taking(&wanted), now));
    assert_eq!(refused(&sender.seal(&foreign, |_| {}).0.text, NOW), 4);
    assert_eq!(
        refused(&sender.seal(&offer, |p| p.nonce = Some("q83vEjRWeJCrze8SNFZ4kA".into())).0.text, NOW),
        8
    );
    assert_eq!(refused(&sender.seal(&offer, |p| p.nonce = None).0.text, NOW), 8);
    let old = sender.seal(&offer, |p| p.issued_at = NOW - Duration::hours(25)).0.text;
    assert_eq!(refused(&old, NOW), 9);
    let good = sender.seal(&offer, |_| {}).0.text;
    assert_eq!(refused(&good, NOW + Duration::hours(24) + Duration::minutes(6)), 8);
    let at = good.len() - 30;
    let letter = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
    assert_eq!(refused(&format!("{}{letter}{}", &good[..at], &good[at + 1..]), NOW), 6);
    assert_eq!(refused(&format!("{good}\n"), NOW), 1);

    let pretend = sender.seal(&offer, |p| p.rehearsal = true).0.text;
    let outcome = take(&mut memory, &pretend, &taking(&wanted), NOW);
    assert!(matches!(outcome, Err(TakingError::Judge(JudgeError::Bundle(bundle::BundleError::Rehearsal)))));
    assert!(!house.at("product.env").exists());
    // The control: the offer is still open, and a rehearsal is taken where it is wanted.
    take(&mut memory, &pretend, &Taking { rehearsals: true, ..taking(&wanted) }, NOW).unwrap();
    assert!(house.at("product.env").exists());
}

#[test]
fn an_offer_takes_only_what_it_accepts() {
    let (house, sender) = (House::new(), Sender::new());
    let mut memory = house.memory();
    let wish = receiver::Wish { accepts: vec![Accepts::Certificate], ..wish() };
    let offer = receiver::make_offer(&memory, &wish, NOW).unwrap().offer;
    let wanted = house.wanted();
    let outcome = take(&mut memory, &sender.seal(&offer, |_| {}).0.text, &taking(&wanted), NOW);
    assert!(matches!(outcome, Err(TakingError::Judge(JudgeError::NotAccepted))));
}

#[test]
fn an_own_certificate_never_leaves_but_into_the_files() {
    let (house, sender) = (House::new(), Sender::new());
    let mut memory = house.memory();
    let wish = receiver::Wish { own_certificate: true, ..wish() };
    let offer = receiver::make_offer(&memory, &wish, NOW).unwrap().offer;
    assert_eq!(offer.accepts, [Accepts::PublicCert]);
    let pem = offer.cert_request.clone().unwrap();
    assert!(!offer.to_json().unwrap().contains("PRIVATE"));

    let strange = receiver::make_offer(&memory, &wish, NOW).unwrap().offer.cert_request.unwrap();
    let named = |cert_pem: &str| Credential::None { cert_pem: Some(cert_pem.into()), thumbprint_s256: None };
    let wanted = [
        Wanted { template: Template::Pem, to: house.at("app.pem") },
        Wanted { template: Template::Pfx, to: house.at("app.pfx") },
    ];
    let secret = SecretString::from("correct horse battery");
    let passphrase = certs::Passphrase::chosen(secret.clone()).unwrap();
    let wish = Taking { passphrase: Some(&passphrase), ..taking(&wanted) };
    let other = sender.seal(&offer, |p| p.credential = named(&strange)).0.text;
    let outcome = take(&mut memory, &other, &wish, NOW);
    assert!(matches!(outcome, Err(TakingError::Judge(JudgeError::OtherCertificate))));

    let sealed = sender.seal(&offer, |p| p.credential = named(&pem)).0.text;
    take(&mut memory, &sealed, &wish, NOW).unwrap();
    let read = certs::read(&std::fs::read(house.at("app.pem")).unwrap(), None).unwrap();
    let key = read.key.unwrap();
    assert_eq!(read.certificates[0].pem(), pem);
    assert!(read.certificates[0].is_for(&key));
    let packed = certs::read(&std::fs::read(house.at("app.pfx")).unwrap(), Some(&secret)).unwrap();
    assert!(packed.key.unwrap().is(&key));

    // The key is gone from the state folder; the one of the other offer is what a search finds there.
    drop(memory);
    use secrecy::ExposeSecret as _;
    let needle = &key.pkcs8().expose_secret()[200..264];
    for (path, bytes) in house.files().iter().filter(|(path, _)| path.starts_with(house.at("state"))) {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{path:?}");
    }
}

#[test]
fn an_own_key_is_in_the_state_folder_until_it_is_used() {
    let house = House::new();
    let memory = house.memory();
    let wish = receiver::Wish { own_certificate: true, ..wish() };
    receiver::make_offer(&memory, &wish, NOW).unwrap();
    drop(memory);
    // PKCS#8 of an RSA key names its algorithm by 1.2.840.113549.1.1.1 (RFC 8017 §A.1).
    let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04];
    let holds = |bytes: &[u8]| bytes.windows(rsa.len()).any(|window| window == rsa);
    assert!(house.files().iter().any(|(_, bytes)| holds(bytes)));
    // An offer past its end goes with its key.
    drop(house.memory_at(NOW + Duration::hours(25)));
    assert!(!house.files().iter().any(|(_, bytes)| holds(bytes)));
}

#[test]
fn signers_are_remembered_for_their_product_and_tenant() {
    let (house, sender, other) = (House::new(), Sender::new(), Sender::new());
    let mut memory = house.memory();
    let wanted = house.wanted();
    let first = sender.seal(&offer(&memory).offer, |_| {}).0.text;
    take(&mut memory, &first, &taking(&wanted), NOW).unwrap();
    let next = offer(&memory).offer;
    let standing = |text: &str, memory: &Memory| judge(memory, text, NOW, false).unwrap().standing;
    assert_eq!(standing(&sender.seal(&next, |_| {}).0.text, &memory), Standing::Known);
    let elsewhere = sender.seal(&next, |p| p.tenant.id = "another".into()).0.text;
    assert_eq!(standing(&elsewhere, &memory), Standing::OtherTenant);
    let before = sender.fingerprint();
    assert_eq!(standing(&other.seal(&next, |_| {}).0.text, &memory), Standing::OtherSigner { before });
}

#[test]
fn what_cannot_be_rendered_or_put_down_stops_everything() {
    let (house, sender) = (House::new(), Sender::new());
    let (sealed, _) = sender.seal(&house.offer(), |_| {});
    let mut memory = house.memory();
    std::fs::create_dir(house.at("folder")).unwrap();
    std::fs::write(house.at("t.tpl"), "{{ app.client_id }} {{ settings.nothing }}").unwrap();
    let own = Template::named(house.at("t.tpl").to_str().unwrap()).unwrap();
    let env = |name: &str| Wanted { template: Template::Env, to: house.at(name) };
    for wanted in [
        vec![env("a"), Wanted { template: own, to: house.at("b") }],
        vec![env("a"), env("a")],
        vec![env("a"), env("folder")],
        vec![env("a"), env("nowhere/b")],
        vec![env("a"), Wanted { template: Template::Pem, to: house.at("b") }],
    ] {
        assert!(take(&mut memory, &sealed.text, &taking(&wanted), NOW).is_err(), "{wanted:?}");
        assert!(!house.at("a").exists() && house.canaries().is_empty());
    }
    // A file that stands where the second temporary one would: the first one is removed again, and nothing is burned.
    let wanted = [env("a"), env("b")];
    let stopped = Taking { crash: &|point| point == Point::Written(2), ..taking(&wanted) };
    assert!(take(&mut memory, &sealed.text, &stopped, NOW).is_err());
    let parts: Vec<_> =
        house.files().into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "part")).collect();
    finish(&mut memory).unwrap();
    assert_eq!((parts.len(), house.canaries().len()), (2, 0));
    std::fs::write(&parts[1].0, "planted").unwrap();
    assert!(matches!(take(&mut memory, &sealed.text, &taking(&wanted), NOW), Err(TakingError::Laying(_))));
    assert!(house.canaries().is_empty());
    std::fs::remove_file(&parts[1].0).unwrap_or_default();
    take(&mut memory, &sealed.text, &taking(&wanted), NOW).unwrap();
}

#[test]
fn what_is_there_is_replaced_and_a_link_is_not_followed() {
    let (house, sender) = (House::new(), Sender::new());
    let (sealed, _) = sender.seal(&house.offer(), |_| {});
    let wanted = house.wanted();
    std::fs::write(house.at("product.json"), "before").unwrap();
    #[cfg(unix)]
    {
        std::fs::write(house.at("elsewhere"), "untouched").unwrap();
        std::os::unix::fs::symlink(house.at("elsewhere"), house.at("product.env")).unwrap();
    }
    take(&mut house.memory(), &sealed.text, &taking(&wanted), NOW).unwrap();
    assert_eq!(std::fs::read_to_string(house.at("product.env")).unwrap(), ENV);
    #[cfg(unix)]
    assert_eq!(std::fs::read_to_string(house.at("elsewhere")).unwrap(), "untouched");
}

const POINTS: [Point; 7] = [
    Point::Rendered,
    Point::Noted,
    Point::Written(1),
    Point::Written(2),
    Point::Burned,
    Point::Renamed(1),
    Point::Renamed(2),
];

#[test]
fn a_stop_at_any_moment_leads_to_no_second_use_and_loses_nothing() {
    for point in POINTS {
        let (house, sender) = (House::new(), Sender::new());
        let (sealed, _) = sender.seal(&house.offer(), |_| {});
        let wanted = house.wanted();
        let mut memory = house.memory();
        let stopping = Taking { crash: &|at| at == point, ..taking(&wanted) };
        let stopped = take(&mut memory, &sealed.text, &stopping, NOW);
        assert!(matches!(stopped, Err(TakingError::Stopped(at)) if at == point), "{point:?}");
        drop(memory);
        after_a_crash(&house, &sealed.text, point);
    }
}

/// What must hold when a receiver starts again.
fn after_a_crash(house: &House, text: &str, point: Point) {
    let wanted = house.wanted();
    let mut memory = house.memory();
    let burned = matches!(point, Point::Burned | Point::Renamed(_));
    let complete = |house: &House| house.canaries() == ["product.env", "product.json"];
    finish(&mut memory).unwrap();
    assert_eq!(complete(house), burned, "{point:?}");
    assert!(burned || house.canaries().is_empty(), "{point:?}: {:?}", house.canaries());
    let again = take(&mut memory, text, &taking(&wanted), NOW);
    assert_eq!(again.is_ok(), !burned, "{point:?}");
    assert!(complete(house), "{point:?}");
    assert_eq!(std::fs::read_to_string(house.at("product.env")).unwrap(), ENV);
}

/// Set for the process that is to die.
const DIES: &str = "RECEIVER_TEST_DIES";

#[test]
fn a_process_that_dies_at_any_moment_leads_to_the_same() {
    for (at, point) in POINTS.into_iter().enumerate() {
        let (house, sender) = (House::new(), Sender::new());
        let (sealed, _) = sender.seal(&house.offer(), |_| {});
        std::fs::write(house.at("sealed"), &sealed.text).unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "dying", "--ignored"])
            .env(DIES, house.folder.path())
            .env("RECEIVER_TEST_AT", at.to_string());
        let ended = child.output().unwrap();
        assert!(!ended.status.success(), "{point:?}");
        assert!(
            !String::from_utf8_lossy(&ended.stdout).contains("FAILED"),
            "{point:?}: it failed and did not die"
        );
        after_a_crash(&house, &sealed.text, point);
    }
}

#[test]
#[ignore = "run by the test above in a process of its own"]
fn dying() {
    let Some(folder) = std::env::var_os(DIES).map(std::path::PathBuf::from) else { return };
    let point = POINTS[std::env::var("RECEIVER_TEST_AT").unwrap().parse::<usize>().unwrap()];
    let text = std::fs::read_to_string(folder.join("sealed")).unwrap();
    let wanted = [
        Wanted { template: Template::Env, to: folder.join("product.env") },
        Wanted { template: Template::Json, to: folder.join("product.json") },
    ];
    let die = move |at| if at == point { std::process::abort() } else { false };
    let mut memory = Memory::open(&folder.join("state"), NOW).unwrap();
    let _ = take(&mut memory, &text, &Taking { crash: &die, ..taking(&wanted) }, NOW);
}
