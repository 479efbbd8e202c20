//! The pages a person sees: enter a code, choose an account, and what came of it.
//!
//! Plain HTML without a script. Everything that came from outside is escaped.

use std::fmt::Write as _;

use crate::exchange::{Reply, Request};
use crate::rehearsal::Rehearsal;

/// What the account chooser needs.
pub(crate) struct Choice<'a> {
    /// Where the form is sent.
    pub action: &'a str,
    pub hidden: &'a [(&'a str, &'a str)],
    pub client: &'a str,
    pub scopes: &'a [String],
    /// The account to put first.
    pub hint: Option<&'a str>,
}

pub(crate) fn enter_code(code: &str, trouble: Option<&str>) -> Reply {
    let trouble =
        trouble.map(|text| format!("<p class=trouble role=alert>{}</p>", escape(text))).unwrap_or_default();
    let code = escape(code);
    page(
        200,
        "Enter the code",
        &format!(
            "{trouble}<form method=post action=\"/device\"><label for=code>Code</label>\
             <input id=code name=code value=\"{code}\" autocomplete=off autofocus required>\
             <button type=submit>Next</button></form>"
        ),
    )
}

pub(crate) fn choose_account(rehearsal: &Rehearsal, choice: &Choice<'_>) -> Reply {
    let mut hidden = String::new();
    for (name, value) in choice.hidden {
        let _ = write!(hidden, "<input type=hidden name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    let mut people: Vec<_> = rehearsal
        .people
        .iter()
        .filter(|person| person.password.is_none())
        .map(|person| &person.account)
        .collect();
    people.sort_by_key(|account| choice.hint.is_none_or(|hint| !account.upn.eq_ignore_ascii_case(hint)));
    let mut list = String::new();
    for account in people {
        let roles =
            if account.roles.is_empty() { "no directory role".to_owned() } else { account.roles.join(", ") };
        let _ = write!(
            list,
            "<li><button type=submit name=account value=\"{upn}\"><b>{name}</b> {upn}<small>{roles}. {note}.</small></button></li>",
            upn = escape(&account.upn),
            name = escape(&account.name),
            roles = escape(&roles),
            note = escape(&account.note),
        );
    }
    let mut scopes = String::new();
    for scope in choice.scopes {
        let _ = write!(scopes, "<li><code>{}</code></li>", escape(scope));
    }
    page(
        200,
        "Choose an account",
        &format!(
            "<p>You are signing in to <b>{}</b>. It asks for:</p><ul class=scopes>{scopes}</ul>\
             <form method=post action=\"{}\">{hidden}<ul class=accounts>{list}</ul>\
             <button type=submit name=decision value=decline class=quiet>Cancel</button></form>",
            escape(choice.client),
            escape(choice.action)
        ),
    )
}

pub(crate) fn approved() -> Reply {
    page(200, "You are signed in", "<p>You have signed in on your device. You can close this window.</p>")
}

pub(crate) fn declined() -> Reply {
    page(200, "Cancelled", "<p>The sign-in was cancelled. You can close this window.</p>")
}

pub(crate) fn signed_out() -> Reply {
    page(200, "Signed out", "<p>You are signed out of the rehearsal tenant.</p>")
}

/// What the real page says when a policy or the account itself forbids.
pub(crate) fn refused(rehearsal: &Rehearsal, code: u32, message: &str) -> Reply {
    let heading = match code {
        53003 => "You don't have access to this",
        90094 => "Need admin approval",
        _ => "Sorry, but we're having trouble signing you in",
    };
    let ids = (rehearsal.guid(), rehearsal.guid());
    page(
        200,
        heading,
        &format!(
            "<p role=alert>{}</p><p>Error Code: <code>{code}</code><br>Request Id: <code>{}</code><br>Correlation Id: <code>{}</code></p>",
            escape(message),
            ids.0,
            ids.1
        ),
    )
}

/// `GET /error?code=`.
pub(crate) fn error_code(request: &Request) -> Reply {
    let code = escape(request.asked("code").unwrap_or_default());
    page(200, "Error look-up", &format!("<p>AADSTS<code>{code}</code></p>"))
}

/// `response_mode=form_post`: the browser carries the answer on, at the press of a button.
pub(crate) fn form_post(to: &str, members: &[(String, String)]) -> Reply {
    let mut hidden = String::new();
    for (name, value) in members {
        let _ = write!(hidden, "<input type=hidden name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    page(
        200,
        "Continue",
        &format!(
            "<form method=post action=\"{}\">{hidden}<button type=submit autofocus>Continue</button></form>",
            escape(to)
        ),
    )
}

fn page(status: u16, heading: &str, body: &str) -> Reply {
    const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;\
        color:#1b1b1b;background:#fff}.mark{background:#fff3c4;color:#3d2f00;padding:.3rem .6rem}\
        .accounts,.scopes{list-style:none;padding:0}.accounts button{width:100%;text-align:left;padding:.6rem;\
        margin:.2rem 0}small{display:block}button,input{font:inherit;padding:.4rem .8rem}.trouble{color:#8a1500}\
        @media(prefers-color-scheme:dark){body{color:#eee;background:#1b1b1b}.trouble{color:#ff9d8a}}";
    Reply::html(
        status,
        format!(
            "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
             <title>{heading} (rehearsal)</title><style>{STYLE}</style></head><body>\
             <p class=mark>Rehearsal. This is not Microsoft. No password is asked for and nothing here is real.</p>\
             <main><h1>{heading}</h1>{body}</main></body></html>",
            heading = escape(heading)
        ),
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_outside_is_escaped() {
        let page = String::from_utf8_lossy(&enter_code("\"><script>", Some("<b>")).body).into_owned();
        assert!(!page.contains("<script>") && !page.contains("<b>"));
        assert!(page.contains("&lt;script&gt;"));
    }
}
