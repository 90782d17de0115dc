//! Copies the objects of one store into another, whatever either is made of: what `backup` and
//! `restore` do. Streams in bounded memory; changes nothing where it reads.
//!
//! The archive is copied by itself: it must be older than the dump beside it, or the database
//! would find out at once that more was sealed than it holds.

use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::io::AsyncWriteExt as _;

use super::Objects;
use crate::Result;

/// Size of a part of an upload.
const PART: usize = 8 << 20;
/// Parts of an upload that are under way at a time.
const PARTS: usize = 2;

/// What a copy has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub objects: u64,
    pub bytes: u64,
}

impl Objects {
    fn buckets(&self) -> [(&'static str, &Arc<dyn ObjectStore>); 3] {
        [
            ("logs", &self.logs),
            ("exports", &self.exports),
            ("archive", &self.archive),
        ]
    }

    /// Copies every task log and export that `into` does not hold in the same length: objects are
    /// written once and never changed. One that is deleted meanwhile is left out.
    pub async fn copy_into(&self, into: &Self) -> Result<Copied> {
        let mut copied = Copied::default();
        for (from, to) in [(&self.logs, &into.logs), (&self.exports, &into.exports)] {
            let mut list = from.list(None);
            while let Some(object) = list.try_next().await? {
                copied.take(from, to, &object).await?;
            }
        }
        Ok(copied)
    }

    /// Copies the archive: the chain of checkpoints first, since the tiles under a link are there
    /// before the link is.
    pub async fn copy_archive_into(&self, into: &Self) -> Result<Copied> {
        let mut copied = Copied::default();
        let (chain, canary) = (Path::from("chain"), Path::from("canary"));
        let mut links = self.archive.list(Some(&chain));
        while let Some(link) = links.try_next().await? {
            copied.take(&self.archive, &into.archive, &link).await?;
        }
        let mut list = self.archive.list(None);
        while let Some(object) = list.try_next().await? {
            let place = &object.location;
            if !place.prefix_matches(&chain) && !place.prefix_matches(&canary) {
                copied.take(&self.archive, &into.archive, &object).await?;
            }
        }
        Ok(copied)
    }

    /// The bucket and name of an object here that `other` does not hold in the same length.
    pub async fn first_missing_in(&self, other: &Self) -> Result<Option<String>> {
        for ((bucket, own), (_, others)) in self.buckets().into_iter().zip(other.buckets()) {
            let mut list = own.list(None);
            while let Some(object) = list.try_next().await? {
                if !holds(others, &object).await? {
                    return Ok(Some(format!("{bucket}/{}", object.location)));
                }
            }
        }
        Ok(None)
    }

    /// Asks each bucket for its first object, which needs the address, the key and the bucket to
    /// be right. Fails with the bucket's name.
    pub async fn probe(&self) -> Result<(), (&'static str, crate::Error)> {
        for (bucket, store) in self.buckets() {
            let first = store.list(None).try_next().await;
            first.map_err(|error| (bucket, error.into()))?;
        }
        Ok(())
    }
}

impl Copied {
    async fn take(
        &mut self,
        from: &Arc<dyn ObjectStore>,
        to: &Arc<dyn ObjectStore>,
        object: &ObjectMeta,
    ) -> Result<()> {
        if !holds(to, object).await? && copy(from, to, &object.location).await? {
            self.objects += 1;
            self.bytes += object.size;
        }
        Ok(())
    }
}

async fn holds(store: &Arc<dyn ObjectStore>, object: &ObjectMeta) -> Result<bool> {
    match store.head(&object.location).await {
        Ok(found) => Ok(found.size == object.size),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Answers whether the object was still there.
async fn copy(from: &Arc<dyn ObjectStore>, to: &Arc<dyn ObjectStore>, name: &Path) -> Result<bool> {
    let found = match from.get(name).await {
        Err(object_store::Error::NotFound { .. }) => return Ok(false),
        found => found?,
    };
    let mut writer =
        BufWriter::with_capacity(Arc::clone(to), name.clone(), PART).with_max_concurrency(PARTS);
    let mut stream = found.into_stream();
    loop {
        let written = match stream.try_next().await {
            Ok(Some(bytes)) => writer.put(bytes).await,
            Ok(None) => break,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            // The error that counts is the first one.
            drop(writer.abort().await);
            return Err(error.into());
        }
    }
    writer.shutdown().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn put(store: &Arc<dyn ObjectStore>, name: &str, bytes: usize) {
        let content = vec![7; bytes].into();
        store.put(&Path::from(name), content).await.unwrap();
    }

    #[tokio::test]
    async fn a_copy_holds_everything_and_is_not_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let from = Objects::files(&folder.path().join("from")).unwrap();
        let to = Objects::files(&folder.path().join("to")).unwrap();
        put(&from.logs, "task/part-1", 3 * PART + 1).await;
        put(&from.exports, "empty.csv", 0).await;
        assert_eq!(
            from.first_missing_in(&to).await.unwrap().unwrap(),
            "logs/task/part-1"
        );
        let copied = from.copy_into(&to).await.unwrap();
        assert_eq!(copied.objects, 2);
        assert_eq!(copied.bytes, 3 * PART as u64 + 1);
        assert_eq!(from.first_missing_in(&to).await.unwrap(), None);
        put(&from.logs, "task/part-2", 5).await;
        assert_eq!(from.copy_into(&to).await.unwrap().objects, 1);
        assert_eq!(to.first_missing_in(&from).await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_archive_is_copied_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let from = Objects::files(&folder.path().join("from")).unwrap();
        let to = Objects::files(&folder.path().join("to")).unwrap();
        for name in ["chain/000000000000", "tile/0/000.p/1", "canary/race-1"] {
            put(&from.archive, name, 9).await;
        }
        assert_eq!(from.copy_into(&to).await.unwrap().objects, 0);
        assert_eq!(from.copy_archive_into(&to).await.unwrap().objects, 2);
        assert_eq!(
            from.first_missing_in(&to).await.unwrap().unwrap(),
            "archive/canary/race-1"
        );
    }
}
