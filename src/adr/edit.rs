//! The text of a record with another status or one more link: what is changed is written in the form that the record has,
//! and every other byte stays.

use super::stated::{Form, Line, Stated, front_matter, lines, stated};

/// A line that a link to another decision is written as, and the section that it belongs to where the status has none.
const MORE: &str = "## More Information";
const LINKS: &str = "## Links";

/// The text with another status. A record that states none gets one: in its front matter, else as a section below its
/// title. `None` where there is neither.
pub(super) fn with_status(text: &str, status: &str) -> Option<String> {
    let end = line_end(text);
    if let Some(of) = stated(text, "status") {
        return Some(replaced(text, &of, status));
    }
    let all = lines(text);
    let matter = front_matter(&all);
    if matter > 0 {
        let first = all.first()?;
        let at = first.start + first.text.len() + end.len();
        return Some(inserted(text, at, &format!("status: {status}{end}")));
    }
    let title = all.iter().find(|line| !line.code && line.text.starts_with("# "))?;
    let at = title.start + title.text.len();
    Some(inserted(text, at, &format!("{end}{end}## Status{end}{end}{}", large(status))))
}

/// The text with another date in its front matter, where MADR keeps the day of the last decision. Other forms date the
/// record itself, and stay.
pub(super) fn with_date(text: &str, date: &str) -> String {
    match stated(text, "date") {
        Some(of) if of.form == Form::FrontMatter => replaced(text, &of, date),
        _ => text.to_owned(),
    }
}

/// The text with one more link to another decision: below the status where that is a section, as adr-tools has it; else
/// among the links of MADR 2, or the further information of MADR 3 and 4. One that is there already is not written again.
pub(super) fn with_link(text: &str, relation: &str, link: &str) -> String {
    let end = line_end(text);
    let line = format!("{relation} {link}");
    let all = lines(text);
    let is_there = |of: &Line<'_>| of.text.trim_start_matches(['*', '-', ' ']).trim_end() == line;
    if all.iter().any(is_there) {
        return text.to_owned();
    }
    let section = |heading: &str| all.iter().position(|of| !of.code && of.text.trim_end() == heading);
    match stated(text, "status") {
        Some(Stated { form: Form::Section, line: at, .. }) => {
            let last = last_of_section(&all, (at as usize).saturating_sub(1));
            inserted(text, last.start + last.text.len(), &format!("{end}{end}{line}"))
        }
        _ => match section(LINKS).or_else(|| section(MORE)) {
            Some(place) => {
                let last = last_of_section(&all, place);
                let list = last.text.trim_start().starts_with(['*', '-']);
                let gap = if list { end.to_owned() } else { format!("{end}{end}") };
                let mark = if last.text.trim_start().starts_with('-') { '-' } else { '*' };
                inserted(text, last.start + last.text.len(), &format!("{gap}{mark} {line}"))
            }
            None => {
                let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
                format!("{text}{gap}{end}{MORE}{end}{end}* {line}{end}")
            }
        },
    }
}

/// The last line with something in it before the next heading.
fn last_of_section<'a>(lines: &[Line<'a>], from: usize) -> Line<'a> {
    let inner = lines.iter().enumerate().skip(from + 1);
    let section =
        inner.take_while(|(_, line)| line.code || !line.text.starts_with("# ") && !line.text.starts_with("## "));
    let last = section.filter(|(_, line)| !line.text.trim().is_empty()).last();
    last.map_or(lines[from], |(_, line)| *line)
}

fn replaced(text: &str, of: &Stated, value: &str) -> String {
    let before = &text[of.value.clone()];
    let value = if before.starts_with(char::is_uppercase) { large(value) } else { value.to_owned() };
    let quote = text[..of.value.start].chars().next_back().filter(|quote| matches!(quote, '"' | '\''));
    let value = match (of.form, quote) {
        (Form::FrontMatter, Some('"')) => value.replace('\\', "\\\\").replace('"', "\\\""),
        (Form::FrontMatter, Some(_)) => value.replace('\'', "''"),
        (Form::FrontMatter, None) if !is_plain(&value) => {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        }
        _ => value,
    };
    format!("{}{value}{}", &text[..of.value.start], &text[of.value.end..])
}

/// Whether YAML reads the text as it stands, without quotes.
fn is_plain(value: &str) -> bool {
    value.starts_with(char::is_alphanumeric) && !value.contains(": ") && !value.contains(" #") && !value.ends_with(':')
}

fn inserted(text: &str, at: usize, more: &str) -> String {
    let at = at.min(text.len());
    format!("{}{more}{}", &text[..at], &text[at..])
}

/// What ends the lines of a text.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// With a large letter at the beginning.
pub(super) fn large(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
