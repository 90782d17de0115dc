//! The frame around every page: navigation, environment, the person.

pub mod frame;
pub mod inbox_link;
pub mod sign_out;
pub mod theme;

pub use frame::Frame;
