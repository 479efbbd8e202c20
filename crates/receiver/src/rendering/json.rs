//! One JSON object: the dotted names as objects within objects, every value a text, in the bundle's order.

use secrecy::zeroize::Zeroizing;

use super::Bytes;
use super::escape::{GROWTH, json};
use crate::values::Values;

pub(super) fn render(values: &Values) -> Bytes {
    let mut out = Zeroizing::new(Vec::with_capacity(values.room() * GROWTH + 64));
    let mut open: Option<&str> = None;
    out.extend_from_slice(b"{");
    let mut first = true;
    for (name, held) in values.iter() {
        let (group, member) = match name.split_once('.') {
            Some((group, member)) => (Some(group), member),
            None => (None, name),
        };
        if open != group {
            if open.is_some() {
                out.extend_from_slice(b"\n  }");
            }
            if let Some(group) = group {
                separate(&mut out, first, "\n  ");
                json(group, &mut out);
                out.extend_from_slice(b": {");
                first = true;
            } else {
                first = false;
            }
            open = group;
        }
        separate(&mut out, first, if group.is_some() { "\n    " } else { "\n  " });
        json(member, &mut out);
        out.extend_from_slice(b": ");
        json(held.text(), &mut out);
        first = false;
    }
    if open.is_some() {
        out.extend_from_slice(b"\n  }");
    }
    out.extend_from_slice(b"\n}\n");
    out
}

fn separate(out: &mut Bytes, first: bool, indent: &str) {
    if !first {
        out.push(b',');
    }
    out.extend_from_slice(indent.as_bytes());
}
