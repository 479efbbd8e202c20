//! Takes what was made to its place: a sealed bundle into a file or over HTTPS to the product itself, the connector's
//! values to Axigen's command line. Each way is a module that ends with a receipt. This crate must never see a Microsoft
//! token, and never opens a bundle.

pub mod axigen;
mod error;
pub mod file;
pub mod https;
mod receipt;

pub use error::DeliveryError;
pub use receipt::Receipt;
