//! JSON patches (RFC 6902): operations at places that pointers name.

use crate::extract::yaml::{Kind, Node};

/// Applies one operation.
///
/// # Errors
/// Says why it does not apply; the object is as it was.
pub fn apply(object: &mut Node, operation: &Node) -> Result<(), String> {
    let path = pointer(operation, "path")?;
    let value = || {
        let found = operation.map().iter().find(|(key, _)| key.str() == Some("value"));
        found.map(|(_, value)| value.clone()).ok_or_else(|| "an operation without a value".to_owned())
    };
    match operation.str_at(&["op"]).unwrap_or_default() {
        "add" => add(object, &path, value()?),
        "replace" => {
            let value = value()?;
            if let Some(old) = find(object, &path) {
                *old = value;
                return Ok(());
            }
            // Kustomize sets a field that is not there, too.
            add(object, &path, value)
        }
        "remove" => remove(object, &path).map(|_| ()),
        "move" => {
            let from = pointer(operation, "from")?;
            if path.len() > from.len() && path.starts_with(&from) {
                return Err("a value moved into itself".to_owned());
            }
            let mut moved = object.clone();
            let value = remove(&mut moved, &from)?;
            add(&mut moved, &path, value)?;
            *object = moved;
            Ok(())
        }
        "copy" => {
            let from = pointer(operation, "from")?;
            let value = find(object, &from).cloned().ok_or_else(|| format!("nothing at /{}", from.join("/")))?;
            add(object, &path, value)
        }
        // What a test does when it fails is to refuse the patch: reading goes on as if it had not.
        "test" => Ok(()),
        other => Err(format!("unknown operation {other:?}")),
    }
}

fn pointer(operation: &Node, key: &str) -> Result<Vec<String>, String> {
    let text = operation.str_at(&[key]).ok_or_else(|| format!("an operation without {key}"))?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(text) = text.strip_prefix('/') else { return Err(format!("the pointer {text:?} does not start with /")) };
    Ok(text.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'a>(object: &'a mut Node, path: &[String]) -> Option<&'a mut Node> {
    let mut node = object;
    for part in path {
        node = if matches!(node.kind, Kind::Sequence(_)) {
            node.seq_mut().get_mut(part.parse::<usize>().ok()?)?
        } else {
            node.get_mut(part)?
        };
    }
    Some(node)
}

fn parent<'a, 'b>(object: &'a mut Node, path: &'b [String]) -> Result<(&'a mut Node, &'b str), String> {
    let (last, before) = path.split_last().ok_or_else(|| "an operation on the whole object".to_owned())?;
    let node = find(object, before).ok_or_else(|| format!("nothing at /{}", before.join("/")))?;
    Ok((node, last))
}

fn add(object: &mut Node, path: &[String], value: Node) -> Result<(), String> {
    let (parent, last) = parent(object, path)?;
    let nothing = parent.is_null();
    match &mut parent.kind {
        Kind::Sequence(items) => {
            let index = if last == "-" { Some(items.len()) } else { last.parse().ok() };
            let index = index.filter(|index| *index <= items.len());
            let index = index.ok_or_else(|| format!("no item {last} at /{}", path.join("/")))?;
            items.insert(index, value);
        }
        Kind::Mapping(_) => parent.set(last, value),
        Kind::Scalar { .. } if nothing => parent.set(last, value),
        Kind::Scalar { .. } => return Err(format!("a scalar above /{}", path.join("/"))),
    }
    Ok(())
}

fn remove(object: &mut Node, path: &[String]) -> Result<Node, String> {
    let (parent, last) = parent(object, path)?;
    let removed = match &mut parent.kind {
        Kind::Sequence(items) => {
            last.parse().ok().filter(|index| *index < items.len()).map(|index: usize| items.remove(index))
        }
        _ => parent.remove(last),
    };
    removed.ok_or_else(|| format!("nothing at /{}", path.join("/")))
}
