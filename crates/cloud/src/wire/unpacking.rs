//! Unpacks a compressed answer under the cap of every answer: a few bytes can stand for gigabytes.
//!
//! Only gzip, which is what Graph sends. An answer that holds a token or a secret is never asked for compressed, because
//! the unpacker's own window is not wiped.

use std::io::Read;

use zeroize::Zeroizing;

use super::reading::append;
use super::{Incoming, LARGEST_ANSWER, WireError};

const PIECE: usize = 16 * 1024;

/// The answer as it was before it was packed; one that is not packed stays as it is.
pub(super) fn unpacked(host: &str, answer: Incoming) -> Result<Incoming, WireError> {
    let is_gzip =
        answer.header("content-encoding").is_some_and(|coding| coding.trim().eq_ignore_ascii_case("gzip"));
    if !is_gzip || answer.body.is_empty() {
        return Ok(answer);
    }
    let body = unpack(host, &answer.body)?;
    Ok(Incoming { body, ..answer })
}

fn unpack(host: &str, packed: &[u8]) -> Result<Zeroizing<Vec<u8>>, WireError> {
    let mut unpacker = flate2::bufread::GzDecoder::new(packed);
    let mut piece = Zeroizing::new([0_u8; PIECE]);
    let mut body = Zeroizing::new(Vec::with_capacity(PIECE));
    loop {
        let count = unpacker.read(piece.as_mut_slice()).map_err(|_| WireError::AnswerLost {
            host: host.to_owned(),
            reason: "the answer cannot be unpacked".to_owned(),
        })?;
        if count == 0 {
            return Ok(body);
        }
        if body.len() + count > LARGEST_ANSWER {
            return Err(WireError::TooLarge { host: host.to_owned() });
        }
        append(&mut body, &piece[..count]);
    }
}
