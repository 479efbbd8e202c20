//! The server's version, as `GET VERSION` tells it before any sign-in: `10.6.30|Linux|x86_64`.

use std::fmt;

/// A version of Axigen and what it runs on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Version {
    /// The numbers between the dots.
    pub numbers: Vec<u32>,
    /// Operating system and machine, as the server says; empty where it says nothing.
    pub platform: String,
}

impl Version {
    /// The version in a line of the server, or in what somebody typed (`10.6.9`).
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (version, platform) = line.trim().split_once('|').unwrap_or((line.trim(), ""));
        let first = version.split_whitespace().next()?;
        let numbers: Option<Vec<u32>> = first.split('.').map(|part| part.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| (2..=6).contains(&numbers.len()))?;
        let platform = platform.replace('|', " ").chars().filter(|c| !c.is_control()).take(80).collect();
        Some(Self { numbers, platform })
    }

    /// Whether it is this version or a later one; parts that are not told count as 0.
    #[must_use]
    pub fn is_at_least(&self, least: &Version) -> bool {
        let part = |version: &Version, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        let longest = self.numbers.len().max(least.numbers.len());
        let parts = |version: &Version| (0..longest).map(|at| part(version, at)).collect::<Vec<_>>();
        parts(self) >= parts(least)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.numbers.iter().map(u32::to_string).collect();
        out.write_str(&parts.join("."))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_published_line_is_read() {
        let version = Version::read("10.6.30|Linux|x86_64").unwrap();
        assert_eq!((version.to_string().as_str(), version.platform.as_str()), ("10.6.30", "Linux x86_64"));
        assert_eq!(Version::read("10.6.9 beta|x").unwrap().numbers, [10, 6, 9]);
        for strange in ["", "ten", "10", "10.x", "99999999999.1", "-1.2", "+OK: done"] {
            assert_eq!(Version::read(strange), None, "{strange}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let version = |text: &str| Version::read(text).unwrap();
        assert!(version("10.6.30").is_at_least(&version("10.6.9")));
        assert!(version("10.6.9").is_at_least(&version("10.6.9")));
        assert!(version("10.7").is_at_least(&version("10.6.9")));
        assert!(version("10.6").is_at_least(&version("10.6.0")));
        assert!(!version("10.5.99").is_at_least(&version("10.6.0")));
        assert!(!version("9.10.10").is_at_least(&version("10.6.0")));
    }
}
