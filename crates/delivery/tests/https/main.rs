//! The HTTPS push against real TLS servers on loopback, good ones and hostile ones. Nothing here waits for real time.
#![allow(clippy::unwrap_used, missing_docs)]

mod addresses;
mod answers;
mod authority;
mod contract;
mod offers;
mod product;
mod resuming;
mod rsa;
mod server;
mod tls;

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery::https::{
    Address, Clock, Delivery, Destination, HttpsError, Means, Parcel, Pushed, ReceiptFault, Resolver,
    SystemClock, Trust,
};
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use time::macros::datetime;

/// The name that all good certificates hold.
pub const HOST: &str = "product.example.org";
pub const JTI: &str = "q83vEjRWeJCrze8SNFZ4kA";
pub const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A clock that lets pauses pass at once and limits never; it keeps what it was asked for.
#[derive(Default)]
pub struct TestClock {
    pub pauses: Mutex<Vec<u64>>,
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        NOW
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        // Ten and thirty seconds are the limits for a name and for a whole exchange.
        if [10, 30].contains(&duration.as_secs()) {
            return Box::pin(std::future::pending());
        }
        self.pauses.lock().unwrap().push(duration.as_secs());
        Box::pin(std::future::ready(()))
    }
}

/// Names that answer as told, one answer after the other, the last one again and again.
pub struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    pub asked: Mutex<Vec<String>>,
}

impl Names {
    pub fn told(answers: &[&[&str]]) -> Arc<Names> {
        let one = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Names { answers: Mutex::new(answers.iter().map(one).collect()), asked: Mutex::default() })
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// Means with every name on this machine.
pub fn means() -> (Means, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    (Means { clock: clock.clone(), resolver: Names::told(&[&["127.0.0.1"]]) }, clock)
}

/// Means by tokio's own clock, which a test pauses.
pub fn means_in_tokio_time() -> Means {
    Means { clock: Arc::new(SystemClock), resolver: Names::told(&[&["127.0.0.1"]]) }
}

pub fn destination(port: u16, trust: Trust) -> Destination {
    let address = Address::parse(&format!("https://{HOST}:{port}/footbridge/v1/bundles")).unwrap();
    Destination { address, trust, loopback: true }
}

/// A text as long as a small sealed bundle, with no two places alike.
pub fn bundle() -> String {
    (0..300).map(|number| format!("{number:04}.")).collect()
}

pub fn parcel() -> Parcel {
    Parcel::new(JTI, &bundle()).unwrap()
}

pub async fn delivery(port: u16, trust: Trust) -> (Delivery, Arc<TestClock>) {
    let (means, clock) = means();
    (Delivery::prepare(destination(port, trust), parcel(), means).await.unwrap(), clock)
}

/// Pushes the bundle once.
pub async fn push(port: u16, trust: Trust) -> Result<Pushed, HttpsError> {
    delivery(port, trust).await.0.push(&product::verify).await
}

/// For servers whose receipt must never be asked about.
pub fn never(_: &str) -> Result<OffsetDateTime, ReceiptFault> {
    panic!("no receipt was expected")
}
