//! People, sessions, tokens and links against a real database, as the application's role.

#![expect(clippy::unwrap_used, reason = "tests")]

mod profile;
mod sign_in;
mod tokens;
mod users;
mod world;
