//! Remembers the inputs of a step by path, length and time of change. It never reads contents: a
//! fresh clone builds everything once.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Mode;
use crate::tree::root;

/// The state of one step's inputs.
pub(super) struct Stamp {
    file: PathBuf,
    state: String,
}

impl Stamp {
    pub(super) fn new<P: AsRef<Path>>(
        mode: Mode,
        step: &str,
        inputs: impl IntoIterator<Item = P>,
    ) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            let input = input.as_ref();
            let about =
                fs::metadata(input).with_context(|| format!("{} is missing", input.display()))?;
            (input, about.len(), about.modified()?).hash(&mut hasher);
        }
        let folder = match mode {
            Mode::Development => "target/pages",
            Mode::Release => "target/dist/pages",
        };
        let file = root().join(folder).join(step);
        Ok(Self {
            file,
            state: format!("{:016x}", hasher.finish()),
        })
    }

    /// Whether the step has run to its end with these inputs.
    pub(super) fn holds(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|state| state == self.state)
    }

    /// Forgets the step, so that a failure half-way is not taken for success.
    pub(super) fn clear(&self) -> Result<()> {
        if self.file.exists() {
            fs::remove_file(&self.file)?;
        }
        Ok(())
    }

    /// Records that the step has run.
    pub(super) fn set(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(&self.file, &self.state)?)
    }
}
