//! Where in a YAML file the characters of a scalar stand, so that a fault in a condition has its line and column.

use crate::config::yaml::At;

/// A text of a YAML file with the place of each of its characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text.
    pub text: String,
    /// Line and column, from 1, of each character and of the end.
    places: Vec<(u32, u32)>,
}

impl Scalar {
    /// Line and column of a byte offset in the text.
    #[must_use]
    pub fn place(&self, offset: usize) -> (u32, u32) {
        let index = self.text.char_indices().take_while(|(at, _)| *at < offset).count();
        self.places.get(index).or_else(|| self.places.last()).copied().unwrap_or((1, 1))
    }
}

/// Finds the characters of a scalar in its file. `None` where lines were folded: their places cannot be told.
#[must_use]
pub fn places(file: &str, scalar: &At<String>) -> Option<Scalar> {
    let lines: Vec<&str> = file.lines().collect();
    let text = scalar.value.trim_end().to_owned();
    let first = *lines.get((scalar.line as usize).checked_sub(1)?)?;
    let start = (scalar.column as usize).checked_sub(1)?;
    let quote = first.chars().nth(start);
    let places = match quote {
        Some(quote @ ('"' | '\'')) => quoted(first, start, quote, scalar, &text)?,
        _ => unquoted(&lines, start, scalar, &text)?,
    };
    Some(Scalar { text, places })
}

/// Plain scalars on one line, and literal blocks: each line of the text stands in the file as it is.
fn unquoted(lines: &[&str], start: usize, scalar: &At<String>, text: &str) -> Option<Vec<(u32, u32)>> {
    let mut places = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let raw = lines.get((scalar.line as usize) - 1 + index)?;
        let line_number = scalar.line + u32::try_from(index).ok()?;
        let indented: String = raw.chars().skip(start).collect();
        if !indented.starts_with(line) {
            return None;
        }
        for offset in 0..=line.chars().count() {
            places.push((line_number, scalar.column + u32::try_from(offset).ok()?));
        }
    }
    Some(places)
}

/// A quoted scalar on one line: an escape stands for one character.
fn quoted(line: &str, start: usize, quote: char, scalar: &At<String>, text: &str) -> Option<Vec<(u32, u32)>> {
    let mut places = Vec::new();
    let mut rest = line.chars().enumerate().skip(start + 1).peekable();
    let mut closed = false;
    while let Some((index, c)) = rest.next() {
        places.push((scalar.line, u32::try_from(index).ok()? + 1));
        if c == quote {
            if quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == quote) {
                rest.next();
                continue;
            }
            closed = true;
            break;
        }
        if c == '\\' && quote == '"' {
            let skipped = match rest.next()?.1 {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            for _ in 0..skipped {
                rest.next()?;
            }
        }
    }
    (closed && places.len() > text.chars().count()).then_some(places)
}

#[cfg(test)]
mod tests {
    use super::{At, places};

    fn place(file: &str, value: &str, at: (u32, u32), part: &str) -> Option<(u32, u32)> {
        let scalar = places(file, &At { value: value.to_owned(), line: at.0, column: at.1 })?;
        Some(scalar.place(scalar.text.find(part).unwrap()))
    }

    #[test]
    fn each_style_of_scalar_has_the_places_of_its_characters() {
        for (file, value, at, part, expected) in [
            ("a: x > yy", "x > yy", (1, 4), "yy", Some((1, 8))),
            ("a: 'it''s > yy'", "it's > yy", (1, 4), "yy", Some((1, 13))),
            (r#"a: "\"q\" \u0041 > yy""#, "\"q\" A > yy", (1, 4), "yy", Some((1, 20))),
            ("a: |\n  x >\n    yy\n", "x >\n  yy\n", (2, 3), "yy", Some((3, 5))),
            ("a: ü > yy", "ü > yy", (1, 4), "yy", Some((1, 8))),
            ("a: x\n  > yy", "x > yy", (1, 4), "yy", None),
            ("a: >\n  x\n  > yy", "x > yy\n", (2, 3), "yy", None),
            ("a: 'x\n  > yy'", "x > yy", (1, 4), "yy", None),
            ("a: x", "x", (7, 1), "x", None),
            ("a: x", "x", (0, 0), "x", None),
        ] {
            assert_eq!(place(file, value, at, part), expected, "{file}");
        }
    }
}
