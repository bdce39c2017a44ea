//! From the text of a Dockerfile to its instructions: continued lines joined, comments taken out, here-documents read,
//! every part with its line. Knows the form of instructions, not what they mean.

/// One instruction.
#[derive(Debug)]
pub struct Instruction {
    /// Its keyword in upper case: `FROM`.
    pub keyword: String,
    /// What follows, lines joined.
    pub text: String,
    /// Texts of its here-documents.
    pub documents: Vec<String>,
    /// Line of its keyword, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Offsets in `text` at which a line starts, with the line.
    starts: Vec<(usize, u32)>,
}

impl Instruction {
    /// The line of an offset in its text.
    pub fn line_at(&self, offset: usize) -> u32 {
        self.starts.iter().rev().find(|(start, _)| *start <= offset).map_or(self.line, |(_, line)| *line)
    }
}

/// Reads all instructions of a file.
pub fn instructions(text: &str) -> Vec<Instruction> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let escape = escape(text);
    let mut found = Vec::new();
    let mut lines = text.lines().zip(1u32..).peekable();
    while let Some((first, line)) = lines.next() {
        let first = first.trim();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let (keyword, rest) = first.split_once(char::is_whitespace).unwrap_or((first, ""));
        let mut instruction = Instruction {
            keyword: keyword.to_ascii_uppercase(),
            text: String::new(),
            documents: Vec::new(),
            line,
            end_line: line,
            starts: vec![(0, line)],
        };
        let (mut part, mut continues) = joined(rest.trim_start(), escape);
        // `FROM\` alone on its line.
        if rest.is_empty()
            && let Some(bare) = keyword.strip_suffix(escape)
        {
            instruction.keyword = bare.to_ascii_uppercase();
            (part, continues) = ("", true);
        }
        instruction.text.push_str(part);
        while continues && let Some((next, line)) = lines.next() {
            instruction.end_line = line;
            let next = next.trim();
            // Comments and empty lines do not end what is continued.
            if next.is_empty() || next.starts_with('#') {
                continue;
            }
            (part, continues) = joined(next, escape);
            instruction.text.push(' ');
            instruction.starts.push((instruction.text.len(), line));
            instruction.text.push_str(part);
        }
        if matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for (name, strips_tabs) in documents(&instruction.text) {
                let mut document = String::new();
                for (next, line) in lines.by_ref() {
                    instruction.end_line = line;
                    if (if strips_tabs { next.trim_start_matches('\t') } else { next }) == name {
                        break;
                    }
                    document.push_str(next);
                    document.push('\n');
                }
                instruction.documents.push(document);
            }
        }
        found.push(instruction);
    }
    found
}

/// The character that continues a line: the directive `escape` may change it before the first instruction.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some((key, value)) = line.trim().strip_prefix('#').and_then(|directive| directive.split_once('=')) else {
            break;
        };
        if key.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

fn joined(line: &str, escape: char) -> (&str, bool) {
    let line = line.trim_end();
    match line.strip_suffix(escape) {
        Some(part) => (part.trim_end(), true),
        None => (line, false),
    }
}

/// Names of the here-documents that an instruction opens, and whether their tabs are stripped.
fn documents(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        rest = &rest[at + 2..];
        // `<<<` hands over a text, no document.
        if let Some(more) = rest.strip_prefix('<') {
            rest = more;
            continue;
        }
        let strips_tabs = rest.starts_with('-');
        let name = rest.trim_start_matches('-').trim_start_matches(['"', '\'']);
        let length = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        if length > 0 && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && found.len() < 16 {
            found.push((name[..length].to_owned(), strips_tabs));
        }
    }
    found
}
