//! Seeded randomness for codes and identifiers: the same seed gives the same run.
//!
//! It protects nothing. What must not be guessed (the control token) does not come from here.

/// SplitMix64 (Steele, Lea and Flood, 2014): tiny, and good enough for names nobody must guess.
#[derive(Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    pub(crate) fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        let size = alphabet.len().max(1) as u64;
        (0..count)
            .filter_map(|_| alphabet.get((self.next() % size) as usize))
            .map(|byte| char::from(*byte))
            .collect()
    }

    pub(crate) fn guid(&mut self) -> String {
        uuid::Builder::from_random_bytes(
            (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes(),
        )
        .into_uuid()
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_replays_and_another_does_not() {
        let (mut first, mut second, mut other) = (Random::new(7), Random::new(7), Random::new(8));
        let guid = first.guid();
        assert_eq!(guid, second.guid());
        assert_ne!(guid, other.guid());
        assert_eq!(first.letters(b"AB", 9).len(), 9);
    }
}
