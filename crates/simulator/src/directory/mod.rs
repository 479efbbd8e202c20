//! The directory behind Graph: people, applications, grants, policies, and who has seen which change.
//!
//! It keeps and seeds; what a request may ask and how it is answered is the graph room's part.

pub(crate) mod app_policy;
pub(crate) mod cmdlets;
pub(crate) mod conditional_access;
pub(crate) mod credentials;
pub(crate) mod documents;
pub(crate) mod moments;
pub(crate) mod names;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod seed;
pub(crate) mod shelf;
pub(crate) mod teams;
