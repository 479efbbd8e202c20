//! The guides that are compiled in.
//! A sixth product is one more word here and one more folder; nothing else.

use std::sync::OnceLock;

use crate::{Fault, Guide, Sources, Trust, read_trusted};

/// A guide that is compiled in.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// The guide's id.
    pub id: &'static str,
    /// Its files.
    pub sources: Sources<'static>,
}

impl BuiltIn {
    /// Reads the guide.
    ///
    /// # Errors
    /// The faults of a guide that was built in although it is not right; a test sees that there are none.
    pub fn read(&self) -> Result<Guide, Vec<Fault>> {
        read_trusted(&self.sources, Trust::BuiltIn)
    }
}

/// The guides that are compiled in.
pub fn built_in() -> &'static [BuiltIn] {
    &BUILT_IN
}

/// The built-in guide with this id. Each is read when it is first asked for: reading all of them takes longer than most
/// commands do.
pub fn find(id: &str) -> Option<&'static Guide> {
    static READ: [OnceLock<Option<Guide>>; COUNT] = [const { OnceLock::new() }; COUNT];
    let place = BUILT_IN.iter().position(|each| each.id == id)?;
    READ[place].get_or_init(|| BUILT_IN[place].read().ok()).as_ref()
}

macro_rules! guides {
    ($($id:literal),+ $(,)?) => {
        [$(BuiltIn {
            id: $id,
            sources: Sources {
                guide: include_bytes!(concat!("../../../guides/", $id, "/guide.toml")),
                en: include_bytes!(concat!("../../../guides/", $id, "/en.toml")),
                de: include_bytes!(concat!("../../../guides/", $id, "/de.toml")),
            },
        }),+]
    };
}

const COUNT: usize = 5;

static BUILT_IN: [BuiltIn; COUNT] = guides!["tixxt", "intrexx", "axigen", "targetconnect", "innovaphone"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_guide_reads_without_a_fault() {
        for each in built_in() {
            let faults = each.read().err().unwrap_or_default();
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert!(told.is_empty(), "{}:\n{}", each.id, told.join("\n"));
            assert_eq!(find(each.id).map(|guide| guide.id.as_str()), Some(each.id));
        }
        assert!(find("unknown").is_none());
    }
}
