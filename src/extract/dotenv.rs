//! From the text of a `.env` file to variables, each with its line. Knows who reads such files as little as what is in them.

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Name.
    pub name: String,
    /// Value without quotes.
    pub value: String,
    /// Line of the name, from 1.
    pub line: u32,
    /// Column at which the value starts, from 1.
    pub column: u32,
}

/// Reads all variables. `export` is taken away, ` #` starts a comment behind a bare value, a quoted value may span lines.
#[must_use]
pub fn read(text: &str) -> Vec<Variable> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut found = Vec::new();
    let mut lines = text.lines().zip(1u32..);
    while let Some((written, line)) = lines.next() {
        let trimmed = written.trim_start();
        let assignment = trimmed.strip_prefix("export ").unwrap_or(trimmed);
        let Some((name, value)) = assignment.split_once('=') else { continue };
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
            continue;
        }
        let before = written.chars().count() - value.trim_start().chars().count();
        let column = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        let value = value.trim();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let mut inner = value[1..].to_owned();
                let mut more = 0;
                // An unclosed quote goes on in the lines below; a bound keeps a stray one from taking the file.
                while !closes(&inner, quote) && more < 200 {
                    let Some((next, _)) = lines.next() else { break };
                    inner.push('\n');
                    inner.push_str(next);
                    more += 1;
                }
                unquoted(&inner, quote)
            }
            _ => value.split(" #").next().unwrap_or(value).trim_end().to_owned(),
        };
        found.push(Variable { name: name.to_owned(), value, line, column });
    }
    found
}

fn closes(text: &str, quote: char) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return true;
        }
    }
    false
}

fn unquoted(text: &str, quote: char) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quote == '"' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(next) => out.push(next),
                None => {}
            },
            _ if c == quote => break,
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_shells_read_them() {
        let text = "# no\nA=1 # one\nexport B=\"x # \\\"y\\\"\" # b\n\nC='m\nn'\n  D = e#f\nbad line\n1 x=2\nE=\n";
        let shown: Vec<_> =
            read(text).into_iter().map(|v| format!("{}={}@{}:{}", v.name, v.value, v.line, v.column)).collect();
        assert_eq!(shown, ["A=1@2:3", "B=x # \"y\"@3:10", "C=m\nn@5:3", "D=e#f@7:7", "E=@10:3"]);
    }

    #[test]
    fn an_unclosed_quote_ends_with_the_file() {
        assert_eq!(read("A=\"x\ny")[0].value, "x\ny");
        assert_eq!(read("A=\"").len(), 1);
    }
}
