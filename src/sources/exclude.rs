//! Paths that a person does not want to be read: globs over the paths of a project.

use globset::{Glob, GlobSetBuilder};

use super::Sources;

impl Sources {
    /// Leaves out what fits one of the patterns, and all below a folder that does: of the project as a whole, and of each
    /// of its folders where it has several.
    ///
    /// # Errors
    /// When a pattern is none.
    pub fn leave_out(&mut self, patterns: &[&str]) -> Result<(), globset::Error> {
        if patterns.is_empty() {
            return Ok(());
        }
        let mut globs = GlobSetBuilder::new();
        for pattern in patterns {
            let plain = pattern.trim_start_matches("./").trim_end_matches('/');
            for root in self.roots().chain(Some(String::new())) {
                globs.add(Glob::new(&format!("{root}{plain}"))?);
                globs.add(Glob::new(&format!("{root}{plain}/**"))?);
            }
        }
        let globs = globs.build()?;
        self.files.retain(|source| !globs.is_match(&*source.path));
        self.unread.retain(|(at, _)| !globs.is_match(&*at.file));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    fn left(patterns: &[&str], prefixes: &[&str]) -> Vec<String> {
        let paths = ["a/x.rs", "a/y.proto", "b/a/x.rs", "c.rs"];
        let mut sources = Sources::from_texts(paths.map(|path| (path, "")));
        sources.prefixes = prefixes.iter().map(|name| (*name).to_owned()).collect();
        sources.unread.push((Span::line("a/z.rs", 1), String::new()));
        sources.leave_out(patterns).unwrap();
        let unread = sources.unread.iter().map(|(at, _)| at.file.to_string());
        sources.files.iter().map(|source| source.path.to_string()).chain(unread).collect()
    }

    #[test]
    fn folders_files_and_globs_are_left_out() {
        assert_eq!(left(&[], &[]).len(), 5);
        assert_eq!(left(&["a"], &[]), ["b/a/x.rs", "c.rs"]);
        assert_eq!(left(&["./a/"], &[]), ["b/a/x.rs", "c.rs"]);
        assert_eq!(left(&["**/x.rs"], &[]), ["a/y.proto", "c.rs", "a/z.rs"]);
        assert_eq!(left(&["*.proto", "c.rs"], &[]), ["a/x.rs", "b/a/x.rs", "a/z.rs"]);
        assert_eq!(left(&["a"], &["b"]), ["c.rs"]);
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        assert!(Sources::default().leave_out(&["a{"]).is_err());
    }
}
