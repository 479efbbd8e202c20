//! Secrets: bits at creation, canaries, memory, types that forbid leaks.

mod memory;
mod modes;
mod shells;
mod surfaces;
mod traps;
mod types;
