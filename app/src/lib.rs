//! The console: pages, components and server functions, for the browser and the server.
//!
//! Refuses SQL, HTTP clients and permission decisions. Server functions stand in [`api`] and
//! nowhere else; what only the server has is reached through the one gated module below.

pub mod api;
pub mod components;
pub mod error;
pub mod layout;
pub mod pages;
pub mod paths;
pub mod response;
pub mod routes;
pub mod shell;
pub mod verification;

#[cfg(feature = "ssr")]
pub mod ssr;

pub use error::AppError;
pub use routes::App;
pub use shell::shell;
