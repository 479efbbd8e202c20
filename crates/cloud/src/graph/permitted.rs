//! Which calls a piece of work may make: a closed list that is held against every request before it is sent, also inside a
//! batch. A token may carry more than the work needs; what is not on the list cannot be sent with it.

use url::Url;

use super::call::{Call, Method};
use super::fault::{GraphError, GraphFault};

/// One kind of call: a method and a path from `/applications…` on, in which `*` stands for one part or for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permitted {
    method: Method,
    path: &'static str,
}

impl Permitted {
    /// A kind of call. A path that ends in `/**` stands for everything below it, and for itself.
    pub const fn new(method: Method, path: &'static str) -> Permitted {
        Permitted { method, path }
    }

    fn covers(self, method: Method, path: &str) -> bool {
        if self.method != method {
            return false;
        }
        let asked: Vec<&str> = path.split('?').next().unwrap_or("").split('/').collect();
        let (known, rest) = match self.path.strip_suffix("/**") {
            Some(known) => (known, true),
            None => (self.path, false),
        };
        let known: Vec<&str> = known.split('/').collect();
        let fits = known.iter().zip(&asked).all(|(known, asked)| fits(known, asked));
        fits && (asked.len() == known.len() || (rest && asked.len() > known.len()))
    }
}

/// Whether a part of a path is of this form: the same word, any id, or the word with any key in brackets.
fn fits(known: &str, asked: &str) -> bool {
    match known.strip_suffix("(*)") {
        _ if known == "*" => !asked.is_empty(),
        Some(word) => asked.strip_prefix(word).is_some_and(|key| key.starts_with('(') && key.ends_with(')')),
        None => known.eq_ignore_ascii_case(asked),
    }
}

/// Refuses a call that a list does not cover; `address` is where it would really go. Without a list everything is covered.
pub(super) fn check(
    list: Option<&'static [Permitted]>,
    call: &Call,
    address: &Url,
) -> Result<(), GraphError> {
    let path = address.path().strip_prefix("/v1.0").unwrap_or(address.path());
    let covered = list.is_none_or(|list| list.iter().any(|one| one.covers(call.method, path)));
    if covered {
        return Ok(());
    }
    Err(call.fault(GraphFault::NotPermitted, "this step may not make this call; nothing was sent"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(path: &str) -> Url {
        Url::parse(&format!("https://graph.microsoft.com/v1.0{path}")).unwrap()
    }

    const LIST: [Permitted; 4] = [
        Permitted::new(Method::Patch, "/applications/*"),
        Permitted::new(Method::Patch, "/applications(*)"),
        Permitted::new(Method::Post, "/applications/*/addPassword"),
        Permitted::new(Method::Get, "/users/**"),
    ];

    #[test]
    fn only_what_is_listed_passes() {
        for (method, path, passes) in [
            (Method::Patch, "/applications/1", true),
            (Method::Patch, "/applications/1?$select=id", true),
            (Method::Patch, "/applications(uniqueName='x')", true),
            (Method::Patch, "/applications", false),
            (Method::Patch, "/applications/", false),
            (Method::Patch, "/applications/1/owners", false),
            (Method::Delete, "/applications/1", false),
            (Method::Post, "/applications/1/addPassword", true),
            (Method::Post, "/applications/1/addKey", false),
            (Method::Post, "/applications/1/addPassword/x", false),
            (Method::Patch, "/servicePrincipals/1", false),
            (Method::Patch, "/applicationsX(uniqueName='x')", false),
            (Method::Get, "/users", true),
            (Method::Get, "/users/1/manager", true),
            (Method::Get, "/usersX/1", false),
            (Method::Get, "/users/../me/messages", false),
            (Method::Get, "/users/%2e%2e/me", false),
        ] {
            let call = Call { method, ..Call::get(path) };
            assert_eq!(check(Some(&LIST), &call, &address(path)).is_ok(), passes, "{method} {path}");
        }
        assert!(check(None, &Call::delete("/anything"), &address("/anything")).is_ok());
        assert!(check(Some(&[]), &Call::get("/me"), &address("/me")).is_err());
    }
}
