//! A validation token of the kind that Microsoft Graph sends: a sentence with colons and blanks that must be decoded,
//! never with HTML or JavaScript in it, and never the same twice.
//!
//! Microsoft calls its token opaque and promises that it holds no HTML or JavaScript; a receiver may escape both. So this
//! one holds nothing that a careful receiver would change.

use url::Url;
use uuid::Uuid;

/// The token as it has to come back.
pub(crate) fn token(random: [u8; 16]) -> String {
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    format!(
        "Validation: Testing client application reachability for subscription Request-Id: {}",
        Uuid::hyphenated(id)
    )
}

/// The address with the token in its query, encoded as forms are, behind what the query already holds.
pub(crate) fn asked(address: &Url, token: &str) -> Url {
    let mut asked = address.clone();
    asked.query_pairs_mut().append_pair("validationToken", token);
    asked
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_token_must_be_decoded_and_is_new_each_time() {
        let first = token([1; 16]);
        assert_ne!(first, token([2; 16]));
        let asked = asked(&Url::parse("https://a.example/b?c=d%20e").unwrap(), &first);
        let query = asked.query().unwrap();
        assert!(query.starts_with("c=d%20e&validationToken=Validation%3A+Testing+"), "{query}");
        assert!(!query.contains(&first));
        let pairs: Vec<_> = asked.query_pairs().into_owned().collect();
        assert_eq!(pairs[1], ("validationToken".into(), first));
    }
}
