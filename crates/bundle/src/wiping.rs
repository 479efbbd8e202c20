//! A growing byte buffer that leaves no copy behind: when it grows, the old memory is wiped, and so is the last one.
//! It must never hand its bytes to a type that does not wipe.

use std::io;

use zeroize::Zeroize;

/// Bytes that are wiped when they move and when they go.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn with_room(bytes: usize) -> Wiped {
        Wiped(Vec::with_capacity(bytes))
    }

    /// Takes over a buffer that was never grown while it held a secret.
    pub(crate) fn from_exact(bytes: Vec<u8>) -> Wiped {
        Wiped(bytes)
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let wanted = self.0.len() + bytes.len();
        if wanted > self.0.capacity() {
            let mut larger = Vec::with_capacity(wanted.max(self.0.capacity() * 2));
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }

    /// Wipes and drops what lies behind the first `length` bytes.
    pub(crate) fn shorten(&mut self, length: usize) {
        if let Some(rest) = self.0.get_mut(length..) {
            rest.zeroize();
            self.0.truncate(length);
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl io::Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_and_keeps_its_bytes() {
        let mut buffer = Wiped::with_room(1);
        for part in [b"abc".as_slice(), b"", b"defghijklmnop"] {
            buffer.push(part);
        }
        assert_eq!(buffer.as_slice(), b"abcdefghijklmnop");
        buffer.shorten(3);
        buffer.shorten(9);
        assert_eq!(buffer.as_slice(), b"abc");
    }
}
