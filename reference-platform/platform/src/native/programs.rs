//! Where the programs of the stores are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A program of the distribution. `/usr/sbin` is not in everybody's `PATH`.
pub(super) fn find(name: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")])
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
        .with_context(|| missing(name))
}

/// The folder with the programs of the newest PostgreSQL.
pub(super) fn postgres() -> Result<PathBuf> {
    newest_postgres(Path::new("/usr/lib/postgresql"))
        .or_else(|| Some(find("postgres").ok()?.parent()?.to_owned()))
        .with_context(|| missing("postgres"))
}

fn newest_postgres(versions: &Path) -> Option<PathBuf> {
    let folders = versions.read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let (_, folder) = folders
        .filter_map(|folder| Some((folder.file_name()?.to_str()?.parse::<u32>().ok()?, folder.join("bin"))))
        .filter(|(_, programs)| programs.join("postgres").is_file())
        .max()?;
    Some(folder)
}

fn missing(name: &str) -> String {
    format!("{name} is not installed; `platform setup` installs what is missing")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_newest_postgres_by_number() {
        let versions = tempfile::tempdir().unwrap();
        for version in ["9", "15", "common", "17"] {
            fs::create_dir_all(versions.path().join(version).join("bin")).unwrap();
        }
        for version in ["9", "15"] {
            fs::write(versions.path().join(version).join("bin/postgres"), "").unwrap();
        }
        assert_eq!(newest_postgres(versions.path()), Some(versions.path().join("15/bin")));
    }

    #[test]
    fn what_is_missing_is_told_with_what_to_do() {
        let error = find("no-such-program").unwrap_err().to_string();
        assert_eq!(error, "no-such-program is not installed; `platform setup` installs what is missing");
    }
}
