//! What the tests share: a desk in a temporary folder, a pretend tenant, a hand-turned clock.
