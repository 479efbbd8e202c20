//! A form body that wipes itself, for requests that carry a secret or a refresh token.
//! The oauth2 crate keeps such bodies in plain strings, so these two requests are written here.

use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";
const ROOM: usize = 16 * 1024;

pub(super) struct Form {
    text: Zeroizing<Vec<u8>>,
}

impl Form {
    pub(super) fn new() -> Form {
        Form { text: Zeroizing::new(Vec::with_capacity(ROOM)) }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Form {
        if !self.text.is_empty() {
            self.text.push(b'&');
        }
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(b'=');
        for piece in byte_serialize(value.as_bytes()) {
            self.text.extend_from_slice(piece.as_bytes());
        }
        self
    }

    pub(super) fn body(self) -> (&'static str, Zeroizing<Vec<u8>>) {
        (CONTENT_TYPE, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded() {
        let (_, body) = Form::new().with("a", "x~+&=ä b").with("b", "2").body();
        assert_eq!(body.as_slice(), b"a=x%7E%2B%26%3D%C3%A4+b&b=2");
    }
}
