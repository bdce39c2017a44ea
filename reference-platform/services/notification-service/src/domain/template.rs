//! Words with places for values: `{{actor}} is live`, or `{{actor|Somebody}} is live` with what is said when the value is not there.
//! Values are text that others wrote: they are put in as they are and never read as a template.

use std::iter::Peekable;
use std::str::CharIndices;

/// Most characters of a title.
pub const MAX_TITLE: usize = 200;
/// Most characters of a body.
pub const MAX_BODY: usize = 1000;

/// A value that a template may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The display name of who did it.
    Actor,
    /// What a stream is called.
    Title,
    /// Why a file cannot be used; not there when it can.
    Failure,
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "actor" => Some(Self::Actor),
            "title" => Some(Self::Title),
            "failure" => Some(Self::Failure),
            _ => None,
        }
    }
}

/// What is said of one occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    pub actor: Option<String>,
    pub title: Option<String>,
    pub failure: Option<String>,
}

impl Values {
    fn get(&self, name: Name) -> Option<&str> {
        match name {
            Name::Actor => self.actor.as_deref(),
            Name::Title => self.title.as_deref(),
            Name::Failure => self.failure.as_deref(),
        }
    }
}

/// A text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value { name: Name, otherwise: String },
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The character at which it goes wrong, from 1.
    pub place: usize,
    pub why: &'static str,
}

impl Template {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let unreadable = |at: usize, why| Unreadable { place: text[..at].chars().count() + 1, why };
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '{' if follows(&mut characters, '{') => {
                    let (content, rest) =
                        text[at + 2..].split_once("}}").ok_or_else(|| unreadable(at, "has no closing braces"))?;
                    if content.contains('{') {
                        return Err(unreadable(at, "has no closing braces"));
                    }
                    let (name, otherwise) = content.split_once('|').unwrap_or((content, ""));
                    let name =
                        Name::parse(name.trim()).ok_or_else(|| unreadable(at, "must name actor, title or failure"))?;
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Value { name, otherwise: otherwise.trim().to_owned() });
                    let next = text.len() - rest.len();
                    while characters.next_if(|(index, _)| *index < next).is_some() {}
                }
                '}' if follows(&mut characters, '}') => return Err(unreadable(at, "has no opening braces")),
                _ => plain.push(character),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The words with the values, in one line of at most so many characters.
    pub fn render(&self, values: &Values, most: usize) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Value { name, otherwise } => text.push_str(values.get(*name).unwrap_or(otherwise)),
            }
        }
        one_line(&text, most)
    }
}

fn follows(characters: &mut Peekable<CharIndices<'_>>, expected: char) -> bool {
    characters.peek().is_some_and(|(_, character)| *character == expected)
}

/// Text without control characters and needless space, of at most so many characters; the end of what is longer is an ellipsis.
pub fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn render(template: &str, values: &Values) -> String {
        Template::parse(template).unwrap().render(values, 60)
    }

    #[test]
    fn values_stand_where_they_are_named() {
        let values =
            Values { actor: Some("Ada {{title}} <b>".to_owned()), title: Some("a\n\tb".to_owned()), failure: None };
        assert_eq!(render("{{actor}} is live: {{ title }}!", &values), "Ada {{title}} <b> is live: a b!");
        assert_eq!(render("{{failure| It is ready. }}", &values), "It is ready.");
        assert_eq!(render("x {{failure}} y", &values), "x y");
        assert_eq!(render("a { b } {c}", &values), "a { b } {c}");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let values = Values { actor: Some("ä".repeat(300)), ..Values::default() };
        let text = Template::parse("{{actor}}").unwrap().render(&values, 10);
        assert_eq!(text, "äääääääää…");
    }

    #[test]
    fn the_place_of_a_mistake_is_told() {
        for (text, place) in [
            ("ä {{actor", 3),
            ("{{actr}}", 1),
            ("a }} b", 3),
            ("{{actor {{title}}", 1),
            ("x{{}}", 2),
            ("{{{actor}}}", 1),
        ] {
            assert_eq!(Template::parse(text).unwrap_err().place, place, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[{}|a-zä ]{0,40}", actor in any::<String>()) {
            if let Ok(template) = Template::parse(&text) {
                let rendered = template.render(&Values { actor: Some(actor), ..Values::default() }, 20);
                prop_assert!(rendered.chars().count() <= 20);
                prop_assert!(!rendered.chars().any(char::is_control));
            }
        }
    }
}
