//! The process: HTTP, jobs, command line.

pub mod agent;
pub mod cli;
pub mod client;
pub mod config;
pub mod embedded;
pub mod http;
pub mod import;
pub mod installation;
pub mod jobs;
pub mod tls;
pub mod witness;
