//! The files of a delivery while they come in.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::{DeliveryError, Received};
use crate::ingest::SourceFile;

/// Files of one delivery.
pub(super) const FILES_MAX: usize = 1_000;
/// Bytes of the name of a file.
pub(super) const NAME_BYTES_MAX: usize = 200;

/// A directory of files that wait, which goes with this.
#[derive(Debug)]
pub(super) struct Kept(pub(super) PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, directory = %self.0.display(), "files of a delivery are left behind");
        }
    }
}

/// A delivery that is coming in. Dropped, nothing of it is kept.
#[derive(Debug)]
pub struct Incoming {
    pub(super) received: Received,
    pub(super) source: SourceFile,
    pub(super) kept: Kept,
    pub(super) files: Vec<PathBuf>,
    pub(super) bytes: u64,
    pub(super) bytes_max: u64,
}

impl Incoming {
    /// Where the next file is to be written. It must not be there yet.
    ///
    /// # Errors
    /// [`DeliveryError::Name`], [`DeliveryError::TooManyFiles`].
    pub fn file(&mut self, name: &str) -> Result<PathBuf, DeliveryError> {
        if self.files.len() >= FILES_MAX {
            return Err(DeliveryError::TooManyFiles);
        }
        let is_plain = Path::new(name).file_name().is_some_and(|last| last == name)
            && !name.starts_with('.')
            && !name.contains(['\\', ':'])
            && !name.chars().any(char::is_control)
            && name.len() <= NAME_BYTES_MAX;
        let path = self.kept.0.join(name);
        if !is_plain || self.files.contains(&path) {
            let told: String = name.chars().take(NAME_BYTES_MAX).collect();
            return Err(DeliveryError::Name(told));
        }
        self.files.push(path.clone());
        Ok(path)
    }

    /// Counts what came in.
    ///
    /// # Errors
    /// [`DeliveryError::TooLarge`].
    pub fn count(&mut self, bytes: usize) -> Result<(), DeliveryError> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        match self.bytes > self.bytes_max {
            true => Err(DeliveryError::TooLarge(self.bytes_max)),
            false => Ok(()),
        }
    }
}

/// Makes a directory that only its owner may enter.
pub(super) fn make_private(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}
