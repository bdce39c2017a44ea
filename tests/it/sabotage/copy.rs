//! Copies of the reference platform: patched, reviewed as `loadpath check` does it, and put right again.

use std::path::{Path, PathBuf};
use std::process::Command;

use loadpath::cache::Cache;
use loadpath::config::{self, Profile};
use loadpath::findings::Finding;
use loadpath::review::{self, Subject};
use loadpath::rules::Rule;
use loadpath::sources::{self, Sources};
use tempfile::TempDir;

/// The platform as it is, and what was read of it: a patched copy differs from it by a file or two.
pub struct Ground {
    clean: Sources,
    /// Filled by one review of the clean platform. The folder stays between runs of the same test binary.
    cache: Cache,
}

/// A copy that patches are applied to.
pub struct Copy(TempDir);

impl Ground {
    pub fn new() -> Self {
        let clean = Copy::of(&platform()).sources();
        let kept = || Cache::open(Some(Path::new(env!("CARGO_TARGET_TMPDIR"))), &platform());
        let _filled = review::facts("reference-platform", &clean, &kept());
        Self { clean, cache: kept().read_only() }
    }

    pub fn copy(&self) -> Copy {
        Copy::of(&platform())
    }

    pub fn clean(&self) -> &Sources {
        &self.clean
    }

    /// What `loadpath check --profile strict --environment NAME` finds, with a base only what is new since then.
    pub fn review(&self, sources: &Sources, environment: &str, rules: &[Rule], base: Option<&Sources>) -> Vec<Finding> {
        const CONFIG: &str = "loadpath.yaml";
        let settings = sources.get(CONFIG).map(|source| source.text().into_owned()).unwrap_or_default();
        let mut config = config::load(CONFIG, &settings).unwrap();
        config.profile = Profile::Strict;
        config.environment.primary = Some(environment.to_owned());
        let patterns: Vec<&str> = config.exclude.iter().map(|pattern| pattern.value.as_str()).collect();
        let left = |sources: &Sources| {
            let mut sources = sources.clone();
            sources.leave_out(&patterns).unwrap();
            sources
        };
        let review = review::review(&Subject {
            name: "reference-platform",
            sources: &left(sources),
            base: base.map(left).as_ref(),
            config: &config,
            config_file: CONFIG,
            cache: &self.cache,
            rules,
            today: "2026-01-01".parse().unwrap(),
            stage: &|_| {},
        });
        let known = review.facts.kubernetes.iter().any(|of| of.name == environment);
        assert!(known, "the platform has no environment `{environment}`");
        review.settled.findings
    }
}

impl Copy {
    /// Copies the files that are tracked, besides the sabotages.
    fn of(platform: &Path) -> Self {
        let listed = git(platform, &["ls-files", "-z", "--", "."], &[]);
        let copy = tempfile::tempdir().unwrap();
        for path in listed.split('\0').filter(|path| !path.is_empty() && !path.starts_with("sabotage/")) {
            let to = copy.path().join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            // One that was removed and not yet committed is gone for this test too.
            if let Ok(bytes) = std::fs::read(platform.join(path)) {
                std::fs::write(to, bytes).unwrap();
            }
        }
        Self(copy)
    }

    pub fn sources(&self) -> Sources {
        sources::walk(self.0.path()).unwrap()
    }

    pub fn apply(&self, patch: &Path) {
        git(self.0.path(), &["apply", "--whitespace=nowarn"], &[patch]);
    }

    pub fn revert(&self, patch: &Path) {
        git(self.0.path(), &["apply", "--whitespace=nowarn", "--reverse"], &[patch]);
    }
}

fn platform() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reference-platform")
}

/// What git writes, in a folder.
fn git(folder: &Path, arguments: &[&str], files: &[&Path]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).args(files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {} {files:?}: {said}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}
