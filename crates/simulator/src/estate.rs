//! An estate: several tenants behind one listener. One is home to an administrator who looks after the others, the
//! customers, as a partner does.
//!
//! A sign-in request is told by the tenant in its path, a Graph request by the tenant of its token; what a tenant does
//! with it is the tenant's own part, and no two share a directory. They share a clock and a signing key, as Microsoft's
//! tenants do. A refresh token of the home tenant is good at a customer where the account has a relation ("Refresh tokens
//! … aren't tied to a resource or tenant", Microsoft's page "Refresh tokens in the Microsoft identity platform").

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::control::Control;
use crate::exchange::{Reply, Request, find};
use crate::login::refusal::Refusal;
use crate::login::state::Refresh;
use crate::rehearsal::{Ground, Rehearsal, held, kind_of};
use crate::running::{StartError, listen, local};
use crate::seeding;
use crate::server::{self, Answers};
use crate::settings::{Partner, Settings};
use crate::tokens::{SigningKey, decode};
use crate::traffic::{Kind, Traffic};

/// The public client that every tenant of an estate knows: Microsoft's own command line tools.
const CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// What a customer makes of the partner's account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Relation {
    /// The account administers the customer's tenant.
    #[default]
    Trusted,
    /// The account is unknown there: AADSTS50020.
    Unknown,
    /// Nobody consented to the client there: AADSTS65001.
    NotConsented,
    /// Conditional Access wants a second factor that was not given: AADSTS50076.
    WantsMore,
}

/// How an estate is set up.
#[derive(Clone, Default)]
pub struct EstateSettings {
    /// Each of its tenants, save for seed, name and domain.
    pub tenant: Settings,
    /// How many customers.
    pub customers: usize,
    /// Customers, by their number from 0 on, that do not simply trust the partner.
    pub relations: BTreeMap<usize, Relation>,
}

/// A tenant of a customer.
pub struct Customer {
    /// Tenant id.
    pub id: String,
    /// Initial domain.
    pub domain: String,
    /// Name of the organisation.
    pub name: String,
    /// Control of it.
    pub control: Control,
}

/// Tenants that are being served. Dropping it ends them.
pub struct Estate {
    /// Scheme, host and port of sign-in and Graph.
    pub origin: String,
    /// The public client to sign in with.
    pub client_id: String,
    /// The account of the partner: user principal name in the home tenant.
    pub account: String,
    /// The home tenant's id.
    pub home_id: String,
    /// Control of the home tenant, where the account signs in.
    pub home: Control,
    /// The customers.
    pub customers: Vec<Customer>,
    ending: watch::Sender<bool>,
}

impl Estate {
    /// Starts the tenants inside the current tokio runtime, over plain HTTP.
    ///
    /// # Errors
    /// When the port cannot be had, or a tenant refuses what it is seeded with.
    pub async fn start(settings: EstateSettings) -> Result<Estate, StartError> {
        if !settings.tenant.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(settings.tenant.listen));
        }
        let listener = listen(settings.tenant.listen).await?;
        let port = local(&listener, settings.tenant.listen)?.port();
        let ground = Ground {
            clock: Clock::new(settings.tenant.now.clone()),
            origin: format!("http://localhost:{port}"),
            key: SigningKey::shared()?,
        };
        let tenant = |number: usize, partner: Option<Partner>| {
            let organisation = match number {
                0 => ("Northwind Systemhaus".to_owned(), "northwind.onmicrosoft.com".to_owned()),
                number => (format!("Customer {number:03}"), format!("customer{number:03}.onmicrosoft.com")),
            };
            let seed = settings.tenant.seed.wrapping_mul(0x1_0001).wrapping_add(number as u64);
            let own = Settings { organisation: Some(organisation), partner, seed, ..settings.tenant.clone() };
            let seeded = seeding::seed(&own, &ground.clock, &ground.origin, None)?;
            let traffic = Traffic::to_file(own.traffic_log.as_deref()).map_err(|source| {
                StartError::File { path: own.traffic_log.clone().unwrap_or_default(), source }
            })?;
            Ok::<_, StartError>(Arc::new(Rehearsal::new(&ground, own, seeded, traffic)))
        };
        let home = tenant(0, None)?;
        let admin = home.people.first().map(|person| person.account.clone());
        let partner = admin.map(|account| Partner {
            tenant_id: home.tenant_id.clone(),
            upn: account.upn,
            name: account.name,
        });
        let relation = |number: usize| settings.relations.get(&number).copied().unwrap_or_default();
        let mut tenants = vec![(home, Relation::Trusted)];
        for number in 0..settings.customers {
            let known = partner.clone().filter(|_| relation(number) != Relation::Unknown);
            tenants.push((tenant(number + 1, known)?, relation(number)));
        }
        Ok(Self::serve(listener, &ground, tenants, partner.map(|partner| partner.upn).unwrap_or_default()))
    }

    fn serve(
        listener: tokio::net::TcpListener,
        ground: &Ground,
        tenants: Vec<(Arc<Rehearsal>, Relation)>,
        account: String,
    ) -> Estate {
        let control = |tenant: &Arc<Rehearsal>| Control { rehearsal: Arc::clone(tenant) };
        let customer = |(tenant, _): &(Arc<Rehearsal>, Relation)| Customer {
            id: tenant.tenant_id.clone(),
            domain: tenant.domain.clone(),
            name: tenant.world().tenant.display_name.clone(),
            control: control(tenant),
        };
        let customers = tenants.iter().skip(1).map(customer).collect();
        let (home, home_id) = (control(&tenants[0].0), tenants[0].0.tenant_id.clone());
        let mut places = HashMap::new();
        for (place, (tenant, _)) in tenants.iter().enumerate() {
            places.insert(tenant.tenant_id.to_lowercase(), place);
            places.insert(tenant.domain.to_lowercase(), place);
        }
        let (ending, ended) = watch::channel(false);
        let doors = Arc::new(Doors { tenants, places });
        tokio::spawn(server::serve(listener, None, ground.origin.clone(), doors, ended));
        let (origin, client_id) = (ground.origin.clone(), CLIENT.to_owned());
        Estate { origin, client_id, account, home_id, home, customers, ending }
    }
}

impl Drop for Estate {
    fn drop(&mut self) {
        let _ = self.ending.send(true);
    }
}

struct Doors {
    /// The home tenant first.
    tenants: Vec<(Arc<Rehearsal>, Relation)>,
    /// By tenant id and by domain, in lower case.
    places: HashMap<String, usize>,
}

impl Answers for Doors {
    async fn answer(&self, request: Request) -> Reply {
        let place = self.place(&request);
        let (tenant, relation) = &self.tenants[place];
        match self.carry_over(place, *relation, &request) {
            Err(refusal) => {
                let reply = refusal.reply(tenant);
                held(&tenant.traffic).note(Kind::SignIn, &request, &reply, None, tenant.clock.now());
                reply
            }
            Ok(()) => tenant.answer(request).await,
        }
    }
}

impl Doors {
    /// Which tenant a request is for; the home tenant where it names none of these.
    fn place(&self, request: &Request) -> usize {
        let named = match kind_of(request) {
            Kind::SignIn => request.segments().into_iter().next(),
            Kind::Graph | Kind::Azure => tenant_of_token(request),
        };
        named.and_then(|name| self.places.get(&name.to_lowercase()).copied()).unwrap_or(0)
    }

    /// Makes a refresh token of the home tenant known at a customer that trusts its owner.
    fn carry_over(&self, place: usize, relation: Relation, request: &Request) -> Result<(), Refusal> {
        let is_token = request.method == "POST" && request.path.to_lowercase().ends_with("/token");
        if place == 0 || !is_token {
            return Ok(());
        }
        let form = request.form();
        let Some(token) = find(&form, "refresh_token") else { return Ok(()) };
        let (home, tenant) = (&self.tenants[0].0, &self.tenants[place].0);
        let Some(kept) = held(&home.sign_ins).refreshes.get(token).cloned() else { return Ok(()) };
        let owner = &home.people[kept.person].account.upn;
        let is_owner = |home: &crate::accounts::Home| home.mail.eq_ignore_ascii_case(owner);
        let person = tenant.people.iter().position(|person| person.home.as_ref().is_some_and(is_owner));
        let person = person.ok_or_else(|| unknown(owner, &home.tenant_id, &tenant.domain))?;
        match relation {
            Relation::Trusted | Relation::Unknown => {}
            Relation::NotConsented => return Err(not_consented()),
            Relation::WantsMore => return Err(wants_more()),
        }
        let known = Refresh { person, ..kept };
        held(&tenant.sign_ins).refreshes.insert(token.to_owned(), known);
        Ok(())
    }
}

/// The tenant that a token says it is of. Whether that is true is for the tenant to find out.
fn tenant_of_token(request: &Request) -> Option<String> {
    let (_, token) = request.header("authorization")?.split_once(' ')?;
    let claims: Value = serde_json::from_slice(&decode(token.split('.').nth(1)?)?).ok()?;
    claims["tid"].as_str().map(str::to_owned)
}

fn unknown(account: &str, home: &str, domain: &str) -> Refusal {
    let message = format!(
        "User account '{account}' from identity provider 'https://sts.windows.net/{home}/' does not exist in tenant '{domain}' and cannot access the application '{CLIENT}' in that tenant. The account needs to be added as an external user in the tenant first."
    );
    Refusal::grant(50020, message)
}

fn not_consented() -> Refusal {
    let message = format!(
        "The user or administrator has not consented to use the application with ID '{CLIENT}' named 'Microsoft Graph Command Line Tools'. Send an interactive authorization request for this user and resource."
    );
    Refusal { suberror: Some("consent_required"), ..Refusal::grant(65001, message) }
}

fn wants_more() -> Refusal {
    let message = "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.";
    Refusal { suberror: Some("basic_action"), ..Refusal::new(400, "invalid_grant", 50076, message) }
}
