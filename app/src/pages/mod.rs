//! One module a page. Logic that can be tested without a browser lives in `model`.

pub mod logs;
pub mod not_found;
