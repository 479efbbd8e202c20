//! G-08: three desks on one journal, as two windows and a command line are, each of which runs the same steps in an order of
//! its own; one of them dies in the middle. Nothing is done twice; what stands in the way says so; and whoever comes next goes
//! on at once, since the lease ends with its holder.

use std::sync::Arc;
use std::time::Duration;

use engine::vault::VaultMode;
use engine::{Approval, Code, Desk, Quiet, SystemRandomness};
use footbridge_tests::goal::{Target, is_whole, reached, scale};
use footbridge_tests::{Opened, VAULT_PASSPHRASE, Walkthrough, small_tenant};
use secrecy::SecretString;
use simulator::Settings;

use footbridge_tests::Dice;

/// Steps of TARGETconnect that change something, in order.
const STEPS: [&str; 5] = ["register", "note-ids", "secret", "permissions", "consent"];

/// Another desk on the same folder, as another process opens it.
fn instance(walk: &Walkthrough) -> Desk {
    let settings = engine::Settings {
        folder: walk.folder().join("home"),
        vault: VaultMode::Passphrase(SecretString::from(VAULT_PASSPHRASE)),
        place: rehearsal::place(&walk.rehearsal.tenant).unwrap(),
        network: engine::cloud::Network::direct(),
        clock: walk.rehearsal.clock.clone(),
        random: Arc::new(SystemRandomness),
        teams: walk.rehearsal.teams.clone(),
        reach: rehearsal::reach(&walk.rehearsal.tenant),
        rehearsal: true,
        policy: Arc::default(),
    };
    Desk::open(settings).unwrap()
}

async fn sign_in(walk: &Walkthrough, desk: &Desk) {
    let code = desk.begin_device_code(&walk.connection, None, "en").await.unwrap();
    walk.control().approve(&code.user_code, &walk.account).unwrap();
    desk.finish_device_code(&walk.connection, code, &|_| {}).await.unwrap();
}

/// One instance works through the steps, turning away for a moment now and then; it dies after so many steps. Answers how
/// often another one was in the way.
async fn work(desk: Desk, connection: String, seed: u64, dies_after: Option<usize>) -> u64 {
    let mut dice = Dice(seed);
    let mut busy = 0;
    for (number, step) in STEPS.into_iter().enumerate() {
        for _ in 0..dice.below(4) {
            tokio::task::yield_now().await;
        }
        for _ in 0..40 {
            let run = desk.run(&connection, step, Approval::Any, &Quiet);
            let outcome = if dies_after == Some(number) {
                // The future is dropped in the middle, as the end of a process drops it: its lease goes with it.
                let patience = Duration::from_millis(dice.below(6));
                match tokio::time::timeout(patience, run).await {
                    Ok(outcome) => outcome,
                    Err(_) => return busy,
                }
            } else {
                run.await
            };
            match outcome {
                Err(trouble) if trouble.code == Code::ConnectionBusy => {
                    busy += 1;
                    tokio::time::sleep(Duration::from_millis(1 + dice.below(4))).await;
                }
                Err(trouble) => panic!("{trouble:?}"),
                Ok(list) if list.step(step).is_some_and(|view| view.state.is_done()) => break,
                Ok(_) => tokio::task::yield_now().await,
            }
        }
    }
    busy
}

struct Ended {
    busy: u64,
    wrong: Vec<String>,
}

async fn interleaved(walk: &Walkthrough, desks: &[Desk; 3], seed: u64) -> Ended {
    let mut dice = Dice(seed);
    let connection = walk.connection.clone();
    let doomed = usize::try_from(dice.below(3)).unwrap();
    let place = usize::try_from(dice.below(5)).unwrap();
    let tasks: Vec<_> = desks
        .iter()
        .enumerate()
        .map(|(number, desk)| {
            let dies = (number == doomed).then_some(place);
            tokio::spawn(work(desk.clone(), connection.clone(), seed * 7 + number as u64, dies))
        })
        .collect();
    let mut busy = 0;
    let mut wrong = Vec::new();
    for task in tasks {
        match task.await {
            Ok(count) => busy += count,
            Err(error) => wrong.push(format!("an instance panicked: {error}")),
        }
    }
    wrong.extend(walk.oracle.doubles(&walk.control()));
    let world = walk.world();
    let list = walk.list();
    let Some(object) =
        list.step("register").and_then(|view| view.outputs.get("application-object-id").cloned())
    else {
        wrong.push("nobody registered the application".to_owned());
        return Ended { busy, wrong };
    };
    let application = world.rows("applications", "id", &object)[0];
    let secrets = application["passwordCredentials"].as_array().map_or(0, Vec::len);
    if secrets != 1 {
        wrong.push(format!("{secrets} secrets instead of one: {}", application["passwordCredentials"]));
    }
    Ended { busy, wrong }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g08_instances_never_do_anything_twice() {
    let (runs, a_home) = (scale(6, 500), 25);
    let (mut done, mut busy, mut wrong) = (0, 0, Vec::new());
    while done < runs {
        let tenant = Settings { seed: 1 + done, ..small_tenant() };
        let mut walk =
            Walkthrough::open("targetconnect", Opened { tenant, lasting: true, ..Opened::default() }).await;
        let desks = [instance(&walk), instance(&walk), instance(&walk)];
        for number in 0..a_home.min(runs - done) {
            let seed = done;
            if number > 0 {
                walk.begin_again(&format!("Run {seed}"));
            }
            walk.desk().confirm(&walk.connection, "notice", "Anna Weber", "read").unwrap();
            for desk in &desks {
                sign_in(&walk, desk).await;
            }
            if number > 0 {
                // The name is taken by the application of the run before.
                desks[0].run(&walk.connection, "register", Approval::Any, &Quiet).await.unwrap();
                desks[0].make_beside(&walk.connection, "register").unwrap();
                walk.oracle = footbridge_tests::Oracle::before(&walk.control());
            }
            let ended = interleaved(&walk, &desks, seed).await;
            busy += ended.busy;
            wrong.extend(ended.wrong.into_iter().map(|what| format!("run {seed}: {what}")));
            done += 1;
        }
        assert!(walk.desk().journal_verify().is_ok(), "the journal must hold");
    }
    println!("{done} runs, {busy} times another one was in the way\n{}", wrong.join("\n"));
    reached(
        "G-08",
        "interleavings of three instances, one of which dies",
        done,
        Target::AtLeast(if is_whole() { 500 } else { 6 }),
    );
    reached("G-08", "times an instance found another one at work (control)", busy, Target::AtLeast(1));
    reached("G-08", "double executions", wrong.len() as u64, Target::Exactly(0));
}

/// What one window remembers of the tenant is no longer so once another one has worked on the connection.
#[tokio::test]
async fn g08_what_another_instance_did_is_seen_before_anything_is_done() {
    let opened = Opened { tenant: small_tenant(), lasting: true, ..Opened::default() };
    let walk = Walkthrough::open("targetconnect", opened).await;
    walk.desk().confirm(&walk.connection, "notice", "Anna Weber", "read").unwrap();
    let desks = [instance(&walk), instance(&walk)];
    for desk in &desks {
        sign_in(&walk, desk).await;
    }
    let [first, second] = desks;
    for step in ["register", "note-ids"] {
        first.run(&walk.connection, step, Approval::Any, &Quiet).await.unwrap();
    }
    // The second one sees the application without a secret, and the first one adds one.
    let shown = second.run(&walk.connection, "secret", Approval::Plan(String::new()), &Quiet).await.unwrap();
    assert!(shown.step("secret").unwrap().plan.is_some(), "the second instance must have looked");
    first.run(&walk.connection, "secret", Approval::Any, &Quiet).await.unwrap();
    let list = second.run(&walk.connection, "secret", Approval::Any, &Quiet).await.unwrap();
    let view = list.step("register").unwrap();
    let world = walk.world();
    let application = world.rows("applications", "id", &view.outputs["application-object-id"])[0];
    let secrets = application["passwordCredentials"].as_array().map_or(0, Vec::len);
    assert_eq!(secrets, 1, "the second instance must see the secret of the first");
}

/// A process that is killed with its lease held: the next one has it at once, without waiting for anything to run out.
#[tokio::test]
async fn g08_a_stale_lease_is_taken_over() {
    let mut walk =
        Walkthrough::signed_in("targetconnect", Opened { lasting: true, ..Opened::default() }).await;
    walk.desk().confirm(&walk.connection, "notice", "Anna Weber", "read").unwrap();
    let lock = walk.folder().join("home").join(format!("connection-{}.lock", walk.connection));
    let mut holder = std::process::Command::new("flock")
        .args(["--exclusive", &lock.display().to_string(), "sleep", "600"])
        .process_group_of_its_own()
        .spawn()
        .expect("util-linux is here");
    let busy = |walk: &Walkthrough| {
        let (desk, connection) = (walk.desk().clone(), walk.connection.clone());
        async move {
            desk.run(&connection, "register", Approval::Any, &Quiet).await.err().map(|trouble| trouble.code)
        }
    };
    let mut looks = 0;
    while busy(&walk).await != Some(Code::ConnectionBusy) {
        looks += 1;
        assert!(looks < 10_000, "the other process never took the lease");
        tokio::task::yield_now().await;
    }
    let before = walk.control().now();
    holder.kill_whole_group();
    holder.wait().unwrap();
    walk.reopen();
    walk.sign_in().await.unwrap();
    assert_eq!(busy(&walk).await, None, "the lease must have gone with its holder");
    let took = (walk.control().now() - before).whole_seconds().unsigned_abs();
    reached("G-08", "seconds until a stale lease is taken over", took, Target::AtMost(30));
}

/// A group of processes, so that what `flock` starts ends with it.
trait Group {
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl Group for std::process::Command {
    fn process_group_of_its_own(&mut self) -> &mut Self {
        std::os::unix::process::CommandExt::process_group(self, 0)
    }
}

trait KillGroup {
    fn kill_whole_group(&mut self);
}

impl KillGroup for std::process::Child {
    fn kill_whole_group(&mut self) {
        let group = format!("-{}", self.id());
        let ended = std::process::Command::new("kill").args(["-KILL", "--", &group]).status().unwrap();
        assert!(ended.success());
    }
}
