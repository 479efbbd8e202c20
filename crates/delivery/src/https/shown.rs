//! What a server said, as text that can be shown: cut, and without any character that a screen would obey.

/// The longest piece of an answer that is shown, in bytes.
pub const LONGEST_SHOWN: usize = 4096;

/// At most `most` bytes of what came in, control characters and those that turn the writing direction replaced.
pub(super) fn shown(bytes: &[u8], most: usize) -> String {
    let head = &bytes[..bytes.len().min(most)];
    let mut text = String::with_capacity(head.len());
    for sign in String::from_utf8_lossy(head).chars() {
        let sign = if sign == '\n' { ' ' } else { sign };
        let sign = if obeyed(sign) { char::REPLACEMENT_CHARACTER } else { sign };
        if text.len() + sign.len_utf8() > most {
            break;
        }
        text.push(sign);
    }
    text
}

/// Control characters, and Unicode's invisible marks for direction, joining and line ends.
fn obeyed(sign: char) -> bool {
    let invisible = matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}');
    sign.is_control() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_screen_obeys_is_left() {
        assert_eq!(shown(b"a\x1b[2Jb\r\nc\0", 100), "a\u{fffd}[2Jb\u{fffd} c\u{fffd}");
        assert_eq!(shown("a\u{202e}b\u{200b}\u{9b}".as_bytes(), 100), "a\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(shown(b"<script>alert(1)</script>", 100), "<script>alert(1)</script>");
    }

    #[test]
    fn it_is_cut_in_bytes() {
        for sign in ["a", "\u{e4}", "\u{1f600}", "\0"] {
            let text = shown(sign.repeat(10_000).as_bytes(), LONGEST_SHOWN);
            assert!(text.len() <= LONGEST_SHOWN && text.len() > LONGEST_SHOWN - 4, "{}", text.len());
        }
    }
}
