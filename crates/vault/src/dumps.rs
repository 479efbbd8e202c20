//! Keeps the memory of this process out of core dumps. `/proc/self/coredump_filter` = 0 leaves no mapping in a dump, and a
//! core limit of one byte stops the kernel from piping one to a collector such as systemd-coredump, which a limit of 0
//! does not (core(5), "Piping core dumps to a program"). PR_SET_DUMPABLE would break the file dialogs of desktop portals.

use std::io;

/// Does it for this process and for every child that it starts. On Windows and macOS there is nothing to do: neither
/// writes dumps of user programs unless an administrator says so.
///
/// # Errors
/// What the system said. The program may go on: a dump is written only where somebody asked for dumps.
pub fn keep_out_of_dumps() -> io::Result<()> {
    platform::keep_out()
}

#[cfg(unix)]
mod platform {
    use std::io;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// The least that is not 0.
    const LIMIT: u64 = 1;

    pub(super) fn keep_out() -> io::Result<()> {
        let most = getrlimit(Resource::Core).maximum;
        let least = most.map_or(LIMIT, |most| most.min(LIMIT));
        setrlimit(Resource::Core, Rlimit { current: Some(least), maximum: Some(least) })?;
        filter()
    }

    #[cfg(target_os = "linux")]
    fn filter() -> io::Result<()> {
        // Opened without O_CREAT, so that nothing is made where there is no such file.
        let mut filter = std::fs::OpenOptions::new().write(true).open("/proc/self/coredump_filter")?;
        io::Write::write_all(&mut filter, b"0")
    }

    #[cfg(not(target_os = "linux"))]
    fn filter() -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
mod platform {
    use std::io;

    pub(super) fn keep_out() -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn this_process_leaves_no_mapping_in_a_dump_and_writes_none() {
        super::keep_out_of_dumps().unwrap();
        let filter = std::fs::read_to_string("/proc/self/coredump_filter").unwrap();
        assert_eq!(filter.trim().trim_start_matches('0'), "");
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let limits: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        assert!(limits.len() == 2 && limits.iter().all(|limit| *limit <= 1), "{line}");
    }
}
