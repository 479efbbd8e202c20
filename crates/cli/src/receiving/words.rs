//! The receiver's own words in both languages.

use engine::guide::Language;

/// A word or sentence of the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    OfferFile,
    Fingerprint,
    Compare,
    OpenUntil,
    Listening,
    BundleFor,
    Tenant,
    Signer,
    Credential,
    Ends,
    SignerNew,
    SignerKnown,
    OtherTenant,
    OtherSigner,
    Take,
    Number,
    ApproveHow,
    Wrote,
    Receipt,
    ReceiptWent,
    Refused,
    Failed,
    Completed,
    Deleted,
    NotDeleted,
    Answered,
    NothingWaits,
    Rehearsals,
}

/// The word in a language.
pub fn say(word: Say, language: Language) -> &'static str {
    let (english, german) = pair(word);
    match language {
        Language::English => english,
        Language::German => german,
    }
}

fn pair(word: Say) -> (&'static str, &'static str) {
    match word {
        Say::OfferFile => ("Offer", "Angebot"),
        Say::Fingerprint => ("Fingerprint", "Fingerabdruck"),
        Say::Compare => (
            "Footbridge shows the same fingerprint. Compare it where the offer went by a way that others can change.",
            "Footbridge zeigt denselben Fingerabdruck. Vergleichen Sie ihn, wo andere das Angebot unterwegs ändern könnten.",
        ),
        Say::OpenUntil => ("Open until", "Offen bis"),
        Say::Listening => ("Listening at", "Lauscht an"),
        Say::BundleFor => ("A bundle for", "Ein Paket für"),
        Say::Tenant => ("Tenant", "Mandant"),
        Say::Signer => ("Signer", "Unterzeichner"),
        Say::Credential => ("Credential", "Anmeldedaten"),
        Say::Ends => ("ends", "endet"),
        Say::SignerNew => ("(new: nobody was agreed to before)", "(neu: noch niemandem wurde zugestimmt)"),
        Say::SignerKnown => ("(known)", "(bekannt)"),
        Say::OtherTenant => {
            ("(known, but for another tenant)", "(bekannt, aber für einen anderen Mandanten)")
        }
        Say::OtherSigner => ("(ANOTHER one than before, which was", "(ein ANDERER als zuvor, der war"),
        Say::Take => (
            "Is this your tenant, and the fingerprint that Footbridge shows? Take it?",
            "Ist das Ihr Mandant und der Fingerabdruck, den Footbridge zeigt? Annehmen?",
        ),
        Say::Number => ("Number", "Nummer"),
        Say::ApproveHow => (
            "It waits. Answer with: footbridge receive approve NUMBER",
            "Es wartet. Antworten Sie mit: footbridge receive approve NUMMER",
        ),
        Say::Wrote => ("Wrote", "Geschrieben"),
        Say::Receipt => ("Receipt for the sender", "Quittung für den Absender"),
        Say::ReceiptWent => ("The receipt went to the sender.", "Die Quittung ging an den Absender."),
        Say::Refused => ("Refused", "Abgelehnt"),
        Say::Failed => ("Something here stands in the way", "Hier steht etwas im Weg"),
        Say::Completed => {
            ("Completed what an earlier run had left", "Vollendet, was ein früherer Lauf übrig ließ")
        }
        Say::Deleted => ("The bundle's file was deleted.", "Die Datei des Pakets wurde gelöscht."),
        Say::NotDeleted => (
            "The bundle's file could not be deleted. It cannot be used again; delete it yourself",
            "Die Datei des Pakets ließ sich nicht löschen. Sie gilt nicht mehr; löschen Sie sie selbst",
        ),
        Say::Answered => ("Answered.", "Beantwortet."),
        Say::NothingWaits => ("No bundle waits.", "Kein Paket wartet."),
        Say::Rehearsals => ("[TEST: REHEARSALS ARE ACCEPTED]", "[TEST: PROBEN WERDEN ANGENOMMEN]"),
    }
}
