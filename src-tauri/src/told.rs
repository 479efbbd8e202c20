//! What happened, as people say it: journal events, ticks, labels of values and of portal pages, in both languages.
//! Decides nothing and looks nothing up.

use engine::{
    Tick,
    guide::{self, Guide, PortalPage},
    journal::Event,
};
use serde_json::Value;

use crate::view::{Detail, Language};

/// The engine's name for a language.
pub fn speech(language: Language) -> guide::Language {
    match language {
        Language::En => guide::Language::English,
        Language::De => guide::Language::German,
    }
}

/// German where the system speaks German, else English.
pub fn system_language() -> Language {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
    match said {
        Some(text) if text.starts_with("de") => Language::De,
        _ => Language::En,
    }
}

/// One of two texts.
pub fn either<'a>(language: Language, english: &'a str, german: &'a str) -> &'a str {
    match language {
        Language::En => english,
        Language::De => german,
    }
}

/// The portal's own name of a page.
pub fn page_name(page: PortalPage, language: Language) -> &'static str {
    let (english, german) = match page {
        PortalPage::AppRegistrations => ("App registrations", "App-Registrierungen"),
        PortalPage::NewRegistration => ("New registration", "Neue Registrierung"),
        PortalPage::Overview => ("Overview", "Übersicht"),
        PortalPage::CertificatesAndSecrets => ("Certificates & secrets", "Zertifikate & Geheimnisse"),
        PortalPage::ApiPermissions => ("API permissions", "API-Berechtigungen"),
        PortalPage::Authentication => ("Authentication", "Authentifizierung"),
        PortalPage::EnterpriseApplication => ("Enterprise application", "Unternehmensanwendung"),
        PortalPage::EnterprisePermissions => ("Permissions", "Berechtigungen"),
        PortalPage::Users => ("Users", "Benutzer"),
        PortalPage::ConditionalAccess => ("Conditional Access", "Bedingter Zugriff"),
        PortalPage::SignInLogs => ("Sign-in logs", "Anmeldeprotokolle"),
        PortalPage::TeamsAdmin => ("Teams admin center", "Teams Admin Center"),
        PortalPage::AzurePortal => ("Azure portal", "Azure-Portal"),
    };
    either(language, english, german)
}

/// The portal's own label of a step's result; `None` for results that nobody has to see.
pub fn value_label(output: &str, language: Language) -> Option<&'static str> {
    let (english, german) = match output {
        "application-id" => ("Application (client) ID", "Anwendungs-ID (Client)"),
        "directory-id" => ("Directory (tenant) ID", "Verzeichnis-ID (Mandant)"),
        "application-object-id" => ("Object ID", "Objekt-ID"),
        "service-principal-id" => {
            ("Enterprise application's object ID", "Objekt-ID der Unternehmensanwendung")
        }
        "secret" => ("Client secret", "Geheimer Clientschlüssel"),
        "secret-expires" => ("Secret expires", "Geheimnis läuft ab"),
        "policy-name" => ("Access policy", "Zugriffsrichtlinie"),
        _ => return None,
    };
    Some(either(language, english, german))
}

/// A sign of life, as one line, with how many of how many where it can be counted.
pub fn tick(tick: &Tick, guide: Option<&Guide>, language: Language) -> (String, Option<u32>, Option<u32>) {
    let small = |number: usize| u32::try_from(number).ok();
    match tick {
        Tick::Looking { step } => {
            let title = step_title(guide, step, language);
            (
                format!(
                    "{}: {title}",
                    either(language, "Looking at the tenant", "Der Mandant wird angesehen")
                ),
                None,
                None,
            )
        }
        Tick::Sent { what, status } => (format!("{what} · {status}"), None, None),
        Tick::Waiting { seconds } => {
            let said = either(language, "Microsoft needs a moment", "Microsoft braucht einen Moment");
            (format!("{said} · {seconds} s"), None, None)
        }
        Tick::Seen { times, of } => {
            let said = either(language, "Seen as wanted", "Wie gewünscht gesehen");
            (said.to_owned(), Some(*times), Some(*of))
        }
        Tick::Users { count } => {
            let said = either(language, "Users read", "Benutzer gelesen");
            (format!("{said}: {count}"), small(*count), None)
        }
    }
}

/// The title of a step, or its name where the guide no longer has it.
pub fn step_title(guide: Option<&Guide>, step: &str, language: Language) -> String {
    let Some(guide) = guide.filter(|guide| guide.step(step).is_some()) else { return step.to_owned() };
    guide.say(speech(language), &format!("steps.{step}.title")).to_owned()
}

/// What a journal event is, in one line, with its small print.
pub fn event(event: &Event, guide: Option<&Guide>, language: Language) -> (String, Vec<Detail>) {
    let say = |english: &'static str, german: &'static str| either(language, english, german);
    let title = |step: &str| step_title(guide, step, language);
    let detail = |label: &str, text: &str| Detail { label: label.to_owned(), text: text.to_owned() };
    match event {
        Event::Connected { guide, guide_version, place, .. } => (
            say("Connection started", "Verbindung begonnen").to_owned(),
            vec![
                detail(say("Guide", "Anleitung"), &format!("{guide} {guide_version}")),
                detail("Cloud", place),
            ],
        ),
        Event::SignedIn { account, tenant_id, tenant_name, roles, scopes, how } => (
            format!("{account} {}", say("signed in", "hat sich angemeldet")),
            vec![
                detail(say("Organisation", "Organisation"), tenant_name),
                detail(say("Tenant ID", "Mandanten-ID"), tenant_id),
                detail(say("Roles", "Rollen"), &roles.join(", ")),
                detail(say("Permissions", "Berechtigungen"), &scopes.join(", ")),
                detail(say("By", "Durch"), how),
            ],
        ),
        Event::SignedOut {} => (say("Signed out", "Abgemeldet").to_owned(), Vec::new()),
        Event::Answered { ask, value } => {
            let key = format!("asks.{ask}.label");
            let label = guide.and_then(|guide| guide.texts.of(speech(language)).get(&key)).unwrap_or(ask);
            (
                format!("{}: {label}", say("Answered", "Beantwortet")),
                vec![detail(say("Answer", "Antwort"), &text_of(value))],
            )
        }
        Event::Intended { step, operation, plan_hash, .. } => (
            format!("{}: {}", say("About to change", "Vor der Änderung"), title(step)),
            vec![detail(say("Plan", "Plan"), plan_hash), detail(say("Operation", "Vorgang"), operation)],
        ),
        Event::Sent { method, path, status, request_id, .. } => (
            short_ids(&format!("{method} {path}")),
            vec![
                detail(say("Request", "Anfrage"), &format!("{method} {path}")),
                detail("Status", &status.to_string()),
                detail("Request-ID", request_id.as_deref().unwrap_or("–")),
            ],
        ),
        Event::Settled { step, state, .. } => {
            let word = match state.as_str() {
                "done" => say("Proven", "Bewiesen"),
                "pending" => say("Pending", "Ausstehend"),
                "failed" => say("Failed", "Fehlgeschlagen"),
                _ => say("Stopped", "Angehalten"),
            };
            (format!("{word}: {}", title(step)), Vec::new())
        }
        Event::Confirmed { step, by, note } => (
            format!("{}: {}", say("Confirmed", "Bestätigt"), title(step)),
            vec![detail(say("By", "Von"), by), detail(say("Note", "Notiz"), note)],
        ),
        Event::Adopted { step, object } => (
            format!("{}: {}", say("Adopted", "Übernommen"), title(step)),
            vec![detail(say("Object", "Objekt"), &text_of(&object["id"]))],
        ),
        Event::HandedOver { step, how, receipt } => (
            format!("{}: {}", say("Handed over", "Übergeben"), title(step)),
            vec![
                detail(way(how, language), &place_of(receipt).unwrap_or_default()),
                detail("SHA-256", &text_of(&receipt["sha256"])),
            ],
        ),
        Event::Undone { step, .. } => {
            (format!("{}: {}", say("Taken back", "Zurückgenommen"), title(step)), Vec::new())
        }
        Event::Noted { what, .. } => (noted(what, language), Vec::new()),
        Event::Removed {} => (say("Taken off the list", "Von der Liste genommen").to_owned(), Vec::new()),
    }
}

/// A note of the engine in words; a note that this version does not know keeps its name.
fn noted(what: &str, language: Language) -> String {
    let (english, german) = match what {
        "teams-result" => ("The Teams script's result was read", "Ergebnis des Teams-Skripts gelesen"),
        "offer-taken" => ("The product's offer was taken", "Angebot des Produkts angenommen"),
        "host-key-pinned" => ("A server's host key was compared", "Schlüssel eines Servers verglichen"),
        "customer" => ("It was said for whom this is", "Gesagt, für wen dies ist"),
        "step-taken-over" => ("A step was taken over", "Schritt übernommen"),
        "application-removed" => ("The application was removed", "Anwendung entfernt"),
        "axigen" => ("The product's server was looked at", "Server des Produkts angesehen"),
        "credentials-seen" => ("Credentials were looked at", "Anmeldedaten angesehen"),
        other => return format!("{}: {other}", either(language, "Noted", "Vermerkt")),
    };
    either(language, english, german).to_owned()
}

/// How values went to the product.
pub fn way(how: &str, language: Language) -> &'static str {
    let (english, german) = match how {
        "https" => ("Pushed to the product", "An das Produkt gesendet"),
        "sftp" => ("On the product’s server", "Auf dem Server des Produkts"),
        _ => ("Sealed file", "Versiegelte Datei"),
    };
    either(language, english, german)
}

/// Where they lie: a path, the product's address, or a path on its server.
pub fn place_of(receipt: &Value) -> Option<String> {
    let text = |key: &str| receipt[key].as_str().map(str::to_owned);
    match (text("endpoint"), text("host"), text("path")) {
        (Some(endpoint), _, _) => Some(endpoint),
        (None, Some(host), Some(path)) => {
            let path = path.trim_start_matches('/');
            Some(format!("sftp://{host}:{}/{path}", receipt["port"]))
        }
        (None, _, path) => path,
    }
}

/// The short name of an event's kind.
pub fn kind(event: &Event) -> String {
    serde_json::to_value(event)
        .ok()
        .and_then(|value| value["kind"].as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Array(list) => list.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The same line with long ids cut in their middle; the journal's small print has them whole.
pub fn short_ids(line: &str) -> String {
    let part = |word: &str| if word.contains('@') { word.to_owned() } else { short_word(word) };
    line.split(' ').map(part).collect::<Vec<_>>().join(" ")
}

fn short_word(word: &str) -> String {
    let in_id = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '=');
    let mut short = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|letter| !in_id(letter)).unwrap_or(rest.len());
        let (id, after) = rest.split_at(end);
        // Ids are ASCII here, so their ends can be cut by bytes.
        if id.len() >= 24 && id.bytes().any(|byte| byte.is_ascii_digit()) {
            short.extend([&id[..4], "…", &id[id.len() - 4..]]);
        } else {
            short.push_str(id);
        }
        let next = after.find(in_id).unwrap_or(after.len());
        short.push_str(&after[..next]);
        rest = &after[next..];
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_are_cut_and_names_are_not() {
        let line = "POST /applications/82c86c5f-f7fe-4642-a079-4f48d00af0fb/addPassword";
        assert_eq!(short_ids(line), "POST /applications/82c8…f0fb/addPassword");
        assert_eq!(
            short_ids("PATCH /applications(uniqueName='footbridge-82c86c5f-f7fe-4642-a079-4f48d00af0fb')"),
            "PATCH /applications(uniqueName='foot…f0fb')"
        );
        assert_eq!(short_ids("Größe 12 · ä"), "Größe 12 · ä");
        assert_eq!(
            short_ids("a.weber@contoso.onmicrosoft.com signed in"),
            "a.weber@contoso.onmicrosoft.com signed in"
        );
        assert_eq!(short_ids("GET /servicePrincipals"), "GET /servicePrincipals");
    }
}
