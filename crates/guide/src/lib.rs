//! Guides as types: reads one, refuses a bad one with file, line, field and a hint, and embeds the built-in ones.
