//! What the real service refuses is refused.

use serde_json::{Value, json};

use crate::drive::{Drive, GLOBAL};

#[test]
fn unknown_paths_properties_and_options() {
    let mut drive = Drive::new(&[GLOBAL]);
    for (address, status) in [
        ("/v1.0/nonsense", 404),
        ("/v1.0/users/x/nonsense", 404),
        ("/v1.0/users?$select=nonsense", 400),
        ("/v1.0/users?$filter=nonsense eq 'x'", 400),
        ("/v1.0/users?$filter=displayName eq", 400),
        ("/v1.0/users?$top=1000", 400),
        ("/v1.0/users?$skip=5", 400),
        ("/v1.0/users?$filter=endswith(mail,'x')", 400),
        ("/v1.0/applications?$expand=nonsense", 400),
        ("/v1.0/applications/not-there", 404),
        ("/v3.0/users", 400),
    ] {
        assert_eq!(drive.refused("GET", address, Value::Null).0, status, "{address}");
    }
}

#[test]
fn bodies_that_do_not_fit() {
    let mut drive = Drive::new(&[GLOBAL]);
    for body in [
        json!({}),
        json!({"displayName": 5}),
        json!({"displayName": "x", "nonsense": 1}),
        json!({"displayName": "x", "signInAudience": "Everybody"}),
        json!({"displayName": "x", "passwordCredentials": [{"displayName": "p"}]}),
        json!({"displayName": "x", "web": {"redirectUris": "https://x"}}),
        json!({"displayName": "x", "requiredResourceAccess": [{"resourceAppId": "00000003-0000-0000-c000-000000000000",
            "resourceAccess": [{"id": "11111111-2222-4333-8444-555555555555", "type": "Role"}]}]}),
    ] {
        assert_eq!(drive.refused("POST", "/v1.0/applications", body.clone()).0, 400, "{body}");
    }
}

#[test]
fn an_error_has_the_documented_shape() {
    let mut drive = Drive::new(&[GLOBAL]);
    let answer = drive.call("GET", "/v1.0/applications/absent", None, &[("client-request-id", "mine")]);
    let error = answer.body.unwrap()["error"].clone();
    assert_eq!(error["code"], "Request_ResourceNotFound");
    assert_eq!(error["innerError"]["client-request-id"], "mine");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("Resource 'absent' does not exist or one of its queried")
    );
}

#[test]
fn a_batch_answers_each_by_itself() {
    let mut drive = Drive::new(&[GLOBAL]);
    let body = json!({"requests": [
        {"id": "a", "method": "GET", "url": "/me"},
        {"id": "b", "method": "GET", "url": "https://graph.microsoft.com/v1.0/organization", "depends_on": []},
        {"id": "c", "method": "GET", "url": "/applications/absent"},
        {"id": "d", "method": "GET", "url": "/me", "dependsOn": ["c"]},
        {"id": "e", "method": "POST", "url": "/applications", "headers": {"Content-Type": "application/json"}, "body": {"displayName": "in a batch"}},
    ]});
    let answer = drive.send("POST", "/v1.0/$batch", body, 200);
    let status = |id: &str| {
        answer["responses"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["status"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(["a", "b", "c", "d", "e"].map(status), [200, 200, 404, 424, 201]);
    let many: Vec<Value> =
        (0..21).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect();
    assert_eq!(drive.refused("POST", "/v1.0/$batch", json!({"requests": many})).0, 400);
    let twins = json!({"requests": [{"id": "1", "method": "GET", "url": "/me"}, {"id": "1", "method": "GET", "url": "/me"}]});
    assert_eq!(drive.refused("POST", "/v1.0/$batch", twins).0, 400);
}
