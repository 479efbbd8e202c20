//! `footbridge rehearsal serve`: the pretend tenant by itself, for tests and other programs. It prints one JSON line with
//! throw-away credentials that open nothing else, and serves until it is ended.

use std::time::Duration;

use simulator::{Faults, Settings};

use crate::arguments::{RehearsalCommand, Serve};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::private_file;
use crate::voice::Voice;

pub async fn carry_out(command: &RehearsalCommand, voice: &Voice) -> Result<Exit, Failure> {
    let RehearsalCommand::Serve(serve) = command;
    let running = simulator::start(settings(serve)?).await?;
    voice.text(&running.announcement.line());
    ended().await?;
    Ok(Exit::Done)
}

fn settings(serve: &Serve) -> Result<Settings, Failure> {
    let faults = match &serve.faults {
        Some(path) => Faults::read(&private_file::read_open(path)?)?,
        None => Faults::default(),
    };
    Ok(Settings {
        listen: serve.listen,
        tls: serve.tls,
        ca_out: serve.ca_out.clone(),
        seed: serve.seed,
        users: serve.users,
        service_principals: serve.service_principals,
        products: serve.products,
        replication_delay: Duration::from_secs(serve.replication_delay),
        latency: Duration::from_millis(serve.latency),
        faults,
        traffic_log: serve.traffic_log.clone(),
        ..Settings::default()
    })
}

/// Until somebody ends it: interrupted, or asked to terminate.
async fn ended() -> Result<(), std::io::Error> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
