//! What comes in from outside: guides, texts, pages, addresses, files and packages.

mod bill;
mod fuzzed;
mod guide_trust;
mod packages;
mod support_report;
mod unicode;
