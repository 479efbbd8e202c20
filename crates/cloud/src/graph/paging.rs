//! Lists that come in pages. A next link is followed whole and unread, and only to the origin of the request;
//! a circle and an endless list are found. Links never leave this room.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use url::Url;

use super::call::{Call, Method};
use super::fault::{GraphError, GraphFault};
use super::model::Page;
use super::{Graph, NOT_A_PATH, Request, permitted};
use crate::place::{plain, same_origin};

const MOST_PAGES: usize = 5_000;
const MOST_EMPTY_PAGES: usize = 50;

/// No limit to the number of items.
pub const NO_CAP: usize = usize::MAX;

impl Graph {
    /// All items of a list, at most `cap`. `eventual` asks with `ConsistencyLevel: eventual`. `on_page` hears the number of
    /// items so far after each page and ends the reading by answering `false`.
    ///
    /// # Errors
    /// As [`Graph::each_page`].
    pub async fn pages<T: DeserializeOwned + Send>(
        &self,
        path: &str,
        eventual: bool,
        cap: usize,
        on_page: &mut (dyn FnMut(usize) -> bool + Send),
    ) -> Result<Vec<T>, GraphError> {
        let mut items = Vec::new();
        let mut keep = |page| {
            items.extend(page);
            on_page(items.len())
        };
        self.each_page::<T>(path, eventual, cap, &mut keep).await?;
        Ok(items)
    }

    /// The same for who need not hold the whole list: each page is handed on as it comes. `on_page` ends the reading by
    /// answering `false`.
    ///
    /// # Errors
    /// [`GraphFault::ForeignLink`] and [`GraphFault::LinkLoop`] besides those of a read.
    pub async fn each_page<T: DeserializeOwned>(
        &self,
        path: &str,
        eventual: bool,
        cap: usize,
        on_page: &mut (dyn FnMut(Vec<T>) -> bool + Send),
    ) -> Result<(), GraphError> {
        let call = Call::get(path);
        let mut address =
            self.address(path).ok_or_else(|| call.fault(GraphFault::ForeignLink, NOT_A_PATH))?;
        permitted::check(self.permitted, &call, &address)?;
        let headers: Vec<(String, String)> =
            if eventual { vec![("ConsistencyLevel".into(), "eventual".into())] } else { Vec::new() };
        let mut seen = HashSet::from([address.to_string()]);
        let (mut left, mut empty) = (cap, 0);
        loop {
            self.counter.count(Method::Get, 1);
            let request = Request {
                method: Method::Get,
                address: address.clone(),
                headers: headers.clone(),
                body: None,
                harmless: true,
                secret: false,
            };
            let reply = self.exchange(request).await?;
            let Page::<T> { mut value, next_link, .. } = reply.typed()?;
            empty = if value.is_empty() { empty + 1 } else { 0 };
            value.truncate(left);
            left -= value.len();
            let goes_on = on_page(value) && left > 0;
            let Some(link) = next_link.filter(|_| goes_on) else { return Ok(()) };
            address = follow(&link, &address).ok_or_else(|| reply.error(GraphFault::ForeignLink, FOREIGN))?;
            if !seen.insert(address.to_string()) || seen.len() > MOST_PAGES || empty > MOST_EMPTY_PAGES {
                return Err(
                    reply.error(GraphFault::LinkLoop, "the pages of this list lead in a circle or never end")
                );
            }
        }
    }
}

const FOREIGN: &str = "the list goes on at an address outside Graph; it was not followed";

/// The next address, if it stays at the origin and version of the one before.
fn follow(link: &str, before: &Url) -> Option<Url> {
    // Only an absolute address counts; a relative one could hide its host from the reader.
    let next = Url::parse(link).ok()?;
    let stays = same_origin(&next, before)
        && plain(&next)
        && link.starts_with(&format!("{}/", crate::place::origin(before)))
        && next.path().starts_with("/v1.0/")
        && next.fragment().is_none();
    stays.then_some(next)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_to_the_same_origin_is_followed() {
        let before = Url::parse("https://graph.microsoft.com/v1.0/users?$top=1").unwrap();
        let next = follow("https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb", &before).unwrap();
        assert_eq!(next.query(), Some("$skiptoken=a%2Bb"));
    }

    #[test]
    fn no_other_link_is() {
        let before = Url::parse("https://graph.microsoft.com/v1.0/users").unwrap();
        for link in
            include_str!("../../tests/foreign-links.txt").lines().filter(|line| !line.starts_with('#'))
        {
            assert!(follow(link, &before).is_none(), "{link}");
        }
    }
}
