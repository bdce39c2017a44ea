//! The review in a terminal, for a design review in front of a screen.
//!
//! `state` is plain data; `update` takes an event in and says what is to be done outside; `draw` is a pure function of the
//! state; `terminal` and `work` are the only parts that touch a terminal, a thread or a file. The face reads no argument and
//! knows no other face: what it shows comes from a [`Project`].

mod answers;
mod areas;
mod book;
mod cells;
mod derived;
mod difference;
mod draw;
mod event;
mod focus;
mod fuzzy;
mod items;
mod keys;
mod matrix;
mod pages;
mod project;
mod screen;
mod state;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod thing;
mod update;
mod view;
mod ways;
mod work;

pub use project::{Loaded, Project, TextFile};
pub use screen::Screen;
pub use terminal::{Options, run};
pub use theme::Theme;
