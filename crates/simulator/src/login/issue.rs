//! Making tokens: what a person has consented to, what an application was granted, and the claims that say
//! so.
//!
//! Graph tokens look like version 1 tokens (`appid`, `sts.windows.net`), ID tokens like version 2.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::clients::{self, Client};
use super::refusal::Refusal;
use super::resources::{GRAPH, Wish};
use super::state::Refresh;
use super::tenants::{Authority, authority};
use crate::accounts::{GUEST, MEMBER, Obstacle, Person};
use crate::rehearsal::{Rehearsal, held};
use crate::tokens::{KeyError, encode};

/// How a client proved itself (`appidacr`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Public = 0,
    Secret = 1,
    Certificate = 2,
}

/// What a token answer needs beside the wish.
pub(crate) struct For<'a> {
    pub client: &'a Client,
    pub person: usize,
    pub tenant: &'a str,
    pub origin: &'a str,
    pub nonce: Option<&'a str>,
    /// Authentication contexts that the token is to say it satisfies.
    pub contexts: &'a [String],
    pub client_info: bool,
    /// How the person proved who they are (`amr`).
    pub methods: &'a [&'a str],
    pub proof: Proof,
    pub v1: bool,
}

/// Records the consent that a wish needs and answers all scopes that the token will carry.
pub(crate) fn consent(
    rehearsal: &Rehearsal,
    client: &Client,
    person: usize,
    wish: &Wish,
) -> Result<Vec<String>, Refusal> {
    let someone = &rehearsal.people[person];
    let catalogue = clients::delegated_permissions(&rehearsal.world(), &wish.resource);
    let mut granted: BTreeSet<String> =
        clients::granted_scopes(&rehearsal.world(), client, &someone.object_id, &wish.resource);
    let key = (client.app_id.clone(), someone.object_id.clone(), wish.resource.clone());
    granted.extend(held(&rehearsal.sign_ins).consents.get(&key).cloned().unwrap_or_default());
    let mut wanted = wish.values.clone();
    if wish.default {
        wanted.extend(clients::listed_scopes(&rehearsal.world(), client, &wish.resource));
    }
    for value in wanted {
        if granted.contains(&value) {
            continue;
        }
        let Some((spelled, needs_admin)) =
            catalogue.iter().find(|(name, _)| name.eq_ignore_ascii_case(&value))
        else {
            return Err(Refusal::new(
                400,
                "invalid_client",
                650053,
                format!(
                    "The application '{}' asked for scope '{value}' that doesn't exist on the resource '{}'. Contact the app vendor.",
                    client.name, wish.resource
                ),
            ));
        };
        if client.preauthorised.is_some() && wish.resource == GRAPH {
            return Err(Refusal::new(
                400,
                "invalid_request",
                65002,
                format!(
                    "Consent between first party application '{}' and first party resource '{GRAPH}' must be configured via preauthorization - applications owned and operated by Microsoft must get approval from the API owner before requesting tokens for that API.",
                    client.app_id
                ),
            ));
        }
        if *needs_admin && !someone.can_consent() {
            return Err(Refusal::new(
                400,
                "invalid_grant",
                90094,
                format!(
                    "{} needs permission to access resources in your organization that only an admin can grant. Ask an admin to grant permission to this app before you can use it.",
                    client.name
                ),
            ));
        }
        granted.insert(spelled.clone());
    }
    if granted.is_empty() && wish.resource == GRAPH {
        granted.insert("User.Read".to_owned());
    }
    held(&rehearsal.sign_ins).consents.insert(key, granted.clone());
    let mut all: Vec<String> = granted.into_iter().collect();
    if wish.resource == GRAPH {
        all.extend(["openid", "profile", "email"].map(str::to_owned));
    }
    Ok(all)
}

/// The answer of the token endpoint for a person, whose token carries these scopes.
pub(crate) fn for_person(
    rehearsal: &Rehearsal,
    wish: &Wish,
    to: &For<'_>,
    scopes: Vec<String>,
) -> Result<Value, Refusal> {
    let person = &rehearsal.people[to.person];
    let access_token = sign(rehearsal, &access_claims(rehearsal, wish, to, person, &scopes))?;
    let lifetime = rehearsal.settings.token_lifetime.as_secs();
    let mut answer = json!({
        "token_type": "Bearer",
        "scope": echoed(wish, &scopes),
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": access_token,
    });
    if wish.offline {
        let token = format!(
            "1.{}",
            held(&rehearsal.random)
                .letters(b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnopqrstuvwxyz23456789-_", 140)
        );
        let kept = Refresh {
            client_id: to.client.app_id.clone(),
            person: to.person,
            scopes: wish.spelled.clone(),
            contexts: to.contexts.to_vec(),
        };
        held(&rehearsal.sign_ins).refreshes.insert(token.clone(), kept);
        answer["refresh_token"] = json!(token);
    }
    if wish.openid {
        answer["id_token"] = json!(sign(rehearsal, &id_claims(rehearsal, to, person))?);
    }
    if to.client_info {
        let info = json!({"uid": person.object_id, "utid": tenant_of(rehearsal, to, person)});
        answer["client_info"] = json!(encode(info.to_string()));
    }
    if to.v1 {
        let now = rehearsal.clock.now().unix_timestamp();
        answer["resource"] = json!(wish.audience);
        answer["expires_on"] = json!((now + lifetime as i64).to_string());
        answer["not_before"] = json!(now.to_string());
    }
    Ok(answer)
}

/// The answer of the token endpoint for an application: an access token and nothing else.
pub(crate) fn for_application(
    rehearsal: &Rehearsal,
    wish: &Wish,
    client: &Client,
    proof: Proof,
) -> Result<Value, Refusal> {
    let world = rehearsal.world();
    let oid = clients::principal(&world, client, &rehearsal.tenant_id)?;
    let roles = clients::granted_roles(&world, client, &wish.resource);
    drop(world);
    let mut claims = base_claims(rehearsal, wish, &rehearsal.tenant_id, &oid);
    claims["appid"] = json!(client.app_id);
    claims["app_displayname"] = json!(client.name);
    claims["appidacr"] = json!((proof as u8).to_string());
    claims["idtyp"] = json!("app");
    claims["sub"] = json!(oid);
    claims["wids"] = json!(["0997a1d0-0d1d-4acb-b408-d5ca73121e90"]);
    if !roles.is_empty() {
        claims["roles"] = json!(roles);
    }
    let lifetime = rehearsal.settings.token_lifetime.as_secs();
    let access_token = sign(rehearsal, &claims)?;
    Ok(
        json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": access_token}),
    )
}

fn access_claims(
    rehearsal: &Rehearsal,
    wish: &Wish,
    to: &For<'_>,
    person: &Person,
    scopes: &[String],
) -> Value {
    let tenant = tenant_of(rehearsal, to, person);
    let mut claims = base_claims(rehearsal, wish, &tenant, &person.object_id);
    claims["acr"] = json!("1");
    claims["amr"] = json!(to.methods);
    claims["acct"] = json!(u8::from(person.home.is_some()));
    claims["appid"] = json!(to.client.app_id);
    claims["app_displayname"] = json!(to.client.name);
    claims["appidacr"] = json!((to.proof as u8).to_string());
    claims["idtyp"] = json!("user");
    claims["name"] = json!(person.account.name);
    claims["scp"] = json!(scopes.join(" "));
    claims["sub"] = json!(encode(format!("{}{}", person.object_id, to.client.app_id)));
    claims["unique_name"] = json!(person.account.upn);
    claims["upn"] = json!(person.account.upn);
    let mut wids = person.role_ids.clone();
    let is_guest = person.home.as_ref().is_some_and(|home| home.guest);
    wids.push(if is_guest { GUEST } else { MEMBER }.to_owned());
    claims["wids"] = json!(wids);
    if !to.contexts.is_empty() {
        claims["acrs"] = json!(to.contexts);
    }
    claims
}

fn id_claims(rehearsal: &Rehearsal, to: &For<'_>, person: &Person) -> Value {
    let tenant = tenant_of(rehearsal, to, person);
    let now = rehearsal.clock.now().unix_timestamp();
    let lifetime = i64::try_from(rehearsal.settings.token_lifetime.as_secs()).unwrap_or(3599);
    let mut claims = json!({
        "aud": to.client.app_id,
        "iss": format!("{}/{tenant}/v2.0", to.origin),
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "name": person.account.name,
        "oid": person.object_id,
        "preferred_username": person.home.as_ref().map_or(&person.account.upn, |home| &home.mail),
        "sub": encode(format!("{}{}", person.object_id, to.client.app_id)),
        "tid": tenant,
        "uti": rehearsal.guid(),
        "ver": "2.0",
        "footbridge_rehearsal": true,
    });
    if let Some(nonce) = to.nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some(home) = person.home.as_ref().filter(|home| home.tenant_id != tenant) {
        claims["idp"] = json!(format!("https://sts.windows.net/{}/", home.tenant_id));
    }
    claims
}

fn base_claims(rehearsal: &Rehearsal, wish: &Wish, tenant: &str, oid: &str) -> Value {
    let now = rehearsal.clock.now().unix_timestamp();
    let lifetime = i64::try_from(rehearsal.settings.token_lifetime.as_secs()).unwrap_or(3599);
    json!({
        "aud": wish.audience,
        "iss": format!("https://sts.windows.net/{tenant}/"),
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "oid": oid,
        "tid": tenant,
        "uti": rehearsal.guid(),
        "ver": "1.0",
        "footbridge_rehearsal": true,
    })
}

/// A stranger signs in to the tenant he came from, unless this one was named.
fn tenant_of(rehearsal: &Rehearsal, to: &For<'_>, person: &Person) -> String {
    let named = matches!(authority(rehearsal, to.tenant), Ok(Authority::This));
    match &person.home {
        Some(home) if person.obstacle == Obstacle::Elsewhere && !named => home.tenant_id.clone(),
        _ => rehearsal.tenant_id.clone(),
    }
}

/// The scopes as asked for, in their spelling, then what the token carries besides.
fn echoed(wish: &Wish, scopes: &[String]) -> String {
    let mut all: Vec<String> =
        wish.spelled.iter().filter(|scope| *scope != "offline_access").cloned().collect();
    let qualified =
        wish.spelled.iter().find(|scope| scope.contains('/')).and_then(|scope| scope.rsplit_once('/'));
    for scope in scopes {
        let told =
            all.iter().any(|known| known.rsplit('/').next().unwrap_or(known).eq_ignore_ascii_case(scope));
        if !told {
            let openid = ["openid", "profile", "email"].contains(&scope.as_str());
            all.push(match qualified {
                Some((resource, _)) if !openid => format!("{resource}/{scope}"),
                _ => scope.clone(),
            });
        }
    }
    all.join(" ")
}

fn sign(rehearsal: &Rehearsal, claims: &Value) -> Result<String, Refusal> {
    rehearsal.key.sign(claims).map_err(|KeyError| {
        Refusal::new(500, "server_error", 90033, "A transient error has occurred. Please try again.")
    })
}
