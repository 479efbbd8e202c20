//! "Did you mean": the known name that is nearest to an unknown one.
//! Bounded work: long words are not compared.

const LONGEST: usize = 80;

/// The nearest of `known`, if it is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .filter(|each| each.len() <= LONGEST && each.len().abs_diff(word.len()) <= allowed * 2)
        .map(|each| (distance(&word.to_lowercase(), &each.to_lowercase()), each))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, each)| each)
}

/// The hint for an unknown name: the nearest one, or the first few that are known.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None if known.is_empty() => "There is none that could be named; remove it.".to_owned(),
        None if known.len() > 16 => {
            format!("Known are {} and {} more.", quoted(&known[..8]), known.len() - 8)
        }
        None => format!("Known are {}.", quoted(&known)),
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Optimal string alignment: insertions, deletions, replacements, swaps of neighbours.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least = (row[j] + usize::from(a != b)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let verbs = ["add-secret", "grant-consent", "hand-over"];
        assert_eq!(nearest("add-secert", verbs), Some("add-secret"));
        assert_eq!(nearest("Grant-Consent", verbs), Some("grant-consent"));
        assert_eq!(nearest("handover", verbs), Some("hand-over"));
        assert_eq!(nearest("brew-coffee", verbs), None);
        assert_eq!(nearest(&"a".repeat(5000), verbs), None);
    }

    #[test]
    fn suggests_or_lists() {
        assert_eq!(suggest("ad-secret", ["add-secret"]), "Did you mean `add-secret`?");
        assert_eq!(suggest("x", ["alpha", "beta"]), "Known are `alpha`, `beta`.");
        assert!(suggest("x", []).contains("remove"));
    }
}
