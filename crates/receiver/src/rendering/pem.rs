//! Private key and certificate in one file, the key first, as web servers and OpenSSL read them.

use secrecy::zeroize::Zeroizing;

use super::escape::Filter;
use super::{Bytes, RenderError, need};
use crate::values::Values;

pub(super) fn render(values: &Values) -> Result<Bytes, RenderError> {
    let mut out = Zeroizing::new(Vec::with_capacity(values.room() + 16));
    for name in ["credential.key", "credential.certificate"] {
        let fault = |why| RenderError::Value { name: name.to_owned(), why };
        Filter::Pem.write(need(values, name)?, &mut out).map_err(fault)?;
    }
    Ok(out)
}
