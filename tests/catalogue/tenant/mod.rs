//! The tenant on the other end: lost answers, delay, faults, tokens, plans and sign-in.
