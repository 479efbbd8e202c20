//! Reads a header as a strict JSON object: text, whole numbers and one level of nesting, no name twice.
//! It must never choose anything by what the header says; callers compare with constants.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

/// A JSON object without double names.
#[derive(Debug)]
pub(crate) struct Object(Vec<(String, Member)>);

/// What a header of this format may hold.
#[derive(Debug)]
pub(crate) enum Member {
    Text(String),
    Number(u64),
    Object(Object),
}

impl Object {
    pub(crate) fn read(bytes: &[u8]) -> Option<Object> {
        serde_json::from_slice(bytes).ok()
    }

    /// True when these are the names, all of them, and no other.
    pub(crate) fn has_exactly(&self, names: &[&str]) -> bool {
        self.0.len() == names.len() && names.iter().all(|name| self.member(name).is_some())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.member(name) {
            Some(Member::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.member(name) {
            Some(Member::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        match self.member(name) {
            Some(Member::Object(object)) => Some(object),
            _ => None,
        }
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.0.iter().find(|(there, _)| there == name).map(|(_, member)| member)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Object, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object(Vec::new());
                while let Some((name, member)) = map.next_entry::<String, Member>()? {
                    if object.member(&name).is_some() {
                        return Err(A::Error::custom("a name is there twice"));
                    }
                    object.0.push((name, member));
                }
                Ok(object)
            }
        }
        from.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Member, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Member;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("text, a whole number or an object")
            }

            fn visit_str<E>(self, text: &str) -> Result<Member, E> {
                Ok(Member::Text(text.to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Member, E> {
                Ok(Member::Number(number))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
                Object::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Member::Object)
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_object_is_read() {
        let object = Object::read(br#"{"a":"1","b":2,"c":{"d":"3"}}"#).unwrap();
        assert!(object.has_exactly(&["c", "a", "b"]));
        assert!(!object.has_exactly(&["a", "b"]) && !object.has_exactly(&["a", "b", "d"]));
        assert_eq!(object.text("a"), Some("1"));
        assert_eq!(object.number("b"), Some(2));
        assert_eq!(object.object("c").unwrap().text("d"), Some("3"));
        assert_eq!(object.text("b"), None);
    }

    #[test]
    fn double_names_lists_and_rests_are_refused() {
        for text in [
            r#"{"a":"1","a":"1"}"#,
            r#"{"a":"1","\u0061":"1"}"#,
            r#"{"a":{"b":"1","b":"1"}}"#,
            r#"["a"]"#,
            r#"{"a":["b"]}"#,
            r#"{"a":null}"#,
            r#"{"a":true}"#,
            r#"{"a":1.5}"#,
            r#"{"a":"1"} x"#,
            r#"{"a":"1"}{}"#,
            "",
            "\u{feff}{}",
        ] {
            assert!(Object::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
