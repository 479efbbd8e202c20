//! Whether a request's body is there, is JSON, and has the members that its operation takes.
//!
//! Rules that need the directory belong to the resources, not here.

use serde_json::Value;

use super::GraphRequest;
use super::operations::Matched;
use super::refusal::Refusal;
use super::shapes;

pub(crate) fn check(request: &GraphRequest, matched: &Matched) -> Result<(), Refusal> {
    let empty = Value::Null;
    let body = request.body.as_ref().unwrap_or(&empty);
    let Some(shape) = &matched.operation.body else {
        let nothing = body.is_null()
            || (matched.method == "POST" && body.as_object().is_some_and(serde_json::Map::is_empty));
        return if nothing { Ok(()) } else { Err(Refusal::bad("The request must not have a body.")) };
    };
    if body.is_null() {
        let optional = shape.starts_with('$') && shape != "$ref" && matched.operation.required.is_empty();
        return if optional { Ok(()) } else { Err(Refusal::query("Empty Payload. JSON content expected.")) };
    }
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.to_lowercase().starts_with("application/json"));
    if !is_json {
        return Err(Refusal::bad(
            "Write requests (excluding DELETE) must contain the Content-Type header declaration.",
        ));
    }
    shapes::check(shape, body)?;
    for required in &matched.operation.required {
        let there = |name: &str| body.get(name).is_some() || body.get(format!("{name}@odata.bind")).is_some();
        if !required.split('|').any(there) {
            let name = required.split('|').next().unwrap_or_default();
            return Err(Refusal::bad(format!("A value is required for property '{name}' of resource.")));
        }
    }
    Ok(())
}
