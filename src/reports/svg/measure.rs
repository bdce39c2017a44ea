//! How much room words take. Nobody knows the reader's fonts, so widths are estimates on the safe side.

use super::super::view::Node;

/// Letters of a line of a box before it is broken.
const BOX_LINE: usize = 30;
/// Lines of one name.
const NAME_LINES: usize = 3;
/// Letters of a line on an arrow.
const ARROW_LINE: usize = 30;
/// Lines on an arrow.
const ARROW_LINES: usize = 3;
/// Lines of a box.
const BOX_LINES: usize = 7;

/// Words that are broken into lines, and the room that they take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The lines, each with the size of its letters.
    pub lines: Vec<(String, i32)>,
    pub width: i32,
    pub height: i32,
}

impl Words {
    fn new(lines: Vec<(String, i32)>) -> Self {
        let width = lines.iter().map(|(line, size)| width(line, *size)).max().unwrap_or_default();
        let height = lines.iter().map(|(_, size)| leading(*size)).sum();
        Self { lines, width, height }
    }
}

/// Height of a line of letters of a size.
pub(super) fn leading(size: i32) -> i32 {
    size + 4
}

/// Words of a box: the name, then what is said of it in smaller letters.
pub(super) fn node(node: &Node) -> Words {
    let mut lines: Vec<(String, i32)> = Vec::new();
    for (index, line) in node.label.iter().enumerate() {
        let size = if index == 0 { 13 } else { 11 };
        lines.extend(broken(&one_line(line)).into_iter().map(|line| (line, size)));
    }
    if lines.len() > BOX_LINES {
        let more = lines.split_off(BOX_LINES - 1).len();
        lines.push((format!("and {more} more"), 11));
    }
    Words::new(lines)
}

/// Words on an arrow.
pub(super) fn arrow(labels: &[String]) -> Words {
    let mut lines: Vec<(String, i32)> = labels.iter().map(|label| (cut(&one_line(label), ARROW_LINE), 11)).collect();
    if lines.len() > ARROW_LINES {
        let more = lines.split_off(ARROW_LINES - 1).len();
        lines.push((format!("and {more} more"), 11));
    }
    Words::new(lines)
}

/// The heading of a frame.
pub(super) fn heading(name: &str) -> Words {
    Words::new(vec![(one_line(name), 12)])
}

/// The width of a line, in pixels.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let hundredths: i32 = text.chars().map(hundredths).sum();
    // Names are bold.
    let bold = if size > 12 { 108 } else { 100 };
    (hundredths * size * bold).div_euclid(10_000) + 1
}

/// The width of a letter, in hundredths of the size of letters.
fn hundredths(letter: char) -> i32 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 32,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 95,
        'A'..='Z' => 74,
        letter if letter.is_ascii() => 62,
        // Letters of East Asia and pictures are as wide as they are high.
        letter if u32::from(letter) >= 0x1100 => 105,
        _ => 70,
    }
}

/// As much of a line as there is room for: letters that do not fit are left out at its end.
pub(super) fn fitting(text: &str, room: i32, size: i32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width(&kept, size) + width(&letter.to_string(), size) + size > room {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// A name in lines, broken behind its dots and dashes.
fn broken(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for part in text.split_inclusive(['.', '-', '/', '_', ' ', ':']) {
        let letters = part.chars().count();
        if length > 0 && length + letters > BOX_LINE && lines.len() < NAME_LINES {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
        length += letters;
    }
    lines.into_iter().map(|line| cut(line.trim_end(), BOX_LINE + 4)).collect()
}

/// A line without its middle, where it is too long: names often differ at their ends.
fn cut(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let (front, back) = ((most - 1).div_ceil(2), (most - 1) / 2);
    letters[..front].iter().chain(&['…']).chain(&letters[letters.len() - back..]).collect()
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
