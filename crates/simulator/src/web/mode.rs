//! What a pretend web server does wrong.

/// One fault at a time; everything else is as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing is wrong.
    #[default]
    Good,
    /// The certificate ended yesterday.
    Expired,
    /// The certificate begins tomorrow.
    NotYetValid,
    /// The certificate vouches for itself.
    SelfSigned,
    /// The certificate names `another.example`.
    WrongName,
    /// The server's own certificate comes without the one that issued it.
    MissingIntermediate,
    /// The intermediate certificate ended yesterday.
    IntermediateExpired,
    /// The certificate was made for clients.
    ForClients,
    /// Whole chain below the root of an authority that nobody announced.
    PrivateAuthority,
    /// As before, with that root in the chain.
    PrivateAuthorityWithRoot,
    /// Issued by that root itself and sent alone, as small private authorities do.
    PrivateAuthorityAlone,
    /// As [`Mode::PrivateAuthority`], by the authority of a product that inspects a desk's traffic.
    Inspected,
    /// The port speaks plain HTTP.
    HttpOnly,
    /// Accepts connections and never speaks.
    Silent,
    /// Ends each connection at once.
    HangUp,
    /// Knows no version of TLS that the client offers, as a server that stopped at 1.1.
    TooOld,
    /// Ends each connection when a question has come.
    Dropped,
    /// Wants a certificate from the client.
    AsksForCertificate,
    /// Takes the question and answers once [`super::Running::release`] is called.
    Slow,
    /// Answers the head and half of a body, and the rest once [`super::Running::release`] is called.
    SlowBody,
    /// Sends something else than the decoded token.
    WrongEcho(Echo),
    /// Sends elsewhere, with 302.
    Redirect(String),
    /// Answers this status, with a small page.
    Status(u16),
    /// Answers 200 with a page of eight mebibytes.
    Huge,
    /// Answers 200 and a mebibyte of headers.
    HugeHead,
}

/// What comes back instead of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// Nothing.
    Empty,
    /// As it stood in the address.
    Encoded,
    /// Encoded once more than that.
    EncodedTwice,
    /// Decoded but for its plus signs.
    PlusesKept,
    /// With `:` as `&#58;`.
    HtmlEscaped,
    /// With `:` as `\u003a`.
    ScriptEscaped,
    /// As a JSON text.
    JsonQuoted,
    /// With a line end behind it.
    LineEnd,
    /// Inside a page.
    Page,
    /// Some other word.
    Other,
    /// The right text as `text/html`.
    AsHtml,
    /// The right text without a type.
    WithoutType,
}
