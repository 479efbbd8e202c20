//! Which file of the interface draws what, and which walk shows it to axe. A file that is not here fails, so that a new
//! screen cannot be forgotten; a walk that does not meet its screens fails too.

use std::collections::BTreeSet;

/// File in `ui/src/screens`, what only it draws, and the walk that meets it.
pub const SCREENS: &[(&str, &str, &str)] = &[
    ("About.svelte", "#show-licences", "guide"),
    ("AskField.svelte", "article [id^='ask-']", "guide"),
    ("Asks.svelte", "#save-answers", "guide"),
    ("CertificateDetails.svelte", "#certificate-details", "guide"),
    ("CertificateExport.svelte", "#export-now", "guide"),
    ("CertificateForm.svelte", "#certificate-name", "guide"),
    ("Certificates.svelte", "#import", "guide"),
    ("Changes.svelte", "ul.changes", "guide"),
    ("Checklist.svelte", ".steps button.step", "guide"),
    ("CommandsPiece.svelte", "#commands-title", "axigen"),
    ("ConfirmBox.svelte", "#confirm-note", "guide"),
    ("Connections.svelte", "#fresh", "guide"),
    ("DonePiece.svelte", "#done-begin, #done-clock", "innovaphone"),
    ("Guides.svelte", "#open-guide", "products"),
    ("HandOutPiece.svelte", "#save-page", "axigen"),
    ("HandOverPiece.svelte", "#contents-title", "guide"),
    ("Journal.svelte", "#journal-search", "guide"),
    ("KeyList.svelte", "#close-keys", "guide"),
    ("LentPiece.svelte", "#lend", "axigen"),
    ("Map.svelte", "#map-list", "guide"),
    ("MatchPiece.svelte", "article section[aria-label] table", "guide"),
    ("Network.svelte", "#proxy-mode", "guide"),
    ("OfferBox.svelte", "#offer", "guide"),
    ("OfferFirst.svelte", "#offer-first", "guide"),
    ("OtherAdmin.svelte", "#pass-on", "pass-on"),
    ("OwnGuide.svelte", "#close-guide", "own-guide"),
    ("Palette.svelte", "[role=combobox][aria-controls=commands]", "guide"),
    ("PendingClock.svelte", "#pending-since", "guide"),
    ("PeoplePiece.svelte", "#people-title", "guide"),
    ("PlanBox.svelte", "#plan-title", "guide"),
    ("PointAt.svelte", "#point-at", "guide"),
    ("RenewalPane.svelte", "#stage-add", "guide"),
    ("Renewals.svelte", "#renew-due", "guide"),
    ("Rows.svelte", "#rows-title", "guide"),
    ("SavedNote.svelte", "#saved", "guide"),
    ("SealedFile.svelte", "#close-sealed-file", "own-guide"),
    ("ServerFolder.svelte", "#sftp-address", "guide"),
    ("Settings.svelte", "#language", "guide"),
    ("Side.svelte", "#nav-connections", "guide"),
    ("SignIn.svelte", "#show-code", "guide"),
    ("SignedIn.svelte", "#go-on", "guide"),
    ("StepPane.svelte", "#step-title", "guide"),
    ("Support.svelte", "#show-support", "guide"),
    ("SwitchedOff.svelte", "#own-guides-off, #cloud-file-off", "managed"),
    ("TeamsPiece.svelte", "#save-script", "guide"),
    ("Timeline.svelte", "main li.row-line", "guide"),
    ("ValuesPane.svelte", "#customer", "guide"),
    ("Welcome.svelte", "#door-rehearse", "guide"),
];

#[test]
fn window_walks_show_every_screen_to_axe() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/screens");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".svelte"))
        .collect();
    let listed: BTreeSet<String> = SCREENS.iter().map(|(file, _, _)| (*file).to_owned()).collect();
    assert_eq!(files, listed, "each screen stands in this list with the walk that shows it to axe");
}
