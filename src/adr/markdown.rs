//! Text of a project as Markdown: nothing in it ends the line, opens a tag or becomes a link.

/// One line: white space becomes single spaces, and what opens a tag outside of code is escaped.
pub(super) fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('`').peekable();
    let mut code = false;
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        // A last backtick without a partner begins no code.
        if code && !last {
            out.push_str(part)
        } else {
            out.push_str(&part.replace('<', "&lt;").replace('[', "\\["))
        }
        if !last {
            out.push('`');
        }
        code = !code;
    }
    out
}

/// A link to a line of a file, from a folder so many folders below the root.
pub(super) fn link(file: &str, line: u32, depth: usize) -> String {
    let target = "../".repeat(depth) + &percent(file);
    let name = self::line(file).replace('`', "'").replace(']', "\\]");
    format!("[{name}:{line}]({target}#L{line})")
}

/// A path as the target of a link.
pub(super) fn percent(path: &str) -> String {
    let mut target = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => target.push(byte.into()),
            other => target.push_str(&format!("%{other:02X}")),
        }
    }
    target
}

/// The text without a full stop at its end, to be followed by more.
pub(super) fn fragment(text: &str) -> String {
    line(text).trim_end_matches(['.', ' ']).to_owned()
}

/// The text with a small letter at the beginning, unless the word is a name: `DNS`, `Retry-After`.
pub(super) fn inside(text: &str) -> String {
    let text = fragment(text);
    let mut letters = text.chars();
    let word = text.split(' ').next().unwrap_or_default();
    match letters.next() {
        Some(first) if !word.chars().skip(1).any(|c| c.is_uppercase() || c.is_ascii_digit()) => {
            first.to_lowercase().collect::<String>() + letters.as_str()
        }
        _ => text,
    }
}
