//! Who owns a file of Windows and who may change it, out of its security descriptor as text (SDDL). What is not understood
//! counts as open to everybody.

/// What a descriptor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An administrator owns it, and nobody else can change it.
    Guarded,
    /// Somebody else owns it.
    ForeignOwner,
    /// Others can change it.
    TooOpen,
}

/// The administrators, the system, and who installs Windows' own parts.
const ADMINISTRATORS: [&str; 5] = [
    "BA",
    "SY",
    "S-1-5-32-544",
    "S-1-5-18",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];
/// Rights that change nothing: those to read and to run, by name and as numbers.
const READING: [&str; 9] = ["FR", "FX", "FRFX", "GR", "GX", "GXGR", "0x1200a9", "0x120089", "0xa0000000"];

/// What users may do in a folder below ProgramData: put something new beside what is there, and change nothing of it.
const ADDING: &str = "DCLCRPCR";

/// Judges the descriptor of a file or folder.
pub(super) fn judge(text: &str, is_folder: bool) -> Verdict {
    let Some(rest) = text.strip_prefix("O:") else { return Verdict::ForeignOwner };
    let owner = rest.find("G:").map_or("", |end| &rest[..end]);
    if !ADMINISTRATORS.contains(&owner) {
        return Verdict::ForeignOwner;
    }
    let Some((_, list)) = rest.split_once("D:") else { return Verdict::TooOpen };
    let list = list.split("S:").next().unwrap_or_default();
    let mut entries = list.split('(').skip(1).map(|entry| entry.split(')').next().unwrap_or_default());
    // No entry at all can also mean that everybody may do everything.
    if list.contains('(') && entries.all(|entry| changes_nothing(entry, is_folder)) {
        Verdict::Guarded
    } else {
        Verdict::TooOpen
    }
}

/// `type;flags;rights;object;inherited object;account`.
fn changes_nothing(entry: &str, is_folder: bool) -> bool {
    let parts: Vec<&str> = entry.split(';').collect();
    let [kind, flags, rights, _, _, account] = parts.as_slice() else { return false };
    // What is only handed down to what is made inside says nothing about this file or folder itself.
    let only_below = flags.as_bytes().chunks(2).any(|flag| flag == b"IO");
    let harmless = READING.contains(rights) || (is_folder && *rights == ADDING);
    *kind == "D" || only_below || ADMINISTRATORS.contains(account) || harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "O:BAG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)";

    #[test]
    fn a_file_of_the_administrators_that_users_can_only_read_is_guarded() {
        assert_eq!(judge(FILE, false), Verdict::Guarded);
        assert_eq!(judge(&FILE.replace("O:BA", "O:SY"), false), Verdict::Guarded);
        assert_eq!(judge(&FILE.replace("D:AI", "D:PAI"), false), Verdict::Guarded);
        assert_eq!(judge(&format!("{FILE}(A;OICIIO;GA;;;CO)"), false), Verdict::Guarded);
        assert_eq!(judge(&format!("{FILE}S:AI(AU;SAFA;FA;;;WD)"), false), Verdict::Guarded);
    }

    #[test]
    fn a_file_of_a_user_is_not() {
        let user = "S-1-5-21-1004336348-1177238915-682003330-1001";
        for owner in [user, "BU", "WD", "CO", ""] {
            assert_eq!(
                judge(&FILE.replace("O:BA", &format!("O:{owner}")), false),
                Verdict::ForeignOwner,
                "{owner}"
            );
        }
        for text in ["", "no descriptor", "G:SYD:(A;;FA;;;BA)"] {
            assert_eq!(judge(text, false), Verdict::ForeignOwner, "{text}");
        }
    }

    #[test]
    fn a_file_that_others_can_change_is_not() {
        for entry in ["(A;ID;FA;;;BU)", "(A;;0x1301bf;;;AU)", "(A;;FW;;;WD)", "(A;;GA;;;BU)", "(broken)"] {
            assert_eq!(judge(&format!("{FILE}{entry}"), false), Verdict::TooOpen, "{entry}");
        }
        // The usual folder below ProgramData lets every user make files in it.
        let folder =
            "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)";
        assert_eq!(judge(folder, true), Verdict::Guarded);
        assert_eq!(judge(folder, false), Verdict::TooOpen);
        assert_eq!(judge(&folder.replace("DCLCRPCR", "FA"), true), Verdict::TooOpen);
        for text in ["O:BAG:SY", "O:BAG:SYD:", "O:BAG:SYD:NO_ACCESS_CONTROL"] {
            assert_eq!(judge(text, false), Verdict::TooOpen, "{text}");
        }
    }
}
