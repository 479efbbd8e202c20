//! `footbridge network`: whether Microsoft is reached from here, by which way, and who signs what comes back. It opens no vault
//! and signs nobody in.

use std::sync::Arc;

use engine::cloud::{SystemClock, Way};
use engine::{HostView, try_network};

use crate::arguments::{NetworkTest, Room};
use crate::events::Event;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::opening;
use crate::reaching;
use crate::voice::Voice;
use crate::words::{NetworkWord, Word};

pub async fn carry_out(room: &Room, test: &NetworkTest, voice: &Voice) -> Result<Exit, Failure> {
    let place = opening::cloud(room, test.cloud.as_deref(), test.place.as_deref())?;
    let network = reaching::network(room, voice)?;
    let view = try_network(place, network, Arc::new(SystemClock), &room.policy).await?;
    for host in &view.hosts {
        tell(host, voice);
    }
    let say = |word| voice.word(Word::Network(word));
    let event = Event::Network {
        good: view.is_good(),
        inspector: view.inspector.clone(),
        script: view.script.clone(),
    };
    voice.tell(&event, || {
        let mut lines = Vec::new();
        if let Some(inspector) = &view.inspector {
            lines.push(format!("{} {inspector}", say(NetworkWord::Resigned)));
        }
        if let Some(script) = &view.script {
            lines.push(format!("{} {script}", say(NetworkWord::ScriptNotRead)));
        }
        let verdict = if view.is_good() { NetworkWord::BothReached } else { NetworkWord::NotBothReached };
        lines.push(say(verdict).to_owned());
        lines.join("\n")
    });
    let ends = view.hosts.iter().filter_map(|host| host.outcome.as_ref().err());
    Ok(ends.map(|trouble| exit::of_code(trouble.code)).max().unwrap_or(Exit::Done))
}

fn tell(host: &HostView, voice: &Voice) {
    let (way, proxy, by_system) = match &host.way {
        Way::Loopback => ("loopback", None, false),
        Way::Direct => ("direct", None, false),
        Way::Proxy { address, by_system } => ("proxy", Some(address.clone()), *by_system),
    };
    let trouble = host.outcome.as_ref().err();
    let language = voice.language();
    let say = |word| voice.word(Word::Network(word));
    let event = Event::NetworkHost {
        role: host.role,
        host: host.host.clone(),
        way,
        proxy: proxy.clone(),
        by_system,
        status: host.outcome.as_ref().ok().copied(),
        issuer: host.issuer.as_ref().map(|issuer| issuer.name.clone()),
        public: host.issuer.as_ref().map(|issuer| issuer.is_public),
        code: trouble.map(|trouble| trouble.code.name()),
        what: trouble.map(|trouble| trouble.what(language)),
        next: trouble.map(|trouble| trouble.next(language)),
    };
    voice.tell(&event, || {
        let by = match (&proxy, by_system) {
            (Some(proxy), true) => {
                format!("{} {proxy} ({})", say(NetworkWord::ByProxy), say(NetworkWord::BySystem))
            }
            (Some(proxy), false) => format!("{} {proxy}", say(NetworkWord::ByProxy)),
            (None, _) => say(NetworkWord::Directly).to_owned(),
        };
        match (&host.outcome, &host.issuer) {
            (Ok(status), Some(issuer)) => {
                let kind = say(if issuer.is_public {
                    NetworkWord::PublicAuthority
                } else {
                    NetworkWord::OtherAuthority
                });
                format!("✓ {} {by}: {status}\n    {kind} {}", host.host, issuer.name)
            }
            (Ok(status), None) => format!("✓ {} {by}: {status}", host.host),
            (Err(trouble), _) => {
                format!(
                    "✗ {} {by}\n    {}\n    {}",
                    host.host,
                    trouble.what(language),
                    trouble.next(language)
                )
            }
        }
    });
}
