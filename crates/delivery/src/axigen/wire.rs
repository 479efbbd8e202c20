//! Bytes of the command line's connection as answers. Packets may be split in any place, so nothing here depends on
//! where one ends; colour codes and telnet's own bytes are taken out, and nothing grows without a bound.

use zeroize::Zeroizing;

/// The largest answer, in bytes.
pub(crate) const LARGEST_ANSWER: usize = 64 * 1024;
/// The longest line of an answer, in bytes.
pub(crate) const LONGEST_LINE: usize = 16 * 1024;

/// Takes out what is meant for a terminal: ANSI escape sequences (ECMA-48), telnet commands (RFC 854), carriage
/// returns and other control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Cleaning {
    #[default]
    Text,
    Escape,
    Sequence,
    Title,
    TitleEscape,
    Telnet,
    Option,
    Negotiation,
    NegotiationTelnet,
}

impl Cleaning {
    /// The next state, and whether the byte belongs to the text.
    fn step(self, byte: u8) -> (Cleaning, bool) {
        use Cleaning::*;
        match (self, byte) {
            (Text, 0x1b) => (Escape, false),
            (Text, 0xff) => (Telnet, false),
            (Text, b'\n' | b'\t') => (Text, true),
            (Text, byte) => (Text, byte >= 0x20 && byte != 0x7f),
            (Escape, b'[') => (Sequence, false),
            (Escape, b']') => (Title, false),
            (Sequence, 0x40..=0x7e) => (Text, false),
            (Sequence, _) => (Sequence, false),
            (Title, 0x07) => (Text, false),
            (Title, 0x1b) => (TitleEscape, false),
            (Title, _) => (Title, false),
            (Telnet, 0xfb..=0xfe) => (Option, false),
            (Telnet, 0xfa) => (Negotiation, false),
            (Negotiation, 0xff) => (NegotiationTelnet, false),
            (Negotiation, _) => (Negotiation, false),
            (NegotiationTelnet, 0xf0) => (Text, false),
            (NegotiationTelnet, _) => (Negotiation, false),
            (Escape | TitleEscape | Telnet | Option, _) => (Text, false),
        }
    }
}

/// How much of the dialogue is behind: before the sign-in a prompt may stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Banner and sign-in: the prompts are known by name.
    SignIn,
    /// Signed in: a prompt counts only after a status line.
    Commands,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The lines before the status line, without the echo of what was sent.
    pub lines: Zeroizing<Vec<String>>,
    /// Whether the status line, if there was one, was `+OK`.
    pub ok: bool,
    /// What the status line says.
    pub said: String,
    /// The name within the prompt: `login`, `password`, `#`, `server#` …
    pub prompt: String,
}

/// An answer outgrew its bound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outgrown;

/// What came so far.
pub(crate) struct Incoming {
    cleaning: Cleaning,
    // Reserved whole: a buffer that grows would leave copies of what it held.
    text: Zeroizing<Vec<u8>>,
    line: usize,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        let text = Zeroizing::new(Vec::with_capacity(LARGEST_ANSWER));
        Self { cleaning: Cleaning::Text, text, line: 0 }
    }

    /// Takes the bytes of one packet.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Outgrown> {
        for &byte in bytes {
            let (next, belongs) = self.cleaning.step(byte);
            self.cleaning = next;
            if !belongs {
                continue;
            }
            self.line = if byte == b'\n' { 0 } else { self.line + 1 };
            if self.line > LONGEST_LINE || self.text.len() == LARGEST_ANSWER {
                return Err(Outgrown);
            }
            self.text.push(byte);
        }
        Ok(())
    }

    /// The answer, once it is whole; `sent` is taken off where the server repeats it.
    pub(crate) fn answer(&mut self, sent: &str, stage: Stage) -> Option<Answer> {
        let text = String::from_utf8_lossy(&self.text);
        let (above, tail) = text.rsplit_once('\n').unwrap_or(("", &text));
        let prompt = prompt(tail)?;
        if stage == Stage::SignIn && !["login", "password", "#"].contains(&prompt) {
            return None;
        }
        let mut lines: Vec<String> = above.lines().map(|line| line.trim_end().to_owned()).collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        let verdict = lines.last().and_then(|line| status(line));
        match verdict {
            Some(_) => drop(lines.pop()),
            None if stage == Stage::Commands => return None,
            None => {}
        }
        let prompt = prompt.to_owned();
        let (ok, said) = verdict.unwrap_or((true, String::new()));
        if lines.first().is_some_and(|line| !sent.is_empty() && line.trim_end() == sent.trim_end()) {
            zeroize::Zeroize::zeroize(&mut lines[0]);
            lines.remove(0);
        }
        drop(text);
        self.forget();
        Some(Answer { lines: Zeroizing::new(lines), ok, said, prompt })
    }

    /// Whether a refusal stands in what came before the connection ended.
    pub(crate) fn holds_a_refusal(&self) -> bool {
        String::from_utf8_lossy(&self.text).lines().any(|line| status(line).is_some_and(|(ok, _)| !ok))
    }

    fn forget(&mut self) {
        // What is used is wiped here; the rest was never written, or was wiped before.
        zeroize::Zeroize::zeroize(self.text.as_mut_slice());
        self.text.clear();
        self.line = 0;
    }
}

/// The name of a prompt, where the tail is one whole: `<name> `.
fn prompt(tail: &str) -> Option<&str> {
    let name = tail.strip_prefix('<')?.strip_suffix("> ")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "#-_.".contains(c);
    (name.len() <= 200 && name.chars().all(fits)).then_some(name)
}

/// Whether a line is a status line: good or not, and what it says.
fn status(line: &str) -> Option<(bool, String)> {
    let (ok, rest) = match (line.strip_prefix("+OK"), line.strip_prefix("-ERR")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return None,
    };
    let said = rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?;
    Some((ok, said.trim().chars().filter(|c| !c.is_control()).take(200).collect()))
}

#[cfg(test)]
mod tests;
