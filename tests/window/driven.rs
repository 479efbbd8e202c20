//! One window with a data folder, a driver and a port of its own. Waits look at the page, never at the clock alone.

use std::{
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thirtyfour::{Capabilities, Key, WebDriver};

const PATIENCE: Duration = Duration::from_secs(40);

/// A policy beside the window's own folder is in force for it.
const POLICY: &str = "policy.toml";

pub struct Driven {
    driver: WebDriver,
    process: Child,
    folder: tempfile::TempDir,
}

impl Driven {
    /// Opens the window with settings of a language and a theme.
    pub async fn open(language: &str, theme: &str) -> Driven {
        Self::open_with(language, theme, "memory", Duration::ZERO).await
    }

    /// The same on a machine for which an administrator laid something down.
    pub async fn open_managed(language: &str, theme: &str, policy: &str) -> Driven {
        let folder = folder_with(language, theme, "memory");
        std::fs::write(folder.path().join(POLICY), policy).unwrap();
        Self::open_at(folder, Duration::ZERO).await
    }

    /// The same, where nobody answers the native questions.
    pub async fn open_unconfirmed(language: &str, theme: &str) -> Driven {
        let folder = folder_with(language, theme, "memory");
        Self::begin(folder, Duration::ZERO, "0").await
    }

    /// The same, where the native questions are answered with yes until `confirms_no_more`.
    pub async fn open_while_confirmed(language: &str, theme: &str) -> Driven {
        let folder = folder_with(language, theme, "memory");
        let yes = folder.path().join("yes");
        std::fs::write(&yes, "").unwrap();
        Self::begin(folder, Duration::ZERO, yes.to_str().unwrap()).await
    }

    /// From now on nobody answers the native questions.
    pub fn confirms_no_more(&self) {
        std::fs::remove_file(self.folder.path().join("yes")).unwrap();
    }

    /// The same with a vault, and a pretend tenant that takes its time for each answer.
    pub async fn open_with(language: &str, theme: &str, vault: &str, latency: Duration) -> Driven {
        Self::open_at(folder_with(language, theme, vault), latency).await
    }

    /// Closes the window and opens it again over the same folder.
    pub async fn reopened(mut self) -> Driven {
        let _ = self.driver.clone().quit().await;
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        self.end();
        Self::open_at(folder, Duration::ZERO).await
    }

    /// A browser of the same engine with nothing of ours, for controls.
    pub async fn bare() -> Driven {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XDG_CACHE_HOME", folder.path())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("WebKitWebDriver (package webkit2gtk-driver)");
        let driver = session(port, &Capabilities::new()).await;
        Driven { driver, process, folder }
    }

    /// Shows an address.
    pub async fn go(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// Waits until the page was drawn twice more.
    pub async fn settle(&self) {
        let settled = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => done(null)))";
        self.driver.execute_async(settled, Vec::new()).await.unwrap();
    }

    async fn open_at(folder: tempfile::TempDir, latency: Duration) -> Driven {
        Self::begin(folder, latency, "1").await
    }

    async fn begin(folder: tempfile::TempDir, latency: Duration, confirms: &str) -> Driven {
        no_window_is_left().await;
        let data = folder.path().join("data");
        let policy = Some(folder.path().join(POLICY)).filter(|path| path.exists()).unwrap_or_default();
        let port = free_port();
        let process = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("FOOTBRIDGE_TEST_CONFIRM", confirms)
            .env("FOOTBRIDGE_TEST_LATENCY", latency.as_millis().to_string())
            .env("FOOTBRIDGE_DATA_DIR", &data)
            .env("FOOTBRIDGE_POLICY", policy)
            .env("PATH", format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default()))
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XDG_CACHE_HOME", folder.path())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("WebKitWebDriver (package webkit2gtk-driver)");
        let mut wanted = Capabilities::new();
        wanted.set("webkitgtk:browserOptions", json!({ "binary": binary(), "args": [] })).unwrap();
        let driver = session(port, &wanted).await;
        Driven { driver, process, folder }
    }

    /// Starts the app once more with a file, as the file manager does; the start that is not the first one ends at once.
    pub fn start_again_with(&self, file: &std::path::Path) {
        let ended = Command::new(binary())
            .arg(file.file_name().unwrap())
            .current_dir(file.parent().unwrap())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("FOOTBRIDGE_DATA_DIR", self.data())
            .env("XDG_DATA_HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path())
            .env("XDG_CACHE_HOME", self.folder.path())
            .status()
            .unwrap();
        assert!(ended.success(), "the second start ended with {ended}");
    }

    /// The address that the system's browser was asked to show last.
    pub fn browsed(&self) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join("browsed")).ok().map(|text| text.trim().to_owned())
    }

    /// Gives the page this size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        self.resize_at(width, height, 100).await;
    }

    /// The same where everything is drawn larger, in percent: the page has fewer pixels of its own then.
    pub async fn resize_at(&self, width: u32, height: u32, zoom: u32) {
        self.driver.set_window_rect(0, 0, width, height).await.unwrap();
        let near = |name: &str, wanted: u32| format!("Math.abs({name} * {zoom} / 100 - {wanted}) <= 2");
        let size = format!("{} && {}", near("innerWidth", width), near("innerHeight", height));
        self.until(&format!("a window of {width} x {height}"), &size).await;
    }

    /// Waits until the size of the window is kept on disk.
    pub async fn size_is_kept(&self, width: u32, height: u32) {
        let path = self.folder.path().join("org.footbridge.desktop/.window-state.json");
        let begin = Instant::now();
        loop {
            let kept: Value = std::fs::read(&path)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default();
            if (&kept["main"]["width"], &kept["main"]["height"]) == (&json!(width), &json!(height)) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "the size was not kept: {kept}");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// The folder in which the window keeps everything.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where the sealed file went.
    pub fn handed_over(&self) -> PathBuf {
        self.folder.path().join("data/handed-over")
    }

    /// Begins to listen to what the window asks the session bus to show; nobody has to answer there.
    pub async fn listen_to_notifications(&self) -> Listening {
        let path = self.folder.path().join("notifications");
        let process = Command::new("dbus-monitor")
            .args(["--session", "interface='org.freedesktop.Notifications',member='Notify'"])
            .stdout(std::fs::File::create(&path).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-monitor (package dbus)");
        let listening = Listening { process, path };
        // It is heard that it listens.
        listening.until("NameAcquired").await;
        listening
    }

    /// Where certificates are exported to.
    pub fn exported(&self) -> PathBuf {
        self.folder.path().join("data/exported")
    }

    /// The file that the next import opens.
    pub fn offer_for_import(&self, file: &Path) {
        let folder = self.folder.path().join("data/to-import");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    }

    /// Runs a script and gives back what it returns.
    pub async fn run(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await;
        answer.map_or_else(|why| json!(format!("refused: {why}")), |answer| answer.json().clone())
    }

    /// Waits until a script returns something true.
    pub async fn until(&self, what: &str, condition: &str) {
        let begin = Instant::now();
        while self.run(&format!("return Boolean({condition})")).await != true {
            if begin.elapsed() > PATIENCE {
                let text = self.run("return document.body.innerText").await;
                panic!("waited for {what}; the window shows:\n{}", text.as_str().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    pub async fn wait_for(&self, selector: &str) {
        self.until(selector, &format!("document.querySelector({})", json!(selector))).await;
    }

    /// Clicks with the pointer, where a person would.
    pub async fn click(&self, selector: &str) {
        let alive = format!(
            "(() => {{ const it = document.querySelector({}); return it && !it.disabled }})()",
            json!(selector)
        );
        self.until(&format!("{selector} to be alive"), &alive).await;
        let begin = Instant::now();
        loop {
            let clicked = match self.driver.find(thirtyfour::By::Css(selector)).await {
                Ok(element) => {
                    let _ = element.scroll_into_view().await;
                    element.click().await
                }
                Err(why) => Err(why),
            };
            match clicked {
                Ok(()) => return,
                Err(why) if begin.elapsed() > PATIENCE => panic!("{selector} cannot be clicked: {why}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(60)).await,
            }
        }
    }

    /// Presses a key, such as [`Key::Enter`].
    pub async fn press(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.unwrap();
    }

    /// Presses a key together with Ctrl.
    pub async fn press_with_control(&self, key: char) {
        let chain =
            self.driver.action_chain().key_down(Key::Control).send_keys(key.to_string()).key_up(Key::Control);
        chain.perform().await.unwrap();
    }

    /// Presses a key while another is held.
    pub async fn press_with(&self, held: Key, key: Key) {
        let chain = self.driver.action_chain().key_down(held.clone()).send_keys(key).key_up(held);
        chain.perform().await.unwrap();
    }

    /// Types a text into what has the focus.
    pub async fn write(&self, text: &str) {
        self.driver.action_chain().send_keys(text).perform().await.unwrap();
    }

    /// Starts the program once more over the same folder, and waits for its end.
    pub fn second_start(&self) -> std::process::ExitStatus {
        let mut command = Command::new(binary());
        command.env("FOOTBRIDGE_DATA_DIR", self.data()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap()
    }

    /// Enters a value as typing would.
    pub async fn enter(&self, selector: &str, value: &str) {
        self.wait_for(selector).await;
        let script = format!(
            "const it = document.querySelector({}); it.value = {}; for (const kind of ['input', 'change']) it.dispatchEvent(new Event(kind, {{ bubbles: true }})); return null",
            json!(selector),
            json!(value)
        );
        self.run(&script).await;
    }

    pub async fn is_there(&self, selector: &str) -> bool {
        self.run(&format!("return Boolean(document.querySelector({}))", json!(selector))).await == true
    }

    /// Fails with every fault that axe finds on what is shown.
    pub async fn no_fault(&self, screen: &str) {
        let faults = self.faults("{ iframes: false }").await;
        assert!(faults.is_empty(), "axe on {screen}:\n{}", faults.join("\n"));
    }

    /// The same for what alone depends on light and dark.
    pub async fn no_fault_of_colour(&self, screen: &str) {
        let faults = self.faults("{ iframes: false, runOnly: ['color-contrast'] }").await;
        assert!(faults.is_empty(), "axe on {screen}:\n{}", faults.join("\n"));
    }

    async fn faults(&self, options: &str) -> Vec<String> {
        if self.run("return Boolean(window.axe)").await != true {
            let source = std::fs::read_to_string(root().join("ui/node_modules/axe-core/axe.min.js"))
                .expect("axe-core: npm ci in ui");
            self.run(&format!("{source}; return null")).await;
        }
        let script = format!(
            "const done = arguments[arguments.length - 1]; axe.run(document, {options}).then(found => done(found.violations.map(one => one.id + ' ' + one.nodes.map(node => node.html.slice(0, 160)).join(' | '))))"
        );
        self.driver.execute_async(script, Vec::new()).await.unwrap().convert().unwrap()
    }

    /// The control: axe does find a planted fault.
    pub async fn axe_finds_a_planted_fault(&self) {
        self.run("const it = document.createElement('input'); it.id = 'planted'; document.querySelector('main').append(it); return null").await;
        let script = "const done = arguments[arguments.length - 1]; axe.run(document, { iframes: false }).then(found => done(found.violations.map(one => one.id)))";
        let found: Vec<String> =
            self.driver.execute_async(script, Vec::new()).await.unwrap().convert().unwrap();
        self.run("document.getElementById('planted').remove(); return null").await;
        assert!(found.iter().any(|id| id == "label"), "{found:?}");
    }

    /// Takes a picture of a settled frame, when pictures are wanted.
    pub async fn picture(&self, name: &str) {
        if std::env::var("FOOTBRIDGE_WRITE_SCREENS").as_deref() != Ok("1") {
            return;
        }
        self.settle().await;
        let folder = root().join("docs/screens");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.driver.screenshot_as_png().await.unwrap())
            .unwrap();
    }

    pub async fn close(mut self) {
        let _ = self.driver.clone().quit().await;
        self.end();
    }

    /// Ends the driver and the window it opened; a window that stays would be found by the next test's.
    fn end(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.end();
        // The driver is gone: without this the client would wait two minutes to say goodbye.
        let _ = self.driver.clone().leak();
    }
}

/// Waits until no window owns the application's name on the session bus: a new one would hand itself to it and end.
async fn no_window_is_left() {
    let begin = Instant::now();
    loop {
        let asked = Command::new("dbus-send")
            .args([
                "--session",
                "--print-reply=literal",
                "--dest=org.freedesktop.DBus",
                "/org/freedesktop/DBus",
            ])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.footbridge.desktop.SingleInstance"])
            .output()
            .expect("dbus-send (package dbus)");
        let answer = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
        if answer == "boolean false" {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "a window is still there: {answer} {asked:?}");
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}

/// A new folder with settings, and a browser that only notes where it was sent.
fn folder_with(language: &str, theme: &str, vault: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({
        "language": language, "theme": theme, "cloud": "global", "cloudFile": null, "clientId": null,
        "vault": vault, "lastScreen": null,
    });
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("settings.json"), settings.to_string()).unwrap();
    plant_browser(folder.path());
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A session with the driver on a port, as soon as it listens.
async fn session(port: u16, wanted: &Capabilities) -> WebDriver {
    let address = format!("http://127.0.0.1:{port}");
    let begin = Instant::now();
    loop {
        match WebDriver::new(&address, wanted.clone()).await {
            Ok(driver) => return driver,
            Err(why) if begin.elapsed() > PATIENCE => panic!("no session with the window: {why}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Hears the notifications of a session.
pub struct Listening {
    process: Child,
    path: PathBuf,
}

impl Listening {
    /// Waits until this was said.
    pub async fn until(&self, said: &str) {
        let begin = Instant::now();
        loop {
            let heard = std::fs::read_to_string(&self.path).unwrap();
            if heard.contains(said) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{said} was not heard on the session bus:\n{heard}");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser that only notes where it was sent.
fn plant_browser(folder: &Path) {
    let noted = folder.join("browsed");
    let path = folder.join("xdg-open");
    std::fs::write(&path, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", noted.display())).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn binary() -> PathBuf {
    let named = std::env::var_os("FOOTBRIDGE_DESKTOP").map(PathBuf::from);
    let built = ["debug", "release"].map(|kind| root().join("target").join(kind).join("footbridge-desktop"));
    let found = named.into_iter().chain(built).find(|path| path.exists());
    found.expect("cargo build -p footbridge-desktop --features custom-protocol")
}
