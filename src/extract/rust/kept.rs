//! Lowered files that are kept from one review to the next: a file is lowered again only if its text, or a macro of the
//! project, is another.

use super::{lower, tree};
use crate::cache::{Cache, Key};

/// The version of the form in which files are kept: raised with every change of [`tree`] or of the lowering.
pub const FORMAT: u32 = 2;

/// What all files of a project share.
pub struct Keeping<'a> {
    cache: &'a Cache,
    /// The hash of the project's macros.
    macros: Key,
}

/// A lowered file, and what is to be kept of it if that is new.
pub struct Lowered {
    /// The file.
    pub file: tree::File,
    /// Its entry.
    pub new: Option<(Key, Vec<u8>)>,
}

impl<'a> Keeping<'a> {
    /// Keeps files in a cache.
    pub fn new(cache: &'a Cache, macros: &lower::Macros) -> Self {
        let macros =
            if cache.is_enabled() { *blake3::hash(macros.fingerprint().as_bytes()).as_bytes() } else { [0; 32] };
        Self { cache, macros }
    }

    /// Lowers a file, or takes it as it was kept.
    pub fn lower(&self, text: &str, scope: lower::Scope<'_>) -> Lowered {
        if !self.cache.is_enabled() {
            return Lowered { file: lower::lower_within(text, Some(scope)), new: None };
        }
        let mut hash = blake3::Hasher::new();
        for part in [&self.macros[..], scope.file.as_bytes(), scope.krate.as_bytes(), text.as_bytes()] {
            hash.update(&part.len().to_le_bytes());
            hash.update(part);
        }
        let key = *hash.finalize().as_bytes();
        if let Some(file) = self.cache.get(&key).and_then(|bytes| postcard::from_bytes(bytes).ok()) {
            return Lowered { file, new: None };
        }
        let file = lower::lower_within(text, Some(scope));
        let new = postcard::to_stdvec(&file).ok().map(|bytes| (key, bytes));
        Lowered { file, new }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::sources::Sources;

    #[test]
    fn a_file_is_lowered_again_only_when_it_or_a_macro_changed() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Cache::open(Some(folder.path()), folder.path(), FORMAT);
        let project = |main: &str, library: &str| {
            Sources::from_texts([
                ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n"),
                ("src/lib.rs", library),
                ("src/main.rs", main),
            ])
        };
        let extract = |main: &str, library: &str| super::super::extract(&project(main, library), &open()).facts;
        let kept = || {
            std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
        };
        let main = "fn main() { let a = call!(); }";
        let first = extract(main, "macro_rules! call { () => { std::env::var(\"A\").unwrap() } }");
        let size = kept();
        assert!(size > 0);
        assert_eq!(extract(main, "macro_rules! call { () => { std::env::var(\"A\").unwrap() } }"), first);
        assert_eq!(kept(), size, "nothing new is kept");
        let other = extract(main, "macro_rules! call { () => { std::env::var(\"B\").unwrap() } }");
        assert_ne!(other, first, "what the macro stands for changed");
        assert!(kept() > size);
    }
}
