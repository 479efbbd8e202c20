//! Makes a step true: desk, run, steady, trouble, verbs.
