//! A page of the manual as its reader types it: the commands of its fenced blocks in their order, with what stands in a
//! comment right before a block. It only reads; who runs them decides what a command needs.
//!
//! ```text
//! <!-- file: NAME -->           the block is the content of this file, not commands
//! <!-- ends: 0 3 -->            how the commands of the block end, where that is not with 0
//! <!-- needs: a connection -->  what has to be there before the block; both can stand in one comment, with a semicolon
//! ```
#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

/// One line that is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub line: usize,
    pub words: Vec<String>,
    /// The file that its output goes to.
    pub into: Option<String>,
    /// How it ends.
    pub ends: i32,
}

/// One fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    File { name: String, text: String },
    Commands { needs: Option<String>, typed: Vec<Typed> },
}

/// The blocks of a page that matter here: files, and those of a shell.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate().peekable();
    let mut before = "";
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            before = line;
            continue;
        };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        let marks = Marks::of(before);
        if let Some(name) = marks.file {
            found.push(Block::File { name, text: format!("{}\n", body.join("\n")) });
        } else if ["", "sh", "console"].contains(&language.trim()) {
            let typed = typed(number + 2, &body, &marks.ends);
            // A block without a language may be anything else: a line of JSON, a path.
            if language.trim() == "sh" || typed.iter().any(|typed| is_ours(&typed.words)) {
                found.push(Block::Commands { needs: marks.needs, typed });
            }
        }
        before = "";
    }
    found
}

/// Whether a line calls our program, by itself or as somebody else.
pub fn is_ours(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "footbridge") || words.iter().any(|word| word == "footbridge")
}

#[derive(Default)]
struct Marks {
    file: Option<String>,
    ends: Vec<i32>,
    needs: Option<String>,
}

impl Marks {
    fn of(line: &str) -> Marks {
        let mut marks = Marks::default();
        let comment = line.trim().strip_prefix("<!--").and_then(|line| line.strip_suffix("-->"));
        for part in comment.unwrap_or_default().split(';') {
            match part.trim().split_once(": ") {
                Some(("file", name)) => marks.file = Some(name.to_owned()),
                Some(("needs", what)) => marks.needs = Some(what.to_owned()),
                Some(("ends", codes)) => {
                    marks.ends = codes.split(' ').map(|code| code.parse().unwrap()).collect();
                }
                _ => {}
            }
        }
        marks
    }
}

fn typed(first: usize, body: &[&str], ends: &[i32]) -> Vec<Typed> {
    let mut found: Vec<Typed> = Vec::new();
    let mut going_on = String::new();
    let mut start = first;
    for (at, line) in body.iter().enumerate() {
        if going_on.is_empty() {
            start = first + at;
        }
        if let Some(part) = line.strip_suffix('\\') {
            going_on.push_str(part);
            continue;
        }
        going_on.push_str(line);
        let (words, into) = words(&going_on);
        going_on.clear();
        if !words.is_empty() {
            let ends = ends.get(found.len()).copied().unwrap_or(0);
            found.push(Typed { line: start, words, into, ends });
        }
    }
    found
}

/// The words of a line, without its remark, and the file after `>`.
fn words(line: &str) -> (Vec<String>, Option<String>) {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '#' if !quoted && word.is_none() => break,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    let into = words.iter().position(|word| word == ">").map(|at| {
        let file = words.get(at + 1).cloned().unwrap_or_default();
        words.truncate(at);
        file
    });
    (words, into)
}
