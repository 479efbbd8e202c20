//! What a verb that adds a credential has in the vault: which rows are its own, which of them is the newest one that the
//! tenant shows, and whether a younger one may merely not be seen yet.

use guide::Template;
use time::Duration;
use vault::Row;

use crate::credential::CredentialKind;
use crate::phrase::Phrase;
use crate::plan::Found;
use crate::site::Site;
use crate::trouble::{Code, Trouble};

/// Replication is given ten minutes; what is not seen by then is gone.
const YOUNG: Duration = Duration::minutes(10);

/// A connection's sealed credentials of one kind, oldest first.
pub(super) struct Sealed {
    /// All of the connection: none of them is an orphan.
    pub all: Vec<Row>,
    /// Those that count here: in a renewal the ones of that renewal only.
    pub own: Vec<Row>,
}

impl Sealed {
    pub fn of(site: &Site<'_>, kind: CredentialKind) -> Result<Self, Trouble> {
        let rows = site.room.vault.rows(site.connection)?;
        let all: Vec<Row> = rows.into_iter().filter(|row| row.label.purpose == kind.purpose()).collect();
        let is_of_step =
            |row: &&Row| row.label.details["step"].as_str().is_none_or(|step| step == site.step.id);
        let counts = |row: &&Row| !site.beside || row.label.details["operation"] == site.operation.as_str();
        let own = all.iter().filter(is_of_step).filter(counts).cloned().collect();
        Ok(Self { all, own })
    }

    /// The newest one that the tenant shows as good.
    pub fn newest(&self, is_live: impl Fn(&str) -> bool) -> Option<&Row> {
        self.own.iter().rev().find(|row| is_live(&row.label.name))
    }

    /// While an older one is seen and a younger one was made minutes ago, the older one must not be taken for the present
    /// one: another replica shows the younger one.
    pub fn waits_for(&self, site: &Site<'_>, live: Option<&Row>) -> Option<Found> {
        let (live, newest) = (live?, self.own.last()?);
        let until = newest.made_at + YOUNG;
        let is_awaited = live.id != newest.id && site.now() < until && was_sent(site, newest);
        is_awaited.then(|| Found::Pending { why: Phrase::new("wait.replication"), until })
    }
}

/// Whether the journal knows that the tenant took it, and nothing of its going.
fn was_sent(site: &Site<'_>, row: &Row) -> bool {
    let history = site.history();
    let kinds = [CredentialKind::Secret, CredentialKind::Certificate];
    kinds.iter().any(|kind| {
        history
            .made(&site.step.id, kind.name())
            .any(|made| made["id"].as_str() == Some(row.label.name.as_str()))
    })
}

/// Whether a renewal has its new credential minutes ago, so that it is looked for and not made again.
pub(crate) fn is_made_beside(site: &Site<'_>) -> Result<bool, Trouble> {
    let Some(kind) = CredentialKind::of(&site.step.action) else { return Ok(false) };
    let sealed = Sealed::of(site, kind)?;
    // A secret is sealed when it exists; a certificate is sealed before it is uploaded.
    let exists = |row: &Row| kind == CredentialKind::Secret || was_sent(site, row);
    Ok(sealed.own.iter().any(|row| exists(row) && site.now() < row.made_at + YOUNG))
}

/// The key ids of everything that a renewal added, of its orphans too.
pub(crate) async fn added_beside(
    site: &Site<'_>,
    register: &str,
    new: Option<&str>,
) -> Result<Vec<String>, Trouble> {
    let Some(kind) = CredentialKind::of(&site.step.action) else { return Ok(Vec::new()) };
    let mut keys: Vec<String> =
        Sealed::of(site, kind)?.own.iter().map(|row| row.label.name.clone()).collect();
    keys.extend(new.map(str::to_owned));
    if kind == CredentialKind::Secret
        && let Some(application) = site.look(register).await?.application
    {
        keys.extend(super::secret::orphans(site, &application, &Sealed::of(site, kind)?.all));
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}

/// The lifetime that was asked for, in days.
pub(super) fn asked_days(site: &Site<'_>, months: &Template) -> Result<i64, Trouble> {
    let text = site.render(months)?;
    let months: i64 = text
        .trim()
        .parse()
        .map_err(|_| Trouble::new(Code::AnswerInvalid).with("value", &text).in_field(months.source()))?;
    Ok(months * 365 / 12)
}
