//! Threads that do what takes a while: one reviews, one answers questions about a review, one watches the files. They tell
//! what they found as events; none of them touches the state.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::answers;
use super::book::Book;
use super::derived::Derived;
use super::event::{Event, Question};
use super::project::Project;
use super::state::Outcome;
use crate::analysis::Model;

/// Time between two looks at the files, at least.
const LOOK: Duration = Duration::from_millis(1_000);
/// How many times longer than a look takes it is waited for the next one: a watch must not keep a machine busy.
const REST: u32 = 20;
/// Stack of a thread: graphs of many services are walked deep.
const STACK: usize = 64 * 1024 * 1024;

/// Work for the thread that answers.
pub enum Job {
    /// A new review; its number.
    Book(u64, Arc<Book>),
    /// A question about the last one.
    Ask(Question),
}

/// The threads. They end when this is dropped.
pub struct Workers {
    /// Asks for a review.
    pub review: Sender<()>,
    /// Asks for answers.
    pub analyst: Sender<Job>,
    /// What they found.
    pub events: Receiver<Event>,
    _watch: Sender<()>,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(project: &Arc<dyn Project>) -> std::io::Result<Self> {
        let (tell, events) = mpsc::channel();
        let (review, wanted) = mpsc::channel();
        let (analyst, jobs) = mpsc::channel();
        let (watch, stop) = mpsc::channel();
        let (of, to) = (project.clone(), tell.clone());
        spawn("review", move || reviews(&*of, &wanted, &to))?;
        let to = tell.clone();
        spawn("analysis", move || analyses(&jobs, &to))?;
        let of = project.clone();
        spawn("watch", move || watches(&*of, &stop, &tell))?;
        Ok(Self { review, analyst, events, _watch: watch })
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(work).map(|_| ())
}

fn reviews(project: &dyn Project, wanted: &Receiver<()>, tell: &Sender<Event>) {
    while wanted.recv().is_ok() {
        // Nobody listens any more when the program ends.
        let stage = |name| drop(tell.send(Event::Stage(name)));
        let result =
            catch_unwind(AssertUnwindSafe(|| project.review(&stage).map(|loaded| Arc::new(Book::new(loaded)))));
        let result = match result {
            Ok(result) => result.map_err(|error| format!("{error:#}")),
            Err(_) => Err("the review met an error of its own; `loadpath check` shows it".to_owned()),
        };
        if tell.send(Event::Reviewed(result)).is_err() {
            return;
        }
    }
}

/// The model of a review.
pub fn model(book: &Book) -> Model<'_> {
    Model::new(&book.loaded.facts, &book.loaded.graph, &book.loaded.config, None)
}

fn analyses(jobs: &Receiver<Job>, tell: &Sender<Event>) {
    let mut next = jobs.recv().ok();
    while let Some(job) = next.take() {
        let Job::Book(generation, book) = job else {
            next = jobs.recv().ok();
            continue;
        };
        let about = || about(&book, generation, jobs, tell);
        next = catch_unwind(AssertUnwindSafe(about)).unwrap_or_else(|_| {
            let _ = tell.send(Event::Note("the analysis met an error of its own".to_owned()));
            jobs.recv().ok()
        });
    }
}

/// Answers questions about one review until there is another one.
fn about(book: &Book, generation: u64, jobs: &Receiver<Job>, tell: &Sender<Event>) -> Option<Job> {
    let model = model(book);
    let mut event = Event::Derived(generation, Arc::new(Derived::new(&model)));
    loop {
        tell.send(event).ok()?;
        match jobs.recv().ok()? {
            Job::Ask(question) => event = answer(&model, generation, question),
            book => return Some(book),
        }
    }
}

/// The answer to a question.
pub fn answer(model: &Model<'_>, generation: u64, question: Question) -> Event {
    match question {
        Question::CallTree(entry) => Event::CallTree(generation, entry, Arc::new(answers::call_tree(model, entry))),
        Question::Sequence(entry) => Event::Text(answers::sequence(model, entry)),
        Question::Outcome(scenario) => {
            let (lines, markdown) = answers::outcome(model, &scenario);
            Event::Outcome(generation, scenario, Arc::new(Outcome { lines, markdown }))
        }
    }
}

fn watches(project: &dyn Project, stop: &Receiver<()>, tell: &Sender<Event>) {
    let Some(mut last) = project.stamp() else { return };
    let mut rest = LOOK;
    while stop.recv_timeout(rest) == Err(RecvTimeoutError::Timeout) {
        let began = Instant::now();
        let Some(now) = project.stamp() else { return };
        rest = LOOK.max(began.elapsed() * REST);
        if now != last {
            last = now;
            if tell.send(Event::Changed).is_err() {
                return;
            }
        }
    }
}
