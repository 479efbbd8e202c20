//! What an admin would have answered: who signs in, who is an operator, what a field is called. Chosen from the pretend
//! tenant itself, so that each seed has its own.

use engine::guide::{Ask, AskKind, Guide};
use serde_json::{Value, json};

use crate::{PretendTeams, Rehearsal};

/// How many operators a rehearsal chooses.
const OPERATORS: usize = 2;
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

    /// Answers to every required ask that has no proposal.
    #[must_use]
    pub fn answers(&self, guide: &Guide, seed: u64) -> Vec<(String, Value)> {
        let candidates =
            PretendTeams::new(self.tenant.control()).candidates(&self.tenant.announcement.accounts);
        let open = guide.asks.iter().filter(|ask| ask.required && ask.default.is_none());
        let given = |ask: &Ask| ask.exampled().or_else(|| answer(&ask.kind, &candidates, seed));
        open.filter_map(|ask| Some((ask.id.clone(), given(ask)?))).collect()
    }
}

fn answer(kind: &AskKind, candidates: &[String], seed: u64) -> Option<Value> {
    match kind {
        AskKind::Users { most } => {
            // The first few people of every seed have an address and a licence.
            let first =
                usize::try_from(seed % 4).unwrap_or_default().min(candidates.len().saturating_sub(OPERATORS));
            Some(json!(
                candidates
                    .iter()
                    .skip(first)
                    .take(OPERATORS.min(most.map_or(OPERATORS, |most| most as usize)))
                    .collect::<Vec<_>>()
            ))
        }
        AskKind::Text { max, .. } => Some(json!(TEXT.chars().take(*max as usize).collect::<String>())),
        AskKind::Number { min, .. } => Some(json!(min)),
        AskKind::Choice { options } => options.first().map(|option| json!(option)),
        AskKind::UserField {} => Some(json!("mail")),
        AskKind::Choices { options } => Some(json!(options)),
        AskKind::Csv {} | AskKind::File {} | AskKind::Permissions { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_ask_has_an_answer_that_fits() {
        let people: Vec<String> = (0..9).map(|number| format!("p{number}@x.example")).collect();
        assert_eq!(
            answer(&AskKind::Users { most: None }, &people, 6),
            Some(json!(["p2@x.example", "p3@x.example"]))
        );
        assert_eq!(answer(&AskKind::Users { most: None }, &people[..1], 3), Some(json!(["p0@x.example"])));
        assert_eq!(answer(&AskKind::Text { max: 3, form: None }, &people, 0), Some(json!("Ema")));
        assert_eq!(answer(&AskKind::Number { min: 4, max: 9 }, &people, 0), Some(json!(4)));
        assert_eq!(answer(&AskKind::Csv {}, &people, 0), None);
    }
}
