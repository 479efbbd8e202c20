//! The published JSON Schemas of the guide file and of the text files, made from the types.

use std::sync::LazyLock;

use serde_json::Value;

use crate::{Guide, Words};

/// The JSON Schema of `guide.toml`; committed as `guides/guide.schema.json`.
pub fn schema() -> String {
    pretty(guide_schema())
}

/// The JSON Schema of `en.toml` and `de.toml`; committed as `guides/texts.schema.json`.
pub fn texts_schema() -> String {
    pretty(words_schema())
}

pub(crate) fn guide_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| limited(schemars::schema_for!(Guide).to_value()));
    &SCHEMA
}

pub(crate) fn words_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Words).to_value());
    &SCHEMA
}

/// The most steps that a guide may have.
pub(crate) const MOST_STEPS: u64 = 500;

fn limited(mut schema: Value) -> Value {
    if let Some(steps) = schema.pointer_mut("/properties/steps") {
        steps["maxItems"] = MOST_STEPS.into();
    }
    schema
}

fn pretty(schema: &Value) -> String {
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::shape::{ID_FORM, LINK_FORM, ROW_FORM};

    /// The reader knows a part of JSON Schema; a word beyond it would be passed over in silence.
    #[test]
    fn the_schemas_use_only_what_the_reader_knows() {
        const KNOWN: [&str; 21] = [
            "$schema",
            "$defs",
            "$ref",
            "title",
            "description",
            "default",
            "type",
            "const",
            "enum",
            "oneOf",
            "anyOf",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
        ];
        fn walk(value: &Value, names_are_free: bool) {
            match value {
                Value::Object(map) => {
                    for (key, inner) in map {
                        match key.as_str() {
                            _ if names_are_free => {}
                            "pattern" => {
                                assert!([ID_FORM, ROW_FORM, LINK_FORM].contains(&inner.as_str().unwrap()))
                            }
                            "format" => {
                                assert!(["uint32", "footbridge-template"].contains(&inner.as_str().unwrap()))
                            }
                            other => assert!(KNOWN.contains(&other), "{other}"),
                        }
                        walk(inner, !names_are_free && (key == "properties" || key == "$defs"));
                    }
                }
                Value::Array(list) => list.iter().for_each(|each| walk(each, false)),
                _ => {}
            }
        }
        walk(guide_schema(), false);
        walk(words_schema(), false);
    }
}
