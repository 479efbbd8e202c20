//! What the tests share: a desk in a temporary folder, a pretend tenant, a hand-turned clock.
//! Only tests use this; nothing here asserts by itself save that the scenery stands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

pub mod child;
mod clock;
mod desk;
mod dice;
mod effects;
mod forms;
pub mod goal;
mod guides;
pub mod oracle;
mod others;
pub mod parts;
mod product;
mod quick_vault;
pub mod raw_server;
mod receiving;
mod shapes;
mod strangers;
mod teams;
mod tenant;
pub mod trace;
mod walkthrough;

pub use clock::TenantClock;
pub use desk::{Hands, Scene, TestDesk, VAULT_PASSPHRASE, answers, told};
pub use dice::Dice;
pub use effects::{Effect, effects, is_about_the_directory, is_named};
pub use forms::{Canary, scan_bytes, scan_tree};
pub use guides::{further_guides, write_guides};
pub use oracle::Oracle;
pub use others::Other;
pub use product::Product;
pub use receiving::ReceivingProduct;
pub use shapes::{Shape, shapes};
pub use strangers::{stranger, strangers_are_required};
pub use teams::PretendTeams;
pub use tenant::{APPLICATION, Tenant, World};
pub use walkthrough::{Agreed, Opened, PRODUCTS, Walkthrough, small_tenant};
