//! Names of the project as ids and labels of Mermaid. They are hostile: a quote, a bracket or a line end would end the
//! label, `end` would end a block, `%%{` would set options, `<` would be HTML.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Characters of one line of a label.
const LONGEST: usize = 80;
/// Lines of a label.
const MOST_LINES: usize = 6;
/// Characters of an id behind its prefix.
const LONGEST_ID: usize = 40;

/// Ids of letters, digits and underscores, each once: a prefix, which keeps words of the language away, and what is left
/// of the name. Equal ones are numbered in their order.
pub(super) fn ids<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids = Vec::new();
    for (prefix, name) in names {
        let plain = name.chars().take(LONGEST_ID).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
        let id: String = prefix.chars().chain(std::iter::once('_')).chain(plain).collect();
        let mut number = used.get(&id).copied().unwrap_or_default();
        let mut free = id.clone();
        // A name may end like a number that was given: then the next one is tried.
        while used.contains_key(&free) {
            number += 1;
            free = format!("{id}__{number}");
        }
        used.insert(id, number);
        used.entry(free.clone()).or_default();
        ids.push(free);
    }
    ids
}

/// The lines of a label, for between quotes.
pub(super) fn label(lines: &[String]) -> String {
    let mut lines: Vec<String> = lines.iter().map(|line| words(line)).filter(|line| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        let more = lines.split_off(MOST_LINES - 1).len();
        lines.push(format!("and {more} more"));
    }
    if lines.is_empty() { "?".to_owned() } else { lines.join("<br/>") }
}

/// One line of words, safe with and without quotes around it.
pub(super) fn words(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let letters: Vec<char> = one_line(text).chars().collect();
    for (index, c) in letters.iter().copied().enumerate() {
        if index == LONGEST {
            escaped.push('…');
            break;
        }
        let beside = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphanumeric());
        let within_word = beside(index.checked_sub(1)) && beside(Some(index + 1));
        let numbers = letters.iter().take(index).all(char::is_ascii_digit);
        let is_markup = match c {
            // Entities, directives and comments, code, formulas, ends of statements, icons, emphasis.
            '#' | '%' | '`' | '$' | ';' | '\\' | '{' | '}' | '|' | '@' | '~' | '*' => true,
            '_' => !within_word,
            // A list, which newer versions refuse to draw.
            '-' | '+' => index == 0,
            '.' | ')' => index > 0 && numbers,
            _ => false,
        };
        match c {
            '"' => escaped.push_str("#quot;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '&' => escaped.push_str("#amp;"),
            // Writing to a string does not fail.
            _ if is_markup => drop(write!(escaped, "#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The words of a comment. A brace behind the signs of a comment would be a directive, and some drawing tools look for tags everywhere.
pub(super) fn comment(text: &str) -> String {
    one_line(text).chars().filter(|c| !matches!(c, '%' | '{' | '}' | '<' | '>')).take(4 * LONGEST).collect()
}

fn one_line(text: &str) -> String {
    let blank = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
