//! Protocol Buffers files into facts: the only reader of contracts. Takes proto2, proto3 and the editions, and whatever
//! of a broken file can be read; knows no other artefact.
//!
//! `lexer -> parser (messages, enums, services, options, ranges; recovery) -> names`
//!
//! Spans of definitions cover their heads, `message Name` or `string name = 1`, not their bodies.

mod comments;
mod cursor;
mod enums;
mod lexer;
mod literals;
mod messages;
mod names;
mod options;
mod parser;
mod ranges;
mod recovery;
mod services;
#[cfg(test)]
mod tests;
mod wellknown;

use rayon::prelude::*;

use crate::facts::proto::ProtoFile;
use crate::facts::{Diagnostic, Suppression};
use crate::sources::{Artefact, Source, Sources};

/// The facts of all `.proto` files of a project, in order of their paths, what could not be read of them, and the
/// suppressions in their comments.
#[must_use]
pub fn extract(sources: &Sources) -> (Vec<ProtoFile>, Vec<Diagnostic>, Vec<Suppression>) {
    let sources: Vec<&Source> = sources.of(Artefact::Proto).collect();
    let read: Vec<_> = sources.into_par_iter().map(read).collect();
    let mut files = Vec::with_capacity(read.len());
    let mut diagnostics = Vec::new();
    let mut suppressions = Vec::new();
    for (file, faults, allowed) in read {
        files.push(file);
        diagnostics.extend(faults);
        suppressions.extend(allowed);
    }
    names::resolve(&mut files);
    (files, diagnostics, suppressions)
}

fn read(source: &Source) -> (ProtoFile, Vec<Diagnostic>, Vec<Suppression>) {
    let text = source.text();
    let lexed = lexer::lex(&text);
    let (file, diagnostics) = parser::parse(source.path.clone(), &text, &lexed);
    let suppressions = comments::suppressions(&source.path, &text, &lexed);
    (file, diagnostics, suppressions)
}
