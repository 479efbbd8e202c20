//! Authentication contexts: the step-up that Conditional Access can demand for a change (Microsoft's pages "Claims
//! challenges" and "Authentication context").
//!
//! A client that was challenged signs in again with a `claims` parameter, and the new token says `acrs`.

use serde_json::{Value, json};

/// The contexts that a `claims` parameter asks for: `{"access_token":{"acrs":{"value":"c1"}}}`, or `values`.
pub(crate) fn asked(claims: Option<&str>) -> Vec<String> {
    let claims: Value = claims.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let acrs = &claims["access_token"]["acrs"];
    let many = acrs["values"].as_array().into_iter().flatten();
    many.chain([&acrs["value"]]).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What a challenge asks a client to sign in with.
pub(crate) fn demanded(context: &str) -> String {
    json!({"access_token": {"acrs": {"essential": true, "value": context}}}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_demanded_is_what_is_asked_for() {
        assert_eq!(asked(Some(&demanded("c1"))), ["c1"]);
        assert_eq!(asked(Some(r#"{"access_token":{"acrs":{"values":["c1","c2"]}}}"#)), ["c1", "c2"]);
        assert_eq!(asked(None), Vec::<String>::new());
        assert_eq!(asked(Some("no json")), Vec::<String>::new());
    }
}
