//! From the start of the program until its window shows its first page whole, beside a window of the same framework and web view
//! with next to nothing in it. A page that is drawn can be clicked: its handlers are there before its first picture is. Both are
//! started in turns with fresh folders; the disk is warm.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::memory;
use crate::process;
use crate::row::{Line, as_f64, mebibytes, median, seconds, times};
use crate::screen::{Picture, Screen};

const MOST: f64 = 1.2;

/// How long a window that is ready rests before its memory is read.
const REST: Duration = Duration::from_secs(1);

/// A window and what was seen of it.
struct Seen {
    program: PathBuf,
    /// Variables that it is started with beside those of both.
    variables: &'static [(&'static str, &'static str)],
    last: Option<Picture>,
    ready: Vec<f64>,
    memory: Vec<f64>,
}

/// Measures the row.
pub fn measure() -> Vec<Line> {
    let ready = Line::new("window/ready", "window ready for a click, warm disk", "at most 1.2 times");
    let held =
        Line::new("window/memory", "its memory (PSS with the web view's processes)", "at most 1.2 times");
    let found = (process::named("FOOTBRIDGE_DESKTOP"), process::named("FOOTBRIDGE_EMPTY_WINDOW"));
    let (Some(ours), Some(empty)) = found else {
        let why = "footbridge-desktop or the empty window is not built";
        return vec![ready.left_out(why), held.left_out(why)];
    };
    let screen = match Screen::open() {
        Ok(screen) => screen,
        Err(why) => return vec![ready.left_out(why), held.left_out(why)],
    };
    let blank = screen.look();
    // Footbridge finds by itself that this display has no graphics card; the other has to be told.
    let told = &[("WEBKIT_DISABLE_DMABUF_RENDERER", "1")];
    let mut windows = [Seen::of(ours, &[]), Seen::of(empty, told)];
    for turn in 0..=times(9) {
        for window in &mut windows {
            window.open_once(&screen, &blank, turn > 0);
        }
    }
    let [ours, empty] = windows;
    let (time, empty_time) = (median(&ours.ready), median(&empty.ready));
    let (memory, empty_memory) = (median(&ours.memory), median(&empty.memory));
    vec![
        ready
            .ours(seconds(time))
            .against(format!("an empty window: {}", seconds(empty_time)))
            .at_most(time / empty_time, MOST),
        held.ours(mebibytes(whole(memory)))
            .against(format!("an empty window: {}", mebibytes(whole(empty_memory))))
            .at_most(memory / empty_memory, MOST),
    ]
}

fn whole(bytes: f64) -> u64 {
    bytes as u64
}

impl Seen {
    fn of(program: PathBuf, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { program, variables, last: None, ready: Vec::new(), memory: Vec::new() }
    }

    /// Opens the window, waits for its last picture and closes it. The first time that picture is learnt.
    fn open_once(&mut self, screen: &Screen, blank: &Picture, counts: bool) {
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let child = Open(self.start(screen, &folder));
        match &self.last {
            Some(last) => screen.shows(last),
            None => self.last = Some(screen.settled(blank)),
        }
        let ready = start.elapsed().as_secs_f64();
        std::thread::sleep(REST);
        if counts {
            self.ready.push(ready);
            self.memory.push(as_f64(memory::shared_out(child.0.id())));
        }
        drop(child);
        screen.shows(blank);
    }

    fn start(&self, screen: &Screen, folder: &TempDir) -> Child {
        let at = |name: &str| -> PathBuf { folder.path().join(name) };
        let mut command: Command = process::program(&self.program);
        command.env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
        command.env("LANG", "C.UTF-8").env("HOME", folder.path()).env("FOOTBRIDGE_DATA_DIR", at("data"));
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env(name, at(name));
        }
        command.envs(self.variables.iter().copied()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }
}

/// A window that is open; with it go the web view's own processes.
struct Open(Child);

impl Drop for Open {
    fn drop(&mut self) {
        let all = memory::tree(self.0.id());
        let _ = self.0.kill();
        let _ = self.0.wait();
        // The web view's processes end by themselves when they have nobody to draw for.
        let begin = Instant::now();
        while all.iter().any(|id| memory::runs(*id)) && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
