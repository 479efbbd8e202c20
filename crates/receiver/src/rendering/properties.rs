//! Java's `.properties`: `name=value` lines in ASCII, under the values' own names.

use secrecy::zeroize::Zeroizing;

use super::escape::{Filter, GROWTH};
use super::{Bytes, RenderError};
use crate::values::Values;

pub(super) fn render(values: &Values) -> Result<Bytes, RenderError> {
    let mut out = Zeroizing::new(Vec::with_capacity(values.room() * GROWTH));
    let fault = |name: &str| {
        let name = name.to_owned();
        move |why| RenderError::Value { name, why }
    };
    for (name, held) in values.once() {
        key(name, &mut out);
        out.push(b'=');
        Filter::Properties.write(held.text(), &mut out).map_err(fault(name))?;
        out.push(b'\n');
    }
    Ok(out)
}

/// A key ends at the first space, too, so each is written with a backslash before it.
fn key(name: &str, out: &mut Bytes) {
    let mut written = Zeroizing::new(Vec::with_capacity(name.len() * GROWTH));
    let _ = Filter::Properties.write(name, &mut written);
    let mut before = 0;
    for byte in written.iter() {
        if *byte == b' ' && before != b'\\' {
            out.push(b'\\');
        }
        out.push(*byte);
        before = *byte;
    }
}
