//! The sealed hand-over file bundle/1: write, open, verify.
