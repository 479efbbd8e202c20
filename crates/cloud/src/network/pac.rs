//! Whether the system is set to a script that chooses the proxy (PAC). Such a script is a program of somebody else and is
//! never fetched or run; that it is there explains why no way was found, so it is told.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use url::Url;

/// The variables that desktops set for programs that read no settings.
const VARIABLES: [&str; 2] = ["auto_proxy", "AUTO_PROXY"];
const PATIENCE: Duration = Duration::from_secs(2);

/// The script's address without user, password and query.
pub(super) async fn of_the_system() -> Option<String> {
    let told = VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|told| !told.is_empty()));
    if let Some(told) = told {
        return Some(shown(&told));
    }
    let told = if cfg!(target_os = "macos") {
        mac(&ask(Path::new("/usr/sbin/scutil"), &["--proxy"]).await?)
    } else if cfg!(windows) {
        windows(&ask(&registry_reader()?, &["query", INTERNET_SETTINGS, "/v", "AutoConfigURL"]).await?)
    } else {
        let reader = Path::new("/usr/bin/gsettings");
        let mode = ask(reader, &["get", "org.gnome.system.proxy", "mode"]).await?;
        if mode.trim() != "'auto'" {
            return None;
        }
        gnome(&ask(reader, &["get", "org.gnome.system.proxy", "autoconfig-url"]).await?)
    };
    told.map(|told| shown(&told))
}

const INTERNET_SETTINGS: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings";

fn registry_reader() -> Option<PathBuf> {
    let root = std::env::var_os("SystemRoot").filter(|root| Path::new(root).is_absolute())?;
    Some(Path::new(&root).join("System32").join("reg.exe"))
}

/// What a program of the system prints, or nothing where it is missing, refuses or takes long.
async fn ask(program: &Path, words: &[&str]) -> Option<String> {
    if !program.is_file() {
        return None;
    }
    let mut asked = tokio::process::Command::new(program);
    asked.args(words).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, asked.output()).await.ok()?.ok()?;
    ended.status.success().then(|| String::from_utf8_lossy(&ended.stdout).into_owned())
}

fn gnome(text: &str) -> Option<String> {
    let address = text.trim().trim_matches('\'').to_owned();
    Some(if address.is_empty() { "WPAD".to_owned() } else { address })
}

fn mac(text: &str) -> Option<String> {
    let value = |name: &str| {
        text.lines().filter_map(|line| line.split_once(" : ")).find(|(key, _)| key.trim() == name)
    };
    let is_on = value("ProxyAutoConfigEnable").is_some_and(|(_, value)| value.trim() == "1");
    is_on.then(|| value("ProxyAutoConfigURLString").map(|(_, value)| value.trim().to_owned()))?
}

fn windows(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with("AutoConfigURL"))?;
    let address = line.split_once("REG_SZ")?.1.trim();
    (!address.is_empty()).then(|| address.to_owned())
}

fn shown(told: &str) -> String {
    match Url::parse(told) {
        Ok(mut address) => {
            let _ = (address.set_username(""), address.set_password(None));
            address.set_query(None);
            address.set_fragment(None);
            crate::text::scrub(address.as_str())
        }
        Err(_) => "WPAD".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_says_it_in_its_own_words() {
        let address = "http://wpad.example.com/proxy.pac";
        assert_eq!(gnome("'http://wpad.example.com/proxy.pac'\n").as_deref(), Some(address));
        assert_eq!(gnome("''\n").as_deref(), Some("WPAD"));
        let told = "<dictionary> {\n  HTTPEnable : 0\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://wpad.example.com/proxy.pac\n}\n";
        assert_eq!(mac(told).as_deref(), Some(address));
        assert_eq!(mac(&told.replace("ConfigEnable : 1", "ConfigEnable : 0")), None);
        let told = "\r\nHKEY_CURRENT_USER\\Software\r\n    AutoConfigURL    REG_SZ    http://wpad.example.com/proxy.pac\r\n\r\n";
        assert_eq!(windows(told).as_deref(), Some(address));
        assert_eq!(windows("ERROR: The system was unable to find the specified key"), None);
    }

    #[test]
    fn a_password_in_the_address_is_not_repeated() {
        assert_eq!(
            shown("http://ada:hunter2@wpad.example.com/p.pac?t=hunter2"),
            "http://wpad.example.com/p.pac"
        );
        assert_eq!(shown("hunter2"), "WPAD");
    }
}
