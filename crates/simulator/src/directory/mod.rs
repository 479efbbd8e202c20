//! The directory behind Graph: people, applications, grants, policies, and who has seen which change.
//!
//! It keeps and seeds; what a request may ask and how it is answered is the graph room's part.

pub(crate) mod app_policy;
pub(crate) mod cmdlets;
pub(crate) mod conditional_access;
pub(crate) mod credentials;
pub(crate) mod documents;
pub(crate) mod exchange;
pub(crate) mod exchange_cmdlets;
pub(crate) mod meeting_policies;
pub(crate) mod moments;
pub(crate) mod names;
pub(crate) mod parameters;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod policy_family;
pub(crate) mod presence;
pub(crate) mod recipient_filter;
pub(crate) mod seed;
pub(crate) mod shelf;
pub(crate) mod teams;
