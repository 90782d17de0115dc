//! The words that every layer uses: events, queries, people, agents, controls.
//!
//! Plain data and rules about it; compiles for the browser and the server alike.
//! Refuses I/O, clocks, randomness and features.

pub mod action;
pub mod agent;
pub mod alert;
pub mod ansi;
pub mod compliance;
pub mod deletion;
pub mod demo;
pub mod event;
pub mod export;
pub mod first_steps;
pub mod integrity;
pub mod live;
pub mod log_buffer;
pub mod log_page;
pub mod permission;
pub mod person;
pub mod problem;
pub mod query;
pub mod task;
pub mod task_log;
pub mod token;
pub mod values;
pub mod verification;
pub mod view;
