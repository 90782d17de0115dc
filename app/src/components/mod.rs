//! Parts that pages share. They make no server calls.

pub mod badge;
pub mod copy;
pub mod diff;
pub mod form_failure;
pub mod icon;
pub mod json;
pub mod keyboard;
pub mod listbox;
pub mod notice;
pub mod ticks;
pub mod time;
