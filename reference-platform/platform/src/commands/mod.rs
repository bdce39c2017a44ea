//! What the binary can be told to do, each in a file of its own.

pub mod chaos;
pub mod cover;
pub mod demo;
pub mod down;
pub mod load;
pub mod logs;
pub mod migrate;
pub mod seed;
pub mod setup;
pub mod status;
pub mod stores;
pub mod up;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::folder::Folder;
use crate::limits::Limits;
use crate::progress::Progress;
use crate::services::Services;
use crate::state::Backend;
use crate::stores::Stores;

/// What all commands work with.
#[derive(Debug)]
pub struct Context {
    /// The platform.
    pub folder: Folder,
    /// What shall run its stores, where it is not up yet and somebody cares.
    pub backend: Option<Backend>,
    /// Where the programs of the services are.
    pub programs: PathBuf,
    /// What the stores may use.
    pub limits: Limits,
    /// Who is told what happens.
    pub progress: Progress,
}

impl Context {
    /// The folder of the platform is made where it is not there; by default it is where tests look for it. Programs are by
    /// default beside this one.
    pub fn new(data: Option<PathBuf>, backend: Option<Backend>, programs: Option<PathBuf>) -> Result<Self> {
        let this = std::env::current_exe()?;
        let beside = this.parent().map(Path::to_owned).unwrap_or_default();
        let folder = Folder::open(&data.unwrap_or_else(|| default_data(&beside)))?;
        let programs = programs.unwrap_or(beside);
        Ok(Self { folder, backend, programs, limits: Limits::deployed()?, progress: Progress::visible() })
    }

    async fn stores(&self) -> Result<Stores> {
        Stores::open(&self.folder, self.backend, self.limits.clone()).await
    }

    fn services(&self) -> Services {
        Services::new(self.folder.clone(), self.programs.clone(), self.limits.clone())
    }
}

/// `target/platform` for a program in `target/debug`; for one that was installed elsewhere, below the working directory.
fn default_data(programs: &Path) -> PathBuf {
    let target = programs.parent().filter(|target| target.join("CACHEDIR.TAG").is_file());
    target.unwrap_or(Path::new("target")).join("platform")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn data_go_to_the_target_folder_of_the_program() {
        let target = tempfile::tempdir().unwrap();
        let programs = target.path().join("debug");
        assert_eq!(default_data(&programs), Path::new("target/platform"));
        fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(default_data(&programs), target.path().join("platform"));
    }
}
