//! The folder of the process: the index that answers, and one that is being built beside it.
//!
//! ```text
//! current     name of the folder of the index that is complete
//! <uuid>/     an index
//! ```

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use uuid::Uuid;

use super::{Error, Result, SearchIndex};
use crate::domain::{Change, Position};

const CURRENT: &str = "current";
/// How long searches may go on in an index that was replaced.
const FAREWELL: Duration = Duration::from_secs(10);

/// The indexes of this process.
pub struct Library {
    folder: PathBuf,
    state: RwLock<State>,
}

struct State {
    live: Shelf,
    complete: bool,
    building: Option<Shelf>,
}

/// An index and its folder.
#[derive(Clone)]
pub struct Shelf {
    name: String,
    index: Arc<SearchIndex>,
}

impl Library {
    /// Opens the index that is there, or begins an empty one. What else lies in the folder is deleted.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let current = fs::read_to_string(folder.join(CURRENT)).ok();
        let opened = current.and_then(|name| match SearchIndex::open(&folder.join(&name)) {
            Ok(index) => Some(Shelf { name, index: Arc::new(index) }),
            Err(error) => {
                tracing::warn!(%error, "the index cannot be used and is built anew");
                None
            }
        });
        tidy(folder, opened.as_ref().map(|shelf| shelf.name.as_str()))?;
        let complete = opened.is_some();
        let live = opened.map_or_else(|| shelf(folder), Ok)?;
        let state = RwLock::new(State { live, complete, building: None });
        Ok(Library { folder: folder.to_owned(), state })
    }

    /// The index that answers.
    pub fn live(&self) -> Arc<SearchIndex> {
        self.state().live.index.clone()
    }

    /// Whether the index that answers has ever held everything.
    pub fn is_complete(&self) -> bool {
        self.state().complete
    }

    /// Gives an event to the index that answers, and to the one that is being built.
    pub async fn enqueue(&self, change: Option<Change>, position: Position) -> Result<()> {
        let (live, building) = {
            let state = self.state();
            (state.live.index.clone(), state.building.as_ref().map(|shelf| shelf.index.clone()))
        };
        if let Some(building) = building {
            building.enqueue(change.clone(), position.clone()).await?;
        }
        live.enqueue(change, position).await
    }

    /// Begins another index, which gets all changes from now on. An index that is not complete yet goes on instead.
    pub fn begin(&self) -> Result<Arc<SearchIndex>> {
        if !self.is_complete() {
            return Ok(self.live());
        }
        let begun = shelf(&self.folder)?;
        let index = begun.index.clone();
        self.state.write().unwrap_or_else(PoisonError::into_inner).building = Some(begun);
        Ok(index)
    }

    /// The index that was begun holds everything, and answers from now on.
    pub async fn finish(&self) -> Result<()> {
        let building = self.state().building.clone();
        let finished = building.clone().unwrap_or_else(|| self.state().live.clone());
        write_atomically(&self.folder, CURRENT, finished.name.as_bytes())?;
        let replaced = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.building = None;
            state.complete = true;
            building.map(|_| std::mem::replace(&mut state.live, finished))
        };
        if let Some(replaced) = replaced {
            self.retire(replaced).await;
        }
        Ok(())
    }

    /// Nothing comes of the index that was begun.
    pub async fn abandon(&self) {
        let abandoned = self.state.write().unwrap_or_else(PoisonError::into_inner).building.take();
        if let Some(abandoned) = abandoned {
            self.retire(abandoned).await;
        }
    }

    /// Waits until nobody uses the index any more, and deletes it.
    async fn retire(&self, shelf: Shelf) {
        let unused = async {
            while Arc::strong_count(&shelf.index) > 1 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, unused).await;
        shelf.index.close().await;
        // What is left is deleted at the next start.
        if let Err(error) = tokio::fs::remove_dir_all(self.folder.join(&shelf.name)).await {
            tracing::warn!(%error, "an index that was replaced is left behind");
        }
    }

    /// Lets the folder go.
    pub async fn close(&self) {
        self.live().close().await;
        let building = self.state().building.clone();
        if let Some(building) = building {
            building.index.close().await;
        }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shelf(folder: &Path) -> Result<Shelf> {
    let name = Uuid::now_v7().to_string();
    let index = Arc::new(SearchIndex::create(&folder.join(&name))?);
    Ok(Shelf { name, index })
}

/// Deletes all indexes but one.
fn tidy(folder: &Path, kept: Option<&str>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if Uuid::try_parse(name).is_ok() && kept != Some(name) {
            fs::remove_dir_all(folder.join(name))?;
        }
    }
    Ok(())
}

/// Writes a file so that it is either the old or the new one, whatever happens meanwhile.
pub fn write_atomically(folder: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    Ok(File::open(folder)?.sync_all()?)
}
