//! Methods that a macro writes for an enum: each variant's payload does it. Attributes and derives of others are taken to call
//! the method of the same name; of a derive of the project, the text of the macro tells which methods it calls.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::eval::Eval;
use crate::extract::rust::names::{AdtId, Def, FnId, Program};
use crate::extract::rust::tree::{Attribute, Block, Expr, ExprKind, Macro, Statement};
use crate::extract::rust::types::Ty;

/// The words that the derives of a program write, by the name of the derive.
pub type Derives<'a> = HashMap<&'a str, BTreeSet<&'a str>>;

/// Payloads that are such enums themselves deeper than this are not looked into.
const MAX_NESTED: usize = 4;

impl Eval<'_, '_> {
    /// The methods of the payloads of an enum that stand for a method which a macro wrote for it. Only methods that the project
    /// writes count: what the language derives gives the enum, not a payload.
    pub(super) fn methods_of_payloads(&self, adt: AdtId, name: &str, depth: usize) -> Vec<FnId> {
        let program = self.program();
        let of = &program.adts[adt];
        if of.attributes.is_empty() || depth > MAX_NESTED {
            return Vec::new();
        }
        let mut names = BTreeSet::from([name]);
        for derived in derives(of.attributes) {
            if let Some(words) = self.context.derives().get(derived).filter(|words| words.contains(name)) {
                names.extend(words);
            }
        }
        let scope = program.scope_of_adt(adt);
        let mut found = Vec::new();
        for variant in of.variants {
            let [field] = variant.fields.as_slice() else { continue };
            let Ty::Adt(payload, _) = program.ty(&scope, &field.of) else { continue };
            let mut functions = written(program, payload, &names);
            if functions.is_empty() && payload != adt {
                functions = self.methods_of_payloads(payload, name, depth + 1);
            }
            for function in functions {
                if !found.contains(&function) {
                    found.push(function);
                }
            }
        }
        found
    }
}

/// Methods with one of these names that the project writes for a type: its own, and those of traits of the project.
fn written(program: &Program<'_>, adt: AdtId, names: &BTreeSet<&str>) -> Vec<FnId> {
    let Some(by_name) = program.methods.get(&adt) else { return Vec::new() };
    let functions = names.iter().filter_map(|name| by_name.get(name)).flatten().copied();
    functions
        .filter(|id| {
            let of = &program.functions[*id];
            let of_others = |id: usize| matches!(program.impls[id].of_trait, Some(Def::Extern(_)));
            of.tree.receiver && !of.in_impl.is_some_and(of_others)
        })
        .collect()
}

/// The names of the derives among attributes.
fn derives(attributes: &[Attribute]) -> impl Iterator<Item = &str> {
    let all = attributes.iter().filter(|attribute| attribute.path.last().is_some_and(|last| last == "derive"));
    all.flat_map(|attribute| &attribute.arguments).filter_map(last_name)
}

fn last_name(expr: &Expr) -> Option<&str> {
    match &*expr.kind {
        ExprKind::Path(path) => path.segments.last().map(|segment| segment.name.as_str()),
        _ => None,
    }
}

/// What the derives of a program write: the words of the quotations in the modules that declare them.
pub(super) fn written_by_derives<'a>(program: &Program<'a>) -> Derives<'a> {
    let mut all = Derives::default();
    for function in &program.functions {
        let declares =
            |attribute: &&'a Attribute| attribute.path.last().is_some_and(|last| last == "proc_macro_derive");
        let Some(attribute) = function.attributes.iter().find(declares) else { continue };
        let Some(name) = attribute.arguments.first().and_then(last_name) else { continue };
        let words = all.entry(name).or_default();
        let in_module = program.functions.iter().filter(|other| other.module == function.module);
        for body in in_module.filter_map(|other| other.tree.body.as_ref()) {
            macros_of_block(body, &mut |of| {
                if of.path.last().is_some_and(|last| last.starts_with("quote")) {
                    words.extend(of.words.iter().map(String::as_str));
                }
            });
        }
    }
    all
}

fn macros_of_block<'a>(block: &'a Block, found: &mut dyn FnMut(&'a Macro)) {
    for statement in &block.statements {
        match statement {
            Statement::Let { value, otherwise, .. } => {
                value.iter().chain(otherwise).for_each(|expr| macros_of(expr, found));
            }
            Statement::Expr(expr, _) => macros_of(expr, found),
            Statement::Item(_) => {}
        }
    }
}

fn macros_of<'a>(expr: &'a Expr, found: &mut dyn FnMut(&'a Macro)) {
    match &*expr.kind {
        ExprKind::Macro(of) => found(of),
        ExprKind::Block(block) | ExprKind::Async(block) | ExprKind::Loop(block) => macros_of_block(block, found),
        ExprKind::While(condition, block) | ExprKind::For(_, condition, block) => {
            macros_of(condition, found);
            macros_of_block(block, found);
        }
        ExprKind::If(condition, block, otherwise) => {
            macros_of(condition, found);
            macros_of_block(block, found);
            otherwise.iter().for_each(|expr| macros_of(expr, found));
        }
        ExprKind::Match(scrutinee, arms) => {
            macros_of(scrutinee, found);
            arms.iter().for_each(|arm| macros_of(&arm.body, found));
        }
        ExprKind::Call(callee, arguments) => {
            macros_of(callee, found);
            arguments.iter().for_each(|argument| macros_of(argument, found));
        }
        ExprKind::MethodCall { receiver, arguments, .. } => {
            macros_of(receiver, found);
            arguments.iter().for_each(|argument| macros_of(argument, found));
        }
        ExprKind::Closure(_, inner, _)
        | ExprKind::Try(inner)
        | ExprKind::Reference(inner)
        | ExprKind::Return(Some(inner)) => macros_of(inner, found),
        ExprKind::Tuple(parts) | ExprKind::Array(parts) => parts.iter().for_each(|part| macros_of(part, found)),
        _ => {}
    }
}
