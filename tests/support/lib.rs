//! What the tests share: a desk in a temporary folder, a pretend tenant, a hand-turned clock.
//! Only tests use this; nothing here asserts by itself save that the scenery stands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod clock;
mod desk;
mod forms;
pub mod goal;
mod guides;
mod others;
pub mod parts;
mod product;
mod receiving;
mod strangers;
mod teams;
mod tenant;

pub use clock::TenantClock;
pub use desk::{Hands, Scene, TestDesk, VAULT_PASSPHRASE, answers, told};
pub use forms::{Canary, scan_bytes, scan_tree};
pub use guides::{further_guides, write_guides};
pub use others::Other;
pub use product::Product;
pub use receiving::ReceivingProduct;
pub use strangers::{stranger, strangers_are_required};
pub use teams::PretendTeams;
pub use tenant::{APPLICATION, Tenant, World};
