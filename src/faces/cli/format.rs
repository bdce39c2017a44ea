//! `--format F` and `--format F=FILE`: what to write, and where.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};
use clap::ValueEnum;

/// One output: a format, and the file that it goes to; standard output where none is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output<F> {
    /// What to write.
    pub format: F,
    /// Where; standard output where it is not stated.
    pub file: Option<PathBuf>,
}

impl<F: ValueEnum> FromStr for Output<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file is expected behind `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = F::from_str(name, false).map_err(|_| {
            let names: Vec<String> = F::value_variants()
                .iter()
                .filter_map(|format| format.to_possible_value().map(|value| value.get_name().to_owned()))
                .collect();
            crate::config::suggest::advice(name, names.iter().map(String::as_str))
        })?;
        Ok(Self { format, file: file.filter(|file| file != Path::new("-")) })
    }
}

impl<F: Copy + PartialEq> Output<F> {
    /// The outputs that are asked for, or the default one. One of them at most goes to standard output, and no two go to
    /// the same file.
    ///
    /// # Errors
    /// When two go to the same place.
    pub fn all(asked: &[Self], default: F) -> anyhow::Result<Vec<Self>> {
        if asked.is_empty() {
            return Ok(vec![Self { format: default, file: None }]);
        }
        for (index, output) in asked.iter().enumerate() {
            if asked.iter().skip(index + 1).any(|other| other.file == output.file) {
                match &output.file {
                    Some(file) => bail!("write two formats to {}; name a file for each", file.display()),
                    None => bail!("write two formats to standard output; name a file for one: `--format F=FILE`"),
                }
            }
        }
        Ok(asked.to_vec())
    }

    /// Writes an output to its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, text: &[u8], out: &mut dyn std::io::Write) -> anyhow::Result<()> {
        match &self.file {
            Some(file) => std::fs::write(file, text).with_context(|| format!("write {}", file.display())),
            None => Ok(out.write_all(text)?),
        }
    }
}
