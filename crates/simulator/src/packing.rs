//! Packs an answer of Graph for a client that takes gzip, as the real service does, and says what an exchange weighs.
//!
//! Nothing is packed for a client that did not ask (RFC 9110 section 12.5.3), and nothing that would not get smaller.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::exchange::{Reply, Request};
use crate::faults::path_and_query;

/// The reply as it goes out packed; none where it goes out as it is.
pub(crate) fn packed(request: &Request, reply: &Reply) -> Option<Reply> {
    let takes_gzip = request.header("accept-encoding").is_some_and(|told| {
        told.split(',').any(|coding| coding.split(';').next().unwrap_or_default().trim() == "gzip")
    });
    if !takes_gzip {
        return None;
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&reply.body).ok()?;
    let body = packer.finish().ok().filter(|packed| packed.len() < reply.body.len())?;
    let smaller = Reply { body, ..reply.clone() };
    Some(smaller.with("content-encoding", "gzip").with("vary", "accept-encoding"))
}

/// The bytes of a request as HTTP/1.1 writes it; TLS comes on top.
pub(crate) fn weight_of_request(request: &Request) -> usize {
    let line = request.method.len() + path_and_query(request).len() + " / HTTP/1.1\r\n".len();
    line + headers(&request.headers) + request.body.len()
}

/// The same of a reply.
pub(crate) fn weight_of_reply(reply: &Reply) -> usize {
    let length = format!("content-length: {}\r\n", reply.body.len());
    "HTTP/1.1 200 OK\r\n".len() + headers(&reply.headers) + length.len() + reply.body.len()
}

fn headers(all: &[(String, String)]) -> usize {
    all.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read as _;

    use super::*;

    fn request(accepts: Option<&str>) -> Request {
        let headers = accepts.map(|value| ("accept-encoding".to_owned(), value.to_owned()));
        Request {
            method: "GET".into(),
            path: "/v1.0/users".into(),
            query: Vec::new(),
            headers: headers.into_iter().collect(),
            body: Vec::new(),
            origin: String::new(),
        }
    }

    #[test]
    fn only_who_takes_gzip_gets_it_and_only_where_it_saves() {
        let long = Reply::bytes(200, "application/json", b"{\"value\":[]}".repeat(100));
        for accepts in [None, Some("br"), Some("identity, x-gzip")] {
            assert!(packed(&request(accepts), &long).is_none(), "{accepts:?}");
        }
        let short = Reply::bytes(200, "application/json", b"{}".to_vec());
        assert!(packed(&request(Some("gzip")), &short).is_none());
        let sent = packed(&request(Some("br, gzip;q=0.5")), &long).unwrap();
        assert!(sent.headers.contains(&("content-encoding".to_owned(), "gzip".to_owned())));
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(sent.body.as_slice()).read_to_end(&mut back).unwrap();
        assert_eq!(back, long.body);
        assert!(weight_of_reply(&sent) < weight_of_reply(&long));
        assert!(weight_of_request(&request(Some("gzip"))) > weight_of_request(&request(None)));
    }
}
