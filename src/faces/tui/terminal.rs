//! The terminal: taken and given back whatever happens, keys and mouse in, the screen out, and what is to be done outside
//! of the state: the editor, the clipboard, files that were agreed to.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use anyhow::Context as _;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    self as input, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::draw;
use super::event::{Effect, Event};
use super::pages;
use super::project::{Project, TextFile};
use super::state::{Change, State};
use super::theme::Theme;
use super::update::update;
use super::work::{Job, Workers};
use crate::adr;

/// How long keys are waited for before other news are looked at.
const WAIT: Duration = Duration::from_millis(40);

/// Files of one name that are written side by side.
const MOST: u32 = 99;

/// How the face begins.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Its colours.
    pub theme: Theme,
    /// Whether it takes the mouse.
    pub mouse: bool,
}

/// Shows a project until the user has seen enough.
///
/// # Errors
/// When the terminal cannot be read or written.
pub fn run(project: Arc<dyn Project>, options: Options) -> anyhow::Result<()> {
    let ended = Arc::new(AtomicBool::new(false));
    // Not SIGHUP: a terminal that is gone is given back to nobody, and keys would be read from its end for ever.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGTERM, ended.clone()).context("listen to signals")?;
    let workers = Workers::start(&project).context("start the threads of the review")?;
    let _hook = Hook::set();
    let taken = Taken::take(options.mouse).context("take the terminal")?;
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout())).context("draw on the terminal")?;
    let size = terminal.size().context("ask the terminal for its size")?;
    let state =
        State { size: (size.width, size.height), theme: options.theme, mouse: options.mouse, ..State::default() };
    let mut face = Face { state, project, workers, taken, ended: false };
    face.take(Event::Changed);
    let mut stale = true;
    while !face.ended && !ended.load(Ordering::Relaxed) {
        if std::mem::take(&mut face.taken.again) {
            terminal.clear().context("draw on the terminal")?;
        }
        if stale {
            let size = terminal.size().context("ask the terminal for its size")?;
            if face.state.size != (size.width, size.height) {
                face.take(Event::Resize(size.width, size.height));
            }
            terminal.draw(|frame| draw::draw(&face.state, frame)).context("draw on the terminal")?;
        }
        stale = face.news()?;
    }
    Ok(())
}

/// The state with the world around it.
struct Face {
    state: State,
    project: Arc<dyn Project>,
    workers: Workers,
    taken: Taken,
    ended: bool,
}

impl Face {
    /// Waits for a key or for what the threads found; whether there was anything.
    fn news(&mut self) -> anyhow::Result<bool> {
        let mut any = false;
        let mut wait = WAIT;
        // All that has come is taken in before the screen is drawn again: a key that is held down does not pile up.
        while !self.ended && input::poll(wait).context("read keys")? {
            let event = match input::read().context("read keys")? {
                input::Event::Key(key) => Some(Event::Key(key)),
                input::Event::Mouse(mouse) => Some(Event::Mouse(mouse)),
                input::Event::Paste(text) => Some(Event::Paste(text)),
                input::Event::Resize(width, height) => Some(Event::Resize(width, height)),
                input::Event::FocusGained | input::Event::FocusLost => None,
            };
            if let Some(event) = event {
                self.take(event);
                any = true;
            }
            wait = Duration::ZERO;
        }
        while let Ok(event) = self.workers.events.try_recv() {
            self.take(event);
            any = true;
        }
        Ok(any)
    }

    /// Takes an event in and does what it asks for.
    fn take(&mut self, event: Event) {
        let mut open = vec![event];
        while let Some(event) = open.pop() {
            for effect in update(&mut self.state, event) {
                open.extend(self.does(effect));
            }
        }
    }

    /// Does what is to be done outside; what came of it is an event again.
    fn does(&mut self, effect: Effect) -> Vec<Event> {
        let failed = |what: &str, error: &dyn std::fmt::Display| vec![Event::Note(format!("{what}: {error}"))];
        match effect {
            Effect::Quit => self.ended = true,
            Effect::Review => drop(self.workers.review.send(())),
            Effect::Derive => {
                if let Some(book) = self.state.book.clone() {
                    drop(self.workers.analyst.send(Job::Book(self.state.work.generation, book)));
                }
            }
            Effect::Ask(question) => drop(self.workers.analyst.send(Job::Ask(question))),
            Effect::Mouse(ours) => {
                if let Err(error) = self.taken.mouse(ours) {
                    return failed("the mouse", &error);
                }
            }
            Effect::Copy(text) => {
                if let Err(error) = execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text)) {
                    return failed("copy", &error);
                }
            }
            Effect::Edit(file, line) => return self.edit(&file, line),
            Effect::Suspend => {
                if let Err(error) = self.taken.suspended() {
                    return failed("suspend", &error);
                }
            }
            Effect::Write(change) => {
                return match write(&change) {
                    Ok(()) => vec![Event::Changed, Event::Note(format!("written: {}", change.file.name))],
                    Err(error) => failed("nothing was written", &format!("{error:#}")),
                };
            }
            Effect::Create(name, text) => {
                return match create(&name, &text) {
                    Ok(path) => vec![Event::Note(format!("written: {}", path.display()))],
                    Err(error) => failed("nothing was written", &format!("{error:#}")),
                };
            }
            Effect::Decide(finding) => {
                return match self.decide(finding) {
                    Ok(path) => vec![Event::Changed, Event::Note(format!("written: {path}"))],
                    Err(why) => failed("nothing was written", &why),
                };
            }
        }
        Vec::new()
    }

    fn edit(&mut self, file: &str, line: u32) -> Vec<Event> {
        let note = |text: String| vec![Event::Note(text)];
        let Some(path) = self.project.path_of(file) else {
            return note(format!("{file} is read from a revision: there is nothing to edit"));
        };
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let editor = variable("VISUAL").or_else(|| variable("EDITOR")).unwrap_or_else(|| "vi".to_owned());
        let mut words = editor.split_whitespace();
        let program = words.next().unwrap_or("vi").to_owned();
        let own: Vec<String> = words.map(str::to_owned).chain(at_line(&program, &path, line)).collect();
        let status = self.taken.lent(|| Command::new(&program).args(&own).status());
        match status {
            Ok(Ok(status)) if status.success() => Vec::new(),
            Ok(Ok(status)) => note(format!("{program} ended with {status}")),
            Ok(Err(error)) => note(format!("{program} cannot be started: {error}; set EDITOR to another one")),
            Err(error) => note(format!("the terminal: {error}")),
        }
    }

    /// Writes the decision that a finding asks for; gives its path.
    fn decide(&self, finding: usize) -> Result<String, String> {
        let book = self.state.book.as_ref().ok_or("there is no review")?;
        let folder = book.loaded.decisions_in.as_ref().ok_or("a revision is reviewed")?;
        let decision = pages::decision(book, finding)?;
        let template = adr::template(None).map_err(|error| error.to_string())?;
        adr::create(folder, &decision, &template, &adr::Ids::default()).map_err(|error| error.to_string())
    }
}

/// How an editor is told the line.
fn at_line(program: &str, path: &Path, line: u32) -> Vec<String> {
    let name = Path::new(program).file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = path.display().to_string();
    match name.as_str() {
        "code" | "codium" | "code-insiders" | "cursor" => {
            vec!["--wait".to_owned(), "--goto".to_owned(), format!("{path}:{line}")]
        }
        "hx" | "helix" | "zed" | "subl" => vec![format!("{path}:{line}")],
        _ => vec![format!("+{line}"), path],
    }
}

/// Writes a change, if the file still says what it said when the change was shown.
fn write(change: &Change) -> anyhow::Result<()> {
    let TextFile { path, name, text } = &change.file;
    let now = match std::fs::read_to_string(path) {
        Ok(now) => Some(now),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("read {name}")),
    };
    anyhow::ensure!(now == *text, "{name} has changed meanwhile; do it again");
    std::fs::write(path, &change.text).with_context(|| format!("write {name}"))
}

/// Writes a file that is not there yet: `cart.svg`, else `cart-2.svg`, and so on. Gives its path.
fn create(name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    for number in 1..=MOST {
        let path = PathBuf::from(if number == 1 { name.to_owned() } else { format!("{stem}-{number}.{ending}") });
        match std::fs::File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => {
                file.and_then(|mut file| file.write_all(text.as_bytes()))
                    .with_context(|| format!("write {}", path.display()))?;
                return Ok(path);
            }
        }
    }
    anyhow::bail!("{name} and {MOST} others of that name are there already")
}

/// The terminal while it is ours: given back when this is dropped.
struct Taken {
    mouse: bool,
    /// Whether something else has drawn on it meanwhile.
    again: bool,
}

impl Taken {
    fn take(mouse: bool) -> io::Result<Self> {
        // Made first: what was taken before an error is given back as well.
        let taken = Self { mouse, again: false };
        taken.enter()?;
        Ok(taken)
    }

    fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if self.mouse { execute!(io::stdout(), EnableMouseCapture) } else { Ok(()) }
    }

    fn mouse(&mut self, ours: bool) -> io::Result<()> {
        self.mouse = ours;
        if ours { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) }
    }

    /// Lends the terminal to something else.
    fn lent<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        give_back()?;
        let result = work();
        self.enter()?;
        self.again = true;
        Ok(result)
    }

    /// Stops until somebody wakes us.
    fn suspended(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        self.lent(|| signal_hook::low_level::raise(signal_hook::consts::SIGTSTP))??;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = give_back();
    }
}

fn give_back() -> io::Result<()> {
    let shown = execute!(io::stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    disable_raw_mode().and(shown)
}

type PanicHook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send>;

/// A panic gives the terminal back before it says anything. Threads that review are caught, and say nothing themselves.
struct Hook {
    before: Arc<PanicHook>,
}

impl Hook {
    fn set() -> Self {
        let before: Arc<PanicHook> = Arc::new(std::panic::take_hook());
        let own: ThreadId = thread::current().id();
        let then = before.clone();
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().id() == own {
                let _ = give_back();
                then(info);
            }
        }));
        Self { before }
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // While a panic goes on, hooks cannot be changed.
        if !thread::panicking() {
            let before = self.before.clone();
            std::panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}
