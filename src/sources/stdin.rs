//! Standard input as a project of one file: manifests or a proto file, told apart by how the text begins.

use std::io::Read;

use super::{Error, MAX_BYTES, Source, Sources};

/// Reads one file. It is `stdin.proto` when the text begins as a proto file does, else `stdin.yaml`.
///
/// # Errors
/// When the reader fails, or holds more than the largest file that is read.
pub fn stdin(reader: impl Read) -> Result<Sources, Error> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| Error::Stdin(error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::Stdin("it is too large".to_owned()));
    }
    let path = if is_proto(&String::from_utf8_lossy(&bytes)) { "stdin.proto" } else { "stdin.yaml" };
    Ok(Sources { files: Source::new(path, bytes).into_iter().collect(), ..Sources::default() })
}

/// Whether the first word that is no comment is one that begins a proto declaration. A YAML key of that name has a
/// colon behind it.
fn is_proto(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let after = if rest.starts_with("//") {
            rest.find('\n').map(|end| &rest[end..])
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| &rest[end + 2..])
        } else {
            break;
        };
        rest = after.unwrap_or_default().trim_start();
    }
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    let begins =
        ["syntax", "edition", "package", "import", "option", "message", "service", "enum", "extend"].contains(&word);
    begins && !after.trim_start().starts_with(':')
}
