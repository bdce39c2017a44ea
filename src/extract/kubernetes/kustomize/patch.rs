//! Patches of a kustomization, inline or in files, applied to the objects that they are for.

use super::target::Target;
use super::{COPIED, Object, Renderer, json_patch, merge};
use crate::extract::kubernetes::files::join;
use crate::extract::yaml::{self, Kind, Node};

/// The deepest object that patches may make.
const MAX_HEIGHT: usize = 200;

/// The largest object that patches may make, in nodes.
const MAX_SIZE: usize = 200_000;

/// Applies `patches`, an entry of which says what it is for beside the patch or in it.
pub fn patch(renderer: &mut Renderer<'_>, folder: &str, entry: &Node, objects: &mut Vec<Object>) {
    let inline = entry.get("patch");
    let Some(source) = inline.or_else(|| entry.get("path")) else { return };
    let documents = read(renderer, folder, source, inline.is_some());
    apply(renderer, &documents, entry.get("target"), source, objects);
}

/// Applies `patchesStrategicMerge`: files, or patches in place.
pub fn strategic(renderer: &mut Renderer<'_>, folder: &str, entry: &Node, objects: &mut Vec<Object>) {
    let inline = match entry.str() {
        Some(text) => text.contains('\n'),
        None => {
            return apply(renderer, std::slice::from_ref(entry), None, entry, objects);
        }
    };
    let documents = read(renderer, folder, entry, inline);
    apply(renderer, &documents, None, entry, objects);
}

/// The documents of a patch, with lines and columns of the file that it stands in.
fn read(renderer: &mut Renderer<'_>, folder: &str, source: &Node, inline: bool) -> Vec<Node> {
    let Some(text) = source.str() else { return vec![source.clone()] };
    if inline {
        let mut parsed = yaml::read(&source.span.file, text);
        let (lines, columns) = (source.span.line.saturating_sub(1), source.span.column.saturating_sub(1));
        for document in &mut parsed.documents {
            document.shift(lines, columns);
        }
        for mut diagnostic in parsed.diagnostics {
            diagnostic.at = source.span.clone();
            renderer.diagnostics.push(diagnostic);
        }
        if parsed.partial {
            renderer.incomplete("a patch cannot be read");
        }
        return parsed.documents;
    }
    let files = renderer.files;
    let Some(parsed) = join(folder, text).and_then(|path| files.get(&path)) else {
        renderer.report(&source.span, &format!("the patch {text} is not there"), "name a file of the project");
        return Vec::new();
    };
    if parsed.partial {
        renderer.incomplete("a patch cannot be read");
    }
    renderer.diagnostics.extend(parsed.diagnostics.iter().cloned());
    parsed.documents.clone()
}

fn apply(
    renderer: &mut Renderer<'_>,
    documents: &[Node],
    target: Option<&Node>,
    source: &Node,
    objects: &mut Vec<Object>,
) {
    let selected = match target {
        Some(node) => match Target::of(node) {
            Some(target) => Some(target),
            None => {
                return renderer.report(&node.span, "a pattern of the target cannot be read", "correct the pattern");
            }
        },
        None => None,
    };
    // One JSON patch is one list; several documents are several strategic patches.
    for document in documents {
        if !renderer.spend(document.size().saturating_mul(2).saturating_add(objects.len())) {
            return;
        }
        if let (Kind::Sequence(operations), None) = (&document.kind, &selected) {
            // A list of strategic patches is allowed where each names its object.
            for operation in operations {
                strategic_patch(renderer, operation, None, source, objects);
            }
        } else if let (Kind::Sequence(operations), Some(target)) = (&document.kind, &selected) {
            json(renderer, operations, target, objects);
        } else {
            strategic_patch(renderer, document, selected.as_ref(), source, objects);
        }
    }
}

fn strategic_patch(
    renderer: &mut Renderer<'_>,
    patch: &Node,
    target: Option<&Target>,
    source: &Node,
    objects: &mut Vec<Object>,
) {
    let own = if target.is_none() { Target::named_by(patch) } else { None };
    let Some(target) = target.or(own.as_ref()) else {
        let help = "give it a target, or kind and metadata.name";
        return renderer.report(&source.span, "a patch that names no object", help);
    };
    let mut applied = false;
    let mut kept = Vec::with_capacity(objects.len());
    for mut object in std::mem::take(objects) {
        let mut stays = true;
        if target.selects(&object) && renderer.spend(patch.size().saturating_mul(COPIED)) {
            applied = true;
            stays = merge::merge(&mut object.node, patch);
        }
        if stays {
            kept.push(object);
        }
    }
    *objects = kept;
    if !applied {
        let help = "correct its target, or take it away";
        renderer.note(&source.span, "a patch for an object that is not there", help);
    }
}

fn json(renderer: &mut Renderer<'_>, operations: &[Node], target: &Target, objects: &mut [Object]) {
    for object in objects.iter_mut().filter(|object| target.selects(object)) {
        for operation in operations {
            if !renderer.spend(object.node.size()) {
                return;
            }
            let before = object.node.clone();
            let refused = match json_patch::apply(&mut object.node, operation) {
                Ok(()) if object.node.height() > MAX_HEIGHT => Some("the object becomes too deep".to_owned()),
                Ok(()) if object.node.size() > MAX_SIZE => Some("the object becomes too large".to_owned()),
                Ok(()) => None,
                Err(why) => Some(why),
            };
            if let Some(why) = refused {
                object.node = before;
                let message = format!("a patch that does not apply to {} {}: {why}", object.kind(), object.name());
                renderer.report(&operation.span, &message, "correct the path or the target");
                // What follows builds on it.
                break;
            }
        }
    }
}
