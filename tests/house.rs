//! Who imports whom.
