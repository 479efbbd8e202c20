//! G-34: a clock that is wrong, by minutes or years, or that jumps while the program runs. The tenant's clock is right.

use footbridge_tests::child::{Ended, Home, program};
use footbridge_tests::goal::{Target, reached, scale};
use footbridge_tests::stranger;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Runs the product's guide with a clock; `None` where clocks cannot be faked here.
async fn run(offset: &str) -> Option<(Home, Ended)> {
    let program = program()?;
    if !stranger("faketime") {
        return None;
    }
    let mut home = Home::open().await;
    home.before = ["faketime", "-f", offset].map(str::to_owned).to_vec();
    let ended = home.product(&program, "southwind", None);
    home.before = Vec::new();
    Some((home, ended))
}

/// When the live secret begins and ends, as the tenant has it.
fn life(home: &Home) -> [OffsetDateTime; 2] {
    let world = home.tenant.world();
    let secret = world.applications("Southwind")[0]["passwordCredentials"][0].clone();
    ["startDateTime", "endDateTime"]
        .map(|name| OffsetDateTime::parse(secret[name].as_str().unwrap(), &Rfc3339).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g34_a_wrong_clock_is_told_and_does_no_harm() {
    let offsets = ["+10m", "-10m", "+3y", "-3y", "+1d", "-1d"];
    let mut right = 0;
    for offset in offsets.into_iter().take(scale(4, 6)) {
        let Some((home, ended)) = run(offset).await else { return };
        let told = ended.told();
        assert!(!told.contains("stopped at") && !told.contains("panicked"), "{offset}: {told}");
        assert_eq!(ended.code, Some(0), "{offset}: {told}");
        assert!(told.contains("clock"), "{offset}: nothing was said about the clock: {told}");
        let [begin, end] = life(&home);
        let now = OffsetDateTime::now_utc();
        assert!(
            begin <= now + time::Duration::minutes(2),
            "{offset}: the secret begins {begin}, it is {now}"
        );
        assert!(end > now + time::Duration::days(30), "{offset}: the secret ends {end}, it is {now}");
        right += 1;
    }
    reached(
        "G-34",
        "wrong clocks told, with credentials that are valid all the same",
        right,
        Target::AtLeast(scale(4, 6)),
    );
}

/// The control: a right clock is not complained of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g34_control_a_right_clock_is_not_complained_of() {
    for offset in ["+0m", "+1m", "-1m"] {
        let Some((_, ended)) = run(offset).await else { return };
        assert_eq!(ended.code, Some(0), "{}", ended.told());
        assert!(!ended.told().contains("clock"), "{offset}: {}", ended.told());
    }
}
