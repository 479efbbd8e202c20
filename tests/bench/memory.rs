//! What processes hold in memory, as the kernel counts it.

use std::collections::BTreeMap;

/// The most that a process has held so far, in bytes; nothing once it has ended.
pub fn most_of(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    kibibytes(&text, "VmHWM:")
}

/// What a process and all that it started hold now, each page shared out among those that share it (PSS), in bytes.
pub fn shared_out(process: u32) -> u64 {
    tree(process).iter().filter_map(|one| proportional(*one)).sum()
}

/// A process and all that it started, however deep.
pub fn tree(process: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        if let Some(parent) = parent(id) {
            children.entry(parent).or_default().push(id);
        }
    }
    let (mut found, mut open) = (Vec::new(), vec![process]);
    while let Some(one) = open.pop() {
        found.push(one);
        open.extend(children.remove(&one).unwrap_or_default());
    }
    found
}

fn proportional(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    kibibytes(&text, "Pss:")
}

/// Whether a process still runs; one that has ended may stay in the list until somebody asks how.
pub fn runs(process: u32) -> bool {
    word(process, 0).is_some_and(|state| state != "Z" && state != "X")
}

fn parent(process: u32) -> Option<u32> {
    word(process, 1)?.parse().ok()
}

/// A word behind the name, which stands in brackets and may hold blanks: the state, then the parent (proc_pid_stat(5)).
fn word(process: u32, index: usize) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().nth(index)?.to_owned())
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}
