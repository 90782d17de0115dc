//! Every server function: the only endpoints that pages call. An auditor of the console's
//! surface reads this folder and nothing else.
//!
//! Each is at most ten lines: who calls, the use case, the report. Paths are fixed: what only
//! pages call stands under `/api/ui`, what agents call under `/api/v1`.

pub mod agents;
pub mod alerts;
pub mod compliance;
pub mod deletions;
pub mod demo;
pub mod exports;
pub mod first_steps;
pub mod logs;
pub mod session;
pub mod sessions;
pub mod sign_in;
pub mod tasks;
pub mod tokens;
pub mod trail;
pub mod users;
pub mod views;
