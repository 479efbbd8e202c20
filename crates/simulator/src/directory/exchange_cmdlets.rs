//! The Exchange Online PowerShell module's part: pointers to service principals, management scopes and role
//! assignments, and their test, as documented ("Role Based Access Control for Applications"), errors included.
//!
//! It changes Exchange's own state only. An assignment takes effect at once; the real service may need up to two hours.

use serde_json::{Value, json};

use super::parameters::{self, CmdletError, Output, known, maybe_text, parameter, text};
use super::recipient_filter;
use crate::world::{World, same};

/// The roles for applications; `Application ` and the permission that it stands for.
const ROLES: [&str; 12] = [
    "Application Mail.Read",
    "Application Mail.ReadBasic",
    "Application Mail.ReadWrite",
    "Application Mail.Send",
    "Application MailboxSettings.Read",
    "Application MailboxSettings.ReadWrite",
    "Application Calendars.Read",
    "Application Calendars.ReadWrite",
    "Application Contacts.Read",
    "Application Contacts.ReadWrite",
    "Application Mail Full Access",
    "Application Exchange Full Access",
];

/// Runs one cmdlet.
pub(crate) fn run(world: &mut World, command: &Value) -> Value {
    let name = command["cmdlet"].as_str().unwrap_or_default();
    let given = command.get("parameters").cloned().unwrap_or_else(|| json!({}));
    let only = |names: &[&str]| known(&given, names);
    parameters::answer(match name.to_lowercase().as_str() {
        "new-serviceprincipal" => only(&["AppId", "ObjectId", "ServiceId", "DisplayName", "Confirm"])
            .and_then(|()| new_principal(world, &given)),
        "get-serviceprincipal" => only(&["Identity"])
            .and_then(|()| listed(&world.exchange.principals, &given, &["AppId", "ObjectId", "DisplayName"])),
        "remove-serviceprincipal" => only(&["Identity", "Confirm"]).and_then(|()| {
            removed(&mut world.exchange.principals, &given, &["AppId", "ObjectId", "DisplayName"])
        }),
        "new-managementscope" => {
            only(&["Name", "RecipientRestrictionFilter", "Confirm"]).and_then(|()| new_scope(world, &given))
        }
        "set-managementscope" => only(&["Identity", "RecipientRestrictionFilter", "Confirm"])
            .and_then(|()| set_scope(world, &given)),
        "get-managementscope" => {
            only(&["Identity"]).and_then(|()| listed(&world.exchange.scopes, &given, &["Name"]))
        }
        "remove-managementscope" => only(&["Identity", "Confirm"]).and_then(|()| remove_scope(world, &given)),
        "new-managementroleassignment" => only(&["Name", "App", "Role", "CustomResourceScope", "Confirm"])
            .and_then(|()| new_assignment(world, &given)),
        "get-managementroleassignment" => {
            only(&["Identity", "Role", "RoleAssignee"]).and_then(|()| assignments(world, &given))
        }
        "remove-managementroleassignment" => only(&["Identity", "Confirm"])
            .and_then(|()| removed(&mut world.exchange.assignments, &given, &["Name", "Guid"])),
        "test-serviceprincipalauthorization" => {
            only(&["Identity", "Resource", "Confirm"]).and_then(|()| test(world, &given))
        }
        "get-mailbox" => only(&["Identity"]).and_then(|()| mailbox(world, &given)),
        _ => Err(CmdletError::UnknownCmdlet(name.to_owned())),
    })
}

/// The place of a document that goes by any of these names.
fn place(all: &[Value], wanted: &str, names: &[&str]) -> Option<usize> {
    all.iter().position(|one| names.iter().any(|name| same(&one[*name], wanted)))
}

fn listed(all: &[Value], given: &Value, names: &[&str]) -> Output {
    let Some(wanted) = maybe_text(given, "Identity")? else { return Ok(all.to_vec()) };
    let place = place(all, wanted, names).ok_or_else(|| CmdletError::NoObject(wanted.to_owned()))?;
    Ok(vec![all[place].clone()])
}

fn removed(all: &mut Vec<Value>, given: &Value, names: &[&str]) -> Output {
    let wanted = text(given, "Identity")?;
    let place = place(all, wanted, names).ok_or_else(|| CmdletError::NoObject(wanted.to_owned()))?;
    all.remove(place);
    Ok(Vec::new())
}

fn guid(given: &Value, name: &'static str) -> Result<String, CmdletError> {
    let found = text(given, name)?;
    uuid::Uuid::try_parse(found).map_err(|_| CmdletError::BadParameter(name))?;
    Ok(found.to_lowercase())
}

/// The object id is taken as given: a wrong one makes a pointer to nothing, as in the real service.
fn new_principal(world: &mut World, given: &Value) -> Output {
    let app_id = guid(given, "AppId")?;
    let by_old_name = parameter(given, "ObjectId").is_none() && parameter(given, "ServiceId").is_some();
    let object_id = guid(given, if by_old_name { "ServiceId" } else { "ObjectId" })?;
    let all = &mut world.exchange.principals;
    if place(all, &app_id, &["AppId"]).is_some() || place(all, &object_id, &["ObjectId"]).is_some() {
        return Err(CmdletError::ObjectExists(app_id));
    }
    let name = maybe_text(given, "DisplayName")?.unwrap_or_default();
    let made = json!({"Identity": object_id, "DisplayName": name, "AppId": app_id, "ObjectId": object_id,
        "ServiceId": object_id});
    all.push(made.clone());
    Ok(vec![made])
}

fn filter(given: &Value) -> Result<String, CmdletError> {
    let filter = text(given, "RecipientRestrictionFilter")?;
    match recipient_filter::read(filter) {
        Some(_) => Ok(filter.to_owned()),
        None => Err(CmdletError::BadFilter(filter.to_owned())),
    }
}

fn new_scope(world: &mut World, given: &Value) -> Output {
    let name = text(given, "Name")?;
    if place(&world.exchange.scopes, name, &["Name"]).is_some() {
        return Err(CmdletError::ObjectExists(name.to_owned()));
    }
    let made = json!({"Name": name, "Identity": name, "ScopeRestrictionType": "RecipientScope", "Exclusive": false,
        "RecipientFilter": filter(given)?});
    world.exchange.scopes.push(made.clone());
    Ok(vec![made])
}

fn set_scope(world: &mut World, given: &Value) -> Output {
    let wanted = text(given, "Identity")?;
    let place = place(&world.exchange.scopes, wanted, &["Name"])
        .ok_or_else(|| CmdletError::NoObject(wanted.to_owned()))?;
    world.exchange.scopes[place]["RecipientFilter"] = json!(filter(given)?);
    Ok(Vec::new())
}

fn remove_scope(world: &mut World, given: &Value) -> Output {
    let wanted = text(given, "Identity")?;
    if place(&world.exchange.assignments, wanted, &["CustomResourceScope"]).is_some() {
        return Err(CmdletError::ScopeInUse(wanted.to_owned()));
    }
    removed(&mut world.exchange.scopes, given, &["Name"])
}

fn new_assignment(world: &mut World, given: &Value) -> Output {
    let exchange = &world.exchange;
    let app = text(given, "App")?;
    let found = place(&exchange.principals, app, &["ObjectId", "AppId", "DisplayName"])
        .ok_or_else(|| CmdletError::NoObject(app.to_owned()))?;
    let principal = exchange.principals[found].clone();
    let wanted = text(given, "Role")?;
    let role = ROLES.iter().find(|role| role.eq_ignore_ascii_case(wanted));
    let role = *role.ok_or_else(|| CmdletError::NoObject(wanted.to_owned()))?;
    let scope = match maybe_text(given, "CustomResourceScope")? {
        Some(name) => {
            let found = place(&exchange.scopes, name, &["Name"])
                .ok_or_else(|| CmdletError::NoObject(name.to_owned()))?;
            exchange.scopes[found]["Name"].clone()
        }
        None => Value::Null,
    };
    let usual = format!("{role}-{}", principal["ObjectId"].as_str().unwrap_or_default());
    let name: String = maybe_text(given, "Name")?.unwrap_or(&usual).chars().take(64).collect();
    if place(&exchange.assignments, &name, &["Name"]).is_some() {
        return Err(CmdletError::ObjectExists(name));
    }
    let kind = if scope.is_null() { "Organization" } else { "CustomRecipientScope" };
    let made = json!({"Name": name, "Identity": name, "Guid": world.random.guid(), "Role": role,
        "RoleAssigneeType": "ServicePrincipal", "RoleAssigneeName": principal["ObjectId"],
        "App": principal["ObjectId"], "CustomResourceScope": scope, "RecipientWriteScope": kind, "Enabled": true});
    world.exchange.assignments.push(made.clone());
    Ok(vec![made])
}

/// There is no parameter for the application; it is found as the assignee.
fn assignments(world: &World, given: &Value) -> Output {
    let mut all = listed(&world.exchange.assignments, given, &["Name", "Guid"])?;
    if let Some(role) = maybe_text(given, "Role")? {
        all.retain(|one| same(&one["Role"], role));
    }
    if let Some(assignee) = maybe_text(given, "RoleAssignee")? {
        let principals = &world.exchange.principals;
        let found = place(principals, assignee, &["ObjectId", "AppId", "DisplayName"])
            .ok_or_else(|| CmdletError::NoObject(assignee.to_owned()))?;
        all.retain(|one| one["App"] == principals[found]["ObjectId"]);
    }
    Ok(all)
}

/// One row an assignment; `InScope` is `Not Run` without a mailbox to try.
fn test(world: &World, given: &Value) -> Output {
    let exchange = &world.exchange;
    let wanted = text(given, "Identity")?;
    let found = place(&exchange.principals, wanted, &["ObjectId", "AppId", "DisplayName"])
        .ok_or_else(|| CmdletError::NoObject(wanted.to_owned()))?;
    let app = &exchange.principals[found]["ObjectId"];
    let recipient = match maybe_text(given, "Resource")? {
        Some(resource) => {
            Some(world.recipient(resource).ok_or_else(|| CmdletError::NoObject(resource.to_owned()))?)
        }
        None => None,
    };
    let row = |one: &Value| {
        let scope = &one["CustomResourceScope"];
        let in_scope = match &recipient {
            None => "Not Run",
            Some(recipient) if exchange.in_scope(scope, recipient) => "True",
            Some(_) => "False",
        };
        let permission = one["Role"].as_str().and_then(|role| role.strip_prefix("Application "));
        json!({"RoleName": one["Role"], "GrantedPermissions": permission,
            "AllowedResourceScope": if scope.is_null() { json!("Organization") } else { scope.clone() },
            "ScopeType": one["RecipientWriteScope"], "InScope": in_scope})
    };
    Ok(exchange.assignments.iter().filter(|one| one["App"] == *app).map(row).collect())
}

fn mailbox(world: &World, given: &Value) -> Output {
    let wanted = text(given, "Identity")?;
    let found = world.recipient(wanted).ok_or_else(|| CmdletError::NoObject(wanted.to_owned()))?;
    Ok(vec![found])
}
