//! The `.gitignore` files of a git tree, so that a revision gives the same sources as a walk of its checkout.

use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The files that hold patterns. In one folder the later one wins.
pub(super) const NAMES: [&str; 2] = [".gitignore", ".ignore"];

/// The patterns of a folder and of those above it.
#[derive(Clone, Default)]
pub(super) struct Ignored {
    /// From the outermost folder.
    levels: Vec<std::sync::Arc<Gitignore>>,
}

impl Ignored {
    /// With the patterns of one more folder. Lines that are no pattern count for nothing, as in git.
    pub(super) fn with(&self, folder: &str, patterns: &str) -> Self {
        let mut builder = GitignoreBuilder::new(Path::new("/").join(folder));
        for line in patterns.trim_start_matches('\u{feff}').lines() {
            // A line that is no pattern has no effect.
            let _ = builder.add_line(None, line);
        }
        let mut levels = self.levels.clone();
        if let Ok(gitignore) = builder.build()
            && !gitignore.is_empty()
        {
            levels.push(gitignore.into());
        }
        Self { levels }
    }

    /// Whether a file of the folder is ignored. The path is relative to the root of the tree.
    pub(super) fn file(&self, path: &str) -> bool {
        self.matches(path, Kind::File)
    }

    /// Whether a folder is ignored, with all that it holds.
    pub(super) fn folder(&self, path: &str) -> bool {
        self.matches(path, Kind::Folder)
    }

    fn matches(&self, path: &str, kind: Kind) -> bool {
        let path = Path::new("/").join(path);
        for level in self.levels.iter().rev() {
            match level.matched(&path, matches!(kind, Kind::Folder)) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}

enum Kind {
    File,
    Folder,
}
