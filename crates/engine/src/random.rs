//! Randomness as an argument, so that a test can repeat a run to the letter.

/// Makes ids.
pub trait Randomness: Send + Sync {
    /// 32 hexadecimal digits.
    fn id(&self) -> String;
}

/// The system's own.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn id(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }
}
