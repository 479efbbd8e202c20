//! A pretend display whose picture can be read while it is drawn: Xvfb keeps it in a file. By it a window is seen as a person
//! sees it, without a word from the program.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const WIDTH: usize = 1600;
const HEIGHT: usize = 1000;
/// Bytes of one row of the picture, at 24 bits in words of 32.
const ROW: usize = WIDTH * 4;
/// Every so many rows are looked at: lines of text are higher than that.
const STEP: usize = 8;

/// How long a window may take until it shows its last picture.
const PATIENCE: Duration = Duration::from_secs(60);
/// A picture that stays as it is for so long is the last one.
const STILL: Duration = Duration::from_secs(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(4);

/// The rows of a picture that are looked at, one after the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(Vec<u8>);

/// A display.
pub struct Screen {
    server: Child,
    /// What programs are given as DISPLAY.
    pub name: String,
    picture: File,
    /// Where the picture begins in the file.
    start: u64,
    _folder: TempDir,
}

impl Screen {
    /// Opens a display, or says why there is none.
    pub fn open() -> Result<Self, &'static str> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("{WIDTH}x{HEIGHT}x24");
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &size, "-nocursor", "-nolisten", "tcp", "-fbdir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| "Xvfb is not on this machine")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb ended before it had a display");
        let picture = File::open(folder.path().join("Xvfb_screen0")).unwrap();
        let start = beginning(&picture);
        Ok(Self { server, name: format!(":{}", number.trim()), picture, start, _folder: folder })
    }

    /// The picture as it is now.
    pub fn look(&self) -> Picture {
        let rows = HEIGHT.div_ceil(STEP);
        let mut bytes = vec![0; rows * ROW];
        for (row, into) in bytes.chunks_mut(ROW).enumerate() {
            let at = self.start + u64::try_from(row * STEP * ROW).unwrap();
            self.picture.read_exact_at(into, at).unwrap();
        }
        Picture(bytes)
    }

    /// Waits until the picture is another one than `before` and stays as it is.
    pub fn settled(&self, before: &Picture) -> Picture {
        let (begin, mut last, mut since) = (Instant::now(), self.look(), Instant::now());
        loop {
            assert!(begin.elapsed() < PATIENCE, "the window never came to rest");
            std::thread::sleep(PAUSE);
            let now = self.look();
            if now != last {
                (last, since) = (now, Instant::now());
            } else if now != *before && since.elapsed() > STILL {
                return now;
            }
        }
    }

    /// Waits until the picture is this one.
    pub fn shows(&self, wanted: &Picture) {
        let begin = Instant::now();
        while !self.look().is_like(wanted) {
            assert!(begin.elapsed() < PATIENCE, "the window did not show what it showed before");
            std::thread::sleep(PAUSE);
        }
    }
}

impl Picture {
    /// Whether no more than one byte in 10,000 differs: as much as the edge of a letter, and less than a button.
    fn is_like(&self, other: &Self) -> bool {
        let differing = self.0.iter().zip(&other.0).filter(|(one, another)| one != another).count();
        differing * 10_000 <= self.0.len()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Behind the header, whose length is its first word, and the colours, twelve bytes each, whose number is its twentieth word
/// (XWDFile.h); the words are in the order of the network.
fn beginning(picture: &File) -> u64 {
    let word = |index: u64| {
        let mut bytes = [0; 4];
        picture.read_exact_at(&mut bytes, index * 4).unwrap();
        u64::from(u32::from_be_bytes(bytes))
    };
    word(0) + word(19) * 12
}
