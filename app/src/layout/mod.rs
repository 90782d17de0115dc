//! The frame around every page: navigation, environment, the person.

pub mod commands;
pub mod frame;
pub mod inbox_link;
pub mod keys_help;
pub mod palette;
pub mod refusal;
pub mod sign_out;
pub mod theme;

pub use frame::Frame;
