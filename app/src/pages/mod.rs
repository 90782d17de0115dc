//! One module a page. Logic that can be tested without a browser lives in `model`.

pub mod agents;
pub mod compliance;
pub mod exports;
pub mod inbox;
pub mod integrity;
pub mod link;
pub mod logs;
pub mod not_found;
pub mod settings;
pub mod sign_in;
