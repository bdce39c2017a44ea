//! The face without a terminal: for tests and measurements. Questions are answered at once.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;

use super::book::Book;
use super::derived::Derived;
use super::draw;
use super::event::{Effect, Event};
use super::project::Loaded;
use super::state::State;
use super::theme::Theme;
use super::update::update;
use super::work;
use crate::analysis::Model;

/// A face of a given size.
pub struct Screen {
    pub(super) state: State,
    pub(super) effects: Vec<Effect>,
}

impl Screen {
    /// A face with nothing in it yet.
    #[must_use]
    pub fn new(width: u16, height: u16, theme: Theme) -> Self {
        Self { state: State { size: (width, height), theme, mouse: true, ..State::default() }, effects: Vec::new() }
    }

    /// Shows a review.
    pub fn load(&mut self, loaded: Loaded) {
        self.feed(Event::Reviewed(Ok(Arc::new(Book::new(loaded)))));
    }

    /// Another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.feed(Event::Resize(width, height));
    }

    /// Presses keys one after the other: `j`, `enter`, `esc`, `tab`, `space`, `ctrl-d`.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let (name, modifiers) = match key.strip_prefix("ctrl-") {
                Some(rest) => (rest, KeyModifiers::CONTROL),
                None => (key, KeyModifiers::NONE),
            };
            let code = match name {
                "enter" => KeyCode::Enter,
                "esc" => KeyCode::Esc,
                "tab" => KeyCode::Tab,
                "backtab" => KeyCode::BackTab,
                "space" => KeyCode::Char(' '),
                "backspace" => KeyCode::Backspace,
                "up" => KeyCode::Up,
                "down" => KeyCode::Down,
                "left" => KeyCode::Left,
                "right" => KeyCode::Right,
                name => match name.chars().next() {
                    Some(c) => KeyCode::Char(c),
                    None => continue,
                },
            };
            self.feed(Event::Key(KeyEvent::new(code, modifiers)));
        }
    }

    /// Clicks with the left button.
    pub fn click(&mut self, column: u16, row: u16) {
        let kind = MouseEventKind::Down(MouseButton::Left);
        self.feed(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// Turns the wheel down.
    pub fn wheel(&mut self) {
        let kind = MouseEventKind::ScrollDown;
        self.feed(Event::Mouse(MouseEvent { kind, column: 0, row: 0, modifiers: KeyModifiers::NONE }));
    }

    /// Types words where words are asked for.
    pub fn write(&mut self, words: &str) {
        self.feed(Event::Paste(words.to_owned()));
    }

    /// How many changes of files were agreed to. Nothing is written here.
    #[must_use]
    pub fn agreed(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Write(_))).count()
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        draw::draw(&self.state, frame);
    }

    /// Takes an event in, answers what it asks, keeps what else is to be done.
    pub(super) fn feed(&mut self, event: Event) {
        let mut open = vec![event];
        while let Some(event) = open.pop() {
            for effect in update(&mut self.state, event) {
                let (Some(book), generation) = (self.state.book.clone(), self.state.work.generation) else { continue };
                match effect {
                    Effect::Derive => {
                        let derived = Arc::new(Derived::new(&work::model(&book)));
                        open.push(Event::Derived(generation, derived));
                    }
                    Effect::Ask(question) => {
                        let model: Model<'_> = work::model(&book);
                        open.push(work::answer(&model, generation, question));
                    }
                    other => self.effects.push(other),
                }
            }
        }
    }
}
