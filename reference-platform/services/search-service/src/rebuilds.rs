//! Building the index anew from the log: at the start where there is none, and for operators. Each replica has rebuilds of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use social_events::{Settings, replay};
use social_runtime::{Error, Result};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::consumers::{Fill, TOPICS};
use crate::domain::{Micros, now};
use crate::index::{self, Library};

const FILE: &str = "rebuilds.json";
/// Rebuilds that are remembered.
const KEPT: usize = 20;

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Under way.
    Running,
    /// Its index answers.
    Done,
    /// The index before it still answers.
    Failed,
}

/// A rebuild.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rebuild {
    /// Which one.
    pub rebuild_id: Uuid,
    /// By which it was asked for.
    pub request_id: Uuid,
    /// How far it is.
    pub state: State,
    /// Events that were applied.
    pub applied: u64,
    /// Events that the log held when it began.
    pub total: u64,
    /// When it began.
    pub start: Micros,
    /// When it ended.
    pub end: Option<Micros>,
}

/// All rebuilds that are remembered.
pub struct Rebuilds {
    /// Held while the file is written.
    folder: Arc<Mutex<PathBuf>>,
    known: Arc<Mutex<Vec<Rebuild>>>,
    /// Of the one that is running.
    applied: Arc<AtomicU64>,
    jobs: mpsc::Sender<Uuid>,
}

impl Rebuilds {
    /// Those that are noted in a folder, and where new ones come out. What was running when the process ended has failed.
    pub fn load(folder: &Path) -> anyhow::Result<(Self, mpsc::Receiver<Uuid>)> {
        let mut known: Vec<Rebuild> = match std::fs::read(folder.join(FILE)) {
            Ok(json) => serde_json::from_slice(&json)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for rebuild in known.iter_mut().filter(|rebuild| rebuild.state == State::Running) {
            rebuild.state = State::Failed;
            rebuild.end = Some(now());
        }
        let (jobs, begun) = mpsc::channel(1);
        let (folder, known) = (Arc::new(Mutex::new(folder.to_owned())), Arc::new(Mutex::new(known)));
        Ok((Rebuilds { folder, known, applied: Arc::default(), jobs }, begun))
    }

    /// A rebuild as it is now.
    pub fn find(&self, rebuild_id: Uuid) -> Option<Rebuild> {
        let mut found = self.known().iter().find(|rebuild| rebuild.rebuild_id == rebuild_id)?.clone();
        if found.state == State::Running {
            found.applied = self.applied.load(Ordering::Relaxed);
        }
        Some(found)
    }

    /// A rebuild as it was when it began.
    pub fn answer(&self, request_id: Uuid) -> Option<Rebuild> {
        let known = self.known();
        let found = known.iter().find(|rebuild| rebuild.request_id == request_id)?;
        Some(Rebuild { state: State::Running, applied: 0, end: None, ..found.clone() })
    }

    /// Begins a rebuild, or gives the one that was begun by the same request.
    ///
    /// # Errors
    /// FAILED_PRECONDITION while another one is running.
    pub async fn begin(&self, request_id: Uuid, total: u64) -> Result<Rebuild> {
        if let Some(answer) = self.answer(request_id) {
            return Ok(answer);
        }
        let rebuild = Rebuild {
            rebuild_id: Uuid::now_v7(),
            request_id,
            state: State::Running,
            applied: 0,
            total,
            start: now(),
            end: None,
        };
        {
            let mut known = self.known();
            if known.iter().any(|rebuild| rebuild.state == State::Running) {
                return Err(Error::failed_precondition("another rebuild is under way"));
            }
            let outdated = (known.len() + 1).saturating_sub(KEPT);
            known.drain(..outdated);
            known.push(rebuild.clone());
        }
        self.applied.store(0, Ordering::Relaxed);
        // There is room, because no other one is running.
        let begun = self.save().await.and_then(|()| {
            self.jobs.try_send(rebuild.rebuild_id).map_err(|_| Error::unavailable("the service is stopping"))
        });
        if let Err(error) = begun {
            self.known().retain(|known| known.rebuild_id != rebuild.rebuild_id);
            return Err(error);
        }
        Ok(rebuild)
    }

    async fn end(&self, rebuild_id: Uuid, state: State) {
        if let Some(rebuild) = self.known().iter_mut().find(|rebuild| rebuild.rebuild_id == rebuild_id) {
            rebuild.state = state;
            rebuild.applied = self.applied.load(Ordering::Relaxed);
            rebuild.end = Some(now());
        }
        if let Err(error) = self.save().await {
            tracing::warn!(%error, "the end of a rebuild is not noted");
        }
    }

    async fn save(&self) -> Result<()> {
        let (folder, known) = (self.folder.clone(), self.known.clone());
        let written = tokio::task::spawn_blocking(move || {
            let folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
            // As it is now that the file is ours: the last one to write knows most.
            let json = serde_json::to_vec(&*known.lock().unwrap_or_else(PoisonError::into_inner));
            json.map_err(Error::internal).and_then(|json| Ok(index::write_atomically(&folder, FILE, &json)?))
        });
        written.await.map_err(Error::internal)?
    }

    fn known(&self) -> MutexGuard<'_, Vec<Rebuild>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what was begun, one after the other.
pub struct Builder {
    library: Arc<Library>,
    rebuilds: Arc<Rebuilds>,
    kafka: Settings,
}

impl Builder {
    /// On the indexes of this process and the log.
    pub fn new(library: Arc<Library>, rebuilds: Arc<Rebuilds>, kafka: Settings) -> Self {
        Builder { library, rebuilds, kafka }
    }

    /// Does it until the token is cancelled.
    pub async fn run(self, mut begun: mpsc::Receiver<Uuid>, stop: CancellationToken) -> anyhow::Result<()> {
        while let Some(Some(rebuild_id)) = stop.run_until_cancelled(begun.recv()).await {
            let state = match build(&self.library, &self.kafka, self.rebuilds.applied.clone(), &stop).await {
                Ok(()) => State::Done,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the index was not rebuilt");
                    self.library.abandon().await;
                    State::Failed
                }
            };
            self.rebuilds.end(rebuild_id, state).await;
        }
        Ok(())
    }
}

/// Builds the first index if there is none. If there is one, reads again what may not have been on the disk when the process ended,
/// though its offset was committed.
pub async fn catch_up(library: &Library, kafka: &Settings, stop: &CancellationToken) -> anyhow::Result<()> {
    if !library.is_complete() {
        return build(library, kafka, Arc::default(), stop).await;
    }
    let index = library.live();
    let positions = index.positions()?;
    let replayed =
        replay::read_from(kafka, &TOPICS, &positions, &Fill { index, applied: Arc::default() }, stop).await?;
    tracing::info!(applied = replayed.applied, "the index has caught up");
    Ok(())
}

async fn build(
    library: &Library,
    kafka: &Settings,
    applied: Arc<AtomicU64>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let index = library.begin()?;
    let replayed = replay::read_all(kafka, &TOPICS, &Fill { index: index.clone(), applied }, stop).await?;
    index.flush().await?;
    drop(index);
    tracing::info!(applied = replayed.applied, poison = replayed.poison, "the index is built");
    Ok(library.finish().await?)
}
