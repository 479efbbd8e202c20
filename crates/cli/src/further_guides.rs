//! Guides that are not built in: those of the policy of this machine, and those of a folder with one folder or one file each.
//! Who made them is looked at; what nobody vouches for is judged as foreign.

use std::path::Path;

use engine::guide::Guide;
use engine::{MachinePolicy, PinnedKey, guides_in, guides_of_policy, open_guide};

use crate::failure::Failure;

/// Reads every guide of the policy and of a folder, in the order of their names, for as long as the program runs.
///
/// # Errors
/// A file that cannot be read, the first fault of a guide, or a policy that allows no guides of one's own.
pub fn read_for_good(
    own: Option<&Path>,
    pins: &[PinnedKey],
    policy: &MachinePolicy,
) -> Result<Vec<&'static Guide>, Failure> {
    let mut found: Vec<&'static Guide> = Vec::new();
    for (_, opened) in guides_of_policy(policy, pins) {
        found.push(Box::leak(Box::new(opened?.guide)));
    }
    if let Some(folder) = own {
        for path in guides_in(folder)? {
            found.push(Box::leak(Box::new(open_guide(&path, pins, policy)?.guide)));
        }
    }
    Ok(found)
}
