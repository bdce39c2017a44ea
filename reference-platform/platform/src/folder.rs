//! Where one platform lies: what it wrote, what it said, what is known of it. Several of them can be on one machine.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::State;
use crate::stores::Endpoints;

const STATE: &str = "state.json";
const STORES: &str = "stores.json";

/// A folder with `state.json`, `stores.json`, `data/`, `logs/`. Cheap to clone; clones share nothing but the disk.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// While it lives, no other command changes the platform in this folder.
#[derive(Debug)]
pub struct Exclusive(#[expect(dead_code, reason = "held for its lock")] File);

impl Folder {
    /// The folder, made where it is not there. Its path becomes absolute: processes have other working directories.
    pub fn open(root: &Path) -> Result<Self> {
        let make = |path: &Path| {
            fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))
        };
        make(root)?;
        let root = root.canonicalize().with_context(|| format!("cannot resolve {}", root.display()))?;
        make(&root.join("data"))?;
        make(&root.join("logs"))?;
        Ok(Self { root })
    }

    /// Where it is, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What a part wrote; goes with `down`.
    pub fn data(&self, part: &str) -> PathBuf {
        self.root.join("data").join(part)
    }

    /// What a part said; stays after `down`.
    pub fn log(&self, part: &str) -> PathBuf {
        self.root.join("logs").join(format!("{part}.log"))
    }

    /// What is known of the parts; nothing where there is no file yet.
    pub fn state(&self) -> Result<State> {
        Ok(self.read(STATE)?.unwrap_or_default())
    }

    /// Changes what is known of the parts, one change after the other, whichever process makes them.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let lock = self.lock_file("state.lock")?;
        lock.lock().context("cannot lock the state of the platform")?;
        let mut state = self.state()?;
        let result = change(&mut state);
        self.write(STATE, &state)?;
        Ok(result)
    }

    /// Where the stores are, if they were brought up.
    pub fn endpoints(&self) -> Result<Option<Endpoints>> {
        self.read(STORES)
    }

    /// Tells whoever reads `stores.json` where the stores are.
    pub fn publish(&self, endpoints: &Endpoints) -> Result<()> {
        self.write(STORES, endpoints)
    }

    /// Refused while another command brings this platform up or down.
    pub fn exclusive(&self) -> Result<Exclusive> {
        let lock = self.lock_file("command.lock")?;
        match lock.try_lock() {
            Ok(()) => Ok(Exclusive(lock)),
            Err(TryLockError::WouldBlock) => bail!("another command is at work in {}", self.root.display()),
            Err(TryLockError::Error(error)) => Err(error).context("cannot lock the folder of the platform"),
        }
    }

    /// Removes what parts wrote and what is known of them. Logs stay.
    pub fn clear(&self) -> Result<()> {
        for name in [STATE, STORES] {
            remove(fs::remove_file(self.root.join(name)), name)?;
        }
        remove(fs::remove_dir_all(self.root.join("data")), "data")
    }

    /// A file that only this user can read.
    pub(crate) fn write_secret(&self, path: &Path, content: &str) -> Result<()> {
        self.replace(path, content.as_bytes(), 0o600)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.root.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let value = serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
        Ok(Some(value))
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.replace(&self.root.join(name), text.as_bytes(), 0o644)
    }

    /// Readers see the old content or the new, never a part.
    fn replace(&self, path: &Path, content: &[u8], mode: u32) -> Result<()> {
        let attempt = || -> Result<()> {
            let mut file = tempfile::Builder::new()
                .permissions(fs::Permissions::from_mode(mode))
                .tempfile_in(path.parent().unwrap_or(&self.root))?;
            file.write_all(content)?;
            file.persist(path)?;
            Ok(())
        };
        attempt().with_context(|| format!("cannot write {}", path.display()))
    }

    fn lock_file(&self, name: &str) -> Result<File> {
        let path = self.root.join(name);
        File::create(&path).with_context(|| format!("cannot open {}", path.display()))
    }
}

fn remove(result: std::io::Result<()>, what: &str) -> Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {what}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Part;

    #[test]
    fn one_command_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let held = folder.exclusive().unwrap();
        assert!(folder.exclusive().unwrap_err().to_string().contains("another command"));
        drop(held);
        folder.exclusive().unwrap();
    }

    #[test]
    fn changes_at_the_same_time_are_all_kept() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let folder = &folder;
                scope.spawn(move || {
                    folder.update(|state| state.parts.insert(format!("part-{n}"), Part::default())).unwrap();
                });
            }
        });
        assert_eq!(folder.state().unwrap().parts.len(), 8);
    }

    #[test]
    fn logs_stay_when_the_rest_goes() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        folder.update(|_| ()).unwrap();
        fs::write(folder.log("kafka"), "started").unwrap();
        fs::create_dir(folder.data("kafka")).unwrap();
        folder.clear().unwrap();
        folder.clear().unwrap();
        assert!(folder.log("kafka").exists());
        assert!(!folder.data("kafka").exists());
        assert!(!root.path().join(STATE).exists());
    }
}
