//! Passwords that somebody lends for one step: of an account that signs in, or of a product's own admin. They are kept
//! in memory only, never journalled and never sealed, and they are dropped when the step has used them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use secrecy::{ExposeSecret as _, SecretString};

use crate::desk::{Desk, lock};
use crate::site::Site;
use crate::tick::Quiet;
use crate::trouble::{Code, Trouble};
use crate::verbs;

/// What is lent now: by connection and step, then by the name of the account.
#[derive(Default)]
pub(crate) struct Lent(Mutex<BTreeMap<(String, String), BTreeMap<String, SecretString>>>);

impl Lent {
    fn put(&self, connection: &str, step: &str, name: &str, password: SecretString) {
        let key = (connection.to_owned(), step.to_owned());
        lock(&self.0).entry(key).or_default().insert(name.to_owned(), password);
    }

    /// A password that is lent for a step; it stays lent.
    pub fn of(&self, connection: &str, step: &str, name: &str) -> Option<SecretString> {
        lock(&self.0).get(&(connection.to_owned(), step.to_owned()))?.get(name).cloned()
    }

    /// Takes a password for its last use.
    pub fn take(&self, connection: &str, step: &str, name: &str) -> Option<SecretString> {
        lock(&self.0).get_mut(&(connection.to_owned(), step.to_owned()))?.remove(name)
    }

    pub fn drop_step(&self, connection: &str, step: &str) {
        lock(&self.0).remove(&(connection.to_owned(), step.to_owned()));
    }

    pub fn drop_connection(&self, connection: &str) {
        lock(&self.0).retain(|(other, _), _| other != connection);
    }
}

impl Desk {
    /// Lends a password to a step, under one of the names that its `missing_passwords` tell. It is used when the step is
    /// run next and dropped then, however that ends; it is kept on only while the step's plan waits for a yes.
    ///
    /// # Errors
    /// Unknown connection or step, a name that the step does not ask for, or an empty password.
    pub fn lend(
        &self,
        connection: &str,
        step: &str,
        name: &str,
        password: SecretString,
    ) -> Result<(), Trouble> {
        let (guide, found) = self.step(connection, step)?;
        let history = self.history(connection)?;
        let site = Site::new(&self.room, connection, guide, found, None, history, &Quiet);
        if !verbs::passwords(&site).iter().any(|known| known == name) {
            return Err(Trouble::new(Code::PasswordNotAsked).with("name", name).in_field(name));
        }
        if password.expose_secret().is_empty() {
            return Err(Trouble::new(Code::PasswordMissing).with("name", name).in_field(name));
        }
        self.room.lent.put(connection, step, name, password);
        Ok(())
    }

    /// Drops every password that is lent at a connection and was not used.
    pub fn give_back(&self, connection: &str) {
        self.room.lent.drop_connection(connection);
    }

    /// Drops what a step was lent, unless its plan still waits for a yes or another password is awaited.
    pub(crate) fn settle_lent(&self, connection: &str, step: &str) {
        let key = (connection.to_owned(), step.to_owned());
        let waits = lock(&self.room.seen)
            .get(&key)
            .is_some_and(|seen| seen.plan.is_some() || !seen.passwords.is_empty());
        if !waits {
            self.room.lent.drop_step(connection, step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_or_dropped_is_gone() {
        let lent = Lent::default();
        let put = |step: &str, name: &str| lent.put("c", step, name, SecretString::from("x"));
        put("one", "admin");
        put("one", "anna");
        put("two", "admin");
        assert!(lent.of("c", "one", "admin").is_some() && lent.of("d", "one", "admin").is_none());
        assert!(lent.take("c", "one", "admin").is_some());
        assert!(lent.of("c", "one", "admin").is_none() && lent.take("c", "one", "admin").is_none());
        lent.drop_step("c", "one");
        assert!(lent.of("c", "one", "anna").is_none() && lent.of("c", "two", "admin").is_some());
        lent.drop_connection("c");
        assert!(lent.of("c", "two", "admin").is_none());
    }
}
