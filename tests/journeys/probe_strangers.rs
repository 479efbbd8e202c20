//! OpenSSL as a second judge: what the probe calls good it verifies, and what the probe refuses it refuses, for the
//! reason that the probe names.

use std::process::Stdio;

use footbridge_tests::stranger;
use probe::Step;
use simulator::web::Mode;
use tokio::process::Command;

use crate::probe::{HOST, served, validated};

/// OpenSSL's own numbers (openssl-verify(1)): expired, self-signed, no issuer found, another host.
const CASES: [(Mode, &str, &str); 7] = [
    (Mode::Good, "", "Verify return code: 0 (ok)"),
    (Mode::Expired, "expired", "verify error:num=10:"),
    (Mode::NotYetValid, "not-yet-valid", "verify error:num=9:"),
    (Mode::SelfSigned, "self-signed", "verify error:num=18:"),
    (Mode::MissingIntermediate, "missing-intermediate", "verify error:num=20:"),
    (Mode::PrivateAuthority, "not-public", "verify error:num=20:"),
    (Mode::WrongName, "wrong-name", "verify error:num=62:"),
];

#[tokio::test]
async fn openssl_agrees_with_every_verdict() {
    if !stranger("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (mode, code, said) in CASES {
        let server = served(mode.clone()).await;
        let report = validated(&server).await;
        assert_eq!(report.bad().map(probe::Fault::code).collect::<Vec<_>>().join(","), code, "{mode:?}");
        assert_eq!(report.finding(Step::Encryption).unwrap().fault(), None);

        let root = folder.path().join("root.pem");
        std::fs::write(&root, server.root_pem()).unwrap();
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-verify_return_error", "-servername", HOST, "-verify_hostname", HOST]);
        openssl.arg("-connect").arg(server.address().to_string()).arg("-CAfile").arg(&root);
        let out = openssl.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(text.contains(said), "{mode:?}: {text}");
        assert_eq!(out.status.success(), code.is_empty(), "{mode:?}: {text}");
    }
}
