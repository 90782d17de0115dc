//! Events over HTTP, through the real router: recording, listing, exporting, deleting.

#![expect(clippy::unwrap_used, reason = "tests")]

mod background;
mod beginning;
mod bundle;
mod console;
mod deleting;
mod edges;
mod exporting;
mod importing;
mod live;
mod reading;
mod recording;
