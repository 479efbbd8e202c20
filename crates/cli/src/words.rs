//! The command line's own words in both languages. Sentences about steps, plans and troubles come from engine and guide.

use engine::guide::Language;
use engine::{ManyState, Phrase, Sign, Stage, StageState, State};

/// A word or sentence of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    OpenPage,
    EnterCode,
    Phishing,
    OpenBrowser,
    BrowserInstead,
    SignedIn,
    Tenant,
    Roles,
    NoRoles,
    Guest,
    ClockSlow,
    ClockFast,
    Requests,
    Reads,
    Writes,
    Bundle,
    Sheet,
    Report,
    PassphraseFile,
    Folder,
    YesNo,
    CarryOut,
    DidReadNotice,
    TakeBack,
    SecondPass,
    Pretend,
    NothingToUndo,
    Stays,
    NoFaults,
    Intact,
    PassphraseInVault,
    OfferOf,
    SameFingerprint,
    GoesTo,
    TrustedBySystem,
    TrustedByPin,
    SendNow,
    Taken,
    WaitsAtProduct,
    Placed,
    ChooseAdopt,
    VaultPassphrase,
    BundlePassphrase,
    ByYes,
    StageAdd,
    StageHandOver,
    StageProve,
    StageRemove,
    StageOpen,
    StagePlanned,
    StageWaiting,
    StageFailed,
    StageDone,
    StageNotNeeded,
    RemoveOld,
    NotDue,
    OldStays,
    RunAgain,
    RenewalOver,
    Fine,
    IsDue,
    HasExpired,
    NotOurs,
    TriedTaken,
    TriedAsked,
    TriedRefused,
    TriedStrange,
    TriedUnproven,
    TriedNoAnswer,
    TriedRight,
    TriedWrong,
    TriedUnclear,
    RenewPass,
    ShowPassphrase,
    PassphraseShown,
    OpeningPassphrase,
    PasswordOf,
    ProductWrites,
    AtHome,
    ManyReady,
    ManyStopped,
    ManyNeedsAPerson,
    ManyNeedsOwnSignIn,
    Changes,
    Later,
    NextExpiry,
    SetUpAll,
    StopAsked,
    Tenants,
    Network(NetworkWord),
    NothingLaidDown,
}

/// A word of the connection test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkWord {
    Resigned,
    ScriptNotRead,
    BothReached,
    NotBothReached,
    ByProxy,
    BySystem,
    Directly,
    PublicAuthority,
    OtherAuthority,
}

/// The word in a language.
pub fn say(word: Word, language: Language) -> &'static str {
    let (english, german) = pair(word);
    match language {
        Language::English => english,
        Language::German => german,
    }
}

/// The word for a state.
pub fn state(state: State, language: Language) -> String {
    state_named(state.name(), language)
}

/// A state by its technical name, in words.
pub fn state_named(name: &str, language: Language) -> String {
    Phrase::new(&format!("state.{name}")).in_language(language)
}

/// The word for a stage of a renewal.
pub fn stage(stage: Stage) -> Word {
    match stage {
        Stage::Add => Word::StageAdd,
        Stage::HandOver => Word::StageHandOver,
        Stage::Prove => Word::StageProve,
        Stage::Remove => Word::StageRemove,
    }
}

/// The word for how such a stage stands.
pub fn stage_state(state: StageState) -> Word {
    match state {
        StageState::Open => Word::StageOpen,
        StageState::Planned => Word::StagePlanned,
        StageState::Waiting => Word::StageWaiting,
        StageState::Failed => Word::StageFailed,
        StageState::Done => Word::StageDone,
        StageState::NotNeeded => Word::StageNotNeeded,
    }
}

/// One character for what happens to a line of a plan.
pub fn sign(sign: Sign) -> char {
    match sign {
        Sign::Add => '+',
        Sign::Remove => '-',
        Sign::Set => '~',
        Sign::Keep => '=',
        Sign::Run => '>',
    }
}

const NOTHING_LAID_DOWN: (&str, &str) = (
    "Nothing is laid down for this machine. A policy would lie at",
    "Für diesen Rechner ist nichts festgelegt. Eine Richtlinie läge unter",
);

fn pair(word: Word) -> (&'static str, &'static str) {
    match word {
        Word::StageAdd
        | Word::StageHandOver
        | Word::StageProve
        | Word::StageRemove
        | Word::StageOpen
        | Word::StagePlanned
        | Word::StageWaiting
        | Word::StageFailed
        | Word::StageDone
        | Word::StageNotNeeded
        | Word::RemoveOld
        | Word::NotDue
        | Word::OldStays
        | Word::RunAgain
        | Word::RenewalOver
        | Word::Fine
        | Word::IsDue
        | Word::HasExpired
        | Word::NotOurs
        | Word::RenewPass => renewal_pair(word),
        Word::GoesTo
        | Word::OfferOf
        | Word::SameFingerprint
        | Word::TrustedBySystem
        | Word::TrustedByPin
        | Word::SendNow
        | Word::Taken
        | Word::WaitsAtProduct
        | Word::Placed
        | Word::TriedTaken
        | Word::TriedAsked
        | Word::TriedRefused
        | Word::TriedStrange
        | Word::TriedUnproven
        | Word::TriedNoAnswer
        | Word::TriedRight
        | Word::TriedWrong
        | Word::TriedUnclear => delivery_pair(word),
        Word::AtHome
        | Word::ManyReady
        | Word::ManyStopped
        | Word::ManyNeedsAPerson
        | Word::ManyNeedsOwnSignIn
        | Word::Changes
        | Word::Later
        | Word::NextExpiry
        | Word::SetUpAll
        | Word::StopAsked
        | Word::Tenants => many_pair(word),
        Word::Network(word) => network_pair(word),
        Word::OpenPage | Word::EnterCode | Word::Phishing | Word::OpenBrowser | Word::BrowserInstead => {
            signing_pair(word)
        }
        Word::NothingLaidDown => NOTHING_LAID_DOWN,
        Word::SignedIn => ("Signed in as", "Angemeldet als"),
        Word::Tenant => ("Tenant", "Mandant"),
        Word::Roles => ("Active roles:", "Aktive Rollen:"),
        Word::NoRoles => ("none", "keine"),
        Word::Guest => (" (guest)", " (Gast)"),
        Word::ClockSlow => (
            "Caution: this computer's clock is {minutes} minutes behind Microsoft's. Set it right first: secrets and certificates get wrong ends.",
            "Achtung: Die Uhr dieses Computers geht gegenüber der von Microsoft {minutes} Minuten nach. Stellen Sie sie zuerst richtig: Geheimnisse und Zertifikate bekommen sonst falsche Enden.",
        ),
        Word::ClockFast => (
            "Caution: this computer's clock is {minutes} minutes ahead of Microsoft's. Set it right first: secrets and certificates get wrong ends.",
            "Achtung: Die Uhr dieses Computers geht gegenüber der von Microsoft {minutes} Minuten vor. Stellen Sie sie zuerst richtig: Geheimnisse und Zertifikate bekommen sonst falsche Enden.",
        ),
        Word::Requests => ("requests to Graph", "Anfragen an Graph"),
        Word::Reads => ("reads", "gelesen"),
        Word::Writes => ("writes", "geschrieben"),
        Word::Bundle => ("Sealed bundle", "Versiegeltes Paket"),
        Word::Sheet => ("Hand-over sheet", "Übergabeblatt"),
        Word::Report => ("Evidence report", "Nachweis"),
        Word::PassphraseFile => ("Passphrase file", "Passphrasendatei"),
        Word::Folder => ("Folder", "Ordner"),
        Word::YesNo => ("[y/N]", "[j/N]"),
        Word::CarryOut => ("      Carry this out?", "      Ausführen?"),
        Word::DidReadNotice => ("      Have you read this?", "      Haben Sie das gelesen?"),
        Word::TakeBack => ("Take this back?", "Zurücknehmen?"),
        Word::SecondPass => (
            "\nThe same again: everything is looked at once more.",
            "\nNoch einmal: alles wird ein zweites Mal angesehen.",
        ),
        Word::Pretend => (
            "Rehearsal in a pretend tenant on this computer. Nothing here is real.",
            "Probe in einem erfundenen Mandanten auf diesem Rechner. Nichts hier ist echt.",
        ),
        Word::NothingToUndo => (
            "This connection made nothing that is still there.",
            "Diese Verbindung hat nichts angelegt, das noch besteht.",
        ),
        Word::Stays => ("stays", "bleibt"),
        Word::NoFaults => ("No faults.", "Keine Fehler."),
        Word::Intact => ("The journal is intact; entries:", "Das Journal ist unversehrt; Einträge:"),
        Word::PassphraseInVault => (
            "The passphrase of the sealed file is in the vault. Get it with: footbridge bundle passphrase --connection NAME --out FILE",
            "Die Passphrase des Pakets liegt im Tresor. Sie erhalten sie mit: footbridge bundle passphrase --connection NAME --out FILE",
        ),
        Word::ChooseAdopt => (
            "      Say --adopt STEP=OBJECT-ID to take one of them over, or --beside STEP to make another one.",
            "      --adopt STEP=OBJECT-ID übernimmt eines davon, --beside STEP legt ein weiteres an.",
        ),
        Word::VaultPassphrase => ("Passphrase of the vault: ", "Passphrase des Tresors: "),
        Word::BundlePassphrase => ("Passphrase of the bundle: ", "Passphrase des Pakets: "),
        Word::ShowPassphrase => (
            "No passphrase file was given. Footbridge makes a passphrase and shows it here once. Go on?",
            "Es wurde keine Passphrasendatei genannt. Footbridge erzeugt eine Passphrase und zeigt sie hier einmal. Weiter?",
        ),
        Word::PassphraseShown => (
            "The passphrase of these files. It is kept nowhere:",
            "Die Passphrase dieser Dateien. Sie ist nirgends aufbewahrt:",
        ),
        Word::OpeningPassphrase => ("Passphrase of the file: ", "Passphrase der Datei: "),
        Word::PasswordOf => ("Password of", "Kennwort von"),
        Word::ProductWrites => ("writes to the product", "Schreibvorgänge beim Produkt"),
        Word::ByYes => ("confirmed on the command line", "auf der Befehlszeile bestätigt"),
    }
}

fn network_pair(word: NetworkWord) -> (&'static str, &'static str) {
    match word {
        NetworkWord::Resigned => (
            "This connection is looked into and signed anew by",
            "In diese Verbindung wird gesehen, und sie wird neu signiert von",
        ),
        NetworkWord::ScriptNotRead => (
            "The system chooses its proxy by a script, which is not run:",
            "Das System wählt seinen Proxy durch ein Skript, das nicht ausgeführt wird:",
        ),
        NetworkWord::BothReached => ("Both hosts were reached.", "Beide Hosts sind erreichbar."),
        NetworkWord::NotBothReached => ("Not both hosts were reached.", "Nicht beide Hosts sind erreichbar."),
        NetworkWord::ByProxy => ("by the proxy", "über den Proxy"),
        NetworkWord::BySystem => ("named by the system", "vom System genannt"),
        NetworkWord::Directly => ("directly", "direkt"),
        NetworkWord::PublicAuthority => {
            ("certificate by the public authority", "Zertifikat der öffentlichen Stelle")
        }
        NetworkWord::OtherAuthority => (
            "certificate by an authority that is not a public one:",
            "Zertifikat einer Stelle, die keine öffentliche ist:",
        ),
    }
}

fn signing_pair(word: Word) -> (&'static str, &'static str) {
    match word {
        Word::OpenPage => ("Open", "Öffnen Sie"),
        Word::EnterCode => ("and enter the code", "und geben Sie den Code ein:"),
        Word::Phishing => (
            "Only enter a code that you asked for yourself. Nobody from support will ever ask you for one.",
            "Geben Sie nur einen Code ein, den Sie selbst angefordert haben. Niemand vom Support fragt jemals danach.",
        ),
        Word::OpenBrowser => (
            "Open this address in the browser of this computer:",
            "Öffnen Sie diese Adresse im Browser dieses Rechners:",
        ),
        _ => (
            "This tenant blocks sign-in by code. The browser of this computer may still be allowed.",
            "Dieser Mandant sperrt die Anmeldung mit Code. Der Browser dieses Rechners ist vielleicht noch erlaubt.",
        ),
    }
}

fn delivery_pair(word: Word) -> (&'static str, &'static str) {
    match word {
        Word::OfferOf => ("      Offer of", "      Angebot von"),
        Word::SameFingerprint => (
            "      Does the product show the same fingerprint?",
            "      Zeigt das Produkt denselben Fingerabdruck?",
        ),
        Word::GoesTo => ("      The sealed bundle goes to", "      Das versiegelte Paket geht an"),
        Word::TrustedBySystem => (
            "the server proves itself to this system's authorities",
            "der Server weist sich vor den Zertifizierungsstellen dieses Systems aus",
        ),
        Word::TrustedByPin => {
            ("the offer pins the server's key", "das Angebot heftet den Schlüssel des Servers an:")
        }
        Word::SendNow => ("      Send it now?", "      Jetzt senden?"),
        Word::Taken => (
            "The product opened the sealed bundle and took it:",
            "Das Produkt hat das versiegelte Paket geöffnet und angenommen:",
        ),
        Word::WaitsAtProduct => (
            "The sealed bundle is there. Somebody at the product has to approve it; this waits.",
            "Das versiegelte Paket ist dort. Jemand am Produkt muss zustimmen; so lange wird gewartet.",
        ),
        Word::Placed => ("The sealed bundle lies at", "Das versiegelte Paket liegt unter"),
        Word::TriedTaken => ("taken", "angenommen"),
        Word::TriedAsked => ("asks a person", "fragt einen Menschen"),
        Word::TriedRefused => ("refused", "abgelehnt"),
        Word::TriedStrange => ("another answer", "andere Antwort"),
        Word::TriedUnproven => {
            ("taken, but the receipt does not hold", "angenommen, doch die Quittung stimmt nicht")
        }
        Word::TriedNoAnswer => ("no answer", "keine Antwort"),
        Word::TriedRight => ("right", "richtig"),
        Word::TriedWrong => ("wrong", "falsch"),
        _ => ("unclear", "unklar"),
    }
}

fn many_pair(word: Word) -> (&'static str, &'static str) {
    match word {
        Word::AtHome => (
            "Sign in once, at your own tenant. Customers' tenants take this sign-in where your account has rights there.",
            "Melden Sie sich einmal an, im eigenen Mandanten. Die Mandanten der Kunden nehmen diese Anmeldung an, wo Ihr Konto dort Rechte hat.",
        ),
        Word::ManyReady => ("can be run", "kann ausgeführt werden"),
        Word::ManyStopped => ("stopped", "angehalten"),
        Word::ManyNeedsAPerson => ("needs a person", "braucht einen Menschen"),
        Word::ManyNeedsOwnSignIn => ("needs a sign-in of its own", "braucht eine eigene Anmeldung"),
        Word::Changes => ("changes planned", "Änderungen geplant"),
        Word::Later => ("steps planned later", "Schritte später geplant"),
        Word::NextExpiry => ("next expiry", "nächster Ablauf"),
        Word::SetUpAll => ("Set up all of these?", "Alle diese einrichten?"),
        Word::StopAsked => (
            "Stopping: what is being written is finished, and nothing new is begun.",
            "Anhalten: was gerade geschrieben wird, wird beendet, und nichts Neues begonnen.",
        ),
        _ => ("tenants", "Mandanten"),
    }
}

/// The word for how one of many stands.
pub fn many_state(state: ManyState, language: Language) -> String {
    let word = match state {
        ManyState::Done => return state_named("proven", language),
        ManyState::Waiting => Word::StageWaiting,
        ManyState::Failed => Word::StageFailed,
        ManyState::Ready => Word::ManyReady,
        ManyState::NeedsAPerson => Word::ManyNeedsAPerson,
        ManyState::Stopped => Word::ManyStopped,
        ManyState::NeedsOwnSignIn => Word::ManyNeedsOwnSignIn,
    };
    say(word, language).to_owned()
}

fn renewal_pair(word: Word) -> (&'static str, &'static str) {
    match word {
        Word::StageAdd => ("Add the new credential", "Neue Anmeldedaten anlegen"),
        Word::StageHandOver => ("Hand it over", "Übergeben"),
        Word::StageProve => ("Prove it by a sign-in", "Durch eine Anmeldung nachweisen"),
        Word::StageRemove => ("Remove the old credential", "Alte Anmeldedaten entfernen"),
        Word::StageOpen => ("open", "offen"),
        Word::StagePlanned => ("planned", "geplant"),
        Word::StageWaiting => ("waiting for Microsoft", "wartet auf Microsoft"),
        Word::StageFailed => ("failed", "fehlgeschlagen"),
        Word::StageDone => ("done", "erledigt"),
        Word::StageNotNeeded => ("not needed", "nicht nötig"),
        Word::RemoveOld => (
            "      Does the product use the new credential? Remove the old one?",
            "      Benutzt das Produkt die neuen Anmeldedaten? Die alten entfernen?",
        ),
        Word::NotDue => (
            "More than 60 days are left, so nothing was done. Say --early to renew all the same.",
            "Es bleiben mehr als 60 Tage, deshalb geschah nichts. --early erneuert trotzdem.",
        ),
        Word::OldStays => (
            "The old credential still works. When the product uses the new one: footbridge renew --connection NAME --until remove",
            "Die alten Anmeldedaten gelten noch. Wenn das Produkt die neuen benutzt: footbridge renew --connection NAME --until remove",
        ),
        Word::RunAgain => (
            "The renewal is under way and the old credential works. Run the command again to go on.",
            "Die Erneuerung läuft, und die alten Anmeldedaten gelten. Der Befehl setzt sie fort.",
        ),
        Word::RenewalOver => ("The renewal is over.", "Die Erneuerung ist abgeschlossen."),
        Word::Fine => ("fine", "gut"),
        Word::IsDue => ("due", "fällig"),
        Word::HasExpired => ("expired", "abgelaufen"),
        Word::NotOurs => (" (not made by Footbridge)", " (nicht von Footbridge angelegt)"),
        _ => (
            "\nThe credential is renewed: added, handed over, proven, and the old one removed.",
            "\nDie Anmeldedaten werden erneuert: angelegt, übergeben, nachgewiesen, die alten entfernt.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_said_in_both_languages() {
        assert_eq!(state(State::Proven, Language::English), "proven");
        assert_ne!(state(State::Proven, Language::German), "proven");
    }

    #[test]
    fn words_differ_by_language() {
        for word in [Word::OpenPage, Word::Pretend, Word::Stays, Word::ByYes] {
            assert_ne!(say(word, Language::English), say(word, Language::German));
        }
    }
}
