//! Addresses that a bundle never goes to, however they are written, and names that change their mind.

use std::sync::Arc;

use delivery::https::{
    Address, AddressClass, AddressFault, Delivery, Destination, HttpsError, Means, Pushed, Resolver, Trust,
};

use crate::product::{self, Whims, verify};
use crate::{HOST, Names, TestClock, bundle, destination, parcel};

fn named(answers: &[&[&str]]) -> (Means, Arc<Names>) {
    let names = Names::told(answers);
    (Means { clock: Arc::new(TestClock::default()), resolver: names.clone() }, names)
}

fn at(address: &str, loopback: bool) -> Destination {
    Destination { address: Address::parse(address).unwrap(), trust: Trust::default(), loopback }
}

async fn prepared(destination: Destination, means: &Means) -> Result<Delivery, HttpsError> {
    Delivery::prepare(destination, parcel(), means.clone()).await
}

#[tokio::test]
async fn names_that_lead_to_forbidden_places_are_refused_by_their_address() {
    use AddressClass::{LinkLocal, Metadata, Multicast, Translated, Unspecified};
    for (address, expected) in [
        ("169.254.169.254", LinkLocal),
        ("169.254.0.1", LinkLocal),
        ("fe80::1", LinkLocal),
        ("::ffff:169.254.169.254", LinkLocal),
        ("2002:a9fe:a9fe::1", LinkLocal),
        ("64:ff9b::a9fe:a9fe", LinkLocal),
        ("168.63.129.16", Metadata),
        ("fd00:ec2::254", Metadata),
        ("224.0.0.1", Multicast),
        ("ff02::1", Multicast),
        ("0.0.0.0", Unspecified),
        ("::", Unspecified),
        ("255.255.255.255", Unspecified),
        ("64:ff9b::7f00:1", Translated),
        ("2002:7f00:1::1", Translated),
    ] {
        // Alone, and hidden behind an address that would do; allowing this machine changes nothing.
        for list in [vec![address], vec!["192.168.1.7", address], vec![address, "127.0.0.1"]] {
            let (means, _) = named(&[&list]);
            let error = prepared(destination(443, Trust::default()), &means).await.unwrap_err();
            match error {
                HttpsError::Forbidden { host, class, .. } => {
                    assert_eq!((host.as_str(), class), (HOST, expected))
                }
                other => panic!("{address}: {other}"),
            }
        }
    }
}

#[tokio::test]
async fn this_machine_is_reached_only_where_it_is_allowed() {
    for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
        let (means, _) = named(&[&[address]]);
        let closed = Destination { loopback: false, ..destination(443, Trust::default()) };
        let error = prepared(closed, &means).await.unwrap_err();
        assert!(matches!(error, HttpsError::Loopback { .. }), "{address}: {error}");
        let open = prepared(destination(443, Trust::default()), &means).await.unwrap();
        assert_eq!(open.preview().places[0].class, AddressClass::Loopback);
    }
    for literal in ["https://127.0.0.1/a", "https://[::1]/a"] {
        let (means, names) = named(&[]);
        assert!(matches!(prepared(at(literal, false), &means).await, Err(HttpsError::Loopback { .. })));
        assert!(prepared(at(literal, true), &means).await.is_ok());
        assert!(names.asked.lock().unwrap().is_empty(), "an address is no name");
    }
}

#[tokio::test]
async fn addresses_in_the_address_itself_are_judged_too() {
    let (means, _) = named(&[]);
    for literal in [
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/a",
        "https://0.0.0.0/a",
        "https://[::]/a",
        "https://[::ffff:a9fe:a9fe]/a",
        "https://[64:ff9b::a9fe:a9fe]/a",
        "https://[2002:a9fe:a9fe::1]/a",
        "https://224.0.0.1/a",
    ] {
        let error = prepared(at(literal, true), &means).await.unwrap_err();
        assert!(matches!(error, HttpsError::Forbidden { .. }), "{literal}: {error}");
    }
    for literal in
        ["https://2130706433/a", "https://0x7f.1/a", "https://0177.0.0.1/a", "https://0xa9fea9fe/a"]
    {
        let error = Destination::of_offer(literal, None).unwrap_err();
        assert!(matches!(error, HttpsError::Address(AddressFault::Spelling { .. })), "{literal}: {error}");
    }
    for literal in ["https://p.example/a\r\nX: y", "https://p.example/%0d\n", "https://p.example\r\n/a"] {
        let error = Destination::of_offer(literal, None).unwrap_err();
        assert_eq!(error, HttpsError::Address(AddressFault::Character));
    }
    assert!(Destination::of_offer("https://product.example.org:8443/footbridge/v1/bundles", None).is_ok());
}

#[tokio::test]
async fn private_and_public_addresses_are_named_before_sending() {
    let (means, _) = named(&[&["192.168.1.7", "fd12::7", "192.168.1.7", "203.0.113.7"]]);
    let preview = prepared(destination(8443, Trust::default()), &means).await.unwrap().preview();
    let shown: Vec<_> = preview.places.iter().map(|place| (place.address.to_string(), place.class)).collect();
    use AddressClass::{Private, Public};
    let told = [("192.168.1.7", Private), ("fd12::7", Private), ("203.0.113.7", Public)];
    assert_eq!(shown, told.map(|(address, class)| (address.to_owned(), class)));
    let json = serde_json::to_value(&preview).unwrap();
    assert_eq!(json["places"][0], serde_json::json!({ "address": "192.168.1.7", "class": "private" }));
    assert!(!json.to_string().contains(&bundle()[..40]));
}

#[tokio::test]
async fn a_name_is_asked_once_and_what_it_says_later_does_not_matter() {
    let (server, trust, state) = product::start(Whims { cut: Some(100), ..Whims::default() }).await;
    // The second answer would lead to the metadata of a cloud.
    let (means, names) = named(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let delivery = prepared(destination(server.port, trust.clone()), &means).await.unwrap();
    assert!(matches!(delivery.push(&verify).await, Ok(Pushed::Taken(_))));
    assert_eq!(server.connections(), 4);
    assert_eq!(*names.asked.lock().unwrap(), [HOST]);
    state.lock().unwrap().assert_taken_once();
    // A new delivery asks anew, and judges what it hears.
    let error = prepared(destination(server.port, trust), &means).await.unwrap_err();
    assert!(matches!(error, HttpsError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_name_without_an_address_is_told() {
    let (means, _) = named(&[]);
    let error = prepared(destination(443, Trust::default()), &means).await.unwrap_err();
    assert!(
        matches!(&error, HttpsError::Resolve { reason, .. } if reason.contains("no such name")),
        "{error}"
    );
    let (means, _) = named(&[&[]]);
    let error = prepared(destination(443, Trust::default()), &means).await.unwrap_err();
    assert!(matches!(error, HttpsError::Resolve { .. }), "{error}");
}

#[tokio::test]
async fn the_system_knows_its_own_name() {
    let found = delivery::https::SystemResolver.resolve("localhost").await.unwrap();
    assert!(!found.is_empty() && found.iter().all(std::net::IpAddr::is_loopback), "{found:?}");
}

/// The environment belongs to a process, so this asks another one of the same tests.
#[tokio::test]
async fn no_proxy_of_the_environment_is_used() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let (telling, mut called) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((_, caller)) = listener.accept().await {
            let _ = telling.send(caller);
        }
    });
    let mut pushing = tokio::process::Command::new(std::env::current_exe().unwrap());
    pushing.args(["--exact", "resuming::a_whole_push_asks_first_and_sends_once"]);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        pushing.env(name, &proxy);
    }
    let outcome = pushing.env_remove("NO_PROXY").env_remove("no_proxy").output().await.unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success() && said.contains("1 passed"), "{said}");
    assert!(called.try_recv().is_err(), "the proxy was called");
}
