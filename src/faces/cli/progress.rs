//! What the program is at, on standard error: only on a terminal, and only once the work takes long.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work shows nothing: a line that comes and goes only disturbs.
const LONG: Duration = Duration::from_millis(500);

/// Shows the stage of the work until it ends or is dropped.
#[derive(Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Shows nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self::default()
    }

    /// Shows stages on standard error, if that is a terminal.
    #[must_use]
    pub fn on_terminal() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        let (done, wait) = mpsc::channel();
        let shown = bar.clone();
        let watch = std::thread::spawn(move || {
            if wait.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                // Hidden where it is no terminal.
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Self { bar: Some(bar), watch: Some((done, watch)) }
    }

    /// Says what the program is at now.
    pub fn stage(&self, name: &'static str) {
        if let Some(bar) = &self.bar {
            bar.set_message(name);
        }
    }

    /// Shows nothing any more: what follows may write to the same terminal.
    pub fn end(&mut self) {
        if let Some((done, watch)) = self.watch.take() {
            drop(done);
            // A thread that failed has nothing to clear.
            let _ = watch.join();
        }
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
