//! The chain of checkpoints in the object store: `chain/K`, each written once and never again.
//!
//! It stands outside of the database, so that a restored dump finds out that it is one: whoever
//! signs must first see that the newest link is a beginning of what the database holds.

use std::collections::HashSet;

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutMode, PutPayload};

use crate::{Error, Result, Store};

/// One signed checkpoint of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place, counted from 0 without gaps.
    pub number: i64,
    /// The signed note.
    pub note: String,
}

impl Store {
    /// The newest link, searched upwards from one that is known to exist; `None` below begins at
    /// the start. Costs a request where nothing was added, and the logarithm of what was.
    pub async fn newest_link(&self, known: Option<i64>) -> Result<Option<Link>> {
        let mut highest = match known {
            Some(number) => self.link(number).await?,
            None => self.link(0).await?,
        };
        // The chain has no gaps: leap until a link is missing, then halve the leap.
        let mut leap = 1;
        let mut growing = true;
        while let Some(link) = &highest
            && leap > 0
        {
            if let Some(further) = self.link(link.number + leap).await? {
                highest = Some(further);
                leap = if growing { leap * 2 } else { leap / 2 };
            } else {
                growing = false;
                leap /= 2;
            }
        }
        Ok(highest)
    }

    /// One link, if it was written.
    pub async fn link(&self, number: i64) -> Result<Option<Link>> {
        match self.objects.archive.get(&place(number)).await {
            Ok(found) => {
                let bytes = found.bytes().await?;
                let note = String::from_utf8(bytes.to_vec())
                    .map_err(|_| Error::Trail(format!("chain/{number} is no text")))?;
                Ok(Some(Link { number, note }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the link, unless there is one of that number: then answers `false`.
    pub async fn add_link(&self, link: &Link) -> Result<bool> {
        self.create(&place(link.number), link.note.clone().into())
            .await
    }

    /// Writes the links and tiles that published checkpoints have and the archive has not: what
    /// was sealed between the copy of an archive and the dump beside it. For a restore alone:
    /// everywhere else a link that is missing is a finding.
    pub async fn complete_chain(&self) -> Result<()> {
        let Some(last) = self.last_checkpoint().await? else {
            return Ok(());
        };
        let links: Vec<_> = self
            .objects
            .archive
            .list(Some(&Path::from("chain")))
            .try_collect()
            .await?;
        let links: HashSet<Path> = links.into_iter().map(|link| link.location).collect();
        let first = (0..=last.number)
            .find(|number| !links.contains(&place(*number)))
            .unwrap_or(i64::MAX);
        if first > last.number {
            return Ok(());
        }
        let sealed = match first {
            0 => 0,
            _ => self.published(first - 1).await?.size,
        };
        self.put_tiles(sealed.cast_unsigned(), last.size.cast_unsigned())
            .await?;
        for number in first..=last.number {
            let note = self.published(number).await?.note;
            self.add_link(&Link { number, note }).await?;
        }
        Ok(())
    }

    /// Whether the object store lets an object be written once only: of two writes of one name
    /// the second must be refused.
    pub async fn creates_once(&self, name: &str) -> Result<bool> {
        let place = Path::from(format!("canary/{name}"));
        let first = self.create(&place, PutPayload::from_static(b"1")).await?;
        let second = self.create(&place, PutPayload::from_static(b"2")).await?;
        self.objects.archive.delete(&place).await?;
        Ok(first && !second)
    }

    async fn create(&self, place: &Path, payload: PutPayload) -> Result<bool> {
        let put = self
            .objects
            .archive
            .put_opts(place, payload, PutMode::Create.into())
            .await;
        match put {
            Ok(_) => Ok(true),
            // S3 answers a lost race with either.
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn place(number: i64) -> Path {
    Path::from(format!("chain/{number:012}"))
}
