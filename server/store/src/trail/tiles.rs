//! Tiles in the object store: with them, whoever can read the archive can make every proof.

use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use trail::tile::{Part, Tile, WIDTH, encode_entries, encode_hashes};
use trail::tree::Node;

use super::head::position;
use crate::{Error, Result, Store};

impl Store {
    /// Puts the tiles that the trail has with `new` leaves and had not with `old`.
    pub async fn put_tiles(&self, old: u64, new: u64) -> Result<()> {
        for tile in Tile::of_growth(old, new) {
            let bytes = self.tile(tile).await?;
            let place = Path::from(tile.to_string());
            self.objects.archive.put(&place, bytes.into()).await?;
        }
        Ok(())
    }

    /// The bytes of a tile, from the database.
    pub async fn tile(&self, tile: Tile) -> Result<Vec<u8>> {
        let first = tile.index * WIDTH;
        let after = first + u64::from(tile.width);
        match tile.part {
            Part::Entries => {
                let leaves = self.leaves(position(first), position(after)).await?;
                let entries: Vec<_> = leaves.iter().map(trail::leaf::Leaf::encode).collect();
                encode_entries(entries.iter().map(<[u8; 90]>::as_slice))
                    .map_err(|error| Error::Trail(error.to_string()))
            }
            Part::Hashes(level) => {
                let nodes: Vec<Node> = (first..after)
                    .map(|index| Node {
                        level: level * 8,
                        index,
                    })
                    .collect();
                let mut connection = self.pool.acquire().await?;
                let hashes = super::nodes::fetch(&mut connection, &nodes).await?;
                Ok(encode_hashes(&hashes))
            }
        }
    }
}
