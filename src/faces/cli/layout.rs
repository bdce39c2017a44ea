//! `--templates FOLDER`: how a team lays out diagrams and Markdown.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::reports::Templates;

/// A team's own templates.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Layout {
    /// A folder of own templates; `mermaid/flowchart.mmd.tera` in it replaces the embedded one, and so on
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<PathBuf>,
}

impl Layout {
    /// The templates that outputs are filled into.
    ///
    /// # Errors
    /// When the folder cannot be read, or one of its files is no template.
    pub fn load(&self) -> anyhow::Result<Templates> {
        let own = match &self.templates {
            Some(folder) => read(folder)?,
            None => Vec::new(),
        };
        Ok(Templates::new(&own)?)
    }
}

/// The templates of a folder, `<output>/<name>.tera`, by these names.
fn read(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for output in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        for path in entries(&output)?.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "tera"))
        {
            let text = fs::read_to_string(&path).with_context(|| format!("read the template {}", path.display()))?;
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let parts: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            found.push((parts.join("/"), text));
        }
    }
    Ok(found)
}

/// What a folder holds, in order.
fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || format!("read the folder of templates {}", folder.display());
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).with_context(read)? {
        all.push(entry.with_context(read)?.path());
    }
    all.sort();
    Ok(all)
}
