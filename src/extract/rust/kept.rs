//! What is kept of Rust from one review to the next: lowered files, each lowered again only if its text, or a macro of the
//! project, is another; and the facts of binaries, each followed again only if a file of the crates that it links, or one
//! of their manifests, is another.

use std::sync::OnceLock;

use super::cargo::Package;
use super::{lower, tree};
use crate::cache::{Cache, Key};
use crate::facts::rust::RustFacts;

/// Lowers files, or takes them as they were kept.
pub struct Keeping<'a> {
    cache: &'a Cache,
    /// The macros of the project.
    macros: lower::Macros,
    /// Their hash.
    fingerprint: Key,
}

/// A file that is lowered, or kept as it was.
pub struct Lowered<'a> {
    /// The hash of all that it was made from.
    pub key: Key,
    /// Where it could not be parsed, and why.
    pub error: Option<(tree::Range, String)>,
    kept: Option<&'a [u8]>,
    file: OnceLock<tree::File>,
}

impl Lowered<'_> {
    /// The file.
    pub fn file(&self) -> &tree::File {
        self.file.get_or_init(|| {
            // Bytes whose beginning was read are an entry of this format; a damaged rest gives a file without items.
            self.kept.and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default()
        })
    }

    /// What the cache is to hold of it, if it does not yet.
    pub fn entry(&self) -> Option<(Key, Vec<u8>)> {
        match (self.kept, self.file.get()) {
            (None, Some(file)) => postcard::to_stdvec(file).ok().map(|bytes| (self.key, bytes)),
            _ => None,
        }
    }
}

impl<'a> Keeping<'a> {
    /// Keeps files in a cache.
    pub fn new(cache: &'a Cache, macros: lower::Macros) -> Self {
        Self { cache, fingerprint: hash(&[macros.fingerprint().as_bytes()]), macros }
    }

    /// Lowers a file of a crate, or finds it as it was kept: then it is read when it is asked for.
    pub fn lower(&self, path: &str, krate: &str, features: &lower::Features, text: &str) -> Lowered<'a> {
        let built_with = format!("{features:?}");
        let parts = [path, krate, &built_with, text].map(str::as_bytes);
        let key = hash(&[&[self.fingerprint.as_slice()][..], &parts].concat());
        if let Some(bytes) = self.cache.get(&key)
            && let Ok((error, _)) = postcard::take_from_bytes(bytes)
        {
            return Lowered { key, error, kept: Some(bytes), file: OnceLock::new() };
        }
        let file = lower::lower_within(text, Some(lower::Scope { macros: &self.macros, file: path, krate, features }));
        Lowered { key, error: file.error.clone(), kept: None, file: OnceLock::from(file) }
    }

    /// The facts of a binary, as they were kept.
    pub fn facts(&self, key: &Key) -> Option<RustFacts> {
        self.cache.get(key).and_then(|bytes| postcard::from_bytes(bytes).ok())
    }
}

/// The hash of all that the facts of a binary are made from: its packages as their manifests and the lock file describe
/// them, and all files in their folders.
pub fn key_of_binary(name: &str, packages: &[&Package], files: &[(&str, &Lowered<'_>)]) -> Key {
    let mut parts: Vec<Vec<u8>> = vec![name.as_bytes().to_vec()];
    parts.extend(packages.iter().map(|package| format!("{package:?}").into_bytes()));
    for (path, file) in files {
        parts.push(path.as_bytes().to_vec());
        parts.push(file.key.to_vec());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    hash(&parts)
}

/// A hash of parts, with where each ends.
fn hash(parts: &[&[u8]]) -> Key {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(&part.len().to_le_bytes());
        hash.update(part);
    }
    *hash.finalize().as_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use super::super::Extracted;
    use super::*;
    use crate::sources::Sources;

    struct Project(tempfile::TempDir);

    impl Project {
        fn extract(&self, files: &[(&str, &str)]) -> Extracted {
            let cache = Cache::open(Some(self.0.path()), self.0.path());
            super::super::extract(&Sources::from_texts(files.iter().copied()), &cache)
        }

        /// Bytes that are kept.
        fn kept(&self) -> u64 {
            std::fs::read_dir(self.0.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum()
        }
    }

    #[test]
    fn a_file_is_lowered_again_only_when_it_or_a_macro_changed() {
        let project = Project(tempfile::tempdir().unwrap());
        let extract = |library: &str| {
            let files = [
                ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n"),
                ("src/lib.rs", library),
                ("src/main.rs", "fn main() { let a = call!(); }"),
            ];
            project.extract(&files).facts
        };
        let first = extract("macro_rules! call { () => { std::env::var(\"A\").unwrap() } }");
        let size = project.kept();
        assert!(size > 0);
        assert_eq!(extract("macro_rules! call { () => { std::env::var(\"A\").unwrap() } }"), first);
        assert_eq!(project.kept(), size, "nothing new is kept");
        let other = extract("macro_rules! call { () => { std::env::var(\"B\").unwrap() } }");
        assert_ne!(other, first, "what the macro stands for changed");
        assert!(project.kept() > size);
    }

    /// The format of what is kept does not tell one field from another: none may be left out.
    #[test]
    fn whatever_a_binary_does_can_be_kept() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/graph");
        let mut kept = 0;
        for case in std::fs::read_dir(cases).unwrap() {
            let sources = crate::sources::walk(&case.unwrap().path().join("input")).unwrap();
            let facts = super::super::extract(&sources, &Cache::default()).facts;
            let bytes = postcard::to_stdvec(&facts).unwrap();
            assert_eq!(postcard::from_bytes::<RustFacts>(&bytes).as_ref(), Ok(&facts));
            kept += facts.binaries.len();
        }
        assert!(kept > 50, "{kept}");
    }

    /// Two services with a library between them: what each reads from its environment.
    fn services(library: &str, a: &str, manifest: &str) -> Vec<(&'static str, String)> {
        let service =
            |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n[dependencies]\n{manifest}\n");
        vec![
            ("a/Cargo.toml", service("a")),
            ("a/src/main.rs", format!("fn main() {{ shared::read(); {a} }}")),
            ("b/Cargo.toml", service("b")),
            ("b/src/main.rs", "fn main() { shared::read(); }".to_owned()),
            ("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\n".to_owned()),
            ("shared/src/lib.rs", format!("pub fn read() {{ {library} }}")),
        ]
    }

    #[test]
    fn what_is_kept_of_binaries_is_what_a_first_review_finds() {
        let project = Project(tempfile::tempdir().unwrap());
        let linked = "shared = { path = \"../shared\" }";
        let (x, y) = ("std::env::var(\"X\").unwrap();", "std::env::var(\"Y\").unwrap();");
        // Each differs from the one before it in one file: of a service, of the library, of both manifests.
        for (library, a, manifest) in [(x, "", linked), (x, y, linked), (y, y, linked), (y, y, ""), ("fn", y, linked)] {
            let files = services(library, a, manifest);
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
            let fresh = super::super::extract(&Sources::from_texts(files.iter().copied()), &Cache::default());
            for turn in ["changed", "unchanged"] {
                let kept = project.extract(&files);
                assert_eq!(kept.facts, fresh.facts, "{turn}: {library} {a} {manifest}");
                assert_eq!(kept.diagnostics, fresh.diagnostics, "{turn}");
            }
        }
    }
}
