//! The append-only, chained diary: what happened, by whom, when. No secret has a type here.
