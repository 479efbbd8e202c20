//! Answers, split in every place.
use super::*;
