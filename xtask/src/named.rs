//! A test by its name: the test binary as nextest calls it, a blank, and the end of the test's path. A star at the end
//! stands for any rest. It must never match more than nextest does with the expression that is made of the same name.

/// For example `cloud::graph_calls a_redirect_is_never_followed`, or `footbridge-tests::journeys crashes::*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Nextest's id of the test binary; empty where any may hold it.
    pub binary: String,
    /// The end of the test's path, from a `::` on.
    pub path: String,
}

impl Named {
    /// Reads `binary path`.
    pub fn read(text: &str) -> Option<Self> {
        let (binary, path) = text.split_once(' ')?;
        let whole = !binary.is_empty() && !path.is_empty() && !path.contains(' ');
        whole.then(|| Self { binary: binary.to_owned(), path: path.to_owned() })
    }

    /// Every test whose name begins with a goal: `G-07` has `g07_…`, in whatever binary.
    pub fn of_goal(id: &str) -> Self {
        Self { binary: String::new(), path: format!("{}_*", id.to_lowercase().replace('-', "")) }
    }

    /// Whether this test is meant.
    pub fn is(&self, binary: &str, test: &str) -> bool {
        if !self.binary.is_empty() && self.binary != binary {
            return false;
        }
        let boundaries = test.match_indices("::").map(|(at, _)| at + 2);
        std::iter::once(0).chain(boundaries).any(|at| match self.path.strip_suffix('*') {
            Some(start) => test[at..].starts_with(start),
            None => test[at..] == self.path,
        })
    }

    /// The same in nextest's language of filters.
    pub fn expression(&self) -> String {
        let path = match self.path.strip_suffix('*') {
            Some(start) => format!("test(/(^|::){start}/)"),
            None => format!("test(/(^|::){}$/)", self.path),
        };
        if self.binary.is_empty() { path } else { format!("(binary_id(={}) & {path})", self.binary) }
    }

    /// The package that holds the binary.
    pub fn package(&self) -> &str {
        self.binary.split("::").next().unwrap_or(&self.binary)
    }
}

/// One expression for all of them.
pub fn any_of<'a>(names: impl IntoIterator<Item = &'a Named>) -> String {
    let mut parts: Vec<String> = names.into_iter().map(Named::expression).collect();
    parts.sort();
    parts.dedup();
    parts.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Named {
        Named::read(text).unwrap_or_else(|| Named { binary: String::new(), path: String::new() })
    }

    #[test]
    fn a_name_means_the_end_of_a_path() {
        let one = named("cloud no_other_link_is");
        assert!(one.is("cloud", "graph::paging::tests::no_other_link_is"));
        assert!(!one.is("cloud::graph_lists", "no_other_link_is"));
        assert!(!one.is("cloud", "graph::paging::tests::and_no_other_link_is"));
        assert!(!one.is("cloud", "graph::no_other_link_is::at_all"));
        assert_eq!(one.expression(), "(binary_id(=cloud) & test(/(^|::)no_other_link_is$/))");
    }

    #[test]
    fn a_star_means_any_rest() {
        let room = named("footbridge-tests::journeys crashes::*");
        assert!(room.is("footbridge-tests::journeys", "crashes::secret_before"));
        assert!(!room.is("footbridge-tests::journeys", "renewal_crashes::secret_before"));
        assert_eq!(room.package(), "footbridge-tests");
    }

    #[test]
    fn a_goal_has_the_tests_that_begin_with_it() {
        let goal = Named::of_goal("G-19");
        assert!(goal.is("bundle::tampering", "g19_nothing_is_taken"));
        assert!(goal.is("footbridge-tests::catalogue", "tenant::stray::g19_nothing_is_taken"));
        assert!(!goal.is("footbridge-tests::catalogue", "surface::g19b_openers"));
        assert_eq!(Named::of_goal("G-19b").expression(), "test(/(^|::)g19b_/)");
    }

    #[test]
    fn a_name_without_a_binary_is_none() {
        assert_eq!(Named::read("no_other_link_is"), None);
        assert_eq!(Named::read("cloud a b"), None);
    }
}
