//! The file of an export: written in parts, read as a stream, removed with what other attempts
//! left.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use uuid::Uuid;

use crate::{Result, Store};

/// Bytes of the first parts. S3 takes 10,000 parts, so they double after every thousand, up to
/// [`LARGEST`]: 500 GB in all.
const PART: usize = 8 << 20;
const LARGEST: usize = 64 << 20;
const DOUBLES_AFTER: u32 = 1_000;

/// A file on its way. Holds one part at most.
#[derive(Debug)]
pub struct ExportUpload {
    objects: Arc<dyn ObjectStore>,
    path: Path,
    waiting: Vec<u8>,
    parts: u32,
    upload: Option<Box<dyn MultipartUpload>>,
}

/// All files of an export lie under its id.
fn folder(id: Uuid) -> Path {
    Path::from(id.to_string())
}

impl Store {
    /// Begins the file of an attempt. Attempts never share a name.
    #[must_use]
    pub fn upload_export(&self, id: Uuid, attempt: i32, file_name: &str) -> ExportUpload {
        ExportUpload {
            objects: Arc::clone(&self.objects.exports),
            path: folder(id).join(attempt.to_string()).join(file_name),
            waiting: Vec::new(),
            parts: 0,
            upload: None,
        }
    }

    /// The bytes of a file; absent when it is no longer there.
    pub async fn export_bytes(
        &self,
        object: &str,
    ) -> Result<Option<BoxStream<'static, Result<Bytes>>>> {
        match self.objects.exports.get(&Path::from(object)).await {
            Ok(found) => Ok(Some(found.into_stream().map_err(Into::into).boxed())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the file of one attempt, when there is one.
    pub async fn remove_attempt(&self, id: Uuid, attempt: i32) -> Result<()> {
        self.remove_files(&folder(id).join(attempt.to_string()), None)
            .await
    }

    /// Removes every file of an export but the one that is kept.
    pub async fn remove_export_files(&self, id: Uuid, keep: Option<&str>) -> Result<()> {
        self.remove_files(&folder(id), keep).await
    }

    async fn remove_files(&self, folder: &Path, keep: Option<&str>) -> Result<()> {
        let mut files = self.objects.exports.list(Some(folder));
        while let Some(file) = files.try_next().await? {
            if keep == Some(file.location.as_ref()) {
                continue;
            }
            match self.objects.exports.delete(&file.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl ExportUpload {
    /// The name that the file gets.
    #[must_use]
    pub fn object(&self) -> &str {
        self.path.as_ref()
    }

    /// Adds bytes; sends a part when enough wait.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= self.part_size() {
            self.send_part().await?;
        }
        Ok(())
    }

    /// Sends what waits and makes the object visible.
    pub async fn finish(&mut self) -> Result<()> {
        if self.upload.is_none() {
            let bytes = std::mem::take(&mut self.waiting);
            self.objects.put(&self.path, bytes.into()).await?;
            return Ok(());
        }
        if !self.waiting.is_empty() {
            self.send_part().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        Ok(())
    }

    /// Gives the upload up: parts that no object holds cost money until then.
    pub async fn abort(&mut self) {
        if let Some(mut upload) = self.upload.take()
            && let Err(error) = upload.abort().await
        {
            tracing::debug!(%error, "an upload could not be given up");
        }
    }

    fn part_size(&self) -> usize {
        LARGEST.min(PART << (self.parts / DOUBLES_AFTER).min(8))
    }

    async fn send_part(&mut self) -> Result<()> {
        let upload = match &mut self.upload {
            Some(upload) => upload,
            None => self
                .upload
                .insert(self.objects.put_multipart(&self.path).await?),
        };
        let part = std::mem::take(&mut self.waiting);
        upload.put_part(part.into()).await?;
        self.parts += 1;
        Ok(())
    }
}
