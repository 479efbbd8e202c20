//! The passphrase of an exported key: made here with 128 bits, or chosen by the admin and checked.
//! It is never empty, never shown by accident, and never kept here.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

// No 0, O, 1, I, L, U: 30 letters and digits that are not taken for each other when read aloud or typed.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 7;
const GROUP: usize = 4;
const LONGEST: usize = 128;

/// A passphrase fit for a PFX file. No Display, no Clone, no Serialize; Debug hides it.
pub struct Passphrase {
    text: SecretString,
    made_here: bool,
}

/// Why a passphrase does not serve.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseError {
    /// Nothing, or only spaces.
    #[error("the passphrase is empty; give one, or let Footbridge make it")]
    Empty,
    /// More than 128 characters: dialogs of other programs cut them.
    #[error("the passphrase has more than 128 characters; use a shorter one")]
    TooLong,
    /// A control character or one beyond U+FFFF, which PKCS#12 cannot spell (RFC 7292 §B.1).
    #[error("the passphrase has a character that a PFX file cannot hold; use letters, digits and signs")]
    Character,
    /// The system gave no randomness.
    #[error("the passphrase could not be made: the system gave no randomness; try again")]
    NoRandomness,
}

impl Passphrase {
    /// Takes a passphrase that the admin chose or that comes from a file. A line end at its end is the caller's
    /// to remove.
    ///
    /// # Errors
    /// A [`PassphraseError`] that names the trouble, never the text.
    pub fn chosen(text: SecretString) -> Result<Passphrase, PassphraseError> {
        let plain = text.expose_secret();
        if plain.trim().is_empty() {
            return Err(PassphraseError::Empty);
        }
        if plain.chars().count() > LONGEST {
            return Err(PassphraseError::TooLong);
        }
        if plain.chars().any(|letter| letter.is_control() || u32::from(letter) > 0xFFFF) {
            return Err(PassphraseError::Character);
        }
        Ok(Passphrase { text, made_here: false })
    }

    /// Makes one from the system's randomness: seven groups of four out of 30 letters and digits, 137 bits.
    ///
    /// # Errors
    /// [`PassphraseError::NoRandomness`].
    pub fn made() -> Result<Passphrase, PassphraseError> {
        Passphrase::made_from(&mut |bytes| {
            aws_lc_rs::rand::fill(bytes).map_err(|_| PassphraseError::NoRandomness)
        })
    }

    /// Whether Footbridge made it, so that it has at least 128 bits.
    pub fn is_made_here(&self) -> bool {
        self.made_here
    }

    /// The fewest characters of a chosen passphrase that a weak form of file may hang on.
    pub const STRONG_LENGTH: usize = 16;
    /// The fewest different characters of such a passphrase.
    pub const STRONG_VARIETY: usize = 8;

    /// Whether guessing it is out of question even where the file does little against guessing: made here, or long and of
    /// many different characters.
    pub fn is_strong(&self) -> bool {
        let letters: Vec<char> = self.plain().chars().collect();
        let different: std::collections::BTreeSet<&char> = letters.iter().collect();
        self.made_here
            || (letters.len() >= Passphrase::STRONG_LENGTH && different.len() >= Passphrase::STRONG_VARIETY)
    }

    /// The text, for the screen or the file that the admin asked for.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    pub(crate) fn plain(&self) -> &str {
        self.text.expose_secret()
    }

    fn made_from(
        random: &mut dyn FnMut(&mut [u8]) -> Result<(), PassphraseError>,
    ) -> Result<Passphrase, PassphraseError> {
        // Reserved in full, so that no piece of it stays behind in a buffer that grew.
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
        let mut letters = 0;
        while letters < GROUPS * GROUP {
            let mut byte = Zeroizing::new([0_u8; 1]);
            random(byte.as_mut_slice())?;
            // 240 is the last multiple of 30 in a byte: bytes above it would favour some letters.
            if byte[0] >= 240 {
                continue;
            }
            if letters > 0 && letters % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(LETTERS[usize::from(byte[0]) % LETTERS.len()]));
            letters += 1;
        }
        Ok(Passphrase { text: SecretString::from(text.as_str()), made_here: true })
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").field("made_here", &self.made_here).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn chosen(text: &str) -> Result<Passphrase, PassphraseError> {
        Passphrase::chosen(SecretString::from(text))
    }

    #[test]
    fn empty_ones_are_refused() {
        for text in ["", " ", "\t\n", "\u{a0}"] {
            assert_eq!(chosen(text).err(), Some(PassphraseError::Empty), "{text:?}");
        }
    }

    #[test]
    fn the_longest_has_128_characters() {
        assert!(chosen(&"ä".repeat(128)).is_ok());
        assert_eq!(chosen(&"ä".repeat(129)).err(), Some(PassphraseError::TooLong));
    }

    #[test]
    fn characters_that_pkcs12_cannot_spell_are_refused() {
        for text in ["line\nend", "nul\0", "key 🔑"] {
            assert_eq!(chosen(text).err(), Some(PassphraseError::Character), "{text:?}");
        }
        assert!(chosen("Größe and €").is_ok());
    }

    #[test]
    fn a_made_one_has_seven_groups_and_at_least_128_bits() {
        let made = Passphrase::made().unwrap();
        let groups: Vec<_> = made.plain().split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4; 7]);
        assert!(groups.concat().bytes().all(|letter| LETTERS.contains(&letter)));
        assert!((LETTERS.len() as f64).log2() * (GROUPS * GROUP) as f64 >= 128.0);
        assert!(made.is_made_here());
        assert!(!chosen(made.plain()).unwrap().is_made_here());
    }

    #[test]
    fn two_made_ones_differ() {
        assert_ne!(Passphrase::made().unwrap().plain(), Passphrase::made().unwrap().plain());
    }

    #[test]
    fn bytes_that_would_favour_letters_are_passed_over() {
        let mut next = 229_u8;
        let made = Passphrase::made_from(&mut |bytes| {
            next = if next == 255 { 0 } else { next + 1 };
            bytes[0] = next;
            Ok(())
        });
        // 230..=239 spell the last ten letters, 240..=255 nothing, then the alphabet begins again.
        assert_eq!(made.unwrap().plain(), "PQRS-TVWX-YZ23-4567-89AB-CDEF-GHJK");
    }

    #[test]
    fn without_randomness_there_is_none() {
        let made = Passphrase::made_from(&mut |_| Err(PassphraseError::NoRandomness));
        assert_eq!(made.err(), Some(PassphraseError::NoRandomness));
    }

    #[test]
    fn debug_hides_the_text() {
        assert_eq!(format!("{:?}", chosen("hunter2").unwrap()), "Passphrase { made_here: false, .. }");
    }
}
