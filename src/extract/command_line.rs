//! From the text of a shell to commands and words, and variables in it to their values: what Dockerfiles and compose
//! files have in common. Runs nothing, and knows neither of them.

/// The longest text that variables may grow to; `A=$A$A` doubles with each line.
const MAX_EXPANDED: usize = 16 * 1024;

/// The longest `${…}`.
const MAX_BRACED: usize = 1024;

/// A word, and the offset where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Offset of its first byte.
    pub at: usize,
    /// Its text without quotes.
    pub text: String,
}

/// Splits a text into words at white space, as a shell does: quotes hold together and are taken away, a backslash takes
/// the next character as it is. Signs of the shell (`&&`, `;`) are not known here.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    scan(text, false).into_iter().next().unwrap_or_default()
}

/// Splits a text into commands at `&&`, `||`, `;`, `&` and new lines outside quotes, each into words. Of a pipe only the
/// first command counts. No command is empty.
#[must_use]
pub fn commands(text: &str) -> Vec<Vec<Word>> {
    scan(text, true)
}

fn scan(text: &str, signs: bool) -> Vec<Vec<Word>> {
    let mut commands = Vec::new();
    let mut current: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut piped = false;
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if let Some(open) = quote {
            if c == open {
                quote = None;
                continue;
            }
            // In double quotes a backslash is itself but before what it has to protect.
            let literal = if c == '\\' && open == '"' {
                chars.next_if(|(_, next)| matches!(next, '"' | '\\' | '`' | '\n')).map_or(c, |(_, next)| next)
            } else {
                c
            };
            push(&mut word, at, literal);
            continue;
        }
        let ends_command = signs && matches!(c, '\n' | ';' | '&' | '|');
        if ends_command || c.is_whitespace() {
            if let Some(word) = word.take().filter(|_| !piped) {
                current.push(word);
            }
            if ends_command {
                let alone = c == '|' && chars.next_if(|(_, next)| *next == '|').is_none();
                if alone {
                    piped = true;
                    continue;
                }
                piped = false;
                if !current.is_empty() {
                    commands.push(std::mem::take(&mut current));
                }
            }
            continue;
        }
        match c {
            '\'' | '"' => {
                quote = Some(c);
                word.get_or_insert_with(|| Word { at, text: String::new() });
            }
            '\\' => {
                if let Some((_, next)) = chars.next()
                    && next != '\n'
                {
                    push(&mut word, at, next);
                }
            }
            _ => push(&mut word, at, c),
        }
    }
    if let Some(word) = word.filter(|_| !piped) {
        current.push(word);
    }
    if !current.is_empty() {
        commands.push(current);
    }
    commands
}

fn push(word: &mut Option<Word>, at: usize, c: char) {
    word.get_or_insert_with(|| Word { at, text: String::new() }).text.push(c);
}

/// The program that a command line ends in, with its arguments: what a shell would be left running. `sh -c` is taken away,
/// then `exec` and variables in front; the second value says whether a shell stays in between. It does where it has more to
/// do than this one command, for which the shells of current images make way (bash, BusyBox, dash since 0.5.11), and where
/// it hands on no signal by itself (`trap`).
#[must_use]
pub fn program(words: Vec<String>) -> (Vec<String>, bool) {
    let Some(script) = script_of_shell(&words) else { return (words, false) };
    let all = commands(script);
    let stays = (all.len() > 1 || script.contains('|')) && !script.contains("trap ");
    let mut last: Vec<String> =
        all.into_iter().next_back().unwrap_or_default().into_iter().map(|word| word.text).collect();
    let assignments = last.iter().take_while(|word| is_assignment(word)).count();
    last.drain(..assignments);
    let replaces_shell = last.first().is_some_and(|first| first == "exec");
    if replaces_shell {
        last.remove(0);
    }
    (last, stays && !replaces_shell)
}

/// The script of `sh -c script`, whichever shell.
#[must_use]
pub fn script_of_shell(words: &[String]) -> Option<&str> {
    let [shell, flags, script, ..] = words else { return None };
    let name = shell.rsplit('/').next().unwrap_or(shell);
    let is_shell = matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh");
    (is_shell && flags.starts_with('-') && flags.ends_with('c')).then_some(script.as_str())
}

/// Whether a word sets a variable: `NAME=…`.
#[must_use]
pub fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}` by what `lookup` says. What it does
/// not know stays, as `${NAME}`; `$$` becomes `$`. Defaults may hold variables themselves.
#[must_use]
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    expand_within(text, lookup, 4)
}

fn expand_within(text: &str, lookup: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(more) = rest.strip_prefix('$') {
            out.push('$');
            rest = more;
            continue;
        }
        if let Some(inner) = rest.strip_prefix('{') {
            let Some(close) = closing(inner) else {
                out.push('$');
                continue;
            };
            let expression = &inner[..close];
            rest = &inner[close + 1..];
            out.push_str(&braced(expression, lookup, depth));
        } else {
            let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let (name, more) = rest.split_at(length);
            rest = more;
            match lookup(name) {
                _ if name.is_empty() => out.push('$'),
                Some(value) => out.push_str(&value),
                None => out.push_str(&format!("${{{name}}}")),
            }
        }
        if out.len() > MAX_EXPANDED {
            return text.to_owned();
        }
    }
    out.push_str(rest);
    out
}

fn braced(expression: &str, lookup: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let length = expression.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(expression.len());
    let (name, operator) = expression.split_at(length);
    let value = lookup(name);
    let (colon, operator) = match operator.strip_prefix(':') {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    // With a colon an empty value counts as none.
    let set = value.clone().filter(|value| !colon || !value.is_empty());
    let word = |word: &str| if depth == 0 { word.to_owned() } else { expand_within(word, lookup, depth - 1) };
    if let Some(default) = operator.strip_prefix('-') {
        set.unwrap_or_else(|| word(default))
    } else if let Some(other) = operator.strip_prefix('+') {
        if set.is_some() { word(other) } else { String::new() }
    } else {
        // `${NAME}`, or `${NAME:?message}`: what nobody set stays open.
        value.unwrap_or_else(|| format!("${{{name}}}"))
    }
}

/// Where the brace closes that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '\n' => return None,
            _ if at > MAX_BRACED => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(texts(&words(r#"a "b c" 'd "e' f\ g "" "h\"i""#)), ["a", "b c", "d \"e", "f g", "", "h\"i"]);
        assert_eq!(words("  ab  cd")[1].at, 6);
        assert!(words(" \n").is_empty());
    }

    #[test]
    fn signs_of_the_shell_end_commands() {
        let found = commands("a 1 && b '&&' | c; d || e &\n f");
        let shown: Vec<_> = found.iter().map(|command| texts(command).join(" ")).collect();
        assert_eq!(shown, ["a 1", "b &&", "d", "e", "f"]);
    }

    #[test]
    fn the_program_is_what_the_shell_leaves_running() {
        let program = |words: &[&str]| program(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(program(&["/app", "-v"]), (vec!["/app".to_owned(), "-v".to_owned()], false));
        assert_eq!(program(&["/bin/sh", "-c", "exec /app"]), (vec!["/app".to_owned()], false));
        assert_eq!(program(&["bash", "-ec", "migrate && RUST_LOG=info /app run"]).0, ["/app", "run"]);
        assert!(!program(&["sh", "-c", "/app"]).1);
        assert!(program(&["sh", "-c", "migrate; /app"]).1 && program(&["sh", "-c", "/app | tee log"]).1);
        assert!(!program(&["sh", "-c", "trap 'kill $!' TERM; /app"]).1);
        assert!(!program(&["sh", "script.sh"]).1);
    }

    #[test]
    fn variables_are_replaced_as_far_as_they_are_known() {
        let lookup = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("$A-${A}", "1-1"),
            ("${B:-2}${B-3}", "23"),
            ("${EMPTY:-x}${EMPTY-y}", "x"),
            ("${B:-${A}0}", "10"),
            ("$B/${B}", "${B}/${B}"),
            ("${A:+set}${B:+set}", "set"),
            ("${B:?must be there}", "${B}"),
            ("$$A ${", "$A ${"),
            ("100%$", "100%$"),
        ] {
            assert_eq!(expand(text, &lookup), expected, "{text}");
        }
    }

    #[test]
    fn values_do_not_grow_without_bound() {
        let mut value = "x".to_owned();
        for _ in 0..100 {
            let known = value.clone();
            value = expand("$A$A", &|_| Some(known.clone()));
        }
        assert!(value.len() <= 2 * MAX_EXPANDED);
        let nested = "${A:-".repeat(50_000);
        assert_eq!(expand(&nested, &|_| None).len(), nested.len());
    }
}
