//! How long what has ended is kept before the purge removes it.

use service::purge::Terms;

use super::{Error, layers::Layers};

/// The terms; between a day and ten years.
pub(super) fn read(layers: &Layers) -> Result<Terms, Error> {
    let days = |key| layers.number(key, 1..=3650);
    Ok(Terms {
        session_days: days("purge.session_days")?,
        link_days: days("purge.link_days")?,
        token_days: days("purge.token_days")?,
        delivery_days: days("purge.delivery_days")?,
    })
}
