//! Hydrates the console: nothing but the entry point lives here.
