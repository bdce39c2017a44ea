//! Where a record states a field, in the forms that teams use: front matter (MADR 3 and 4), lines `Status: …` (MADR 2, with
//! or without bullets and bold), a section `## Status` (Nygard, adr-tools). Text in, a range of bytes out, so that a command
//! changes the value and nothing else.

use std::ops::Range;

/// The form in which a field is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Between `---` at the beginning.
    FrontMatter,
    /// A line below the title.
    Line,
    /// A heading of its own.
    Section,
}

/// A field as it stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stated {
    /// Its form.
    pub form: Form,
    /// The bytes of its value, without quotes and emphasis around it.
    pub value: Range<usize>,
    /// Its line, from 1.
    pub line: u32,
}

/// A line of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Where it begins.
    pub start: usize,
    /// What stands in it, without its end.
    pub text: &'a str,
    /// Its number, from 1.
    pub number: u32,
    /// Whether it belongs to a block of code, its fences included.
    pub code: bool,
    /// What stands behind the fence that begins a block.
    pub begins: Option<&'a str>,
    /// Whether it stands between the fences of a block.
    pub inner: bool,
}

/// The lines of a text; a mark of the byte order is none of the first.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (whole, number) in text[start..].split_inclusive('\n').zip(1..) {
        let line = whole.trim_end_matches(['\n', '\r']);
        let mark = fence_of(line);
        let code = fence.is_some() || mark.is_some();
        let begins = mark.filter(|_| fence.is_none()).map(|mark| line.trim().trim_start_matches(mark).trim());
        fence = match (fence, mark) {
            // A fence ends with one of the same kind, as long at least, and with nothing behind it.
            (Some(open), Some(mark)) if mark.starts_with(open) && line.trim_end().ends_with(mark) => None,
            (Some(open), _) => Some(open),
            (None, mark) => mark,
        };
        let inner = fence.is_some() && begins.is_none();
        lines.push(Line { start, text: line, number, code, begins, inner });
        start += whole.len();
    }
    lines
}

/// The marks that begin or end a block of code.
fn fence_of(line: &str) -> Option<&str> {
    let inner = line.trim_start_matches(' ');
    if line.len() - inner.len() > 3 {
        return None;
    }
    let mark = inner.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = inner.len() - inner.trim_start_matches(mark).len();
    (length >= 3).then(|| &inner[..length])
}

/// Where the front matter ends: behind its last line, or 0 where there is none.
pub(super) fn front_matter(lines: &[Line<'_>]) -> usize {
    if lines.first().is_none_or(|line| line.text.trim_end() != "---") {
        return 0;
    }
    let end = lines.iter().skip(1).find(|line| matches!(line.text.trim_end(), "---" | "..."));
    end.map_or(0, |line| line.start + line.text.len())
}

/// Where a field is stated: in the front matter, in the lines below the title, or as a section.
pub(super) fn stated(text: &str, name: &str) -> Option<Stated> {
    let lines = lines(text);
    let matter = front_matter(&lines);
    let mut sections = 0;
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.code) {
        if let Some(heading) = line.text.strip_prefix("## ") {
            if heading.trim().eq_ignore_ascii_case(name) {
                let empty = |line: &Line<'_>| line.text.trim().is_empty() || line.text.trim_start().starts_with("<!--");
                let next = lines.iter().skip(index + 1).find(|line| !empty(line))?;
                let value = bare(next, 0);
                let is_value = !value.is_empty() && !text[value.clone()].starts_with('#');
                return is_value.then_some(Stated { form: Form::Section, value, line: next.number });
            }
            sections += 1;
        }
        // Below the first heading a line of that form is prose, unless it is an item of a list: some have a section
        // `## Metadata` first.
        let item = sections == 1 && line.text.starts_with(['*', '-']);
        if (sections == 0 || item)
            && let Some((key, value)) = line.text.split_once(':')
            && key.trim_matches(|c: char| c.is_whitespace() || "*-_".contains(c)).eq_ignore_ascii_case(name)
        {
            let form = if line.start < matter { Form::FrontMatter } else { Form::Line };
            let shown = value.split(" #").next().unwrap_or_default();
            let cut = Line { text: &line.text[..key.len() + 1 + shown.len()], ..*line };
            let value = bare(&cut, key.len() + 1);
            return (!value.is_empty()).then_some(Stated { form, value, line: line.number });
        }
    }
    None
}

/// What a line holds from an offset on, without white space, quotes and emphasis around it.
fn bare(line: &Line<'_>, from: usize) -> Range<usize> {
    let around = |c: char| c.is_whitespace() || "*_\"'".contains(c);
    let rest = &line.text[from..];
    let inner = rest.trim_start_matches(around);
    let start = line.start + from + (rest.len() - inner.len());
    start..start + inner.trim_end_matches(around).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<(Form, &str, u32)> {
        stated(text, "status").map(|of| (of.form, &text[of.value], of.line))
    }

    #[test]
    fn a_value_is_found_without_what_is_around_it() {
        assert_eq!(value("---\nstatus: \"accepted\" # yes\n---\n# A\n"), Some((Form::FrontMatter, "accepted", 2)));
        assert_eq!(value("\u{feff}# A\r\n\r\n* **Status:** Accepted \r\n"), Some((Form::Line, "Accepted", 3)));
        assert_eq!(
            value("# A\n\n## Status\n\n<!-- one of … -->\nSuperseded by [3. C](3.md)\n"),
            Some((Form::Section, "Superseded by [3. C](3.md)", 6))
        );
        assert_eq!(value("# A\n\n## Status\n\n## Context\n"), None);
        assert_eq!(value("# A\n\n```\nStatus: in code\n```\n"), None);
        assert_eq!(value("# A\n## Context\n\nStatus: of the world\n"), None);
        assert_eq!(value("Status:"), None);
        assert_eq!(value(""), None);
    }

    #[test]
    fn blocks_of_code_end_with_their_own_fence() {
        let code: Vec<bool> = lines("````\n```\n````\na\n~~~ x\n```\n~~~\nb\n").iter().map(|line| line.code).collect();
        assert_eq!(code, [true, true, true, false, true, true, true, false]);
    }
}
