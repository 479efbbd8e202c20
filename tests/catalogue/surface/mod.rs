//! What comes in from outside: guides, texts, pages, addresses, files and packages.

mod guide_trust;
