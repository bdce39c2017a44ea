//! CEL text into a [`Tree`]. The only place that names the `cel` crate, of which we use the parser alone.
//!
//! The parser recurses, at up to 200 KB of stack for each bracket in an unoptimised build. So length, nesting and
//! operators of the text are counted before it sees the text, and whatever is not small gets a stack of its own. Its
//! macros are not expanded: `exists` and the others stay calls, which the checker understands as what they are.

use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::Fault;
use super::tree::{Comparison, Node, Operation, Tree};

/// The longest condition, in bytes.
const MAX_BYTES: usize = 4096;
/// The deepest nesting of brackets and of `? :`.
const MAX_NESTING: u16 = 24;
/// The most operators and dots outside of texts: they make the tree deep without any bracket.
const MAX_OPERATORS: usize = 128;
/// What parses on the caller's stack: within 1.2 MB even unoptimised.
const SMALL: Extent = Extent { nesting: 3, operators: 48 };
/// The stack for what is not small: twice what the largest accepted text was measured to need.
const STACK_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn parse(text: &str) -> Result<Tree, Fault> {
    let extent = bound(text)?;
    if extent.nesting <= SMALL.nesting && extent.operators <= SMALL.operators {
        return parse_here(text, SMALL.nesting);
    }
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || parse_here(text, MAX_NESTING))
            .ok()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_else(|| Err(whole("the condition could not be parsed", "simplify it")))
    })
}

fn parse_here(text: &str, nesting: u16) -> Result<Tree, Fault> {
    // The parser's own limit counts the same nesting, and the outermost expression besides: a second lock.
    let parser = cel::Env::default().parser().max_recursion_depth(nesting + 1);
    let (expr, source) = parser.parse_with_source_info(text).map_err(|errors| syntax(text, &errors))?;
    lower(&expr, &Source { text, info: &source })
}

/// A fault of the condition as a whole.
fn whole(message: impl Into<String>, help: &str) -> Fault {
    Fault { at: 0, message: message.into(), help: help.to_owned() }
}

/// How deep the tree of a text can become.
struct Extent {
    nesting: u16,
    operators: usize,
}

fn bound(text: &str) -> Result<Extent, Fault> {
    let split = "split the rule, or compute the number in the analysis";
    if text.trim().is_empty() {
        return Err(whole("the condition is empty", ""));
    }
    if text.len() > MAX_BYTES {
        return Err(whole(format!("the condition has {} bytes, expected at most {MAX_BYTES}", text.len()), split));
    }
    let extent = measure(text)?;
    if extent.nesting > MAX_NESTING {
        let message = format!("the condition nests {} brackets, expected at most {MAX_NESTING}", extent.nesting);
        return Err(whole(message, split));
    }
    if extent.operators > MAX_OPERATORS {
        let message = format!("the condition has {} operators, expected at most {MAX_OPERATORS}", extent.operators);
        return Err(whole(message, split));
    }
    Ok(extent)
}

/// Counts outside of texts.
fn measure(text: &str) -> Result<Extent, Fault> {
    let mut extent = Extent { nesting: 0, operators: 0 };
    let (mut depth, mut branches) = (0_u16, 0_u16);
    let mut skip_to = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        if at < skip_to {
            continue;
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '?' => branches += 1,
            '.' | '+' | '-' | '*' | '/' | '%' | '!' | ':' | '<' | '>' | '=' | '&' | '|' => extent.operators += 1,
            // `in` is the one operator made of letters.
            'n' if text[..at].ends_with('i') => extent.operators += 1,
            '"' | '\'' => skip_to = at + quoted(text, at, c)?,
            _ => {}
        }
        // `a ? b : c ? d : e` nests to the right without a bracket.
        extent.nesting = extent.nesting.max(depth + branches);
    }
    Ok(extent)
}

/// Byte length of the text in quotes at an offset. What the parser would read differently is refused here, so that
/// nothing hides behind a quote: open texts, three quotes, unusual escapes, a name right before the quote.
fn quoted(text: &str, at: usize, quote: char) -> Result<usize, Fault> {
    let refuse = |message: &str, help: &str| Err(Fault { at, message: message.to_owned(), help: help.to_owned() });
    let before = text[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    let raw = match &text[before.len()..at] {
        "" => false,
        "r" | "R" => true,
        _ => return refuse("a text follows a name", "put an operator between them"),
    };
    let text = &text[at..];
    if text.chars().take(3).filter(|c| *c == quote).count() == 3 {
        return refuse("three quotes are not part of the dialect", "use one");
    }
    let mut chars = text.char_indices().skip(1);
    while let Some((offset, c)) = chars.next() {
        match c {
            '\\' if !raw => match chars.next() {
                Some((_, escaped)) if r#"abfnrtv?"'`\"#.contains(escaped) => {}
                _ => return refuse("the text has an unusual escape", "use \\\\, \\n, \\t or the character itself"),
            },
            '\n' | '\r' => break,
            _ if c == quote => return Ok(offset + c.len_utf8()),
            _ => {}
        }
    }
    refuse("the text is not closed", "end it on the same line")
}

fn syntax(text: &str, errors: &cel::ParseErrors) -> Fault {
    let Some(error) = errors.errors.first() else {
        return whole("the condition is no expression", "");
    };
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg).to_owned();
    let (line, column) = (usize::try_from(error.pos.0).unwrap_or(0), usize::try_from(error.pos.1).unwrap_or(0));
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let at = start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(offset, _)| offset);
    Fault { at, message, help: String::new() }
}

struct Source<'a> {
    text: &'a str,
    info: &'a SourceInfo,
}

impl Source<'_> {
    fn offset(&self, id: u64) -> usize {
        let start = self.info.offset_for(id).map_or(0, |(start, _)| start as usize);
        if self.text.is_char_boundary(start) { start } else { 0 }
    }

    /// Offset of the name that follows a dot.
    fn after_dot(&self, dot: usize) -> usize {
        let rest = self.text.get(dot..).unwrap_or_default();
        let name = rest.trim_start_matches('.').trim_start();
        dot + (rest.len() - name.len())
    }

    /// Offset of the name that stands before a bracket.
    fn before_bracket(&self, bracket: usize, name: &str) -> usize {
        let before = self.text.get(..bracket).unwrap_or_default().trim_end();
        before.len().saturating_sub(name.len())
    }
}

fn lower(expr: &IdedExpr, source: &Source<'_>) -> Result<Tree, Fault> {
    let at = source.offset(expr.id);
    let refuse = |what: &str, help: &str| {
        Err(Fault { at, message: format!("{what} are not part of the dialect"), help: help.to_owned() })
    };
    let child = |expr: &IdedExpr| lower(expr, source).map(Box::new);
    let node = match &expr.expr {
        Expr::Literal(literal) => match literal {
            LiteralValue::Boolean(value) => Node::Bool(**value),
            LiteralValue::Double(value) => Node::Double(**value),
            LiteralValue::Int(value) => Node::Int(**value),
            LiteralValue::Null => Node::Null,
            LiteralValue::String(value) => Node::Text(Arc::from(&**value)),
            LiteralValue::Bytes(_) => return refuse("bytes", "write a text"),
            LiteralValue::UInt(_) => return refuse("unsigned numbers", "leave out the `u`"),
        },
        Expr::Ident(name) => Node::Name(name.clone()),
        Expr::Select(select) if select.test => return refuse("presence tests", HAS),
        Expr::Select(select) => {
            let of = child(&select.operand)?;
            return Ok(Tree { at: source.after_dot(at), node: Node::Select(of, select.field.clone()) });
        }
        Expr::List(list) if list.optional_indices.is_empty() => {
            Node::List(list.elements.iter().map(|element| lower(element, source)).collect::<Result<_, _>>()?)
        }
        Expr::List(_) => return refuse("optional elements", ""),
        Expr::Map(_) => return refuse("maps", ""),
        Expr::Struct(_) => return refuse("messages", ""),
        Expr::Comprehension(_) => return refuse("comprehensions", ""),
        Expr::Unspecified => {
            return Err(Fault { at, message: "the expression is not complete".to_owned(), help: String::new() });
        }
        Expr::Call(call) => {
            if let (None, Some(node)) = (&call.target, operator(&call.func_name, &call.args, source)?) {
                return Ok(Tree { at, node });
            }
            if call.func_name == operators::HAS {
                let at = source.before_bracket(at, operators::HAS);
                return Err(Fault { at, message: "`has` is not offered".to_owned(), help: HAS.to_owned() });
            }
            let target = call.target.as_deref().map(child).transpose()?;
            let args = call.args.iter().map(|arg| lower(arg, source)).collect::<Result<_, _>>()?;
            let at = source.before_bracket(at, &call.func_name);
            return Ok(Tree { at, node: Node::Call(target, call.func_name.clone(), args) });
        }
    };
    Ok(Tree { at, node })
}

const HAS: &str =
    "an unknown field makes the result unknown by itself; compare with null for what is known to be absent";

/// The node of an operator, which the parser writes as a call with a name that no text can spell.
fn operator(name: &str, args: &[IdedExpr], source: &Source<'_>) -> Result<Option<Node>, Fault> {
    let child = |index: usize| -> Result<Box<Tree>, Fault> {
        match args.get(index) {
            Some(arg) => lower(arg, source).map(Box::new),
            None => Err(Fault { at: 0, message: format!("`{name}` lacks an operand"), help: String::new() }),
        }
    };
    let compare = |comparison| Ok::<_, Fault>(Node::Compare(comparison, child(0)?, child(1)?));
    let arithmetic = |operation| Ok::<_, Fault>(Node::Arithmetic(operation, child(0)?, child(1)?));
    let node = match name {
        operators::CONDITIONAL => Node::If(child(0)?, child(1)?, child(2)?),
        operators::LOGICAL_AND => Node::And(child(0)?, child(1)?),
        operators::LOGICAL_OR => Node::Or(child(0)?, child(1)?),
        operators::LOGICAL_NOT => Node::Not(child(0)?),
        operators::NEGATE => Node::Negate(child(0)?),
        operators::ADD => arithmetic(Operation::Add)?,
        operators::SUBSTRACT => arithmetic(Operation::Subtract)?,
        operators::MULTIPLY => arithmetic(Operation::Multiply)?,
        operators::DIVIDE => arithmetic(Operation::Divide)?,
        operators::MODULO => arithmetic(Operation::Remainder)?,
        operators::EQUALS => compare(Comparison::Equal)?,
        operators::NOT_EQUALS => compare(Comparison::NotEqual)?,
        operators::LESS => compare(Comparison::Less)?,
        operators::LESS_EQUALS => compare(Comparison::LessOrEqual)?,
        operators::GREATER => compare(Comparison::Greater)?,
        operators::GREATER_EQUALS => compare(Comparison::GreaterOrEqual)?,
        operators::IN => Node::In(child(0)?, child(1)?),
        operators::INDEX => Node::Index(child(0)?, child(1)?),
        operators::OPT_INDEX | operators::OPT_SELECT => {
            let help = "a field that may be absent is compared with null".to_owned();
            return Err(Fault { at: 0, message: "optional access is not part of the dialect".to_owned(), help });
        }
        _ => return Ok(None),
    };
    Ok(Some(node))
}
