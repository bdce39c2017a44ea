//! The links of a Markdown text that lead to files, each with its line. What stands in code is no link.

use super::stated::{Line, front_matter, lines};

/// A link to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Its target as a path, without a fragment: decoded, as it is written else.
    pub target: String,
    /// Its line, from 1.
    pub line: u32,
}

/// The links of a text that lead to files: not those to other hosts, to places of the same text, or to what no path can be.
pub(super) fn links(text: &str) -> Vec<Link> {
    let all = lines(text);
    let matter = front_matter(&all);
    let mut links = Vec::new();
    for line in all.iter().filter(|line| !line.code && line.start >= matter) {
        let shown = without_code(line);
        for target in inline(&shown).into_iter().chain(defined(&shown)) {
            links.extend(path(&target).map(|target| Link { target, line: line.number }));
        }
    }
    links
}

/// A line without what stands between backticks.
fn without_code(line: &Line<'_>) -> String {
    let parts: Vec<&str> = line.text.split('`').collect();
    // A last backtick without a partner begins no code.
    let open = parts.len().is_multiple_of(2);
    let shown =
        parts.iter().enumerate().filter(|(index, _)| index.is_multiple_of(2) || open && index + 1 == parts.len());
    shown.map(|(_, part)| *part).collect::<Vec<_>>().join(" ")
}

/// `[text](target "title")`
fn inline(line: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        rest = &rest[at + 2..];
        let mut depth = 0_usize;
        let end = rest.find(|c| {
            depth += usize::from(c == '(');
            let closes = c == ')' && depth == 0;
            depth -= usize::from(c == ')' && !closes);
            closes
        });
        let Some(end) = end else { break };
        targets.push(destination(&rest[..end]));
        rest = &rest[end..];
    }
    targets
}

/// `[name]: target "title"`
fn defined(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix('[')?;
    let (name, target) = rest.split_once("]: ")?;
    // A footnote is none.
    (!name.contains(']') && !name.starts_with('^')).then(|| destination(target))
}

/// A target without its title and brackets.
fn destination(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((inner, _)) => inner.to_owned(),
        None => text.split_whitespace().next().unwrap_or_default().to_owned(),
    }
}

/// The path that a target names, if it names a file.
fn path(target: &str) -> Option<String> {
    let path = target.split(['#', '?']).next().unwrap_or_default();
    // `https:`, `mailto:`: a name of letters before the first colon, and no folder before it.
    let scheme = path.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
    let no_path = path.is_empty() || scheme || path.starts_with("//") || path.contains(['{', '$', '*']);
    (!no_path).then(|| decoded(path))
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let code = (byte == b'%').then(|| rest.clone().take(2).collect::<Vec<u8>>());
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(&code).ok()?, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                let _ = rest.nth(1);
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A path relative to a folder as one relative to the root; `None` where it leaves the root. `/x` begins at the root.
pub(super) fn resolved(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    parts.retain(|part| !part.is_empty());
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_are_found_with_their_lines() {
        let text = "---\nx: [a](front.md)\n---\n[a](a.md) ![b](img/b%20c.png \"t\")\n`[c](code.md)` [d](<d e.md#part>)\n\
                    ```\n[e](block.md)\n```\n[f]: ../f.md 'title'\n[g](https://x.y/z.md) [h](#h) [i](mailto:a@b)\n\
                    [j](j(1).md) [k](open\n[^1]: note.md\n[l]({{ tera }})\n%[m](%zz.md)\n";
        let found: Vec<String> = links(text).into_iter().map(|link| format!("{}:{}", link.line, link.target)).collect();
        assert_eq!(found, ["4:a.md", "4:img/b c.png", "5:d e.md", "9:../f.md", "11:j(1).md", "14:%zz.md"]);
    }

    #[test]
    fn paths_stay_inside_the_root() {
        assert_eq!(resolved("docs/adr", "0001.md").as_deref(), Some("docs/adr/0001.md"));
        assert_eq!(resolved("docs/adr", "../../src/./a.rs").as_deref(), Some("src/a.rs"));
        assert_eq!(resolved("docs/adr", "/README.md").as_deref(), Some("README.md"));
        assert_eq!(resolved("docs/adr", "../../../x"), None);
    }
}
