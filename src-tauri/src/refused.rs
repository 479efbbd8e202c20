//! Why the workshop refused, in both languages. The English sentence is the error's own; what to do follows its semicolon.

use engine::certs::{
    CertificateError, ContentsError, ExportError, KeyError, NameError, OpenError, Passphrase,
    PassphraseError, PfxError, RequestError,
};
use engine::{WorkshopError, guide};

use crate::{
    shown,
    view::{Language, Trouble},
};

/// A refusal as people read it.
pub fn trouble(why: &WorkshopError, language: Language) -> Trouble {
    if let WorkshopError::Policy(wrong) = why {
        return shown::trouble(wrong, language);
    }
    let (field, german) = told(why);
    made(why.to_string(), german, field, language)
}

/// A passphrase that does not serve.
pub fn passphrase(why: PassphraseError, field: &str, language: Language) -> Trouble {
    let german = match why {
        PassphraseError::Empty => {
            "die Passphrase ist leer; geben Sie eine ein oder lassen Sie Footbridge eine erzeugen"
        }
        PassphraseError::TooLong => "die Passphrase hat mehr als 128 Zeichen; nehmen Sie eine kürzere",
        PassphraseError::Character => {
            "die Passphrase hat ein Zeichen, das eine PFX-Datei nicht fassen kann; nehmen Sie Buchstaben, Ziffern und Zeichen"
        }
        PassphraseError::NoRandomness => "das System gab keinen Zufall her; versuchen Sie es erneut",
    };
    made(why.to_string(), german.to_owned(), field, language)
}

fn made(english: String, german: String, field: &str, language: Language) -> Trouble {
    let (said, otherwise) = match language {
        Language::En => (english, "Nothing was changed. Mend it and try again."),
        Language::De => (german, "Nichts wurde geändert. Beheben Sie es und versuchen Sie es erneut."),
    };
    let (what, next) = said.split_once("; ").unwrap_or((&said, otherwise));
    Trouble {
        code: "workshop".to_owned(),
        what: sentence(what),
        field: Some(field.to_owned()).filter(|field| !field.is_empty()),
        why: None,
        next: sentence(next),
        request_id: None,
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// The field and the German sentence.
fn told(why: &WorkshopError) -> (&'static str, String) {
    let (field, german) = match why {
        WorkshopError::NameTaken(name) => {
            return ("name", format!("der Name „{name}“ ist schon vergeben; wählen Sie einen anderen"));
        }
        WorkshopError::Certificate(why) => return certificate(why),
        WorkshopError::Key(why) => ("key", key(why)),
        WorkshopError::Export(why) => return export(why),
        WorkshopError::Contents(why) => ("file", contents(why)),
        WorkshopError::NoKey => (
            "file",
            "die Datei enthält keinen privaten Schlüssel, und kein hier aufbewahrter gehört zu ihren Zertifikaten; importieren Sie die Datei mit dem Schlüssel".to_owned(),
        ),
        WorkshopError::NoCertificate => (
            "file",
            "keines der Zertifikate in der Datei gehört zu ihrem Schlüssel; importieren Sie das Zertifikat dieses Schlüssels".to_owned(),
        ),
        WorkshopError::KeptAlready => {
            ("file", "dieses Zertifikat wird hier schon aufbewahrt; es wurde nichts geändert".to_owned())
        }
        WorkshopError::NotKept => {
            ("", "dieses Zertifikat wird hier nicht mehr aufbewahrt; sehen Sie die Liste erneut an".to_owned())
        }
        WorkshopError::NotIssued => (
            "",
            "das Zertifikat dieser Anforderung ist noch nicht da; importieren Sie, was die Zertifizierungsstelle ausstellte".to_owned(),
        ),
        WorkshopError::NoRequest => {
            ("", "auf diesem Schlüssel wurde keine Anforderung erstellt; erstellen Sie eine".to_owned())
        }
        WorkshopError::Vault(why) => ("vault", format!("der Tresor tat seine Arbeit nicht: {why}")),
        WorkshopError::Policy(wrong) => ("", wrong.what(guide::Language::German)),
    };
    (field, german)
}

fn certificate(why: &CertificateError) -> (&'static str, String) {
    match why {
        CertificateError::Days(days) => ("days", format!("die Laufzeit ist {days} Tage; nehmen Sie 1 bis 3650")),
        CertificateError::Name(why) => name(why),
        CertificateError::NoServerName => (
            "names",
            "ein Zertifikat für HTTPS braucht den Namen des Servers; geben Sie ihn unter weitere Namen ein".to_owned(),
        ),
        CertificateError::EntraTakesOnlyRsa => (
            "key",
            "Entra nimmt für die Anmeldung von Anwendungen nur RSA-Schlüssel an; wählen Sie RSA 2048, 3072 oder 4096".to_owned(),
        ),
        CertificateError::NotMade => {
            ("", "das Zertifikat konnte nicht erstellt werden; versuchen Sie es erneut".to_owned())
        }
        CertificateError::NotACertificate => ("file", "das ist kein Zertifikat".to_owned()),
    }
}

fn name(why: &NameError) -> (&'static str, String) {
    match why {
        NameError::NotAField(text) => (
            "subject",
            format!("„{text}“ im Antragsteller ist kein Feld; schreiben Sie Felder wie CN=Name, O=Firma"),
        ),
        NameError::UnknownField(text) => (
            "subject",
            format!(
                "das Feld „{text}“ des Antragstellers ist nicht bekannt; nehmen Sie CN, O, OU, L, ST und C"
            ),
        ),
        NameError::Twice(field) => {
            ("subject", format!("das Feld {field} steht zweimal im Antragsteller; behalten Sie eines"))
        }
        NameError::NoCommonName => {
            ("subject", "der Antragsteller hat keinen allgemeinen Namen; ergänzen Sie CN=Name".to_owned())
        }
        NameError::Value { field, .. } => (
            "subject",
            format!(
                "das Feld {field} des Antragstellers ist leer, zu lang oder hat ein Zeichen, das dort nicht erlaubt ist; ändern Sie es"
            ),
        ),
        NameError::OtherName(text) => (
            "names",
            format!(
                "„{text}“ ist kein Hostname, keine IP-Adresse, keine URI und keine Mailadresse; schreiben Sie andere Buchstaben als xn--"
            ),
        ),
    }
}

fn key(why: &KeyError) -> String {
    match why {
        KeyError::NotMade => "der Schlüssel konnte nicht erzeugt werden; versuchen Sie es erneut".to_owned(),
        KeyError::NotAKey => {
            "das ist kein privater Schlüssel, den Footbridge verwendet; es nimmt RSA (2048, 3072 oder 4096 Bit), P-256 und P-384".to_owned()
        }
        KeyError::Size { bits } => {
            format!("dieser RSA-Schlüssel hat {bits} Bit; nehmen Sie 2048, 3072 oder 4096")
        }
    }
}

fn export(why: &ExportError) -> (&'static str, String) {
    match why {
        ExportError::Name => (
            "name",
            "der Name muss 1 bis 64 Buchstaben, Ziffern, Leerzeichen oder die Zeichen . _ - haben; er darf nicht mit Punkt oder Leerzeichen beginnen oder enden".to_owned(),
        ),
        ExportError::NoPassphrase => {
            ("passphrase", "Dateien mit einem Schlüssel brauchen eine Passphrase".to_owned())
        }
        ExportError::Pfx(why) => ("passphrase", pfx(why)),
        ExportError::File { path, why } => (
            "folder",
            format!("{}: {why}; eine vorhandene Datei wird nicht ersetzt, wählen Sie einen anderen Ordner", path.display()),
        ),
        ExportError::NotTheSame(path) => (
            "",
            format!("{} öffnete sich nicht so, wie es geschrieben wurde, und wurde entfernt; versuchen Sie es erneut", path.display()),
        ),
    }
}

fn pfx(why: &PfxError) -> String {
    match why {
        PfxError::WeakPassphrase => format!(
            "Dateien für dieses Ziel schützt nur 3DES, deshalb muss die Passphrase stark sein; nehmen Sie mindestens {} Zeichen, davon {} verschiedene, oder lassen Sie Footbridge eine erzeugen",
            Passphrase::STRONG_LENGTH,
            Passphrase::STRONG_VARIETY
        ),
        PfxError::KeyAndCertificateDiffer => {
            "der Schlüssel gehört nicht zum Zertifikat; geben Sie das Zertifikat dieses Schlüssels".to_owned()
        }
        PfxError::Iterations(count) => {
            format!("die Zahl der Iterationen ist {count}; nehmen Sie 2048 bis 600000")
        }
        PfxError::Alias => "der Name in der Datei muss 1 bis 64 Zeichen haben".to_owned(),
        PfxError::NotWritten | PfxError::NotTheSame => {
            "die Schlüsseldatei konnte nicht geschrieben werden; versuchen Sie es erneut".to_owned()
        }
    }
}

fn contents(why: &ContentsError) -> String {
    let said = match why {
        ContentsError::TooLarge => {
            "die Datei ist größer als 1 MiB; Zertifikate und Schlüssel haben wenige tausend Byte"
        }
        ContentsError::NotKnown => {
            "das ist weder Zertifikat noch Schlüssel oder Anforderung in PFX, PEM, DER oder PKCS#7"
        }
        ContentsError::NeedsPassphrase => {
            "der Schlüssel in der Datei ist geschützt; öffnen Sie sie mit der Befehlszeile: footbridge cert import"
        }
        ContentsError::Open(why) => return opening(why),
        ContentsError::Key(why) => return key(why),
        ContentsError::Request(RequestError::NotARequest) => "das ist keine Zertifikatsanforderung",
        ContentsError::Request(RequestError::NotSigned) => {
            "die Anforderung ist nicht mit ihrem eigenen Schlüssel signiert; erstellen Sie eine neue"
        }
        ContentsError::Damaged(block) => {
            return format!(
                "der Block „{block}“ der Datei ist beschädigt; kopieren Sie ihn neu, mit erster und letzter Zeile"
            );
        }
        ContentsError::OldEncryption(block) => {
            return format!(
                "der Block „{block}“ ist nach alter Art von OpenSSL verschlüsselt; schreiben Sie ihn neu: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW"
            );
        }
        ContentsError::TooMany => "die Datei hat mehr als 100 Zertifikate oder Blöcke; teilen Sie sie",
        ContentsError::SeveralKeys => {
            "die Datei enthält mehrere private Schlüssel; geben Sie jeden in einer eigenen Datei"
        }
    };
    said.to_owned()
}

fn opening(why: &OpenError) -> String {
    match why {
        OpenError::WrongPassphrase => {
            "die Schlüsseldatei öffnete sich nicht: die Passphrase ist falsch oder die Datei wurde geändert".to_owned()
        }
        OpenError::Rc2With40Bits => {
            "die Datei schützt RC2 mit 40 Bit, das in Stunden durchsucht ist; halten Sie den Schlüssel für offengelegt".to_owned()
        }
        OpenError::NoMac => {
            "die PFX-Datei hat keinen MAC, also kann niemand sagen, dass sie unverändert ist; exportieren Sie sie neu mit einer Passphrase".to_owned()
        }
        OpenError::SeveralKeys(count) => {
            format!("die Datei enthält {count} private Schlüssel; exportieren Sie jeden für sich")
        }
        OpenError::Key(why) => key(why),
        other => format!("die Schlüsseldatei wurde nicht gelesen ({other})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_and_what_to_do_in_both_languages() {
        let why = WorkshopError::Certificate(CertificateError::Days(0));
        let (english, german) = (trouble(&why, Language::En), trouble(&why, Language::De));
        assert_eq!(
            (english.what.as_str(), english.next.as_str()),
            ("The lifetime is 0 days.", "Use 1 to 3650.")
        );
        assert_eq!(
            (german.what.as_str(), german.next.as_str()),
            ("Die Laufzeit ist 0 Tage.", "Nehmen Sie 1 bis 3650.")
        );
        assert_eq!(english.field.as_deref(), Some("days"));
    }
}
