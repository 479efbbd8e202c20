//! `NAME="value"` lines. A name is the value's own in capitals, with `_` for every other character: `tenant.id` becomes
//! `TENANT_ID`, `settings.sip-domain` becomes `SETTINGS_SIP_DOMAIN`.

use std::collections::BTreeSet;

use secrecy::zeroize::Zeroizing;

use super::escape::{Filter, GROWTH};
use super::{Bytes, RenderError};
use crate::values::Values;

pub(super) fn render(values: &Values) -> Result<Bytes, RenderError> {
    let mut out = Zeroizing::new(Vec::with_capacity(values.room() * GROWTH));
    let mut names = BTreeSet::new();
    for (name, held) in values.once() {
        let variable = variable(name);
        out.extend_from_slice(variable.as_bytes());
        out.push(b'=');
        Filter::Env
            .write(held.text(), &mut out)
            .map_err(|why| RenderError::Value { name: name.to_owned(), why })?;
        out.push(b'\n');
        if !names.insert(variable.clone()) {
            return Err(RenderError::SameName(variable));
        }
    }
    Ok(out)
}

fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
