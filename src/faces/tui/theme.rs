//! Colours of the parts that words play. The background is always the terminal's own, so that light and dark ones both
//! work; what colour says is said by words or signs as well.

use ratatui::style::{Color, Modifier, Style};

use super::text::Role;

/// A set of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// Colours that everyone can tell apart, after Okabe and Ito.
    Safe,
    /// No colours.
    Plain,
}

impl Theme {
    /// All of them, in the order in which one key goes through them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Safe, Self::Plain];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Safe => "colour-blind safe",
            Self::Plain => "no colour",
        }
    }

    /// The next one.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|theme| *theme == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// What words look like.
    pub fn style(self, role: Role) -> Style {
        let style = Style::default();
        let style = match role {
            Role::Strong | Role::Title | Role::Error => style.add_modifier(Modifier::BOLD),
            Role::Mark => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Role::Dim if self != Self::Light => style.add_modifier(Modifier::DIM),
            _ => style,
        };
        match self.color(role) {
            Some(color) => style.fg(color),
            None => style,
        }
    }

    /// What is selected.
    pub fn selected(self) -> Style {
        Style::default().add_modifier(Modifier::REVERSED)
    }

    fn color(self, role: Role) -> Option<Color> {
        match (self, role) {
            (Self::Plain, _) | (_, Role::Plain | Role::Strong | Role::Code) => None,
            (Self::Dark, Role::Title | Role::Accent) => Some(Color::Cyan),
            (Self::Dark, Role::Error | Role::Removed) => Some(Color::LightRed),
            (Self::Dark, Role::Warning | Role::Mark) => Some(Color::Yellow),
            (Self::Dark, Role::Info) => Some(Color::LightBlue),
            (Self::Dark, Role::Good | Role::Added) => Some(Color::Green),
            (Self::Light, Role::Title | Role::Accent) => Some(Color::Blue),
            (Self::Light, Role::Error | Role::Removed | Role::Mark) => Some(Color::Red),
            (Self::Light, Role::Warning) => Some(Color::Magenta),
            (Self::Light, Role::Info) => Some(Color::Blue),
            (Self::Light, Role::Good | Role::Added) => Some(Color::Indexed(22)),
            (Self::Light, Role::Dim) => Some(Color::Indexed(240)),
            // Vermillion, orange, sky blue and bluish green, as near as the palette of 256 comes.
            (Self::Safe, Role::Error | Role::Removed) => Some(Color::Indexed(166)),
            (Self::Safe, Role::Warning | Role::Mark) => Some(Color::Indexed(214)),
            (Self::Safe, Role::Info | Role::Title | Role::Accent) => Some(Color::Indexed(74)),
            (Self::Safe, Role::Good | Role::Added) => Some(Color::Indexed(36)),
            (_, Role::Dim) => None,
        }
    }
}
