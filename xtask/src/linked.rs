//! What a program was linked with, in the words of an .rpm.

use std::path::Path;

use crate::shell::Shell;
use crate::trouble::Trouble;

/// What an .rpm of this program requires, as the text of its metadata: the libraries that the program itself names, and no
/// library of those. What a library needs in turn is its own package's matter, and differs from one system to the next.
pub fn requirements(shell: &Shell, program: &Path) -> Result<String, Trouble> {
    let path = program.to_string_lossy();
    let text = shell.answer("readelf", &["--dynamic", "--version-info", "--wide", &path]);
    let told = text.map(|text| told(&text)).filter(|names| !names.is_empty());
    let Some(names) = told else {
        return Err(Trouble::Missing(format!(
            "readelf does not tell which libraries {path} was linked with; install binutils"
        )));
    };
    let pairs: Vec<String> = names.into_iter().map(|name| format!("\"{name}\" = \"*\"")).collect();
    Ok(format!("requires = {{ {} }}", pairs.join(", ")))
}

/// The libraries, and the youngest version of the C library that is asked for, from what readelf prints.
fn told(text: &str) -> Vec<String> {
    let needed = text.lines().filter(|line| line.contains("(NEEDED)"));
    let mut names: Vec<String> = needed
        .filter_map(|line| line.split_once('[')?.1.split_once(']'))
        .map(|(name, _)| format!("{name}()(64bit)"))
        .collect();
    let versions = text.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_"));
    let numbers = |version: &str| version.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().ok();
    if let Some((_, youngest)) = versions
        .filter_map(|version| Some((numbers(version)?, version)))
        .max_by_key(|(numbers, _)| numbers.clone())
    {
        names.push(format!("libc.so.6(GLIBC_{youngest})(64bit)"));
    }
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
 0x0000000000000001 (NEEDED)             Shared library: [libgtk-3.so.0]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000e (SONAME)             Library soname: [other.so.1]
  0x0060:   Name: GLIBC_2.4  Flags: none  Version: 10
  0x0070:   Name: GLIBC_2.34  Flags: none  Version: 9
  0x0080:   Name: GLIBC_PRIVATE  Flags: none  Version: 8
  0x0090:   Name: GCC_3.0  Flags: none  Version: 7";

    #[test]
    fn the_libraries_of_the_program_itself_are_told_and_the_youngest_c_library() {
        assert_eq!(
            told(PRINTED),
            ["libc.so.6()(64bit)", "libc.so.6(GLIBC_2.34)(64bit)", "libgtk-3.so.0()(64bit)"]
        );
        assert!(told("").is_empty());
    }
}
