//! The schemas committed for editors are the ones that the types give.
#![allow(clippy::unwrap_used)]

/// Run with `UPDATE_SCHEMAS=1` to write the committed files anew.
#[test]
fn the_committed_schemas_are_current() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guides/");
    for (name, made) in [("guide.schema.json", guide::schema()), ("texts.schema.json", guide::texts_schema())]
    {
        let path = format!("{folder}{name}");
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        // Compared as JSON: the order of keys depends on which features other crates turn on in the same build.
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert!(read(&committed) == read(&made), "{name} is old; run this test with UPDATE_SCHEMAS=1");
    }
}
