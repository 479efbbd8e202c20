//! A small reader of Rust sources: blanks out comments and texts, finds test modules and functions by their braces.
//! It knows strings, raw strings, characters, lifetimes and nested comments; it is no parser and needs none.

/// The same text with every comment, string and character blanked, line breaks kept.
pub fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skip(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where a comment, string or character that starts here ends; `at` itself when none starts here.
fn skip(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match rest {
        ['/', '/', ..] => at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => at + block_comment(rest),
        ['"', ..] => at + quoted(rest, 1),
        ['b', '"', ..] | ['c', '"', ..] if !after_word => at + quoted(rest, 2),
        ['r', '"' | '#', ..] if !after_word => raw(rest, 1).map_or(at, |length| at + length),
        ['b', 'r', '"' | '#', ..] if !after_word => raw(rest, 2).map_or(at, |length| at + length),
        ['\'', '\\', ..] => at + 3 + rest[3..].iter().position(|c| *c == '\'').map_or(0, |p| p + 1),
        ['\'', _, '\'', ..] => at + 3,
        _ => at,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted(rest: &[char], start: usize) -> usize {
    let mut at = start;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw(rest: &[char], start: usize) -> Option<usize> {
    let hashes = rest[start..].iter().take_while(|c| **c == '#').count();
    let open = start + hashes;
    if rest.get(open) != Some(&'"') {
        return None;
    }
    let closes =
        |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    Some((open + 1..rest.len()).find(closes).map_or(rest.len(), |at| at + 1 + hashes))
}

/// Bare code without its items under `cfg(test)`; their lines are left empty.
pub fn without_tests(bare: &str) -> String {
    let mut code = bare.to_owned();
    while let Some(start) = code.find("#[cfg(test)]").or_else(|| code.find("#[cfg(all(test,")) {
        let end = item_end(&code, start);
        let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        code.replace_range(start..end, &blank);
    }
    code
}

/// Where the item that starts here ends: at its closing brace, or at its semicolon.
fn item_end(code: &str, start: usize) -> usize {
    // An attribute's own bracket comes first; a semicolon inside brackets, as in `[u8; 2]`, ends nothing.
    let (mut depth, mut brackets) = (0_i32, 0_i32);
    for (at, c) in code[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return start + at + 1,
            '}' => depth -= 1,
            '[' | '(' => brackets += 1,
            ']' | ')' => brackets -= 1,
            ';' if depth == 0 && brackets == 0 => return start + at + 1,
            _ => {}
        }
    }
    code.len()
}

/// One function: its name, the line it starts on, how many lines it has.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// The functions with a body in bare code.
pub fn functions(bare: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in bare.match_indices("fn ") {
        let before = bare[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let name: String = bare[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let end = item_end(bare, at);
        if !name.is_empty() && bare[..end].ends_with('}') {
            let lines = bare[at..end].lines().count();
            found.push(Function { name, line: line_of(bare, at), lines });
        }
    }
    found
}

/// The number of the line that holds this byte, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The lines up to the last one that holds something.
pub fn length(code: &str) -> usize {
    code.trim_end().lines().count()
}

mod tests {
    use super::*;

    #[test]
    fn house_code_blanks_texts_and_comments() {
        let text = "let a = \"un\\\"wrap()\"; // unwrap()\nlet b = r#\"x \" unwrap()\"#; /* a /* b */ unwrap() */ let c = '{';";
        let code = bare(text);
        assert!(!code.contains("unwrap"), "{code}");
        assert!(!code.contains('{'), "{code}");
        assert!(code.contains("let c ="), "{code}");
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn house_code_keeps_lifetimes() {
        assert_eq!(bare("fn a<'a>(x: &'a str) -> &'a str { x }"), "fn a<'a>(x: &'a str) -> &'a str { x }");
    }

    #[test]
    fn house_code_drops_test_modules_only() {
        let code = without_tests(
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c() } }\nfn d() {}\n#[cfg(test)]\nmod e;\n",
        );
        assert!(code.contains("fn a()") && code.contains("fn d()"));
        assert!(!code.contains("fn b()") && !code.contains("mod e") && !code.contains("mod f"));
    }

    #[test]
    fn house_code_measures_functions() {
        let found =
            functions("fn a() {\n  if x {\n  }\n}\ntrait T { fn b(); }\nfn c() -> [u8; 2] { [1, 2] }\n");
        let a = Function { name: "a".into(), line: 1, lines: 4 };
        assert_eq!(found.first(), Some(&a));
        assert!(!found.iter().any(|f| f.name == "b"), "a function without a body has no length");
        assert!(found.iter().any(|f| f.name == "c"), "a semicolon in brackets ended the function");
    }
}
