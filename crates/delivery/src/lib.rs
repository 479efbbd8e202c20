//! Takes a sealed bundle to its place. Each way is a module that turns bytes into a receipt: today a file; HTTPS and
//! SFTP will stand beside it. This crate must never see a Microsoft token, and never opens what it carries.

mod error;
pub mod file;
mod receipt;

pub use error::DeliveryError;
pub use receipt::Receipt;
