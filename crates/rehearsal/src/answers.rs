//! What an admin would have answered: who signs in, who is an operator, what a field is called, and the files that go
//! with it. Chosen from the pretend tenant itself, so that each seed has its own.

use std::path::PathBuf;

use engine::guide::{Action, Ask, AskKind, Guide, Need};
use serde_json::{Value, json};
use simulator::CommunicationUser;

use crate::people;
use crate::{PretendTeams, Rehearsal};

/// How many operators a rehearsal chooses.
const OPERATORS: usize = 2;
/// How many people a list names that were taken from the tenant.
const PEOPLE: usize = 500;
/// What a text ask without a proposal gets: the product's own name of a field.
const TEXT: &str = "Email";
/// Who may do the whole of a guide.
const ROLE: &str = "Privileged Role Administrator";

/// No account of the pretend tenant has that name.
#[derive(Debug, thiserror::Error)]
#[error("the pretend tenant has no account {0}")]
pub struct UnknownAccount(pub String);

impl Rehearsal {
    /// Who signs in: the account of that name, or the first that has the role for a whole guide.
    ///
    /// # Errors
    /// When there is no such account.
    pub fn account(&self, wanted: Option<&str>) -> Result<String, UnknownAccount> {
        let accounts = &self.tenant.announcement.accounts;
        let found = match wanted {
            Some(name) => accounts
                .iter()
                .find(|account| account.upn == name || account.upn.split('@').next() == Some(name)),
            None => accounts.iter().find(|account| account.roles.iter().any(|role| role == ROLE)),
        };
        let found = found.ok_or_else(|| UnknownAccount(wanted.unwrap_or(ROLE).to_owned()))?;
        Ok(found.upn.clone())
    }

    /// Answers to every required ask that has no proposal, and to every ask for a file. Files of pretend people are
    /// written into the rehearsal's folder; a file that cannot be written is left unanswered.
    #[must_use]
    pub fn answers(&self, guide: &Guide, seed: u64) -> Vec<(String, Value)> {
        let told = &self.tenant.announcement;
        let teams = PretendTeams::new(self.tenant.control());
        let operators = teams.candidates(&told.accounts);
        let carriers: Vec<&CommunicationUser> = told.communication_users.iter().collect();
        let is_open = |ask: &&Ask| ask.required && ask.default.is_none();
        let mut answers: Vec<(String, Value)> = Vec::new();
        for ask in guide.asks.iter().filter(|ask| is_open(ask) || is_file(&ask.kind)) {
            let given = match &ask.kind {
                AskKind::Csv {} => self.list(guide, ask, &answers),
                AskKind::File {} => self.certificate(),
                AskKind::Users { most } => chosen(
                    &whom(guide, ask, &operators, &carriers),
                    *most,
                    seed,
                    needs(guide, ask).is_empty(),
                ),
                kind => ask.exampled().or_else(|| answer(kind)),
            };
            answers.extend(given.map(|value| (ask.id.clone(), value)));
        }
        answers
    }

    /// A file of pretend people by the field that the guide matches them by, a few of whom nobody is.
    fn list(&self, guide: &Guide, ask: &Ask, given: &[(String, Value)]) -> Option<Value> {
        let used = people::use_of(guide, &ask.id)?;
        let answered = |id: &str| {
            let known = given.iter().find(|(ask, _)| ask == id).map(|(_, value)| value.clone());
            let proposed = || guide.ask(id).and_then(Ask::proposed);
            let pretended = || guide.ask(id).and_then(|ask| ask.exampled().or_else(|| answer(&ask.kind)));
            let value = known.or_else(proposed).or_else(pretended)?;
            value.as_str().map(str::to_owned)
        };
        let heading = used.column.and_then(answered).unwrap_or_else(|| "Name".to_owned());
        let field = answered(used.field)?;
        let path = self.folder.join(format!("{}-{}.csv", guide.id, ask.id));
        let people = self.tenant.control().people(&field, PEOPLE);
        write(&path, &people::csv(&heading, &people)).then(|| json!(path))
    }

    /// The public certificate that the pretend product made.
    fn certificate(&self) -> Option<Value> {
        self.tenant.announcement.products.as_ref().map(|products| json!(products.certificate))
    }
}

fn is_file(kind: &AskKind) -> bool {
    matches!(kind, AskKind::Csv {} | AskKind::File {})
}

fn write(path: &PathBuf, text: &str) -> bool {
    let mut folders = std::fs::DirBuilder::new();
    folders.recursive(true);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let Some(Ok(mut file)) =
        path.parent().map(|folder| folders.create(folder).and_then(|()| options.open(path)))
    else {
        return false;
    };
    // A umask such as 0777 takes the owner's own rights away.
    #[cfg(unix)]
    if file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).is_err() {
        return false;
    }
    std::io::Write::write_all(&mut file, text.as_bytes()).is_ok()
}

/// What the step that chooses by an ask needs of everybody.
fn needs<'a>(guide: &'a Guide, ask: &Ask) -> &'a [Need] {
    let of_ask = |step: &'a engine::guide::Step| match &step.action {
        Action::ChooseUsers { ask: other, needs } if *other == ask.id => Some(needs.as_slice()),
        _ => None,
    };
    guide.steps.iter().find_map(of_ask).unwrap_or_default()
}

/// Who could be chosen: the accounts that products sign in as, where no second factor may stand in the way or somebody
/// signs in with a password; otherwise people of the directory.
fn whom(guide: &Guide, ask: &Ask, operators: &[String], carriers: &[&CommunicationUser]) -> Vec<String> {
    let is_chosen_by = |step: &str| match guide.step(step).map(|step| &step.action) {
        Some(Action::ChooseUsers { ask: other, .. }) => *other == ask.id,
        _ => false,
    };
    let signs_in = guide.steps.iter().any(|step| match &step.action {
        Action::ProveSignIn { users, .. } => is_chosen_by(users),
        Action::PoolUsers { carriers, .. } => is_chosen_by(carriers),
        _ => false,
    });
    let of_accounts = |need: &Need| matches!(need, Need::NoMultiFactor | Need::PasswordDoesNotExpire);
    if !signs_in && !needs(guide, ask).iter().any(of_accounts) {
        return operators.to_vec();
    }
    let good = carriers.iter().filter(|user| user.signs_in && user.note.starts_with("good"));
    good.map(|user| user.upn.clone()).collect()
}

/// The first few people of every seed have an address and a licence.
pub(crate) fn chosen(people: &[String], most: Option<u32>, seed: u64, spread: bool) -> Option<Value> {
    let first = if spread { usize::try_from(seed % 4).unwrap_or_default() } else { 0 };
    let first = first.min(people.len().saturating_sub(OPERATORS));
    let count = OPERATORS.min(most.map_or(OPERATORS, |most| most as usize));
    let taken: Vec<&String> = people.iter().skip(first).take(count).collect();
    (!taken.is_empty()).then(|| json!(taken))
}

pub(crate) fn answer(kind: &AskKind) -> Option<Value> {
    match kind {
        AskKind::Text { max, .. } => Some(json!(TEXT.chars().take(*max as usize).collect::<String>())),
        AskKind::Number { min, .. } => Some(json!(min)),
        AskKind::Choice { options } => options.first().map(|option| json!(option)),
        AskKind::UserField {} => Some(json!("mail")),
        AskKind::Choices { options } => Some(json!(options)),
        AskKind::Users { .. } | AskKind::Csv {} | AskKind::File {} | AskKind::Permissions { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_kind_of_ask_has_an_answer_that_fits() {
        let people: Vec<String> = (0..9).map(|number| format!("p{number}@x.example")).collect();
        assert_eq!(chosen(&people, None, 6, true), Some(json!(["p2@x.example", "p3@x.example"])));
        assert_eq!(chosen(&people, None, 6, false), Some(json!(["p0@x.example", "p1@x.example"])));
        assert_eq!(chosen(&people[..1], None, 3, true), Some(json!(["p0@x.example"])));
        assert_eq!(chosen(&people, Some(1), 0, true), Some(json!(["p0@x.example"])));
        assert_eq!(chosen(&[], None, 0, true), None);
        assert_eq!(answer(&AskKind::Text { max: 3, form: None }), Some(json!("Ema")));
        assert_eq!(answer(&AskKind::Number { min: 4, max: 9 }), Some(json!(4)));
        assert_eq!(answer(&AskKind::Csv {}), None);
    }
}
