//! How an account signs in: by key, protected key, password and agent.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_each_kind_sign_in_and_others_do_not() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    for kind in ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"] {
        let key = keygen(sshd.room.path(), &format!("own-{kind}"), kind, "");
        let private = SecretString::from(fs::read_to_string(&key).unwrap());
        let sign_in = SignIn::Key { private, passphrase: None };
        let account = Account { user: sshd.user.clone(), sign_in };
        let place = Place { name: format!("{kind}.footbridge"), ..place(&sshd.folder()) };
        let stopped = send(&sshd, &account, &place).await.unwrap_err();
        let SftpError::Refused { ways, .. } = &stopped.cause else { panic!("{stopped}") };
        assert_eq!(ways, &["publickey", "password"]);
        assert!(sshd.names().iter().all(|name| !name.contains(kind)));
        sshd.authorize(&key);
        send(&sshd, &account, &place).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_key_needs_its_passphrase_before_anything_is_sent() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let key = keygen(sshd.room.path(), "protected", "ed25519", "open sesame");
    sshd.authorize(&key);
    let rsa = keygen(sshd.room.path(), "rsa", "rsa", "");
    let cases = [
        (&key, None, Some(SftpError::PassphraseNeeded)),
        (&key, Some("open barley"), Some(SftpError::WrongPassphrase)),
        (&rsa, None, Some(SftpError::KeyIsRsa)),
        (&key, Some("open sesame"), None),
    ];
    for (key, passphrase, fault) in cases {
        let private = SecretString::from(fs::read_to_string(key).unwrap());
        let sign_in = SignIn::Key { private, passphrase: passphrase.map(SecretString::from) };
        let account = Account { user: sshd.user.clone(), sign_in };
        if fault.is_some() {
            assert_eq!(sshd.log().await, "", "nobody connected yet");
        }
        let sent = send(&sshd, &account, &place(&sshd.folder())).await;
        assert_eq!(sent.err().map(|stopped| stopped.cause), fault);
    }
    assert_eq!(sshd.names(), [NAME]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_signs_in_and_a_wrong_one_is_told_without_it() {
    if !cfg!(target_os = "linux") || !sshd::installed() || !sshd::pam_installed() {
        return;
    }
    let lines = ["", "PasswordAuthentication no\nKbdInteractiveAuthentication yes"];
    for (lines, way) in lines.into_iter().zip(["password", "keyboard-interactive"]) {
        let sshd = Sshd::start(&Setting { password: Some("right-Pa55word"), lines, ..Setting::default() });
        let account = |password: &str| Account {
            user: sshd.user.clone(),
            sign_in: SignIn::Password(SecretString::from(password)),
        };
        let place = place(&sshd.folder());
        let stopped = send(&sshd, &account("wrong-Pa55word"), &place).await.unwrap_err();
        let SftpError::Refused { ways, .. } = &stopped.cause else { panic!("{stopped}") };
        assert!(ways.iter().any(|known| known == way), "{ways:?}");
        assert!(!format!("{stopped} {stopped:?}").contains("Pa55word"), "{stopped:?}");
        assert!(sshd.names().is_empty());
        let receipt = send(&sshd, &account("right-Pa55word"), &place).await.unwrap();
        assert!(!format!("{receipt:?}").contains("Pa55word"));
        let log = sshd.log().await;
        assert!(log.contains(&format!("Accepted {way}")), "{log}");
        assert_eq!(sshd.names(), [NAME]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_proof_is_named() {
    if !sshd::installed() {
        return;
    }
    let lines = "AuthenticationMethods publickey,password";
    let sshd = Sshd::start(&Setting { lines, ..Setting::default() });
    let stopped = send(&sshd, &by_key(&sshd), &place(&sshd.folder())).await.unwrap_err();
    let SftpError::SecondProof { ways, .. } = &stopped.cause else { panic!("{stopped}") };
    assert_eq!(ways, &["password"]);
}

/// An SSH agent of its own, ended by its id.
struct Agent {
    child: std::process::Child,
    socket: std::path::PathBuf,
}

impl Agent {
    fn start(folder: &Path) -> Agent {
        let socket = folder.join("agent");
        let mut child =
            Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::piped()).spawn().unwrap();
        // It says its socket once that is there.
        let mut said = [0; 1];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
        Agent { child, socket }
    }

    fn add(&self, key: &Path) {
        let added = Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket).status();
        assert!(added.unwrap().success());
    }

    fn account(&self, sshd: &Sshd, only: Option<Fingerprint>) -> Account {
        let sign_in = SignIn::Agent { at: Some(self.socket.clone()), only };
        Account { user: sshd.user.clone(), sign_in }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_signs_in_with_the_key_it_holds() {
    if !sshd::installed() {
        return;
    }
    let sshd = Sshd::start(&Setting::default());
    let place = |name: &str| Place { name: name.into(), ..place(&sshd.folder()) };
    let agent = Agent::start(sshd.room.path());
    let stopped = send(&sshd, &agent.account(&sshd, None), &place("none")).await.unwrap_err();
    assert_eq!(stopped.cause, SftpError::AgentEmpty);
    let stranger = keygen(sshd.room.path(), "stranger", "ed25519", "");
    let rsa = keygen(sshd.room.path(), "rsa", "rsa", "");
    agent.add(&stranger);
    let stopped = send(&sshd, &agent.account(&sshd, None), &place("refused")).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::Refused { .. }), "{stopped}");
    agent.add(&sshd.room.path().join("account"));
    send(&sshd, &agent.account(&sshd, None), &place("second-key")).await.unwrap();
    let only = |key: &Path| Some(fingerprint(key).parse().unwrap());
    let stopped = send(&sshd, &agent.account(&sshd, only(&stranger)), &place("other")).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::Refused { .. }), "{stopped}");
    agent.add(&rsa);
    sshd.authorize(&rsa);
    send(&sshd, &agent.account(&sshd, only(&rsa)), &place("rsa-key")).await.unwrap();
    assert_eq!(sshd.names(), ["rsa-key", "second-key"]);
    let gone = agent.account(&sshd, None);
    drop(agent);
    let stopped = send(&sshd, &gone, &place("no-agent")).await.unwrap_err();
    assert!(matches!(stopped.cause, SftpError::NoAgent { .. }), "{stopped}");
}
