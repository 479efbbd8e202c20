//! People, groups, roles and the organisation.

use serde_json::Value;

use crate::drive::{Drive, GLOBAL, person, text};

#[test]
fn the_organisation_has_a_name_and_a_domain() {
    let mut drive = Drive::new(&[GLOBAL]);
    let body = drive.get("/v1.0/organization?$select=id,displayName,verifiedDomains");
    assert_eq!(text(&body["value"][0]["id"]), drive.world.tenant.id);
    assert_eq!(body["value"][0]["verifiedDomains"][0]["isInitial"], true);
}

#[test]
fn pages_lead_to_everybody_once() {
    let mut drive = Drive::new(&[GLOBAL]);
    let mut next = "/v1.0/users?$select=id,userPrincipalName&$top=75".to_owned();
    let mut all = Vec::new();
    let mut pages = 0;
    loop {
        let body = drive.get(&next);
        pages += 1;
        all.extend(body["value"].as_array().unwrap().iter().map(|user| text(&user["id"])));
        match body["@odata.nextLink"].as_str() {
            Some(link) => next = link.trim_start_matches("https://localhost:4443").to_owned(),
            None => break,
        }
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((pages, count, all.len()), (3, 200, 200));
}

#[test]
fn filters_and_searches_find_people() {
    let mut drive = Drive::new(&[GLOBAL]);
    let body = drive.get("/v1.0/users?$filter=startswith(displayName,'anna')&$select=displayName");
    assert!(
        body["value"].as_array().unwrap().iter().all(|user| text(&user["displayName"]).starts_with("Anna"))
    );
    assert!(!body["value"].as_array().unwrap().is_empty());
    let body = drive.get("/v1.0/users?$filter=userPrincipalName eq 'A.WEBER@contoso.onmicrosoft.com'");
    assert_eq!(body["value"].as_array().unwrap().len(), 1);
    let address = "/v1.0/users?$search=\"displayName:web\" OR \"mail:web\"&$count=true&$top=5";
    let answer = drive.call("GET", address, None, &[("ConsistencyLevel", "eventual")]);
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let body = answer.body.unwrap();
    assert!(body["@odata.count"].as_u64().unwrap() > 0);
    assert_eq!(drive.call("GET", address, None, &[]).status, 400);
}

#[test]
fn somebody_is_found_by_id_and_by_name() {
    let mut drive = Drive::new(&[GLOBAL]);
    let id = drive.me.clone();
    for address in [
        "/v1.0/me".to_owned(),
        format!("/v1.0/users/{id}"),
        "/v1.0/users/a.weber@contoso.onmicrosoft.com".to_owned(),
        "/beta/Users('a.weber%40contoso.onmicrosoft.com')".to_owned(),
        "/v1.0/myorganization/users/A.Weber%40contoso.onmicrosoft.com".to_owned(),
    ] {
        assert_eq!(text(&drive.get(&address)["id"]), id, "{address}");
    }
    assert_eq!(drive.refused("GET", "/v1.0/users/nobody@contoso.onmicrosoft.com", Value::Null).0, 404);
    let roles = drive.get("/v1.0/me/memberOf/microsoft.graph.directoryRole");
    assert_eq!(roles["value"][0]["roleTemplateId"], GLOBAL);
}

#[test]
fn licences_tell_who_has_teams() {
    let mut drive = Drive::new(&[GLOBAL]);
    let users =
        drive.get("/v1.0/users?$select=id,assignedPlans,accountEnabled,mail,userType,employeeId&$top=999");
    let users = users["value"].as_array().unwrap().clone();
    let teams = |user: &Value| {
        user["assignedPlans"].as_array().unwrap().iter().any(|plan| {
            plan["servicePlanId"] == "57ff2da0-773e-42df-b2af-ffb7a2317929"
                && plan["capabilityStatus"] == "Enabled"
        })
    };
    let without: Vec<&Value> = users.iter().filter(|user| !teams(user)).collect();
    assert!(without.len() > 3 && without.len() < 60, "{}", without.len());
    assert!(users.iter().any(|user| user["mail"].is_null()));
    assert!(users.iter().any(|user| user["accountEnabled"] == false));
    assert!(users.iter().any(|user| user["userType"] == "Guest"));
    assert!(users.iter().any(|user| user["employeeId"].is_null()));
    let mut ids: Vec<&str> = users.iter().filter_map(|user| user["employeeId"].as_str()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() < all, "nobody shares a personnel number");
    let me = drive.me.clone();
    let details = drive.get(&format!("/v1.0/users/{me}/licenseDetails"));
    let plans = details["value"][0]["servicePlans"].as_array().unwrap();
    assert!(plans.iter().any(|plan| plan["servicePlanName"] == "TEAMS1"));
}

#[test]
fn a_guest_and_a_poor_token_see_less() {
    let mut drive = Drive::new(&[]);
    let me = drive.me.clone();
    drive.caller = person(&me, &["10dae51f-b6af-4016-8d66-8c2a99b929b3"], &["User.Read", "User.Read.All"]);
    assert_eq!(
        drive.refused("GET", "/v1.0/users", Value::Null),
        (403, "Authorization_RequestDenied".to_owned())
    );
    drive.caller = person(&me, &[], &["User.Read"]);
    assert_eq!(drive.refused("GET", "/v1.0/users", Value::Null).0, 403);
    assert_eq!(drive.call("GET", "/v1.0/me", None, &[]).status, 200);
}

#[test]
fn groups_have_members() {
    let mut drive = Drive::new(&[GLOBAL]);
    let groups = drive.get("/v1.0/groups?$select=id,displayName");
    let all = groups["value"].as_array().unwrap().clone();
    assert!(all.len() >= 3);
    let mut members = 0;
    for group in &all {
        let body = drive.get(&format!("/v1.0/groups/{}/members?$select=id,displayName", text(&group["id"])));
        members += body["value"].as_array().unwrap().len();
    }
    assert!(members > 10);
}
