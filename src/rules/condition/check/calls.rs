//! Functions, methods and macros: which there are and what they take.

use regex::RegexBuilder;

use super::types::Ty;
use super::{Checked, Checker};
use crate::config::suggest;
use crate::rules::condition::expression::{Each, Expr, Function};
use crate::rules::condition::guard::Known;
use crate::rules::condition::tree::{Node, Tree};

/// The largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 256 * 1024;

const FUNCTIONS: [&str; 6] = ["ceil", "double", "max", "min", "size", "sum"];
const METHODS: [&str; 5] = ["contains", "endsWith", "matches", "size", "startsWith"];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        at: usize,
        target: Option<&Tree>,
        name: &str,
        args: &[Tree],
        known: &Known,
    ) -> Option<Checked> {
        match target {
            Some(target) => match Each::from_name(name) {
                Some(each) => self.each(at, each, target, args, known),
                None => self.method(at, target, name, args, known),
            },
            None => self.function(at, name, args, known),
        }
    }

    fn each(&mut self, at: usize, each: Each, target: &Tree, args: &[Tree], known: &Known) -> Option<Checked> {
        let range = self.sure(target, known)?;
        let Ty::List(element) = range.ty else {
            self.fail(target.at, format!("this is {}, expected a list", range.ty), "");
            return None;
        };
        let [variable, body] = args else {
            self.fail(at, "the macro takes a variable and an expression", "list.exists(x, x.field > 0)");
            return None;
        };
        let Node::Name(variable_name) = &variable.node else {
            self.fail(variable.at, "the first argument is the name of a variable", "");
            return None;
        };
        // A variable that hides another name would make guards speak of the wrong thing.
        let taken = self.locals.iter().any(|(local, _)| local == variable_name)
            || variable_name == self.terms.select.name()
            || variable_name == "params";
        if taken {
            self.fail(variable.at, format!("the name `{variable_name}` is taken"), "choose another");
            return None;
        }
        self.locals.push((variable_name.clone(), (*element).clone()));
        let body_known = known.clone();
        let checked = self.sure(body, &body_known);
        self.locals.pop();
        let checked = checked?;
        if each != Each::Map && checked.ty != Ty::Bool {
            self.fail(body.at, format!("the condition of the macro is {}, expected bool", checked.ty), "");
            return None;
        }
        let ty = match each {
            Each::Exists | Each::ExistsOne | Each::All => Ty::Bool,
            Each::Filter => Ty::List(element),
            Each::Map => Ty::List(Box::new(checked.ty)),
        };
        Some(Checked::new(Expr::Each(each, Box::new(range.expr), Box::new(checked.expr)), ty))
    }

    fn method(&mut self, at: usize, target: &Tree, name: &str, args: &[Tree], known: &Known) -> Option<Checked> {
        if name == "size" && args.is_empty() {
            return self.size(target, known);
        }
        let function = match name {
            "startsWith" => Some(Function::StartsWith),
            "endsWith" => Some(Function::EndsWith),
            "contains" => Some(Function::Contains),
            "matches" => None,
            _ => {
                let known = METHODS.into_iter().chain(Each::NAMES);
                self.fail(at, format!("there is no method `{name}`"), suggest::advice(name, known));
                return None;
            }
        };
        let text = self.text(target, known)?;
        let [arg] = args else {
            self.fail(at, format!("`{name}` takes one argument"), "");
            return None;
        };
        let Some(function) = function else {
            return self.matches(text, arg);
        };
        let arg = self.text(arg, known)?;
        Some(Checked::new(Expr::Call(function, vec![text.expr, arg.expr]), Ty::Bool))
    }

    fn text(&mut self, tree: &Tree, known: &Known) -> Option<Checked> {
        let checked = self.sure(tree, known)?;
        if checked.ty != Ty::Text {
            let help = if matches!(checked.ty, Ty::List(_)) { "use `in` or `exists`" } else { "" };
            self.fail(tree.at, format!("this is {}, expected text", checked.ty), help);
            return None;
        }
        Some(checked)
    }

    /// The pattern is compiled here, once, so it has to stand in the rule.
    fn matches(&mut self, text: Checked, pattern: &Tree) -> Option<Checked> {
        let Node::Text(source) = &pattern.node else {
            self.fail(pattern.at, "the pattern of `matches` is not written out", "write it as a text in quotes");
            return None;
        };
        match RegexBuilder::new(source).size_limit(MAX_PATTERN).nest_limit(64).build() {
            Ok(regex) => Some(Checked::new(Expr::Matches(Box::new(text.expr), regex), Ty::Bool)),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.fail(pattern.at, format!("the pattern is no regular expression: {why}"), "");
                None
            }
        }
    }

    fn size(&mut self, of: &Tree, known: &Known) -> Option<Checked> {
        let checked = self.sure(of, known)?;
        if !matches!(checked.ty, Ty::List(_) | Ty::Text) {
            self.fail(of.at, format!("this is {}, expected a list or a text", checked.ty), "");
            return None;
        }
        Some(Checked::new(Expr::Call(Function::Size, vec![checked.expr]), Ty::Int))
    }

    fn function(&mut self, at: usize, name: &str, args: &[Tree], known: &Known) -> Option<Checked> {
        if !FUNCTIONS.contains(&name) {
            let help = if Each::from_name(name).is_some() || METHODS.contains(&name) {
                format!("it is called on a value: `list.{name}(…)`")
            } else {
                suggest::advice(name, FUNCTIONS)
            };
            self.fail(at, format!("there is no function `{name}`"), help);
            return None;
        }
        if let ("max" | "min", [_, _, ..]) = (name, args) {
            return self.extreme_of_arguments(name, args, known);
        }
        let [arg] = args else {
            self.fail(at, format!("`{name}` takes one argument, and met {}", args.len()), "");
            return None;
        };
        if name == "size" {
            return self.size(arg, known);
        }
        let checked = self.sure(arg, known)?;
        let (function, ty) = match (name, &checked.ty) {
            ("ceil", Ty::Double) => (Function::Ceil, Ty::Int),
            ("double", Ty::Int) => (Function::Double, Ty::Double),
            ("sum" | "max" | "min", Ty::List(element)) if element.is_number() => {
                let function = match (name, &**element) {
                    ("sum", Ty::Int) => Function::SumInt,
                    ("sum", _) => Function::SumDouble,
                    ("max", _) => Function::Max,
                    _ => Function::Min,
                };
                (function, (**element).clone())
            }
            (_, ty) => {
                let expected = match name {
                    "ceil" => "double",
                    "double" => "int",
                    _ => "a list of numbers",
                };
                self.fail(arg.at, format!("`{name}` takes {expected}, and met {ty}"), "");
                return None;
            }
        };
        Some(Checked::new(Expr::Call(function, vec![checked.expr]), ty))
    }

    fn extreme_of_arguments(&mut self, name: &str, args: &[Tree], known: &Known) -> Option<Checked> {
        let list = self.list(args, known)?;
        let Ty::List(element) = list.ty else { return None };
        if !element.is_number() {
            let at = args.first().map_or(0, |arg| arg.at);
            self.fail(at, format!("`{name}` takes numbers, and met {element}"), "");
            return None;
        }
        let function = if name == "max" { Function::Max } else { Function::Min };
        Some(Checked::new(Expr::Call(function, vec![list.expr]), *element))
    }
}
