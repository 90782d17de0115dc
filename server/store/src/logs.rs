//! Events: writing them in bulk and reading them back.

pub(crate) mod copy;
