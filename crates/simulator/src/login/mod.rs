//! Everything under the sign-in host: which endpoint answers which path.
//!
//! Paths are compared without case, as the real service does. An unknown path is 404.

pub(crate) mod assertion;
pub(crate) mod authorize;
pub(crate) mod clients;
pub(crate) mod consent;
pub(crate) mod contexts;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod grants;
pub(crate) mod issue;
pub(crate) mod pages;
pub(crate) mod password;
pub(crate) mod refusal;
pub(crate) mod resources;
pub(crate) mod state;
pub(crate) mod tenants;
pub(crate) mod token;

use serde_json::json;

use crate::exchange::{Reply, Request};
use crate::rehearsal::Rehearsal;

pub(crate) fn answer(rehearsal: &Rehearsal, request: &Request) -> Reply {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let get = request.method == "GET";
    let post = request.method == "POST";
    let answered = match path.as_slice() {
        ["device"] | ["devicelogin"] | [_, "oauth2", "deviceauth"] => Ok(device::page(rehearsal, request)),
        ["error"] if get => Ok(pages::error_code(request)),
        ["oidc", "userinfo"] => Ok(discovery::user_answer(rehearsal, request)),
        ["common", "discovery", "instance"] if get => discovery::instance(rehearsal, request),
        ["common", "userrealm", name] | ["common", "userrealm", name, ..] if get => {
            Ok(discovery::user_realm(rehearsal, name))
        }
        [tenant, "v2.0", ".well-known", "openid-configuration"]
        | [tenant, ".well-known", "openid-configuration"]
            if get =>
        {
            discovery::document(rehearsal, request, tenant)
        }
        [tenant, "discovery", "v2.0", "keys"] | [tenant, "discovery", "keys"] if get => {
            discovery::keys(rehearsal, request, tenant)
        }
        [tenant, "oauth2", "v2.0", "devicecode"] if post => device::code(rehearsal, request, tenant, false),
        [tenant, "oauth2", "devicecode"] if post => device::code(rehearsal, request, tenant, true),
        [tenant, "oauth2", "v2.0", "token"] if post => token::answer(rehearsal, request, tenant, false),
        [tenant, "oauth2", "token"] if post => token::answer(rehearsal, request, tenant, true),
        [tenant, "oauth2", "v2.0", "authorize"] | [tenant, "oauth2", "authorize"] if get || post => {
            Ok(authorize::page(rehearsal, request, tenant))
        }
        [tenant, "v2.0", "adminconsent"] | [tenant, "adminconsent"] if get || post => {
            Ok(consent::page(rehearsal, request, tenant))
        }
        [_, "oauth2", "v2.0", "logout"] | [_, "oauth2", "logout"] if get => Ok(pages::signed_out()),
        [_, "oauth2", "v2.0", "token" | "devicecode"] | [_, "oauth2", "token" | "devicecode"] => {
            Ok(Reply::json(
                405,
                &json!({"error": "invalid_request", "error_description": "AADSTS900561: The endpoint only accepts POST requests. Received a GET request."}),
            ))
        }
        _ => Ok(Reply::json(404, &json!({"error": "not_found", "path": request.path}))),
    };
    answered.unwrap_or_else(|refusal| refusal.reply(rehearsal))
}
