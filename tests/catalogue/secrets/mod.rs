//! Secrets: bits at creation, canaries, memory, types that forbid leaks.
