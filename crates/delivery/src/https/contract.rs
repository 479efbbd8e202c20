//! The requests and answers of docs/receiver-api.md that this client knows. Every other answer ends a delivery.

/// One request with the statuses that the contract gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// The method, in capitals.
    pub method: &'static str,
    /// What follows the end point: nothing, or `/{jti}`.
    pub path: &'static str,
    /// The statuses of its answers.
    pub statuses: &'static [u16],
}

/// Everything that this client asks and understands.
pub const CONTRACT: [Exchange; 4] = [
    Exchange { method: "HEAD", path: "/{jti}", statuses: &[200, 404, 405, 429, 503] },
    Exchange {
        method: "PUT",
        path: "/{jti}",
        statuses: &[200, 202, 400, 404, 405, 409, 411, 413, 415, 429, 503],
    },
    Exchange { method: "GET", path: "/{jti}", statuses: &[200, 202, 403, 404, 405, 429, 503] },
    Exchange { method: "POST", path: "", statuses: &[200, 202, 400, 409, 411, 413, 415, 429, 503] },
];

/// Whether the contract gives this answer to this request.
pub(super) fn knows(method: &str, status: u16) -> bool {
    CONTRACT.iter().any(|exchange| exchange.method == method && exchange.statuses.contains(&status))
}
