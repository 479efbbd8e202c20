//! What an estate's tenants answered, judged by Microsoft's published shapes: the same judge as for a single tenant.

use std::path::{Path, PathBuf};
use std::process::Command;

use engine::Stop;

use crate::scene::{Scene, Seen, all, throttled};

fn judge() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/contract");
    let folder = std::env::var_os("FOOTBRIDGE_CONTRACT").map_or(beside, PathBuf::from);
    let judge = folder.join("validate.py");
    judge.is_file().then_some(judge)
}

#[tokio::test]
async fn the_traffic_of_several_tenants_breaks_no_rule_of_the_published_shapes() {
    let Some(judge) = judge() else {
        eprintln!("LEFT OUT: no validator of the contract here; name its folder in FOOTBRIDGE_CONTRACT");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let log = scratch.path().join("traffic.jsonl");
    let mut settings = throttled(3);
    settings.tenant.traffic_log = Some(log.clone());
    let at = Scene::open(settings).await;
    at.many.desk.many_run(&at.aims, &all(3), &Seen::default(), &Stop::default()).await.unwrap();
    let judged = |log: &Path| Command::new("python3").arg(&judge).arg(log).output().unwrap();
    let lines = std::fs::read_to_string(&log).unwrap();
    assert!(lines.lines().count() > 30, "the log holds only {} lines", lines.lines().count());
    let good = judged(&log);
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stdout));
    let spoilt = scratch.path().join("spoilt.jsonl");
    std::fs::write(&spoilt, lines.replace("signInAudience", "signInAudiense")).unwrap();
    assert!(!judged(&spoilt).status.success(), "the control must be refused");
}
