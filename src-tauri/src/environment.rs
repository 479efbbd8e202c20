//! The environment that the web view starts in: without the switches that let somebody listen in, and with the one that keeps
//! the window from staying white where the machine's graphics would make it so.
//! What listens is read while libraries are loaded, so the process starts itself anew without it; the renderer's switch is
//! read when the web view starts, so it is set in place.

use std::{ffi::OsStr, fs::OpenOptions, path::Path, process::Command};

use crate::guard;

/// Switches through which somebody could listen in on the web view.
const LISTENING: [&str; 5] = [
    "WEBKIT_INSPECTOR_SERVER",
    "WEBKIT_INSPECTOR_HTTP_SERVER",
    "WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS",
    "GTK_MODULES",
    "LD_PRELOAD",
];

/// WebKitGTK's own switch: pictures go to the window through plain memory and not through the graphics card's.
const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// What of a machine decides whether a web view's picture reaches the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Graphics {
    /// The window is WebKitGTK's.
    webkit: bool,
    /// NVIDIA's own driver is loaded.
    nvidia: bool,
    /// There is a device for drawing that this person may use.
    device: bool,
}

/// How the process has to be started anew.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    without: Vec<&'static str>,
    with: Option<(&'static str, &'static str)>,
}

/// Starts the process anew where its environment is not as it has to be. A driven window is left as it is: its driver listens
/// through the inspector, and takes its pictures from the graphics card's memory.
pub fn settle() {
    if guard::is_driven() {
        return;
    }
    let Some(change) = change(|name| std::env::var_os(name).is_some(), &look()) else { return };
    if change.without.is_empty() && change.with.is_some_and(|(name, value)| set_in_place(name, value)) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    start_anew(&program, &change);
}

/// What has to change, if anything. What the admin set for the renderer is left, whatever it says.
fn change(is_set: impl Fn(&str) -> bool, graphics: &Graphics) -> Option<Change> {
    let without: Vec<&'static str> = LISTENING.into_iter().filter(|name| is_set(name)).collect();
    let with = (stays_white(graphics) && !is_set(RENDERER)).then_some((RENDERER, "1"));
    (with.is_some() || !without.is_empty()).then_some(Change { without, with })
}

/// NVIDIA's driver does not hand over the memory that WebKitGTK asks it for, and without a device there is none to hand over.
fn stays_white(graphics: &Graphics) -> bool {
    graphics.webkit && (graphics.nvidia || !graphics.device)
}

fn look() -> Graphics {
    Graphics {
        webkit: cfg!(target_os = "linux"),
        nvidia: Path::new("/proc/driver/nvidia/version").exists(),
        device: has_device(Path::new("/dev/dri")),
    }
}

/// Whether one of the devices in a folder is for drawing and can be used.
fn has_device(folder: &Path) -> bool {
    let draws = |name: &OsStr| name.to_string_lossy().starts_with("renderD");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| draws(&entry.file_name()))
        .any(|entry| OpenOptions::new().read(true).write(true).open(entry.path()).is_ok())
}

/// Whether a variable could be set for this process and those it starts. Nothing else runs in it yet.
#[cfg(target_os = "linux")]
fn set_in_place(name: &str, value: &str) -> bool {
    // To start anew would load the whole of WebKitGTK twice.
    gtk::glib::setenv(name, value, true).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn set_in_place(_name: &str, _value: &str) -> bool {
    false
}

fn start_anew(program: &Path, change: &Change) {
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).envs(change.with);
    for name in &change.without {
        again.env_remove(name);
    }
    #[cfg(unix)]
    {
        // Only returns when it did not work. A window that somebody can listen in on is not opened then.
        let _ = std::os::unix::process::CommandExt::exec(&mut again);
        if !change.without.is_empty() {
            std::process::exit(1);
        }
    }
    #[cfg(not(unix))]
    {
        let code = again.status().ok().and_then(|status| status.code()).unwrap_or(1);
        std::process::exit(code);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SOUND: Graphics = Graphics { webkit: true, nvidia: false, device: true };

    #[test]
    fn a_sound_machine_starts_once() {
        assert_eq!(change(|_| false, &SOUND), None);
    }

    #[test]
    fn no_window_stays_white() {
        for graphics in [Graphics { nvidia: true, ..SOUND }, Graphics { device: false, ..SOUND }] {
            let wanted = Change { without: vec![], with: Some((RENDERER, "1")) };
            assert_eq!(change(|_| false, &graphics), Some(wanted), "{graphics:?}");
            // The second start finds it set, and so does one where the admin set it, to whatever.
            assert_eq!(change(|name| name == RENDERER, &graphics), None, "{graphics:?}");
        }
    }

    #[test]
    fn other_systems_have_another_web_view() {
        assert_eq!(change(|_| false, &Graphics { webkit: false, nvidia: true, device: false }), None);
    }

    #[test]
    fn what_listens_is_taken_away_and_the_rest_is_left() {
        for listening in LISTENING {
            let wanted = Change { without: vec![listening], with: None };
            assert_eq!(change(|name| name == listening, &SOUND), Some(wanted));
        }
        let both = change(|name| name == "LD_PRELOAD", &Graphics { nvidia: true, ..SOUND }).unwrap();
        assert_eq!((both.without, both.with), (vec!["LD_PRELOAD"], Some((RENDERER, "1"))));
    }

    #[test]
    fn only_a_device_for_drawing_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_device(&folder.path().join("missing")));
        std::fs::write(folder.path().join("card0"), "").unwrap();
        assert!(!has_device(folder.path()));
        std::fs::write(folder.path().join("renderD128"), "").unwrap();
        assert!(has_device(folder.path()));
    }
}
