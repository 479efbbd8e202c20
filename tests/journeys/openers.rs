//! The bundle of a real run, opened by strangers of the vendor kit: Java with nothing but its JDK, PHP with nothing but
//! its openssl extension, Node alone, and the `jose` command. One flipped byte is refused by each.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use footbridge_tests::stranger;
use serde_json::Value;

use crate::child::{Home, program};

fn opener(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vendor-kit/openers").join(file).display().to_string()
}

fn with_ending(folder: &Path, ending: &str) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.to_string_lossy().ends_with(ending)).expect(ending)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn java_php_node_and_jose_open_the_bundle_of_a_run_and_refuse_a_flipped_byte() {
    let Some(program) = program() else { return };
    let mut home = Home::open().await;
    let key = home.path().join("own.jwk");
    let made = home.run(&program, &["bundle", "key", "--out", &key.display().to_string()], None);
    assert_eq!(made.code, Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    home.recipient = Some(home.path().join("own.public.jwk"));
    home.to_the_end(&program);
    let sealed = with_ending(&home.path().join("out"), ".footbridge");
    let altered = home.path().join("altered.footbridge");
    let mut bytes = std::fs::read(&sealed).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&altered, bytes).unwrap();

    let openers =
        [("java", "Opener.java"), ("php", "opener.php"), ("node", "opener.mjs"), ("bash", "opener.sh")];
    for (tool, file) in openers {
        if !stranger(tool) || (tool == "bash" && !stranger("jose")) {
            continue;
        }
        let run = |bundle: &Path| -> Output {
            Command::new(tool).arg(opener(file)).args([bundle, key.as_path()]).output().unwrap()
        };
        let opened = run(&sealed);
        assert!(opened.status.success(), "{tool}: {}", String::from_utf8_lossy(&opened.stderr));
        let payload: Value = serde_json::from_slice(&opened.stdout).unwrap();
        assert_eq!(payload["fields"].as_array().map(Vec::len), Some(7), "{tool}");
        let text = |part: &str, member: &str| payload[part][member].as_str().unwrap().to_owned();
        let (client, secret) = (text("app", "client_id"), text("credential", "secret"));
        assert!(home.tenant.signs_in(&client, &secret).await, "{tool} read a secret that does not sign in");
        assert!(!home.tenant.signs_in(&client, &secret.to_uppercase()).await, "any secret signs in");
        let refused = run(&altered);
        assert!(!refused.status.success(), "{tool} took a flipped byte");
        assert!(refused.stdout.is_empty(), "{tool} wrote something before it refused");
    }
}
