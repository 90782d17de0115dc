//! The trail as an installation lives it: sealing, refusals, proofs, damage from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod bundles;
mod checks;
mod damage;
mod proofs;
mod recovery;
mod sealing;
mod world;
