//! What a person sees while something takes time: a line for each thing that is done, and, at a terminal, one that says what
//! is being waited for.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

const REDRAW: Duration = Duration::from_millis(250);
const CLEAR: &str = "\r\x1b[K";

/// Goes to standard error. Clones write to the same place.
#[derive(Clone, Debug)]
pub struct Progress(Option<Arc<Screen>>);

#[derive(Debug)]
struct Screen {
    terminal: bool,
    busy: Mutex<BTreeMap<String, Instant>>,
}

impl Progress {
    /// Says nothing, for tests.
    pub fn silent() -> Self {
        Self(None)
    }

    /// Says it on standard error: plain lines where that is no terminal.
    pub fn visible() -> Self {
        let screen = Arc::new(Screen { terminal: stderr().is_terminal(), busy: Mutex::default() });
        if screen.terminal {
            let watched = Arc::downgrade(&screen);
            thread::spawn(move || redraw(&watched));
        }
        Self(Some(screen))
    }

    /// One line.
    pub fn say(&self, line: &str) {
        if let Some(screen) = &self.0 {
            let _busy = screen.busy.lock().unwrap_or_else(PoisonError::into_inner);
            screen.write(line);
        }
    }

    /// Something that takes time begins. It is waited for until the step is dropped.
    pub fn begin(&self, part: &str, what: &str) -> Step {
        let started = Instant::now();
        self.say(&format!("{part:<20} {what}"));
        if let Some(screen) = &self.0 {
            screen.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(part.to_owned(), started);
        }
        Step { progress: self.clone(), part: part.to_owned(), started }
    }
}

/// Something that takes time.
#[derive(Debug)]
pub struct Step {
    progress: Progress,
    part: String,
    started: Instant,
}

impl Step {
    /// It is done; says so with the time that it took.
    pub fn done(self, what: &str) {
        let seconds = self.started.elapsed().as_secs_f32();
        self.progress.say(&format!("{:<20} {what} ({seconds:.1} s)", self.part));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(screen) = &self.progress.0 {
            screen.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.part);
        }
    }
}

impl Screen {
    /// Whoever calls this holds the lock, so that lines do not mix. Standard error that is gone is no reason to stop.
    fn write(&self, line: &str) {
        let clear = if self.terminal { CLEAR } else { "" };
        let _ = writeln!(stderr(), "{clear}{line}");
    }
}

fn redraw(screen: &Weak<Screen>) {
    while let Some(screen) = screen.upgrade() {
        {
            let busy = screen.busy.lock().unwrap_or_else(PoisonError::into_inner);
            let parts: Vec<String> =
                busy.iter().map(|(part, since)| format!("{part} {} s", since.elapsed().as_secs())).collect();
            let line = if parts.is_empty() { String::new() } else { format!("waiting for {}", parts.join(", ")) };
            let _ = write!(stderr(), "{CLEAR}{line}");
        }
        drop(screen);
        thread::sleep(REDRAW);
    }
}
