//! The pretend products of a rehearsal, as the desk reaches them, and the passwords that open its pretend accounts.

use engine::secrecy::SecretString;
use engine::{PretendServers, Reach};
use simulator::Running;

use crate::Rehearsal;

/// The name of Axigen's own administrator.
const ADMIN: &str = "admin";

/// How a desk in the rehearsal reaches servers that are not Microsoft's: the pretend ones and no others.
#[must_use]
pub fn reach(tenant: &Running) -> Reach {
    let Some(products) = tenant.products() else { return Reach::pretend(PretendServers::default()) };
    let told = products.addresses();
    Reach::pretend(PretendServers {
        command_line: Some(told.axigen_tls),
        tunnel: Some(told.axigen_plain),
        command_line_authority: Some(told.axigen_ca.clone()),
        web: Some(told.web),
        public_roots: products.web.root_pem().to_owned(),
        ..PretendServers::default()
    })
}

/// The same, for a rehearsal whose sealed files go to a receiver with a clock of its own.
pub(crate) fn reach_by_real_time(tenant: &Running) -> Reach {
    match reach(tenant) {
        Reach::Pretend(mut servers) => {
            servers.time_outside = Some(time::OffsetDateTime::now_utc);
            Reach::Pretend(servers)
        }
        Reach::Network => Reach::Network,
    }
}

impl Rehearsal {
    /// The password of a pretend account, or of the pretend product's admin; nothing for a name that is neither.
    #[must_use]
    pub fn password(&self, name: &str) -> Option<SecretString> {
        let told = &self.tenant.announcement;
        if name == ADMIN {
            return told.products.as_ref().map(|products| products.axigen_password.as_str().into());
        }
        let account = told.communication_users.iter().find(|user| user.upn.eq_ignore_ascii_case(name))?;
        Some(account.password.as_str().into())
    }

    /// How often the pretend product was written to: commands of its command line that keep or save something.
    #[must_use]
    pub fn product_writes(&self) -> usize {
        let heard = self.tenant.products().map(|products| products.axigen.heard()).unwrap_or_default();
        let keeps = |command: &&String| {
            let first = command.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            matches!(first.as_str(), "COMMIT" | "DONE" | "SAVE" | "RESET" | "REMOVE")
        };
        heard.iter().filter(keeps).count()
    }
}
