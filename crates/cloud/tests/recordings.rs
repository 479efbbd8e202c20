//! The client's types against answers that the real service gave, as Microsoft's own command line recorded them.
//! The recordings lie beside the project; where they are absent the test says so and judges nothing.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use cloud::model::{
    AppRoleAssignment, Application, DirectoryObject, DirectoryRole, FederatedIdentityCredential, Group,
    OAuth2PermissionGrant, Page, PasswordCredential, ServicePrincipal, User,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Recording {
    method: String,
    url: String,
    status: u16,
    response_body: Value,
}

const TYPES: [&str; 20] = [
    "Application",
    "Page<Application>",
    "ServicePrincipal",
    "Page<ServicePrincipal>",
    "PasswordCredential",
    "AppRoleAssignment list",
    "OAuth2PermissionGrant",
    "Page<OAuth2PermissionGrant>",
    "User",
    "Page<User>",
    "Group",
    "Page<Group>",
    "Page<DirectoryObject>",
    "Page<DirectoryRole>",
    "FederatedIdentityCredential",
    "Page<FederatedIdentityCredential>",
    "Page<id>",
    "owner list",
    "error",
    "no content",
];

fn recordings() -> Option<String> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contract"));
    let folder = std::env::var_os("FOOTBRIDGE_CONTRACT").map_or(beside, PathBuf::from);
    std::fs::read_to_string(folder.join("azcli-recordings.jsonl")).ok()
}

/// Reads a body as a type; `None` says that it could not.
fn read<T: for<'de> Deserialize<'de>>(body: &Value) -> Option<()> {
    T::deserialize(body).ok().map(|_| ())
}

fn judge(recording: &Recording) -> (&'static str, Option<()>) {
    let body = &recording.response_body;
    if recording.status >= 400 {
        let told = ["code", "message"].iter().all(|key| body["error"][key].is_string());
        let ids = body["error"]["innerError"]["request-id"].is_string();
        return ("error", (told && ids).then_some(()));
    }
    if recording.status == 204 {
        return ("no content", body.is_null().then_some(()));
    }
    let path = recording.url.split('?').next().unwrap().split("/v1.0/").nth(1).unwrap().to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').collect();
    let one = parts.len() == 2 || (parts.len() == 1 && recording.method == "POST");
    match (parts[0].split('(').next().unwrap(), parts.last().copied().unwrap()) {
        (_, "addpassword") => ("PasswordCredential", read::<PasswordCredential>(body)),
        (_, "approleassignments") => ("AppRoleAssignment list", read::<Page<AppRoleAssignment>>(body)),
        (_, "owners") => ("owner list", read::<Page<DirectoryObject>>(body)),
        (_, "members" | "getbyids") => ("Page<DirectoryObject>", read::<Page<DirectoryObject>>(body)),
        (_, "microsoft.graph.directoryrole") => ("Page<DirectoryRole>", read::<Page<DirectoryRole>>(body)),
        (_, "getmembergroups" | "checkmembergroups") => ("Page<id>", read::<Page<String>>(body)),
        (_, "federatedidentitycredentials") if recording.method == "GET" => {
            ("Page<FederatedIdentityCredential>", read::<Page<FederatedIdentityCredential>>(body))
        }
        _ if path.contains("/federatedidentitycredentials") => {
            ("FederatedIdentityCredential", read::<FederatedIdentityCredential>(body))
        }
        ("applications", _) if one => ("Application", read::<Application>(body)),
        ("applications", _) => ("Page<Application>", read::<Page<Application>>(body)),
        ("serviceprincipals", _) if one => ("ServicePrincipal", read::<ServicePrincipal>(body)),
        ("serviceprincipals", _) => ("Page<ServicePrincipal>", read::<Page<ServicePrincipal>>(body)),
        ("oauth2permissiongrants", _) if one => {
            ("OAuth2PermissionGrant", read::<OAuth2PermissionGrant>(body))
        }
        ("oauth2permissiongrants", _) => {
            ("Page<OAuth2PermissionGrant>", read::<Page<OAuth2PermissionGrant>>(body))
        }
        ("me", _) => ("User", read::<User>(body)),
        ("users", last) if one || last.starts_with("users(") => ("User", read::<User>(body)),
        ("users", _) => ("Page<User>", read::<Page<User>>(body)),
        ("groups", _) if one => ("Group", read::<Group>(body)),
        ("groups", _) => ("Page<Group>", read::<Page<Group>>(body)),
        _ => ("no type", None),
    }
}

#[test]
fn every_recorded_answer_is_understood() {
    let Some(text) = recordings() else {
        eprintln!("left out: no recordings found; set FOOTBRIDGE_CONTRACT to the folder that holds them");
        return;
    };
    let mut parsed: BTreeMap<&str, usize> = TYPES.iter().map(|name| (*name, 0)).collect();
    let mut failed = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let recording: Recording = serde_json::from_str(text).unwrap();
        match judge(&recording) {
            (name, Some(())) => *parsed.entry(name).or_default() += 1,
            (name, None) => {
                failed.push(format!("line {}: {name}: {} {}", line + 1, recording.method, recording.url))
            }
        }
    }
    eprintln!("{} recordings understood: {parsed:#?}", parsed.values().sum::<usize>());
    assert!(failed.is_empty(), "{} not understood:\n{}", failed.len(), failed.join("\n"));
    let never: Vec<_> = parsed.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    assert!(never.is_empty(), "no recording was parsed as: {never:?}");
    assert_eq!(parsed.len(), TYPES.len());
    assert_eq!(parsed.values().sum::<usize>(), text.lines().count());
}

/// The judge has to be able to say no.
#[test]
fn a_wrong_answer_is_not_understood() {
    let recording = |url: &str, status, response_body| Recording {
        method: "GET".into(),
        url: format!("https://graph.microsoft.com/v1.0/{url}"),
        status,
        response_body,
    };
    for wrong in [
        recording("applications/1", 200, serde_json::json!({"appId": "x"})),
        recording("applications", 200, serde_json::json!({"value": [{"id": 7}]})),
        recording("users", 200, serde_json::json!({"value": null})),
        recording("x", 404, serde_json::json!({"message": "x"})),
        recording("somethingElse", 200, serde_json::json!({})),
    ] {
        assert!(judge(&wrong).1.is_none(), "{}", wrong.url);
    }
}
