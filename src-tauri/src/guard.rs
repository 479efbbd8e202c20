//! What the web view may never do: leave the app's own page, or have one opened that starts a program.
//! A content policy alone does not stop navigation in WebKitGTK, so it is refused here.

use tauri::Url;

/// Whether the web view may show an address: the app's own page and nothing else.
pub fn may_show(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    // The page itself, and the one frame that stands between it and the core.
    let scheme = address.scheme();
    let own = host == "localhost" && (scheme == "tauri" || scheme.starts_with("isolation-"));
    // Windows and Android serve the same over http on reserved names.
    let named = host == "tauri.localhost" || (host.starts_with("isolation-") && host.ends_with(".localhost"));
    let reserved = matches!(scheme, "http" | "https") && named;
    let blank = address.as_str() == "about:blank";
    let development = cfg!(debug_assertions)
        && !cfg!(feature = "custom-protocol")
        && scheme == "http"
        && host == "localhost"
        && address.port() == Some(5173);
    own || reserved || blank || development
}

/// Whether the system's browser may be asked to show an address: https, or plain http on this very computer, where the
/// pretend tenant and a product under test answer. Nothing else: a `file:` or another scheme would start a program.
pub fn may_open(address: &Url) -> bool {
    let here = matches!(address.host_str(), Some("127.0.0.1" | "localhost"));
    let plain = address.username().is_empty() && address.password().is_none();
    plain && address.host().is_some() && (address.scheme() == "https" || (address.scheme() == "http" && here))
}

/// Whether a WebDriver drives the window, as Tauri and WebKitGTK understand it. WebKitGTK cannot be driven in a
/// private session, so only then is the web view's own store on disk; nothing of ours is ever put into it. The vault
/// stays closed meanwhile, so that whoever drives reaches a rehearsal and what he signs in to himself.
pub fn is_driven() -> bool {
    std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_app_s_own_page_is_shown() {
        for own in [
            "tauri://localhost/index.html",
            "isolation-13cec1fa-ff0f-4849-8076-c7c8e5dc7307://localhost/",
            "http://tauri.localhost/",
            "about:blank",
        ] {
            assert!(may_show(&own.parse().unwrap()), "{own}");
        }
        for foreign in
            ["https://evil.example/?leak", "file:///etc/passwd", "tauri://elsewhere/", "data:text/html,x"]
        {
            assert!(!may_show(&foreign.parse().unwrap()), "{foreign}");
        }
    }

    #[test]
    fn g14_the_link_opener_refuses_all_but_https() {
        for good in ["https://entra.microsoft.com/#view/x", "http://127.0.0.1:4711/a", "http://localhost/"] {
            assert!(may_open(&good.parse().unwrap()), "{good}");
        }
        // A scheme of its own on this computer's name was let through once.
        let schemes =
            ["file", "ftp", "ws", "javascript", "data", "ms-settings", "vscode", "smb", "sftp", "tauri"];
        let rests = [
            "//localhost/etc/passwd",
            "//127.0.0.1/x",
            "//entra.microsoft.com/",
            "///etc/passwd",
            "alert(1)",
            "",
        ];
        let foreign =
            schemes.iter().flat_map(|scheme| rests.iter().map(move |rest| format!("{scheme}:{rest}")));
        let more = [
            "http://entra.microsoft.com/",
            "http://evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "https://entra.microsoft.com@evil.example/",
            "https://a:b@evil.example/",
        ];
        let mut refused = 0;
        for address in foreign.chain(more.map(str::to_owned)) {
            let Ok(address) = address.parse::<Url>() else { continue };
            assert!(!may_open(&address), "{address}");
            refused += 1;
        }
        assert!(refused > 50, "only {refused} addresses were tried");
    }
}
